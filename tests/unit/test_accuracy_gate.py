"""The gate: an item passes only when it was shown; what nobody said or measured blocks like a failure (A17, C10)."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.accuracy.evidence import evidence_of, searches_found
from benchmarks.accuracy.gate import gate, judge
from benchmarks.accuracy.gate_values import Asked, Evidence, GroupTable, Item, Outcome, Verdict
from benchmarks.accuracy.score_file import ListScores, Part, ScoreFile
from benchmarks.accuracy.use_file import Budget, Confirmation, Month, Operation, Use
from benchmarks.accuracy.watchlist_protocol import SEEDS
from benchmarks.data.manifest import PictureTable
from benchmarks.metrics.intervals import upper_limit
from benchmarks.metrics.rates import Rate, Unit, rate
from tests.builders_accuracy import a_profile
from tests.builders_scores import (
    ALARMS_IN_GROUP,
    DOCUMENT,
    ENROLLED,
    FAR,
    MEASURED,
    NEAR,
    PEOPLE_IN_GROUP,
    PIPELINE,
    STRANGERS,
    TODAY,
    a_list,
    alarmed,
    good_pairs,
    good_scores,
    good_use,
    ten_lists,
)

pytestmark = pytest.mark.law("A17", "C10", "D1", "D3")
ROOT = Path(__file__).resolve().parents[2]
GOOD = good_scores()
PASS, FAIL, OPEN = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_DEMONSTRATED
ORDER = (PASS, OPEN, FAIL)
EVIDENCE = evidence_of(GOOD, good_use())
OWN_THRESHOLD = a_profile().comparison.threshold


def asked(use: Use | None = None, *, today: date = TODAY, pipeline: str | None = PIPELINE) -> Asked:
    return Asked(use=use or good_use(), today=today, pipeline_sha256=pipeline)


def item(number: int, scores: ScoreFile | None = None, use: Use | None = None) -> Item:
    """One item, of a score file or of what the good one gives at its own threshold and list."""
    outcome = judge(EVIDENCE, asked(use)) if scores is None else gate(scores, asked(use))
    return outcome.items[number - 1]


def worse(one: Verdict, other: Verdict) -> bool:
    return ORDER.index(one) > ORDER.index(other)


def test_what_was_shown_whole_passes_whole() -> None:
    outcome = gate(GOOD, asked())
    assert [one.number for one in outcome.items] == list(range(1, 16))
    assert {one.number: one.why for one in outcome.items if one.verdict is not PASS} == {}
    assert outcome.verdict is PASS


def test_every_item_says_what_it_asks_and_where_that_comes_from() -> None:
    for one in judge(EVIDENCE, asked()).items:
        assert all((one.asks, one.found, one.limit, one.source))
        assert one.why.endswith(".")


# The words of evaluation.md 5.1, item by item. The numbers at the edges were worked out by hand, or stand in its
# section 6 (people and alarms for a claim).

UNSAID = {
    1: "profile_sha256",
    3: "budget",
    5: "expected_groups",
    8: "claims_no_difference",
    10: "traffic",
    11: "one_threshold_for_all",
    13: "confirmation",
    14: "camera_classes",
    15: "operation",
}


@pytest.mark.parametrize(("number", "field"), UNSAID.items())
def test_what_nobody_said_is_not_demonstrated(number: int, field: str) -> None:
    assert item(number, use=good_use(**{field: None})).verdict is OPEN
    assert judge(EVIDENCE, asked(good_use(**{field: None}))).verdict is OPEN


def searched(alarms: int, people: int) -> Rate:
    return rate(alarms, people, unit=Unit.PERSON, people=people)


def table(*counts: tuple[str, int, int]) -> GroupTable:
    return GroupTable(("sex",), tuple(((("sex", name),), searched(part, whole)) for name, part, whole in counts))


FEW = table(("female", 0, 100), ("male", 0, 100))
MILLIONS = table(("female", 600, 2_000_000), ("male", 600, 2_000_000))
NO_ALARM = table(("female", 0, 4000), ("male", 0, 4000))
FAIR = table(("female", 60, 200_000), ("male", 60, 200_000))
FIVE_TIMES = table(("female", 150, 200_000), ("male", 30, 200_000))
TWENTY_TIMES = table(("female", 600, 100_000), ("male", 30, 100_000))
UNEXPECTED = table(("female", 60, 200_000), ("male", 60, 200_000), ("unknown", 8, 8000))
TEN_PER_MILLION = Budget(false_alerts=1.0, passages=100_000, document=DOCUMENT)
JUST = Budget(false_alerts=upper_limit(0, 4000), passages=1, document=DOCUMENT)
LOOSE = Budget(false_alerts=1000.0, passages=1000, document=DOCUMENT)
CASES: list[tuple[int, dict[str, Any], dict[str, Any], Verdict]] = [
    (1, {}, {"profile_sha256": "b" * 64}, FAIL),
    (1, {"licences": frozenset({"MIT", "CC-BY-NC-4.0"})}, {}, FAIL),
    (1, {"pipeline_sha256": "e" * 64}, {}, FAIL),
    (2, {"lfw_accuracy": 0.9899}, {}, FAIL),
    (2, {"lfw_accuracy": 0.990}, {}, PASS),
    (2, {"lfw_accuracy": None}, {}, OPEN),
    (3, {"searches": (searched(0, 2995),)}, {}, PASS),
    (3, {"searches": (searched(0, 2994),)}, {}, OPEN),
    (3, {"searches": (searched(1, 4742),)}, {}, PASS),
    (3, {"searches": (searched(1, 4741),)}, {}, OPEN),
    (3, {"searches": (searched(0, 2995), searched(1, 2995))}, {}, OPEN),
    (3, {"searches": (searched(40, 2995),)}, {}, FAIL),
    (3, {"searches": (searched(40, 2995),)}, {"budget": None}, FAIL),
    (3, {"searches": (searched(40, 2995),)}, {"budget": LOOSE}, FAIL),
    (3, {"searches": (searched(0, 2995),)}, {"budget": TEN_PER_MILLION}, OPEN),
    (3, {"searches": (searched(0, 299_572),)}, {"budget": TEN_PER_MILLION}, PASS),
    (3, {"searches": (searched(10, 299_572),)}, {"budget": TEN_PER_MILLION}, FAIL),
    (3, {"searches": (searched(0, 4000),)}, {"budget": JUST}, PASS),
    (3, {"searches": ()}, {}, OPEN),
    (3, {"searches": (searched(0, 0),)}, {}, OPEN),
    (4, {"enrolled": 1000}, {"list_length": 1111}, PASS),
    (4, {"enrolled": 1000}, {"list_length": 1112}, FAIL),
    (4, {"enrolled": 900}, {"list_length": 1000}, PASS),
    (4, {"enrolled": 1000, "lists": 9}, {"list_length": 1000}, OPEN),
    (4, {"enrolled": 1000, "lists": 9}, {"list_length": 2000}, FAIL),
    (5, {"false_alarms": (FAIR,)}, {}, PASS),
    (5, {"false_alarms": (FAIR, FEW)}, {}, OPEN),
    (5, {"false_alarms": (FEW,)}, {}, OPEN),
    (5, {"false_alarms": (table(("female", 5, 4000), ("male", 60, 200_000)),)}, {}, OPEN),
    (5, {"false_alarms": ()}, {}, OPEN),
    (5, {"false_alarms": (TWENTY_TIMES, FAIR)}, {}, FAIL),
    (5, {"false_alarms": (TWENTY_TIMES, FAIR)}, {"expected_groups": None}, FAIL),
    (5, {"false_alarms": (UNEXPECTED,)}, {}, OPEN),
    (5, {"false_alarms": (FAIR,)}, {"budget": TEN_PER_MILLION}, FAIL),
    (5, {"false_alarms": (FAIR, table(("female", 2, 300), ("male", 0, 300)))}, {}, OPEN),
    (5, {"false_alarms": (FAIR, table(("female", 3, 300), ("male", 0, 300)))}, {}, FAIL),
    (5, {"false_alarms": (MILLIONS,)}, {"budget": TEN_PER_MILLION}, FAIL),
    (5, {"false_alarms": (table(("female", 0, 2999), ("male", 0, 3000)),)}, {}, OPEN),
    (5, {"false_alarms": (table(("female", 0, 0), ("male", 60, 200_000)),)}, {}, OPEN),
    (6, {"false_alarms": (FAIR,)}, {}, PASS),
    (6, {"false_alarms": (FIVE_TIMES,)}, {}, OPEN),
    (6, {"false_alarms": (FIVE_TIMES,)}, {"ratio_justification": DOCUMENT}, PASS),
    (6, {"false_alarms": (TWENTY_TIMES, FAIR)}, {"ratio_justification": DOCUMENT}, FAIL),
    (6, {"false_alarms": (NO_ALARM,)}, {"ratio_justification": DOCUMENT}, OPEN),
    (6, {"false_alarms": (FEW,)}, {}, OPEN),
    (7, {"misses": ()}, {}, OPEN),
    (7, {"misses": (table(("female", 5000, 10_000), ("male", 1000, 10_000)),)}, {}, FAIL),
    (7, {"misses": (table(("female", 1000, 10_000), ("male", 1100, 10_000)),)}, {}, PASS),
    (7, {"misses": (table(("female", 1000, 10_000), ("other", 1100, 10_000)),)}, {}, OPEN),
    (7, {"misses": (table(("female", 2, 100), ("male", 2, 100)),)}, {}, OPEN),
    (8, {"false_alarms": (NO_ALARM,)}, {}, OPEN),
    (8, {"false_alarms": (NO_ALARM,)}, {"claims_no_difference": False}, PASS),
    (8, {"false_alarms": (table(("female", 8, 9000), ("male", 8, 9000)),)}, {}, OPEN),
    (8, {"false_alarms": (table(("female", 9, 9000), ("male", 9, 9000)),)}, {}, PASS),
    (8, {"false_alarms": (table(("female", 8, 9000), ("male", 20, 9000)),)}, {}, OPEN),
    (8, {"false_alarms": (FEW,)}, {}, OPEN),
    (9, {"found": (searched(799, 1000),)}, {}, FAIL),
    (9, {"found": (searched(900, 1000), searched(799, 1000))}, {}, FAIL),
    (9, {"found": (searched(8, 10),)}, {}, OPEN),
    (9, {"found": (searched(900, 1000),)}, {}, PASS),
    (9, {"found": ()}, {}, OPEN),
    (10, {"searches": (searched(30, 10_000),)}, {}, FAIL),
    (10, {"searches": (searched(20, 10_000),)}, {}, OPEN),
    (10, {"searches": (searched(5, 10_000),)}, {}, PASS),
    (10, {"searches": ()}, {}, OPEN),
    (10, {}, {"reviewed_a_day": None}, OPEN),
    (11, {}, {"threshold": OWN_THRESHOLD + 0.01}, FAIL),
    (11, {}, {"threshold": OWN_THRESHOLD - 0.01}, PASS),
    (11, {}, {"one_threshold_for_all": False}, FAIL),
    (12, {"chosen_on_others": False}, {}, FAIL),
    (12, {"chosen_on_others": None}, {}, OPEN),
    (13, {}, {"confirmation": Confirmation(two_people_separately=False, reviewer_record=True)}, FAIL),
    (13, {}, {"confirmation": Confirmation(two_people_separately=True, reviewer_record=False)}, FAIL),
    (14, {"measured_on": date(2025, 11, 26)}, {}, PASS),
    (14, {"measured_on": date(2025, 11, 25)}, {}, FAIL),
    (14, {"measured_on": date(2026, 11, 27)}, {}, FAIL),
    (14, {}, {"camera_classes": ["passage"]}, FAIL),
    (14, {}, {"camera_classes": ["hall", "passage"]}, FAIL),
    (14, {"camera_class": "photographs"}, {}, OPEN),
    (14, {"camera_class": "photographs"}, {"camera_classes": ["photographs"]}, OPEN),
    (14, {}, {"changed_since_tested": ["population"]}, FAIL),
    (14, {}, {"changed_since_tested": None}, OPEN),
    (14, {}, {"profile_sha256": "b" * 64}, FAIL),
    (14, {}, {"list_length": 445}, FAIL),
    (14, {}, {"threshold": OWN_THRESHOLD + 0.01}, FAIL),
]
"""Items, what differs from what passes, and the verdict."""


@pytest.mark.parametrize(("number", "evidence", "use", "verdict"), CASES)
def test_each_item_at_its_edge(number: int, evidence: dict[str, Any], use: dict[str, Any], verdict: Verdict) -> None:
    stated = good_use(**use)
    likeness = {"wanted_threshold": -stated.threshold}
    once = {"on_one_list": evidence["searches"]} if "searches" in evidence else {}
    found = judge(replace(EVIDENCE, **{**likeness, **once, **evidence}), asked(stated)).items[number - 1]
    assert found.verdict is verdict, found
    assert found.why.endswith(".")


def months(*told: tuple[str, int, int, bool, str | None]) -> Operation:
    return Operation(
        months=[
            Month(month=name, faces=faces, false_alerts=alerts, drift=drift, explanation=why)
            for name, faces, alerts, drift, why in told
        ]
    )


OPERATIONS: list[tuple[Operation, Verdict]] = [
    (months(), PASS),
    (months(("2026-09", 1650, 3, False, None)), PASS),
    (months(("2026-09", 1650, 30, False, None)), FAIL),
    (months(("2026-09", 100_000, 0, False, None), ("2026-10", 1650, 30, False, None)), FAIL),
    (months(*((f"2026-0{month}", 2000, 4, False, None) for month in range(1, 10))), FAIL),
    (months(("2026-09", 10_000, 1, True, None), ("2026-10", 10_000, 1, True, None)), FAIL),
    (months(("2025-12", 10_000, 1, True, None), ("2026-01", 10_000, 1, True, None)), FAIL),
    (months(("2026-08", 10_000, 1, True, None), ("2026-10", 10_000, 1, True, None)), PASS),
    (months(("2026-09", 10_000, 1, True, "A new lamp."), ("2026-10", 10_000, 1, True, None)), PASS),
    (months(("2026-09", 0, 0, False, None)), PASS),
]
"""Three of 1,650 is above 1 in 1,000 and its lower limit is not (one of the Met's deployments was such a one)."""


@pytest.mark.parametrize(("told", "verdict"), OPERATIONS)
def test_operation_is_judged_by_its_lower_limit_and_by_two_months_of_drift(told: Operation, verdict: Verdict) -> None:
    assert item(15, use=good_use(operation=told)).verdict is verdict


def test_operation_is_held_to_the_deployments_own_limit() -> None:
    strict = good_use(budget=TEN_PER_MILLION, operation=months(("2026-09", 100_000, 10, False, None)))
    assert item(15, use=strict).verdict is FAIL
    assert item(15, use=good_use(operation=months(("2026-09", 100_000, 10, False, None)))).verdict is PASS


def test_one_failure_fails_the_whole_and_one_open_item_blocks_it() -> None:
    def verdict(**evidence: Any) -> Verdict:
        return judge(replace(EVIDENCE, **evidence), asked()).verdict

    assert verdict(lfw_accuracy=0.5, found=()) is FAIL
    assert verdict(found=()) is OPEN


def test_the_code_that_would_run_is_compared_too() -> None:
    assert judge(EVIDENCE, asked(pipeline=None)).items[0].verdict is OPEN
    assert judge(EVIDENCE, asked(pipeline="e" * 64)).items[0].verdict is FAIL


# From scores to figures: known answers.


def against(best: np.ndarray, scores: ScoreFile = GOOD) -> ScoreFile:
    return replace(scores, against=(replace(scores.against[0], best=best),))


def test_figures_are_what_the_scores_say() -> None:
    found = evidence_of(replace(GOOD, lists=(a_list(missed=41, alarms=7),), pairs=good_pairs(wrong=3)), good_use())
    assert found.lfw_accuracy == pytest.approx(1 - 3 / 200)
    assert found.enrolled == ENROLLED
    assert [(one.numerator, one.denominator) for one in found.found] == [(ENROLLED - 41, ENROLLED)]
    both = (2 * ALARMS_IN_GROUP, 2 * PEOPLE_IN_GROUP)
    assert [(one.numerator, one.denominator) for one in found.searches] == [(7, STRANGERS), both, both]
    assert found.misses == (table(("female", 21, 200), ("male", 20, 200)),)
    crossings = [one.kinds for one in found.false_alarms]
    assert crossings == [("age",), ("sex",), ("age", "sex")] * 2
    sexes = table(("female", ALARMS_IN_GROUP, PEOPLE_IN_GROUP), ("male", ALARMS_IN_GROUP, PEOPLE_IN_GROUP))
    assert found.false_alarms[1] == sexes


def test_whoever_is_searched_for_often_is_one_person_still() -> None:
    """Two people, the one searched for 90 times and found, the other 10 times and missed: 0.9, and nothing is shown."""
    people = np.array([0] * 91 + [1] * 11, dtype=np.uint32)
    hashes = np.random.default_rng(1).integers(0, 256, (102, 32), dtype=np.uint8)
    part = Part("two", "none", "0" * 64, PictureTable(hashes, people, {}), np.ones(102, dtype=np.bool_))
    own = np.array([NEAR] * 90 + [FAR] * 10)
    probes = np.array([*range(1, 91), *range(92, 102)], dtype=np.uint32)
    one = ListScores(1, np.array([0, 91], dtype=np.uint32), probes, own, own, np.zeros(100, dtype=np.uint32))
    found = searches_found(one, part, -0.45)
    assert (found.numerator, found.denominator, found.people) == (90, 100, 2)
    assert found.interval is not None
    assert found.interval.lower < 0.6
    assert judge(replace(EVIDENCE, found=(found,)), asked()).items[8].verdict is OPEN


def test_the_shortest_list_that_is_long_enough_speaks_with_all_shorter_ones() -> None:
    short = replace(GOOD.against[0], references=GOOD.against[0].references[:100], best=alarmed(60_000, 90))
    both = replace(GOOD, against=(short, *GOOD.against), lists=())
    assert evidence_of(both, good_use(list_length=111)).enrolled == 100
    assert evidence_of(both, good_use(list_length=112)).enrolled == ENROLLED
    ninety = replace(short, references=short.references[:90])
    exact = replace(GOOD, against=(ninety, *GOOD.against), lists=())
    assert evidence_of(exact, good_use(list_length=100)).enrolled == 90, "nine tenths are enough"
    assert max(one.numerator for one in evidence_of(both, good_use()).searches) == 90, "the shorter one counts as well"
    assert evidence_of(both, good_use(list_length=10_000)).enrolled == ENROLLED


def test_one_lucky_list_is_not_enough_nor_are_ten_of_which_somebody_chose_the_seeds() -> None:
    chosen = tuple(replace(one, seed=one.seed + 1) for one in GOOD.lists)
    short = tuple(replace(one, references=one.references[:50]) for one in GOOD.lists[:1])
    for lists, drawn in (((), 0), (GOOD.lists[:1], 1), (GOOD.lists[1:], 9), (chosen, 9), ((*GOOD.lists, *short), 1)):
        found = replace(GOOD, lists=lists)
        assert evidence_of(found, good_use()).lists == drawn
        assert item(4, found).verdict is OPEN
    assert item(4, replace(GOOD, lists=(*GOOD.lists, *chosen))).verdict is PASS


@settings(max_examples=10)
@given(st.sets(st.sampled_from(SEEDS)))
def test_what_passes_does_not_pass_with_a_list_left_out(kept: set[int]) -> None:
    assert gate(GOOD, asked()).verdict is PASS
    fewer = replace(GOOD, lists=tuple(one for one in GOOD.lists if one.seed in kept))
    assert gate(fewer, asked()).verdict is (PASS if kept == set(SEEDS) else OPEN)


def test_predicted_labels_never_gate() -> None:
    assert GOOD.probes is not None
    predicted = replace(GOOD, probes=replace(GOOD.probes, labels="predicted by a model"))
    assert [item(number, predicted).verdict for number in (5, 6, 8)] == [OPEN] * 3
    assert item(7, replace(GOOD, listed=replace(GOOD.listed, labels="none"))).verdict is OPEN


# Planted faults.


def test_a_threshold_chosen_on_one_who_is_tested_fails() -> None:
    assert GOOD.calibration is not None
    for number in (0, ENROLLED + 1, 2 * (ENROLLED + STRANGERS) + 17):  # listed, a stranger, one who passes by
        people = GOOD.calibration.people.copy()
        people[0] = number
        chosen = replace(GOOD, calibration=replace(GOOD.calibration, people=people))
        assert item(12, chosen).verdict is FAIL
        assert gate(chosen, asked()).verdict is FAIL


def test_a_record_of_another_threshold_is_no_record_of_this_one() -> None:
    assert GOOD.calibration is not None
    other = replace(GOOD, calibration=replace(GOOD.calibration, threshold=-0.2))
    assert item(12, other).verdict is OPEN
    assert item(12, replace(GOOD, calibration=None)).verdict is OPEN


def test_a_report_for_another_model_fails() -> None:
    fields = json.loads(GOOD.profile)
    fields["detector"]["least_score"] += 0.5
    other = replace(GOOD, profile=json.dumps(fields, sort_keys=True, separators=(",", ":")).encode())
    assert item(1, other).verdict is FAIL
    fields["detector"]["file"]["licence"] = "CC-BY-NC-4.0"
    forbidden = replace(GOOD, profile=json.dumps(fields, sort_keys=True, separators=(",", ":")).encode())
    assert item(1, forbidden, good_use(profile_sha256=forbidden.profile_sha256)).found == "CC-BY-NC-4.0"


def test_overlap_excluded_and_counted_both_count() -> None:
    assert GOOD.same_person is not None
    alarms = alarmed(2 * PEOPLE_IN_GROUP, 400)
    excluded = replace(against(alarms), same_person=alarms > FAR)
    assert item(3, excluded).verdict is FAIL, "who is left out by one way to count is counted by the other"
    assert item(5, excluded).verdict is FAIL


# Properties.

SMALL_GROUP = 4000
SMALL = good_scores(SMALL_GROUP, 0)
"""No alarm among them: enough for item 5, and nothing can be said of ratios."""
VERDICTS_OF_ALARMS = (3, 5, 9, 10, 12, 15)


@settings(max_examples=8)
@given(st.sets(st.integers(0, 2 * SMALL_GROUP - 1), max_size=20), st.integers(0, 2 * SMALL_GROUP - 1))
def test_one_more_false_alarm_never_helps(alarms: set[int], more: int) -> None:
    """Of items 6 and 8 it may: an alarm in the best group brings the groups nearer, and shows more."""

    def outcome(who: set[int]) -> Outcome:
        best = np.full(2 * SMALL_GROUP, FAR)
        best[sorted(who)] = NEAR
        return gate(against(best, SMALL), asked())

    before, after = outcome(alarms), outcome(alarms | {more})
    for number in VERDICTS_OF_ALARMS:
        assert not worse(before.items[number - 1].verdict, after.items[number - 1].verdict)


@settings(max_examples=8)
@given(st.integers(0, 40), st.integers(0, 5))
def test_one_more_alarm_of_a_stranger_never_helps(alarms: int, more: int) -> None:
    before = gate(replace(SMALL, lists=ten_lists(alarms=alarms)), asked())
    after = gate(replace(SMALL, lists=ten_lists(alarms=alarms + more)), asked())
    for one, other in zip(before.items, after.items, strict=True):
        assert not worse(one.verdict, other.verdict)
    assert not worse(before.verdict, after.verdict)


@settings(max_examples=25)
@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 400), st.integers(1000, 100_000))
def test_an_alarm_more_in_the_worst_group_never_helps_its_ratio(worst: int, best: int, more: int, people: int) -> None:
    low, high = sorted((worst, best))

    def verdict(alarms: int) -> Verdict:
        tables = (table(("female", alarms, people), ("male", low, people)),)
        return judge(replace(EVIDENCE, false_alarms=tables), asked()).items[5].verdict

    assert not worse(verdict(high), verdict(min(high + more, people)))


