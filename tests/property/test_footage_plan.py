"""What the demonstration's film must show, whatever the seed: rules about the walks, without painting a frame."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insyn.demonstration.scene import PILLAR_FACE_PX, PILLARS_X
from insyn.demonstration.truth import BOX_EVERY, TruePass, nobody_between, true_passes
from insyn.demonstration.walk import (
    DEFAULT_SEED,
    DURATION_SECONDS,
    FRAME_COUNT,
    FRAMES_PER_SECOND,
    Pass,
    Stance,
    plan,
    stance,
    stances,
)

SMALLEST_COMPARED_PX = 80
seeds = st.integers(min_value=0, max_value=2**32)


def of(passes: tuple[TruePass, ...], person: str) -> list[TruePass]:
    return [one for one in passes if one.person == person]


def overlap(one: TruePass, other: TruePass) -> float:
    return min(one.ends_at, other.ends_at) - max(one.starts_at, other.starts_at)


@given(seeds)
def test_plan_is_the_same_for_the_same_seed(seed: int) -> None:
    assert plan(seed) == plan(seed)
    assert true_passes(plan(seed)) == true_passes(plan(seed))


def test_gait_differs_with_the_seed_and_times_do_not() -> None:
    one, other = plan(1), plan(2)
    assert one != other
    assert [(walk.starts_at, walk.ends_at) for walk in one] == [(walk.starts_at, walk.ends_at) for walk in other]


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_person_a_passes_large_three_times_and_small_once(seed: int) -> None:
    passes = of(true_passes(plan(seed)), "person-a")
    large = [one for one in passes if one.smallest_face_px >= SMALLEST_COMPARED_PX]
    small = [one for one in passes if one not in large]
    assert len(large) >= 3
    assert all(90 <= one.largest_face_px <= 250 for one in large)
    assert len(small) >= 1
    # Below 60 px dlib's detector never reports its smallest box, 80 px, for these photographs.
    assert all(50 <= one.largest_face_px <= 58 for one in small)
    assert {one.photograph for one in passes} == {2, 3}


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_passes_of_person_a_lie_eight_seconds_apart_and_last_less_than_the_quiet_time(seed: int) -> None:
    passes = of(true_passes(plan(seed)), "person-a")
    assert all(later.starts_at - earlier.ends_at >= 8 for earlier, later in pairwise(passes))
    assert all(one.ends_at - one.starts_at <= 5 for one in passes if one.largest_face_px >= SMALLEST_COMPARED_PX)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_others_pass_at_sizes_between_60_and_250(seed: int) -> None:
    passes = true_passes(plan(seed))
    others = [*of(passes, "person-b"), *of(passes, "person-c")]
    assert len(of(passes, "person-b")) >= 4
    assert len(of(passes, "person-c")) >= 2
    assert all(60 <= one.smallest_face_px < one.largest_face_px <= 250 for one in others)
    # Person C's photograph is small: enlarged much more it would be a blur.
    assert all(one.largest_face_px <= 125 for one in of(passes, "person-c"))


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_two_are_in_the_picture_at_once_and_nobody_for_three_seconds_at_a_time(seed: int) -> None:
    passes = true_passes(plan(seed))
    together = [overlap(a, b) for a in of(passes, "person-a") for b in of(passes, "person-b")]
    assert max(together) > 3
    assert sum(end - start >= 3 for start, end in nobody_between(passes)) >= 4


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_nobody_walks_in_front_of_person_a(seed: int) -> None:
    walks = plan(seed)
    for walk in walks:
        if walk.person == "person-a":
            for frame, there in stances(walk):
                near = [stance(other, frame) for other in walks if other is not walk]
                assert all(other is None or other.face_px < there.face_px for other in near), frame


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_nobody_steps_through_a_pillar(seed: int) -> None:
    for walk in plan(seed):
        for (_, earlier), (_, later) in pairwise(stances(walk)):
            if (earlier.face_px < PILLAR_FACE_PX) != (later.face_px < PILLAR_FACE_PX):
                reach = 1.6 * later.face_px
                assert all(later.x + reach < left or later.x - reach > right for left, right in PILLARS_X)


@pytest.mark.parametrize("walk", plan(DEFAULT_SEED), ids=lambda walk: f"{walk.person}-{walk.starts_at}")
def test_everybody_moves_little_from_frame_to_frame_and_changes_size(walk: Pass) -> None:
    seen = list(stances(walk))
    for (_, earlier), (_, later) in pairwise(seen):
        assert abs(later.x - earlier.x) < 0.35 * earlier.face_px
        assert abs(later.y - earlier.y) < 0.1 * earlier.face_px
        assert later.face_px > earlier.face_px
    assert not seen[0][1].is_whole
    assert not seen[-1][1].is_whole


def test_ground_truth_says_what_the_plan_does() -> None:
    walks = plan(DEFAULT_SEED)
    passes = true_passes(walks)
    by_start = sorted(walks, key=lambda walk: next(stances(walk))[0])
    assert [(one.person, one.photograph) for one in passes] == [(walk.person, walk.photograph) for walk in by_start]
    for one, walk in zip(passes, by_start, strict=True):
        seen: dict[int, Stance] = dict(stances(walk))
        assert one.starts_at == min(seen) / FRAMES_PER_SECOND
        assert one.ends_at == (max(seen) + 1) / FRAMES_PER_SECOND
        assert 0 < one.starts_at < one.ends_at < DURATION_SECONDS
        assert [box.frame for box in one.boxes] == [frame for frame in seen if frame % BOX_EVERY == 0]
        for box in one.boxes:
            assert box.box_xyxy == pytest.approx(seen[box.frame].face_xyxy, abs=0.06)
            assert box.whole == seen[box.frame].is_whole


def test_film_is_between_one_and_two_minutes_long() -> None:
    assert 60 <= FRAME_COUNT / FRAMES_PER_SECOND <= 120
