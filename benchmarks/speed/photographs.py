"""Photographs of real faces to measure on: whatever of three sources is at hand on this machine.

The astronaut of scikit-image, the demonstration's portraits where they are set up, and Labeled Faces in the Wild where
INSYN_TEST_DATA names a folder that has it. Nobody is named, and nothing is copied into the project.
"""

import tarfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.errors import BenchmarkError
from matcher.faces.face import BgrImage

_FROM_LFW: Final = 6
_LFW: Final = Path("lfw") / "lfw-deepfunneled.tar"


def photographs(home: Path, test_data: Path | None) -> list[BgrImage]:
    """Return one photograph at least, always in the same order on the same machine.

    Raises:
        BenchmarkError: none of the sources is at hand.
    """
    found = [*_astronaut(), *_of_the_demonstration(home), *_of_lfw(test_data)]
    if not found:
        raise BenchmarkError(
            "There is no photograph of a face to measure on: install the extra `demo` (scikit-image), "
            "run `insyn setup`, or set INSYN_TEST_DATA."
        )
    return found


def _astronaut() -> list[BgrImage]:
    if find_spec("skimage") is None:
        return []
    from skimage import data  # noqa: PLC0415  # an extra that may be missing

    astronaut_rgb: BgrImage = data.astronaut()  # type: ignore[no-untyped-call]  # skimage ships no types
    # Head and shoulders: the whole suit would leave too few pixels to the face.
    return [np.ascontiguousarray(astronaut_rgb[:256, 96:352, ::-1])]


def _of_the_demonstration(home: Path) -> list[BgrImage]:
    files = sorted((home / "demonstration" / "photographs").glob("person-[ab]-*"))
    return [image for file in files if (image := _decoded(file.read_bytes())) is not None]


def _of_lfw(test_data: Path | None) -> list[BgrImage]:
    archive = None if test_data is None else test_data / _LFW
    if archive is None or not archive.is_file():
        return []
    found: list[BgrImage] = []
    with tarfile.open(archive) as members:
        for member in members:
            file = members.extractfile(member) if member.isfile() else None
            image = None if file is None else _decoded(file.read())
            if image is not None:
                found.append(image)
            if len(found) == _FROM_LFW:
                break
    return found


def _decoded(content: bytes) -> BgrImage | None:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return None if image is None else image.astype(np.uint8, copy=False)
