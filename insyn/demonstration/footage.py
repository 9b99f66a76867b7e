"""Render the demonstration's camera: 1280 by 720, 25 frames a second, MPEG-4, with the ground truth beside it.

Nothing here is read by the system at work, which sees the film as it sees any camera.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from insyn.demonstration.cast import CutOut, cut_out
from insyn.demonstration.errors import FootageNotRenderedError, GroundTruthUnreadableError
from insyn.demonstration.frame_painter import FramePainter
from insyn.demonstration.photographs import Photograph, Report
from insyn.demonstration.truth import Truth, nobody_between, read_truth, true_passes, truth_document
from insyn.demonstration.walk import DEFAULT_SEED, FRAME_COUNT, FRAMES_PER_SECOND, HEIGHT, WIDTH, Pass, plan

_RENDERER_SOURCES: Final = ("cast.py", "footage.py", "frame_painter.py", "scene.py", "walk.py")
_REPORT_EVERY: Final = 25


@dataclass(frozen=True, kw_only=True)
class Footage:
    """The rendered film and its ground truth."""

    video_path: Path
    truth_path: Path


def render_footage(
    home: Path, photographs: Sequence[Photograph], *, report: Report, seed: int = DEFAULT_SEED
) -> Footage:
    """Render film and truth under `home/demonstration/footage`, unless they are there and up to date.

    The film is up to date when it was made by this renderer from the same photographs and seed, and its bytes are those
    that the truth names. Both files appear only when complete, the truth last. `report` gets frames done and in all.

    Raises:
        FootageNotRenderedError: a photograph does not serve, or the film cannot be written.
    """
    folder = home / "demonstration" / "footage"
    footage = Footage(video_path=folder / "camera.mp4", truth_path=folder / "truth.json")
    walks = plan(seed)
    seen = _appearing(walks, photographs)
    inputs = tuple(photograph.sha256 for photograph in seen)
    if not _is_up_to_date(footage, seed, inputs):
        folder.mkdir(parents=True, exist_ok=True)
        footage.truth_path.unlink(missing_ok=True)
        painter = FramePainter(walks, cut_cast(seen), seed)
        write_film(footage.video_path, painter, range(FRAME_COUNT), report=report)
        _write_truth(footage, walks, seed, inputs)
    report(FRAME_COUNT, FRAME_COUNT)
    return footage


def renderer_sha256() -> str:
    """Return the SHA-256 over the renderer's own sources: a film by another renderer is rendered anew."""
    folder, digest = Path(__file__).parent, hashlib.sha256()
    for name in _RENDERER_SOURCES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def cut_cast(photographs: Iterable[Photograph]) -> Mapping[tuple[str, int], CutOut]:
    """Cut everybody out, keyed by person and photograph number."""
    return {(photograph.person, photograph.number): cut_out(photograph) for photograph in photographs}


def write_film(path: Path, painter: FramePainter, frames: range, *, report: Report) -> None:
    """Paint the frames and write them as MPEG-4 to `path`, which appears only when the film is complete.

    Raises:
        FootageNotRenderedError: the film cannot be written.
    """
    scratch = path.with_name(f".{os.getpid()}.{path.name}")
    size = (WIDTH, HEIGHT)
    writer = cv2.VideoWriter(str(scratch), cv2.VideoWriter.fourcc(*"mp4v"), FRAMES_PER_SECOND, size)
    try:
        if not writer.isOpened():
            raise _not_written()
        for done, frame in enumerate(frames):
            if done % _REPORT_EVERY == 0:
                report(done, len(frames))
            writer.write(painter.paint(frame))
        writer.release()
        _check_complete(scratch, len(frames))
        scratch.replace(path)
    except OSError as error:
        raise _not_written() from error
    finally:
        writer.release()
        scratch.unlink(missing_ok=True)


def _appearing(walks: Sequence[Pass], photographs: Sequence[Photograph]) -> tuple[Photograph, ...]:
    """Return the photographs that the walks show; the enrolled portrait is not among them."""
    shown = {(walk.person, walk.photograph) for walk in walks}
    seen = tuple(each for each in photographs if (each.person, each.number) in shown)
    if len(seen) != len(shown):
        raise FootageNotRenderedError(
            f"{len(shown) - len(seen)} of the photographs the film is made from are missing: run the set-up again."
        )
    return seen


def _is_up_to_date(footage: Footage, seed: int, inputs: tuple[str, ...]) -> bool:
    try:
        truth = read_truth(footage.truth_path)
        return truth.made_from(
            renderer_sha256=renderer_sha256(), seed=seed, inputs_sha256=inputs
        ) and truth.video_sha256 == _sha256_of_file(footage.video_path)
    except (GroundTruthUnreadableError, OSError):
        return False


def _write_truth(footage: Footage, walks: Sequence[Pass], seed: int, inputs: tuple[str, ...]) -> None:
    passes = true_passes(walks)
    truth = Truth(
        video_sha256=_sha256_of_file(footage.video_path),
        renderer_sha256=renderer_sha256(),
        seed=seed,
        inputs_sha256=inputs,
        passes=passes,
        nobody=nobody_between(passes),
    )
    scratch = footage.truth_path.with_name(f".{os.getpid()}.{footage.truth_path.name}")
    scratch.write_text(json.dumps(truth_document(truth), indent=1) + "\n", encoding="utf-8")
    scratch.replace(footage.truth_path)


def _check_complete(path: Path, frame_count: int) -> None:
    """A full disk leaves OpenCV silent: count what was written."""
    capture = cv2.VideoCapture(str(path))
    written = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
    capture.release()
    if written != frame_count:
        raise _not_written()


def _not_written() -> FootageNotRenderedError:
    return FootageNotRenderedError(
        "The demonstration's film could not be written: check that the data folder is writable and has 500 MB free, "
        "and that opencv-python-headless (the server build) is installed, then run the set-up again."
    )


def _sha256_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
