"""The tracker: order does not matter, numbers are never used twice, and people who cross stay themselves."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.tracking import Tracker, TrackingLimits, TrackState
from matcher.faces.face import BoxXyxy

LIMITS = TrackingLimits()


def box_at(x: float, y: float, side: float = 100.0) -> BoxXyxy:
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


DETECTION = st.tuples(
    st.floats(0, 1280, width=32),
    st.floats(0, 720, width=32),
    st.floats(20, 300, width=32),
    st.floats(0, 1.25, width=32),
)
FRAMES = st.lists(st.lists(DETECTION, max_size=6), max_size=12)


@given(frames=FRAMES, chance=st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_detections_does_not_change_the_tracks(
    frames: list[list[tuple[float, float, float, float]]], chance: np.random.Generator
) -> None:
    straight, shuffled = Tracker(LIMITS), Tracker(LIMITS)
    for number, frame in enumerate(frames):
        mixed = list(frame)
        chance.shuffle(mixed)
        for tracker, detections in ((straight, frame), (shuffled, mixed)):
            boxes = [box_at(x, y, side) for x, y, side, _ in detections]
            tracker.step(boxes, [score for *_, score in detections], number * 0.2)
        assert [(t.number, t.box_xyxy, t.state) for t in straight.tracks] == [
            (t.number, t.box_xyxy, t.state) for t in shuffled.tracks
        ]


@given(frames=FRAMES)
@settings(deadline=None)
def test_numbers_are_never_used_twice_and_every_track_ends_once(
    frames: list[list[tuple[float, float, float, float]]],
) -> None:
    tracker = Tracker(LIMITS)
    begun: set[int] = set()
    ended: list[int] = []
    for number, frame in enumerate(frames):
        boxes = [box_at(x, y, side) for x, y, side, _ in frame]
        step = tracker.step(boxes, [score for *_, score in frame], number * 0.3)
        assigned = [track.number for track in step.assigned if track is not None]
        assert len(assigned) == len(set(assigned))
        assert not set(assigned) & set(ended)
        assert all(track is not None for track, (*_, score) in zip(step.assigned, frame, strict=True) if score >= 0.5)
        begun.update(assigned)
        ended += [track.number for track in step.ended]
    ended += [track.number for track in tracker.end_all()]
    assert len(ended) == len(set(ended))
    assert begun == set(ended)
    assert Tracker(LIMITS, first_number=tracker.next_number).next_number > max(begun, default=0)


@given(pace=st.floats(0.5, 9), side=st.floats(60, 200), apart=st.floats(0.0, 1.0), jitter=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_two_people_who_cross_keep_their_tracks(pace: float, side: float, apart: float, jitter: int) -> None:
    """They walk towards one another, `pace` sides of a face a second, seen five times a second with some jitter."""
    speed = pace * side
    chance = np.random.default_rng(jitter)
    tracker = Tracker(LIMITS)
    below = side * (1.0 + apart)
    seconds = 1200 / speed
    first: tuple[int, int] | None = None
    last = (0, 0)
    for number in range(int(seconds * 5)):
        at_s = number * 0.2
        dx, dy = chance.normal(0, 0.02 * side, 2)
        boxes = [box_at(40 + speed * at_s + dx, 300 + dy, side), box_at(1240 - speed * at_s, 300 + below, side)]
        step = tracker.step(boxes, [1.0, 0.9], at_s)
        left, right = step.assigned
        assert left is not None
        assert right is not None
        last = (left.number, right.number)
        first = first or last
    assert first == last


@given(speed=st.floats(-500, 500), side=st.floats(80, 250), gap=st.integers(1, 4))
@settings(deadline=None)
def test_somebody_hidden_for_less_than_a_second_is_the_same_track(speed: float, side: float, gap: int) -> None:
    tracker = Tracker(LIMITS)
    numbers = set()
    times = [0.0, 0.2, 0.4, 0.6, 0.8, 0.8 + 0.2 * gap]
    # Prediction reaches half a second ahead; what comes later has to be near what was predicted.
    reach = 1.0 if gap <= 2 else 0.3
    for at_s in times:
        x = 600 + speed * reach * at_s
        step = tracker.step([box_at(x, 300, side)], [1.0], at_s)
        numbers.update(track.number for track in step.assigned if track is not None)
    assert numbers == {1}


def test_a_track_is_tentative_then_confirmed_then_lost_then_ended() -> None:
    tracker = Tracker(LIMITS)
    tracker.step([box_at(100, 100)], [1.0], 0.0)
    assert tracker.tracks[0].state is TrackState.TENTATIVE
    tracker.step([box_at(105, 100)], [1.0], 0.2)
    assert tracker.tracks[0].state is TrackState.CONFIRMED
    tracker.step([], [], 0.4)
    assert tracker.tracks[0].state is TrackState.LOST
    assert tracker.step([], [], 1.1).ended == ()
    assert [track.number for track in tracker.step([], [], 1.3).ended] == [1]


def test_an_unsure_detection_continues_a_confirmed_track_and_begins_none() -> None:
    tracker = Tracker(LIMITS)
    assert tracker.step([box_at(100, 100)], [0.3], 0.0).assigned == (None,)
    tracker.step([box_at(100, 100)], [1.0], 0.2)
    tracker.step([box_at(100, 100)], [1.0], 0.4)
    (track,) = tracker.step([box_at(102, 100)], [0.3], 0.6).assigned
    assert track is not None
    assert track.number == 1


def test_a_face_of_another_size_is_another_track() -> None:
    tracker = Tracker(LIMITS)
    tracker.step([box_at(300, 300, 60)], [1.0], 0.0)
    (track,) = tracker.step([box_at(300, 300, 200)], [1.0], 0.2).assigned
    assert track is not None
    assert track.number == 2
