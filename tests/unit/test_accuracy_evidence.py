"""From scores to what the gate judges: who is counted, at which score, and how often (A17, C10, D1)."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.accuracy.envelope import envelope_of
from benchmarks.accuracy.evidence import evidence_of, people_tested
from benchmarks.accuracy.gate import gate
from benchmarks.accuracy.gate_values import Asked, Outcome, Verdict
from benchmarks.accuracy.score_file import ListScores
from benchmarks.metrics.intervals import wilson
from tests.builders_accuracy import a_profile
from tests.builders_scores import (
    ENROLLED,
    NEAR,
    PIPELINE,
    STRANGERS,
    TODAY,
    a_list,
    good_scores,
    good_use,
    references,
)

pytestmark = pytest.mark.law("A17", "C10", "D1")
FAIL, OPEN, PASS = Verdict.FAILED, Verdict.NOT_DEMONSTRATED, Verdict.PASSED
SMALL = good_scores(4000, 0)
AT = a_profile().comparison.least_likeness


def asked(**changed: object) -> Asked:
    return Asked(use=good_use(**changed), today=TODAY, pipeline_sha256=PIPELINE)


def test_whoever_scores_just_the_threshold_alarms_and_is_found() -> None:
    one = a_list(missed=ENROLLED)
    best, own = one.best.copy(), one.own.copy()
    best[0] = own[0] = best[ENROLLED] = AT
    passing = SMALL.against[0].best.copy()
    passing[0] = AT
    edge = replace(SMALL, lists=(replace(one, best=best, own=own),), against=(replace(SMALL.against[0], best=passing),))
    found = evidence_of(edge, good_use())
    assert [rate.numerator for rate in found.found] == [1]
    assert [rate.numerator for rate in found.searches] == [1, 1, 1], "a stranger; one who passes, by both ways to count"
    assert [rate.numerator for rate in found.on_one_list] == [1, 1, 1]
    of_sex = [dict(table.groups) for table in found.false_alarms if table.kinds == ("sex",)]
    assert [table[(("sex", "female"),)].numerator for table in of_sex] == [1, 1]
    assert [table[(("sex", "male"),)].numerator for table in of_sex] == [0, 0]


def test_the_limit_of_finds_is_one_sided() -> None:
    """360 of 400 people, one search each: 95 % on one side is the end of 90 % on both."""
    (rate,) = evidence_of(replace(SMALL, lists=(a_list(missed=40),)), good_use()).found
    assert rate.interval is not None
    assert rate.interval.lower == pytest.approx(1 - wilson(40, 400, 0.90).upper)


def test_misses_are_of_the_first_seed_whatever_others_found() -> None:
    lists = tuple(replace(a_list(missed=missed), seed=seed) for seed, missed in ((2, 0), (1, 40), (3, 0)))
    (table,) = evidence_of(replace(SMALL, lists=lists), good_use()).misses
    assert [rate.numerator for _, rate in table.groups] == [20, 20]


def test_a_mate_that_is_not_first_is_missed() -> None:
    one = a_list(missed=0)
    tied = replace(one, others=np.where(np.arange(one.others.size) == 5, 1, 0).astype(np.uint32))
    (found,) = evidence_of(replace(SMALL, lists=(tied,)), good_use()).found
    assert found.numerator == ENROLLED - 1


def test_the_figures_are_of_the_threshold_that_would_run() -> None:
    lists = (a_list(missed=0),)
    stricter = evidence_of(replace(SMALL, lists=lists), good_use(threshold=0.05))
    assert stricter.found[0].numerator == 0, "all scores are -0.1, and the wanted threshold asks for -0.05"
    assert [one.numerator for one in stricter.searches] == [0, 0, 0]


def on_seeds(*alarms: range) -> tuple[ListScores, ...]:
    """Lists of one length by rising seed, with the strangers who alarm on each."""
    made = []
    for seed, who in enumerate(alarms, start=1):
        best = a_list().best.copy()
        best[[ENROLLED + at for at in who]] = NEAR
        made.append(replace(a_list(), seed=seed, best=best))
    return tuple(made)


def test_whoever_is_searched_for_on_ten_lists_fails_nothing_by_alarming_on_any() -> None:
    """Two of 3,050 on each list is below 1 in 1,000; 20 of 3,050 on any of ten is not, and would have failed."""
    scores = replace(SMALL, lists=on_seeds(*(range(2 * at, 2 * at + 2) for at in range(10))))
    found = evidence_of(scores, good_use())
    assert (found.searches[0].numerator, found.on_one_list[0].numerator) == (20, 2)
    assert {one.denominator for one in (found.searches[0], found.on_one_list[0])} == {STRANGERS}
    assert gate(scores, asked()).items[2].verdict is OPEN, "nor is it passed: some list may alarm more"
    assert gate(scores, asked(reviewed_a_day=40)).items[9].verdict is OPEN


def test_use_is_compared_with_what_one_list_alarmed() -> None:
    """An envelope with the alarms of ten lists would let operation on one alarm ten times as often."""
    scores = replace(SMALL, lists=on_seeds(range(0), range(1), range(1, 2)))
    evidence = evidence_of(scores, good_use())
    assert (evidence.searches[0].numerator, evidence.on_one_list[0].numerator) == (2, 0)
    envelope = envelope_of(scores, evidence, good_use(), Outcome((), PASS))
    assert envelope is not None
    assert (envelope.people_searched, envelope.false_alarms) == (STRANGERS, 0)


def test_a_list_that_alarms_too_many_fails_whatever_further_lists_do() -> None:
    many = replace(SMALL, lists=on_seeds(range(20), range(0)))
    assert gate(many, asked()).items[2].verdict is FAIL
    assert gate(many, asked()).items[2].found == f"20 of {STRANGERS:,}"


def test_whoever_is_on_a_list_by_their_only_picture_is_tested_too() -> None:
    """The first of those who calibrated, enrolled and never searched for."""
    calibrator = references().copy()
    calibrator[0] = 2 * ENROLLED + STRANGERS
    assert SMALL.listed.table.people[calibrator[0]] == ENROLLED + STRANGERS
    assert ENROLLED + STRANGERS not in people_tested(SMALL)
    for listed in (
        replace(SMALL, lists=(replace(SMALL.lists[0], references=calibrator),)),
        replace(SMALL, against=(replace(SMALL.against[0], references=calibrator),)),
    ):
        assert ENROLLED + STRANGERS in people_tested(listed)
        assert gate(listed, asked()).items[11].verdict is FAIL
