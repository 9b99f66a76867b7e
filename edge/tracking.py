"""Following faces from detection to detection: a small tracker after ByteTrack (Zhang et al., ECCV 2022).

Boxes are predicted with constant velocity and assigned to detections in two rounds, first the sure ones, then the rest,
each by the cheapest assignment over overlap and distance. Times are seconds of the stream, not frames, because frames
may be dropped. Numbers of tracks count up in this process, are never used twice, and mean nothing outside of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from matcher.faces.face import BoxXyxy

_Array = npt.NDArray[np.float64]

_FORBIDDEN: Final = 1e6


@unique
class TrackState(StrEnum):
    """How far a track is trusted."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingLimits:
    """When a track begins, is trusted and ends. Distances are in sides of the face's box.

    Somebody who walks across the picture at 1.4 m/s moves by nine sides of a face of 16 cm in a second. A new track
    may have moved that far; one whose velocity is known may be off from its prediction by much less.
    """

    sure_score: float = 0.5
    """Detections below it continue tracks but begin none. In units of the detector's own score."""
    confirm_hits: int = 2
    lost_after_s: float = 1.0
    tentative_for_s: float = 0.6
    most_off: float = 0.6
    most_speed: float = 10.0
    most_change: float = 3.0
    most_scale_step: float = 1.7


