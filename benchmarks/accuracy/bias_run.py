"""False alarms, failures to acquire and quality by group: probes without identities against a list from another set.

A probe needs only a group label for this. The list is N people of the gallery's set; every probe is somebody who is
not on it, once the overlap between the sets is dealt with (`overlap`). One threshold for all: a site has one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.accuracy.overlap import Overlap
from benchmarks.metrics.acquisition import fta
from benchmarks.metrics.groups import Differences, GroupRate, all_cells, crossed, differences, standing, worst_first
from benchmarks.metrics.rates import Rate, Unit, rate

LIST: Final = 1000
ALL: Final = "everybody"


@dataclass(frozen=True, slots=True)
class GroupResult:
    """One group, with those probes left out that overlap and with them counted.

    `fpir` counts at the level of the system: a probe without a template alarms nobody and stays in. `quality` has
    the means of size and sharpness.
    """

    name: str
    without_overlap: GroupRate
    with_overlap: GroupRate
    not_acquired: Rate
    mean_size_px: float | None
    mean_sharpness: float | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """All groups of one kind of label, or of several crossed, worst first, and how far they lie apart."""

    labels: tuple[str, ...]
    groups: tuple[GroupResult, ...]
    differences: Differences


@dataclass(frozen=True, slots=True)
class BiasResult:
    """One threshold, one list, every crossing."""

    threshold: float
    enrolled: int
    target: float
    everybody: GroupResult
    crossings: tuple[Crossing, ...]


def list_of(gallery: Embedded, enrolled: int, seed: int, left_out: frozenset[str] = frozenset()) -> list[int]:
    """N people of the gallery's set, one acceptable picture each; nobody who is left out, by name.

    Raises:
        NotEnoughPeople: fewer people have such a picture.
    """
    first: dict[str, int] = {}
    for at in np.flatnonzero(gallery.accepted).tolist():
        first.setdefault(gallery.pictures[at].person or "", at)
    first.pop("", None)
    people = sorted(set(first) - left_out)
    if len(people) < enrolled:
        raise NotEnoughPeople(f"Only {len(people)} people have an acceptable picture; ask for a shorter list.")
    chosen = np.random.default_rng(seed).choice(len(people), size=enrolled, replace=False)
    return [first[people[at]] for at in sorted(chosen.tolist())]


def best_scores(probes: Embedded, gallery: Embedded, references: Sequence[int]) -> NDArray[np.float64]:
    """The highest score of each probe with anybody on the list; minus infinity where the product would not compare."""
    best = np.full(len(probes.pictures), -np.inf)
    places = np.flatnonzero(probes.accepted)
    for part in np.array_split(places, max(1, len(places) // 512)):
        best[part] = probes.scores_with(gallery, part.tolist(), references).max(axis=1)
    return best


def measure(
    probes: Embedded, best: NDArray[np.float64], overlap: Overlap, *, threshold: float, enrolled: int, target: float
) -> BiasResult:
    """Count at one threshold.

    `best` is of `best_scores`; `target` is the FPIR that a group must be large enough to show.
    """
    alarmed = best >= threshold
    counts = _Counts(probes, alarmed, overlap.either, target)
    labels = {kind: [one.groups.get(kind, "") for one in probes.pictures] for kind in _kinds(probes)}
    everybody = counts.group(ALL, np.ones(len(probes.pictures), dtype=np.bool_))
    return BiasResult(threshold, enrolled, target, everybody, tuple(counts.crossings(labels)))


def _kinds(probes: Embedded) -> list[str]:
    return sorted({kind for one in probes.pictures for kind in one.groups})


@dataclass(frozen=True)
class _Counts:
    probes: Embedded
    alarmed: NDArray[np.bool_]
    overlapping: NDArray[np.bool_]
    target: float

    def crossings(self, labels: Mapping[str, Sequence[str]]) -> Iterator[Crossing]:
        """Each kind of label by itself, each two, and all; also those groups that the labels make and nobody is in."""
        for many in range(1, len(labels) + 1):
            for kinds in combinations(sorted(labels), many):
                names = np.array(crossed({kind: labels[kind] for kind in kinds}))
                cells = all_cells({kind: labels[kind] for kind in kinds})
                found = {name: self.group(name, names == name) for name in cells}
                order = worst_first([one.without_overlap for one in found.values()])
                told = differences([one.without_overlap for one in found.values()])
                yield Crossing(kinds, tuple(found[one.name] for one in order), told)

    def group(self, name: str, members: NDArray[np.bool_]) -> GroupResult:
        kept = members & ~self.overlapping
        acquired = members & self.probes.accepted
        places = np.flatnonzero(acquired).tolist()
        return GroupResult(
            name,
            without_overlap=standing(name, self._fpir(kept), self.target),
            with_overlap=standing(name, self._fpir(members), self.target),
            not_acquired=fta(int((members & ~self.probes.accepted).sum()), int(members.sum())),
            mean_size_px=_mean([self.probes.samples[at].size_px for at in places]),
            mean_sharpness=_mean([self.probes.samples[at].sharpness for at in places]),
        )

    def _fpir(self, chosen: NDArray[np.bool_]) -> Rate:
        searched = int(chosen.sum())
        return rate(int((chosen & self.alarmed).sum()), searched, unit=Unit.SEARCH, people=searched)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
