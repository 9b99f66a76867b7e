"""Pictures made worse by one thing at a time, in a measured way: smaller, blurred, compressed, darker or brighter.

A worse picture has other bytes, so whatever is kept by the content of a picture keeps it apart by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from benchmarks.data.errors import DataRefused
from benchmarks.data.files import Files
from benchmarks.data.pictures import Picture, PictureSet
from matcher.faces.face import BgrImage

_PNG: Final = (cv2.IMWRITE_PNG_COMPRESSION, 1)
_BETWEEN: Final = "//"
"""Between the name of a grade and that of a picture: no picture's name has it."""


@dataclass(frozen=True, slots=True)
class Grade:
    """One way to make a picture worse, and how far: `level` in `unit`. Sizes are those between the box's sides."""

    what: str
    level: float
    unit: str

    @property
    def name(self) -> str:
        """A name within a set."""
        return f"{self.what} {self.level:g}"


SIZE: Final = "face size"
BLUR: Final = "blur"
COMPRESSION: Final = "compression"
LIGHT: Final = "light"
GRADES: Final = (
    *(Grade(SIZE, level, "px") for level in (100, 80, 60, 40, 30, 24)),
    *(Grade(BLUR, level, "px, standard deviation") for level in (1, 2, 3)),
    *(Grade(COMPRESSION, level, "JPEG quality") for level in (50, 20, 10)),
    *(Grade(LIGHT, level, "times the light") for level in (0.25, 0.5, 2)),
)


def worsened(content: bytes, grade: Grade, size_px: float) -> bytes:
    """The picture, made worse. `size_px` is the face's size in it; a face is never made larger.

    Raises:
        DataRefused: it is no picture.
    """
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise DataRefused("A picture to be made worse cannot be opened; the data set is damaged.")
    made = _WAYS[grade.what](image.astype(np.uint8, copy=False), grade.level, size_px)
    kind, how = (".jpg", (cv2.IMWRITE_JPEG_QUALITY, int(grade.level))) if grade.what == COMPRESSION else (".png", _PNG)
    done, encoded = cv2.imencode(kind, made, how)
    if not done:
        raise DataRefused("A picture that was made worse cannot be written.")
    return encoded.tobytes()


def _smaller(image: BgrImage, level: float, size_px: float) -> BgrImage:
    scale = min(1.0, level / size_px)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _blurred(image: BgrImage, level: float, _size_px: float) -> BgrImage:
    return cv2.GaussianBlur(image, (0, 0), level).astype(np.uint8, copy=False)


def _unchanged(image: BgrImage, _level: float, _size_px: float) -> BgrImage:
    return image  # compressed as it is written


def _lit(image: BgrImage, level: float, _size_px: float) -> BgrImage:
    """As a sensor would with so many times the light: in linear light, cut off where it is full (sRGB, gamma 2.2)."""
    linear = (np.arange(256) / 255) ** 2.2 * level
    table = np.round(255 * np.minimum(linear, 1) ** (1 / 2.2)).astype(np.uint8)
    return cv2.LUT(image, table).astype(np.uint8, copy=False)


_WAYS: Final[Mapping[str, Callable[[BgrImage, float, float], BgrImage]]] = {
    SIZE: _smaller,
    BLUR: _blurred,
    COMPRESSION: _unchanged,
    LIGHT: _lit,
}


class _WorsenedFiles:
    """The files of several grades, made as they are read."""

    def __init__(self, files: Files, names: Sequence[str], grades: Sequence[Grade], sizes: Mapping[str, float]) -> None:
        self._files, self._sizes = files, sizes
        self._grades = {grade.name: grade for grade in grades}
        self.names = tuple(f"{grade.name}{_BETWEEN}{name}" for grade in grades for name in names)

    def read(self, name: str) -> bytes:
        """One picture, made worse."""
        grade, _, of = name.partition(_BETWEEN)
        return worsened(self._files.read(of), self._grades[grade], self._sizes[of])


def worsened_set(
    pictures: PictureSet, chosen: Sequence[Picture], grades: Sequence[Grade], sizes: Mapping[str, float]
) -> PictureSet:
    """Those pictures of a set in every grade, grade by grade in the order given, each in the order of `chosen`.

    `sizes` has the size of the face in each picture, by its name.
    """
    files = _WorsenedFiles(pictures.files, [one.name for one in chosen], grades, sizes)
    copies = tuple(
        Picture(f"{grade.name}{_BETWEEN}{one.name}", one.person, one.groups) for grade in grades for one in chosen
    )
    return PictureSet(pictures.sheet, copies, files)
