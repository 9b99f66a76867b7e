"""Non-maximum suppression, similarity transforms and the pyramid's layout hold for any input."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.faces.geometry import apply, similarity
from matcher.faces.nms import suppress
from matcher.faces.pyramid import lay_out

corner = st.floats(-500, 500).map(lambda value: round(value, 2))
side = st.floats(1, 300).map(lambda value: round(value, 2))
boxes = st.lists(st.tuples(corner, corner, side, side, st.floats(-2, 2, width=32)), min_size=0, max_size=40)


def arrays(drawn: list[tuple[float, float, float, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.array(drawn, dtype=np.float64).reshape(-1, 5)
    xyxy = np.concatenate([numbers[:, :2], numbers[:, :2] + numbers[:, 2:4]], axis=1)
    return xyxy, numbers[:, 4].astype(np.float32)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / (sum(areas) - width * height)


@given(boxes, st.floats(0.1, 0.9))
def test_boxes_that_stay_do_not_overlap_and_come_best_first(
    drawn: list[tuple[float, float, float, float, float]], limit: float
) -> None:
    xyxy, scores = arrays(drawn)
    stay = suppress(xyxy, scores, limit=limit)
    assert all(overlap(xyxy[a], xyxy[b]) <= limit + 1e-9 for at, a in enumerate(stay) for b in stay[at + 1 :])
    assert list(scores[stay]) == sorted(scores[stay], reverse=True)


@given(boxes, st.floats(0.1, 0.9))
def test_a_box_goes_only_for_a_better_one_that_stays(
    drawn: list[tuple[float, float, float, float, float]], limit: float
) -> None:
    xyxy, scores = arrays(drawn)
    stay = suppress(xyxy, scores, limit=limit)
    for gone in set(range(len(drawn))) - set(stay):
        assert any(scores[kept] >= scores[gone] and overlap(xyxy[kept], xyxy[gone]) > limit - 1e-9 for kept in stay)


@given(boxes)
def test_suppressing_twice_changes_nothing(drawn: list[tuple[float, float, float, float, float]]) -> None:
    xyxy, scores = arrays(drawn)
    stay = suppress(xyxy, scores, limit=0.3)
    assert suppress(xyxy[stay], scores[stay], limit=0.3) == list(range(len(stay)))


@given(st.floats(-math.pi, math.pi), st.floats(0.1, 10), st.floats(-500, 500), st.floats(-500, 500))
def test_a_similarity_is_found_again(angle: float, scale: float, x: float, y: float) -> None:
    points = np.array([(0, 0), (10, 1), (3, 12), (-4, 5), (7, -8)], dtype=np.float64)
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    matrix = np.array([[cosine, -sine, x], [sine, cosine, y]])
    assert np.allclose(similarity(points, apply(matrix, points)), matrix, atol=1e-6)


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=5, max_size=5))
def test_a_similarity_never_mirrors(target: list[tuple[float, float]]) -> None:
    points = np.array([(0, 0), (10, 1), (3, 12), (-4, 5), (7, -8)], dtype=np.float64)
    assert np.linalg.det(similarity(points, target)[:, :2]) >= 0


@given(st.integers(8, 4000), st.integers(8, 2500))
def test_levels_lie_apart_and_on_the_canvas(width: int, height: int) -> None:
    layout = lay_out(width, height)
    assert (layout.levels[0].width, layout.levels[0].height) == (width, height)
    for at, level in enumerate(layout.levels):
        assert level.left >= 11
        assert level.top >= 11
        assert level.left + level.width <= layout.width - 11
        assert level.top + level.height <= layout.height
        for other in layout.levels[at + 1 :]:
            beside = level.left + level.width <= other.left or other.left + other.width <= level.left
            above = level.top + level.height <= other.top or other.top + other.height <= level.top
            assert beside or above


@given(st.integers(100, 2000), st.integers(100, 2000), st.floats(0, 1), st.floats(0, 1))
def test_a_box_of_the_first_level_is_mapped_by_moving_it_alone(width: int, height: int, x: float, y: float) -> None:
    layout = lay_out(width, height)
    left, top = 11 + x * (width - 20), 11 + y * (height - 20)
    mapped = layout.to_image(np.array([(left, top, left + 10, top + 10)]))
    assert np.allclose(mapped, [(left - 11, top - 11, left - 1, top - 1)])
