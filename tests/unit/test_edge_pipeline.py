"""From frames to probes, with a finder that is a script."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import Moment
from contracts.probe import Probe
from contracts.vocabulary import NotComparedReason
from edge.counters import EdgeCounters
from edge.pipeline import REASON_OF_FINDING, Pipeline, PipelineLimits
from edge.search_plan import SearchLimits
from matcher.faces.face import BoxXyxy, DetectedFace
from matcher.faces.quality import QualityReason
from tests.builders_contracts import AT_NOON, CAMERA, a_permit, a_trusted_site
from tests.builders_edge import FACE_XYXY, ScriptedFinder, a_face, a_frame, astronaut_bgr

PERMIT = a_permit(a_trusted_site())
ENDED = Moment(now=AT_NOON.now, boot=AT_NOON.boot + 60)


class Matcher:
    """Takes probes, or does not."""

    def __init__(self, *, takes: Callable[[int], bool] = lambda _: True) -> None:
        self.probes: list[Probe] = []
        self._takes = takes
        self._asked = 0

    def submit(self, probe: Probe) -> NotComparedReason | None:
        self._asked += 1
        taken = self._takes(self._asked - 1)
        if taken:
            self.probes.append(Probe.from_bytes(probe.to_bytes()))
        return None if taken else NotComparedReason.MATCHER_BUSY


def a_pipeline(answer: Callable[[int], Sequence[DetectedFace]], matcher: Matcher) -> tuple[Pipeline, EdgeCounters]:
    counters = EdgeCounters()
    pipeline = Pipeline(
        camera_id=CAMERA,
        session="run",
        open_finder=ScriptedFinder(answer).open,
        submit=matcher.submit,
        limits=PipelineLimits(search=SearchLimits(every_s=0.2, sweep_every_s=0.2)),
        counters=counters,
    )
    return pipeline, counters


def run(pipeline: Pipeline, seconds: float, *, begin_s: float = 0.0, session: str = "aa") -> None:
    image = astronaut_bgr().copy()
    for number in range(round(seconds * 25)):
        at_s = begin_s + number / 25
        pipeline.analyse(a_frame(image, number=number, at_s=at_s, session=session), PERMIT, AT_NOON)


def balanced(counters: EdgeCounters, open_tracks: int = 0) -> bool:
    tracks = counters.tracks_probed + sum(counters.tracks_not_compared.values()) + open_tracks
    faces = counters.detections_usable + sum(counters.detections_not_compared.values())
    return counters.tracks_seen == tracks and counters.detections == faces


def test_somebody_who_stays_for_a_minute_is_one_probe_and_not_one_per_frame() -> None:
    matcher = Matcher()
    pipeline, counters = a_pipeline(lambda _: [a_face(FACE_XYXY)], matcher)
    run(pipeline, 60)
    pipeline.end_stream(PERMIT, AT_NOON)
    (probe,) = matcher.probes
    assert 1 <= len(probe.crops) <= 5
    assert all(crop.face_size_px == pytest.approx(104) for crop in probe.crops)
    assert len({crop.stream_time for crop in probe.crops}) == len(probe.crops)
    assert (counters.tracks_seen, counters.tracks_probed, counters.probes_sent) == (1, 1, 1)
    assert balanced(counters)


def test_a_track_that_ends_early_is_probed_when_it_ends() -> None:
    matcher = Matcher()
    pipeline, _ = a_pipeline(lambda call: [a_face(FACE_XYXY)] if call < 2 else [], matcher)
    run(pipeline, 3)
    assert [len(probe.crops) for probe in matcher.probes] == [2]


@pytest.mark.parametrize(
    ("face", "reason"),
    [
        (a_face((200.0, 90.0, 250.0, 140.0)), NotComparedReason.TOO_SMALL),
        (a_face(FACE_XYXY, turn=2.0), NotComparedReason.TURNED_AWAY),
        (a_face((-30.0, 64.0, 74.0, 175.0)), NotComparedReason.CUT_BY_EDGE),
    ],
)
def test_a_face_that_is_not_compared_is_counted_with_its_reason(face: DetectedFace, reason: NotComparedReason) -> None:
    matcher = Matcher()
    pipeline, counters = a_pipeline(lambda _: [face], matcher)
    run(pipeline, 2)
    pipeline.end_stream(PERMIT, AT_NOON)
    assert matcher.probes == []
    assert counters.tracks_not_compared == {reason: 1}
    assert counters.detections_not_compared[reason] == counters.detections
    assert balanced(counters)


def test_a_face_seen_once_is_counted_as_unstable() -> None:
    matcher = Matcher()
    pipeline, counters = a_pipeline(lambda call: [a_face(FACE_XYXY)] if call == 0 else [], matcher)
    run(pipeline, 3)
    assert matcher.probes == []
    assert counters.tracks_not_compared == {NotComparedReason.UNSTABLE: 1}


def test_a_probe_that_a_busy_matcher_refused_is_offered_again() -> None:
    matcher = Matcher(takes=lambda asked: asked >= 2)
    pipeline, counters = a_pipeline(lambda _: [a_face(FACE_XYXY)], matcher)
    run(pipeline, 10)
    assert len(matcher.probes) == 1
    assert counters.probes_refused == 2


def test_a_track_that_the_matcher_never_took_is_counted_as_matcher_busy() -> None:
    matcher = Matcher(takes=lambda _: False)
    pipeline, counters = a_pipeline(lambda _: [a_face(FACE_XYXY)], matcher)
    run(pipeline, 3)
    pipeline.end_stream(PERMIT, AT_NOON)
    assert counters.tracks_not_compared == {NotComparedReason.MATCHER_BUSY: 1}
    assert balanced(counters)


def test_a_new_session_ends_the_tracks_of_the_one_before() -> None:
    matcher = Matcher()
    pipeline, counters = a_pipeline(lambda _: [a_face(FACE_XYXY)], matcher)
    run(pipeline, 2, session="aa")
    run(pipeline, 2, session="bb")
    pipeline.end_stream(PERMIT, AT_NOON)
    assert [(probe.session, probe.track) for probe in matcher.probes] == [("run", 1), ("run", 2)]
    assert balanced(counters)


def test_a_later_probe_carries_its_crops_anew_and_is_better() -> None:
    def approaching(call: int) -> Sequence[DetectedFace]:
        side = min(82.0 + 4 * call, 250.0)
        return [a_face((100.0, 60.0, 100 + side, 60 + side))]

    matcher = Matcher()
    pipeline, _ = a_pipeline(approaching, matcher)
    run(pipeline, 8)
    first, *others = matcher.probes
    assert 1 <= len(others) <= 2
    assert all(probe.track == first.track and len(probe.crops) >= 1 for probe in others)
    assert others[-1].crops[0].quality > first.crops[0].quality


def test_every_finding_has_a_reason_to_count() -> None:
    assert set(REASON_OF_FINDING) == set(QualityReason)


SIDE = st.floats(20, 240)
FACE = st.builds(
    lambda x, y, side, turn, score: a_face(_box(x, y, side), turn=turn, score=score),
    st.floats(-60, 500),
    st.floats(-60, 500),
    SIDE,
    st.floats(0, 3),
    st.floats(0, 1),
)
EVENT = st.one_of(
    st.lists(FACE, max_size=4).map(lambda faces: ("frame", faces)),
    st.sampled_from([("withdrawn", []), ("ended", []), ("new stream", [])]),
)


def _box(x: float, y: float, side: float) -> BoxXyxy:
    return x, y, x + side, y + side


@given(events=st.lists(EVENT, max_size=25), taken=st.lists(st.booleans(), min_size=1, max_size=8))
@settings(deadline=None, max_examples=60)
def test_whatever_happens_every_track_ends_in_exactly_one_count(
    events: list[tuple[str, list[DetectedFace]]], taken: list[bool]
) -> None:
    now: list[DetectedFace] = []
    matcher = Matcher(takes=lambda asked: taken[asked % len(taken)])
    pipeline, counters = a_pipeline(lambda _: now, matcher)
    image = astronaut_bgr().copy()
    session = 0
    for number, (event, faces) in enumerate(events):
        now = faces
        frame = a_frame(image, number=number, at_s=number * 0.25, session=f"{session:02d}")
        match event:
            case "frame":
                pipeline.analyse(frame, PERMIT, AT_NOON)
            case "withdrawn":
                pipeline.withdraw()
            case "ended":
                pipeline.analyse(frame, PERMIT, ENDED)
            case _:
                session += 1
        assert balanced(counters, open_tracks=len(pipeline._followed))
    pipeline.end_stream(PERMIT, AT_NOON)
    assert balanced(counters)
    assert counters.probes_sent == len(matcher.probes)
