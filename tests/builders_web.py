"""A whole governance on real SQLite behind its web application, with fake clock, viewer and enrolment matcher.

    house = a_web_house(tmp_path, monkeypatch)
    house.open_alert()
    page = house.browser("olga").get("/operator")

`Browser` keeps cookies and form tokens as a browser does. What a reviewer must not see is spelled in `SECRETS`.
"""

import asyncio
import atexit
import base64
import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Final, cast

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from contracts.authorisation import Lease
from contracts.canonical import sha256_hex
from contracts.lease_request import LeaseAnswer, LeaseRequest
from contracts.model_profile import ProfileClass
from contracts.signature import Purpose
from contracts.site_report import SiteReport
from governance import bootstrap
from governance.adapters.system import Argon2Hasher
from governance.application import (
    accounts,
    approve_warrant,
    deployments,
    issue_warrant,
    registers,
    submit_warrant,
)
from governance.application.accept_candidate import Acceptance, AcceptCandidate, accept_candidate, accept_site_report
from governance.application.accounts import ChangeShift
from governance.application.approve_warrant import ApproveWarrant
from governance.application.budgets import approve_budget
from governance.application.deployments import StartDeployment
from governance.application.draft_warrant import DraftWarrant, draft_warrant
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.issue_lease import issue_leases
from governance.application.issue_warrant import ExportWarrant, ImportWarrant
from governance.application.queries import list_alerts, read_warrant
from governance.application.registers import RegisterCamera, RegisterSite
from governance.application.submit_warrant import SubmitWarrant
from governance.domain.identifiers import AccountId, AlertId, SlotId, WarrantId
from governance.domain.roles import Role
from governance.domain.warrants import Application, CameraApplication, SlotApplication
from governance.settings import Settings
from governance.web.app import create_app
from governance.web.settings import WebSettings
from tests import builders_contracts
from tests.builders_accounts import PASSWORD as PASSWORD  # noqa: PLC0414 (tests take it from here)
from tests.builders_accounts import a_person, the_first_two
from tests.builders_centre import Centre, a_centre
from tests.builders_contracts import (
    CAMERA,
    ISSUER_NAME,
    LOG_ORIGIN,
    NOON,
    PROFILE,
    PROFILE_SHA256,
    SITE,
    TrustedSite,
    a_camera,
    a_hash,
    a_report,
    a_trusted_site,
    some_counts,
)
from tests.builders_fakes import FakeViewer
from tests.builders_governance import World
from tests.builders_law import an_attestation
from tests.builders_notifications import FakeCourier
from tests.builders_passages import a_budget_of
from tests.builders_sites import give_grounds
from tests.builders_watchlist import an_origin, approve_the_list
from tests.builders_web_fakes import (
    PROBE_PNG,
    REFERENCE_PNG,
    SCORE,
    THRESHOLD,
    a_strict_matcher,
    a_viewer_with_pictures,
)

PERSON: Final = "Person A of these tests"
NECESSITY: Final = "Taken from home; every other way of finding this person has been tried."
CASE: Final = "CASE-4711"
PHOTOGRAPH: Final = b"the photograph that the issuer saw"
A_PDF: Final = b"%PDF-1.7\n% the reasoned decision of these tests\n%%EOF\n"
LOGINS: Final = {
    "adam": frozenset({Role.ADMINISTRATOR}),
    "anna": frozenset({Role.APPLICANT}),
    "arne": frozenset({Role.AUDITOR}),
    "astrid": frozenset({Role.ADMINISTRATOR}),
    "dora": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "lena": frozenset({Role.LEGAL_OFFICER}),
    "lisa": frozenset({Role.LEGAL_OFFICER}),
    "olga": frozenset({Role.OPERATOR}),
    "oskar": frozenset({Role.OPERATOR}),
    "otto": frozenset({Role.OPERATOR}),
    "pia": frozenset({Role.PATROL}),
    "sara": frozenset({Role.SITE_MANAGER}),
    "stina": frozenset({Role.SENIOR_OPERATOR}),
}


SECRETS: Final = (
    PERSON,
    NECESSITY,
    base64.b64encode(PROBE_PNG).decode()[:60],
    base64.b64encode(REFERENCE_PNG).decode()[:60],
)
"""What is personal in this house, as it would appear on a page."""


@dataclass
class FakeClock:
    """A clock that moves when it is told to."""

    present: datetime = NOON

    def now(self) -> datetime:
        """Return the present."""
        return self.present

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.present += by


