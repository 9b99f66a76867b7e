"""Differences between groups: what hides, what is undefined, and who may be compared (D3, D4)."""

import pytest

from benchmarks.metrics import differences as d
from benchmarks.metrics.errors import MetricError
from benchmarks.metrics.groups import Status, all_cells, crossed, differences, standing, worst_first
from benchmarks.metrics.rates import Unit, rate

pytestmark = pytest.mark.law("D3", "D4")


def a_group(name: str, alarms: int, people: int) -> object:
    return standing(name, rate(alarms, people, unit=Unit.SEARCH, people=people), 1e-2)


def test_ratios_by_hand() -> None:
    assert d.max_over_min([0.01, 0.02, 0.04]).value == 4
    assert d.max_over_geomean([0.01, 0.02, 0.04]).value == pytest.approx(2)
    assert d.gini([0.01, 0.03]).value == pytest.approx(0.5), "two groups: |a - b| / (a + b)"
    assert d.gini([0.0, 0.0, 0.3]).value == pytest.approx(1)
    assert d.inequity_rate([0.01, 0.04], [0.1, 0.9]).value == pytest.approx(6)


def test_the_best_without_an_error_has_no_ratio_but_a_bound() -> None:
    assert d.max_over_min([0.0, 0.1]).value is None
    assert d.max_over_geomean([0.0, 0.1]).value is None
    assert d.inequity_rate([0.0, 0.1], [0.1, 0.1]).value is None
    assert d.max_over_min_bound(0.05, 0.01).value == pytest.approx(5)
    assert d.max_over_min_bound(0.05, 0.0).value is None


def test_equal_groups_are_zero_and_not_undefined() -> None:
    assert d.gini([0.0, 0.0]).value == 0
    assert d.gini([0.2, 0.2, 0.2]).value == 0
    assert d.garbe([0.1, 0.1], [0.2, 0.2]).value == 0


def test_low_rates_are_where_one_measure_is_blind() -> None:
    assert d.fdr([1e-4, 1e-6], [0.0, 0.0]).value == pytest.approx(0.99995, abs=1e-6)
    assert d.max_over_min([1e-4, 1e-6]).value == pytest.approx(100)


def test_one_group_differs_from_nobody() -> None:
    for measure in (d.max_over_min, d.max_over_geomean, d.gini):
        assert measure([0.1]).value is None
    assert d.fdr([0.1], [0.1]).value is None
    assert d.spread([0.1], ddof=1).value is None


def test_how_far_groups_lie_from_what_was_promised_is_in_per_cent_of_it() -> None:
    assert d.mape([0.001, 0.004], 0.002).value == pytest.approx(75), "50 % below and 100 % above"
    assert d.mape([0.002], 0.002).value == 0
    for target in (0.0, 1.5):
        with pytest.raises(MetricError, match="above 0"):
            d.mape([0.1], target)


def test_rates_and_weights_that_cannot_be_are_refused() -> None:
    with pytest.raises(MetricError, match="outside 0 to 1"):
        d.gini([0.1, 1.2])
    with pytest.raises(MetricError, match="weight"):
        d.garbe([0.1, 0.2], [0.1, 0.2], alpha=2)


def test_a_group_needs_three_over_the_target() -> None:
    assert a_group("enough", 0, 300).status is Status.ELIGIBLE  # type: ignore[attr-defined]
    assert a_group("too few", 0, 299).status is Status.INSUFFICIENT  # type: ignore[attr-defined]
    assert a_group("nobody", 0, 0).status is Status.EMPTY  # type: ignore[attr-defined]


def test_many_searches_of_few_people_are_not_enough() -> None:
    searches = rate(5, 1000, unit=Unit.SEARCH, people=100, method=None)
    assert standing("few", searches, 1e-2).status is Status.INSUFFICIENT


def test_the_worst_comes_first_and_the_empty_last() -> None:
    groups = [
        a_group("b", 3, 300),
        a_group("nobody", 0, 0),
        a_group("few", 0, 10),
        a_group("a", 30, 300),
        a_group("fewer", 0, 5),
    ]
    assert [one.name for one in worst_first(groups)] == ["a", "b", "fewer", "few", "nobody"]  # type: ignore[arg-type]


def test_only_eligible_groups_enter_a_ratio() -> None:
    told = differences([a_group("a", 30, 300), a_group("b", 3, 300), a_group("few", 9, 9), a_group("nobody", 0, 0)])  # type: ignore[list-item]
    assert (told.worst, told.best, told.ratio.value) == ("a", "b", 10)
    assert told.bound.value is not None
    assert told.bound.value < 10


def test_a_group_whose_errors_are_dropped_changes_what_is_told() -> None:
    whole = differences([a_group("a", 30, 300), a_group("b", 3, 300)])  # type: ignore[list-item]
    without = differences([a_group("a", 0, 300), a_group("b", 3, 300)])  # type: ignore[list-item]
    assert whole.worst == "a"
    assert (without.worst, without.ratio.value) == ("b", None)


def test_fewer_than_two_groups_are_not_called_equal() -> None:
    told = differences([a_group("a", 30, 300), a_group("few", 0, 3)])  # type: ignore[list-item]
    assert (told.worst, told.ratio.value, told.bound.value) == (None, None, None)


def test_groups_cross_and_a_missing_label_is_a_group() -> None:
    labels = {"sex": ["female", "male", ""], "band": ["15–24", "15–24", "65+"]}
    assert crossed(labels) == ("female × 15–24", "male × 15–24", "unknown × 65+")
    assert len(all_cells(labels)) == 6
    with pytest.raises(MetricError, match="one label for each"):
        crossed({"sex": ["female"], "band": []})
