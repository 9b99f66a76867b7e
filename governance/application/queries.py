"""What people may read. Each query asks the table of roles first; what must be withheld is left out here (E1)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.candidate_report import CandidateReport
from contracts.canonical import decode
from contracts.signature import Signed
from contracts.site_report import CameraCounts
from governance.application.build_watchlist import standing_references
from governance.application.details import details_from_bytes
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.journal import Recorded
from governance.application.lease_conditions import LeaseCase, is_within_budget
from governance.application.log_errors import log_errors
from governance.application.named_cameras import why_not_as_named
from governance.application.narrow_warrant import lost
from governance.application.papers import papers_of
from governance.application.ports import Transaction
from governance.application.procedure import acting
from governance.application.released import Released, release
from governance.application.reviewers import barred_from, reviewers_on_shift
from governance.application.vault import Reading, is_standing, reveal_all
from governance.application.warrant_standing import StepLine, UrgentLine, standing_of, step_line, urgent_line
from governance.domain.accounts import Account
from governance.domain.decisions import denials
from governance.domain.deployments import Deployment, DeploymentState, LeaseAccount
from governance.domain.events import Event
from governance.domain.identifiers import (
    AccountId,
    AlertId,
    CameraId,
    DeploymentId,
    ObjectId,
    SiteId,
    SlotId,
    WarrantId,
)
from governance.domain.list_reports import has_approved_list
from governance.domain.narrowing import NarrowedKind
from governance.domain.papers import Paper
from governance.domain.registers import may_be_lent
from governance.domain.review import Alert, AlertState, Support, Withheld, may_look, withheld
from governance.domain.roles import Action, Role
from governance.domain.site_stops import KeptSiteStop
from governance.domain.warrants import Application, Warrant, WarrantState, WarrantType


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLine:
    """One site of the register."""

    site_id: SiteId
    title: str
    cameras: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraLine:
    """One camera of the register."""

    camera_id: CameraId
    site_id: SiteId
    view: str
    care_area: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WarrantLine:
    """One warrant in a list: nothing of what it says."""

    warrant_id: WarrantId
    state: WarrantState
    reads: str
    """How the state reads: what its applicant took back was revoked by nobody (B14)."""
    type: WarrantType
    issuer: str
    not_before: datetime
    not_after: datetime
    created_at: datetime
    mine: bool
    """Whether the reader drafted it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotStanding:
    """Whether a person slot is filled, and whether it waits for the second signature that a minor's needs (C2)."""

    slot_id: SlotId
    filled: bool
    waits: bool
    age_band: str
    suspended: bool
    """Whether it was taken from the warrant since its issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarrantPage:
    """All of a warrant, for its applicant and the legal officers. Reading it is logged first.

    `application` is `None` once it was erased.
    """

    line: WarrantLine
    application: Application | None
    decision_attached: bool
    act_sha256: str | None
    urgent: UrgentLine | None
    papers: tuple[Paper, ...]
    slots: tuple[SlotStanding, ...]
    lost_cameras: frozenset[str]
    changed_cameras: Mapping[CameraId, str]
    """Cameras that are lent no more as they are now, each with the rules' own sentences (A4, A5)."""
    list_approved: bool
    """Whether the list, as it is now, was approved (C2)."""
    budgeted: bool
    """Whether a budget was approved at every site of its cameras (C5)."""
    steps: tuple[StepLine, ...]
    deployment_id: DeploymentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentLine:
    """One deployment in a list."""

    deployment_id: DeploymentId
    warrant_id: WarrantId
    state: DeploymentState
    not_after: datetime
    references: int
    reviewers_on_shift: int
    leases: LeaseAccount
    refusals: tuple[str, ...]
    """Why nothing is lent now, in the rules' own sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert in a reviewer's list: no picture, no score, no person (E1)."""

    alert_id: AlertId
    site_id: SiteId
    camera_id: CameraId
    state: AlertState
    captured_at: datetime
    stream_time: float
    expires_at: datetime
    joined: int
    from_recording: bool
    """Whether it comes from a recording that was searched afterwards, so that it happened when `captured_at` says."""
    answered_by_me: bool
    may_look: bool
    """Whether this reader may view and answer it now."""
    escalated: int
    """1: it waits for further reviewers, 2: for a senior operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """One answer, told only after all are in."""

    mine: bool
    ordinal: int
    support: Support


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of an alert once all answers are in. What was erased is `None`."""

    score: float | None
    threshold: float | None
    person: str | None
    offence: str | None
    answers: tuple[GivenAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPage:
    """One alert for one reviewer. While anything is withheld (E1), nothing is told."""

    line: AlertLine
    withheld: frozenset[Withheld]
    told: Released[Told] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsLine:
    """The latest counts of one camera."""

    site_id: SiteId
    counts: CameraCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCounts:
    """What the region may know of a camera's counts: how the stream is. Not what was compared, nor any candidate."""

    camera_id: str
    stream_state: str
    frames_read: int
    frames_dropped: int
    tracks: int
    seconds_without_authority: float
    measured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLine:
    """How one camera's stream is."""

    site_id: SiteId
    counts: StreamCounts


def list_sites(governance: Governance, actor: AccountId) -> tuple[SiteLine, ...]:
    """List all sites."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.CAMERA_LIST)
        return tuple(
            SiteLine(site_id=site.site_id, title=site.title, cameras=len(tx.cameras.where(site_id=site.site_id)))
            for site in tx.sites.where()
        )


def list_cameras(governance: Governance, actor: AccountId) -> tuple[CameraLine, ...]:
    """List all cameras."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.CAMERA_LIST)
        return tuple(
            CameraLine(
                camera_id=one.camera_id, site_id=one.site_id, view=one.view, care_area=not may_be_lent(one).allowed
            )
            for one in tx.cameras.where()
        )


def list_warrants(governance: Governance, actor: AccountId) -> tuple[WarrantLine, ...]:
    """List warrants: an applicant sees their own, legal officers and auditors all."""
    with governance.database.transaction() as tx:
        account = acting(tx, actor, Action.WARRANT_LIST)
        return tuple(_warrant_line(tx, one, account) for one in tx.warrants.where() if _may_know(account, one))


def read_warrant(governance: Governance, actor: AccountId, warrant_id: WarrantId) -> Released[WarrantPage]:
    """Read one warrant. The log says so, provably, before anything is returned (invariant 4)."""
    with governance.database.transaction() as tx:
        account = acting(tx, actor, Action.WARRANT_READ)
        warrant = tx.warrants.get(warrant_id)
        if not _may_know(account, warrant):
            raise NotFound("There is no such warrant.")
        return _warrant_page(governance, tx, warrant, account)


def list_deployments(governance: Governance, actor: AccountId) -> tuple[DeploymentLine, ...]:
    """List deployments."""
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.DEPLOYMENT_LIST)
        lines = []
        for deployment in tx.deployments.where():
            warrant = tx.warrants.get(deployment.warrant_id)
            lines.append(
                DeploymentLine(
                    deployment_id=deployment.deployment_id,
                    warrant_id=warrant.warrant_id,
                    state=deployment.state,
                    not_after=warrant.not_after,
                    references=len(tx.references.where(warrant_id=warrant.warrant_id)),
                    reviewers_on_shift=reviewers_on_shift(tx, warrant, now=now),
                    leases=tx.lease_account(deployment.deployment_id, now),
                    refusals=_refusals(governance, tx, deployment, warrant),
                )
            )
    return tuple(lines)


