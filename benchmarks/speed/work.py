"""Insyn's own work, stage by stage, by the very functions that edge and matcher call."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, cycle
from typing import Final

import numpy as np

from benchmarks.speed.material import Material
from benchmarks.speed.stages import Part, Stage
from contracts.model_profile import ModelProfile
from edge.masks import FrameStamp, PrivacyMasks, RawFrame
from edge.motion import MotionGate
from edge.tracking import Tracker, TrackingLimits
from matcher.comparison import candidate_row, comparison_scores
from matcher.embedding import open_embedder
from matcher.faces.alignment import open_aligner
from matcher.faces.detection import open_face_finder
from matcher.faces.face import BgrImage, BoxXyxy, FloatArray
from matcher.faces.quality import QualityLimits, judge, measure
from matcher.models.shipped_profiles import shipped_profile

_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
_MASKS: Final = (((0.0, 0.0), (0.2, 0.0), (0.15, 0.3), (0.0, 0.25)), ((0.8, 0.7), (1.0, 0.65), (1.0, 1.0), (0.85, 1.0)))
_FRAME_S: Final = 0.04


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One call of a stage, and how many faces, frames or probes it deals with."""

    call: Callable[[], None]
    units: int = 1


def open_work(stage: Stage, material: Material, *, threads: int) -> Work:  # noqa: PLR0911  # one for each part
    """Make a stage ready: load its model, if it has one, with so many threads, and its pictures."""
    profile = shipped_profile(stage.profile)
    match stage.part:
        case Part.DETECTION:
            return _detection(stage, profile, material, threads)
        case Part.LANDMARKS:
            return _landmarks(profile, material, threads)
        case Part.ALIGNMENT:
            return _alignment(profile, material)
        case Part.EMBEDDING:
            return _embedding(stage, profile, material, threads)
        case Part.QUALITY:
            return _quality(profile, material)
        case Part.MOTION_GATE:
            return _motion_gate(material)
        case Part.MASKS:
            return _masks(material)
        case Part.TRACKING:
            return _tracking(material, profile)
        case Part.COMPARISON:
            return _comparison(int(stage.size), profile)


def _detection(stage: Stage, profile: ModelProfile, material: Material, threads: int) -> Work:
    finder = open_face_finder(profile, material.store, threads=threads)
    frame = material.frames(stage.size)[0]
    return Work(call=lambda: _ignore(finder.detect(frame)))


def _landmarks(profile: ModelProfile, material: Material, threads: int) -> Work:
    finder = open_face_finder(profile, material.store, threads=threads)
    frame = material.frames("1280x720")[0]
    bare = [finder.detect(frame)[0]]
    return Work(call=lambda: _ignore([finder.with_landmarks(frame, face) for face in bare]), units=len(bare))


def _alignment(profile: ModelProfile, material: Material) -> Work:
    frame, points = material.frames("1280x720")[0], _landmarks_of_faces(material, profile)
    align = open_aligner(profile.alignment)
    return Work(call=lambda: _ignore([align(frame, each) for each in points]), units=len(points))


def _embedding(stage: Stage, profile: ModelProfile, material: Material, threads: int) -> Work:
    embedder = open_embedder(profile, material.store, threads=threads)
    chips = list(material.chips_rgb(profile.name)[: int(stage.size)])
    return Work(call=lambda: _ignore(embedder.embed(chips)), units=len(chips))


def _quality(profile: ModelProfile, material: Material) -> Work:
    frame, limits = material.frames("1280x720")[0], QualityLimits.of(profile.faces)
    faces = [(face.box_xyxy, face.landmarks_xy) for face in material.faces(profile.name)]

    def call() -> None:
        for box, points in faces:
            if points is not None:
                judge(measure(frame, box, points, profile.landmarks.layout), limits)

    return Work(call=call, units=len(faces))


def _motion_gate(material: Material) -> Work:
    masks, gate = PrivacyMasks(()), MotionGate(open_every_s=2.0)
    painted = cycle([masks.paint(_raw(frame, number)) for number, frame in enumerate(material.frames("1280x720"))])
    return Work(call=lambda: _ignore(gate.look(next(painted))))


def _masks(material: Material) -> Work:
    masks, raw = PrivacyMasks(_MASKS), _raw(material.frames("1280x720")[0].copy(), 0)
    return Work(call=lambda: _ignore(masks.paint(raw)))


def _tracking(material: Material, profile: ModelProfile) -> Work:
    """Follow the faces as they walk to the right by a few pixels a step, for ever."""
    tracker, number = Tracker(TrackingLimits()), count()
    boxes = [face.box_xyxy for face in material.faces(profile.name)]
    scores = [1.0] * len(boxes)

    def call() -> None:
        at = next(number)
        tracker.step([_shifted(box, at % 200) for box in boxes], scores, at * _FRAME_S)

    return Work(call=call)


def _comparison(references: int, profile: ModelProfile) -> Work:
    """Compare one probe with a gallery; every reference is another person's, as the worst case has it."""
    dice = np.random.default_rng(references)
    templates = dice.normal(0, 0.1, (references, profile.embedder.dimensions)).astype(np.float32)
    probe: FloatArray = dice.normal(0, 0.1, profile.embedder.dimensions).astype(np.float32)
    persons = [f"person-{row}" for row in range(references)]
    rule = profile.comparison

    def call() -> None:
        candidate_row(comparison_scores(probe, templates, rule.score), persons, rule)

    return Work(call=call)


def _landmarks_of_faces(material: Material, profile: ModelProfile) -> list[FloatArray]:
    return [face.landmarks_xy for face in material.faces(profile.name) if face.landmarks_xy is not None]


def _raw(frame: BgrImage, number: int) -> RawFrame:
    stamp = FrameStamp(session="benchmark", number=number, stream_time_s=number * _FRAME_S, captured_at=_DAY)
    return RawFrame(stamp=stamp, unmasked_bgr=frame)


def _shifted(box: BoxXyxy, by: int) -> BoxXyxy:
    return box[0] + by, box[1], box[2] + by, box[3]


def _ignore(result: object) -> None:
    """Take a result that only its cost is wanted of."""
    del result
