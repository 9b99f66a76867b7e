"""Which places stand out: the exact binomial test, by SciPy (C14).

Given that N incidents came about at K places, the count of one place is binomial with N and 1/K if no place draws more
than another. The test is exact and one-sided, so small counts cost certainty and never make any: the bounds
(Clopper and Pearson, 95 %) open wide. As each of the K places is asked about, each p-value is multiplied by K
(Bonferroni): that holds however the counts depend on one another, and no other place's number can change the answer.
"""

from collections.abc import Mapping
from typing import Final

from governance.domain.incidents import HotSpot

_TAIL: Final = 0.025


class BinomialHotSpots:
    """See the module."""

    def compare(self, counts: Mapping[str, int]) -> Mapping[str, HotSpot]:
        """Return how each place stands against all of them together."""
        total, places = sum(counts.values()), len(counts)
        if total == 0 or places < 2:
            return {place: _nothing(count, total, places) for place, count in counts.items()}
        known = {count: _compared(count, total, places) for count in set(counts.values())}
        return {place: known[count] for place, count in counts.items()}


def _compared(count: int, total: int, places: int) -> HotSpot:
    # It takes a second to import, which no start of governance should wait for.
    from scipy import stats  # noqa: PLC0415

    low = stats.beta.ppf(_TAIL, count, total - count + 1) if count else 0.0
    high = stats.beta.ppf(1 - _TAIL, count + 1, total - count) if count < total else 1.0
    return HotSpot(
        counted=count,
        total=total,
        places=places,
        ratio=count * places / total,
        ratio_low=float(low) * places,
        ratio_high=float(high) * places,
        p_value=min(1.0, float(stats.binom.sf(count - 1, total, 1 / places)) * places),
    )


def _nothing(count: int, total: int, places: int) -> HotSpot:
    """One place alone, or no incident: nothing to compare with, so nothing stands out."""
    return HotSpot(
        counted=count,
        total=total,
        places=places,
        ratio=1.0,
        ratio_low=0.0,
        ratio_high=float(max(places, 1)),
        p_value=1.0,
    )