SEVERAL = replace(
    SMALL,
    against=tuple(
        replace(SMALL.against[0], references=SMALL.against[0].references[:enrolled], best=alarmed(8000, alarms))
        for enrolled, alarms in ((50, 2), (200, 0), (400, 30))
    ),
)


@settings(max_examples=8)
@given(st.integers(1, 1000), st.integers(0, 500))
def test_a_longer_list_never_helps(length: int, more: int) -> None:
    short, long = (gate(SEVERAL, asked(good_use(list_length=one))) for one in (length, length + more))
    for one, other in zip(short.items, long.items, strict=True):
        if one.number != 8:  # shorter lists alarm less, and so show less of a difference
            assert not worse(one.verdict, other.verdict), one.number


@settings(max_examples=20)
@given(st.integers(0, 800), st.integers(0, 800))
def test_a_later_day_never_helps(days: int, more: int) -> None:
    """From the day of measuring on; before it nothing is evidence."""
    first, later = (
        judge(EVIDENCE, asked(today=MEASURED + timedelta(days=one))).items[13] for one in (days, days + more)
    )
    assert not worse(first.verdict, later.verdict)


@settings(max_examples=8)
@given(st.integers(0, 80), st.integers(0, 80))
def test_exclusions_never_make_a_verdict_better_than_the_worse_of_both(alarms: int, excluded: int) -> None:
    best = alarmed(2 * SMALL_GROUP, alarms)
    marks = np.arange(2 * SMALL_GROUP) < excluded
    both = gate(replace(against(best, SMALL), same_person=marks), asked())
    whole = gate(against(best, SMALL), asked())
    for number in (3, 5, 6, 8, 10):
        assert not worse(whole.items[number - 1].verdict, both.items[number - 1].verdict)


