"""A small governance for tests: a real SQLite database, the real log and key store, and fakes for what lies outside.

world = a_governance(tmp_path)
people = world.people
warrant_id = an_issued_warrant(world)
alert_id = an_alert(world, warrant_id)
"""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from argon2 import PasswordHasher

from contracts.lease_request import LeaseAnswer, LeaseRequest
from contracts.model_profile import ProfileClass
from contracts.signature import Purpose, Signed
from contracts.vocabulary import CameraId as ContractCameraId
from governance.adapters.compartment_sealer import CommittingSealer
from governance.adapters.db.database import SqlDatabase, open_engine, sqlite_url
from governance.adapters.db.migrate import upgrade
from governance.adapters.hot_spots import BinomialHotSpots
from governance.adapters.log.place import LogPlace
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.system import Argon2Hasher, SystemRandomness
from governance.adapters.without_witnesses import NoWitnesses
from governance.application.accept_candidate import AcceptCandidate, accept_candidate
from governance.application.accounts import (
    ChangeShift,
    change_shift,
)
from governance.application.announce_model import announce_model
from governance.application.approve_warrant import ApproveWarrant, approve_warrant
from governance.application.deployments import StartDeployment, start_deployment
from governance.application.draft_warrant import DraftWarrant, draft_warrant
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.governance import Governance
from governance.application.issue_lease import issue_leases
from governance.application.issue_warrant import ExportWarrant, ImportWarrant, export_warrant, import_warrant
from governance.application.journal import Journal
from governance.application.log_reading import read_lines
from governance.application.queries import read_warrant
from governance.application.registers import RegisterCamera, RegisterSite, register_camera, register_site
from governance.application.submit_warrant import SubmitWarrant, submit_warrant
from governance.application.take_in_admission import take_in_admission
from governance.audit.leaf import Leaf
from governance.domain.identifiers import AccountId, AlertId, DeploymentId, ReferenceId, SlotId, WarrantId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.review import Feature, Observation
from governance.domain.roles import Role
from tests.builders_accounts import PASSWORD as PASSWORD  # noqa: PLC0414 (tests take it from here)
from tests.builders_accounts import a_person, the_first_two
from tests.builders_applications import A_PDF, CAMERAS, PHOTOGRAPH, an_application
from tests.builders_candidates import CROPS, a_report_for
from tests.builders_centre import Centre, OpenedEntry, a_centre
from tests.builders_contracts import (
    NOON,
    PROFILE,
    PROFILE_SHA256,
    SITE,
    TrustedSite,
    a_camera,
    a_hash,
    a_trusted_site,
)
from tests.builders_fakes import FakeEnrolmentMatcher, FakeViewer
from tests.builders_notifications import FakeCourier
from tests.builders_passages import give_budget, have_passed
from tests.builders_sites import give_grounds
from tests.builders_watchlist import an_origin, approve_the_list

CASE_KEY: Final = hashlib.sha256(b"case tags of these tests").digest()
OBSERVED: Final[Mapping[Feature, Observation]] = dict.fromkeys(Feature, Observation.SIMILAR)


class SetClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@dataclass(frozen=True, kw_only=True)
class People:
    """One account for every role, and reviewers enough for a dispute."""

    administrator: AccountId
    second_administrator: AccountId
    applicant: AccountId
    legal_officer: AccountId
    auditor: AccountId
    site_manager: AccountId
    reviewers: tuple[AccountId, AccountId, AccountId]
    enroller: AccountId
    patrol: AccountId


@dataclass(kw_only=True)
class World:
    """A governance with its surroundings."""

    governance: Governance
    keys: TrustedSite
    clock: SetClock
    matcher: FakeEnrolmentMatcher
    viewer: FakeViewer
    courier: FakeCourier
    centre: Centre
    engine: Any
    folder: Path
    people: People = field(init=False)
    passed: list[int] = field(default_factory=list)
    """What the site has said, report by report, of the faces compared at its first camera."""
    untouched: "Untouched | None" = None
    """What this world was when it was copied from its template, if it was."""

    @property
    def log(self) -> Sequencer:
        """The log's sequencer."""
        return self.centre.log

    def leaves(self, first: int = 0) -> list[Leaf]:
        """Return the whole log, or all of it from an entry on."""
        return [line.leaf for line in read_lines(self.governance, first=first, count=self.log.size() - first)]

    def entries(self) -> list[OpenedEntry]:
        """Return the whole log, opened past the vault's rules: what a test may know and nobody else."""
        return [self.centre.opened(leaf) for leaf in self.leaves()]

    def events(self, first: int = 0) -> list[str]:
        """Return the events of the whole log, or of all of it from an entry on."""
        return [leaf.event for leaf in self.leaves(first)]

    def close(self) -> None:
        """End, as a server does that is stopped."""
        self.engine.dispose()
        self.centre.close()


