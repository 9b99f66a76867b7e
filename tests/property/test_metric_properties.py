"""What holds of every metric whatever the scores.

Order, counts, limits, and that nothing is called zero for want of trials.
"""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as drawn

from benchmarks.metrics.curves import det
from benchmarks.metrics.differences import gini, max_over_geomean, max_over_min
from benchmarks.metrics.equal_error import eer_convex_hull, eer_midpoint
from benchmarks.metrics.identification import Searches, fnir, fpir, selectivity, threshold_for_fpir, tpir
from benchmarks.metrics.intervals import clopper_pearson, lower_limit, upper_limit, wilson
from benchmarks.metrics.list_size import fmr_for_fpir, fpir_from_fmr, longest_list
from benchmarks.metrics.sample_size import alarms_allowed, people_for_claim
from benchmarks.metrics.verification import auc, fmr, fnmr, threshold_for_fmr

pytestmark = pytest.mark.law("D1", "D2")

scores = st.lists(st.integers(-20, 20).map(lambda tenth: tenth / 10), min_size=1, max_size=40)
fractions = st.floats(0, 1)
counts = st.integers(1, 4000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


@st.composite
def searches(draw: st.DrawFn) -> Searches:
    rows, columns = draw(st.integers(1, 12)), draw(st.integers(1, 6))
    table = draw(drawn.arrays(np.float64, (rows, columns), elements=st.integers(-9, 9).map(float)))
    table[draw(drawn.arrays(np.bool_, rows))] = np.nan
    return Searches.of(table, draw(st.lists(st.integers(-1, columns - 1), min_size=rows, max_size=rows)))


@given(scores, st.floats(-3, 3), st.floats(-3, 3))
def test_a_higher_threshold_lets_fewer_through_and_misses_more(values: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert fmr(values, high).numerator <= fmr(values, low).numerator
    assert fnmr(values, high).numerator >= fnmr(values, low).numerator
    assert fmr(values, low).numerator + fnmr(values, low).numerator == len(values)


@given(scores, fractions)
def test_no_target_is_ever_broken_and_no_lower_score_keeps_it(values: list[float], target: float) -> None:
    chosen = threshold_for_fmr(values, target)
    assert chosen.achieved == fmr(values, chosen.value).value
    assert chosen.achieved <= target
    assert all((fmr(values, lower).value or 0) > target for lower in values if lower < chosen.value)


@given(scores, scores)
def test_a_curve_falls_and_rises_and_counts_every_score(mated: list[float], non_mated: list[float]) -> None:
    curve = det(mated, non_mated)
    assert (np.diff(curve.fmr) <= 0).all()
    assert (np.diff(curve.fnmr) >= 0).all()
    for at, threshold in enumerate(curve.thresholds):
        assert curve.fmr[at] == fmr(non_mated, threshold).value
        assert curve.fnmr[at] == fnmr(mated, threshold).value


@given(scores, scores)
def test_an_equal_error_lies_between_both_errors(mated: list[float], non_mated: list[float]) -> None:
    midpoint = eer_midpoint(mated, non_mated)
    assert 0 <= midpoint.low <= midpoint.value <= midpoint.high <= 1
    assert 0 <= eer_convex_hull(mated, non_mated) <= 0.5 + 1e-12, "a hull is never worse than a coin"


@given(scores, scores)
def test_kinds_that_change_places_turn_the_area_round(mated: list[float], non_mated: list[float]) -> None:
    there, back = auc(mated, non_mated).value, auc(non_mated, mated).value
    assert there is not None
    assert back is not None
    assert there + back == pytest.approx(1)


@given(counts)
def test_limits_hold_the_rate_and_lie_in_order(counted: tuple[int, int]) -> None:
    errors, trials = counted
    for interval in (wilson(errors, trials), clopper_pearson(errors, trials)):
        assert 0 <= interval.lower <= errors / trials <= interval.upper <= 1
    assert clopper_pearson(errors, trials).upper >= upper_limit(errors, trials) - 1e-15
    assert clopper_pearson(errors, trials).lower <= lower_limit(errors, trials) + 1e-15
    assert upper_limit(errors, trials) > 0, "nothing that was counted shows a rate of zero"


@given(searches(), st.integers(-9, 9).map(float), st.integers(1, 6))
def test_searches_are_counted_once_and_selectivity_is_never_less(made: Searches, threshold: float, rank: int) -> None:
    misses, hits = fnir(made, threshold, rank), tpir(made, threshold, rank)
    assert misses.system.numerator + hits.system.numerator == misses.system.denominator
    assert misses.system.numerator >= misses.matcher.numerator
    alarms = fpir(made, threshold)
    assert alarms.system.numerator == alarms.matcher.numerator
    assert alarms.system.denominator + misses.system.denominator == made.mate.size
    if alarms.system.value is not None:
        assert (selectivity(made, threshold, rank).value or 0) >= alarms.system.value - 1e-12


@given(searches(), fractions)
def test_the_threshold_of_strangers_keeps_its_target(made: Searches, target: float) -> None:
    assume((~made.mated & made.acquired).any())
    chosen = threshold_for_fpir(made, target)
    reached = fpir(made, chosen.value).matcher.value
    assert reached is not None
    assert chosen.achieved == reached <= target


@given(st.floats(1e-9, 0.5), st.integers(1, 100_000))
def test_from_one_comparison_to_a_list_and_back(rate: float, enrolled: int) -> None:
    fpir_there = fpir_from_fmr(rate, enrolled)
    assert rate <= fpir_there * (1 + 1e-12)
    assert fpir_there <= enrolled * rate * (1 + 1e-12)
    if fpir_there < 0.99:
        assert fmr_for_fpir(fpir_there, enrolled) == pytest.approx(rate, rel=1e-6)


@given(st.floats(1e-9, 0.5), st.floats(1e-6, 0.9))
def test_the_longest_list_is_the_longest(rate: float, target: float) -> None:
    longest = longest_list(rate, target)
    assert longest is not None
    assert longest == 0 or fpir_from_fmr(rate, longest) <= target
    assert fpir_from_fmr(rate, longest + 1) > target


@given(st.floats(1e-9, 1e-2), st.integers(1, 2000))
def test_a_list_that_just_keeps_its_target_is_not_too_long(rate: float, enrolled: int) -> None:
    longest = longest_list(rate, fpir_from_fmr(rate, enrolled))
    assert longest is not None
    assert longest >= enrolled


@given(st.floats(1e-4, 0.5), st.integers(0, 20))
def test_the_people_for_a_claim_are_the_fewest(target: float, alarms: int) -> None:
    people = people_for_claim(target, alarms)
    assert upper_limit(alarms, people) <= target
    assert people == alarms + 1 or upper_limit(alarms, people - 1) > target
    assert alarms_allowed(target, people) == alarms


@given(st.lists(st.floats(1e-6, 1), min_size=2, max_size=12))
def test_differences_lie_where_they_may(rates: list[float]) -> None:
    ratio, typical, one = max_over_min(rates).value, max_over_geomean(rates).value, gini(rates).value
    assert ratio is not None
    assert typical is not None
    assert one is not None
    assert typical * (1 + 1e-12) >= 1
    assert typical <= ratio * (1 + 1e-12)
    assert 0 <= one <= 1 + 1e-12
    assert not math.isnan(one)
    assert gini([rate / 2 for rate in rates]).value == pytest.approx(one), "a scale changes nothing"
