"""Where a frame is searched for faces, and when: at native size, every few frames, where there is motion or a track.

The whole picture is searched at a steady beat in any case; between those beats only regions are. Regions lie on a
coarse grid, so that a detector sees few different sizes of picture.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge.motion import GateReason, MotionFinding
from matcher.faces.face import BoxXyxy

Region = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels of the frame."""

_GRID: Final = 64
_LEAST_SIDE: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLimits:
    """How often and how widely frames are searched, in seconds of the stream."""

    every_s: float = 0.2
    sweep_every_s: float = 2.0
    most_area: float = 0.6
    """Regions that cover more of the picture than this are replaced by the whole of it."""
    motion_margin: float = 0.04
    """Regions of motion grow by this part of the picture's width."""


class SearchPlan:
    """Decides for each frame of one stream which regions are searched."""

    def __init__(self, limits: SearchLimits) -> None:
        self._limits = limits
        self._searched_s = -math.inf
        self._swept_s = -math.inf

    def regions(
        self, motion: MotionFinding, followed: Sequence[BoxXyxy], *, width: int, height: int, at_s: float
    ) -> tuple[Region, ...]:
        """Return the regions to search now: none, some, or the whole picture. They do not overlap."""
        # Half a frame's time of tolerance, so that 5 frames of 40 ms make 0.2 s whatever the rounding.
        if not (motion.is_open or followed) or 0 <= at_s - self._searched_s < self._limits.every_s - 0.01:
            return ()
        self._searched_s = at_s
        whole = (0, 0, width, height)
        if self._is_sweep(motion, at_s):
            self._swept_s = at_s
            return (whole,)
        margin = self._limits.motion_margin * width
        wanted = [_grown(box, margin) for box in motion.boxes_xyxy]
        wanted += [_grown(box, max(box[2] - box[0], box[3] - box[1])) for box in followed]
        regions = _joined([_on_grid(box, width, height) for box in wanted])
        if sum(_area(region) for region in regions) > self._limits.most_area * width * height:
            self._swept_s = at_s
            return (whole,)
        return tuple(regions)

    def _is_sweep(self, motion: MotionFinding, at_s: float) -> bool:
        if motion.reason in (GateReason.FIRST, GateReason.PERIODIC):
            return True
        return not 0 <= at_s - self._swept_s < self._limits.sweep_every_s


def reaches_past(box: BoxXyxy, region: Region, *, width: int, height: int) -> bool:
    """Whether a face found in a region is cut by the region's edge where the picture itself goes on."""
    return (
        (box[0] < region[0] and region[0] > 0)
        or (box[1] < region[1] and region[1] > 0)
        or (box[2] > region[2] and region[2] < width)
        or (box[3] > region[3] and region[3] < height)
    )


def _grown(box: BoxXyxy, margin: float) -> BoxXyxy:
    return box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin


def _on_grid(box: BoxXyxy, width: int, height: int) -> Region:
    left, right = _span(box[0], box[2], width)
    top, bottom = _span(box[1], box[3], height)
    return left, top, right, bottom


def _span(low: float, high: float, end: int) -> tuple[int, int]:
    """Return whole grid steps around [low, high] within [0, end], at least `_LEAST_SIDE` long where there is room."""
    lacking = max(0.0, _LEAST_SIDE - (high - low)) / 2
    first = max(0, math.floor((low - lacking) / _GRID) * _GRID)
    last = min(end, math.ceil((high + lacking) / _GRID) * _GRID)
    first = max(0, min(first, last - _LEAST_SIDE))
    return first, max(last, min(end, first + _LEAST_SIDE))


def _joined(regions: list[Region]) -> list[Region]:
    """Replace regions that overlap by one around both, until none do."""
    joined: list[Region] = []
    for region in regions:
        current = region
        while (other := next((one for one in joined if _overlap(one, current)), None)) is not None:
            joined.remove(other)
            current = (
                min(current[0], other[0]),
                min(current[1], other[1]),
                max(current[2], other[2]),
                max(current[3], other[3]),
            )
        joined.append(current)
    return joined


def _overlap(one: Region, other: Region) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _area(region: Region) -> int:
    return (region[2] - region[0]) * (region[3] - region[1])