@dataclass(frozen=True, kw_only=True)
class Untouched:
    """A world as its template left it: a test that has done nothing yet may go on from a later template."""

    cameras: tuple[str, ...]
    demo: bool
    governance: Governance
    entries: int
    outside: Mapping[str, Mapping[str, Any]]
    """What the fakes remember, by their names."""

    def is_still(self, world: World) -> bool:
        """Say whether nothing has happened since."""
        return (
            world.governance is self.governance
            and world.log.size() == self.entries
            and world.clock.at == NOON
            and not world.passed
            and _outside(world) == self.outside
        )


def _outside(world: World) -> dict[str, dict[str, Any]]:
    fakes = {name: vars(getattr(world, name)) for name in ("matcher", "viewer", "courier")}
    return {name: {key: copy(value) for key, value in fake.items()} for name, fake in fakes.items()}


_OPEN: Final[dict[Path, World]] = {}
"""The worlds of this test run by their folders: opening a folder again ends the one before, as a crash does."""


def a_governance(folder: Path, *, demo: bool = False, cameras: tuple[str, ...] = CAMERAS) -> World:
    """Return a governance at noon with a site, twelve cameras and everybody's account."""
    template, people = _template(cameras, demo=demo)
    shutil.copytree(template, folder, dirs_exist_ok=True)
    world = reopen(folder, a_trusted_site(demo=demo), SetClock(), demo=demo)
    world.people = people
    world.untouched = Untouched(
        cameras=cameras, demo=demo, governance=world.governance, entries=world.log.size(), outside=_outside(world)
    )
    return world


