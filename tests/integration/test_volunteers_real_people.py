"""Volunteers pass a camera on a closed site: the demonstration's film, the real models, edge, matcher and governance.

Only the processes are missing between them: the site speaks to governance's own routes, in one loop.
"""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import cv2
import httpx
import numpy as np
import pytest
from sqlalchemy import text

from contracts.canonical import sha256_hex
from contracts.clock import Moment
from contracts.probe import Probe
from contracts.stop import RunStop
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.vocabulary import NotComparedReason
from contracts.volunteer_run import VerifiedVolunteerRun
from edge.counters import EdgeCounters
from edge.gate import LeaseGate
from edge.masks import PrivacyMasks
from edge.pipeline import OpenedFinder, Pipeline
from edge.probe_client import verify_runs
from edge.worker import limits_of
from governance.application.announce_model import announce_model
from governance.application.end_volunteer_run import WithdrawVolunteer, withdraw_volunteer
from governance.application.enrol_volunteer import EnrolVolunteer, enrol_volunteer
from governance.application.erase import expire_due
from governance.application.picture_ports import VolunteerAnswer
from governance.domain.identifiers import VolunteerId
from governance.domain.roles import Role
from governance.domain.volunteers import LATE_SIGHTING
from governance.web.app import create_app
from governance.web.settings import WebSettings
from matcher.candidates import AlertMemory
from matcher.embedding import open_embedder
from matcher.enrolment import Enroller, open_enroller
from matcher.faces.detection import open_face_finder
from matcher.faces.face import BgrImage
from matcher.governance_client import GovernanceClient
from matcher.lease_keeper import LeaseKeeper
from matcher.leases import LeaseBook, LeaseTerms
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from matcher.sightings import SightingsOutbox
from matcher.site_matcher import SiteMatcher
from matcher.stop_listener import StopListener
from matcher.track_embedder import ModelDoor, TrackEmbedder
from matcher.volunteer_book import VolunteerBook
from tests.builders_acts import nothing_stopped
from tests.builders_contracts import NOON, SITE
from tests.builders_edge import a_raw_frame
from tests.builders_fakes import FakeEnrolmentMatcher
from tests.builders_governance import World, a_governance, an_account
from tests.builders_matcher import lend
from tests.builders_seeded import GATE, MINUTE, announced, approved, run_papers
from tests.builders_volunteers import HOUR, RUN, a_consent

pytestmark = [pytest.mark.slow, pytest.mark.law("C11", "C16")]

PROFILE = shipped_profile()
HOME: Final = Path(os.environ.get("INSYN_HOME") or Path(__file__).parents[2] / "var")
CAMERA: Final = ContractCameraId(GATE)
SHOWN: Final = (range(3 * 25, 8 * 25), range(9 * 25, 14 * 25))
"""By the film's ground truth Person A passes at 4.6 s and Person B at 11.2 s; Person C does not pass."""
VOLUNTEERS: Final = {"volunteer-a": "person-a", "volunteer-b": "person-b", "volunteer-c": "person-c"}


class RealEnrolment(FakeEnrolmentMatcher):
    """The enrolment matcher, without its socket."""

    def __init__(self, world: World, enroller: Enroller) -> None:
        super().__init__(world.keys)
        self._enroller = enroller

    def enrol_volunteer(self, request: Any, photograph: bytes) -> VolunteerAnswer:
        answer = self._enroller.enrol_volunteer(request, photograph)
        return VolunteerAnswer(enrolment=answer.enrolment, sealed_template=answer.sealed_template, findings=())


