"""Paint one frame of the demonstration's film: place, people, light, lens and sensor."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from insyn.demonstration.cast import CutOut, anchor
from insyn.demonstration.scene import PILLAR_FACE_PX, draw_scene
from insyn.demonstration.walk import FRAMES_PER_SECOND, HEIGHT, WIDTH, Pass, Stance, stance

Pixels = NDArray[np.uint8]

_NOISE_FIELDS: Final = 6
_NOISE_ROOM: Final = 64
_SENSOR_NOISE: Final = 2.4
_FEET_BELOW: Final = 7.15
_SHUTTER: Final = 0.25
"""The part of a frame's time for which the shutter is open."""


class FramePainter:
    """Paints any frame, in any order; the same seed, walks and cut-outs give the same pixels."""

    def __init__(self, walks: Sequence[Pass], cast: Mapping[tuple[str, int], CutOut], seed: int) -> None:
        self._walks = tuple(walks)
        self._cast = cast
        self._seed = seed
        self._scene = draw_scene(seed)
        self._noise = _noise_fields(seed)

    def paint(self, frame: int) -> Pixels:
        """Return the frame, BGR, 720 by 1280 by 3."""
        picture = self._scene.empty.copy()
        there = [(walk, standing) for walk in self._walks if (standing := stance(walk, frame)) is not None]
        there.sort(key=lambda each: each[1].face_px)
        behind = [each for each in there if each[1].face_px < PILLAR_FACE_PX]
        for walk, standing in behind:
            self._draw_person(picture, walk, standing, frame)
        if behind:
            _lay_over(picture, self._scene.empty, self._scene.pillar_mask)
        for walk, standing in there[len(behind) :]:
            self._draw_person(picture, walk, standing, frame)
        lit = cv2.LUT(picture, light_table(frame / FRAMES_PER_SECOND))
        return _pixels(cv2.add(lit, self._noise_of(frame), dtype=cv2.CV_8U))

    def _draw_person(self, picture: Pixels, walk: Pass, there: Stance, frame: int) -> None:
        canvas, face_px = self._cast[walk.person, walk.photograph].nearest_above(there.face_px)
        into = _placement(there, face_px)
        left, top, right, bottom = _covered(canvas, into)
        if left >= right or top >= bottom:
            return
        _draw_shadow(picture, there)
        into[:, 2] -= (left, top)
        person = cv2.warpAffine(canvas, into, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
        person = _blurred(_pixels(person), _speed(walk, there, frame))
        _blend(picture[top:bottom, left:right], person)

    def _noise_of(self, frame: int) -> NDArray[np.int16]:
        dice = np.random.default_rng((self._seed, frame))
        which, top, left = dice.integers(0, (_NOISE_FIELDS, _NOISE_ROOM, _NOISE_ROOM))
        return np.asarray(self._noise[which][top : top + HEIGHT, left : left + WIDTH], np.int16)


def light_table(seconds: float) -> Pixels:
    """Return the look-up table of the light at that second: slow changes, a dark cloud, a lamp that flickers."""
    gain = 1.0 + 0.04 * math.sin(2 * math.pi * seconds / 37)
    gain -= 0.22 * _swell(seconds, 42, 58)
    gain += 0.12 * _swell(seconds, 70, 90)
    if 59.4 < seconds < 61.0:
        gain *= 1 + 0.04 * math.copysign(1, math.sin(2 * math.pi * 4 * seconds))
    warmth = 0.03 * math.sin(2 * math.pi * seconds / 61)
    gains = np.array([gain * (1 - warmth), gain, gain * (1 + warmth)])
    return _pixels(np.clip(np.arange(256)[:, None] * gains, 0, 255).round().reshape(1, 256, 3))


def _swell(seconds: float, start: float, end: float) -> float:
    """Rise from 0 to 1 and fall back, smoothly, between two seconds."""
    if not start < seconds < end:
        return 0.0
    return math.sin(math.pi * (seconds - start) / (end - start)) ** 2


def _placement(there: Stance, face_px: float) -> NDArray[np.float64]:
    """Return the affine map that sets a canvas with a face `face_px` high onto the stance."""
    scale = there.face_px / face_px
    cosine, sine = scale * math.cos(there.lean), scale * math.sin(there.lean)
    ax, ay = anchor(face_px)
    return np.array(
        [
            [cosine, -sine, there.x - cosine * ax + sine * ay],
            [sine, cosine, there.y - sine * ax - cosine * ay],
        ]
    )


def _covered(canvas: Pixels, into: NDArray[np.float64]) -> tuple[int, int, int, int]:
    """Return the rectangle of the picture that the placed canvas touches: left, top, right, bottom."""
    height, width = canvas.shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ into.T
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    return max(0, int(left)), max(0, int(top)), min(WIDTH, int(right)), min(HEIGHT, int(bottom))


def _draw_shadow(picture: Pixels, there: Stance) -> None:
    """Darken the floor under the feet of whoever stands far enough away for their feet to be seen."""
    face, feet = there.face_px, there.y + _FEET_BELOW * there.face_px
    top, bottom = round(feet - 0.3 * face), min(HEIGHT, round(feet + 0.3 * face))
    if top >= HEIGHT:
        return
    light = np.full((bottom - top, WIDTH, 3), 255, np.uint8)
    centre, axes = (round(there.x), round(feet) - top), (round(1.2 * face), round(0.14 * face))
    cv2.ellipse(light, centre, axes, 0, 0, 360, (168, 168, 168), -1)
    soft = cv2.GaussianBlur(light, (0, 0), 4)
    cv2.multiply(picture[top:bottom], soft, dst=picture[top:bottom], scale=1 / 255)


def _speed(walk: Pass, there: Stance, frame: int) -> float:
    """Return how many pixels the person moves sideways until the next frame."""
    following = stance(walk, frame + 1)
    return 0.0 if following is None else abs(following.x - there.x)


def _blurred(person: Pixels, speed: float) -> Pixels:
    """Blur as a lens does, and sideways as far as the person moves while the shutter is open."""
    length = _SHUTTER * speed
    reach = math.ceil(length / 2)
    weights = np.clip(length / 2 + 0.5 - np.abs(np.arange(-reach, reach + 1)), 0, 1).astype(np.float32)
    weights[reach] = 1.0
    lens = np.array([0.12, 0.76, 0.12], np.float32)
    sideways = np.convolve(weights / weights.sum(), lens).astype(np.float32)
    return _pixels(cv2.sepFilter2D(person, -1, sideways, lens, borderType=cv2.BORDER_CONSTANT))


def _blend(target: Any, person: Pixels) -> None:
    """Lay a pre-multiplied BGRA picture over `target`, in place."""
    let_through = cv2.cvtColor(cv2.bitwise_not(person[..., 3]), cv2.COLOR_GRAY2BGR)
    kept = cv2.multiply(target, let_through, scale=1 / 255)
    cv2.add(kept, cv2.cvtColor(person, cv2.COLOR_BGRA2BGR), dst=target)


def _lay_over(picture: Pixels, over: Pixels, mask: Pixels) -> None:
    cv2.copyTo(over, mask, picture)


def _noise_fields(seed: int) -> list[NDArray[np.int16]]:
    """Draw the sensor's noise: mostly of brightness, a little of colour, a little coarser than one pixel."""
    dice = np.random.default_rng((seed, 1))
    shape = (HEIGHT + _NOISE_ROOM, WIDTH + _NOISE_ROOM)
    fields = []
    for _ in range(_NOISE_FIELDS):
        bright = dice.standard_normal((*shape, 1), dtype=np.float32)
        colour = dice.standard_normal((*shape, 3), dtype=np.float32)
        grain = cv2.GaussianBlur(bright + 0.35 * colour, (3, 3), 0.5)
        fields.append((_SENSOR_NOISE * grain / grain.std()).round().astype(np.int16))
    return fields


def _pixels(array: Any) -> Pixels:
    return np.ascontiguousarray(array, dtype=np.uint8)
