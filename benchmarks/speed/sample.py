"""A handful of durations of the same work, and what is said of them.

Other programs on the machine can only make work slower, never faster, so the shortest duration is the one that says
most about the work itself; the median says what to expect on this machine as busy as it was.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Durations of single calls, in milliseconds per unit of work (a face, a frame, a comparison)."""

    durations_ms: tuple[float, ...]

    @property
    def min_ms(self) -> float:
        """The shortest."""
        return min(self.durations_ms)

    @property
    def median_ms(self) -> float:
        """The middle one."""
        return statistics.median(self.durations_ms)

    def to_json(self) -> dict[str, float | int]:
        """Return what is reported of the sample."""
        return {
            "calls": len(self.durations_ms),
            "median_ms": round(self.median_ms, 5),
            "min_ms": round(self.min_ms, 5),
        }


def time_calls(work: Callable[[], None], *, at_least_s: float, units: int) -> list[float]:
    """Call `work` until `at_least_s` have passed, once at least, and return milliseconds per unit of each call."""
    durations: list[float] = []
    begun = time.perf_counter()
    while not durations or time.perf_counter() - begun < at_least_s:
        before = time.perf_counter()
        work()
        durations.append((time.perf_counter() - before) * 1000 / units)
    return durations


def ratio(slower: Sample | None, faster: Sample | None) -> float | None:
    """Return how many times as fast `faster` is, by the shortest durations; None where one was not measured."""
    if slower is None or faster is None:
        return None
    return slower.min_ms / faster.min_ms


def joined(rounds: Sequence[Sequence[float]]) -> Sample:
    """Join the durations of several rounds."""
    return Sample(durations_ms=tuple(duration for one in rounds for duration in one))
