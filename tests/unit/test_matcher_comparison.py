import numpy as np
import pytest

from contracts.model_profile import ScoreKind
from matcher.comparison import candidate_row, comparison_scores, reaches_threshold
from matcher.fusion import fuse, least_agreement
from tests.builders_contracts import a_template
from tests.builders_matcher import COSINE, DISTANCE, at_distance, with_rule


def vectors(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_distances_are_those_of_pythagoras() -> None:
    scores = comparison_scores(vectors([0, 0])[0], vectors([3, 4], [0, 0], [-5, 12]), ScoreKind.EUCLIDEAN_DISTANCE)
    assert scores.tolist() == [5.0, 0.0, 13.0]


def test_cosines_are_those_of_the_angles() -> None:
    scores = comparison_scores(vectors([2, 0])[0], vectors([1, 0], [0, 7], [-3, 0], [1, 1], [0, 0]), ScoreKind.COSINE)
    assert scores.tolist() == pytest.approx([1.0, 0.0, -1.0, 2**-0.5, -1.0], abs=1e-7)


def test_equal_templates_are_at_distance_exactly_zero() -> None:
    template = a_template(3)
    assert comparison_scores(template, template[np.newaxis], ScoreKind.EUCLIDEAN_DISTANCE)[0] == 0.0


@pytest.mark.parametrize(("score", "reaches"), [(0.44, True), (0.45, True), (0.451, False), (float("nan"), False)])
def test_distance_reaches_its_threshold_up_to_and_with_it(score: float, reaches: bool) -> None:  # noqa: FBT001
    assert reaches_threshold(score, DISTANCE) is reaches


@pytest.mark.parametrize(("score", "reaches"), [(0.51, True), (0.5, True), (0.499, False), (float("nan"), False)])
def test_cosine_reaches_its_threshold_from_it_on(score: float, reaches: bool) -> None:  # noqa: FBT001
    assert reaches_threshold(score, COSINE) is reaches


def row_of(scores: list[float], persons: list[str], **changes: float) -> int | None:
    found = candidate_row(np.array(scores, np.float32), persons, with_rule(DISTANCE, **changes))
    return None if found is None else found.row


def test_best_reference_within_the_threshold_is_the_candidate() -> None:
    assert row_of([0.9, 0.3, 0.6], ["a", "b", "c"]) == 1


def test_nobody_within_the_threshold_is_no_candidate() -> None:
    assert row_of([0.9, 0.46], ["a", "b"]) is None
    assert row_of([], []) is None


def test_second_person_as_near_as_the_first_leaves_no_candidate() -> None:
    assert row_of([0.30, 0.32], ["a", "b"]) is None
    assert row_of([0.30, 0.34], ["a", "b"]) == 0


def test_second_picture_of_the_same_person_takes_nothing_from_the_first() -> None:
    assert row_of([0.30, 0.31, 0.60], ["a", "a", "b"]) == 0


def test_list_of_one_person_needs_no_margin() -> None:
    assert row_of([0.44, 0.44], ["a", "a"], margin=1.0) == 0


def test_score_that_is_no_number_is_never_a_candidate_and_hides_nobody() -> None:
    nan = float("nan")
    assert row_of([nan], ["a"]) is None
    assert row_of([nan, 0.3], ["a", "a"]) == 1
    assert row_of([0.3, nan], ["a", "a"]) == 0
    assert row_of([nan, 0.3], ["a", "b"]) == 1


def test_single_crop_is_its_own_template() -> None:
    template = a_template(5)
    fusion = fuse(template[np.newaxis], [0.0], DISTANCE)
    assert np.allclose(fusion.template, template, atol=1e-7)
    assert fusion.used == (0,)


def test_better_crop_weighs_more() -> None:
    low, high = vectors([0.0, 0.0])[0], vectors([0.3, 0.0])[0]
    assert fuse(np.stack([low, high]), [0.25, 0.75], DISTANCE).template.tolist() == pytest.approx([0.225, 0.0])


def test_crop_of_somebody_else_in_the_track_is_left_out() -> None:
    mine = [at_distance(a_template(1), step) for step in (0.0, 0.1, 0.2)]
    stranger = a_template(2)
    fusion = fuse(np.stack([*mine, stranger]), [0.5, 0.5, 0.5, 0.9], DISTANCE)
    assert fusion.used == (0, 1, 2)


def test_of_two_crops_that_disagree_the_better_one_speaks() -> None:
    fusion = fuse(np.stack([a_template(1), a_template(2)]), [0.4, 0.8], DISTANCE)
    assert fusion.used == (1,)
    assert np.allclose(fusion.template, a_template(2), atol=1e-7)


def test_cosine_template_has_unit_length_whatever_the_lengths_that_went_in() -> None:
    template = a_template(1)
    fusion = fuse(np.stack([template * 9, template * 0.1]), [0.5, 0.5], COSINE)
    assert np.allclose(fusion.template, template, atol=1e-6)


def test_agreement_is_looser_than_the_threshold() -> None:
    assert least_agreement(DISTANCE) == pytest.approx(0.6)
    assert least_agreement(COSINE) < COSINE.threshold


def test_fusing_leaves_the_vectors_as_they_are() -> None:
    given = np.stack([a_template(1), a_template(1)])
    before = given.copy()
    fuse(given, [0.5, 0.6], COSINE)
    assert np.array_equal(given, before)
