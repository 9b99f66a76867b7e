"""Groups two by two: what lies plainly apart, by limits that hold together; what could have been seen (D3, D4)."""

import pytest
from scipy import stats

from benchmarks.metrics.errors import MetricError
from benchmarks.metrics.pairs import Counted, apart, smallest_ratio
from benchmarks.metrics.sample_size import smallest_ratio_seen

pytestmark = pytest.mark.law("C10", "D3", "D4")


def test_two_groups_too_small_for_a_claim_can_lie_plainly_apart() -> None:
    """51 of 363 against 1 of 516, each at 97.5 %: lower 0.10212 over upper 0.012302, by the beta distribution."""
    told = apart([Counted("a", 51, 363), Counted("b", 1, 516)])
    (pair,) = told.pairs
    assert (pair.worse, pair.better, told.compared) == ("a", "b", 1)
    assert told.confidence_each == pytest.approx(0.975)
    assert pair.factor == pytest.approx(0.102117 / 0.0123019, rel=1e-4)
    assert pair.factor == pytest.approx(
        float(stats.beta.ppf(0.0125, 51, 313)) / float(stats.beta.ppf(0.9875, 2, 515)), rel=1e-9
    )


def test_the_more_groups_the_wider_is_each_interval() -> None:
    two = apart([Counted("a", 51, 363), Counted("b", 1, 516)])
    ten = apart([Counted("a", 51, 363), Counted("b", 1, 516), *(Counted(str(at), 9, 400) for at in range(8))])
    assert ten.confidence_each == pytest.approx(0.995)
    assert ten.groups[0].interval.lower < two.groups[0].interval.lower
    assert next(one for one in ten.pairs if one.better == "b").factor < two.pairs[0].factor


def test_what_cannot_be_excluded_has_a_number_only_where_somebody_was_counted() -> None:
    told = apart([Counted("a", 20, 100), Counted("b", 5, 100)])
    a, b = told.groups
    assert (told.worst, told.best) == ("a", "b")
    assert told.not_excluded.value == pytest.approx(a.interval.upper / b.interval.lower)
    none = apart([Counted("a", 20, 100), Counted("b", 0, 100)]).not_excluded
    assert none.value is None
    assert none.reason == "No number of times is excluded: in b nobody of 100 was counted."


def test_nobody_is_left_out_and_nothing_is_made_of_nothing() -> None:
    told = apart([Counted("a", 1, 10), Counted("empty", 0, 0)])
    assert ([one.name for one in told.groups], told.pairs, told.compared) == (["a"], (), 0)
    assert told.not_excluded.value is None
    assert told.detectable.value is None
    assert (apart([]).groups, apart([]).worst) == ((), None)
    assert apart([Counted("a", 0, 10), Counted("b", 0, 10)]).detectable.value is None


def test_a_group_twice_is_refused() -> None:
    with pytest.raises(MetricError, match="twice"):
        apart([Counted("a", 1, 10), Counted("a", 2, 10)])


def test_the_smallest_ratio_agrees_with_the_known_one_for_equal_groups() -> None:
    """8.6 expected alarms in the better group see a ratio of 3 (evaluation.md 6)."""
    assert smallest_ratio(8600, 8600, 1e-3).value == pytest.approx(smallest_ratio_seen(8.6), rel=1e-3)
    assert smallest_ratio(8600, 8600, 1e-3).value == pytest.approx(3, abs=0.05)


def test_fewer_people_and_more_comparisons_see_less() -> None:
    found = [smallest_ratio(people, people, 0.01, significance=level).value for people, level in SEEN]
    assert all(one is not None for one in found)
    assert found == sorted(found, key=lambda one: one or 0)


SEEN = [(5000, 0.05), (5000, 0.05 / 28), (500, 0.05 / 28), (100, 0.05 / 28)]


@pytest.mark.parametrize("given", [(0, 10, 0.1), (10, 0, 0.1), (10, 10, 0.0), (10, 10, 1.1)])
def test_what_cannot_be_asked_is_refused(given: tuple[int, int, float]) -> None:
    with pytest.raises(MetricError):
        smallest_ratio(*given)


def test_what_could_have_been_seen_is_corrected_for_all_pairs_and_told_of_large_and_of_small_groups() -> None:
    found = apart([Counted("a", 20, 1000), Counted("b", 10, 500), Counted("c", 2, 100)])
    rate, corrected = 32 / 1600, 0.05 / 3
    assert found.detectable.value == smallest_ratio(1000, 500, rate, significance=corrected).value
    assert found.detectable_among_small.value == smallest_ratio(500, 100, rate, significance=corrected).value
    uncorrected = smallest_ratio(1000, 500, rate).value
    assert uncorrected is not None
    assert found.detectable.value is not None
    assert found.detectable.value > uncorrected
