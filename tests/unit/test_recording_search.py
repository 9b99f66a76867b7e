"""The search of one recording: real files, the real decoder, a scripted finder, models that say what they are told."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.candidate_report import CandidateReport
from contracts.clock import Moment
from contracts.search_order import VerifiedSearchOrder
from contracts.search_records import SearchEnding
from contracts.vocabulary import DeploymentId
from edge.pipeline import PipelineLimits
from edge.search_plan import SearchLimits
from insyn.recording_at_hand import RecordingAtHand, RecordingRefused, take_recording
from insyn.recording_search import HeldOrder, OtherRecording, RecordingSearch, SearchParts, SearchResult
from matcher.candidates import AlertMemory
from matcher.faces.face import DetectedFace, FloatArray
from matcher.gallery import Gallery, open_gallery
from matcher.gate import ProbeEmbedder
from matcher.track_embedder import ModelDoor
from tests.builders_contracts import (
    AT_NOON,
    NOON,
    a_camera,
    a_gallery,
    a_reference,
    a_template,
    a_trusted_site,
)
from tests.builders_edge import FACE_XYXY, ScriptedFinder, a_face, astronaut_bgr, write_video
from tests.builders_matcher import FakeModels, SetClocks, at_distance, some_terms
from tests.builders_searches import SEARCH, a_search_permit, a_search_warrant

KEYS = a_trusted_site()
PERSON = a_template(1)
STRANGER = a_template(2)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of one face."""
    return write_video(tmp_path_factory.mktemp("film") / "film.mp4", [astronaut_bgr()] * 75)


@dataclass(kw_only=True)
class Site:
    """What a search is made of, and what it was seen to do."""

    clocks: SetClocks
    models: FakeModels
    finder: ScriptedFinder
    loads: int = 0
    stopped: bool = False
    gallery: Gallery | None = None
    held: HeldOrder | None = None

    def load(self) -> ProbeEmbedder:
        self.loads += 1
        return self.models


def a_site(template: FloatArray = PERSON) -> Site:
    face = a_face(FACE_XYXY)
    return Site(clocks=SetClocks(), models=FakeModels(template=template), finder=ScriptedFinder(lambda _: [face]))


def a_search(
    film: Path,
    site: Site,
    *,
    permit: Callable[[bytes, RecordingAtHand], VerifiedSearchOrder] | None = None,
) -> RecordingSearch:
    recording = take_recording(str(film))
    bundle = a_gallery([a_reference(KEYS, PERSON)], deployment_id=DeploymentId(SEARCH))
    make = permit or (lambda gallery, found: a_search_permit(KEYS, gallery=gallery, recording=found.sha256))
    order = make(bundle, recording)
    site.gallery = open_gallery(bundle, some_terms(KEYS, order), KEYS.opening, AT_NOON)
    site.held = HeldOrder(order)
    parts = SearchParts(
        held=site.held,
        gallery=site.gallery,
        door=ModelDoor(site.load, site.clocks),
        site_key=KEYS.site,
        open_finder=site.finder.open,
        limits=PipelineLimits(search=SearchLimits(every_s=0.2, sweep_every_s=0.2)),
        memory=AlertMemory(quiet_time=timedelta(seconds=60)),
        clocks=site.clocks,
        is_stopped=lambda: site.stopped,
    )
    return RecordingSearch(recording, parts, session="run")


def searched(film: Path, site: Site) -> SearchResult:
    result = a_search(film, site).run()
    assert site.gallery is not None
    assert site.gallery.wiped, "the template is gone when the search is over"
    return result


@pytest.mark.law("A12")
def test_the_person_is_found_and_told_sealed_in_one_report(film: Path) -> None:
    result = searched(film, a_site())
    assert (result.ending, result.frames, result.faces) == (SearchEnding.COMPLETE, 75, 1)
    first = CandidateReport.from_bytes(result.candidates[0].report.payload)
    assert (first.lease_id, first.deployment_id, first.reference_id) == (SEARCH, SEARCH, "reference-1")
    assert first.crops_sha256 is not None
    assert {CandidateReport.from_bytes(one.report.payload).joins for one in result.candidates[1:]} <= {first.report_id}


@pytest.mark.law("A12")
def test_of_somebody_else_nothing_is_left_but_a_count(film: Path) -> None:
    site = a_site(STRANGER)
    result = searched(film, site)
    assert (result.ending, result.candidates) == (SearchEnding.COMPLETE, ())
    assert result.compared == site.models.embedded >= 1
    assert all(not template.any() for template in site.models.given), "a stranger's template was not overwritten"