@dataclass
class Browser:
    """One visitor: keeps cookies, follows no redirect by itself, and posts forms with the token of the page."""

    app: FastAPI
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def request(self, method: str, path: str, **parts: object) -> httpx.Response:
        """Send one request to the application, in this process."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost", cookies=self.cookies
            ) as client:
                return await client.request(method, path, **parts)  # type: ignore[arg-type]  # the test's own

        response = asyncio.run(send())
        self.cookies.update(dict(response.cookies))
        found = re.search(r'name="token" value="([0-9a-f]{64})"', response.text)
        self.token = found.group(1) if found else self.token
        return response

    def get(self, path: str) -> httpx.Response:
        """Load a page."""
        return self.request("GET", path)

    def post(
        self,
        path: str,
        fields: Mapping[str, str | Sequence[str]] | None = None,
        files: Sequence[tuple[str, tuple[str, bytes]]] = (),
    ) -> httpx.Response:
        """Send a form as the page would, with its token."""
        data = {"token": self.token, **(fields or {})}
        if files:
            return self.request("POST", path, data=data, files=list(files))
        return self.request("POST", path, data=data)

    def log_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        """Log in through the form."""
        self.get("/login")
        answer = self.post("/login", {"login": login, "password": password})
        if answer.status_code == httpx.codes.SEE_OTHER:
            self.get(self.get("/").headers["location"])
        return answer


@dataclass(kw_only=True)
class WebHouse:
    """Governance, its web application, and the people in it."""

    running: bootstrap.Running
    app: FastAPI
    world: TrustedSite
    clock: FakeClock
    viewer: FakeViewer
    centre: Centre
    people: dict[str, AccountId]
    _browsers: dict[str, Browser] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)
    """Warrants that a lease is not taken from."""
    _reports: int = 0
    _counted: int = 0
    _in_use: bool = False

    def browser(self, login: str) -> Browser:
        """Return this person's browser, logged in; the same one each time."""
        if login not in self._browsers:
            browser = Browser(self.app)
            assert browser.log_in(login).status_code == httpx.codes.SEE_OTHER
            self._browsers[login] = browser
        return self._browsers[login]

    def stranger(self) -> Browser:
        """Return a browser that is not logged in."""
        return Browser(self.app)

    def draft(self, *, decision: bytes | None = A_PDF, **changes: object) -> WarrantId:
        """Let the applicant draft a lawful application."""
        values: dict[str, object] = {**_APPLICATION, **changes}
        application = Application(**values)  # type: ignore[arg-type]  # the test's own words
        command = DraftWarrant(actor=self.people["anna"], application=application, decision=decision)
        return draft_warrant(self.running.governance, command)

    def issued(self, **changes: object) -> WarrantId:
        """Return a warrant that the issuer signed."""
        governance, officer, warrant_id = self.running.governance, self.people["lisa"], self.draft(**changes)
        submit_warrant.submit_warrant(governance, SubmitWarrant(actor=self.people["anna"], warrant_id=warrant_id))
        approve_warrant.approve_warrant(governance, ApproveWarrant(actor=officer, warrant_id=warrant_id))
        act = issue_warrant.export_warrant(governance, ExportWarrant(actor=officer, warrant_id=warrant_id)).value
        record = self.world.issuer.sign(Purpose.WARRANT, act)
        issue_warrant.import_warrant(governance, ImportWarrant(actor=officer, record=record))
        return warrant_id

    def as_world(self) -> World:
        """Return the same house as the builders of warrants see it."""
        people = SimpleNamespace(legal_officer=self.people["lisa"], applicant=self.people["anna"])
        world = SimpleNamespace(governance=self.running.governance, people=people, keys=self.world, clock=self.clock)
        return cast("World", world)

    def slot_of(self, warrant_id: WarrantId) -> SlotId:
        """Return the warrant's first slot."""
        return read_warrant(self.running.governance, self.people["lisa"], warrant_id).value.slots[0].slot_id

    def enrolled(self, **changes: object) -> WarrantId:
        """Return an issued warrant whose slot is filled."""
        warrant_id = self.issued(**changes)
        enrol = EnrolReference(
            actor=self.people["anna"],
            warrant_id=warrant_id,
            slot_id=self.slot_of(warrant_id),
            photograph=PHOTOGRAPH,
            origin=an_origin(),
        )
        enrol_reference(self.running.governance, enrol)
        return warrant_id

    def deployed(self, *, milli: int = 1000, passages: int = 1) -> WarrantId:
        """Return a warrant in use, with two reviewers on shift."""
        self._in_use = True
        governance, warrant_id = self.running.governance, self.enrolled()
        # One passage a day: only the cap stops anything here.
        approve_budget(governance, a_budget_of(warrant_id, self.people["lisa"], passages, milli=milli))
        approve_the_list(governance, self.people["lisa"], warrant_id)
        deployments.start_deployment(governance, StartDeployment(actor=self.people["lisa"], warrant_id=warrant_id))
        for login in ("olga", "oskar"):
            accounts.change_shift(governance, ChangeShift(actor=self.people[login], begin=True))
        return warrant_id

    def lease(self) -> tuple[Lease, str, str]:
        """Ask for a lease as the site would; return it with the warrant's and the reference's id."""
        self._reports += 1
        request = LeaseRequest(
            site_id=SITE, camera_id=CAMERA, nonce=a_hash(f"nonce {self._reports}"), asked_at=self.clock.now()
        )
        signed = self.world.site.sign(Purpose.LEASE_REQUEST, request.to_bytes())
        lent = issue_leases(self.running.governance, signed)
        answer = LeaseAnswer(authorisations=()) if lent is None else lent.value
        ((unverified, gallery),) = [
            lent
            for lent in answer.authorisations
            if json.loads(lent[0].warrant.payload)["warrant_id"] not in self.apart
        ]
        reference = re.search(rb'"reference_id":"([0-9a-f]+)"', gallery)
        warrant = re.search(rb'"warrant_id":"([0-9a-f]+)"', unverified.warrant.payload)
        assert reference is not None
        assert warrant is not None
        return Lease.from_bytes(unverified.lease.payload), warrant.group(1).decode(), reference.group(1).decode()

    def candidate(self) -> AcceptCandidate:
        """Return a candidate report as the site would send it, under a live lease."""
        lease, warrant_id, reference_id = self.lease()
        crops = f"sealed crops {self._reports}".encode()
        report = a_report(
            report_id=a_hash(f"report {self._reports}")[:32],
            deployment_id=lease.deployment_id,
            warrant_id=warrant_id,
            lease_id=lease.lease_id,
            reference_id=reference_id,
            score=SCORE,
            threshold=THRESHOLD,
            captured_at=self.clock.now(),
            crops_sha256=sha256_hex(crops),
            day_key_sha256=lease.day_key_sha256,
            joins=None,
        )
        return AcceptCandidate(report=self.world.site.sign(Purpose.CANDIDATE_REPORT, report.to_bytes()), crops=crops)

    def open_alert(self) -> AlertId:
        """Return a new alert; put a warrant into use first where none is."""
        governance = self.running.governance
        if not list_alerts(governance, self.people["otto"]) and not self._reports and not self._in_use:
            self.deployed()
        before = {line.alert_id for line in list_alerts(governance, self.people["otto"])}
        assert accept_candidate(governance, self.candidate()) is Acceptance.ACCEPTED
        (alert,) = {line.alert_id for line in list_alerts(governance, self.people["otto"])} - before
        return alert

    def count(self) -> None:
        """Let the site report its counts."""
        self._counted += 1
        cameras = (some_counts(measured_at=self.clock.now()),)
        report = SiteReport(site_id=SITE, session="s1", number=self._counted, cameras=cameras)
        accept_site_report(self.running.governance, self.world.site.sign(Purpose.SITE_REPORT, report.to_bytes()))


