"""A film of people who pass a camera, made of photographs of a public set, with who passes when.

Faces come nearer or go away, from either side, at several sizes and speeds, in two lanes, now and then one before the
other; the lens blurs a little, the shutter by how fast they move, and the sensor adds noise. It is a drawn world: no
face turns, no light changes. What it shows is what the whole pipeline makes of the same faces, not what a camera sees.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from benchmarks.metrics.scores import Scores
from matcher.faces.face import BgrImage

WIDTH: Final = 1280
HEIGHT: Final = 720
FRAMES_PER_SECOND: Final = 25
_EVERY_S: Final = 2.6
"""Somebody new comes this often."""
_LAST_S: Final = 2.0
"""After the last pass nobody is seen for a while."""
_SIZES: Final = ((85.0, 125.0), (100.0, 150.0), (90.0, 90.0), (150.0, 95.0), (120.0, 85.0), (62.0, 78.0))
_DURATIONS_S: Final = (4.0, 5.0, 3.2, 6.0)
_LANES: Final = (215.0, 500.0)
_SHUTTER: Final = 0.25
_NOISE: Final = 2.4


@dataclass(frozen=True, slots=True)
class Walk:
    """One person's pass: who, seconds from the film's beginning, the middle of the face and its size in pixels."""

    person: int
    starts_at: float
    ends_at: float
    x: tuple[float, float]
    y: float
    face_px: tuple[float, float]

    def at(self, frame: int) -> tuple[float, float, float] | None:
        """Middle and size of the face in a frame, or None where the walk has not begun or is over."""
        seconds = frame / FRAMES_PER_SECOND
        if not self.starts_at <= seconds <= self.ends_at:
            return None
        done = (seconds - self.starts_at) / (self.ends_at - self.starts_at)
        bob = 3 * np.sin(2 * np.pi * 1.8 * seconds + self.person)
        return (
            self.x[0] + (self.x[1] - self.x[0]) * done,
            float(self.y + bob),
            self.face_px[0] + (self.face_px[1] - self.face_px[0]) * done,
        )


@dataclass(frozen=True, slots=True)
class Walker:
    """A photograph, blue first, the middle of its face, and the face's size in it."""

    image_bgr: BgrImage
    middle: tuple[float, float]
    face_px: float


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom the film shows, in the order of their passes, and who of them has which place on the list."""

    walks: tuple[Walk, ...]
    walkers: tuple[Walker, ...]
    listed: dict[int, int]
    """The place on the list of each walker who is on it."""
    references: tuple[int, ...]
    """The whole list, by the places of their pictures; most of it never passes."""
    found_in_photographs: int
    """Of the listed, those whose photograph alone reaches the threshold with their reference, before it is filmed."""


def plan(people: int) -> tuple[Walk, ...]:
    """One pass of each person, in their order: sides, lanes, sizes and speeds by turns."""
    return tuple(_walk(person) for person in range(people))


def _walk(person: int) -> Walk:
    starts = 1.0 + person * _EVERY_S
    out = 220.0
    ends = (-out, WIDTH + out) if person % 2 == 0 else (WIDTH + out, -out)
    # Every fourth takes the lane of the one before: the two meet there.
    lane = _LANES[(person - (person % 4 == 3)) % 2]
    return Walk(
        person, starts, starts + _DURATIONS_S[person % len(_DURATIONS_S)], ends, lane, _SIZES[person % len(_SIZES)]
    )


def frames_of(walks: Sequence[Walk]) -> int:
    """How many frames show all of them, and then nobody for a while."""
    return round((max(walk.ends_at for walk in walks) + _LAST_S) * FRAMES_PER_SECOND)


def person_at(walks: Sequence[Walk], frame: int, x: float, y: float) -> int | None:
    """Whose face is at this place in a frame: the nearest, no further off than half its size; None for nobody's."""
    there = [(walk.person, place) for walk in walks if (place := walk.at(frame)) is not None]
    off = [(float(np.hypot(x - place[0], y - place[1])) / place[2], person) for person, place in there]
    nearest = min(off, default=(1.0, -1))
    return nearest[1] if nearest[0] <= 0.5 else None


