"""Person A is found in the demonstration's film afterwards: real film, pipeline, models, viewer and governance.

Only the wires between the processes are short: the site's client speaks to the use cases without a server.
"""

import asyncio
import os
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import cv2
import pytest
from pydantic import SecretStr

from contracts.canonical import sha256_hex
from contracts.clock import Moment
from contracts.search_records import SearchEnding
from contracts.signature import Signed
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.errors import StorageFailed
from governance.application.findings import Finding
from governance.application.picture_ports import EnrolmentAnswer, Rescore
from governance.application.queries import list_alerts
from governance.application.search_recording import ApproveSearch, AskSearch, approve_search, ask_search
from governance.domain.identifiers import SearchId, WarrantId
from governance.domain.review import AlertState
from governance.domain.searches import Recording
from insyn.recording_at_hand import take_recording
from insyn.recording_search import SearchResult
from insyn.search_service import NotSearched, SearchSettings, open_site, search
from matcher.day_keys import DayKeys
from matcher.enrolment import Enroller, open_enroller
from matcher.governance_client import GovernanceClient, GovernanceUnavailable, SearchRefused
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from matcher.viewer import SealedPair, Viewer, ViewerTerms, probe_embedder
from tests.builders_applications import CAMERAS, a_slot_application
from tests.builders_contracts import LOG_ORIGIN, NOON, SITE, a_trusted_site
from tests.builders_edge import write_video
from tests.builders_fakes import FakeViewer
from tests.builders_governance import World, a_governance, an_issued_warrant, slot_of
from tests.builders_search_wire import a_wire
from tests.builders_watchlist import an_origin

pytestmark = pytest.mark.slow

PROFILE = shipped_profile()
HOME: Final = Path(os.environ.get("INSYN_HOME") or Path(__file__).parents[2] / "var")
HOUR: Final = timedelta(hours=1)
SECONDS: Final = timedelta(seconds=16)
"""So much of the demonstration's film is searched: by its ground truth Person A passes at 4.6 s, Person B at 11.2 s."""


class RealEnrolment:
    """The enrolment matcher, without its socket."""

    def __init__(self, enroller: Enroller) -> None:
        self._enroller = enroller

    def enrol(self, request: Any, photograph: bytes) -> EnrolmentAnswer:
        answer = self._enroller.enrol(request, photograph)
        return EnrolmentAnswer(
            enrolment=answer.enrolment,
            sealed_templates=answer.sealed_templates,
            sealed_crop=answer.sealed_crop,
            findings=(Finding(code="size", sentence="The face is large enough.", acceptable=True),),
        )


class RealViewer(FakeViewer):
    """The viewer's own keys and comparison, without its socket."""

    def __init__(self, world: World, store: ModelStore, folder: Path) -> None:
        super().__init__(world.keys)
        _lay(folder / "reference.key", bytes(world.keys.viewer_opening.secret))
        terms = ViewerTerms(
            trusted=world.keys.trusted,
            log_origin=LOG_ORIGIN,
            profile=PROFILE,
            reference_key_file=folder / "reference.key",
        )
        self._day_keys = DayKeys(folder / "day-keys", world.keys.viewer, world.clock.now)
        self._viewer = Viewer(terms, self._day_keys, lambda: probe_embedder(PROFILE, store, threads=1), world.clock.now)

    def day_key(self, deployment_id: Any, day: str) -> Signed:
        return self._day_keys.issue(deployment_id, day)

    def rescore(self, *, report: Signed, crops: bytes, enrolment: Signed, sealed_template: bytes) -> Rescore:
        pair = SealedPair(report=report, crops=crops, enrolment=enrolment)
        found = self._viewer.rescore(pair, sealed_template)
        return Rescore(score=found.score, reaches_threshold=found.reaches_threshold)


