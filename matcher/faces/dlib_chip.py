"""dlib's face chip: `get_face_chip` with five landmarks, step by step.

The chip is read out of the picture bilinearly; where it would be shrunk to less than a quarter of the area, out of a
picture that was smoothed and halved first. Equal to dlib's to within one level here
and there, where the two round a last bit otherwise.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from matcher.faces.face import BgrImage, FloatArray, RgbChip
from matcher.faces.geometry import apply, similarity

#: dlib's mean face, in the frame of the face: both eyes' outer and inner corners and the base of the nose.
_MEAN_FACE = np.array(
    [
        (0.8595674595992, 0.2134981538014),
        (0.6460604764104, 0.2289674387677),
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.4901123135679, 0.6277975316475),
    ]
)

#: A pixel (x, y) of a picture lies at half of it less this in the halved one.
_HALVING_SHIFT = np.array([1.25, 0.75])
#: Pictures up to this size are not halved any more.
_SMALLEST_HALVED = 8


@dataclass(frozen=True, kw_only=True)
class _Window:
    """A turned square in the picture: centre, side in pixels, angle. Corners are centres of pixels, as in dlib."""

    x: float
    y: float
    side: float
    angle: float

    def corners(self) -> npt.NDArray[np.float64]:
        """Upper left, upper right, lower left, lower right."""
        half = (self.side - 1) / 2
        square = np.array([(-half, -half), (half, -half), (-half, half), (half, half)])
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        turned: npt.NDArray[np.float64] = square @ np.array([[cosine, sine], [-sine, cosine]])
        turned += (self.x, self.y)
        return turned

    def moved(self, x: float, y: float) -> "_Window":
        return _Window(x=self.x + x, y=self.y + y, side=self.side, angle=self.angle)

    def halved(self) -> "_Window":
        """The same square in the halved picture; its corners move as points do, which is why one pixel is lost."""
        x, y = np.array([self.x, self.y]) / 2 - _HALVING_SHIFT
        return _Window(x=float(x), y=float(y), side=(self.side - 1) / 2 + 1, angle=self.angle)


def dlib_chip(image_bgr: BgrImage, landmarks_xy: FloatArray, *, size: int, padding: float) -> RgbChip:
    """Cut the chip of one face; black outside the picture.

    `padding` is the margin around the mean face, in its own size: 0.25 for dlib's embedder.
    """
    window = _window(landmarks_xy, size, padding)
    halvings = _halvings(window, size)
    source, window = _cut(image_bgr, window, halvings)
    for _ in range(halvings):
        source, window = _halve(source), window.halved()
    corners = window.corners()
    across, down = (corners[1] - corners[0]) / (size - 1), (corners[2] - corners[0]) / (size - 1)
    mapping = np.column_stack([across, down, corners[0]])
    chip_bgr = _read_out(source, mapping, size)
    return np.ascontiguousarray(chip_bgr[:, :, ::-1])


def _read_out(source: BgrImage, mapping: npt.NDArray[np.float64], size: int) -> BgrImage:
    """Read the chip bilinearly and cut off fractions, as dlib does; black where a neighbour is outside."""
    exact = cv2.warpAffine(
        source.astype(np.float32), mapping, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    chip: BgrImage = exact.astype(np.uint8)
    height, width = source.shape[:2]
    corners = apply(mapping, [(0, 0), (size - 1, 0), (0, size - 1), (size - 1, size - 1)])
    if corners.min() < 0 or corners[:, 0].max() >= width - 1 or corners[:, 1].max() >= height - 1:
        across, down = np.meshgrid(np.arange(size), np.arange(size))
        places = np.floor(apply(mapping, np.stack([across, down], axis=2).reshape(-1, 2))).reshape(size, size, 2)
        inside = (places >= 0).all(axis=2) & (places < (width - 1, height - 1)).all(axis=2)
        chip[~inside] = 0
    return chip


def _window(landmarks_xy: FloatArray, size: int, padding: float) -> _Window:
    mean_face = (_MEAN_FACE + padding) / (2 * padding + 1) * size
    matrix = similarity(mean_face, landmarks_xy)
    x, y = apply(matrix, [(size / 2, size / 2)])[0]
    cosine, sine = matrix[0, 0], matrix[1, 0]
    return _Window(x=float(x), y=float(y), side=size * math.hypot(cosine, sine), angle=math.atan2(sine, cosine))


def _halvings(window: _Window, size: int) -> int:
    count = 0
    smaller = window.halved()
    while smaller.side**2 > size * size:
        smaller = smaller.halved()
        count += 1
    return count


def _cut(image_bgr: BgrImage, window: _Window, halvings: int) -> tuple[BgrImage, _Window]:
    """Cut out the part of the picture that the chip needs, with the border that halving it uses up."""
    border = 2.0
    for _ in range(halvings):
        border = border * 2 + 2
    corners = window.corners()
    height, width = image_bgr.shape[:2]
    left, top = np.floor(np.maximum(corners.min(axis=0) - border, 0) + 0.5).astype(int)
    limit = (width - 1, height - 1)
    right, bottom = np.floor(np.minimum(corners.max(axis=0) + border, limit) + 0.5).astype(int) + 1
    if right <= left or bottom <= top:
        return np.zeros((1, 1, 3), dtype=np.uint8), window
    return image_bgr[top:bottom, left:right], window.moved(-float(left), -float(top))


def _halve(image_bgr: BgrImage) -> BgrImage:
    """Smooth by (1 4 6 4 1) / 16 both ways and keep every second pixel from the third on."""
    height, width = image_bgr.shape[:2]
    if height <= _SMALLEST_HALVED or width <= _SMALLEST_HALVED:
        return np.zeros((1, 1, 3), dtype=np.uint8)
    smooth = cv2.pyrDown(image_bgr.astype(np.float32))
    halved: BgrImage = smooth[1 : 1 + (height - 3) // 2, 1 : 1 + (width - 3) // 2].astype(np.uint8)
    return halved
