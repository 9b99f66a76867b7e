"""The film that pipeline and processes are measured on: the demonstration's where it is rendered, else a short one.

    python -m benchmarks.speed.film FOLDER SECONDS

lays down `FOLDER/film.mp4` of at least so many seconds, made of the film `FOLDER/short.mp4` shown again and again.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.errors import BenchmarkError
from benchmarks.speed.scenes import HEIGHT, WIDTH
from matcher.faces.face import BgrImage

FRAMES_PER_SECOND: Final = 25
_SHORT_S: Final = 16
_EMPTY_S: Final = 4
"""The last seconds of the short film show nobody."""


def demonstration_film(home: Path) -> Path | None:
    """Return the demonstration's film, if it is rendered."""
    path = home / "demonstration" / "footage" / "camera.mp4"
    return path if path.is_file() else None


def seconds_of(path: Path) -> float:
    """Return how long a film is, by the number of its frames.

    Raises:
        BenchmarkError: it cannot be read.
    """
    film = cv2.VideoCapture(str(path))
    try:
        frames = film.get(cv2.CAP_PROP_FRAME_COUNT) if film.isOpened() else 0
    finally:
        film.release()
    if frames <= 0:
        raise BenchmarkError("The film to measure on cannot be read; run `insyn demo reset` and `insyn setup`.")
    return float(frames) / FRAMES_PER_SECOND


def render_short_film(path: Path, photographs: Sequence[BgrImage], *, seconds: int = _SHORT_S) -> None:
    """Render people who walk by, two at a time, at different sizes, and then nobody for a while.

    Raises:
        BenchmarkError: it cannot be written.
    """
    backdrop = _backdrop()
    walkers = [_walker(photograph, size) for photograph, size in zip(photographs, (150, 300, 220, 380), strict=False)]
    dice = np.random.default_rng(2)
    noises = [dice.normal(0, 3, backdrop.shape).astype(np.int16) for _ in range(4)]
    walking = max(1, seconds - _EMPTY_S) * FRAMES_PER_SECOND

    def frames() -> Iterator[BgrImage]:
        for number in range(seconds * FRAMES_PER_SECOND):
            picture = backdrop.copy()
            if number < walking:
                for place in (0, 1):
                    _draw(picture, walkers[(number // 100 + place) % len(walkers)], number % 100, place)
            yield np.clip(picture + noises[number % len(noises)], 0, 255).astype(np.uint8)

    _write(path, frames())


def lengthen(short: Path, long: Path, *, seconds: float) -> None:
    """Write a film of at least so many seconds that shows the short one again and again.

    Raises:
        BenchmarkError: it cannot be read or written.
    """
    _write(long, _repeated(short, round(seconds * FRAMES_PER_SECOND)))


def _repeated(path: Path, count: int) -> Iterator[BgrImage]:
    shown = 0
    while shown < count:
        film = cv2.VideoCapture(str(path))
        try:
            before = shown
            while shown < count and (read := film.read())[0]:
                shown += 1
                yield read[1].astype(np.uint8, copy=False)
        finally:
            film.release()
        if shown == before:
            raise BenchmarkError("The film to measure on cannot be read; run `insyn demo reset` and `insyn setup`.")


def _write(path: Path, frames: Iterator[BgrImage]) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FRAMES_PER_SECOND, (WIDTH, HEIGHT))
    try:
        if not writer.isOpened():
            raise BenchmarkError(
                "The benchmark's film cannot be written; free space in the folder for temporary files."
            )
        for frame in frames:
            writer.write(frame)
    finally:
        writer.release()


def _backdrop() -> BgrImage:
    dice = np.random.default_rng(1)
    coarse = dice.integers(60, 200, (9, 16, 3)).astype(np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def _walker(photograph: BgrImage, height: int) -> BgrImage:
    scale = height / photograph.shape[0]
    size = (round(photograph.shape[1] * scale), height)
    return cv2.resize(photograph, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _draw(picture: BgrImage, walker: BgrImage, step: int, place: int) -> None:
    """Draw a walker at one of the hundred steps of a pass, from the left in place 0 and from the right in place 1."""
    height, width = walker.shape[:2]
    along = step * (WIDTH - width) // 99
    left = along if place == 0 else WIDTH - width - along
    top = 20 if place == 0 else HEIGHT - height - 20
    picture[top : top + height, left : left + width] = walker


def main(folder: str, seconds: str) -> None:
    """Lengthen the folder's short film."""
    lengthen(Path(folder) / "short.mp4", Path(folder) / "film.mp4", seconds=float(seconds))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
