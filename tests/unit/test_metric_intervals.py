"""Intervals around counted rates, beside Newcombe's examples, statsmodels, scipy, and the words people use (D2)."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from benchmarks.metrics.errors import MetricError, NothingToCount
from benchmarks.metrics.intervals import (
    Method,
    clopper_pearson,
    lower_limit,
    rule_of_three,
    upper_limit,
    wilson,
    wilson_of_rate,
)
from benchmarks.metrics.rates import Unit, rate
from benchmarks.metrics.sample_size import (
    alarms_allowed,
    alarms_to_see_ratio,
    people_for_claim,
    power_to_see_ratio,
    smallest_ratio_seen,
    worth_of_searches,
)

pytestmark = pytest.mark.law("D2")

NEWCOMBE = {
    (81, 263): ((0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148): ((0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20): ((0.0, 0.1611), (0.0, 0.1684)),
    (1, 29): ((0.0061, 0.1718), (0.0009, 0.1776)),
}
"""Errors and trials: Wilson's interval and Clopper and Pearson's (Newcombe 1998, table I, methods 3 and 5)."""

PEOPLE_NEEDED = {
    1e-2: (299, 473, 628, 773, 1_049, 1_693),
    1e-3: (2_995, 4_742, 6_294, 7_752, 10_511, 16_959),
    1e-4: (29_956, 47_437, 62_956, 77_535, 105_128, 169_619),
    1e-5: (299_572, 474_385, 629_578, 775_364, 1_051_301, 1_696_219),
}
"""For a claim of "not more than": people who are needed with 0, 1, 2, 3, 5 and 10 alarms."""


@pytest.mark.parametrize("counts", NEWCOMBE, ids=str)
def test_the_intervals_are_newcombes(counts: tuple[int, int]) -> None:
    for made, (lower, upper) in zip((wilson(*counts), clopper_pearson(*counts)), NEWCOMBE[counts], strict=True):
        assert made.lower == pytest.approx(lower, abs=5e-5)
        assert made.upper == pytest.approx(upper, abs=5e-5)


@pytest.mark.parametrize("counts", [(0, 1), (1, 1), (3, 7), (0, 2995), (44, 2_529_031), (999, 1000)], ids=str)
def test_the_intervals_are_those_of_statsmodels_and_scipy(counts: tuple[int, int]) -> None:
    for made, theirs, ours in ((wilson, "wilson", "wilson"), (clopper_pearson, "beta", "exact")):
        interval, outside = made(*counts), stats.binomtest(*counts).proportion_ci(method=ours)
        assert (interval.lower, interval.upper) == pytest.approx(proportion_confint(*counts, method=theirs), abs=1e-12)
        assert (interval.lower, interval.upper) == pytest.approx((outside.low, outside.high), abs=1e-12)


def test_one_sided_limits_are_those_of_scipy() -> None:
    less = stats.binomtest(2, 628, alternative="less").proportion_ci(0.95)
    more = stats.binomtest(2, 628, alternative="greater").proportion_ci(0.95)
    assert upper_limit(2, 628) == pytest.approx(less.high)
    assert lower_limit(2, 628) == pytest.approx(more.low)


def test_no_error_is_an_upper_limit_and_never_nothing() -> None:
    assert upper_limit(0, 2995) == pytest.approx(1 - 0.05 ** (1 / 2995))
    assert upper_limit(0, 2995) < 1e-3 < upper_limit(0, 2994)
    assert wilson(0, 2995).upper == pytest.approx(0.00128, abs=5e-6), "two-sided: name the side"
    assert rule_of_three(3000) == 0.001
    assert rule_of_three(2) == 1.0, "no rate is above 1"


def test_a_claim_at_its_very_limit_is_held_by_the_fewest_people() -> None:
    assert people_for_claim(upper_limit(0, 10)) == 10
    assert people_for_claim(upper_limit(2, 30), 2) == 30
    assert people_for_claim(0.96) == 1, "one person who does not alarm shows 0.95"


def test_a_test_on_both_sides_sees_what_is_not_there_no_more_often_than_it_says() -> None:
    seen = power_to_see_ratio(1 + 1e-9, 100.0)
    assert 0.025 < seen <= 0.05, "by either tail; one alone would see it half as often"


@pytest.mark.parametrize("counts", [(-1, 5), (6, 5)], ids=str)
def test_more_errors_than_trials_are_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(MetricError, match="cannot be"):
        clopper_pearson(*counts)


def test_an_interval_of_no_trial_is_refused() -> None:
    with pytest.raises(NothingToCount, match="at least one trial"):
        wilson(0, 0)
    with pytest.raises(NothingToCount, match="size above zero"):
        wilson_of_rate(0.5, 0)


def test_a_confidence_of_a_hundred_per_cent_is_refused() -> None:
    with pytest.raises(MetricError, match="0\\.95"):
        upper_limit(0, 10, 1.0)


def test_a_rate_of_nothing_has_no_value_and_says_so() -> None:
    nothing = rate(0, 0, unit=Unit.TRANSIT, people=0)
    assert (nothing.value, nothing.interval, nothing.reason) == (None, None, "There is no transit to count.")


def test_a_rate_names_how_its_interval_was_made() -> None:
    decided, shown = (
        rate(1, 100, unit=Unit.SEARCH, people=100, method=one) for one in (Method.CLOPPER_PEARSON, Method.WILSON)
    )
    assert decided.interval is not None
    assert shown.interval is not None
    assert (decided.interval.method, shown.interval.method) == ("Clopper-Pearson", "Wilson")
    assert rate(1, 100, unit=Unit.SEARCH, people=5, method=None).interval is None


@pytest.mark.parametrize("target", PEOPLE_NEEDED)
def test_how_many_people_a_claim_needs(target: float) -> None:
    assert tuple(people_for_claim(target, alarms) for alarms in (0, 1, 2, 3, 5, 10)) == PEOPLE_NEEDED[target]


def test_one_person_fewer_does_not_bear_the_claim() -> None:
    assert alarms_allowed(1e-3, 2994) is None
    assert alarms_allowed(1e-3, 2995) == 0
    assert alarms_allowed(1e-3, 4741) == 0
    assert alarms_allowed(1e-3, 4749) == 1, "the people whom LFW leaves beside a list of a thousand"


def test_searches_of_the_same_people_are_worth_less() -> None:
    assert worth_of_searches(3000, 5, 0.2) == pytest.approx(1667, abs=0.5)
    assert worth_of_searches(3000, 1, 0.9) == 3000


@pytest.mark.parametrize(("ratio", "expected"), [(1.5, 83), (2, 26), (3, 8.6), (5, 3.1), (10, 1.1)])
def test_how_many_alarms_a_difference_needs(ratio: float, expected: float) -> None:
    """The table was made with totals that are fixed; ours come by chance, which needs up to a twentieth less."""
    assert alarms_to_see_ratio(ratio) == pytest.approx(expected, rel=0.05)


def test_power_is_that_of_drawing_many_times() -> None:
    random = np.random.default_rng(3)
    better, worse = random.poisson(9, 2000), random.poisson(27, 2000)
    seen = [stats.binomtest(int(b), int(b + w)).pvalue <= 0.05 for b, w in zip(better, worse, strict=True) if b + w]
    assert power_to_see_ratio(3, 9) == pytest.approx(sum(seen) / 2000, abs=0.03)


def test_the_smallest_ratio_that_could_be_seen_goes_back_to_its_alarms() -> None:
    assert alarms_to_see_ratio(smallest_ratio_seen(5.0)) == pytest.approx(5.0, rel=1e-3)


def test_without_alarms_no_ratio_can_be_seen() -> None:
    with pytest.raises(MetricError, match="no ratio can be seen"):
        smallest_ratio_seen(0)
    with pytest.raises(MetricError, match="no difference"):
        alarms_to_see_ratio(1)