def render(path: Path, walks: Sequence[Walk], walkers: Sequence[Walker], *, seed: int) -> int:
    """Write the film, and return its number of frames. The same walks, photographs and seed give the same pictures.

    Raises:
        BenchmarkError: it cannot be written.
    """
    total = frames_of(walks)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FRAMES_PER_SECOND, (WIDTH, HEIGHT))
    try:
        if not writer.isOpened():
            raise BenchmarkError("The film cannot be written; free space in the folder for temporary files.")
        for picture in frames(walks, walkers, total, seed=seed):
            writer.write(picture)
    finally:
        writer.release()
    return total


def frames(walks: Sequence[Walk], walkers: Sequence[Walker], total: int, *, seed: int) -> Iterator[BgrImage]:
    """Every frame of the film, in order."""
    dice = np.random.default_rng(seed)
    backdrop = _backdrop(dice)
    noises = [dice.normal(0, _NOISE, backdrop.shape).astype(np.int16) for _ in range(5)]
    mattes = [_matte(walker) for walker in walkers]
    for number in range(total):
        picture = backdrop.copy()
        there = [(place, walk) for walk in walks if (place := walk.at(number)) is not None]
        for place, walk in sorted(there, key=lambda one: one[0][2]):  # whoever is nearer is before the other
            _draw(picture, walkers[walk.person], mattes[walk.person], place, speed=_speed(walk))
        yield np.clip(picture + noises[number % len(noises)], 0, 255).astype(np.uint8)


def _speed(walk: Walk) -> float:
    return abs(walk.x[1] - walk.x[0]) / (walk.ends_at - walk.starts_at) / FRAMES_PER_SECOND


def _backdrop(dice: np.random.Generator) -> BgrImage:
    coarse = np.repeat(dice.integers(90, 180, (6, 10, 1)), 3, axis=2).astype(np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def _matte(walker: Walker) -> NDArray[np.float32]:
    """How much of the photograph is seen, 0 to 1: head and shoulders, with a soft rim, and nothing of its place."""
    height, width = walker.image_bgr.shape[:2]
    mask = np.zeros((height, width), np.float32)
    (x, y), face = walker.middle, walker.face_px
    cv2.ellipse(mask, (round(x), round(y)), (round(0.78 * face), round(1.0 * face)), 0, 0, 360, (1.0,), -1)
    cv2.ellipse(mask, (round(x), round(y + 1.35 * face)), (round(1.1 * face), round(0.6 * face)), 0, 0, 360, (1.0,), -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.05 * face), dtype=np.float32)


def _draw(
    picture: Any, walker: Walker, matte: NDArray[np.float32], place: tuple[float, float, float], *, speed: float
) -> None:
    x, y, face_px = place
    scale = face_px / walker.face_px
    size = (max(1, round(matte.shape[1] * scale)), max(1, round(matte.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    person = _moving(np.asarray(cv2.resize(walker.image_bgr, size, interpolation=way), np.float32), speed)
    seen = np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_LINEAR), np.float32)[..., None]
    left, top = round(x - walker.middle[0] * scale), round(y - walker.middle[1] * scale)
    from_x, from_y = max(0, -left), max(0, -top)
    to_x, to_y = min(size[0], WIDTH - left), min(size[1], HEIGHT - top)
    if from_x >= to_x or from_y >= to_y:
        return
    part = (slice(from_y, to_y), slice(from_x, to_x))
    target = picture[top + from_y : top + to_y, left + from_x : left + to_x]
    target[:] = target * (1 - seen[part]) + person[part] * seen[part]


def _moving(person: NDArray[np.float32], speed: float) -> NDArray[np.float32]:
    """Blurred as a lens does, and sideways by as much as is passed while the shutter is open."""
    reach = int(np.ceil(_SHUTTER * speed / 2))
    weights: Scores = np.clip(_SHUTTER * speed / 2 + 0.5 - np.abs(np.arange(-reach, reach + 1)), 0, 1)
    weights[reach] = 1.0
    lens = np.array([0.12, 0.76, 0.12])
    sideways = np.convolve(weights / weights.sum(), lens)
    return np.asarray(cv2.sepFilter2D(person, -1, sideways, lens), np.float32)
