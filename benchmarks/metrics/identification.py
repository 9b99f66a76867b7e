"""One-to-many searches of an open set: what the product does.

A search compares one probe with a gallery of N enrolled people. An identity's score is the best over that person's
references. Who is not enrolled and yet has a candidate is a *false positive* search; who is enrolled and whose own
candidate does not come within rank R at or above T is a
*false negative* one (ISO/IEC 19795-1; NIST FRTE 1:N). Both are counted at two levels: of the matcher, where a probe
that gave no template was never searched, and of the system, where it was and nothing came of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nextafter
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from benchmarks.metrics.dependence import rate_of_subjects
from benchmarks.metrics.errors import MetricError, NothingToCount, NotScores
from benchmarks.metrics.rates import Figure, Rate, Unit, rate
from benchmarks.metrics.scores import Scores, as_scores
from benchmarks.metrics.verification import Threshold, rates_at_or_above

NOT_ENROLLED: Final = -1


@dataclass(frozen=True, slots=True)
class Searches:
    """Searches in one gallery.

    `scores` has a row per search and a column per enrolled person; a row that is NaN throughout gave no template.
    `mate` is the column of the probe's own person, or `NOT_ENROLLED`. `people` names the person behind each probe
    by any whole number.
    """

    scores: Scores
    mate: NDArray[np.intp]
    people: NDArray[np.intp]

    @classmethod
    def of(
        cls, scores: Sequence[Sequence[float]] | Scores, mate: Sequence[int], people: Sequence[int] | None = None
    ) -> Self:
        """Checked searches; without `people` each search is somebody of their own.

        Raises:
            NothingToCount: there is no search or nobody is enrolled.
            NotScores: the parts do not fit one another, or a row is NaN in part only.
        """
        table, mates = np.asarray(scores, dtype=np.float64), np.asarray(mate, dtype=np.intp)
        if table.ndim != 2 or table.shape[0] != mates.size:
            raise NotScores("Searches need one row of scores each, and one mate each (-1 for nobody).")
        if table.size == 0:
            raise NothingToCount("There is no search, or nobody is enrolled.")
        if mates.min() < NOT_ENROLLED or mates.max() >= table.shape[1]:
            raise NotScores("A mate is no column of the scores; give its place from 0, or -1 for nobody.")
        empty = np.isnan(table)
        if (empty.any(axis=1) & ~empty.all(axis=1)).any():
            raise NotScores("A search has some scores and lacks others; a failure to acquire lacks all.")
        who = np.arange(mates.size) if people is None else np.asarray(people, dtype=np.intp)
        if who.shape != mates.shape:
            raise NotScores("Each search needs the person behind its probe.")
        return cls(table, mates, who)

    @property
    def enrolled(self) -> int:
        """N, the length of the list."""
        return int(self.scores.shape[1])

    @property
    def acquired(self) -> NDArray[np.bool_]:
        """For each search, whether its probe gave a template."""
        return np.asarray(~np.isnan(self.scores[:, 0]), dtype=np.bool_)

    @property
    def mated(self) -> NDArray[np.bool_]:
        """For each search, whether its person is enrolled."""
        return np.asarray(self.mate != NOT_ENROLLED, dtype=np.bool_)

    def best(self) -> Scores:
        """The highest score of each search; minus infinity where there was no template."""
        return np.where(self.acquired, np.where(np.isnan(self.scores), -np.inf, self.scores).max(axis=1), -np.inf)


@dataclass(frozen=True, slots=True)
class BothLevels:
    """One rate twice: of the searches that had a template, and of all that were attempted."""

    matcher: Rate
    system: Rate


def fpir(searches: Searches, threshold: float) -> BothLevels:
    """FPIR(N, T) = non-mated searches with at least one candidate at or above T / non-mated searches."""
    return _both(searches, ~searches.mated, (searches.best() >= threshold))


def fnir(searches: Searches, threshold: float, rank: int = 1) -> BothLevels:
    """FNIR(N, R, T) = mated searches whose mate is outside rank R or below T / mated searches.

    Ties count against the system: the mate's rank is one more than the number of *others* that score as high.
    """
    return _both(searches, searches.mated, ~is_found(searches, threshold, rank))


def tpir(searches: Searches, threshold: float, rank: int = 1) -> BothLevels:
    """TPIR = 1 - FNIR: listed people who were found / listed people who were looked for (also.

    True recognition rate).
    """
    return _both(searches, searches.mated, is_found(searches, threshold, rank))


def wrong_identity(searches: Searches, threshold: float) -> BothLevels:
    """Mated searches whose first candidate is somebody else / mated searches.

    Not in FPIR, and yet a false alert on the street.
    """
    others = _without_mate(searches)
    first_is_other = (others >= threshold) & (others >= _mate_scores(searches))
    return _both(searches, searches.mated, first_is_other)


def selectivity(searches: Searches, threshold: float, length: int) -> Figure:
    """SEL(N, T, L) = candidates at or above T, at most L a search, over all non-mated searches / non-mated searches.

    How many pictures a reviewer must look at for each innocent passer-by. Never below FPIR.
    """
    _require_positive(length, "length of a candidate list")
    strangers = ~searches.mated
    if not strangers.any():
        raise NothingToCount("There is no non-mated search; selectivity is counted over those.")
    candidates = (searches.scores[strangers] >= threshold).sum(axis=1)
    return Figure(float(np.minimum(candidates, length).sum() / int(strangers.sum())))


def match_characteristic(searches: Searches, ranks: int) -> tuple[Rate, ...]:
    """TPIR without a threshold at rank 1, 2 … `ranks` (CMC).

    For investigations; never in one table with FPIR at a threshold.
    """
    _require_positive(ranks, "number of ranks")
    return tuple(tpir(searches, -np.inf, one).matcher for one in range(1, ranks + 1))


def threshold_for_fpir(searches: Searches, target: float) -> Threshold:
    """The smallest best score t of a non-mated search with FPIR(t) <= target, or the next number above the largest.

    Failures to acquire are left out, which can only raise the threshold. To be chosen on other people than it is
    reported on.
    """
    if not 0 <= target <= 1:
        raise MetricError(f"A target of {target} cannot be; give a fraction between 0 and 1.")
    best = as_scores(searches.best()[~searches.mated & searches.acquired], "non-mated")
    candidates, rates = rates_at_or_above(best)
    kept = np.flatnonzero(rates <= target)
    value = float(candidates[kept[0]]) if kept.size else nextafter(float(candidates[-1]), float("inf"))
    return Threshold(value, target, float(rates[kept[0]]) if kept.size else 0.0, resolvable=target * best.size >= 1)


def is_found(searches: Searches, threshold: float, rank: int = 1) -> NDArray[np.bool_]:
    """For each search, whether it is mated and finds the mate within the rank, at or above the threshold."""
    _require_positive(rank, "rank")
    mates = _mate_scores(searches)
    as_high = (searches.scores >= mates[:, None]).sum(axis=1)  # the mate is one of them
    return np.asarray(searches.mated & searches.acquired & (mates >= threshold) & (as_high <= rank), dtype=np.bool_)


def _mate_scores(searches: Searches) -> Scores:
    """The score with the own reference; NaN for whoever has none."""
    rows = np.arange(searches.mate.size)
    return np.where(searches.mated, searches.scores[rows, searches.mate], np.nan)


def _without_mate(searches: Searches) -> Scores:
    """The highest score with anybody else; minus infinity where there was no template or nobody else."""
    scores = np.where(np.isnan(searches.scores), -np.inf, searches.scores)
    rows = np.flatnonzero(searches.mated)
    scores[rows, searches.mate[rows]] = -np.inf
    return np.asarray(scores.max(axis=1), dtype=np.float64)


def _both(searches: Searches, chosen: NDArray[np.bool_], counted: NDArray[np.bool_]) -> BothLevels:
    return BothLevels(
        matcher=_rate(searches, chosen & searches.acquired, counted),
        system=_rate(searches, chosen, counted),
    )


def _rate(searches: Searches, chosen: NDArray[np.bool_], counted: NDArray[np.bool_]) -> Rate:
    """Clopper and Pearson's interval where each person was searched for once: then searches are independent.

    Given the gallery. Else the one over people, as several searches of one person are no independent trials.
    """
    people = int(np.unique(searches.people[chosen]).size)
    part, whole = int((chosen & counted).sum()), int(chosen.sum())
    if people == whole:
        return rate(part, whole, unit=Unit.SEARCH, people=people)
    return rate_of_subjects(counted[chosen], searches.people[chosen], unit=Unit.SEARCH)


def people_alarmed(searches: Searches, threshold: float) -> Rate:
    """Non-mated *people* with at least one false positive search / non-mated people.

    The claim that survives several probes each.
    """
    strangers = ~searches.mated
    alarmed = np.unique(searches.people[strangers & (searches.best() >= threshold)])
    people = int(np.unique(searches.people[strangers]).size)
    return rate(int(alarmed.size), people, unit=Unit.PERSON, people=people)


def _require_positive(number: int, name: str) -> None:
    if number < 1:
        raise MetricError(f"A {name} of {number} cannot be; give 1 or more.")
