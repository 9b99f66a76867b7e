"""The image pyramid of dlib's detector: every level five sixths of the one before, all laid out on one canvas.

The layout follows dlib's tiled pyramid to the pixel (`create_tiled_pyramid` with `pyramid_down<6>`, 10 pixels between
levels and 11 around): levels go down one column until the rest can come back up in the free space beside it. A face at
the edge of the picture is then judged with the same surroundings as by dlib.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from matcher.faces.face import BgrImage, FloatArray
from matcher.faces.geometry import Points
from matcher.faces.nms import Boxes

_BETWEEN = 10
_AROUND = 11
_RATIO = 6.0 / 5.0
_LOWEST = 5
#: dlib adds this, in pixels, each time it maps a point one level up; boxes equal its boxes only with it.
_DRIFT = 0.3


@dataclass(frozen=True, kw_only=True)
class Level:
    """Where one level lies on the canvas, in pixels."""

    left: int
    top: int
    width: int
    height: int

    def distance(self, points_xy: Points) -> Points:
        """How far points (n, 2) lie outside, (n,); zero inside."""
        first = np.array([self.left, self.top])
        last = first + np.array([self.width - 1, self.height - 1])
        off = np.maximum(np.maximum(first - points_xy, points_xy - last), 0.0)
        outside: Points = np.hypot(off[:, 0], off[:, 1])
        return outside


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The size of the canvas and the levels on it, the picture itself first."""

    width: int
    height: int
    levels: tuple[Level, ...]

    def to_image(self, boxes_xyxy: Boxes) -> Boxes:
        """Map boxes (n, 4) on the canvas to the picture, each by the level nearest to its centre."""
        centres = (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2
        numbers = np.argmin([level.distance(centres) for level in self.levels], axis=0)
        corners = np.array([(level.left, level.top) * 2 for level in self.levels])[numbers]
        scales = np.array([_RATIO**number for number in range(len(self.levels))])[numbers][:, None]
        mapped: Boxes = (boxes_xyxy - corners) * scales + _DRIFT * (scales - 1) / (_RATIO - 1)
        return mapped


def _level_sizes(width: int, height: int) -> list[tuple[int, int]]:
    sizes = [(width, height)]
    while True:
        width, height = 5 * width // 6, 5 * height // 6
        if width == 0 or height < _LOWEST:
            return sizes
        sizes.append((width, height))


def _first_column_height(sizes: Sequence[tuple[int, int]]) -> int:
    """How far the first column goes: until the next level fits beside the last and half of the rest is placed."""
    full_width, full_height = sizes[0]
    total = sum(height + _BETWEEN for _, height in sizes) - 2 * _BETWEEN
    column = 0
    last_width = 0
    for width, height in sizes:
        fits_beside = width <= full_width - last_width - _BETWEEN
        if fits_beside and (column - full_height) * 2 >= total - full_height:
            break
        column += height + _BETWEEN
        last_width = width
    return column - _BETWEEN


@lru_cache(maxsize=32)
def lay_out(width: int, height: int) -> Layout:
    """Lay out the pyramid of a picture of this size."""
    sizes = _level_sizes(width, height)
    column = _first_column_height(sizes)
    levels: list[Level] = []
    top = _AROUND
    while top < column + _AROUND and len(levels) < len(sizes):
        level_width, level_height = sizes[len(levels)]
        levels.append(Level(left=_AROUND, top=top, width=level_width, height=level_height))
        top += level_height + _BETWEEN
    bottom = top - _BETWEEN
    for level_width, level_height in sizes[len(levels) :]:
        left = _AROUND + width - level_width
        if bottom - level_height < _AROUND + height:  # would cover the picture itself
            break
        levels.append(Level(left=left, top=bottom - level_height, width=level_width, height=level_height))
        bottom -= level_height + _BETWEEN
    return Layout(width=width + 2 * _AROUND, height=column + 2 * _AROUND, levels=tuple(levels))


def draw(image_bgr: BgrImage, layout: Layout, background_rgb: tuple[float, float, float]) -> FloatArray:
    """Draw the pyramid as (1, 3, height, width), red first, pixel values 0 to 255, never rounded between levels."""
    canvas = np.empty((1, 3, layout.height, layout.width), dtype=np.float32)
    for channel, colour in enumerate(background_rgb):
        plane = canvas[0, channel]
        plane.fill(colour)
        views = [plane[v.top : v.top + v.height, v.left : v.left + v.width] for v in layout.levels]
        views[0][...] = image_bgr[:, :, 2 - channel]
        for larger, smaller in pairwise(views):
            smaller[...] = _shrunk(larger, smaller.shape[1], smaller.shape[0])
    return canvas


def _shrunk(plane: FloatArray, width: int, height: int) -> FloatArray:
    """Bilinear interpolation that lays corner pixels on corner pixels."""
    across = (plane.shape[1] - 1) / max(width - 1, 1)
    down = (plane.shape[0] - 1) / max(height - 1, 1)
    mapping = np.array([[across, 0.0, 0.0], [0.0, down, 0.0]])
    shrunk = cv2.warpAffine(
        plane,
        mapping,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return shrunk.astype(np.float32, copy=False)