_SLOT: Final = SlotApplication(
    slot_id=SlotId(""),
    subject_kind="named",
    person=PERSON,
    age_band="18-39",
    necessity=NECESSITY,
    photographs=(sha256_hex(PHOTOGRAPH),),
)


def a_minors_slot() -> SlotApplication:
    """Return the same person as a minor."""
    return replace(_SLOT, age_band="12-17")


_APPLICATION: Final[dict[str, object]] = {
    "objective": "victim-search",
    "offence_code": "kidnapping",
    "statute": "brottsbalken 4:1",
    "maximum_penalty_years": 18,
    "case_reference": CASE,
    "issuer": ISSUER_NAME,
    "slots": (_SLOT,),
    "cameras": (CameraApplication(camera_id=CAMERA, reason="The person was last seen walking to this entrance."),),
    "not_before": NOON - timedelta(hours=1),
    "not_after": NOON + timedelta(days=2),
    "impact_assessment_sha256": a_hash("assessment"),
    "registration_number": "EU-1",
    "decision_sha256": sha256_hex(A_PDF),
    "profile_sha256": PROFILE_SHA256,
}


def a_web_house(folder: Path, monkeypatch: pytest.MonkeyPatch, *, demo: bool = True) -> WebHouse:
    """Build governance by its own bootstrap on a new folder, with fakes for what is another process or the world."""
    world = a_trusted_site(demo=demo)
    template, people = _template(FakeClock().now(), demo=demo)
    shutil.copytree(template, folder, dirs_exist_ok=True)
    world.pin_in(folder)
    house = _open(folder, monkeypatch, world)
    house.people.update(people)
    return house


