"""The report on a list and its approval: before it nothing is put into use (C2, C5).

The viewer compares the list's references with one another; governance sees no template. What it answers is verified,
sealed with the expected false alerts, shown after an entry that says so, and approved by a legal officer.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from contracts.errors import ContractError
from contracts.fields import MAX_TEXT
from contracts.look_alike import ListedReference, LookAlikeReport
from contracts.signature import Purpose, Signed, key_id, verified
from contracts.trust import TrustedRole
from contracts.vocabulary import ReferenceId as ContractReferenceId
from contracts.warrant import Warrant as Act
from governance.application.boxes import Boxes
from governance.application.build_watchlist import build_watchlists, standing_references
from governance.application.errors import BadInput, Conflict, NotFound, NotUnderstood
from governance.application.findings import KnownPhotograph
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.released import Released, release
from governance.application.vault import Keeping, Reading, for_step, keep, reveal_all
from governance.domain.decisions import Decision, allow, deny
from governance.domain.deployments import DeploymentState
from governance.domain.events import Event
from governance.domain.false_alerts import ExpectedFalseAlerts, are_meant, expect_false_alerts
from governance.domain.identifiers import AccountId, CameraId, ListReportId, ReferenceId, WarrantId
from governance.domain.list_reports import ListReport, may_approve_list
from governance.domain.references import Reference
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.warrants import Warrant, WarrantState

_IN_FORCE = frozenset({WarrantState.ISSUED, WarrantState.ACTIVE, WarrantState.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareListReport:
    """Have the list compared with itself, for so many expected passages a day at its cameras."""

    actor: AccountId
    warrant_id: WarrantId
    passages_per_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveList:
    """Approve a list as its report shows it. `reason` is needed where two persons look alike."""

    actor: AccountId
    report_id: ListReportId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLine:
    """One reference of a report, for the legal officer: what is known of its photograph, and who is nearest."""

    reference: Reference
    known: KnownPhotograph
    nearest: "NearestPerson | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestPerson:
    """The nearest other person of the list. A score is a score, in the profile's unit."""

    slot_id: str
    score: float
    reaches_threshold: bool
    is_near: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A report as it is shown."""

    report: ListReport
    is_current: bool
    threshold: float
    margin: float
    expected: ExpectedFalseAlerts
    lines: tuple[ListLine, ...]


def prepare_list_report(governance: Governance, command: PrepareListReport) -> ListReportId:
    """Have the viewer compare the list's references with one another, and keep what it says, sealed.

    Raises:
        Refused: the warrant is not in force, nobody is on the list, or the passages are no number that can be meant.
        NotUnderstood: the answer is not signed by the pinned viewer, or not about this list.
        Unavailable: the viewer does not answer.
    """
    with governance.database.transaction() as tx:
        warrant, references = _list_in_force(governance, tx, command)
        listed, sites = _opened_list(governance, tx, warrant, references, actor=command.actor)
    # The viewer is asked outside any transaction: nobody waits for it.
    found = _verified(governance, warrant, listed, governance.viewer.look_alikes(listed))
    with governance.database.transaction() as tx:
        warrant, standing = _list_in_force(governance, tx, command)
        if {one.reference_id for one in standing} != {one.reference_id for one in references}:
            raise Conflict("The list changed while it was compared; ask again.")
        report = _kept_report(governance, tx, command, found, sites=sites)
        tx.list_reports.add(report)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        tx.log.append(
            Event.WATCHLIST_REPORT,
            {**about, "count": len(standing), "document": found.sha256, "profile": governance.profile_sha256},
        )
        tx.commit()
    return report.report_id


def read_list_report(governance: Governance, actor: AccountId, warrant_id: WarrantId) -> Released[ListPage]:
    """Return the newest report on a warrant's list; that it is read is logged first.

    Raises:
        NotFound: there is none, or what it says is erased.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.WATCHLIST_APPROVE)
        report = _newest(tx, warrant_id)
        warrant = tx.warrants.get(report.warrant_id)
        standing = standing_references(governance, tx, warrant)
        shown = [one for one in standing if one.reference_id in report.listed]
        reading = Reading(event=Event.WATCHLIST_READ, about={"actor": actor, "warrant": warrant.warrant_id})
        objects = [report.report, *(one.origin for one in shown)]
        (kept, *origins), recorded = reveal_all(governance, tx, objects, reading)
    page = _page(report, shown, kept, origins, is_current=report.listed == {one.reference_id for one in standing})
    return release(governance, page, recorded, events=[Event.WATCHLIST_READ])


