"""A set with a gallery, mated probes and strangers of its own: SurvFace's open-set identification (Cheng et al. 2018).

TPIR at rank 20 where strangers alarm in 30, 20, 10 and 1 % of their searches. As the published protocol has it, those
thresholds are chosen on the strangers they are reported on, so they compare chains and carry no claim. Beside them
stands what the product would do at its own threshold, with the probes and references that it would compare.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.blufr import threshold_among
from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.data.survface import OpenSet
from benchmarks.metrics.rates import Rate, Unit, rate
from benchmarks.metrics.scores import Scores

TARGETS: Final = (0.3, 0.2, 0.1, 0.01)
RANK: Final = 20
_ROWS: Final = 64


@dataclass(frozen=True, slots=True)
class AtTarget:
    """Found mates where no more than a target of the strangers' searches alarm."""

    target: float
    threshold: float
    fpir: Rate
    tpir: Rate


@dataclass(frozen=True, slots=True)
class OpenSetResult:
    """`enrolled` counts people. `product` is at rank 1, at the profile's threshold, of what it would compare."""

    enrolled: int
    rank: int
    at_targets: tuple[AtTarget, ...]
    product: AtTarget


@dataclass(frozen=True, slots=True)
class _Searched:
    """The highest score of each search with anybody, with the own person, and the own person's rank from 1."""

    best: Scores
    own: Scores
    rank: NDArray[np.intp]


def identify_open_set(embedded: Embedded, of: OpenSet, *, progress: Callable[[int, int], None]) -> OpenSetResult:
    """Search every probe in the whole gallery, a person's score being the best over all of their pictures."""
    place = {picture.name: at for at, picture in enumerate(embedded.pictures)}
    people = [embedded.pictures[place[name]].person or "" for name in of.gallery]
    order = np.argsort(people, kind="stable")
    names, starts = np.unique(np.array(people)[order], return_index=True)
    gallery = np.array([place[name] for name in of.gallery], dtype=np.intp)[order]
    column = {name: at for at, name in enumerate(names.tolist())}
    probes = np.array([place[name] for name in (*of.mated, *of.strangers)], dtype=np.intp)
    mates = [column[embedded.pictures[at].person or ""] for at in probes[: len(of.mated)]]
    found = _search(embedded, probes, (gallery, starts), mates, progress=progress)
    strict = _search(embedded, probes, (gallery, starts), mates, progress=progress, kept=embedded.accepted)
    mated = len(of.mated)
    own = embedded.profile.comparison.least_likeness
    targets = [(target, _threshold(found.best[mated:], target)) for target in TARGETS]
    return OpenSetResult(
        enrolled=len(names),
        rank=RANK,
        at_targets=tuple(_at(found, mated, target, value, RANK) for target, value in targets),
        product=_at(strict, mated, float("nan"), own, 1),
    )


def _threshold(strangers: Scores, target: float) -> float:
    return threshold_among(strangers, floor(target * strangers.size))


def _at(found: _Searched, mated: int, target: float, threshold: float, rank: int) -> AtTarget:
    alarmed = int((found.best[mated:] >= threshold).sum())
    hits = int(((found.own[:mated] >= threshold) & (found.rank[:mated] <= rank)).sum())
    # Without an interval: mated probes share people, and who the strangers are is not known.
    return AtTarget(
        target,
        threshold,
        fpir=rate(alarmed, found.best.size - mated, unit=Unit.SEARCH, people=None, method=None),
        tpir=rate(hits, mated, unit=Unit.SEARCH, people=None, method=None),
    )


def _search(
    embedded: Embedded,
    probes: NDArray[np.intp],
    gallery: tuple[NDArray[np.intp], NDArray[np.intp]],
    mates: Sequence[int],
    *,
    progress: Callable[[int, int], None],
    kept: NDArray[np.bool_] | None = None,
) -> _Searched:
    """Block by block; a picture without a template, or that is not `kept`, matches nobody."""
    references, starts = gallery
    usable = embedded.detected if kept is None else embedded.detected & kept
    best, own = np.full(probes.size, -np.inf), np.full(probes.size, -np.inf)
    rank = np.full(probes.size, starts.size + 1, dtype=np.intp)
    own_column = np.full(probes.size, -1, dtype=np.intp)
    own_column[: len(mates)] = mates
    places = np.flatnonzero(usable[probes])
    for first in range(0, places.size, _ROWS):
        at = places[first : first + _ROWS]
        scores = embedded.scores(probes[at].tolist(), references.tolist()).astype(np.float64)
        scores[:, ~usable[references]] = -np.inf
        of_people = np.maximum.reduceat(scores, starts, axis=1)
        best[at] = of_people.max(axis=1)
        mated = np.flatnonzero(own_column[at] >= 0)
        own[at[mated]] = of_people[mated, own_column[at[mated]]]
        # Ties count against the system: one more than the others who score as high.
        rank[at[mated]] = (of_people[mated] >= own[at[mated]][:, None]).sum(axis=1)
        progress(first + at.size, places.size)
    return _Searched(best, own, rank)
