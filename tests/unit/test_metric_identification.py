"""Searches of an open set: both levels, ties against the system, wrong identities, several probes (D1)."""

import math

import numpy as np
import pytest

from benchmarks.metrics.errors import MetricError, NothingToCount, NotScores
from benchmarks.metrics.identification import (
    Searches,
    fnir,
    fpir,
    match_characteristic,
    people_alarmed,
    selectivity,
    threshold_for_fpir,
    tpir,
    wrong_identity,
)
from benchmarks.metrics.intervals import Method
from benchmarks.metrics.list_size import fmr_for_fpir, fpir_from_fmr, longest_list
from benchmarks.metrics.rates import Unit
from benchmarks.metrics.streams import Sightings, false_alarms, found, per_camera_hour, precision

pytestmark = pytest.mark.law("D1")
NAN = math.nan

SEARCHES = Searches.of(
    [
        [0.9, 0.1, 0.2],  # mated to 0, found
        [0.6, 0.7, 0.1],  # mated to 0, second behind somebody else
        [0.5, 0.5, 0.1],  # mated to 1, a tie, which counts against the system
        [0.1, 0.1, 0.4],  # mated to 2, below the threshold
        [NAN, NAN, NAN],  # mated to 2, no template
        [0.8, 0.6, 0.1],  # stranger, two candidates
        [0.1, 0.5, 0.1],  # stranger, one candidate at the threshold
        [0.1, 0.2, 0.3],  # stranger, none
        [NAN, NAN, NAN],  # stranger, no template
    ],
    [0, 0, 1, 2, 2, -1, -1, -1, -1],
)


def test_false_positives_are_searches_with_any_candidate_at_both_levels() -> None:
    both = fpir(SEARCHES, 0.5)
    assert (both.matcher.numerator, both.matcher.denominator) == (2, 3)
    assert (both.system.numerator, both.system.denominator) == (2, 4)


def test_misses_are_by_rank_and_threshold_and_a_tie_is_one() -> None:
    assert (fnir(SEARCHES, 0.5).matcher.numerator, fnir(SEARCHES, 0.5).matcher.denominator) == (3, 4)
    assert (fnir(SEARCHES, 0.5).system.numerator, fnir(SEARCHES, 0.5).system.denominator) == (4, 5)
    assert fnir(SEARCHES, 0.5, rank=2).matcher.numerator == 1
    assert tpir(SEARCHES, 0.5).system.numerator == 1


def test_somebody_else_first_has_a_line_of_its_own() -> None:
    both = wrong_identity(SEARCHES, 0.5)
    assert (both.matcher.numerator, both.matcher.denominator) == (2, 4), "the one behind, and the tie"


def test_selectivity_is_what_a_reviewer_must_look_at() -> None:
    assert selectivity(SEARCHES, 0.5, 10).value == 3 / 4
    assert selectivity(SEARCHES, 0.5, 1).value == 2 / 4


def test_without_a_threshold_only_ranks_count() -> None:
    assert [one.value for one in match_characteristic(SEARCHES, 3)] == [0.5, 1.0, 1.0]


def test_the_threshold_keeps_the_target_on_strangers() -> None:
    assert threshold_for_fpir(SEARCHES, 0.5).value == 0.8
    assert threshold_for_fpir(SEARCHES, 0.1).value == math.nextafter(0.8, 1)
    assert not threshold_for_fpir(SEARCHES, 0.1).resolvable


def test_a_target_of_just_one_alarm_is_kept_and_can_be_resolved() -> None:
    four = Searches.of([[0.1], [0.2], [0.3], [0.4]], [-1] * 4)
    found = threshold_for_fpir(four, 0.25)
    assert (found.value, found.achieved, found.resolvable) == (0.4, 0.25, True)
    finer = threshold_for_fpir(four, 0.2499)
    assert (finer.value, finer.achieved, finer.resolvable) == (math.nextafter(0.4, 1), 0.0, False)


@pytest.mark.parametrize("fmr", [1e-7, 3.3e-5, 0.02])
def test_the_longest_list_is_the_very_one_that_reaches_the_rate(fmr: float) -> None:
    assert [longest_list(fmr, fpir_from_fmr(fmr, length)) for length in range(1, 100)] == list(range(1, 100))


@pytest.mark.parametrize(
    ("transit", "person", "unit", "given"),
    [
        ([1, 2], [1, 2], Unit.TRANSIT, True),
        ([1, 2], [1, 1], Unit.TRANSIT, False),
        ([1, 2], [1, 2], Unit.FRAME, False),
        ([1, 2], [1, 2], Unit.TRACK, False),
    ],
)
def test_only_passes_of_one_each_are_independent(
    transit: list[int], person: list[int], unit: Unit, *, given: bool
) -> None:
    two = np.array(transit)
    sightings = Sightings(np.array([0.9, 0.1]), two, two, np.array(person), np.zeros(2, dtype=bool))
    assert (false_alarms(sightings, 0.5, unit).interval is not None) is given


