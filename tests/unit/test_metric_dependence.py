"""Comparisons share people: variances by hand, what they promise, and people drawn anew (D2)."""

from itertools import combinations

import numpy as np
import pytest

from benchmarks.metrics.bootstrap import (
    fpir_replicates,
    percentile_interval,
    rate_replicates,
    ratio_replicates,
    recentred_interval,
)
from benchmarks.metrics.dependence import effective_size, fmr_of_subjects, fnmr_of_subjects, rate_of_subjects
from benchmarks.metrics.errors import MetricError, NothingToCount, NotScores
from benchmarks.metrics.identification import Searches
from benchmarks.metrics.intervals import Interval, Method, wilson, wilson_of_rate

pytestmark = pytest.mark.law("D2")


def test_one_comparison_each_is_worth_itself() -> None:
    rate = fnmr_of_subjects([0.1, 0.9, 0.9, 0.9], [1, 2, 3, 4], 0.5)
    assert rate.interval is not None
    assert (rate.numerator, rate.denominator, rate.people) == (1, 4, 4)
    assert (rate.interval.lower, rate.interval.upper) == pytest.approx((wilson(1, 4).lower, wilson(1, 4).upper))


def test_a_person_whose_every_comparison_fails_is_one_person() -> None:
    rate = fnmr_of_subjects([0.1] * 10 + [0.9] * 30, [1] * 10 + [2] * 10 + [3] * 10 + [4] * 10, 0.5)
    assert rate.interval is not None
    assert rate.interval.method is Method.SUBJECTS
    assert (rate.interval.lower, rate.interval.upper) == pytest.approx((wilson(1, 4).lower, wilson(1, 4).upper))


def by_hand(scores: list[float], pairs: list[tuple[int, int]], threshold: float) -> float:
    """The variance of an FMR, term by term as it is printed."""
    rate = sum(score >= threshold for score in scores) / len(scores)
    excess: dict[frozenset[int], float] = {}
    for score, pair in zip(scores, pairs, strict=True):
        excess[frozenset(pair)] = excess.get(frozenset(pair), 0.0) + (score >= threshold) - rate
    people = {person for pair in pairs for person in pair}
    own = [[value for pair, value in excess.items() if person in pair] for person in people]
    shared = sum(sum(values) ** 2 - sum(value**2 for value in values) for values in own)
    return (sum(value**2 for value in excess.values()) + max(0.0, shared)) / len(scores) ** 2


@pytest.mark.parametrize("seed", range(5))
def test_the_variance_of_strangers_is_the_printed_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    pairs = [pair for pair in combinations(range(12), 2) for _ in range(1 + seed % 2)]
    wolves = random.normal(size=12)
    scores = [float(wolves[a] + wolves[b] + random.normal()) for a, b in pairs]
    first, second = zip(*pairs, strict=True)
    rate, variance = fmr_of_subjects(scores, first, second, 1.0), by_hand(scores, pairs, 1.0)
    assert rate.value is not None
    size = effective_size(rate.value, variance)
    assert size is not None
    expected = wilson_of_rate(rate.value, min(len(scores), size))
    assert rate.interval is not None
    assert (rate.interval.lower, rate.interval.upper) == pytest.approx((expected.lower, expected.upper))


def test_comparisons_that_balance_one_another_are_no_better_than_alone() -> None:
    """Four people in two couples that match: what they share is below nothing (-24/9), and counts as nothing."""
    pairs = list(combinations(range(4), 2))
    scores = [float(pair in {(0, 1), (2, 3)}) for pair in pairs]
    first, second = zip(*pairs, strict=True)
    rate = fmr_of_subjects(scores, first, second, 0.5)
    assert by_hand(scores, pairs, 0.5) == pytest.approx(12 / 9 / 36)
    assert rate.interval is not None
    assert (rate.interval.lower, rate.interval.upper) == pytest.approx((wilson(2, 6).lower, wilson(2, 6).upper))


def test_comparisons_as_trials_promise_far_too_much() -> None:
    """Some people match everybody: the truth lies in the naive interval in few runs, in that of people in most."""
    random, people, threshold, naive, ours, runs = np.random.default_rng(5), 60, 3.0, 0, 0, 60
    first, second = zip(*combinations(range(people), 2), strict=True)
    wolf = random.normal(size=(400_000, 2)).sum(axis=1) + random.normal(size=400_000)
    truth = float((wolf >= threshold).mean())
    for _ in range(runs):
        person = random.normal(size=people)
        scores = person[list(first)] + person[list(second)] + random.normal(size=len(first))
        rate = fmr_of_subjects(scores, first, second, threshold)
        assert rate.interval is not None
        plain = wilson(rate.numerator, rate.denominator)
        naive += plain.lower <= truth <= plain.upper
        ours += rate.interval.lower <= truth <= rate.interval.upper
    assert naive <= 0.6 * runs
    assert ours >= 0.8 * runs


def test_no_error_is_worth_its_people_and_not_its_comparisons() -> None:
    first, second = zip(*combinations(range(20), 2), strict=True)
    rate = fmr_of_subjects([0.0] * 190, first, second, 0.5)
    assert rate.interval is not None
    assert rate.interval.upper == pytest.approx(wilson(0, 20).upper)


def test_comparisons_are_never_worth_more_than_they_are() -> None:
    """Ten people miss one of two each, and one of them both: so alike that the variance is that of 110 comparisons."""
    errors = np.array([True, False] * 9 + [True, True])
    rate = rate_of_subjects(errors, np.repeat(np.arange(10), 2))
    assert rate.interval is not None
    assert rate.interval.upper == pytest.approx(wilson_of_rate(0.55, 20).upper)