def list_site_stops(governance: Governance, actor: AccountId) -> tuple[KeptSiteStop, ...]:
    """List the stops that were pressed at sites and are not released."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.DEPLOYMENT_LIST)
        return tx.site_stops.where(released_at=None)


def _refusals(governance: Governance, tx: Transaction, deployment: Deployment, warrant: Warrant) -> tuple[str, ...]:
    """Return what sites were told when they asked, and, before any asks, what a lacking budget would tell them."""
    if deployment.state is not DeploymentState.RUNNING:
        return ()
    now, cameras = governance.clock.now(), (tx.cameras.find(one) for one in deployment.cameras)
    cases = (LeaseCase(deployment=deployment, warrant=warrant, camera=one, now=now) for one in cameras if one)
    lacking = denials(is_within_budget(governance, tx, case) for case in cases)
    refused = tx.lease_refusals.where(deployment_id=deployment.deployment_id)
    told = [*((one.rule, one.reason) for one in refused), *((one.rule, one.reason) for one in lacking)]
    return tuple(sorted({f"{rule}: {reason}" for rule, reason in told}))


def list_alerts(governance: Governance, actor: AccountId) -> tuple[AlertLine, ...]:
    """List the alerts a reviewer may know of: none of a warrant that bars them."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.ALERT_LIST)
        return tuple(
            _alert_line(governance, tx, alert, actor) for alert in tx.alerts.where() if not _is_barred(tx, alert, actor)
        )


