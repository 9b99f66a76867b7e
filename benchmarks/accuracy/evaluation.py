"""A whole evaluation of one profile: every run, the trade-off, the gate, in one value that JSON holds.

The threshold is the profile's own, and nobody has recorded on whom it was chosen. The one that this evaluation would
choose comes from other people than it is reported on, and stands beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy import bias_run, results
from benchmarks.accuracy.bias_run import BiasResult, Crossing
from benchmarks.accuracy.embedding_run import Embedded, Progress
from benchmarks.accuracy.gate import TPIR_LIMIT, Evidence, Use, gate
from benchmarks.accuracy.identification_run import ListResult, identify
from benchmarks.accuracy.overlap import Overlap
from benchmarks.accuracy.view2 import View2, view2
from benchmarks.accuracy.watchlist_protocol import searches, split
from benchmarks.data.pairs import Pair
from benchmarks.data.pictures import DataSheet
from benchmarks.metrics.groups import UNKNOWN, GroupRate, standing
from benchmarks.metrics.identification import Searches
from benchmarks.metrics.plain_values import plain
from benchmarks.metrics.rates import Rate, Unit, rate
from contracts.model_profile import ModelProfile

TARGET: Final = 1e-3
OPERATIONAL_LIST: Final = 1000
_POINTS: Final = 200


@dataclass(frozen=True, slots=True)
class Material:
    """What an evaluation looks at.

    LFW with its pairs, UTKFace, and what they share by the other profile's judgement.
    """

    lfw: Embedded
    folds: Sequence[Sequence[Pair]]
    utkface: Embedded
    overlap: Overlap
    sheets: Sequence[DataSheet]


def evaluate(material: Material, *, measured_on: date, progress: Progress) -> dict[str, Any]:
    """Run everything and judge it."""
    lfw, profile = material.lfw, material.lfw.profile
    verification = view2(lfw, material.folds)
    lists = identify(lfw, progress=progress)
    listed = bias_run.list_of(lfw, OPERATIONAL_LIST, seed=1)
    best = bias_run.best_scores(material.utkface, lfw, listed)
    threshold = profile.comparison.least_likeness
    bias = bias_run.measure(
        material.utkface, best, material.overlap, threshold=threshold, enrolled=OPERATIONAL_LIST, target=TARGET
    )
    half = split(lfw, OPERATIONAL_LIST, seed=1).test
    test = searches(lfw, half)
    evidence = _evidence(verification, lists, bias, people_found(test, threshold), profile=profile, on=measured_on)
    use = Use(enrolled=OPERATIONAL_LIST, threshold=threshold)
    return results.of_run(
        lfw,
        material.sheets,
        measured_on=measured_on.isoformat(),
        threshold=threshold,
        lfw_view2=results.of_view2(verification),
        identification=results.of_lists(lists),
        trade_off=trade_off(test, threshold),
        bias=results.of_bias(bias, material.overlap),
        misses_by_sex=plain(misses_by_sex(lfw, test, half.probes, threshold)),
        groups=_flat_groups(bias),
        gate=plain(gate(evidence, use, today=measured_on)),
    )


def _evidence(
    verification: View2,
    lists: Sequence[ListResult],
    bias: BiasResult,
    found: Rate,
    *,
    profile: ModelProfile,
    on: date,
) -> Evidence:
    longest = max(lists, key=lambda one: one.enrolled)
    crossed = _all_labels(bias.crossings)
    return Evidence(
        profile_sha256=profile.profile_sha256,
        licences=frozenset(file.licence for file in profile.files.values()),
        measured_on=on,
        lfw_accuracy=verification.accuracy,
        enrolled=longest.enrolled,
        threshold=profile.comparison.least_likeness,
        chosen_on_others=None,
        false_positive_searches=(
            longest.people_ever_alarmed,
            bias.everybody.without_overlap.rate,
            bias.everybody.with_overlap.rate,
        ),
        found_people=found,
        false_alarms_by_group=(
            [one.without_overlap for one in crossed.groups],
            [one.with_overlap for one in crossed.groups],
        ),
        misses_by_group=(),
    )


def _all_labels(crossings: Sequence[Crossing]) -> Crossing:
    return max(crossings, key=lambda one: len(one.labels))


def people_found(test: Searches, threshold: float) -> Rate:
    """Listed people of whom every picture was found: who is missed once counts as missed; people stay the unit."""
    rows = np.flatnonzero(test.mated)
    found, people = _found(test, rows, threshold), test.people[rows]
    names = np.unique(people)
    whole = sum(bool(found[people == one].all()) for one in names)
    return rate(int(whole), int(names.size), unit=Unit.PERSON, people=int(names.size))


def misses_by_sex(lfw: Embedded, test: Searches, probes: NDArray[np.intp], threshold: float) -> list[GroupRate]:
    """Listed people who were missed in any of their pictures, by the sex that LFW's lists state.

    LFW says nothing of ethnicity or age, so this is shown and never gates.
    """
    rows = np.flatnonzero(test.mated)
    found, people = _found(test, rows, threshold), test.people[rows]
    sexes = np.array([lfw.pictures[probes[row]].groups.get("sex", UNKNOWN) for row in rows])
    told = []
    for sex in sorted(set(sexes.tolist())):
        members = np.unique(people[sexes == sex])
        missed = sum(not found[people == one].all() for one in members)
        counted = rate(int(missed), int(members.size), unit=Unit.PERSON, people=int(members.size))
        told.append(standing(sex, counted, 1 - TPIR_LIMIT))
    return told


def _found(test: Searches, rows: NDArray[np.intp], threshold: float) -> NDArray[np.bool_]:
    """For each mated search, whether the own reference is first, alone, and at or above the threshold."""
    own = np.where(test.acquired[rows], test.scores[rows, test.mate[rows]], -np.inf)
    as_high = (np.nan_to_num(test.scores[rows], nan=-np.inf) >= own[:, None]).sum(axis=1)
    return np.asarray((own >= threshold) & (as_high == 1), dtype=np.bool_)


def trade_off(test: Searches, threshold: float) -> dict[str, Any]:
    """FPIR and FNIR of one seed's test half at thresholds all along its scores, and at the profile's own."""
    best = test.best()
    strangers, mated = best[~test.mated], np.flatnonzero(test.mated)
    own = np.where(_found(test, mated, -np.inf), test.scores[mated, test.mate[mated]], -np.inf)
    known = np.concatenate((strangers, own))
    places = np.unique(np.quantile(known[np.isfinite(known)], np.linspace(0, 1, _POINTS)))
    points = [(float((strangers >= t).mean()), float((own < t).mean()), float(t)) for t in places]
    operating = (float((strangers >= threshold).mean()), float((own < threshold).mean()), threshold)
    names = ("fpir", "fnir", "threshold")
    return {
        "people_not_listed": int(strangers.size),
        "searches_listed": int(own.size),
        "enrolled": test.enrolled,
        "points": [dict(zip(names, point, strict=True)) for point in points],
        "operating": dict(zip(names, operating, strict=True)),
    }


def _flat_groups(bias: BiasResult) -> list[dict[str, Any]]:
    """Each crossed group in one line, as a machine asks for it."""
    return [
        {
            "group": one.name,
            "labels": list(_all_labels(bias.crossings).labels),
            "people": one.without_overlap.rate.people,
            "searches": one.without_overlap.rate.denominator,
            "false_alarms": one.without_overlap.rate.numerator,
            "fpir": one.without_overlap.rate.value,
            "interval": plain(one.without_overlap.rate.interval),
            "status": one.without_overlap.status.value,
        }
        for one in _all_labels(bias.crossings).groups
    ]