def approve_list(governance: Governance, command: ApproveList) -> None:
    """Approve a list. Where a deployment runs already, its lists are built anew from it.

    Raises:
        Refused: by whom it may not be, of a list that changed, or of look-alikes without a reason (A3, C2).
    """
    if len(command.reason) > MAX_TEXT:
        raise BadInput(f"A reason has at most {MAX_TEXT} characters.")
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WATCHLIST_APPROVE)
        report = tx.list_reports.get(command.report_id)
        warrant = tx.warrants.get(report.warrant_id)
        standing = standing_references(governance, tx, warrant)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        decision = may_approve_list(
            report,
            actor=command.actor,
            enrollers={one.enrolled_by for one in tx.references.where(warrant_id=warrant.warrant_id)},
            standing=[one.reference_id for one in standing],
            reason=command.reason,
            legal=governance.legal,
        )
        require(tx, _in_force(governance, warrant), decision, about=about)
        keeping = Keeping(data_class=DataClass.REFERENCE, warrant=warrant.warrant_id, no_later_than=warrant.not_after)
        reason = keep(governance, tx, command.reason.strip().encode(), keeping) if report.near else None
        now = governance.clock.now()
        tx.list_reports.save(replace(report, approved_by=command.actor, approved_at=now, reason=reason))
        tx.log.append(Event.WATCHLIST_APPROVE, {**about, "count": len(standing)})
        for deployment in tx.deployments.where(warrant_id=warrant.warrant_id, state=DeploymentState.RUNNING):
            build_watchlists(governance, tx, deployment, warrant)
        tx.commit(witnessed=True)


def _in_force(governance: Governance, warrant: Warrant) -> Decision:
    live = warrant.state in _IN_FORCE and governance.clock.now() < warrant.not_after
    return allow("A6") if live else deny("A6", "A list belongs to an issued warrant that is not over.")


def _list_in_force(
    governance: Governance, tx: Transaction, command: PrepareListReport
) -> tuple[Warrant, tuple[Reference, ...]]:
    acting(tx, command.actor, Action.WATCHLIST_APPROVE)
    warrant = tx.warrants.get(command.warrant_id)
    standing = standing_references(governance, tx, warrant)
    about = {"actor": command.actor, "warrant": warrant.warrant_id}
    somebody = allow("A3") if standing else deny("A3", "No person slot of this warrant is filled and live.")
    require(tx, _in_force(governance, warrant), somebody, are_meant(command.passages_per_day), about=about)
    return warrant, standing


def _opened_list(
    governance: Governance, tx: Transaction, warrant: Warrant, references: Sequence[Reference], *, actor: AccountId
) -> tuple[tuple[ListedReference, ...], int]:
    """Open the act and the boxes by one entry; return what the viewer is sent, and how many sites there are."""
    about = {"actor": actor, "warrant": warrant.warrant_id}
    objects = [warrant.act, *(one.boxes for one in references)]
    (act, *opened), _ = reveal_all(governance, tx, objects, for_step("compare-list", about))
    recipient = key_id(governance.viewer_reference_key)
    listed = []
    for reference, boxes in zip(references, map(Boxes.from_bytes, opened), strict=True):
        box = boxes.sealed_templates[recipient]
        reference_id = ContractReferenceId(reference.reference_id)
        listed.append(ListedReference(reference_id=reference_id, enrolment=boxes.enrolment, sealed_template=box))
    cameras = (tx.cameras.get(CameraId(named.camera_id)) for named in Act.from_bytes(act).cameras)
    return tuple(listed), len({camera.site_id for camera in cameras})


