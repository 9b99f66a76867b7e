"""Without a live authorisation for this camera at this instant nothing is looked at (architecture.md, 1 and 2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Never

import pytest

from contracts.clock import Moment
from contracts.probe import Probe
from contracts.vocabulary import CameraId, NotComparedReason
from edge.counters import EdgeCounters
from edge.gate import LeaseGate
from edge.pipeline import OpenedFinder, Pipeline, PipelineLimits
from edge.probe_client import verify_runs
from matcher.faces.face import DetectedFace
from tests.builders_admission import PROFILE, an_admission, an_envelope
from tests.builders_contracts import AT_NOON, CAMERA, SITE, a_camera, a_permit, a_trusted_site
from tests.builders_edge import FACE_XYXY, ScriptedFinder, a_face, a_frame, astronaut_bgr
from tests.builders_lent_runs import a_verified_run
from tests.builders_volunteers import a_blue_list

SITE_KEYS = a_trusted_site()
PERMIT = a_permit(SITE_KEYS)


def later(seconds: float) -> Moment:
    return Moment(now=AT_NOON.now + timedelta(seconds=seconds), boot=AT_NOON.boot + seconds)


def never_opened() -> Never:
    pytest.fail("models were loaded without an authorisation")


def never_sent(_: Probe) -> Never:
    pytest.fail("a probe was sent without an authorisation")


def a_pipeline(finder: ScriptedFinder | None, sent: list[Probe] | None = None, **changes: CameraId) -> Pipeline:
    def submit(probe: Probe) -> None:
        if sent is None:
            never_sent(probe)
        sent.append(probe)

    def opened() -> OpenedFinder:
        return never_opened() if finder is None else finder.open()

    return Pipeline(
        session="run",
        camera_id=changes.get("camera_id", CAMERA),
        open_finder=opened,
        submit=submit,
        limits=PipelineLimits(),
        counters=EdgeCounters(),
    )


def the_face(_: int) -> Sequence[DetectedFace]:
    return [a_face(FACE_XYXY)]


@pytest.mark.parametrize(
    "at",
    [
        later(60.0),
        later(3600.0),
        Moment(now=AT_NOON.now, boot=AT_NOON.boot + 60.0),
        Moment(now=AT_NOON.now + timedelta(seconds=61), boot=AT_NOON.boot),
        Moment(now=AT_NOON.now - timedelta(seconds=30), boot=AT_NOON.boot + 1),
        Moment(now=AT_NOON.now + timedelta(seconds=1), boot=AT_NOON.boot - 1),
    ],
    ids=["ended", "long ended", "wall clock stopped", "boot clock stopped", "wall clock set back", "boot set back"],
)
def test_out_of_its_time_an_authorisation_loads_no_model_and_looks_at_no_frame(at: Moment) -> None:
    pipeline = a_pipeline(None)
    pipeline.analyse(a_frame(astronaut_bgr().copy()), PERMIT, at)
    pipeline.end_stream(PERMIT, at)
    assert pipeline._counters.frames_analysed == 0
    assert pipeline._counters.frames_unseen == 1


def test_an_authorisation_for_another_camera_looks_at_no_frame() -> None:
    pipeline = a_pipeline(None, camera_id=CameraId("camera-2"))
    pipeline.analyse(a_frame(astronaut_bgr().copy()), PERMIT, AT_NOON)
    assert pipeline._counters.frames_unseen == 1


def test_building_a_pipeline_loads_no_model() -> None:
    a_pipeline(None)


def test_an_authorisation_that_ends_mid_stream_stops_analysis_and_overwrites_the_crops() -> None:
    finder = ScriptedFinder(the_face)
    pipeline = a_pipeline(finder, sent=None)
    for number in range(12):
        pipeline.analyse(a_frame(astronaut_bgr().copy(), number=number), PERMIT, later(1))
    calls = finder.calls
    (followed,) = pipeline._followed.values()
    crops = [shot.image_bgr for shot in followed.shots.best_first()]
    assert calls > 0
    assert crops
    assert all(crop.any() for crop in crops)
    for number in range(12, 100):
        pipeline.analyse(a_frame(astronaut_bgr().copy(), number=number), PERMIT, later(61))
    assert finder.calls == calls
    assert not any(crop.any() for crop in crops)
    assert pipeline._opened is None
    counters = pipeline._counters
    assert counters.tracks_not_compared == {NotComparedReason.LEASE_ENDED: 1}
    assert counters.frames_unseen == 88


def test_authority_that_returns_begins_new_tracks() -> None:
    sent: list[Probe] = []
    pipeline = a_pipeline(ScriptedFinder(the_face), sent)
    for number in range(10):
        pipeline.analyse(a_frame(astronaut_bgr().copy(), number=number), PERMIT, later(1))
    pipeline.withdraw()
    for number in range(10, 60):
        pipeline.analyse(a_frame(astronaut_bgr().copy(), number=number), PERMIT, later(2))
    assert {probe.track for probe in sent} == {2}


def test_the_gate_forgets_an_authorisation_that_has_ended_for_good() -> None:
    gate = LeaseGate(CAMERA, EdgeCounters())
    assert gate.live(AT_NOON) is None
    gate.admit([PERMIT])
    assert gate.live(later(10)) is PERMIT
    assert gate.live(later(61)) is None
    # The wall clock is set back, and the boot clock read wrong: what has ended stays ended.
    assert gate.live(later(10)) is None


def test_the_gate_counts_time_with_and_without_a_warrant() -> None:
    counters = EdgeCounters()
    gate = LeaseGate(CAMERA, counters)
    gate.live(later(0))
    gate.live(later(7))
    gate.admit([PERMIT])
    gate.live(later(8))
    gate.live(later(18))
    gate.live(later(70))
    gate.live(later(75))
    assert counters.seconds_authorised == pytest.approx(11)
    assert counters.seconds_without_warrant == pytest.approx(7 + 52 + 5)


def test_nothing_admitted_means_nothing_is_live() -> None:
    gate = LeaseGate(CAMERA, EdgeCounters())
    gate.admit([PERMIT])
    gate.admit([])
    assert gate.live(later(1)) is None


def test_the_masks_of_every_record_held_are_painted() -> None:
    left = ((0.0, 0.0), (0.2, 0.0), (0.2, 1.0))
    right = ((0.8, 0.0), (1.0, 0.0), (1.0, 1.0))
    gate = LeaseGate(CAMERA, EdgeCounters())
    gate.admit(
        [a_permit(SITE_KEYS, camera=a_camera(masks=(left,))), a_permit(SITE_KEYS, camera=a_camera(masks=(right,)))]
    )
    assert set(gate.masks._polygons) == {left, right}


RUN = a_verified_run(SITE_KEYS)


@pytest.mark.law("C16")
def test_a_volunteers_run_is_let_in_by_a_door_of_its_own_and_forgotten_at_its_end() -> None:
    gate = LeaseGate(CAMERA, EdgeCounters())
    gate.admit_volunteers([RUN])
    assert gate.live(later(10)) is RUN
    assert gate.authorisations == ()
    assert gate.live(later(61)) is None
    assert gate.live(later(10)) is None


@pytest.mark.law("C16")
def test_a_warrant_goes_before_a_run_and_neither_replaces_the_other() -> None:
    gate = LeaseGate(CAMERA, EdgeCounters())
    gate.admit_volunteers([RUN])
    gate.admit([PERMIT])
    assert gate.live(later(1)) is PERMIT
    gate.admit([])
    assert gate.live(later(2)) is RUN
    gate.drop()
    assert gate.live(later(3)) is None


@pytest.mark.law("C16")
def test_time_for_volunteers_alone_is_counted_by_itself() -> None:
    counters = EdgeCounters()
    gate = LeaseGate(CAMERA, counters)
    gate.live(later(0))
    gate.admit_volunteers([RUN])
    gate.live(later(8))
    gate.admit([PERMIT])
    gate.live(later(13))
    gate.drop()
    gate.live(later(20))
    counted = counters.seconds_for_volunteers, counters.seconds_authorised, counters.seconds_without_warrant
    assert counted == pytest.approx((8, 5, 7))


@pytest.mark.law("C16")
def test_the_masks_of_a_run_are_painted_too() -> None:
    left = ((0.0, 0.0), (0.2, 0.0), (0.2, 1.0))
    gate = LeaseGate(CAMERA, EdgeCounters())
    gate.admit([PERMIT])
    assert set(gate.masks._polygons) == set()
    gate.admit_volunteers([a_verified_run(SITE_KEYS, camera=a_camera(masks=(left,)))])
    assert set(gate.masks._polygons) == {left}


@pytest.mark.law("C16")
@pytest.mark.parametrize("at", [later(60.0), Moment(now=AT_NOON.now - timedelta(seconds=30), boot=AT_NOON.boot + 1)])
def test_out_of_its_time_a_run_loads_no_model_and_looks_at_no_frame(at: Moment) -> None:
    pipeline = a_pipeline(None)
    pipeline.analyse(a_frame(astronaut_bgr().copy()), RUN, at)
    assert pipeline._counters.frames_analysed == 0


@pytest.mark.law("C16")
def test_under_a_live_run_a_face_is_followed_and_handed_on() -> None:
    sent: list[Probe] = []
    pipeline = a_pipeline(ScriptedFinder(the_face), sent)
    for number in range(60):
        pipeline.analyse(a_frame(astronaut_bgr().copy(), number=number), RUN, later(1))
    assert sent


@pytest.mark.law("C16", "P4")
def test_the_edge_verifies_each_run_itself_and_counts_the_warrants_persons() -> None:
    unverified, ask = a_blue_list(SITE_KEYS)
    told = {"site_id": SITE, "camera_id": CAMERA, "profile": PROFILE, "at": AT_NOON}
    trusted = replace(SITE_KEYS.trusted, admission=an_admission(envelope=an_envelope(tested_list=2)))
    spoilt = replace(unverified, lease=replace(unverified.lease, signature=bytes(64)))
    verified, refused = verify_runs([(spoilt, ask), (unverified, ask)], warrants=(), trusted=trusted, **told)
    assert (len(verified), len(refused)) == (1, 1)
    verified, refused = verify_runs([(unverified, ask)], warrants=(PERMIT,), trusted=trusted, **told)
    assert (len(verified), len(refused)) == (0, 1)


def test_a_permit_cannot_be_forged_by_replacing_its_parts() -> None:
    with pytest.raises((TypeError, ValueError)):
        replace(PERMIT, ends_boot=1e12)
