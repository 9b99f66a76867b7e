"""Open-set identification of a whole set: ten seeds, three lengths of list, the threshold chosen on other people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.watchlist_protocol import LISTS, SEEDS, searches, split
from benchmarks.metrics.identification import (
    BothLevels,
    Searches,
    fnir,
    fpir,
    people_alarmed,
    selectivity,
    threshold_for_fpir,
    wrong_identity,
)
from benchmarks.metrics.rates import Figure, Rate, Unit, rate
from benchmarks.metrics.verification import Threshold
from contracts.model_profile import ModelProfile

TARGET_FPIR = 1e-3
REVIEWED = 10
"""The length of a candidate list that selectivity is counted to."""


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """One seed's test half at one threshold (higher is more alike: a distance is negated)."""

    threshold: float
    fpir: BothLevels
    fnir: BothLevels
    wrong_identity: BothLevels
    selectivity: Figure
    people_alarmed: Rate


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What one seed gave: at the threshold that its calibration half chose, and at the profile's own."""

    seed: int
    enrolled: int
    calibrated: Threshold
    at_calibrated: AtThreshold
    at_profile: AtThreshold


@dataclass(frozen=True, slots=True)
class ListResult:
    """All seeds of one length of list, at the profile's own threshold pooled by person.

    A person who alarmed in any seed counts as alarmed, so `people_ever_alarmed` is worse than any one seed;
    `fpir_range` and `fnir_range` are the lowest and the highest of the seeds, at system level.
    """

    enrolled: int
    seeds: tuple[SeedResult, ...]
    people_ever_alarmed: Rate
    fpir_range: tuple[float, float]
    fnir_range: tuple[float, float]


def identify(
    embedded: Embedded,
    *,
    lists: Sequence[int] = LISTS,
    seeds: Sequence[int] = SEEDS,
    halved_by: int | None = None,
    progress: Callable[[int, int], None],
) -> tuple[ListResult, ...]:
    """Run every seed of every length, each with halves of its own unless `halved_by` keeps one seed's.

    Raises:
        NotEnoughPeople: the set is too small for a length.
    """
    results = []
    for number, enrolled in enumerate(lists):
        found, alarmed, searched = [], set[int](), set[int]()
        for at, seed in enumerate(seeds):
            halves = split(embedded, enrolled, seed, halved_by=halved_by)
            calibration, test = searches(embedded, halves.calibration), searches(embedded, halves.test)
            found.append(_seed(seed, calibration, test, embedded.profile))
            names = _names(embedded, halves.test.probes)
            searched |= {int(name) for name in names[~test.mated]}
            alarmed |= {
                int(name) for name in names[~test.mated & (test.best() >= _profile_threshold(embedded.profile))]
            }
            progress(number * len(seeds) + at + 1, len(lists) * len(seeds))
        results.append(_pooled(enrolled, tuple(found), len(alarmed), len(searched)))
    return tuple(results)


def _profile_threshold(profile: ModelProfile) -> float:
    return profile.comparison.least_likeness


def _names(embedded: Embedded, places: np.typing.NDArray[np.intp]) -> np.typing.NDArray[np.intp]:
    """A number for the person of each place, the same in every seed."""
    people = {name: at for at, name in enumerate(sorted({one.person or "" for one in embedded.pictures}))}
    return np.array([people[embedded.pictures[place].person or ""] for place in places], dtype=np.intp)


def _seed(seed: int, calibration: Searches, test: Searches, profile: ModelProfile) -> SeedResult:
    chosen = threshold_for_fpir(calibration, TARGET_FPIR)
    return SeedResult(seed, test.enrolled, chosen, at(test, chosen.value), at(test, _profile_threshold(profile)))


def at(test: Searches, threshold: float) -> AtThreshold:
    """Every rate of some searches at one threshold."""
    return AtThreshold(
        threshold,
        fpir(test, threshold),
        fnir(test, threshold),
        wrong_identity(test, threshold),
        selectivity(test, threshold, REVIEWED),
        people_alarmed(test, threshold),
    )


def _pooled(enrolled: int, found: tuple[SeedResult, ...], alarmed: int, searched: int) -> ListResult:
    false = [one.at_profile.fpir.system.value or 0.0 for one in found]
    missed = [one.at_profile.fnir.system.value or 0.0 for one in found]
    ever = rate(alarmed, searched, unit=Unit.PERSON, people=searched)
    return ListResult(enrolled, found, ever, (min(false), max(false)), (min(missed), max(missed)))