@cache
def _template(cameras: tuple[str, ...], *, demo: bool) -> tuple[Path, People]:
    """Make the folder once per test run; every test works on its own copy."""
    folder = Path(tempfile.mkdtemp(prefix="insyn-governance-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    world = furnish(reopen(folder, a_trusted_site(demo=demo), SetClock(), demo=demo), cameras)
    world.close()
    return folder, world.people


def furnish(world: World, cameras: tuple[str, ...] = CAMERAS) -> World:
    """Make everybody's account, the site and its cameras, in a governance that has none yet."""
    world.people = _people(world.governance)
    manager = world.people.site_manager
    site = RegisterSite(actor=manager, site_id=SITE, title="North", opening_public=world.keys.opening.public)
    register_site(world.governance, site)
    for camera_id in cameras:
        record = a_camera(camera_id=ContractCameraId(camera_id))
        signed = world.keys.region.sign(Purpose.CAMERA, record.to_bytes())
        register_camera(world.governance, RegisterCamera(actor=manager, record=signed))
    if cameras:
        give_grounds(world.governance, manager)
    return world


def reopen(
    folder: Path,
    keys: TrustedSite,
    clock: SetClock,
    *,
    demo: bool = False,
    place: LogPlace | None = None,
    database_url: str = "",
) -> World:
    """Open a governance on a folder, as a server that starts does. One that is open there already ends first.

    `place` is where a later log lies than the folder's first one; `database_url` names another database than SQLite's.
    """
    before = _OPEN.pop(folder, None)
    if before is not None:
        before.close()
    centre = a_centre(folder, keys, clock, place=place)
    engine = open_engine(database_url or sqlite_url(folder / "insyn.db"))
    upgrade(engine)
    sealer, randomness = CommittingSealer(), SystemRandomness()
    journal = Journal(
        log=centre.log,
        vault=centre.vault,
        witnesses=NoWitnesses(),
        sealer=sealer,
        clock=clock,
        randomness=randomness,
    )
    database = SqlDatabase(engine, journal)
    journal.start(database.settled)
    matcher, viewer, courier = FakeEnrolmentMatcher(keys), FakeViewer(keys), FakeCourier(keys)
    governance = Governance(
        clock=clock,
        database=database,
        log=centre.log,
        log_origin=centre.log.origin,
        log_key=centre.log.public_key,
        journal=journal,
        witnesses=NoWitnesses(),
        vault=centre.vault,
        sealer=sealer,
        hasher=Argon2Hasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
        randomness=randomness,
        enrolment=matcher,
        viewer=viewer,
        hot_spots=BinomialHotSpots(),
        courier=courier,
        lease_key=keys.governance,
        case_key=CASE_KEY,
        trusted=keys.trusted,
        viewer_reference_key=keys.viewer_opening.public,
        legal=SWEDEN_2026,
        profile_sha256=PROFILE_SHA256,
        admitted_age_bands=frozenset({"18-39", "40-64"}),
        demo=demo,
        environment=ProfileClass.DEMO if demo else ProfileClass.OPERATIONAL,
        model=replace(PROFILE, profile_class=ProfileClass.DEMO) if demo else PROFILE,
    )
    announce_model(governance)
    take_in_admission(governance)
    world = World(
        governance=governance,
        keys=keys,
        clock=clock,
        matcher=matcher,
        viewer=viewer,
        courier=courier,
        centre=centre,
        engine=engine,
        folder=folder,
    )
    _OPEN[folder] = world
    return world


def _people(governance: Governance) -> People:
    first, second = the_first_two(governance, "root", "roy")

    def person(login: str, *roles: Role, by: AccountId) -> AccountId:
        return a_person(governance, login, roles, proposer=first, confirmer=by)

    # The auditor first, who is of another organisation: the founding ends with this account.
    ola = person("ola", Role.AUDITOR, by=second)
    lex = person("lex", Role.LEGAL_OFFICER, by=ola)
    people = People(
        administrator=first,
        second_administrator=second,
        applicant=person("ada", Role.APPLICANT, by=lex),
        legal_officer=lex,
        auditor=ola,
        site_manager=person("siv", Role.SITE_MANAGER, by=second),
        reviewers=tuple(person(login, Role.OPERATOR, by=lex) for login in ("bea", "cai", "dag")),
        enroller=person("eva", Role.OPERATOR, by=lex),
        patrol=person("pia", Role.PATROL, by=lex),
    )
    for reviewer in people.reviewers:
        change_shift(governance, ChangeShift(actor=reviewer, begin=True))
    return people


def admit_bands(world: World, *bands: str) -> None:
    """Let the evaluation of the profile in use have passed for these age bands alone (C13)."""
    admission = world.governance.trusted.admission
    assert admission is not None
    envelope = replace(admission.envelope, age_bands=tuple(sorted(bands)))
    trusted = replace(world.governance.trusted, admission=replace(admission, envelope=envelope))
    world.governance = replace(world.governance, trusted=trusted)


def an_account(world: World, login: str, *roles: Role) -> AccountId:
    """Make one more account, in force, certified where it reviews."""
    people = world.people
    confirmer = people.auditor if Role.AUDITOR in roles else people.legal_officer
    if Role.ADMINISTRATOR in roles:
        confirmer = people.second_administrator
    return a_person(world.governance, login, roles, proposer=people.administrator, confirmer=confirmer)


def a_submitted_warrant(world: World, **changes: Any) -> WarrantId:
    """Draft and submit."""
    actor = world.people.applicant
    application = an_application(**changes)
    warrant_id = draft_warrant(world.governance, DraftWarrant(actor=actor, application=application, decision=A_PDF))
    submit_warrant(world.governance, SubmitWarrant(actor=actor, warrant_id=warrant_id))
    return warrant_id


def an_approved_warrant(world: World, **changes: Any) -> WarrantId:
    """Draft, submit, approve."""
    warrant_id = a_submitted_warrant(world, **changes)
    approve_warrant(world.governance, ApproveWarrant(actor=world.people.legal_officer, warrant_id=warrant_id))
    return warrant_id


def an_issued_warrant(world: World, **changes: Any) -> WarrantId:
    """Draft, submit, approve, sign as the issuer does, import."""
    warrant_id = an_approved_warrant(world, **changes)
    actor = world.people.legal_officer
    act = export_warrant(world.governance, ExportWarrant(actor=actor, warrant_id=warrant_id)).value
    signed = world.keys.issuer.sign(Purpose.WARRANT, act)
    import_warrant(world.governance, ImportWarrant(actor=actor, record=signed))
    return warrant_id


def an_enrolled_warrant(world: World, **changes: Any) -> tuple[WarrantId, ReferenceId]:
    """An issued warrant whose one slot is filled."""
    warrant_id = an_issued_warrant(world, **changes)
    command = EnrolReference(
        actor=world.people.enroller,
        warrant_id=warrant_id,
        slot_id=slot_of(world, warrant_id),
        photograph=PHOTOGRAPH,
        origin=an_origin(),
    )
    return warrant_id, enrol_reference(world.governance, command).reference_id


def slot_of(world: World, warrant_id: WarrantId) -> SlotId:
    """Return the first slot's id."""
    return read_warrant(world.governance, world.people.applicant, warrant_id).value.slots[0].slot_id


def a_deployment(
    world: World, *, passages_per_day: int | None = 1000, **changes: Any
) -> tuple[DeploymentId, WarrantId]:
    """A warrant in use. Where nothing has happened yet, it is copied from a world in which it was made."""
    before = world.untouched
    if before is None or changes or not before.is_still(world):
        warrant_id, _ = an_enrolled_warrant(world, **changes)
        return put_into_use(world, warrant_id, passages_per_day=passages_per_day), warrant_id
    made = _template_in_use(before.cameras, demo=before.demo, passages_per_day=passages_per_day)
    _become(world, made)
    return made.deployment_id, made.warrant_id


@dataclass(frozen=True, kw_only=True)
class InUse:
    """A folder in which a warrant is in use, and what the world around it remembers of that."""

    folder: Path
    deployment_id: DeploymentId
    warrant_id: WarrantId
    passed: tuple[int, ...]
    outside: Mapping[str, Mapping[str, Any]]


@cache
def _template_in_use(cameras: tuple[str, ...], *, demo: bool, passages_per_day: int | None) -> InUse:
    folder = Path(tempfile.mkdtemp(prefix="insyn-governance-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    world = a_governance(folder, demo=demo, cameras=cameras)
    world.untouched = None
    deployment_id, warrant_id = a_deployment(world, passages_per_day=passages_per_day)
    world.close()
    del _OPEN[folder]
    return InUse(
        folder=folder,
        deployment_id=deployment_id,
        warrant_id=warrant_id,
        passed=tuple(world.passed),
        outside=_outside(world),
    )


def _become(world: World, made: InUse) -> None:
    """Let a world go on from that folder, with the clock and the fakes that a test may hold already."""
    world.close()
    del _OPEN[world.folder]
    # Not whatever else a test may have laid there.
    shutil.copytree(made.folder, world.folder, dirs_exist_ok=True)
    again = reopen(world.folder, world.keys, world.clock, demo=world.governance.demo)
    fakes = {name: getattr(world, name) for name in made.outside}
    for name, remembered in made.outside.items():
        vars(fakes[name]).update(
            {key: copy(value) for key, value in remembered.items() if isinstance(value, (list, set))}
        )
    again.governance = replace(
        again.governance, enrolment=fakes["matcher"], viewer=fakes["viewer"], courier=fakes["courier"]
    )
    world.governance, world.centre, world.engine = again.governance, again.centre, again.engine
    world.passed[:] = made.passed
    _OPEN[world.folder] = world


def put_into_use(world: World, warrant_id: WarrantId, *, passages_per_day: int | None = 1000) -> DeploymentId:
    """Approve the list, give a budget, start; and let people pass by."""
    actor = world.people.legal_officer
    approve_the_list(world.governance, actor, warrant_id)
    if passages_per_day is not None:
        give_budget(world, warrant_id, passages_per_day)
    deployment_id = start_deployment(world.governance, StartDeployment(actor=actor, warrant_id=warrant_id))
    have_passed(world, 20_000)
    return deployment_id


def a_request(world: World, *, camera_id: str = CAMERAS[0], nonce: str = "n1", **changes: Any) -> Signed:
    """A site's signed request for a lease."""
    request = LeaseRequest(
        site_id=SITE, camera_id=ContractCameraId(camera_id), nonce=a_hash(nonce), asked_at=world.clock.now()
    )
    return world.keys.site.sign(Purpose.LEASE_REQUEST, replace(request, **changes).to_bytes())


def leases(world: World, **request: Any) -> LeaseAnswer:
    """Ask for leases."""
    lent = issue_leases(world.governance, a_request(world, **request))
    return LeaseAnswer(authorisations=()) if lent is None else lent.value


def an_alert(world: World, *, report_id: str = "report-1") -> AlertId:
    """A deployment with one accepted candidate."""
    a_deployment(world)
    return another_alert(world, report_id=report_id)


def another_alert(world: World, *, report_id: str) -> AlertId:
    """One more accepted candidate of the running deployment."""
    report = a_report_for(leases(world, nonce=report_id), world, report_id=report_id)
    accept_candidate(world.governance, AcceptCandidate(report=report, crops=CROPS))
    return AlertId(report_id)
