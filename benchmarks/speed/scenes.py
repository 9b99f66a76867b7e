"""Camera pictures with several real faces of different sizes, made from photographs."""

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Final

import cv2
import numpy as np

from matcher.faces.face import BgrImage

WIDTH: Final = 1280
HEIGHT: Final = 720
_COLUMNS: Final = 4
_ROWS: Final = 2
_SIZES: Final = (1.0, 0.7, 0.9, 0.55, 0.8)
"""How much of its cell a photograph fills; faces are then about 40 to 170 pixels."""


def scenes(photographs: Sequence[BgrImage], count: int) -> list[BgrImage]:
    """Return `count` pictures of 1280 by 720 pixels, each with all photographs in another order."""
    return [_scene(photographs, start) for start in range(count)]


def halved(image_bgr: BgrImage) -> BgrImage:
    """Return the same picture at 640 by 360."""
    small = cv2.resize(image_bgr, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def _scene(photographs: Sequence[BgrImage], start: int) -> BgrImage:
    picture = _background(photographs[start % len(photographs)])
    cells = _COLUMNS * _ROWS
    shown = islice(cycle(photographs), start, start + cells)
    sizes = islice(cycle(_SIZES), start, start + cells)
    for cell, (photograph, size) in enumerate(zip(shown, sizes, strict=True)):
        # Mirrored every other round, so that one photograph alone still makes different faces.
        mirrored = (cell + start) % 2 == 1
        _place(picture, photograph[:, ::-1] if mirrored else photograph, cell, size)
    return picture


def _background(photograph: BgrImage) -> BgrImage:
    """A picture with structure and no face: the photograph, enlarged beyond recognition."""
    tiny = cv2.resize(photograph, (16, 9), interpolation=cv2.INTER_AREA)
    large = cv2.resize(tiny, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(1).normal(0, 4, large.shape)
    clipped: BgrImage = np.clip(large + noise, 0, 255).astype(np.uint8)
    return clipped


def _place(picture: BgrImage, photograph: BgrImage, cell: int, size: float) -> None:
    cell_width, cell_height = WIDTH // _COLUMNS, HEIGHT // _ROWS
    scale = size * min(cell_width / photograph.shape[1], cell_height / photograph.shape[0])
    width, height = round(photograph.shape[1] * scale), round(photograph.shape[0] * scale)
    left = cell % _COLUMNS * cell_width + (cell_width - width) // 2
    top = cell // _COLUMNS * cell_height + (cell_height - height) // 2
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture[top : top + height, left : left + width] = cv2.resize(photograph, (width, height), interpolation=way)