def read_alert(governance: Governance, actor: AccountId, alert_id: AlertId) -> AlertPage:
    """Read one alert, without what is withheld from this reader now (E1)."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.ALERT_VIEW)
        alert = tx.alerts.get(alert_id)
        if _is_barred(tx, alert, actor):
            raise NotFound("There is no such alert.")
        given = tx.reviews.where(alert_id=alert_id)
        kept_back = withheld(alert, given, actor)
        line = _alert_line(governance, tx, alert, actor)
        told = None if kept_back else _told(governance, tx, alert, actor)
        return AlertPage(line=line, withheld=kept_back, told=told)


def read_counts(governance: Governance, actor: AccountId) -> tuple[CountsLine, ...]:
    """Read the latest counts of all cameras, candidates among them: never for the region."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.COUNTS_READ)
        return _latest_counts(tx)


def read_streams(governance: Governance, actor: AccountId) -> tuple[StreamLine, ...]:
    """Read how the streams of all cameras are, for the region that owns them."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.STREAMS_READ)
        return tuple(StreamLine(site_id=line.site_id, counts=_of_stream(line.counts)) for line in _latest_counts(tx))


def _latest_counts(tx: Transaction) -> tuple[CountsLine, ...]:
    sites = {camera.camera_id: camera.site_id for camera in tx.cameras.where()}
    return tuple(
        CountsLine(site_id=sites[kept.camera_id], counts=CameraCounts.from_json(decode(kept.counts)))
        for kept in tx.counts.where()
        if kept.camera_id in sites
    )


def _of_stream(counts: CameraCounts) -> StreamCounts:
    return StreamCounts(
        camera_id=counts.camera_id,
        stream_state=counts.stream_state,
        frames_read=counts.frames_read,
        frames_dropped=counts.frames_dropped,
        tracks=counts.tracks,
        seconds_without_authority=counts.seconds_without_authority,
        measured_at=counts.measured_at,
    )


def require_log_reader(governance: Governance, actor: AccountId) -> None:
    """Refuse whoever may not read the log (the log's own pages ask this first)."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.LOG_READ)


def _may_know(account: Account, warrant: Warrant) -> bool:
    return warrant.applicant == account.account_id or bool(account.roles & {Role.LEGAL_OFFICER, Role.AUDITOR})


def _warrant_line(tx: Transaction, warrant: Warrant, reader: Account) -> WarrantLine:
    return WarrantLine(
        warrant_id=warrant.warrant_id,
        state=warrant.state,
        reads=standing_of(tx, warrant),
        type=warrant.type,
        issuer=warrant.issuer,
        not_before=warrant.not_before,
        not_after=warrant.not_after,
        created_at=warrant.created_at,
        mine=warrant.applicant == reader.account_id,
    )


def _warrant_page(governance: Governance, tx: Transaction, warrant: Warrant, reader: Account) -> Released[WarrantPage]:
    about = {"actor": reader.account_id, "warrant": warrant.warrant_id}
    steps = tx.transitions.where(warrant_id=warrant.warrant_id)
    wanted = [warrant.details, *(step.why for step in steps)]
    (details, *whys), recorded = _read(governance, tx, wanted, Reading(event=Event.WARRANT_READ, about=about))
    application = None if details is None else details_from_bytes(details).application
    live = {one.slot_id: one.is_live for one in tx.references.where(warrant_id=warrant.warrant_id)}
    lost_slots = lost(tx, warrant.warrant_id, NarrowedKind.SLOT)
    slots = () if application is None else application.slots
    deployment = next(iter(tx.deployments.where(warrant_id=warrant.warrant_id)), None)
    standing = [one.reference_id for one in standing_references(governance, tx, warrant)]
    page = WarrantPage(
        line=_warrant_line(tx, warrant, reader),
        application=application,
        decision_attached=is_standing(governance, tx, warrant.decision),
        urgent=urgent_line(governance, tx, warrant),
        papers=papers_of(tx, warrant.warrant_id),
        act_sha256=warrant.act_sha256,
        slots=tuple(
            SlotStanding(
                slot_id=slot.slot_id,
                filled=slot.slot_id in live,
                waits=not live.get(slot.slot_id, True),
                age_band=slot.age_band,
                suspended=slot.slot_id in lost_slots,
            )
            for slot in slots
        ),
        lost_cameras=lost(tx, warrant.warrant_id, NarrowedKind.CAMERA),
        changed_cameras=why_not_as_named(tx, warrant.warrant_id),
        list_approved=has_approved_list(tx.list_reports.where(warrant_id=warrant.warrant_id), standing).allowed,
        budgeted=application is not None and _is_budgeted(governance, tx, warrant, application),
        steps=tuple(step_line(step, why, warrant.applicant) for step, why in zip(steps, whys, strict=True)),
        deployment_id=None if deployment is None else deployment.deployment_id,
    )
    return release(governance, page, recorded, events=[Event.WARRANT_READ])


def _is_budgeted(governance: Governance, tx: Transaction, warrant: Warrant, application: Application) -> bool:
    cameras = (tx.cameras.find(CameraId(one.camera_id)) for one in application.cameras)
    sites = {one.site_id for one in cameras if one is not None}
    return all(
        tx.budgets.find((warrant.warrant_id, site_id, governance.profile_sha256)) is not None for site_id in sites
    )


def _is_barred(tx: Transaction, alert: Alert, reader: AccountId) -> bool:
    return barred_from(tx, tx.warrants.get(alert.warrant_id)).bars(reader)


def _alert_line(governance: Governance, tx: Transaction, alert: Alert, reader: AccountId) -> AlertLine:
    answered = tx.reviews.find((alert.alert_id, reader)) is not None
    barred = barred_from(tx, tx.warrants.get(alert.warrant_id))
    look = may_look(alert, reader, barred, now=governance.clock.now())
    return AlertLine(
        alert_id=alert.alert_id,
        site_id=alert.site_id,
        camera_id=alert.camera_id,
        state=alert.state,
        captured_at=alert.captured_at,
        stream_time=alert.stream_time,
        expires_at=alert.due_at,
        joined=alert.joined,
        from_recording=alert.search_id is not None,
        answered_by_me=answered,
        may_look=look.allowed and not answered,
        escalated=alert.escalated,
    )


def _told(governance: Governance, tx: Transaction, alert: Alert, reader: AccountId) -> Released[Told]:
    """Return what may be told once all answers are in. What was erased stays erased."""
    lead = alert.state is AlertState.CONFIRMED_LEAD
    warrant = tx.warrants.get(alert.warrant_id)
    about = {"actor": reader, "alert": alert.alert_id, "warrant": alert.warrant_id}
    # A dismissed candidate leads to nobody, so nobody is named for it.
    wanted = [alert.report, warrant.details if lead else None]
    (kept, details), recorded = _read(governance, tx, wanted, Reading(event=Event.WARRANT_READ, about=about))
    report = None if kept is None else CandidateReport.from_bytes(Signed.from_json(json.loads(kept)).payload)
    person, offence = (None, None) if details is None else _person_and_offence(tx, alert, details)
    told = Told(
        score=None if report is None else report.score,
        threshold=None if report is None else report.threshold,
        person=person,
        offence=offence,
        answers=tuple(
            GivenAnswer(mine=review.reviewer == reader, ordinal=review.ordinal, support=review.support)
            for review in tx.reviews.where(alert_id=alert.alert_id)
        ),
    )
    return release(governance, told, recorded, events=[Event.WARRANT_READ])


def _person_and_offence(tx: Transaction, alert: Alert, details: bytes) -> tuple[str | None, str | None]:
    """Return whom the lead would be about."""
    reference, application = tx.references.get(alert.reference_id), details_from_bytes(details).application
    person = next((slot.person for slot in application.slots if slot.slot_id == reference.slot_id), None)
    return person, application.offence_code


def _read(
    governance: Governance, tx: Transaction, objects: Sequence[ObjectId | None], reading: Reading
) -> tuple[tuple[bytes | None, ...], Recorded]:
    """Open what still stands, by one entry of the log; what was erased is nothing, and the reading is logged too."""
    standing = [one for one in objects if is_standing(governance, tx, one)]
    opened: tuple[bytes, ...] = ()
    if standing:
        opened, recorded = reveal_all(governance, tx, standing, reading)
    else:
        with log_errors():
            recorded = governance.journal.record(reading.event, reading.about)
    found = dict(zip(standing, opened, strict=True))
    return tuple(None if one is None else found.get(one) for one in objects), recorded