@pytest.mark.law("A12")
@pytest.mark.parametrize(("distance", "told"), [(0.4499, True), (0.4501, False)])
def test_the_profiles_own_threshold_decides(film: Path, distance: float, *, told: bool) -> None:
    assert bool(searched(film, a_site(at_distance(PERSON, distance))).candidates) == told


@pytest.mark.law("A12", "P1")
def test_without_the_order_nothing_is_read_found_or_loaded(film: Path) -> None:
    site = a_site()
    search = a_search(film, site)
    site.clocks.pass_time(900)
    result = search.run()
    assert (result.ending, result.frames, result.faces, result.candidates) == (SearchEnding.OUT_OF_TIME, 0, 0, ())
    assert (site.loads, site.finder.calls, site.models.embedded) == (0, 0, 0)
    assert site.gallery is not None
    assert site.gallery.wiped


@pytest.mark.law("A12")
def test_an_order_that_ends_in_between_tells_nothing(film: Path) -> None:
    site = a_site()
    site.models.during = lambda: site.clocks.pass_time(900)
    result = searched(film, site)
    assert (result.ending, result.candidates) == (SearchEnding.OUT_OF_TIME, ())


def a_newer_order(first: VerifiedSearchOrder, seconds: float) -> VerifiedSearchOrder:
    """The order that renews another so many seconds later."""
    at = Moment(now=NOON + timedelta(seconds=seconds), boot=AT_NOON.boot + seconds)
    return a_search_permit(
        KEYS,
        at=at,
        warrant=first.warrant,
        recording=first.order.recording_sha256,
        gallery_sha256=first.order.gallery_sha256,
        recorded_from=first.order.recorded_from,
        recorded_until=first.order.recorded_until,
    )


@pytest.mark.law("A12", "P1")
def test_a_renewed_order_carries_the_search_over_the_end_of_the_first(film: Path) -> None:
    site = a_site()

    def a_minute_goes_by(call: int) -> list[DetectedFace]:
        if call == 1:
            assert site.held is not None
            site.clocks.pass_time(45)
            site.held.renew(a_newer_order(site.held.first, 45))
            site.clocks.pass_time(30)
        return [a_face(FACE_XYXY)]

    site.finder = ScriptedFinder(a_minute_goes_by)
    result = searched(film, site)
    assert result.ending is SearchEnding.COMPLETE
    assert result.candidates


@pytest.mark.law("A8", "A12")
def test_what_governance_ends_ends_at_once_and_tells_nothing(film: Path) -> None:
    site = a_site()

    def revoked() -> None:
        assert site.held is not None
        site.held.end()

    site.models.during = revoked
    result = searched(film, site)
    assert (result.ending, result.candidates) == (SearchEnding.OUT_OF_TIME, ())


@pytest.mark.law("A12")
@pytest.mark.parametrize(
    "changes",
    [
        {"recording": "0" * 64},
        {"reference_id": "reference-2"},
        {"recorded_until": NOON - timedelta(hours=47)},
        {"gallery": b"another gallery"},
    ],
    ids=["recording", "reference", "time", "gallery"],
)
def test_a_renewed_order_of_another_query_ends_the_search(film: Path, changes: dict[str, Any]) -> None:
    recording = take_recording(str(film))
    held = HeldOrder(a_search_permit(KEYS, gallery=b"", recording=recording.sha256))
    ends = NOON - timedelta(hours=48)
    same = {"warrant": a_search_warrant(), "recorded_from": ends - timedelta(hours=1), "recorded_until": ends}
    parts = {"gallery": b"", "recording": recording.sha256, **same, **changes}
    at = Moment(now=NOON + timedelta(seconds=30), boot=AT_NOON.boot + 30)
    with pytest.raises(OtherRecording):
        held.renew(a_search_permit(KEYS, at=at, **parts))
    assert held.live(at) is None
    held.renew(a_search_permit(KEYS, gallery=b"", recording=recording.sha256, at=at, **same))
    assert held.live(at) is None, "what ended does not begin again"


@pytest.mark.law("A12")
def test_the_order_for_another_recording_opens_nothing(film: Path) -> None:
    site = a_site()
    with pytest.raises(OtherRecording):
        a_search(film, site, permit=lambda gallery, _: a_search_permit(KEYS, gallery=gallery, recording="0" * 64))
    assert site.finder.calls == 0


