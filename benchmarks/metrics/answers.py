"""A request answered: each ask by itself, so that one which cannot be answered leaves the others theirs.

What has no value is `null` with a reason; a number that JSON cannot hold (infinity) is the text `"infinity"`. A
threshold above every score is a number like any other.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from benchmarks.metrics import (
    acquisition,
    bootstrap,
    curves,
    dependence,
    differences,
    equal_error,
    groups,
    identification,
    intervals,
    likelihood_ratios,
    list_size,
    quality,
    requests,
    sample_size,
    streams,
    verification,
)
from benchmarks.metrics.errors import MetricError
from benchmarks.metrics.plain_values import plain
from benchmarks.metrics.rates import Figure, Unit, rate, undefined
from benchmarks.metrics.scores import Scores

KIND: Final = "insyn/metrics-answer/1"


def answer(request: requests.Request) -> dict[str, Any]:
    """Every ask's answer, in the order of the asks: `{"id", "metric", "result", "reason"}`."""
    return {"kind": KIND, "answers": [_one(ask) for ask in request.ask]}


def _one(ask: requests.AnyAsk) -> dict[str, Any]:
    try:
        result, reason = plain(_ANSWERS[type(ask)](ask)), None
    except MetricError as error:
        result, reason = None, str(error)
    return {"id": ask.id, "metric": ask.metric, "result": result, "reason": reason}


def _alike(ask: requests.OfScores, values: Sequence[float | None]) -> Scores:
    """The values as similarities; null is NaN."""
    scores = np.asarray([math.nan if one is None else one for one in values], dtype=np.float64)
    return -scores if ask.distances else scores


def _threshold(ask: requests.OfScores, value: float) -> float:
    return -value if ask.distances else value


def _as_asked(ask: requests.OfScores, chosen: verification.Threshold) -> verification.Threshold:
    return dataclasses.replace(chosen, value=_threshold(ask, chosen.value))


def _with_failures(result: Any, failures: int) -> dict[str, Any]:
    return {**plain(result), "failures_to_acquire": failures}


def _fmr(ask: requests.Fmr) -> Any:
    scores, threshold = _alike(ask, ask.non_mated), _threshold(ask, ask.threshold)
    there = ~np.isnan(scores)
    if ask.first is None or ask.second is None:
        return _with_failures(verification.fmr(scores[there], threshold), int((~there).sum()))
    first, second = (_people(part, scores) for part in (ask.first, ask.second))
    rate = dependence.fmr_of_subjects(scores[there], first[there], second[there], threshold, ask.confidence)
    return _with_failures(rate, int((~there).sum()))


def _fnmr(ask: requests.Fnmr) -> Any:
    scores, threshold = _alike(ask, ask.mated), _threshold(ask, ask.threshold)
    there = ~np.isnan(scores)
    if ask.people is None:
        return _with_failures(verification.fnmr(scores[there], threshold), int((~there).sum()))
    people = _people(ask.people, scores)
    rate = dependence.fnmr_of_subjects(scores[there], people[there], threshold, ask.confidence)
    return _with_failures(rate, int((~there).sum()))


def _people(names: Sequence[int], scores: Scores) -> np.ndarray[Any, np.dtype[np.intp]]:
    people = np.asarray(names, dtype=np.intp)
    if people.shape != scores.shape:
        raise MetricError("Each score needs its person; the lists differ in length.")
    return people


def _threshold_for_fmr(ask: requests.ThresholdForFmr) -> Any:
    return _as_asked(ask, verification.threshold_for_fmr(_alike(ask, ask.non_mated), ask.target))


def _tar_at_fmr(ask: requests.TarAtFmr) -> Any:
    reached = verification.tar_at_fmr(_alike(ask, ask.mated), _alike(ask, ask.non_mated), ask.target)
    return dataclasses.replace(reached, threshold=_as_asked(ask, reached.threshold))


def _both_kinds(ask: requests.OfBothKinds) -> Any:
    mated, non_mated = _alike(ask, ask.mated), _alike(ask, ask.non_mated)
    match ask.metric:
        case "auc":
            return verification.auc(mated, non_mated)
        case "cllr":
            return likelihood_ratios.cllr(mated, non_mated)
        case "d-prime":
            return verification.d_prime(mated, non_mated)
        case "eer-convex-hull":
            return Figure(equal_error.eer_convex_hull(mated, non_mated))
        case "eer-midpoint":
            crossing = equal_error.eer_midpoint(mated, non_mated)
            return dataclasses.replace(crossing, threshold=_threshold(ask, crossing.threshold))
        case "det":
            curve = curves.det(mated, non_mated)
            return {"thresholds": _signed(ask, curve.thresholds), "fmr": curve.fmr, "fnmr": curve.fnmr}


def _signed(ask: requests.OfScores, thresholds: Scores) -> Scores:
    return -thresholds if ask.distances else thresholds


def _error_versus_discard(ask: requests.ErrorVersusDiscard) -> Any:
    threshold = _threshold(ask, ask.threshold)
    curve = quality.error_versus_discard(_alike(ask, ask.mated), ask.quality, threshold)
    return {"discarded": curve.discarded, "fnmr": curve.fnmr, "partial_area": curve.partial_area(ask.until)}


