"""C5: when a budget of false alerts stops a deployment, held against others' mathematics. Written before the rule.

`tests/vectors/poisson_tails.json` is made with scipy by `make_budget_vectors.py`; the rows `by_hand` follow from the
definition of the distribution and stand in printed tables.
"""

import json
from dataclasses import replace
from fractions import Fraction
from math import isclose
from pathlib import Path
from typing import Any

import pytest

from governance.domain.budget import Verdict, goes_on, reference_goes_on, tail
from governance.domain.legal_profile import SWEDEN_2026
from tests.builders_budget import a_budget, charges

pytestmark = pytest.mark.law("C5")

KNOWN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "poisson_tails.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("count", "mean", "expected"), KNOWN["tails"])
def test_the_tail_is_what_scipy_says(count: int, mean: float, expected: float) -> None:
    assert isclose(tail(count, Fraction(mean)), expected, rel_tol=1e-9, abs_tol=1e-300)


@pytest.mark.parametrize(("count", "mean", "expected", "formula"), KNOWN["by_hand"])
def test_the_tail_is_what_printed_tables_say(count: int, mean: float, expected: float, formula: str) -> None:
    assert round(tail(count, Fraction(mean)), 4) == expected, formula


@pytest.mark.parametrize(("mean", "count"), KNOWN["stops_at"])
def test_a_deployment_stops_at_the_count_that_scipy_says_and_at_none_before(mean: float, count: int) -> None:
    legal = replace(SWEDEN_2026, false_alert_cap=10_000)
    # One thousandth of an alert per day at a million passages a day: a rate of 1e-9, times as many as make the mean.
    budget = a_budget(expected_milli=1, passages_per_day=1_000_000, passages=round(mean * 1e9))
    assert goes_on(budget, charges(count - 1), legal).allowed
    stopped = goes_on(budget, charges(count), legal)
    assert not stopped.allowed
    assert stopped.rule == "C5"


def test_of_a_day_of_200_000_passages_with_one_false_alert_a_day_the_fifth_stops_at_its_end() -> None:
    # 1 expected over the day: P(X >= 4) = 1.9 %, P(X >= 5) = 0.37 %.
    budget = a_budget(expected_milli=1000, passages_per_day=200_000, passages=200_000)
    assert goes_on(budget, charges(4), SWEDEN_2026).allowed
    assert not goes_on(budget, charges(5), SWEDEN_2026).allowed


def test_of_the_same_day_the_second_stops_in_its_first_tenth() -> None:
    # 0.1 expected so far: P(X >= 2) = 0.47 %.
    budget = a_budget(expected_milli=1000, passages_per_day=200_000, passages=20_000)
    assert goes_on(budget, charges(1), SWEDEN_2026).allowed
    assert not goes_on(budget, charges(2), SWEDEN_2026).allowed


def test_ten_that_were_let_go_on_stop_at_the_eleventh_though_the_rate_makes_it_plausible() -> None:
    # 9 expected so far: P(X >= 11) = 29 %, so that the tail alone stops nothing.
    budget = a_budget(expected_milli=1000, passages_per_day=200_000, passages=1_800_000, tolerated=10)
    assert goes_on(budget, charges(10), SWEDEN_2026).allowed
    assert not goes_on(budget, charges(11), SWEDEN_2026).allowed


def test_a_reference_is_suspended_at_its_second_counted_false_alert() -> None:
    assert reference_goes_on(charges(1, verdict="false"), SWEDEN_2026).allowed
    assert not reference_goes_on(charges(2, verdict="false"), SWEDEN_2026).allowed


def test_one_false_alert_that_four_joined_is_five_passages_and_stops_at_the_days_end() -> None:
    # The same day as above, 1 expected: five count once the alert was false (0.37 %), one while nobody knows (63 %).
    budget = a_budget(expected_milli=1000, passages_per_day=200_000, passages=200_000)
    alert, *others = charges(5)
    joined = [replace(one, joins=alert.alert_id) for one in others]
    assert goes_on(budget, (alert, *joined), SWEDEN_2026).allowed
    false = [replace(one, verdict=Verdict.FALSE) for one in (alert, *joined)]
    assert not goes_on(budget, false, SWEDEN_2026).allowed
    assert goes_on(budget, false[:4], SWEDEN_2026).allowed
