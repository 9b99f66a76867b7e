"""The ground truth of the demonstration's film: who passes when, how large. `demo-check` alone reads it.

The format, version 1, is described in `docs/demonstration-material.md`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from insyn.demonstration.errors import GroundTruthUnreadableError
from insyn.demonstration.walk import FRAME_COUNT, FRAMES_PER_SECOND, HEIGHT, WIDTH, Pass, Stance, stances

SCHEMA: Final = "insyn-demonstration-truth"
VERSION: Final = 1
BOX_EVERY: Final = 5


@dataclass(frozen=True, kw_only=True)
class TrueBox:
    """A face's true place in one frame, in pixels (it may reach beyond the picture)."""

    frame: int
    box_xyxy: tuple[float, float, float, float]
    whole: bool


@dataclass(frozen=True, kw_only=True)
class TruePass:
    """One person's passing: seconds of the film from the first to the last frame with any of the face in it.

    `largest_face_px` and `smallest_face_px` speak of the frames in which the face is wholly in the picture; a face's
    height is that of the box which dlib's MMOD detector reports, averaged over its own steps of a fifth (see
    `cast.Portrait`). `boxes` has every fifth frame of the film.
    """

    person: str
    photograph: int
    starts_at: float
    ends_at: float
    largest_face_px: float
    smallest_face_px: float
    boxes: tuple[TrueBox, ...]


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Everything `demo-check` needs to know about the film, and what the film was made from."""

    video_sha256: str
    renderer_sha256: str
    seed: int
    inputs_sha256: tuple[str, ...]
    passes: tuple[TruePass, ...]
    nobody: tuple[tuple[float, float], ...]

    def made_from(self, *, renderer_sha256: str, seed: int, inputs_sha256: Sequence[str]) -> bool:
        """Whether the film was made by this renderer, with this seed, from these photographs."""
        return (self.renderer_sha256, self.seed, self.inputs_sha256) == (
            renderer_sha256,
            seed,
            tuple(inputs_sha256),
        )


def true_passes(walks: Sequence[Pass]) -> tuple[TruePass, ...]:
    """Return what the walks put into the picture, in the order of first appearance."""
    found = [_true_pass(walk) for walk in walks]
    return tuple(sorted(found, key=lambda one: one.starts_at))


def nobody_between(passes: Sequence[TruePass]) -> tuple[tuple[float, float], ...]:
    """Return the stretches of the film, in seconds, in which no face is in the picture, longer than half a second."""
    busy = sorted((one.starts_at, one.ends_at) for one in passes)
    edges = [(0.0, 0.0), *busy, (FRAME_COUNT / FRAMES_PER_SECOND,) * 2]
    empty: list[tuple[float, float]] = []
    until = 0.0
    for previous, following in pairwise(edges):
        until = max(until, previous[1])
        if following[0] - until > 0.5:
            empty.append((until, following[0]))
    return tuple(empty)


def truth_document(truth: Truth) -> dict[str, Any]:
    """Return the truth as a JSON object of version 1."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "video": {
            "sha256": truth.video_sha256,
            "width": WIDTH,
            "height": HEIGHT,
            "frames_per_second": FRAMES_PER_SECOND,
            "frame_count": FRAME_COUNT,
        },
        "renderer": {"sha256": truth.renderer_sha256, "seed": truth.seed},
        "inputs_sha256": list(truth.inputs_sha256),
        "passes": [_pass_document(one) for one in truth.passes],
        "nobody": [list(stretch) for stretch in truth.nobody],
    }


def read_truth(path: Path) -> Truth:
    """Read the ground truth.

    Raises:
        GroundTruthUnreadableError: the file is missing, damaged or of another version.
    """
    try:
        document = json.loads(path.read_bytes())
        if (document["schema"], document["version"]) != (SCHEMA, VERSION):
            raise _unreadable()
        return _truth(document)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable() from error


def _unreadable() -> GroundTruthUnreadableError:
    return GroundTruthUnreadableError(
        "The demonstration's ground truth is missing or damaged: remove the folder demonstration/footage "
        "in the data folder and run the set-up again."
    )


def _true_pass(walk: Pass) -> TruePass:
    seen = list(stances(walk))
    whole = [there.face_px for _, there in seen if there.is_whole]
    return TruePass(
        person=walk.person,
        photograph=walk.photograph,
        starts_at=seen[0][0] / FRAMES_PER_SECOND,
        ends_at=(seen[-1][0] + 1) / FRAMES_PER_SECOND,
        largest_face_px=round(max(whole, default=0.0), 1),
        smallest_face_px=round(min(whole, default=0.0), 1),
        boxes=tuple(_true_box(frame, there) for frame, there in seen if frame % BOX_EVERY == 0),
    )


def _true_box(frame: int, there: Stance) -> TrueBox:
    x1, y1, x2, y2 = (round(edge, 1) for edge in there.face_xyxy)
    return TrueBox(frame=frame, box_xyxy=(x1, y1, x2, y2), whole=there.is_whole)


def _pass_document(one: TruePass) -> dict[str, Any]:
    return {
        "person": one.person,
        "photograph": one.photograph,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "largest_face_px": one.largest_face_px,
        "smallest_face_px": one.smallest_face_px,
        "boxes": [{"frame": box.frame, "box_xyxy": list(box.box_xyxy), "whole": box.whole} for box in one.boxes],
    }


def _truth(document: Mapping[str, Any]) -> Truth:
    return Truth(
        video_sha256=str(document["video"]["sha256"]),
        renderer_sha256=str(document["renderer"]["sha256"]),
        seed=int(document["renderer"]["seed"]),
        inputs_sha256=tuple(document["inputs_sha256"]),
        passes=tuple(_pass(one) for one in document["passes"]),
        nobody=tuple((float(start), float(end)) for start, end in document["nobody"]),
    )


def _pass(one: Mapping[str, Any]) -> TruePass:
    return TruePass(
        person=str(one["person"]),
        photograph=int(one["photograph"]),
        starts_at=float(one["starts_at"]),
        ends_at=float(one["ends_at"]),
        largest_face_px=float(one["largest_face_px"]),
        smallest_face_px=float(one["smallest_face_px"]),
        boxes=tuple(_box(box) for box in one["boxes"]),
    )


def _box(box: Mapping[str, Any]) -> TrueBox:
    x1, y1, x2, y2 = (float(edge) for edge in box["box_xyxy"])
    return TrueBox(frame=int(box["frame"]), box_xyxy=(x1, y1, x2, y2), whole=bool(box["whole"]))