@cache
def _template(now: datetime, *, demo: bool) -> tuple[Path, Mapping[str, AccountId]]:
    """Make the folder once for each time at which tests begin; every test works on its own copy."""
    folder = Path(tempfile.mkdtemp(prefix="insyn-house-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # Not this module's own name for it: a test may have put a world of its own there.
    world = builders_contracts.a_trusted_site(demo=demo)
    with pytest.MonkeyPatch.context() as monkeypatch:
        _lay_keys(folder, world)
        house = _open(folder, monkeypatch, world)
        _people_and_places(house)
        house.running.close()
    return folder, house.people


def _open(folder: Path, monkeypatch: pytest.MonkeyPatch, world: TrustedSite) -> WebHouse:
    clock = FakeClock()
    viewer = a_viewer_with_pictures(world)
    monkeypatch.setattr(bootstrap, "SystemClock", lambda: clock)
    monkeypatch.setattr(bootstrap, "ViewerClient", lambda _socket: viewer)
    monkeypatch.setattr(bootstrap, "EnrolmentClient", lambda _socket: a_strict_matcher(world))
    monkeypatch.setattr(bootstrap, "NotificationCourier", lambda _ways: FakeCourier(world))
    # The real sequencer and the real vault, inside this process.
    centre = a_centre(folder, world, clock)
    monkeypatch.setattr(bootstrap, "SequencerClient", lambda _socket: centre.log)
    monkeypatch.setattr(bootstrap, "VaultClient", lambda _socket: centre.vault)
    # Real argon2id, made cheap: these tests log in often and guard nothing with it.
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(bootstrap, "Argon2Hasher", lambda: Argon2Hasher(cheap))
    # No model is loaded here, so the profile in use is the one that these worlds' warrants name.
    model = replace(PROFILE, profile_class=ProfileClass.DEMO) if world.demo else PROFILE
    monkeypatch.setattr(bootstrap, "_model", lambda _profile: model)
    running = bootstrap.build(_settings(folder))
    app = create_app(running.governance, WebSettings(hosts=("localhost", "127.0.0.1"), stop_patience=0.0))
    return WebHouse(running=running, app=app, world=world, clock=clock, viewer=viewer, centre=centre, people={})


def _lay_keys(folder: Path, world: TrustedSite) -> None:
    path = folder / "governance" / "keys" / "lease.key"
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_bytes(world.governance.seed)
    path.chmod(0o600)
    world.pin_in(folder)
    if not world.demo:
        (folder / "legal-attestation.json").write_bytes(an_attestation(world))


def _settings(folder: Path) -> Settings:
    return Settings(
        data=folder / "governance",
        trust=folder / "trust.json",
        enrolment_socket=folder / "enrolment.sock",
        viewer_socket=folder / "viewer.sock",
        sequencer_socket=folder / "sequencer.sock",
        vault_socket=folder / "vault.sock",
        admitted_age_bands=frozenset({"12-17", "18-39", "40-64", "65-up"}),
        log_origin=LOG_ORIGIN,
        profile_sha256=PROFILE_SHA256,
    )


def _people_and_places(house: WebHouse) -> None:
    governance = house.running.governance
    people = house.people
    people["adam"], people["astrid"] = the_first_two(governance, "adam", "astrid")
    # The auditor first, then the legal officer for whom the auditor stands: an operator's second person is one.
    seconds = {"arne": "astrid", "lena": "arne", "sara": "astrid"}
    for login in sorted(LOGINS.keys() - people.keys(), key=lambda one: (one != "arne", one != "lena", one)):
        confirmer = people[seconds.get(login, "lena")]
        people[login] = a_person(governance, login, LOGINS[login], proposer=people["adam"], confirmer=confirmer)
    opening = house.world.opening.public
    site = RegisterSite(actor=house.people["sara"], site_id=SITE, title="Central station", opening_public=opening)
    registers.register_site(governance, site)
    record = house.world.region.sign(Purpose.CAMERA, a_camera().to_bytes())
    registers.register_camera(governance, RegisterCamera(actor=house.people["sara"], record=record))
    give_grounds(governance, house.people["sara"])