def _verified(governance: Governance, warrant: Warrant, listed: Sequence[ListedReference], answer: Signed) -> Signed:
    """Believe the pinned viewer alone, about just this list and this profile."""
    try:
        payload = verified(answer, Purpose.LOOK_ALIKES, governance.trusted.of(TrustedRole.VIEWER))
        report = LookAlikeReport.from_bytes(payload)
    except ContractError as error:
        raise NotUnderstood(str(error)) from error
    asked = {(one.reference_id, one.enrolment.sha256) for one in listed}
    same = str(report.warrant_id) == warrant.warrant_id and report.profile_sha256 == governance.profile_sha256
    if not same or set(report.listed) != asked:
        raise NotUnderstood("The viewer answered something else than what was asked.")
    return answer


def _kept_report(
    governance: Governance, tx: Transaction, command: PrepareListReport, found: Signed, *, sites: int
) -> ListReport:
    now, warrant = governance.clock.now(), tx.warrants.get(command.warrant_id)
    report = LookAlikeReport.from_bytes(found.payload)
    expected = expect_false_alerts(
        passages_per_day=command.passages_per_day,
        persons=len(report.listed),
        allowed_per_day=governance.legal.false_alerts_per_day_milli / 1000 * sites,
        measured=governance.measured_rate,
    )
    keeping = Keeping(data_class=DataClass.REFERENCE, warrant=warrant.warrant_id, no_later_than=warrant.not_after)
    return ListReport(
        report_id=ListReportId(governance.randomness.identifier()),
        warrant_id=warrant.warrant_id,
        listed=frozenset(ReferenceId(reference_id) for reference_id, _ in report.listed),
        near=sum(one.is_near for one in report.nearest),
        report=keep(governance, tx, _to_bytes(found, expected), keeping),
        prepared_by=command.actor,
        approved_by=None,
        approved_at=None,
        reason=None,
        created_at=now,
        expires_at=expiry(DataClass.WARRANT, created_at=now, no_later_than=warrant.expires_at),
    )


def _newest(tx: Transaction, warrant_id: WarrantId) -> ListReport:
    reports = tx.list_reports.where(warrant_id=warrant_id)
    if not reports:
        raise NotFound("There is no report on this list yet.")
    return reports[-1]


def _page(
    report: ListReport, shown: Sequence[Reference], kept: bytes, origins: Sequence[bytes], *, is_current: bool
) -> ListPage:
    value: Mapping[str, Any] = json.loads(kept)
    found = LookAlikeReport.from_bytes(Signed.from_json(value["found"]).payload)
    slots = {one.reference_id: one.slot_id for one in shown}
    nearest = {
        ReferenceId(one.reference_id): NearestPerson(
            slot_id=slots.get(ReferenceId(one.other), "erased"),
            score=one.score,
            reaches_threshold=one.reaches_threshold,
            is_near=one.is_near,
        )
        for one in found.nearest
    }
    lines = tuple(
        ListLine(reference=one, known=KnownPhotograph.from_bytes(origin), nearest=nearest.get(one.reference_id))
        for one, origin in zip(shown, origins, strict=True)
    )
    return ListPage(
        report=report,
        is_current=is_current,
        threshold=found.threshold,
        margin=found.margin,
        expected=ExpectedFalseAlerts(**value["expected"]),
        lines=lines,
    )


def _to_bytes(found: Signed, expected: ExpectedFalseAlerts) -> bytes:
    return json.dumps({"expected": asdict(expected), "found": found.to_json()}, sort_keys=True).encode()