def _acquisition(ask: requests.Acquisition) -> Any:
    _require_part(ask.failed, ask.attempted)
    return (
        acquisition.fte(ask.failed, ask.attempted)
        if ask.metric == "fte"
        else acquisition.fta(ask.failed, ask.attempted)
    )


def _require_part(errors: int, trials: int) -> None:
    if errors > trials:
        raise MetricError(f"{errors} errors in {trials} trials cannot be; errors are part of the trials.")


def _system_level(ask: requests.SystemLevel) -> Any:
    return {"frr": acquisition.system_frr(ask.fta, ask.fnmr), "far": acquisition.system_far(ask.fta, ask.fmr)}


def _searches(
    ask: requests.Identification | requests.ThresholdForFpir | requests.MatchCharacteristic,
    people: Sequence[int] | None,
) -> identification.Searches:
    if len({len(row) for row in ask.scores}) > 1:
        raise MetricError("The searches have different numbers of scores; each needs one for every enrolled person.")
    return identification.Searches.of(np.asarray([_alike(ask, row) for row in ask.scores]), ask.mate, people)


def _identification(ask: requests.Identification) -> Any:
    searches, threshold = _searches(ask, ask.people), _threshold(ask, ask.threshold)
    strangers = bool((~searches.mated).any())
    selectivity = (
        identification.selectivity(searches, threshold, ask.length)
        if strangers
        else undefined("There is no non-mated search; selectivity is counted over those.")
    )
    return {
        "enrolled": searches.enrolled,
        "fpir": identification.fpir(searches, threshold),
        "fnir": identification.fnir(searches, threshold, ask.rank),
        "tpir": identification.tpir(searches, threshold, ask.rank),
        "wrong_identity": identification.wrong_identity(searches, threshold),
        "people_alarmed": identification.people_alarmed(searches, threshold),
        "selectivity": selectivity,
        "fpir_bootstrap": _bootstrapped(searches, threshold, ask) if strangers and ask.replicates else None,
        "fnir_bootstrap": _missed_anew(searches, threshold, ask) if searches.mated.any() and ask.replicates else None,
    }


def _bootstrapped(searches: identification.Searches, threshold: float, ask: requests.Identification) -> Any:
    drawn = bootstrap.fpir_replicates(searches, threshold, seed=ask.seed, replicates=ask.replicates)
    observed = identification.fpir(searches, threshold).system.value or 0.0
    return {**_drawn(drawn, ask), "recentred": bootstrap.recentred_interval(drawn, observed)}


def _missed_anew(searches: identification.Searches, threshold: float, ask: requests.Identification) -> Any:
    mated = searches.mated
    missed = ~identification.is_found(searches, threshold, ask.rank)[mated]
    drawn = bootstrap.rate_replicates(missed, searches.people[mated], seed=ask.seed, replicates=ask.replicates)
    return _drawn(drawn, ask)


def _drawn(replicates: Scores, ask: requests.Drawn) -> dict[str, Any]:
    told = {"percentile": bootstrap.percentile_interval(replicates), "replicates": ask.replicates}
    return {**told, "seed": ask.seed}


def _threshold_for_fpir(ask: requests.ThresholdForFpir) -> Any:
    return _as_asked(ask, identification.threshold_for_fpir(_searches(ask, None), ask.target))


def _characteristic(ask: requests.MatchCharacteristic) -> Any:
    return {"tpir_by_rank": identification.match_characteristic(_searches(ask, None), ask.ranks)}


def _stream(ask: requests.Stream) -> Any:
    track, transit, person = (np.asarray(part, dtype=np.intp) for part in (ask.track, ask.transit, ask.person))
    listed = np.asarray(ask.listed, dtype=np.bool_)
    sightings = streams.Sightings(_alike(ask, ask.score), track, transit, person, listed)
    threshold = _threshold(ask, ask.threshold)
    units = (Unit.FRAME, Unit.TRACK, Unit.TRANSIT)
    told: dict[str, Any] = {unit.value: streams.false_alarms(sightings, threshold, unit) for unit in units}
    told["people_alarmed"] = streams.people_alarmed(sightings, threshold)
    if ask.camera_hours is not None:
        told["per_camera_hour"] = streams.per_camera_hour(told[Unit.TRANSIT.value].numerator, ask.camera_hours)
    return told


def _differences(ask: requests.Differences) -> Any:
    rates = {"fmr": list(ask.fmr.values())} | ({"fnmr": list(ask.fnmr.values())} if ask.fnmr is not None else {})
    told: dict[str, Any] = {
        kind: {
            "max_over_min": differences.max_over_min(values),
            "max_over_geomean": differences.max_over_geomean(values),
            "gini": differences.gini(values),
        }
        for kind, values in rates.items()
    }
    if "fnmr" in rates:
        for name, measure in (
            ("garbe", differences.garbe),
            ("fdr", differences.fdr),
            ("inequity_rate", differences.inequity_rate),
        ):
            told[name] = measure(rates["fmr"], rates["fnmr"], ask.alpha)
    if ask.target is not None:
        told["mape"] = differences.mape(rates["fmr"], ask.target)
    if ask.accuracy is not None:
        told["accuracy"] = _of_accuracies(list(ask.accuracy.values()))
    return told


