"""The place where the demonstration happens: a station concourse, drawn by code, without any brand or word."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from insyn.demonstration.walk import HEIGHT, HORIZON_Y, WIDTH

Pixels = NDArray[np.uint8]

PILLAR_FACE_PX: Final = 62.0
"""Whoever's face is smaller than this walks behind the pillars."""
PILLARS_X: Final = ((236, 366), (918, 1048))
_FLOOR_BELOW: Final = 7.6
"""Height of the camera above the floor, in face heights."""
_WALL_FACE_PX: Final = 20.0
_WALL_FOOT: Final = round(HORIZON_Y + _FLOOR_BELOW * _WALL_FACE_PX)
_WALL_HEAD: Final = 46
_STEEL, _DARK, _LIGHT = (132, 126, 120), (58, 54, 52), (214, 214, 208)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The empty concourse, and the pillars alone with their soft mask (0 to 255) for those who walk behind them."""

    empty: Pixels
    pillar_mask: Pixels


def draw_scene(seed: int) -> Scene:
    """Draw the concourse, 1280 by 720, the same for the same seed."""
    dice = np.random.default_rng(seed)
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    _draw_ceiling(picture)
    _draw_wall(picture)
    _draw_floor(picture)
    _draw_bench(picture)
    mask = _draw_pillars(picture)
    return Scene(empty=_weathered(picture, dice), pillar_mask=mask)


def _draw_floor(picture: Pixels) -> None:
    ys, xs = np.mgrid[_WALL_FOOT:HEIGHT, 0:WIDTH].astype(np.float32)
    face = (ys - HORIZON_Y) / _FLOOR_BELOW
    across, depth = (xs - WIDTH / 2) / face, 1 / face
    tile_x, tile_z = across / 2.6, depth * 380
    odd = (np.floor(tile_x) + np.floor(tile_z)) % 2
    to_joint = np.minimum(
        np.abs(tile_x - np.round(tile_x)) * face * 2.6, np.abs(tile_z - np.round(tile_z)) * face * 0.9
    )
    joint = np.clip(1.6 - to_joint, 0, 1) * 0.16
    sheen = 0.16 * np.exp(-(((xs - 640) / 420) ** 2)) * np.exp(-((ys - _WALL_FOOT) / 140))
    light = 0.56 + 0.035 * odd - joint + sheen + 0.1 * (ys - _WALL_FOOT) / (HEIGHT - _WALL_FOOT)
    picture[_WALL_FOOT:] = np.clip(light[..., None] * np.array([214, 226, 232]), 0, 255).astype(np.uint8)
    _draw_guide_strip(picture)


def _draw_guide_strip(picture: Pixels) -> None:
    """The ribbed strip that blind travellers follow, across the hall."""
    for near, far in ((33.0, 31.6), (31.2, 29.8)):
        top, bottom = (round(HORIZON_Y + _FLOOR_BELOW * face) for face in (far, near))
        cv2.rectangle(picture, (0, top), (WIDTH, bottom), (150, 196, 208), -1)


def _draw_ceiling(picture: Pixels) -> None:
    rows = np.linspace(0.5, 0.72, _WALL_HEAD)[:, None, None]
    picture[:_WALL_HEAD] = (rows * np.array([176, 178, 180])).astype(np.uint8)
    for middle in (-420, -140, 140, 420):
        far = [(640 + middle * 0.72 + side, _WALL_HEAD - 6) for side in (-46, 46)]
        near = [(640 + middle * 1.25 + side, 6) for side in (92, -92)]
        _polygon(picture, [*far, *near], (246, 250, 250))


def _draw_wall(picture: Pixels) -> None:
    picture[_WALL_HEAD:_WALL_FOOT] = np.linspace(150, 176, _WALL_FOOT - _WALL_HEAD)[:, None, None].astype(np.uint8)
    picture[_WALL_HEAD:_WALL_FOOT] = np.clip(
        picture[_WALL_HEAD:_WALL_FOOT] * np.array([0.94, 1.0, 1.04]), 0, 255
    ).astype(np.uint8)
    for row, y in enumerate(range(_WALL_HEAD, _WALL_FOOT, 16)):
        cv2.line(picture, (0, y), (WIDTH, y), (146, 152, 156), 1, cv2.LINE_AA)
        for x in range((row % 2) * 20, WIDTH, 40):
            cv2.line(picture, (x, y), (x, y + 16), (148, 154, 158), 1, cv2.LINE_AA)
    for left in (40, 480, 700, 1100):
        _draw_doorway(picture, left)
    cv2.rectangle(picture, (0, _WALL_FOOT - 12), (WIDTH, _WALL_FOOT), (96, 92, 90), -1)
    _draw_boards(picture)
    _draw_clock(picture, (640, 92))


def _draw_doorway(picture: Pixels, left: int) -> None:
    top, right = 158, left + 112
    cv2.rectangle(picture, (left - 6, top - 6), (right + 6, _WALL_FOOT), _STEEL, -1)
    depth = np.linspace(74, 44, _WALL_FOOT - top)[:, None, None] * np.array([1.05, 1.0, 0.95])
    picture[top:_WALL_FOOT, left:right] = depth.astype(np.uint8)
    for x in (left + 37, left + 75):
        cv2.line(picture, (x, top), (x, _WALL_FOOT), _STEEL, 2, cv2.LINE_AA)
    glow = [(left + 8, top + 6), (left + 104, top + 6), (left + 84, top + 24), (left + 28, top + 24)]
    _polygon(picture, glow, (150, 172, 180))


def _draw_boards(picture: Pixels) -> None:
    """An arrow board on each side and a board of departures with bars where words would be."""
    for left, points_left in ((378, True), (694, False)):
        cv2.rectangle(picture, (left, 96), (left + 208, 132), (122, 72, 30), -1)
        x, sign = (left + 24, -1) if points_left else (left + 184, 1)
        cv2.arrowedLine(picture, (x - 12 * sign, 114), (x + 12 * sign, 114), _LIGHT, 4, cv2.LINE_AA, tipLength=0.5)
        for circle in range(3):
            cv2.circle(picture, (left + 64 + 40 * circle, 114), 11, _LIGHT, 2, cv2.LINE_AA)
    cv2.rectangle(picture, (398, 176), (462, 300), _DARK, -1)
    for row in range(8):
        width = 24 + (row * 29) % 26
        cv2.rectangle(picture, (406, 186 + row * 14), (406 + width, 191 + row * 14), (70, 170, 214), -1)


def _draw_clock(picture: Pixels, centre: tuple[int, int]) -> None:
    cv2.circle(picture, centre, 28, _DARK, -1, cv2.LINE_AA)
    cv2.circle(picture, centre, 25, (236, 240, 240), -1, cv2.LINE_AA)
    x, y = centre
    cv2.line(picture, centre, (x - 9, y - 11), (30, 30, 30), 3, cv2.LINE_AA)
    cv2.line(picture, centre, (x + 18, y - 8), (30, 30, 30), 2, cv2.LINE_AA)


def _draw_bench(picture: Pixels) -> None:
    for left in (540, 1130):
        cv2.ellipse(picture, (left + 100, 452), (124, 10), 0, 0, 360, (118, 122, 124), -1, cv2.LINE_AA)
        cv2.rectangle(picture, (left, 404), (left + 200, 414), (70, 110, 150), -1)
        cv2.rectangle(picture, (left, 368), (left + 200, 392), (84, 126, 166), -1)
        for x in (left + 12, left + 100, left + 184):
            cv2.rectangle(picture, (x, 392), (x + 6, 450), _DARK, -1)


def _draw_pillars(picture: Pixels) -> Pixels:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    foot = round(HORIZON_Y + _FLOOR_BELOW * PILLAR_FACE_PX)
    for left, right in PILLARS_X:
        middle, width = (left + right) // 2, right - left
        shade_box = (middle + 30, foot)
        cv2.ellipse(picture, shade_box, (width, 20), 0, 0, 360, (104, 108, 110), -1, cv2.LINE_AA)
        around = np.linspace(-1, 1, width)
        light = np.sqrt(np.clip(1.08 - around**2, 0, 1)) * (0.86 - 0.22 * around)
        picture[:foot, left:right] = np.clip(light[None, :, None] * np.array([196, 202, 204]), 0, 255).astype(np.uint8)
        for y in range(-20, foot, 58):
            cv2.ellipse(picture, (middle, y), (width // 2, 5), 0, 0, 180, (128, 132, 134), 1, cv2.LINE_AA)
        cv2.rectangle(picture, (left - 2, foot - 34), (right + 2, foot), (78, 76, 74), -1)
        picture[420:440, left:right] = (light[None, :, None] * np.array([60, 150, 196])).astype(np.uint8)
        mask[:foot, left:right] = 255
    return _pixels(cv2.GaussianBlur(mask, (3, 3), 0))


def _weathered(picture: Pixels, dice: np.random.Generator) -> Pixels:
    """Give the drawing the unevenness of a photograph: speckle, stains, a lens that darkens its corners."""
    speckle = dice.normal(0, 1, (HEIGHT, WIDTH, 1)).astype(np.float32)
    coarse = cv2.GaussianBlur(dice.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 24)
    stains = (coarse / coarse.std())[..., None]
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    corner = 1 - 0.22 * (((xs - WIDTH / 2) / WIDTH) ** 2 + ((ys - HEIGHT / 2) / HEIGHT) ** 2) * 2
    uneven = picture * corner[..., None] * (1 + 0.02 * stains) + 2.2 * speckle
    return _pixels(cv2.GaussianBlur(np.clip(uneven, 0, 255).astype(np.uint8), (0, 0), 0.8))


def _polygon(picture: Pixels, points: Sequence[tuple[float, float]], colour: tuple[int, int, int]) -> None:
    cv2.fillPoly(picture, [np.array(points).round().astype(np.int32)], colour, cv2.LINE_AA)


def _pixels(array: Any) -> Pixels:
    return np.ascontiguousarray(array, dtype=np.uint8)