def test_two_people_are_one_pair_whoever_of_them_stands_first() -> None:
    scores = [0.9, 0.9, 0.1, 0.1]
    one, turned = (
        fmr_of_subjects(scores, first, [2, b, 4, 6], 0.5) for first, b in (([1, 1, 3, 5], 2), ([1, 2, 3, 5], 1))
    )
    assert one.interval == turned.interval


def test_one_person_says_nothing_of_people() -> None:
    rate = fnmr_of_subjects([0.1, 0.9], [1, 1], 0.5)
    assert rate.interval is None
    assert rate.reason is not None


def test_comparisons_without_their_people_are_refused() -> None:
    with pytest.raises(NotScores, match="its person"):
        fnmr_of_subjects([0.1, 0.2], [1], 0.5)
    with pytest.raises(NotScores, match="two people"):
        fmr_of_subjects([0.1, 0.2], [1], [2], 0.5)
    with pytest.raises(NotScores, match="both sides"):
        fmr_of_subjects([0.1, 0.2], [1, 2], [1, 3], 0.5)


def test_at_the_threshold_matches_whichever_people_are_known() -> None:
    assert fnmr_of_subjects([0.5, 0.4], [1, 2], 0.5).numerator == 1
    assert fmr_of_subjects([0.5, 0.4], [1, 2], [3, 4], 0.5).numerator == 1


def some_searches() -> Searches:
    random = np.random.default_rng(2)
    return Searches.of(random.normal(size=(300, 40)), [-1] * 300, people=np.repeat(np.arange(100), 3))


def test_the_same_seed_draws_the_same_people() -> None:
    one, two, other = (fpir_replicates(some_searches(), 2.5, seed=seed, replicates=250) for seed in (1, 1, 2))
    assert (one == two).all()
    assert (one != other).any()
    assert one.shape == (250,)


def test_people_drawn_anew_vary_more_than_searches_would() -> None:
    errors, people = np.repeat(np.arange(50) < 10, 20), np.repeat(np.arange(50), 20)
    spread = rate_replicates(errors, people, seed=1).std()
    assert spread == pytest.approx((0.2 * 0.8 / 50) ** 0.5, rel=0.1), "fifty people, and not a thousand samples"


def test_searches_of_one_person_are_drawn_together() -> None:
    """Of 40 people one half is searched for once, the other nine times, and a tenth of the searches alarm in a few."""
    people = [*range(20), *(20 + at // 9 for at in range(180))]
    alarming = [at >= 20 and person in {20, 21} for at, person in enumerate(people)]
    scores = [[1.0, 1.0] if alarms else [0.0, 0.0] for alarms in alarming]
    rates = fpir_replicates(Searches.of(scores, [-1] * 200, people), 0.5, seed=1)
    assert rates.max() <= 1
    # Two of 40 people carry all 18 alarms: drawn as people the rate varies by about 0.06, drawn as searches by 0.02.
    assert 0.045 < rates.std() < 0.08


def test_a_biased_curve_is_moved_by_its_mean() -> None:
    skewed = np.append(np.zeros(900), np.full(100, 1.0))
    moved = recentred_interval(skewed, observed=0.2, confidence=0.5)
    assert moved is not None
    assert (moved.lower, moved.upper) == pytest.approx((0.1, 0.1)), "the mean is 0.1, the median 0"


def test_a_person_who_matches_whoever_is_on_the_list_is_drawn_with_the_list() -> None:
    scores = np.zeros((200, 10))
    scores[:, 0] = np.arange(200) < 20
    rates = fpir_replicates(Searches.of(scores, [-1] * 200), 0.5, seed=1)
    assert (rates == 0).mean() == pytest.approx(0.9**10, abs=0.04), "the one who is matched is not drawn so often"


def test_intervals_of_replicates() -> None:
    replicates = np.append(np.linspace(0, 1, 1001), [np.nan])
    interval = percentile_interval(replicates)
    assert interval is not None
    assert (interval.lower, interval.upper, interval.method) == (
        pytest.approx(0.025),
        pytest.approx(0.975),
        Method.BOOTSTRAP,
    )
    centred = recentred_interval(replicates, observed=0.6)
    assert centred is not None
    assert (centred.lower, centred.upper) == pytest.approx((0.125, 1.0)), "a rate ends at 1"
    assert percentile_interval(np.array([np.nan])) is None
    endless = percentile_interval(np.append(np.linspace(0, 1, 961), np.full(40, np.inf)))
    assert endless is not None
    assert (endless.lower, endless.upper) == (pytest.approx(25 / 960), np.inf), "left out, 1 would be its end"
    assert percentile_interval(np.array([0.0, 1.0]), 0.5) == Interval(0.0, 1.0, 0.5, Method.BOOTSTRAP), "outwards"


def test_a_ratio_without_a_best_is_endless_and_not_left_out_as_one() -> None:
    ratios = ratio_replicates([np.array([0.2, 0.1, 0.0]), np.array([0.1, 0.0, 0.0])])
    assert ratios[0] == 2
    assert ratios[1] == np.inf
    assert np.isnan(ratios[2])


def test_nothing_to_draw_from_is_refused() -> None:
    with pytest.raises(NothingToCount, match="non-mated"):
        fpir_replicates(Searches.of([[0.1]], [0]), 0.5, seed=1)
    with pytest.raises(NothingToCount, match="nothing to draw"):
        rate_replicates(np.array([], dtype=bool), np.array([], dtype=int), seed=1)
    with pytest.raises(MetricError, match="one replicate"):
        fpir_replicates(some_searches(), 0.5, seed=1, replicates=0)
