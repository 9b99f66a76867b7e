"""How much memory one camera takes: the proportional set size of its processes, added up, once a second.

PSS counts a page that several processes share as a part of each, so the sum is what the machine has less (proc(5)).
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.speed.process_facts import pss_mib
from benchmarks.speed.site_processes import SiteProcesses

_EVERY_S: Final = 1.0
SETTLE_S: Final = 15.0
"""Until then libraries and models are still being loaded, and first faces allocate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySample:
    """One look at all processes, in MiB by name. `seconds` counts from the first look."""

    seconds: float
    by_process: Mapping[str, float]

    @property
    def total(self) -> float:
        """The sum over the processes."""
        return sum(self.by_process.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Samples over a while, after settling."""

    samples: Sequence[MemorySample]

    @property
    def pss_mb(self) -> float:
        """The largest sum that was seen, in MiB."""
        return max(sample.total for sample in self.samples)

    @property
    def growth_mb_per_minute(self) -> float:
        """The slope of the straight line nearest to all samples."""
        if len(self.samples) < 2:
            return 0.0
        seconds = np.array([sample.seconds for sample in self.samples])
        totals = np.array([sample.total for sample in self.samples])
        spread = float(((seconds - seconds.mean()) ** 2).sum())
        slope = float(((seconds - seconds.mean()) * (totals - totals.mean())).sum()) / max(spread, 1e-9)
        return slope * 60

    def quarter_means(self) -> tuple[float, float]:
        """Return the mean of the first and of the last quarter of the samples."""
        quarter = max(1, len(self.samples) // 4)
        first, last = self.samples[:quarter], self.samples[-quarter:]
        return (
            statistics.fmean(sample.total for sample in first),
            statistics.fmean(sample.total for sample in last),
        )

    def to_json(self) -> dict[str, object]:
        """Return what is reported."""
        first, last = self.quarter_means()
        at_peak = max(self.samples, key=lambda sample: sample.total)
        return {
            "by_process_mb": {name: round(size, 1) for name, size in at_peak.by_process.items()},
            "first_quarter_mb": round(first, 2),
            "growth_mb_per_minute": round(self.growth_mb_per_minute, 3),
            "last_quarter_mb": round(last, 2),
            "mean_mb": round(statistics.fmean(sample.total for sample in self.samples), 1),
            "samples": len(self.samples),
            "seconds": round(self.samples[-1].seconds - self.samples[0].seconds, 1),
        }


def watch(site: SiteProcesses, *, settle_s: float, for_s: float, tick: Callable[[float], None]) -> Memory:
    """Look at the processes once a second for so long, after settling. `tick` hears the seconds passed in all.

    Raises:
        SiteFailed: a process ended, or the system does not tell how much memory it takes.
    """
    begun = time.monotonic()
    samples: list[MemorySample] = []
    while (passed := time.monotonic() - begun) < settle_s + for_s or not samples:
        if passed >= settle_s:
            samples.append(
                MemorySample(seconds=passed, by_process={name: pss_mib(pid) for name, pid in site.processes().items()})
            )
        tick(passed)
        time.sleep(_EVERY_S)
    return Memory(samples=samples)
