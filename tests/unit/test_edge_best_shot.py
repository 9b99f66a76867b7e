"""The best shots of a track, and when they become a probe."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.probe import MAX_CROPS, MAX_SIDE
from edge.best_shot import BestShots, Shot, ShotLimits, cut_out
from tests.builders_contracts import NOON
from tests.builders_edge import FACE_XYXY, a_face, a_frame, astronaut_bgr

LIMITS = ShotLimits()


def a_shot(score: float, at_s: float) -> Shot:
    return Shot(
        image_bgr=np.full((8, 8, 3), 200, np.uint8),
        box_xyxy=(2.0, 2.0, 6.0, 6.0),
        landmarks_xy=np.ones((5, 2), np.float32),
        size_px=100.0,
        score=score,
        stream_time_s=at_s,
        captured_at=NOON,
    )


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 10)), max_size=40))
@example([(0.0, 0.0), (0.0, 0.25), (1.0, 0.125)])
def test_shots_are_few_the_best_of_their_moment_and_the_others_overwritten(pairs: list[tuple[float, float]]) -> None:
    shots = BestShots(LIMITS)
    offered = [a_shot(score, at_s) for score, at_s in pairs]
    for shot in offered:
        shots.keep(shot)
    kept = shots.best_first()
    assert len(kept) == len(shots) <= MAX_CROPS
    assert [shot.score for shot in kept] == sorted((shot.score for shot in kept), reverse=True)
    times = sorted(shot.stream_time_s for shot in kept)
    assert all(later - earlier >= LIMITS.least_gap_s for earlier, later in pairwise(times))
    for shot in offered:
        assert shot.image_bgr.all() == any(shot is one for one in kept)
    if pairs:
        assert kept[0].score == max(score for score, _ in pairs)


def test_one_probe_comes_when_the_shots_have_settled_and_not_before() -> None:
    shots = BestShots(LIMITS)
    assert not shots.is_due(0.0, ending=True)
    shots.keep(a_shot(0.5, 1.0))
    assert not shots.is_due(1.2, ending=False)
    assert shots.is_due(1.2, ending=True)
    assert shots.is_due(1.6, ending=False)
    shots.was_probed(1.6)
    assert not shots.is_due(60.0, ending=False)
    assert not shots.is_due(60.0, ending=True)


def test_a_clearly_better_probe_comes_later_but_only_so_often() -> None:
    shots = BestShots(LIMITS)
    score, at_s, probes = 0.1, 0.0, 0
    for _ in range(40):
        shots.keep(a_shot(min(score, 1.0), at_s))
        if shots.is_due(at_s, ending=False):
            shots.was_probed(at_s)
            probes += 1
        score, at_s = score * 1.3, at_s + 1.0
    assert probes == LIMITS.most_probes


def test_a_refused_probe_is_offered_again_but_not_at_once() -> None:
    shots = BestShots(LIMITS)
    shots.keep(a_shot(0.5, 0.0))
    assert shots.is_due(1.0, ending=False)
    shots.was_refused(1.0)
    assert not shots.is_due(1.2, ending=False)
    assert shots.is_due(1.2, ending=True)
    assert shots.is_due(2.0, ending=False)


def test_discarding_overwrites_every_crop() -> None:
    shots = BestShots(LIMITS)
    shot = a_shot(0.5, 0.0)
    shots.keep(shot)
    shots.discard()
    assert not shot.image_bgr.any()
    assert not shot.landmarks_xy.any()
    assert len(shots) == 0


def test_a_crop_is_a_lossless_copy_with_margin_in_its_own_coordinates() -> None:
    image = astronaut_bgr().copy()
    face = a_face(FACE_XYXY)
    assert face.landmarks_xy is not None
    shot = cut_out(a_frame(image), face.box_xyxy, face.landmarks_xy, size_px=104.0, score=0.9)
    left, top, right, bottom = (round(part) for part in shot.box_xyxy)
    original = image[64:175, 173:277].copy()
    image[:] = 0
    assert (shot.image_bgr[top:bottom, left:right] == original).all()
    assert shot.image_bgr.shape[1] == pytest.approx(2 * 104, abs=2)
    inside = (shot.landmarks_xy > [left, top]) & (shot.landmarks_xy < [right, bottom])
    assert inside.all()


def test_a_very_large_face_is_made_smaller_with_its_points() -> None:
    image = np.zeros((2000, 2000, 3), np.uint8)
    face = a_face((400.0, 400.0, 1600.0, 1600.0))
    assert face.landmarks_xy is not None
    shot = cut_out(a_frame(image), face.box_xyxy, face.landmarks_xy, size_px=1200.0, score=0.9)
    assert max(shot.image_bgr.shape) == MAX_SIDE
    scale = MAX_SIDE / 2000
    assert shot.landmarks_xy == pytest.approx(face.landmarks_xy * scale, abs=0.5)
    assert shot.box_xyxy == pytest.approx((400 * scale, 400 * scale, 1600 * scale, 1600 * scale), abs=0.5)
    assert shot.size_px == 1200.0
