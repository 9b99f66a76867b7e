"""A whole evaluation of one profile: every run, the trade-off, the gate, in one value that JSON holds.

The threshold is the profile's own. Where the profile has a record of on whom it was chosen, those people are in no
test; where it has none, nobody can say, and the report says that. The one that this evaluation would choose comes from
other people than it is reported on, and stands beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy import bias_run, failures, group_curves, results
from benchmarks.accuracy.bias_run import BiasResult, Crossing
from benchmarks.accuracy.calibration import (
    Outcome,
    Part,
    calibrate_on_half,
    data_of_both,
    halved_by,
    of_calibration,
    others_than_calibrated,
    searched_in,
)
from benchmarks.accuracy.embedding_run import Embedded, Progress
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.accuracy.gate import gate
from benchmarks.accuracy.gate_items import MOST_MISSED
from benchmarks.accuracy.gate_values import Asked
from benchmarks.accuracy.identification_run import identify
from benchmarks.accuracy.list_limits import LISTS as LISTS_DRAWN
from benchmarks.accuracy.list_limits import climb, list_limits
from benchmarks.accuracy.overlap import Overlap
from benchmarks.accuracy.pipeline_hash import pipeline_sha256
from benchmarks.accuracy.score_file import ScoreFile, sha256_of, to_bytes
from benchmarks.accuracy.scores_of_runs import Calibrated, Scored, score
from benchmarks.accuracy.sensitivity_run import Row, errors_by_quality
from benchmarks.accuracy.stream_count import StreamResult, of_stream
from benchmarks.accuracy.use_file import Use
from benchmarks.accuracy.view2 import view2
from benchmarks.accuracy.watchlist_protocol import LISTS, SEEDS, Half, searches, split
from benchmarks.data.manifest import person_key
from benchmarks.data.pairs import Pair
from benchmarks.data.pictures import DataSheet
from benchmarks.metrics.groups import UNKNOWN, GroupRate, standing
from benchmarks.metrics.identification import Searches
from benchmarks.metrics.plain_values import plain
from benchmarks.metrics.rates import Unit, rate

TARGET: Final = 1e-3
OPERATIONAL_LIST: Final = 1000
FIRST_SEED: Final = 1
_POINTS: Final = 200


@dataclass(frozen=True, slots=True)
class Material:
    """What an evaluation looks at.

    LFW with its pairs, UTKFace, and what they share by the other profile's judgement; what came of pictures made worse
    and of film, where those runs were made.
    """

    lfw: Embedded
    folds: Sequence[Sequence[Pair]]
    utkface: Embedded
    overlap: Overlap
    sheets: Sequence[DataSheet]
    sensitivity: Sequence[Row] = ()
    stream: StreamResult | None = None


def evaluate(
    material: Material, *, measured_on: date, progress: Progress, lists: Sequence[int] = LISTS
) -> dict[str, Any]:
    """Run everything and judge it. The gate judges the score file, and nothing that stands beside it here."""
    lfw, profile = material.lfw, material.lfw.profile
    listed = _listed(lfw, OPERATIONAL_LIST)
    best = bias_run.best_scores(material.utkface, lfw, listed)
    threshold = profile.comparison.least_likeness
    bias = bias_run.measure(
        material.utkface, best, material.overlap, threshold=threshold, enrolled=OPERATIONAL_LIST, target=TARGET
    )
    half = split(lfw, OPERATIONAL_LIST, SEEDS[0], halved_by=halved_by(lfw.profile)).test
    test = searches(lfw, half)
    scores = scores_of(material, measured_on=measured_on, progress=progress, lists=lists)
    use = Use(list_length=OPERATIONAL_LIST, threshold=profile.comparison.threshold)
    asked = Asked(use=use, today=measured_on, pipeline_sha256=pipeline_sha256(profile))
    calibrated = calibrate_on_half(lfw, enrolled=OPERATIONAL_LIST, target=TARGET, seed=_halves(lfw))
    found = identify(lfw, lists=lists, halved_by=halved_by(lfw.profile), progress=progress)
    return results.of_run(
        lfw,
        material.sheets,
        measured_on=measured_on.isoformat(),
        threshold=threshold,
        lfw_view2=results.of_view2(view2(lfw, material.folds)),
        identification=results.of_lists(found),
        trade_off={**trade_off(test, threshold), "by_sex": _by_sex(lfw, test, half.probes, threshold)},
        false_alarms_by_threshold=group_curves.by_threshold(material.utkface, best, material.overlap, threshold),
        false_alarms_by_list=group_curves.by_list(material.utkface, lfw, listed, material.overlap, threshold),
        failures={
            "false_alarms": failures.false_alarms(material.utkface, best, material.overlap, threshold),
            "misses": failures.misses(lfw, test, half.probes, threshold),
        },
        bias=results.of_bias(bias, material.overlap),
        calibration=of_calibration(calibrated, profile),
        list_limits=limits_of_lists(material, calibrated),
        **_conditions(material, half),
        misses_by_sex=plain(misses_by_sex(lfw, test, half.probes, threshold)),
        groups=_flat_groups(bias),
        gate=plain(gate(scores, asked)),
        score_file_sha256=sha256_of(to_bytes(scores)),
    )


def scores_of(material: Material, *, measured_on: date, progress: Progress, lists: Sequence[int] = LISTS) -> ScoreFile:
    """The score file of the same material: `insyn evaluate scores` writes it, and the report's gate judges it."""
    listed, *others = material.sheets
    scored = Scored(
        listed=material.lfw,
        sheet=listed,
        folds=material.folds,
        probes=material.utkface,
        probes_sheet=others[0] if others else listed,
        overlap=material.overlap,
        calibrated=_calibrated(material),
        list_of=partial(_listed, material.lfw),
        halved_by=halved_by(material.lfw.profile),
    )
    return score(scored, measured_on=measured_on, progress=progress, lists=lists)


