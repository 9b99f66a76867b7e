"""The motion gate: a still, empty picture is not searched for faces.

A frame is made small and grey and compared with a running average of those before it. Noise is measured on the frame
itself and even changes of light are taken out first. The gate opens every few seconds in any case, so that nobody who
stands still is lost.
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from edge.masks import MaskedFrame
from matcher.faces.face import BoxXyxy, FloatArray

_WIDTH: Final = 160
_LEARNING: Final = 0.15
#: A change counts from this many grey levels, or from this many times the frame's own noise, whichever is more.
_LEAST_CHANGE: Final = 7.0
_NOISE_TIMES: Final = 6.0
_LEAST_SPOT: Final = 4


@unique
class GateReason(StrEnum):
    """Why the gate is open, or that it is shut."""

    FIRST = "first"
    MOTION = "motion"
    PERIODIC = "periodic"
    STILL = "still"


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionFinding:
    """What moved, as boxes in pixels of the frame. Open without boxes means: search everywhere."""

    reason: GateReason
    changed_fraction: float
    boxes_xyxy: tuple[BoxXyxy, ...]

    @property
    def is_open(self) -> bool:
        """Whether the frame is to be searched."""
        return self.reason is not GateReason.STILL


class MotionGate:
    """Compares each frame with those before it, of one stream."""

    def __init__(self, *, open_every_s: float) -> None:
        self._open_every_s = open_every_s
        self._average: FloatArray | None = None
        self._opened_at = 0.0

    def look(self, frame: MaskedFrame) -> MotionFinding:
        """Take one frame in, and say whether the gate is open for it."""
        small = _small_grey(frame)
        now = frame.stamp.stream_time_s
        if self._average is None or self._average.shape != small.shape:
            self._average = small
            self._opened_at = now
            return MotionFinding(reason=GateReason.FIRST, changed_fraction=1.0, boxes_xyxy=())
        changed = _changed(small, self._average)
        self._average += _LEARNING * (small - self._average)
        fraction = float(np.count_nonzero(changed)) / changed.size
        boxes = _spots(changed, frame.width / small.shape[1], frame.height / small.shape[0])
        if boxes:
            self._opened_at = now
            return MotionFinding(reason=GateReason.MOTION, changed_fraction=fraction, boxes_xyxy=boxes)
        if now - self._opened_at >= self._open_every_s or now < self._opened_at:
            self._opened_at = now
            return MotionFinding(reason=GateReason.PERIODIC, changed_fraction=fraction, boxes_xyxy=())
        return MotionFinding(reason=GateReason.STILL, changed_fraction=fraction, boxes_xyxy=())

    def forget(self) -> None:
        """Overwrite what is remembered of the frames before."""
        if self._average is not None:
            self._average[:] = 0
        self._average = None


def _small_grey(frame: MaskedFrame) -> FloatArray:
    height = max(1, round(frame.height * _WIDTH / frame.width))
    # Every n-th pixel first: averaging all of them costs ten times as much and finds no more.
    step = max(1, frame.width // (_WIDTH * 3))
    thinned = frame.image_bgr[::step, ::step]
    small = cv2.resize(thinned, (_WIDTH, height), interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (3, 3), 0)
    return grey.astype(np.float32)


def _changed(small: FloatArray, average: FloatArray) -> npt.NDArray[np.uint8]:
    """Mark the pixels that changed by more than the frame's noise and an even change of light explain."""
    difference = small - average
    light = float(np.median(difference))
    size = np.abs(difference - light)
    # The median of absolute deviations is 0.67 of a normal noise's spread; a person covers less than half the frame.
    noise = float(np.median(size)) / 0.67
    limit = max(_LEAST_CHANGE, _NOISE_TIMES * noise)
    changed: npt.NDArray[np.uint8] = (size > limit).astype(np.uint8)
    return changed


def _spots(changed: npt.NDArray[np.uint8], scale_x: float, scale_y: float) -> tuple[BoxXyxy, ...]:
    joined = cv2.dilate(changed, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    moved = np.bincount(labels[changed > 0], minlength=count)
    boxes = []
    for index in range(1, count):
        if moved[index] >= _LEAST_SPOT:
            x, y, width, height = (float(part) for part in stats[index, :4])
            boxes.append((x * scale_x, y * scale_y, (x + width) * scale_x, (y + height) * scale_y))
    return tuple(boxes)
