"""Equal error rates. There is not one: each has the name of its definition, and they differ on the same scores."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.metrics.curves import det
from benchmarks.metrics.scores import Scores, ScoresLike


@dataclass(frozen=True, slots=True)
class EqualError:
    """Where both errors are nearest to equal: their mean, the two that it lies between, and the threshold."""

    value: float
    low: float
    high: float
    threshold: float


def eer_midpoint(mated: ScoresLike, non_mated: ScoresLike) -> EqualError:
    """Midway between the errors at the crossing, on the side where their sum is smaller (FVC2000; as pyeer has it)."""
    curve = det(mated, non_mated)
    before = int(np.flatnonzero(curve.fnmr <= curve.fmr)[-1])
    after = int(np.flatnonzero(curve.fnmr >= curve.fmr)[0])
    at = before if _sum(curve.fmr, curve.fnmr, before) <= _sum(curve.fmr, curve.fnmr, after) else after
    low, high = sorted((float(curve.fmr[at]), float(curve.fnmr[at])))
    return EqualError((low + high) / 2, low, high, float(curve.thresholds[at]))


def _sum(fmr: Scores, fnmr: Scores, at: int) -> float:
    return float(fmr[at] + fnmr[at])


def eer_convex_hull(mated: ScoresLike, non_mated: ScoresLike) -> float:
    """Where the lower convex hull of (FMR, FNMR) meets FMR = FNMR (the definition of the Bosaris toolkit)."""
    curve = det(mated, non_mated)
    hull = _lower_hull(np.column_stack((curve.fmr, curve.fnmr)))
    # It begins on or above the diagonal, where FMR is 0, and ends at (1, 0), so one of its edges meets it.
    (x1, y1), (x2, y2) = next(edge for edge in pairwise(hull) if edge[1][1] < edge[1][0] and edge[0][1] >= edge[0][0])
    part = (y1 - x1) / ((y1 - x1) - (y2 - x2))
    return x1 + part * (x2 - x1)


def _lower_hull(points: Scores) -> list[tuple[float, float]]:
    """The points below which there is none, from left to right (Andrew's monotone chain)."""
    hull: list[tuple[float, float]] = []
    for x, y in sorted({(float(x), float(y)) for x, y in points}):
        while len(hull) > 1 and _turns_down(hull[-2], hull[-1], (x, y)):
            hull.pop()
        hull.append((x, y))
    return hull


def _turns_down(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) <= 0
