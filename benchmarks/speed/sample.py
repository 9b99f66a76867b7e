"""A handful of durations of the same work, and what is said of them.

Other programs on the machine can only make work slower, never faster, so the shortest duration is the one that says
most about the work itself; the median says what to expect on this machine as busy as it was. Beside the time that
passed stands the processor time of the process: work on one thread takes the same of it on a busy machine, where a long
call is interrupted more often than a short one and a ratio of passed time would flatter whoever is faster.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """One call, in milliseconds per unit of work (a face, a frame, a probe)."""

    passed_ms: float
    processor_ms: float

    def to_json(self) -> dict[str, float]:
        """Return both times."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """All calls of one contender."""

    durations: tuple[Duration, ...]

    @property
    def min_ms(self) -> float:
        """The shortest."""
        return min(duration.passed_ms for duration in self.durations)

    @property
    def median_ms(self) -> float:
        """The middle one."""
        return statistics.median(duration.passed_ms for duration in self.durations)

    @property
    def min_processor_ms(self) -> float:
        """The least processor time of a call, over all threads."""
        return min(duration.processor_ms for duration in self.durations)

    def to_json(self) -> dict[str, float | int]:
        """Return what is reported of the sample."""
        return {
            "calls": len(self.durations),
            "median_ms": round(self.median_ms, 5),
            "min_ms": round(self.min_ms, 5),
            "min_processor_ms": round(self.min_processor_ms, 5),
        }


def time_calls(work: Callable[[], None], *, at_least_s: float, units: int) -> list[Duration]:
    """Call `work` until `at_least_s` have passed, once at least, and return how long each call took per unit."""
    durations: list[Duration] = []
    begun = time.perf_counter()
    while not durations or time.perf_counter() - begun < at_least_s:
        before, before_processor = time.perf_counter(), time.process_time()
        work()
        processor, passed = time.process_time() - before_processor, time.perf_counter() - before
        durations.append(Duration(passed_ms=passed * 1000 / units, processor_ms=processor * 1000 / units))
    return durations


def ratio(slower: Sample | None, faster: Sample | None, *, threads: int) -> float | None:
    """Return how many times as fast `faster` is; None where one was not measured.

    On one thread by processor time. On several by the time that passed, since sharing the work is the point of them;
    the slower one is then given its processor time where that is less, so that no interruption counts against it.
    """
    if slower is None or faster is None:
        return None
    if threads == 1:
        return slower.min_processor_ms / faster.min_processor_ms
    return min(slower.min_ms, slower.min_processor_ms) / faster.min_ms


def joined(rounds: Sequence[Sequence[Duration]]) -> Sample:
    """Join the calls of several rounds."""
    return Sample(durations=tuple(duration for one in rounds for duration in one))
