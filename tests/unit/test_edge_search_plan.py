"""Where and how often frames are searched."""

from hypothesis import given
from hypothesis import strategies as st

from edge.motion import GateReason, MotionFinding
from edge.search_plan import SearchLimits, SearchPlan, reaches_past
from matcher.faces.face import BoxXyxy

WIDTH, HEIGHT = 1280, 720
WHOLE = (0, 0, WIDTH, HEIGHT)
LIMITS = SearchLimits(every_s=0.2, sweep_every_s=2.0)


def motion(*boxes: BoxXyxy, reason: GateReason = GateReason.MOTION) -> MotionFinding:
    return MotionFinding(reason=reason, changed_fraction=0.1, boxes_xyxy=boxes)


STILL = motion(reason=GateReason.STILL)
FIRST = motion(reason=GateReason.FIRST)


def plan_after_a_sweep() -> SearchPlan:
    plan = SearchPlan(LIMITS)
    assert plan.regions(FIRST, [], width=WIDTH, height=HEIGHT, at_s=0.0) == (WHOLE,)
    return plan


def test_a_still_picture_with_nobody_followed_is_not_searched() -> None:
    assert plan_after_a_sweep().regions(STILL, [], width=WIDTH, height=HEIGHT, at_s=1.0) == ()


def test_frames_between_two_searches_are_not_searched() -> None:
    plan = plan_after_a_sweep()
    searched = [
        number
        for number in range(1, 26)
        if plan.regions(motion((0, 0, 50, 50)), [], width=WIDTH, height=HEIGHT, at_s=number * 0.04)
    ]
    assert searched == [5, 10, 15, 20, 25]


def test_whoever_is_followed_is_searched_for_though_nothing_moves() -> None:
    regions = plan_after_a_sweep().regions(STILL, [(600, 300, 700, 420)], width=WIDTH, height=HEIGHT, at_s=1.0)
    assert len(regions) == 1
    left, top, right, bottom = regions[0]
    assert left <= 500
    assert top <= 200
    assert right >= 800
    assert bottom >= 520
    assert regions != (WHOLE,)


def test_the_whole_picture_is_searched_at_a_steady_beat_while_something_moves() -> None:
    plan = plan_after_a_sweep()
    swept = [
        number
        for number in range(1, 126)
        if plan.regions(motion((0, 0, 50, 50)), [], width=WIDTH, height=HEIGHT, at_s=number * 0.04) == (WHOLE,)
    ]
    assert swept == [50, 100]


def test_much_motion_means_the_whole_picture() -> None:
    regions = plan_after_a_sweep().regions(motion((0, 0, 1200, 700)), [], width=WIDTH, height=HEIGHT, at_s=1.0)
    assert regions == (WHOLE,)


BOX = st.tuples(st.floats(-100, 1300), st.floats(-100, 800), st.floats(1, 500), st.floats(1, 500)).map(
    lambda part: (part[0], part[1], part[0] + part[2], part[1] + part[3])
)


@given(moved=st.lists(BOX, max_size=6), followed=st.lists(BOX, max_size=6), width=st.integers(64, 2000))
def test_regions_lie_in_the_picture_do_not_overlap_and_cover_what_moved(
    moved: list[BoxXyxy], followed: list[BoxXyxy], width: int
) -> None:
    plan = SearchPlan(LIMITS)
    plan.regions(FIRST, [], width=width, height=HEIGHT, at_s=0.0)
    regions = plan.regions(motion(*moved), followed, width=width, height=HEIGHT, at_s=1.0)
    for index, (left, top, right, bottom) in enumerate(regions):
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= HEIGHT
        for other in regions[:index]:
            assert left >= other[2] or other[0] >= right or top >= other[3] or other[1] >= bottom
    for box in [*moved, *followed]:
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if 0 <= x < width and 0 <= y < HEIGHT:
            assert any(r[0] <= x < r[2] and r[1] <= y < r[3] for r in regions)


def test_a_face_cut_by_a_regions_edge_inside_the_picture_is_told_from_one_at_the_pictures_edge() -> None:
    region = (0, 64, 512, 512)
    assert not reaches_past((-5, 100, 80, 200), region, width=1280, height=720)
    assert reaches_past((450, 100, 520, 200), region, width=1280, height=720)
    assert reaches_past((100, 60, 180, 200), region, width=1280, height=720)
    assert not reaches_past((100, 100, 180, 200), region, width=1280, height=720)