class Site:
    """What runs at a site: the matcher's parts and an edge worker's, under governance's clock."""

    def __init__(self, world: World, store: ModelStore) -> None:
        self._world = world
        self._store = store
        transport = httpx.ASGITransport(app=create_app(world.governance, WebSettings(stop_patience=0.0)))
        self._client = GovernanceClient("http://localhost", site_id=SITE, site_key=world.keys.site, transport=transport)
        self.terms = LeaseTerms(
            trusted=world.keys.trusted,
            site_id=SITE,
            profile=PROFILE,
            dimensions=PROFILE.embedder.dimensions,
            opening=lend(world.keys.opening),  # type: ignore[arg-type]  # see `lend`
            stopped=nothing_stopped(world.keys),
        )
        self.runs = VolunteerBook(LeaseBook(self.terms))
        self.matcher = SiteMatcher(
            book=self.runs.leases,
            runs=self.runs,
            door=ModelDoor(self._models, self.clocks),
            memory=AlertMemory(quiet_time=PROFILE.comparison.quiet_time),
            site_key=world.keys.site,
            clocks=self.clocks,
        )
        self.outbox = SightingsOutbox(
            self._client,
            site_key=world.keys.site,
            clocks=self.clocks,
            is_lent=lambda camera_id, run_id: self.runs.is_lent(camera_id, run_id, self.clocks()),
        )
        self.keeper = LeaseKeeper(
            self.runs.leases,
            self.runs,
            self._client,
            cameras=(CAMERA,),
            clocks=self.clocks,
            renewal_seconds=20,
            on_held=_nobody_hears,
            on_end=lambda _ended: None,
            on_run_end=lambda _ended: None,
        )
        self.reports = 0

    def clocks(self) -> Moment:
        now = self._world.clock.now()
        return Moment(now=now, boot=1000.0 + (now - NOON).total_seconds())

    def _models(self) -> TrackEmbedder:
        return TrackEmbedder(open_embedder(PROFILE, self._store, threads=1), PROFILE.comparison)

    async def authority(self) -> VerifiedVolunteerRun | None:
        """Ask governance as the matcher does, verify as the edge worker does, and return what lets it look."""
        assert await self.keeper.held_now(CAMERA) == [], "no warrant is lent here"
        lent = [(held.unverified, held.ask) for held in self.keeper.runs_now(CAMERA) if held.is_alone]
        runs, refused = verify_runs(
            lent,
            warrants=(),
            trusted=self.terms.trusted,
            site_id=SITE,
            camera_id=CAMERA,
            profile=PROFILE,
            at=self.clocks(),
        )
        assert refused == []
        gate = LeaseGate(CAMERA, EdgeCounters())
        gate.admit_volunteers(runs)
        permit = gate.live(self.clocks())
        assert permit is None or isinstance(permit, VerifiedVolunteerRun)
        return permit

    def watches(self, film: Path, permit: VerifiedVolunteerRun) -> EdgeCounters:
        """Let the film pass the camera, in its own time."""
        began, counters = self._world.clock.now(), EdgeCounters()
        masks = PrivacyMasks(permit.camera.masks)
        pipeline = Pipeline(
            camera_id=CAMERA,
            session="film",
            open_finder=self._finder,
            submit=self._submit,
            limits=limits_of(PROFILE),
            counters=counters,
        )
        for number, image in _frames(film):
            self._world.clock.at = began + timedelta(seconds=number / 25)
            frame = masks.paint(a_raw_frame(image, number=number, now=self._world.clock.now()))
            pipeline.analyse(frame, permit, self.clocks())
        pipeline.end_stream(permit, self.clocks())
        return counters

    def _finder(self) -> OpenedFinder:
        finder = open_face_finder(PROFILE, self._store, threads=1)
        return OpenedFinder(finder=finder, layout=PROFILE.landmarks.layout)

    def _submit(self, probe: Probe) -> NotComparedReason | None:
        answer = self.matcher.handle(Probe.from_bytes(probe.to_bytes()))
        self.reports += len(answer.reports)
        for sighted in answer.sighted:
            self.outbox.put(sighted)
        return answer.reason

    async def hears(self) -> list[RunStop]:
        """Ask once what is to be stopped, and stop it."""
        heard: asyncio.Future[list[RunStop]] = asyncio.get_running_loop().create_future()
        listener = StopListener(
            self._client,
            trusted=self.terms.trusted,
            site_id=SITE,
            clocks=self.clocks,
            is_holding=lambda: True,
            on_stop=lambda _orders: None,
            on_run_stop=lambda orders: heard.set_result(list(orders)),
        )
        listening = asyncio.create_task(listener.run())
        orders = await asyncio.wait_for(heard, timeout=60)
        listening.cancel()
        for order in orders:
            self.runs.stop(order.camera_id, order.run_id, order.lease_id)
        return orders


async def _nobody_hears(_held: object) -> None:
    """The models are opened at the first face."""


def _frames(film: Path) -> Iterator[tuple[int, BgrImage]]:
    capture = cv2.VideoCapture(str(film))
    for number in range(SHOWN[-1].stop):
        assert capture.grab()
        if any(number in part for part in SHOWN):
            yield number, np.asarray(capture.retrieve()[1], np.uint8)


