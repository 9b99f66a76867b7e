"""The best shots of one track: a few crops, spread over time, and when they are worth a probe.

Crops are copies, held in memory while their track lives, and overwritten when it ends (law.md C3).
"""

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import cv2
import numpy as np

from contracts.probe import MAX_CROPS, MAX_SIDE
from edge.masks import MaskedFrame
from matcher.faces.face import BgrImage, BoxXyxy, FloatArray

#: Alignment turns the face and looks beyond its box; this much of the box is kept on each side.
_MARGIN: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotLimits:
    """When shots are kept and when they become a probe."""

    least_gap_s: float = 0.15
    """Shots closer in time than this are one moment; the better one stays."""
    settle_s: float = 0.6
    """How long after its first usable shot a track waits for better ones."""
    gain: float = 1.25
    """A later probe's shots are on average this many times as good as the last one's."""
    least_wait_s: float = 1.0
    most_probes: int = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shot:
    """One crop with margin, in memory of its own. Box and landmarks are in pixels of the crop."""

    image_bgr: BgrImage = field(repr=False)
    box_xyxy: BoxXyxy
    landmarks_xy: FloatArray = field(repr=False)
    size_px: float
    """The face's size in the frame it came from."""
    score: float
    """Overall quality, 0 to 1."""
    stream_time_s: float
    captured_at: datetime

    def overwrite(self) -> None:
        """Make the pixels and points unreadable."""
        self.image_bgr[:] = 0
        self.landmarks_xy[:] = 0


class BestShots:
    """The shots of one track. Owned by the pipeline that follows it."""

    def __init__(self, limits: ShotLimits) -> None:
        self._limits = limits
        self._shots: list[Shot] = []
        self._first_s: float | None = None
        self._tried_s = -math.inf
        self._probed_score = 0.0
        self.probes = 0

    def __len__(self) -> int:
        return len(self._shots)

    def wants(self, score: float, at_s: float) -> bool:
        """Whether a shot of this quality at this time would be kept: cutting it out is not free."""
        return self._displaced_by(score, at_s) is not None

    def keep(self, shot: Shot) -> None:
        """Keep the shot if it is among the best, and overwrite what it displaces."""
        displaced = self._displaced_by(shot.score, shot.stream_time_s)
        if displaced is None:
            shot.overwrite()
            return
        self._first_s = shot.stream_time_s if self._first_s is None else self._first_s
        for place in reversed(displaced):
            self._shots.pop(place).overwrite()
        self._shots.append(shot)

    def is_due(self, at_s: float, *, ending: bool) -> bool:
        """Whether a probe of these shots should be sent now."""
        if not self._shots or self._first_s is None or self.probes >= self._limits.most_probes:
            return False
        waited = ending or at_s - self._tried_s >= self._limits.least_wait_s
        if self.probes == 0:
            return waited and (ending or at_s - self._first_s >= self._limits.settle_s)
        return waited and self._score() >= self._limits.gain * self._probed_score

    def best_first(self) -> tuple[Shot, ...]:
        """Return the shots for a probe. They stay this track's own."""
        return tuple(sorted(self._shots, key=lambda shot: -shot.score))

    def was_probed(self, at_s: float) -> None:
        """Remember that the matcher took a probe of these shots."""
        self._tried_s = at_s
        self._probed_score = self._score()
        self.probes += 1

    def was_refused(self, at_s: float) -> None:
        """Remember that the matcher took none, so that it is not asked again at once."""
        self._tried_s = at_s

    def discard(self) -> None:
        """Overwrite every crop."""
        for shot in self._shots:
            shot.overwrite()
        self._shots.clear()

    def _score(self) -> float:
        return sum(shot.score for shot in self._shots) / max(len(self._shots), 1)

    def _displaced_by(self, score: float, at_s: float) -> list[int] | None:
        """Return the places of the shots that this one would displace, or None where it would not be kept.

        Of one moment only the best stays, and one shot may lie in the moments of two; else the poorest has to go.
        """
        near = [
            place for place, shot in enumerate(self._shots) if abs(shot.stream_time_s - at_s) < self._limits.least_gap_s
        ]
        if not near and len(self._shots) < MAX_CROPS:
            return []
        rivals = near or [min(range(len(self._shots)), key=lambda place: self._shots[place].score)]
        return rivals if all(score > self._shots[place].score for place in rivals) else None


def cut_out(frame: MaskedFrame, box_xyxy: BoxXyxy, landmarks_xy: FloatArray, *, size_px: float, score: float) -> Shot:
    """Copy one face with its margin out of the frame, made smaller where it is larger than a probe carries."""
    left, top, right, bottom = _with_margin(box_xyxy, frame.width, frame.height)
    view = frame.image_bgr[top:bottom, left:right]
    scale = min(1.0, MAX_SIDE / max(view.shape[:2]))
    if scale < 1.0:
        size = (max(1, int(view.shape[1] * scale)), max(1, int(view.shape[0] * scale)))
        image: BgrImage = cv2.resize(view, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    else:
        image = view.copy()
    shift = np.array([left, top], np.float32)
    box = (np.asarray(box_xyxy, np.float32).reshape(2, 2) - shift) * scale
    return Shot(
        image_bgr=image,
        box_xyxy=(float(box[0, 0]), float(box[0, 1]), float(box[1, 0]), float(box[1, 1])),
        landmarks_xy=((landmarks_xy - shift) * scale).astype(np.float32),
        size_px=size_px,
        score=score,
        stream_time_s=frame.stamp.stream_time_s,
        captured_at=frame.stamp.captured_at,
    )


def _with_margin(box_xyxy: BoxXyxy, width: int, height: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = box_xyxy
    beside, above = (right - left) * _MARGIN, (bottom - top) * _MARGIN
    return (
        max(0, int(left - beside)),
        max(0, int(top - above)),
        min(width, int(right + beside) + 1),
        min(height, int(bottom + above) + 1),
    )