@dataclass(slots=True, kw_only=True, eq=False)
class Track:
    """One face as it is followed. Owned and changed by its tracker alone."""

    number: int
    box_xyxy: BoxXyxy
    state: TrackState
    hits: int
    first_seen_s: float
    last_seen_s: float
    velocity_xyxy: _Array = field(default_factory=lambda: np.zeros(4))

    def predicted(self, at_s: float) -> BoxXyxy:
        """Where the box is by now, had it kept its velocity; for a lost one, no further than half a second on."""
        ahead = min(max(0.0, at_s - self.last_seen_s), 0.5)
        return _as_box(np.asarray(self.box_xyxy) + self.velocity_xyxy * ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingStep:
    """What one look at the detections did: which track each detection now belongs to, and which tracks ended."""

    assigned: tuple[Track | None, ...]
    """In the order of the detections; None for an unsure one that continues no track."""
    ended: tuple[Track, ...]


class Tracker:
    """Follows the faces of one stream."""

    def __init__(self, limits: TrackingLimits, *, first_number: int = 1) -> None:
        self._limits = limits
        self._next_number = first_number
        self._tracks: list[Track] = []

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks that have not ended, oldest first."""
        return tuple(self._tracks)

    @property
    def next_number(self) -> int:
        """The number the next track will get: a tracker that takes this one's place begins there."""
        return self._next_number

    def step(self, boxes_xyxy: Sequence[BoxXyxy], scores: Sequence[float], at_s: float) -> TrackingStep:
        """Assign the detections of one frame. Their order does not matter."""
        boxes = np.asarray(boxes_xyxy, dtype=np.float64).reshape(-1, 4)
        assigned: list[Track | None] = [None] * len(boxes)
        # A fixed order, so that neither ties nor new numbers depend on the order the detector happened to give.
        order = sorted(range(len(boxes)), key=lambda index: (-scores[index], *boxes_xyxy[index]))
        sure = [index for index in order if scores[index] >= self._limits.sure_score]
        unsure = [index for index in order if scores[index] < self._limits.sure_score]
        free = self._assign(self._tracks, boxes, sure, at_s, assigned)
        followed = [track for track in free if track.state is TrackState.CONFIRMED]
        self._assign(followed, boxes, unsure, at_s, assigned)
        for index in sure:
            if assigned[index] is None:
                assigned[index] = self._begin(_as_box(boxes[index]), at_s)
        return TrackingStep(assigned=tuple(assigned), ended=self._retire(at_s))

    def end_all(self) -> tuple[Track, ...]:
        """End every track: the stream or the authority to look at it has ended."""
        ended, self._tracks = tuple(self._tracks), []
        return ended

    def _assign(
        self,
        tracks: Sequence[Track],
        boxes: _Array,
        indices: Sequence[int],
        at_s: float,
        assigned: list[Track | None],
    ) -> list[Track]:
        """Assign these detections to these tracks; return the tracks that got none."""
        if not tracks or not indices:
            return list(tracks)
        predicted = np.array([track.predicted(at_s) for track in tracks])
        reach = np.array([_reach(track, at_s, self._limits) for track in tracks])
        costs = _costs(predicted, boxes[list(indices)], reach, self._limits.most_scale_step)
        taken: set[int] = set()
        rows, columns = linear_sum_assignment(costs)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if costs[row, column] < _FORBIDDEN:
                _update(tracks[row], boxes[indices[column]], at_s, self._limits)
                assigned[indices[column]] = tracks[row]
                taken.add(row)
        return [track for row, track in enumerate(tracks) if row not in taken]

    def _begin(self, box: BoxXyxy, at_s: float) -> Track:
        track = Track(
            number=self._next_number,
            box_xyxy=box,
            state=TrackState.CONFIRMED if self._limits.confirm_hits <= 1 else TrackState.TENTATIVE,
            hits=1,
            first_seen_s=at_s,
            last_seen_s=at_s,
        )
        self._next_number += 1
        self._tracks.append(track)
        return track

    def _retire(self, at_s: float) -> tuple[Track, ...]:
        ended = []
        for track in self._tracks:
            silent_s = at_s - track.last_seen_s
            tentative = track.state is TrackState.TENTATIVE
            if silent_s > (self._limits.tentative_for_s if tentative else self._limits.lost_after_s):
                ended.append(track)
            elif silent_s > 0 and not tentative:
                track.state = TrackState.LOST
        self._tracks = [track for track in self._tracks if track not in ended]
        return tuple(ended)


def _update(track: Track, box: _Array, at_s: float, limits: TrackingLimits) -> None:
    elapsed_s = at_s - track.last_seen_s
    if elapsed_s > 0:
        measured = (box - np.asarray(track.box_xyxy)) / elapsed_s
        # The first measurement is all there is; later ones are smoothed, as detectors jitter by a few pixels.
        weight = 1.0 if track.hits == 1 else 0.5
        track.velocity_xyxy = (1 - weight) * track.velocity_xyxy + weight * measured
    track.box_xyxy = _as_box(box)
    track.last_seen_s = at_s
    track.hits += 1
    if track.hits >= limits.confirm_hits:
        track.state = TrackState.CONFIRMED


def _reach(track: Track, at_s: float, limits: TrackingLimits) -> float:
    """How far from its prediction a track may be found, in sides of its box."""
    speed = limits.most_speed if track.hits == 1 else limits.most_change
    return limits.most_off + speed * min(max(0.0, at_s - track.last_seen_s), 0.5)


def _costs(tracks: _Array, detections: _Array, reach: _Array, most_scale_step: float) -> _Array:
    """Cost of each pair, (tracks, detections): little for much overlap and near centres, forbidden beyond the gate."""
    tracked, found = tracks[:, None, :], detections[None, :, :]
    side_tracked, side_found = _side(tracked), _side(found)
    apart = _centre(tracked) - _centre(found)
    distance = np.hypot(apart[..., 0], apart[..., 1]) / np.maximum(side_tracked, side_found)
    scale = np.maximum(side_tracked, side_found) / np.minimum(side_tracked, side_found)
    cost = (1.0 - _overlap(tracked, found)) + 0.5 * distance
    allowed = (distance <= reach[:, None]) & (scale <= most_scale_step)
    return np.where(allowed, cost, _FORBIDDEN)


def _overlap(left: _Array, right: _Array) -> _Array:
    """Intersection over union."""
    width = np.minimum(left[..., 2], right[..., 2]) - np.maximum(left[..., 0], right[..., 0])
    height = np.minimum(left[..., 3], right[..., 3]) - np.maximum(left[..., 1], right[..., 1])
    shared = np.clip(width, 0, None) * np.clip(height, 0, None)
    joined: _Array = shared / np.maximum(_area(left) + _area(right) - shared, 1e-9)
    return joined


def _area(boxes: _Array) -> _Array:
    area: _Array = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    return area


def _side(boxes: _Array) -> _Array:
    return np.sqrt(np.maximum(_area(boxes), 1.0))


def _centre(boxes: _Array) -> _Array:
    centre: _Array = (boxes[..., :2] + boxes[..., 2:]) / 2
    return centre


def _as_box(values: _Array) -> BoxXyxy:
    left, top, right, bottom = (float(value) for value in values)
    return left, top, right, bottom
