"""Where dlib's published weights lie on this machine, and which bytes they must be."""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import ModelMissing, ModelRefused

_PACKAGE = "face_recognition_models"

#: The licence the author of the weights gives them, as the package's own README says.
LICENCE = "CC0-1.0"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One of dlib's files in the package."""

    name: str
    sha256: str


EMBEDDER = Source(
    name="dlib_face_recognition_resnet_model_v1.dat",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)
DETECTOR = Source(
    name="mmod_human_face_detector.dat",
    sha256="4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
)
LANDMARKS = Source(
    name="shape_predictor_5_face_landmarks.dat",
    sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)


def locate(source: Source) -> Path:
    """Find the file without importing the package, which needs the retired `pkg_resources`.

    Raises:
        ModelMissing: the package is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations if spec else None) or []:
        path = Path(folder) / "models" / source.name
        if path.is_file():
            return path
    raise ModelMissing(f"dlib's weights are not installed; install the package {_PACKAGE}==0.3.0.")


def read(source: Source) -> bytes:
    """Return the file's bytes, if they are the ones we know.

    Raises:
        ModelMissing: the package is not installed.
        ModelRefused: the file has another hash.
    """
    content = locate(source).read_bytes()
    check(source, content)
    return content


def check(source: Source, content: bytes) -> None:
    """Refuse bytes with another hash than the published file.

    Raises:
        ModelRefused: they differ, be it in one bit.
    """
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise ModelRefused(f"{source.name} is not the published file; install the package {_PACKAGE}==0.3.0 again.")
