"""One-to-one errors: ties, unreachable targets, three equal error rates, and scikit-learn beside them (D1)."""

import math

import numpy as np
import pytest
from sklearn.metrics import det_curve, roc_auc_score, roc_curve

from benchmarks.metrics import acquisition
from benchmarks.metrics.curves import det
from benchmarks.metrics.equal_error import eer_convex_hull, eer_midpoint
from benchmarks.metrics.errors import MetricError, NothingToCount, NotScores
from benchmarks.metrics.likelihood_ratios import cllr
from benchmarks.metrics.quality import error_versus_discard
from benchmarks.metrics.scores import acquired
from benchmarks.metrics.verification import auc, d_prime, fmr, fnmr, tar_at_fmr, threshold_for_fmr

pytestmark = pytest.mark.law("D1")


def some_scores(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return np.round(random.normal(2, 1, 300), 1), np.round(random.normal(0, 1, 900), 1)


def test_a_score_at_the_threshold_matches() -> None:
    assert fmr([0.2, 0.5, 0.5, 0.9], 0.5).value == 0.75
    assert fnmr([0.2, 0.5, 0.5, 0.9], 0.5).value == 0.25


def test_rates_carry_their_counts_and_no_interval_that_ignores_people() -> None:
    rate = fmr([0.1, 0.2, 0.8], 0.5)
    assert (rate.numerator, rate.denominator, rate.unit, rate.interval) == (1, 3, "comparison", None)


@pytest.mark.parametrize("ask", [fmr, fnmr])
def test_a_rate_over_nothing_is_refused(ask: object) -> None:
    with pytest.raises(NothingToCount, match="not zero"):
        ask([], 0.5)  # type: ignore[operator]


def test_a_score_that_is_none_is_refused_and_counted_apart() -> None:
    with pytest.raises(NotScores, match="failures to acquire"):
        fmr([0.1, math.nan], 0.5)
    with pytest.raises(NotScores, match="one list"):
        fmr([[0.1], [0.2]], 0.5)  # type: ignore[list-item]
    scores, failures = acquired([0.1, math.nan, 0.3])
    assert (list(scores), failures) == ([0.1, 0.3], 1)


TARGETS = [
    # non_mated scores, target, threshold: never nearest, always kept
    ([0.5, 0.6, 0.7, 0.8, 1.0, 1.0, 1.0, 1.0], 0.5, 1.0),
    ([0.5, 0.6, 0.7, 0.8, 1.0, 1.0, 1.0, 1.0], 0.4, math.nextafter(1.0, 2)),
    (list(range(10)), 0.09, math.nextafter(9.0, 10)),
    (list(range(10)), 0.11, 9.0),
    (list(range(10)), 0.91, 1.0),
    (list(range(10)), 1.0, 0.0),
]


@pytest.mark.parametrize(("non_mated", "target", "threshold"), TARGETS)
def test_the_threshold_is_the_lowest_that_keeps_the_target(
    non_mated: list[float], target: float, threshold: float
) -> None:
    chosen = threshold_for_fmr(non_mated, target)
    assert chosen.value == threshold
    assert chosen.achieved == fmr(non_mated, threshold).value <= target


def test_a_target_finer_than_one_error_is_marked() -> None:
    assert threshold_for_fmr(range(10), 0.1).resolvable
    assert not threshold_for_fmr(range(10), 0.09).resolvable


@pytest.mark.parametrize("target", [-0.1, 1.1, math.nan])
def test_a_target_that_is_no_fraction_is_refused(target: float) -> None:
    with pytest.raises(MetricError, match="fraction"):
        threshold_for_fmr([1.0], target)


def test_true_accepts_are_at_the_threshold_and_not_at_the_best_point_of_a_curve() -> None:
    mated, non_mated = [7.0, 6.0, 5.0, 5.0], [5.0, 5.0, 4.0, 3.0]
    reached = tar_at_fmr(mated, non_mated, 0.25)
    assert (reached.threshold.value, reached.threshold.achieved) == (math.nextafter(5.0, 6), 0.0)
    assert reached.tar.value == 0.5


def test_area_and_curve_are_those_of_scikit_learn() -> None:
    mated, non_mated = some_scores()
    labels, scores = np.r_[np.ones(mated.size), np.zeros(non_mated.size)], np.r_[mated, non_mated]
    assert auc(mated, non_mated).value == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    ours, (false_matches, misses, thresholds) = det(mated, non_mated), det_curve(labels, scores)
    place = np.searchsorted(ours.thresholds, thresholds)
    assert ours.fmr[place] == pytest.approx(false_matches, abs=1e-12)
    assert ours.fnmr[place] == pytest.approx(misses, abs=1e-12)
    false_matches, accepts, thresholds = roc_curve(labels, scores, drop_intermediate=False)
    place = np.searchsorted(ours.thresholds, thresholds[1:])
    assert 1 - ours.fnmr[place] == pytest.approx(accepts[1:], abs=1e-12)


def test_a_curve_ends_where_nothing_matches() -> None:
    curve = det([2.0, 3.0], [1.0, 2.0])
    assert list(curve.thresholds) == [1.0, 2.0, 3.0, math.inf]
    assert list(curve.fmr) == [1.0, 0.5, 0.0, 0.0]
    assert list(curve.fnmr) == [0.0, 0.0, 0.5, 1.0]


def test_equal_errors_differ_by_their_definition() -> None:
    mated, non_mated = some_scores()
    midpoint, hull = eer_midpoint(mated, non_mated), eer_convex_hull(mated, non_mated)
    assert midpoint.low <= midpoint.value <= midpoint.high
    assert hull == pytest.approx(midpoint.value, abs=0.01)


def test_scores_that_are_apart_have_no_equal_error() -> None:
    assert eer_midpoint([3.0, 4.0], [1.0, 2.0]).value == 0
    assert eer_convex_hull([3.0, 4.0], [1.0, 2.0]) == 0


def test_scores_the_wrong_way_round_are_all_error() -> None:
    assert eer_midpoint([1.0], [2.0]).value == 1.0
    assert eer_convex_hull([1.0], [2.0]) == 0.5, "the hull may toss a coin"


def test_distance_without_spread_is_undefined_and_not_one() -> None:
    nothing = d_prime([1.0, 1.0], [0.0, 0.0])
    assert nothing.value is None
    assert nothing.reason is not None
    assert d_prime([2.0, 4.0], [0.0, 2.0]).value == 2.0
    assert d_prime([0.0, 2.0], [2.0, 4.0]).value == 2.0, "a distance, whichever lies above"


def test_evidence_that_tells_nothing_costs_one_and_wrong_evidence_without_end() -> None:
    assert cllr([0.0], [0.0]).value == 1.0
    assert cllr([100.0], [-100.0]).value == pytest.approx(0, abs=1e-12)
    assert cllr([-math.inf], [0.0]).value == math.inf
    assert cllr([], [0.0]).value is None


def test_both_kinds_of_evidence_weigh_alike_however_many_there_are() -> None:
    found = cllr([math.log(3)], [math.log(3)] * 5)
    assert found.value == pytest.approx((math.log2(4 / 3) + math.log2(4)) / 2)


def test_failures_to_acquire_are_errors_of_the_system() -> None:
    assert acquisition.system_frr(0.1, 0.2) == pytest.approx(0.28)
    assert acquisition.system_far(0.1, 0.2) == pytest.approx(0.18)
    assert acquisition.fta(3, 100, people=90).value == 0.03
    assert acquisition.fte(1, 10).people == 10


def test_discarding_the_worst_quality_goes_by_steps_and_equals_leave_together() -> None:
    curve = error_versus_discard([0.1, 0.9, 0.2, 0.9, 0.9], [1, 1, 2, 3, 3], threshold=0.5)
    assert list(curve.discarded) == [0, 0.4, 0.6]
    assert list(curve.fnmr) == pytest.approx([2 / 5, 1 / 3, 0])
    assert curve.partial_area(0.2) == pytest.approx(0.08)
    assert curve.partial_area(0.5) == pytest.approx(0.4 * 0.4 + 0.1 / 3)


def test_a_pair_without_quality_is_refused() -> None:
    with pytest.raises(MetricError, match="one quality"):
        error_versus_discard([0.1, 0.2], [1.0], 0.5)