@settings(max_examples=25)
@given(st.integers(0, 60), st.integers(0, 60))
def test_groups_of_too_few_people_never_pass_for_equal(alarms: int, others: int) -> None:
    groups = (table(("female", alarms, 300), ("male", others, 300)),)
    found = judge(replace(EVIDENCE, false_alarms=groups), asked())
    # Three alarms in 300 are more than 1 in 1,000, with two groups looked at: 2 have the lower limit 0.00081, 3 0.0021.
    assert found.items[4].verdict is (FAIL if max(alarms, others) > 2 else OPEN)
    assert [found.items[number - 1].verdict for number in (6, 8)] == [OPEN] * 2


def test_the_groups_that_are_shown_to_be_above_are_named_worst_first() -> None:
    groups = (table(("female", 9, 3000), ("male", 40, 300)), FAIR)
    found = judge(replace(EVIDENCE, false_alarms=groups), asked()).items[4]
    assert found.why == "More than the limit, by the lower limit: male, female."


@settings(max_examples=25)
@given(st.floats(0.001, 10**6), st.integers(1, 10**9))
def test_no_budget_lifts_the_limit_above_one_in_a_thousand(alerts: float, passages: int) -> None:
    use = good_use(budget=Budget(false_alerts=alerts, passages=passages, document=DOCUMENT))
    evidence: Evidence = replace(EVIDENCE, searches=(searched(1, 2995),))
    assert judge(evidence, asked(use)).items[2].verdict is not PASS