def _of_accuracies(accuracies: Sequence[float]) -> dict[str, Figure]:
    return {
        "skewed_error_ratio": differences.skewed_error_ratio([1 - one for one in accuracies]),
        "spread_over_n": differences.spread(accuracies, ddof=0),
        "spread_over_n_less_1": differences.spread(accuracies, ddof=1),
    }


def _groups(ask: requests.Groups) -> Any:
    standings = []
    for one in ask.groups:
        _require_part(one.errors, one.trials)
        standings.append(
            groups.standing(one.name, rate(one.errors, one.trials, unit=Unit.SEARCH, people=one.people), ask.target)
        )
    told = {"groups": groups.worst_first(standings), "differences": groups.differences(standings)}
    return {**told, "ratio_bootstrap": _ratio_anew(standings, ask) if ask.replicates else None}


def _ratio_anew(standings: Sequence[groups.GroupRate], ask: requests.Groups) -> Any:
    """The ratio of the worst group to the best, where in each replicate the people of every group are drawn anew."""
    eligible = [one.rate for one in standings if one.status is groups.Status.ELIGIBLE]
    if len(eligible) < 2:
        return undefined("Fewer than two groups are large enough to be compared.")
    if any(one.people != one.denominator for one in eligible):
        return undefined("A group has not one trial for each person, and which person erred is not said.")
    drawn = [
        bootstrap.rate_replicates(
            np.arange(one.denominator) < one.numerator,
            np.arange(one.denominator),
            seed=(ask.seed, at),
            replicates=ask.replicates,
        )
        for at, one in enumerate(eligible)
    ]
    return _drawn(bootstrap.ratio_replicates(drawn), ask)


def _interval(ask: requests.Counted) -> Any:
    counts = (ask.errors, ask.trials, ask.confidence)
    return {
        "clopper_pearson": intervals.clopper_pearson(*counts),
        "wilson": intervals.wilson(*counts),
        "lower_limit": intervals.lower_limit(*counts),
        "upper_limit": intervals.upper_limit(*counts),
        "rule_of_three": intervals.rule_of_three(ask.trials) if ask.errors == 0 else None,
    }


def _people_for_claim(ask: requests.PeopleForClaim) -> Any:
    return {"people": sample_size.people_for_claim(ask.target, ask.alarms, ask.confidence)}


def _alarms_allowed(ask: requests.AlarmsAllowed) -> Any:
    return {"alarms": sample_size.alarms_allowed(ask.target, ask.people, ask.confidence)}


def _worth_of_searches(ask: requests.WorthOfSearches) -> Any:
    return {"independent": sample_size.worth_of_searches(ask.searches, ask.each, ask.correlation)}


def _alarms_to_see_ratio(ask: requests.AlarmsToSeeRatio) -> Any:
    expected = sample_size.alarms_to_see_ratio(ask.ratio, power=ask.power, significance=ask.significance)
    return {"expected_alarms": expected}


def _smallest_ratio_seen(ask: requests.SmallestRatioSeen) -> Any:
    ratio = sample_size.smallest_ratio_seen(ask.expected, power=ask.power, significance=ask.significance)
    return {"ratio": ratio}


def _list_size(ask: requests.ListSize) -> Any:
    told: dict[str, Any] = {}
    if ask.fmr is not None:
        told["fpir"] = list_size.fpir_from_fmr(ask.fmr, ask.enrolled)
    if ask.fpir is not None:
        told["fmr"] = list_size.fmr_for_fpir(ask.fpir, ask.enrolled)
    if ask.fmr is not None and ask.fpir is not None:
        told["longest_list"] = list_size.longest_list(ask.fmr, ask.fpir)
    if not told:
        raise MetricError("Give an FMR, an FPIR, or both.")
    return told


_ANSWERS: Final[Mapping[type, Callable[[Any], Any]]] = MappingProxyType(
    {
        requests.Acquisition: _acquisition,
        requests.AlarmsAllowed: _alarms_allowed,
        requests.AlarmsToSeeRatio: _alarms_to_see_ratio,
        requests.Counted: _interval,
        requests.Differences: _differences,
        requests.ErrorVersusDiscard: _error_versus_discard,
        requests.Fmr: _fmr,
        requests.Fnmr: _fnmr,
        requests.Groups: _groups,
        requests.Identification: _identification,
        requests.ListSize: _list_size,
        requests.MatchCharacteristic: _characteristic,
        requests.OfBothKinds: _both_kinds,
        requests.PeopleForClaim: _people_for_claim,
        requests.SmallestRatioSeen: _smallest_ratio_seen,
        requests.Stream: _stream,
        requests.SystemLevel: _system_level,
        requests.TarAtFmr: _tar_at_fmr,
        requests.ThresholdForFmr: _threshold_for_fmr,
        requests.ThresholdForFpir: _threshold_for_fpir,
        requests.WorthOfSearches: _worth_of_searches,
    }
)
