"""The gate: an item passes only when it was shown; what nobody said or measured blocks like a failure (A17, C10)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.accuracy.gate import Evidence, Item, Use, Verdict, gate
from benchmarks.metrics.groups import GroupRate, standing
from benchmarks.metrics.rates import Rate, Unit, rate

pytestmark = pytest.mark.law("A17", "C10", "D3")
TODAY = date(2026, 11, 26)


def searched(alarms: int, people: int) -> Rate:
    return rate(alarms, people, unit=Unit.PERSON, people=people)


def a_group(name: str, alarms: int, people: int) -> GroupRate:
    return standing(name, searched(alarms, people), 1e-3)


GOOD_GROUPS = tuple(a_group(name, 30, 100_000) for name in ("women", "men"))
GOOD = Evidence(
    profile_sha256="a",
    licences=frozenset({"MIT", "CC0-1.0"}),
    measured_on=date(2026, 6, 1),
    lfw_accuracy=0.994,
    enrolled=1000,
    threshold=-0.4,
    chosen_on_others=True,
    false_positive_searches=(searched(60, 200_000), searched(61, 200_000)),
    found_people=searched(900, 1000),
    false_alarms_by_group=(GOOD_GROUPS, GOOD_GROUPS),
    misses_by_group=(a_group("women", 1000, 10_000), a_group("men", 1100, 10_000)),
)
USE = Use(
    enrolled=1100,
    threshold=-0.4,
    profile_sha256="a",
    expected_groups=frozenset({"women", "men"}),
    alerts_a_day=3,
    reviewed_a_day=20,
    reviewers_recorded=True,
    false_alerts=(1, 100_000),
)


def item(number: int, evidence: Evidence = GOOD, use: Use = USE) -> Item:
    return gate(evidence, use, today=TODAY).items[number - 1]


def test_what_was_shown_whole_passes_whole() -> None:
    outcome = gate(GOOD, USE, today=TODAY)
    assert [one.number for one in outcome.items] == list(range(1, 16))
    assert {one.verdict for one in outcome.items} == {Verdict.PASSED}
    assert outcome.verdict is Verdict.PASSED


few = (a_group("women", 0, 100), a_group("men", 0, 100))
no_alarm = (a_group("women", 0, 4000), a_group("men", 0, 4000))
worse = (a_group("women", 600, 100_000), a_group("men", 30, 100_000))
CASES: list[tuple[int, dict[str, object], dict[str, object], Verdict]] = [
    (1, {}, {"profile_sha256": "b"}, Verdict.FAILED),
    (1, {}, {"profile_sha256": None}, Verdict.NOT_DEMONSTRATED),
    (1, {"licences": frozenset({"MIT", "CC-BY-NC-4.0"})}, {}, Verdict.FAILED),
    (2, {"lfw_accuracy": 0.9899}, {}, Verdict.FAILED),
    (2, {"lfw_accuracy": None}, {}, Verdict.NOT_DEMONSTRATED),
    (3, {"false_positive_searches": (searched(0, 2995),)}, {}, Verdict.PASSED),
    (3, {"false_positive_searches": (searched(0, 2994),)}, {}, Verdict.NOT_DEMONSTRATED),
    (3, {"false_positive_searches": (searched(0, 2995), searched(1, 2995))}, {}, Verdict.NOT_DEMONSTRATED),
    (3, {"false_positive_searches": (searched(40, 2995),)}, {}, Verdict.FAILED),
    (3, {"false_positive_searches": ()}, {}, Verdict.NOT_DEMONSTRATED),
    (3, {"false_positive_searches": (searched(0, 0),)}, {}, Verdict.NOT_DEMONSTRATED),
    (4, {}, {"enrolled": 1111}, Verdict.PASSED),
    (4, {}, {"enrolled": 1112}, Verdict.FAILED),
    (5, {}, {"expected_groups": None}, Verdict.NOT_DEMONSTRATED),
    (5, {}, {"expected_groups": frozenset({"women", "men", "children"})}, Verdict.NOT_DEMONSTRATED),
    (5, {"false_alarms_by_group": (GOOD_GROUPS, few)}, {}, Verdict.NOT_DEMONSTRATED),
    (5, {"false_alarms_by_group": (few, few)}, {}, Verdict.NOT_DEMONSTRATED),
    (5, {"false_alarms_by_group": (worse, GOOD_GROUPS)}, {}, Verdict.FAILED),
    (6, {"false_alarms_by_group": (worse, GOOD_GROUPS)}, {}, Verdict.FAILED),
    (6, {"false_alarms_by_group": (no_alarm, no_alarm)}, {}, Verdict.NOT_DEMONSTRATED),
    (6, {"false_alarms_by_group": (few, few)}, {}, Verdict.NOT_DEMONSTRATED),
    (7, {"misses_by_group": ()}, {}, Verdict.NOT_DEMONSTRATED),
    (7, {"misses_by_group": (a_group("a", 5000, 10_000), a_group("b", 1000, 10_000))}, {}, Verdict.FAILED),
    (8, {"false_alarms_by_group": (no_alarm, no_alarm)}, {}, Verdict.NOT_DEMONSTRATED),
    (8, {"false_alarms_by_group": ((a_group("a", 5, 9000), a_group("b", 5, 9000)),)}, {}, Verdict.NOT_DEMONSTRATED),
    (8, {"false_alarms_by_group": (few,)}, {}, Verdict.NOT_DEMONSTRATED),
    (9, {"found_people": searched(799, 1000)}, {}, Verdict.FAILED),
    (9, {"found_people": None}, {}, Verdict.NOT_DEMONSTRATED),
    (10, {}, {"alerts_a_day": 21.0}, Verdict.FAILED),
    (10, {}, {"reviewed_a_day": None}, Verdict.NOT_DEMONSTRATED),
    (11, {}, {"threshold": -0.41}, Verdict.FAILED),
    (11, {}, {"threshold": -0.39}, Verdict.PASSED),
    (12, {"chosen_on_others": False}, {}, Verdict.FAILED),
    (12, {"chosen_on_others": None}, {}, Verdict.NOT_DEMONSTRATED),
    (13, {}, {"reviewers_recorded": None}, Verdict.NOT_DEMONSTRATED),
    (13, {}, {"reviewers_recorded": False}, Verdict.FAILED),
    (14, {"measured_on": date(2025, 11, 26)}, {}, Verdict.PASSED),
    (14, {"measured_on": date(2025, 11, 25)}, {}, Verdict.FAILED),
    (14, {"measured_on": date(2026, 11, 27)}, {}, Verdict.FAILED),
    (15, {}, {"false_alerts": None}, Verdict.NOT_DEMONSTRATED),
    (15, {}, {"false_alerts": (3, 1650)}, Verdict.PASSED),
    (15, {}, {"false_alerts": (30, 1650)}, Verdict.FAILED),
]
"""Items, what differs from what passes, and the verdict; the numbers at the edges were worked out by hand."""


@pytest.mark.parametrize(("number", "evidence", "use", "verdict"), CASES)
def test_each_item_at_its_edge(
    number: int, evidence: dict[str, object], use: dict[str, object], verdict: Verdict
) -> None:
    found = item(number, replace(GOOD, **evidence), replace(USE, **use))  # type: ignore[arg-type]
    assert found.verdict is verdict, found
    assert found.why.endswith(".")


def test_one_failure_fails_the_whole_and_one_open_item_blocks_it() -> None:
    assert gate(replace(GOOD, lfw_accuracy=0.5, found_people=None), USE, today=TODAY).verdict is Verdict.FAILED
    assert gate(replace(GOOD, found_people=None), USE, today=TODAY).verdict is Verdict.NOT_DEMONSTRATED


def test_every_item_says_what_it_asks_and_where_that_comes_from() -> None:
    for one in gate(GOOD, USE, today=TODAY).items:
        assert all((one.asks, one.found, one.limit, one.source))


@given(st.sampled_from(("expected_groups", "alerts_a_day", "reviewed_a_day", "reviewers_recorded", "false_alerts")))
def test_nothing_unsaid_ever_passes(field: str) -> None:
    assert gate(GOOD, replace(USE, **{field: None}), today=TODAY).verdict is Verdict.NOT_DEMONSTRATED


@given(st.integers(0, 500), st.integers(0, 500), st.integers(1000, 100_000))
def test_the_worse_of_two_figures_counts_and_more_alarms_never_help(one: int, other: int, people: int) -> None:
    both = item(3, replace(GOOD, false_positive_searches=(searched(one, people), searched(other, people))))
    worst = item(3, replace(GOOD, false_positive_searches=(searched(max(one, other), people),)))
    assert both.verdict is worst.verdict
    more = item(3, replace(GOOD, false_positive_searches=(searched(max(one, other) + 1, people),)))
    order = (Verdict.PASSED, Verdict.NOT_DEMONSTRATED, Verdict.FAILED)
    assert order.index(more.verdict) >= order.index(worst.verdict)


@given(st.integers(0, 60), st.integers(0, 60))
def test_groups_of_too_few_people_never_pass_for_equal(alarms: int, others: int) -> None:
    groups = (a_group("a", alarms, 300), a_group("b", others, 300))
    found = item(6, replace(GOOD, false_alarms_by_group=(groups, groups)))
    assert found.verdict is Verdict.NOT_DEMONSTRATED