def _calibrated(material: Material) -> Calibrated | None:
    """Those on whom the threshold was chosen, drawn again; None where the record is of nobody here: who could say?"""
    lfw, other = material.lfw, material.utkface
    record = lfw.profile.calibration
    if record is None or record.data_sha256 not in {lfw.manifest, data_of_both(other, lfw)}:
        return None
    half = split(lfw, record.enrolled, record.seed).calibration
    listed = half.references.tolist()
    if record.data_sha256 == lfw.manifest:
        part, keys = Part.of(lfw, half), _keys(lfw, [*listed, *half.probes.tolist()])
    else:
        apart = ~material.overlap.either
        part = searched_in(lfw, listed, other, apart)
        keys = _keys(lfw, listed) | _keys(other, np.flatnonzero(apart & other.accepted).tolist())
    if part.people_sha256 != record.people_sha256:
        return None
    of = part.searches
    return Calibrated(
        on=record.data_sha256,
        target=record.target_fpir,
        enrolled=record.enrolled,
        threshold=replace(lfw.profile.comparison, threshold=record.threshold).least_likeness,
        people=keys,
        best=of.best()[~of.mated & of.acquired].tolist(),
    )


def _keys(of: Embedded, places: Sequence[int]) -> frozenset[str]:
    return frozenset(person_key(of.pictures[at], of.hashes[at]) for at in places)


def _halves(lfw: Embedded) -> int:
    """The seed of the halves that one list of a length is drawn from: those of the calibration, where there was one."""
    kept = halved_by(lfw.profile)
    return SEEDS[0] if kept is None else kept


def _listed(lfw: Embedded, enrolled: int) -> list[int]:
    """Whom the bias run's list holds: nobody who calibrated the profile, where that is on record."""
    if lfw.profile.calibration is None:
        return bias_run.list_of(lfw, enrolled, seed=FIRST_SEED)
    others = others_than_calibrated(lfw, enrolled=OPERATIONAL_LIST, seed=_halves(lfw))
    if len(others) < enrolled:
        raise NotEnoughPeople(f"Only {len(others)} people had no part in the threshold; use a larger set.")
    chosen = np.random.default_rng(FIRST_SEED).choice(len(others), size=enrolled, replace=False)
    return [others[at] for at in sorted(chosen.tolist())]


def limits_of_lists(material: Material, calibrated: Outcome) -> dict[str, Any]:
    """The longest list that each group bears at the profile's threshold, and at the calibrated one if there is one."""
    lfw = material.lfw
    references = others_than_calibrated(lfw, enrolled=OPERATIONAL_LIST, seed=_halves(lfw))
    ladder = climb(material.utkface, lfw, references, seed=FIRST_SEED)
    thresholds = {"profile": lfw.profile.comparison.least_likeness, "calibrated": calibrated.least_likeness}
    judged = [
        list_limits(material.utkface, material.overlap, ladder, which=which, threshold=threshold, target=TARGET)
        for which, threshold in thresholds.items()
        if threshold is not None
    ]
    return {
        "target": TARGET,
        "confidence": 0.95,
        "lists": LISTS_DRAWN,
        "lengths": list(ladder.lengths),
        "overlap": "the worse of excluded and counted",
        "thresholds": plain(judged),
    }


def _conditions(material: Material, half: Half) -> dict[str, Any]:
    """What was measured of other conditions; what was not is left out, and not empty."""
    found: dict[str, Any] = {"error_versus_discard": errors_by_quality(material.lfw, half)}
    if material.sensitivity:
        found["sensitivity"] = plain(material.sensitivity)
    if material.stream is not None:
        found["stream"] = of_stream(material.stream)
    return found


def _all_labels(crossings: Sequence[Crossing]) -> Crossing:
    return max(crossings, key=lambda one: len(one.labels))


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
        told.append(standing(sex, counted, MOST_MISSED))
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


def _by_sex(lfw: Embedded, test: Searches, probes: NDArray[np.intp], threshold: float) -> list[dict[str, Any]]:
    parts = group_curves.searches_by_sex(lfw, test, probes)
    return [{"group": sex, **trade_off(part, threshold)} for sex, part in parts.items()]


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
