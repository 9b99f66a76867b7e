"""A face as a detector reports it, and what detectors and landmark predictors promise."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

#: An image of shape (height, width, 3), uint8, blue first: the order OpenCV decodes to.
BgrImage = npt.NDArray[np.uint8]

#: An aligned square face of shape (size, size, 3), uint8, red first.
RgbChip = npt.NDArray[np.uint8]

#: Any array of 32-bit floats; its name or its docstring says shape and unit.
FloatArray = npt.NDArray[np.float32]

#: Left, top, right, bottom in pixels of the image it was found in; right and bottom are exclusive.
#: A box may reach past the image's edge.
BoxXyxy = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class DetectedFace:
    """One face found in one image.

    `landmarks_xy` has shape (5, 2), float32, x then y in pixels; which five points they are is the profile's
    affair (see `matcher.faces.landmarks`). None until landmarks are located.
    """

    box_xyxy: BoxXyxy
    detector_score: float
    landmarks_xy: FloatArray | None

    @property
    def width(self) -> float:
        """Width of the box in pixels."""
        return self.box_xyxy[2] - self.box_xyxy[0]

    @property
    def height(self) -> float:
        """Height of the box in pixels."""
        return self.box_xyxy[3] - self.box_xyxy[1]


class FaceDetector(Protocol):
    """Finds faces in one image. Not safe to share between threads."""

    def detect(self, image_bgr: BgrImage) -> list[DetectedFace]:
        """Return the faces, best detector score first; an image without a face gives an empty list."""
        ...


class LandmarkPredictor(Protocol):
    """Locates five points of a face whose box is known."""

    def locate(self, image_bgr: BgrImage, box_xyxy: BoxXyxy) -> FloatArray:
        """Return the points as (5, 2) float32, x then y, in pixels of the image."""
        ...
