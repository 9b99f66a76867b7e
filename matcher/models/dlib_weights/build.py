"""Building the ONNX models of the default profile from dlib's weights."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from matcher.errors import ModelRefused
from matcher.models.dlib_weights import sources
from matcher.models.dlib_weights.detector import detector_onnx
from matcher.models.dlib_weights.embedder import embedder_onnx
from matcher.models.dlib_weights.shape_predictor import landmarks_onnx
from matcher.models.dlib_weights.sources import Source
from matcher.models.store import ModelStore

#: Under these names a built model states what it was built from.
SOURCE_KEY = "insyn.source"
SOURCE_HASH_KEY = "insyn.source_sha256"
LICENCE_KEY = "insyn.licence"


@dataclass(frozen=True, kw_only=True)
class Built:
    """One model: the file it was made from and the file that was made, each by its SHA-256."""

    source: str
    source_sha256: str
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one of dlib's files becomes ONNX."""

    source: Source
    convert: Callable[[bytes, dict[str, str]], bytes]

    def run(self) -> bytes:
        """Return the model's bytes: the same on every machine and every day."""
        metadata = {
            LICENCE_KEY: sources.LICENCE,
            SOURCE_HASH_KEY: self.source.sha256,
            SOURCE_KEY: self.source.name,
        }
        return self.convert(sources.read(self.source), metadata)


RECIPES = (
    Recipe(source=sources.DETECTOR, convert=detector_onnx),
    Recipe(source=sources.LANDMARKS, convert=landmarks_onnx),
    Recipe(source=sources.EMBEDDER, convert=embedder_onnx),
)


def build_models(store: ModelStore, expected: frozenset[str]) -> Iterator[Built]:
    """Build each model into the store and report it as it is done.

    `expected` are the hashes that the profile binds: a model that comes out otherwise is not kept.

    Raises:
        ModelMissing: dlib's weights are not installed.
        ModelRefused: they are not the published ones, or the result is not the one the profile binds.
    """
    for recipe in RECIPES:
        content = recipe.run()
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in expected:
            raise ModelRefused(
                f"The model built from {recipe.source.name} is not the one that the profile binds; "
                "install the locked versions of onnx and numpy."
            )
        store.add(content)
        yield Built(source=recipe.source.name, source_sha256=recipe.source.sha256, sha256=sha256, size=len(content))