@dataclass(kw_only=True)
class House:
    """Governance with a closed site, three enrolled volunteers, and the film."""

    world: World
    site: Site
    film: Path

    def counted(self, table: str) -> int:
        with self.world.engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 (ours)

    def found(self) -> dict[str, list[bool]]:
        """Return of every announced pass whether it was found, by volunteer. No page says so before the end."""
        found: dict[str, list[bool]] = {}
        with self.world.governance.database.transaction() as tx:
            for one in sorted(tx.seeded_passes.where(run_id=RUN), key=lambda made: made.begins_at):
                found.setdefault(one.volunteer_id, []).append(one.found)
        return found


@pytest.fixture(scope="module")
def film() -> Path:
    whole = HOME / "demonstration" / "footage" / "camera.mp4"
    if not whole.exists() or not (HOME / "demonstration" / "photographs" / "person-b-1.jpg").exists():
        pytest.skip("the demonstration's film has not been made: run make run, or make demo-check, once")
    return whole


@pytest.fixture
def house(tmp_path: Path, film: Path, built_models: ModelStore) -> House:
    world = a_governance(tmp_path, demo=True)
    enroller = open_enroller(
        PROFILE,
        built_models,
        threads=1,
        signing_key=world.keys.enrolment,
        viewer_public=world.keys.viewer_opening.public,
        site_publics=frozenset({world.keys.opening.public}),
    )
    world.governance = replace(
        world.governance,
        profile_sha256=PROFILE.profile_sha256,
        model=PROFILE,
        enrolment=RealEnrolment(world, enroller),
    )
    announce_model(world.governance)
    _run_of_volunteers(world)
    return House(world=world, site=Site(world, built_models), film=film)


def _run_of_volunteers(world: World) -> None:
    """The trustee's papers for three volunteers, approved; each of them brings their photograph."""
    folder = HOME / "demonstration" / "photographs"
    pictures = {name: next(folder.glob(f"{person}-1.*")).read_bytes() for name, person in VOLUNTEERS.items()}
    papers = run_papers(
        world.keys,
        names=tuple(pictures),
        consents=[a_consent(name, photograph_sha256=sha256_hex(picture)) for name, picture in pictures.items()],
        profile_sha256=PROFILE.profile_sha256,
    )
    approved(world, an_account(world, "dora", Role.DATA_PROTECTION_OFFICER), papers)
    for name, picture in pictures.items():
        command = EnrolVolunteer(actor=world.people.legal_officer, volunteer_id=VolunteerId(name), photograph=picture)
        enrol_volunteer(world.governance, command)


def test_volunteers_pass_a_closed_site_and_are_counted_until_they_withdraw(house: House) -> None:
    world, site = house.world, house.site
    for name in VOLUNTEERS:
        announced(world, name, at=10)
        announced(world, name, at=20)

    async def story() -> None:
        world.clock.at = NOON + 11 * MINUTE
        permit = await site.authority()
        assert permit is not None
        assert len(permit.references) == 3
        counters = site.watches(house.film, permit)
        assert counters.tracks_probed >= 2, "two people pass by"
        await site.outbox.tell()
        assert house.found() == {
            "volunteer-a": [True, False],
            "volunteer-b": [True, False],
            "volunteer-c": [False, False],
        }

        (held,) = site.keeper.runs_now(CAMERA)
        with held.lent.templates.templates() as templates:
            kept = templates
        withdraw_volunteer(
            world.governance, WithdrawVolunteer(actor=world.people.auditor, volunteer_id=VolunteerId("volunteer-b"))
        )
        (order,) = await site.hears()
        assert order.lease_id == permit.lease.lease_id
        assert not kept.any(), "what was opened is overwritten at once"
        assert site.keeper.runs_now(CAMERA) == []

        world.clock.at = NOON + 21 * MINUTE
        permit = await site.authority()
        assert permit is not None
        assert sorted(permit.references.values()) == ["volunteer-a", "volunteer-c"]
        site.watches(house.film, permit)
        await site.outbox.tell()
        assert house.found() == {"volunteer-a": [True, True], "volunteer-c": [False, False]}

        world.clock.at = NOON + HOUR
        assert await site.authority() is None, "the run is over"

    asyncio.run(story())
    site.runs.end_over(site.clocks())
    assert site.runs.held_count() == 0
    world.clock.at = NOON + HOUR + LATE_SIGHTING
    expire_due(world.governance)
    (end,) = [one for one in world.entries() if one.event == "volunteer.end"]
    assert (end.fields["count"], end.fields["candidates"]) == (4, 2)
    assert site.reports == 0
    events = set(world.events())
    assert not {one for one in events if one.startswith(("candidate.", "alert.", "budget.", "lease."))}
    assert [house.counted(table) for table in ("alerts", "leases", "volunteers", "seeded_passes")] == [0, 0, 0, 0]