@pytest.mark.law("A16", "A12")
def test_a_stop_at_the_site_ends_it(film: Path) -> None:
    site = a_site()
    site.stopped = True
    result = searched(film, site)
    assert (result.ending, result.frames, site.loads) == (SearchEnding.STOPPED, 0, 0)


@pytest.mark.law("A12", "B7")
def test_the_cameras_masks_are_painted_on_its_recordings_too(film: Path) -> None:
    everything = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    site = a_site()
    search = a_search(
        film,
        site,
        permit=lambda gallery, found: a_search_permit(
            KEYS, gallery=gallery, recording=found.sha256, camera=a_camera(masks=(everything,))
        ),
    )
    result = search.run()
    # The scripted finder sees faces in black pictures too; what it finds there is too dark to be compared.
    assert (result.compared, result.candidates, site.models.embedded) == (0, (), 0)


@pytest.mark.law("A12")
def test_what_was_recorded_after_the_approved_time_is_not_looked_at(film: Path) -> None:
    images = [astronaut_bgr()] * 4
    slow = write_video(film.with_name("slow.mp4"), images, fps=0.02)  # fifty seconds from frame to frame
    site = a_site()

    def of_half_a_minute(gallery: bytes, found: RecordingAtHand) -> VerifiedSearchOrder:
        ends = NOON - timedelta(hours=48)
        return a_search_permit(
            KEYS,
            gallery=gallery,
            recording=found.sha256,
            recorded_from=ends - timedelta(seconds=30),
            recorded_until=ends,
        )

    result = a_search(slow, site, permit=of_half_a_minute).run()
    assert (result.ending, result.frames) == (SearchEnding.LONGER_THAN_SAID, 3)


@pytest.mark.law("A12")
def test_a_file_that_was_changed_meanwhile_tells_nothing(film: Path) -> None:
    changed = film.with_name("changed.mp4")
    changed.write_bytes(film.read_bytes())
    site = a_site()
    site.models.during = lambda: os.utime(changed, ns=(1, 1))
    result = searched(changed, site)
    assert (result.ending, result.candidates) == (SearchEnding.RECORDING_CHANGED, ())


@pytest.mark.law("A12")
def test_a_truncated_recording_and_one_that_is_none_end_with_a_word(film: Path) -> None:
    cut = film.with_name("cut.avi")
    write_video(cut, [astronaut_bgr()] * 75)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 3])
    assert searched(cut, a_site()).ending in {SearchEnding.CUT_SHORT, SearchEnding.UNREADABLE}
    text = film.with_name("text.mp4")
    text.write_bytes(b"this is no film " * 100)
    assert searched(text, a_site()).ending is SearchEnding.UNREADABLE


@pytest.mark.law("A12")
def test_a_recording_without_a_face_is_searched_and_says_so(film: Path) -> None:
    site = replace(a_site(), finder=ScriptedFinder(lambda _: []))
    result = searched(film, site)
    assert (result.ending, result.faces, result.compared, site.loads) == (SearchEnding.COMPLETE, 0, 0, 0)


# -- the file ---------------------------------------------------------------------------------------------------------


@pytest.mark.law("A12")
@pytest.mark.parametrize(
    "named", ["rtsp://127.0.0.1/live", "http://127.0.0.1/film.mp4", "0", "", "ftp://x/y", "tcp://127.0.0.1:1"]
)
def test_what_is_no_file_is_never_searched(named: str) -> None:
    with pytest.raises(RecordingRefused, match="file on this machine"):
        take_recording(named)


@pytest.mark.law("A12")
def test_only_a_regular_file_of_its_own_is_searched(tmp_path: Path, film: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "link.mp4").symlink_to(film)
    os.mkfifo(tmp_path / "pipe.mp4")
    sentences = {}
    for name in ("empty.mp4", "link.mp4", "pipe.mp4", "missing.mp4", "."):
        with pytest.raises(RecordingRefused) as refused:
            take_recording(str(tmp_path / name))
        sentences[name] = str(refused.value)
        assert str(tmp_path) not in sentences[name]
    assert "empty" in sentences["empty.mp4"]
    assert "regular file" in sentences["link.mp4"]
    assert "regular file" in sentences["pipe.mp4"]
    assert "no such file" in sentences["missing.mp4"]


def test_a_recording_is_named_by_its_bytes_and_never_by_its_path(film: Path) -> None:
    recording = take_recording(str(film))
    assert len(recording.sha256) == 64
    assert str(film) not in repr(recording)
    assert recording.is_unchanged()