def _lay(path: Path, secret: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(secret)
    path.chmod(0o600)


@dataclass(kw_only=True)
class House:
    """Governance and a site of their own, with the film and the photographs of the demonstration."""

    world: World
    folder: Path
    home: Path
    film: Path

    def clocks(self) -> Moment:
        return Moment(now=self.world.clock.now(), boot=time.clock_gettime(time.CLOCK_BOOTTIME))

    def approved_search(self, person: str) -> SearchId:
        """A warrant for the person of one photograph, enrolled, and the film approved for it."""
        (file,) = (self.home / "demonstration" / "photographs").glob(f"{person}-1.*")
        photograph = file.read_bytes()
        warrant_id = self.warrant_for(photograph)
        ended = NOON - 30 * HOUR
        recording = Recording(
            camera_id=CAMERAS[0],
            sha256=take_recording(str(self.film)).sha256,
            recorded_from=ended - SECONDS,
            recorded_until=ended,
        )
        governance, people = self.world.governance, self.world.people
        search_id = ask_search(
            governance, AskSearch(actor=people.reviewers[2], warrant_id=warrant_id, recording=recording)
        )
        approve_search(governance, ApproveSearch(actor=people.legal_officer, search_id=search_id))
        return search_id

    def searched(self, search_id: SearchId) -> SearchResult:
        """Search the film, as the site's process does."""
        settings = SearchSettings(
            home=self.folder,
            site_id=SITE,
            governance_url="http://127.0.0.1:1",
            trust_file=self.folder / "trust.json",
            site_key_file=self.folder / "site.key",
            opening_key_file=self.folder / "opening.key",
            search_id=search_id,
            recording=SecretStr(str(self.film)),
        )
        site = replace(open_site(settings), clocks=self.clocks, store=ModelStore(self.home))
        wire = a_wire(self.world.governance)
        client = GovernanceClient(
            settings.governance_url, site_id=settings.site, site_key=site.site_key, transport=wire
        )

        async def once() -> SearchResult:
            try:
                return await search(site, client)
            finally:
                await client.close()

        return asyncio.run(once())

    def warrant_for(self, photograph: bytes) -> WarrantId:
        """A post-remote warrant for the person of one photograph, who is enrolled."""
        world = self.world
        warrant_id = an_issued_warrant(
            world,
            warrant_type="post-remote",
            recorded_until=NOON - 24 * HOUR,
            profile_sha256=PROFILE.profile_sha256,
            slots=(a_slot_application(photographs=(sha256_hex(photograph),)),),
        )
        enrol_reference(
            world.governance,
            EnrolReference(
                actor=world.people.enroller,
                warrant_id=warrant_id,
                slot_id=slot_of(world, warrant_id),
                photograph=photograph,
                origin=an_origin(),
            ),
        )
        return warrant_id


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The part of the film in which two people pass by, one after the other: Person A, then Person B."""
    whole = HOME / "demonstration" / "footage" / "camera.mp4"
    if not whole.exists() or not (HOME / "demonstration" / "photographs" / "person-a-1.jpg").exists():
        pytest.skip("the demonstration's film has not been made: run make run, or make demo-check, once")
    capture = cv2.VideoCapture(str(whole))
    frames = [capture.read()[1] for _ in range(round(SECONDS.total_seconds() * 25))]
    return write_video(tmp_path_factory.mktemp("film") / "film.mp4", frames)


@pytest.fixture(scope="module")
def enroller(built_models: ModelStore) -> Enroller:
    keys = a_trusted_site(demo=True)
    return open_enroller(
        PROFILE,
        built_models,
        threads=1,
        signing_key=keys.enrolment,
        viewer_public=keys.viewer_opening.public,
        site_publics=frozenset({keys.opening.public}),
    )


@pytest.fixture
def house(tmp_path: Path, beginning: Path, enroller: Enroller, built_models: ModelStore) -> House:
    world = a_governance(tmp_path / "centre", demo=True)
    world.governance = replace(
        world.governance,
        profile_sha256=PROFILE.profile_sha256,
        enrolment=RealEnrolment(enroller),
        viewer=RealViewer(world, built_models, tmp_path / "viewer"),
    )
    world.keys.pin_in(tmp_path)
    _lay(tmp_path / "site.key", world.keys.site.seed)
    _lay(tmp_path / "opening.key", bytes(world.keys.opening.secret))
    film = tmp_path / "film.mp4"
    film.write_bytes(beginning.read_bytes())
    return House(world=world, folder=tmp_path, home=HOME, film=film)


@pytest.mark.law("A12", "A13", "A15")
def test_person_a_is_found_and_waits_for_two_reviewers(house: House) -> None:
    search_id = house.approved_search("person-a")
    result = house.searched(search_id)
    assert result.ending is SearchEnding.COMPLETE
    assert result.faces >= 2, "two people pass by"
    assert result.candidates
    (line,) = list_alerts(house.world.governance, house.world.people.reviewers[0])
    assert line.state is AlertState.OPEN
    assert line.from_recording
    began = NOON - 30 * HOUR - SECONDS
    assert began + timedelta(seconds=4) < line.captured_at < began + timedelta(seconds=10), "when Person A passed by"
    events = house.world.events()
    assert "search.refuse" not in events
    assert events.index("search.begin") < events.index("candidate.accept") < events.index("search.end")
    with house.world.governance.database.transaction() as tx:
        search = tx.searches.get(search_id)
    assert (search.frames, search.faces, search.candidates) == (
        result.frames,
        result.faces,
        len(result.candidates),
    )


@pytest.mark.law("A12")
def test_of_whoever_is_not_in_it_nothing_is_left_but_numbers(house: House) -> None:
    search_id = house.approved_search("person-c")
    result = house.searched(search_id)
    assert (result.ending, result.candidates) == (SearchEnding.COMPLETE, ())
    assert result.compared >= 2, "two people passed by, and were compared"
    assert not list_alerts(house.world.governance, house.world.people.reviewers[0])
    assert {event for event in house.world.events() if event.startswith("candidate.")} == set()


@pytest.mark.law("A12", "A16")
def test_without_the_entry_of_its_beginning_nothing_is_decoded_or_compared(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_id = house.approved_search("person-a")
    opened: list[object] = []
    monkeypatch.setattr("insyn.recording_search.Capture", lambda *given, **_: opened.append(given))
    monkeypatch.setattr("insyn.search_service.open_gallery", lambda *given: opened.append(given))
    monkeypatch.setattr("insyn.search_service._models", opened.append)

    def full(*_: object) -> None:
        raise StorageFailed("The log cannot be written now; nothing is ordered.")

    with monkeypatch.context() as broken:
        broken.setattr("governance.adapters.db.database._StagedEntries.write", full)
        with pytest.raises(GovernanceUnavailable):
            house.searched(search_id)
    assert opened == []
    assert "search.begin" not in house.world.events()


@pytest.mark.law("A12")
def test_what_governance_refuses_is_one_sentence_at_the_site(house: House) -> None:
    search_id = house.approved_search("person-a")
    with house.film.open("ab") as film:
        film.write(b"one more frame")
    with pytest.raises(SearchRefused, match="not the recording that was approved"):
        house.searched(search_id)
    assert house.world.entries()[-1].event == "search.refuse"


@pytest.mark.law("A16", "A12")
def test_nothing_is_searched_where_somebody_pressed_stop(house: House) -> None:
    search_id = house.approved_search("person-a")
    latch = house.folder / "site" / SITE / "stop"
    latch.parent.mkdir(parents=True)
    latch.touch()
    with pytest.raises(NotSearched, match="pressed stop"):
        house.searched(search_id)
    assert "search.begin" not in house.world.events()