def test_people_are_counted_once_however_often_they_are_searched_for() -> None:
    twice = Searches.of([[0.9], [0.1], [0.1]], [-1, -1, -1], people=[7, 7, 8])
    interval = fpir(twice, 0.5).system.interval
    assert interval is not None
    assert interval.method is Method.SUBJECTS, "its searches share people"
    rate = people_alarmed(twice, 0.5)
    assert (rate.numerator, rate.denominator, rate.unit) == (1, 2, "person")
    assert rate.interval is not None


def test_one_probe_each_has_an_interval() -> None:
    assert fpir(SEARCHES, 0.5).system.interval is not None


def test_no_stranger_is_no_rate() -> None:
    assert fpir(Searches.of([[0.9]], [0]), 0.5).system.value is None
    with pytest.raises(NothingToCount, match="non-mated"):
        selectivity(Searches.of([[0.9]], [0]), 0.5, 1)


@pytest.mark.parametrize(
    ("scores", "mate", "people", "sentence"),
    [
        ([[0.1, NAN]], [-1], None, "lacks all"),
        ([[0.1]], [1], None, "no column"),
        ([[0.1]], [-2], None, "no column"),
        ([[0.1]], [-1, -1], None, "one mate each"),
        ([[0.1]], [-1], [1, 2], "person behind"),
    ],
)
def test_searches_that_do_not_fit_are_refused(scores: object, mate: list[int], people: object, sentence: str) -> None:
    with pytest.raises(NotScores, match=sentence):
        Searches.of(scores, mate, people)  # type: ignore[arg-type]


@pytest.mark.parametrize("scores", [np.zeros((0, 3)), np.zeros((2, 0))])
def test_nobody_to_search_among_is_refused(scores: np.ndarray) -> None:
    with pytest.raises(NothingToCount, match="nobody is enrolled"):
        Searches.of(scores, [-1] * scores.shape[0])


def test_ranks_and_lengths_begin_at_one() -> None:
    for ask in (
        lambda: fnir(SEARCHES, 0.5, 0),
        lambda: selectivity(SEARCHES, 0.5, 0),
        lambda: match_characteristic(SEARCHES, 0),
    ):
        with pytest.raises(MetricError, match="1 or more"):
            ask()


def test_a_longer_list_alarms_more_as_published() -> None:
    """1 in 6,000 at a list of 10,000 was published with 1 in 60,000 at 1,000 (NPL 2023)."""
    assert 1 / fpir_from_fmr(fmr_for_fpir(1 / 6000, 10_000), 1000) == pytest.approx(59_996, abs=1)
    assert fmr_for_fpir(1e-3, 1000) == pytest.approx(1.0e-6, rel=1e-3)
    assert fpir_from_fmr(5e-4, 1000) == pytest.approx(0.39, abs=0.005)


def test_the_longest_list_keeps_its_limit_and_one_more_breaks_it() -> None:
    longest = longest_list(1e-6, 1e-3)
    assert longest is not None
    assert fpir_from_fmr(1e-6, longest) <= 1e-3 < fpir_from_fmr(1e-6, longest + 1)
    assert longest_list(0.0, 1e-3) is None
    assert longest_list(0.5, 1e-3) == 0


def a_stream() -> Sightings:
    """Two strangers and one listed person; the first stranger's transit broke into two tracks."""
    return Sightings(
        score=np.array([0.1, 0.6, 0.7, 0.2, NAN, 0.9]),
        track=np.array([1, 1, 2, 3, 3, 4]),
        transit=np.array([1, 1, 1, 2, 2, 3]),
        person=np.array([10, 10, 10, 11, 11, 12]),
        listed=np.array([False, False, False, False, False, True]),
    )


@pytest.mark.parametrize(("unit", "counts"), [(Unit.FRAME, (2, 5)), (Unit.TRACK, (2, 3)), (Unit.TRANSIT, (1, 2))])
def test_one_stream_has_a_rate_for_each_unit(unit: Unit, counts: tuple[int, int]) -> None:
    rate = false_alarms(a_stream(), 0.5, unit)
    assert (rate.numerator, rate.denominator, rate.people) == (*counts, 2)
    assert (rate.interval is not None) == (unit is Unit.TRANSIT)


def test_a_stream_is_not_counted_by_searches() -> None:
    with pytest.raises(MetricError, match="frame, track or transit"):
        false_alarms(a_stream(), 0.5, Unit.SEARCH)


def test_what_a_camera_hour_costs_and_what_an_alert_is_worth() -> None:
    assert per_camera_hour(3, 12.0).value == 0.25
    assert per_camera_hour(3, 0.0).value is None
    assert precision(3, 4).value == 0.75
    assert precision(0, 0).value is None
    assert found([True, False, True]).value == pytest.approx(2 / 3)
