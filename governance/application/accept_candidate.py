"""Take in what a site reports: candidates, re-scored before anybody can see them; and counts.

A candidate stands on a lease, or on the order to search one recording (A12). The second is no passage and is charged to
no budget of live alerts; everything else is the same.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from contracts.candidate_report import CandidateReport
from contracts.canonical import decode, encode, sha256_hex
from contracts.signature import Purpose, Signed, key_id
from contracts.site_report import CameraCounts, SiteReport
from governance.application.boxes import Boxes
from governance.application.charge_budget import charge, charge_joined, count_passages
from governance.application.errors import BadInput, NotFound
from governance.application.governance import Governance
from governance.application.kept_records import JoinedReport, LatestCounts, UsedNonce
from governance.application.narrow_warrant import lost
from governance.application.picture_ports import Rescore
from governance.application.ports import Transaction
from governance.application.procedure import require
from governance.application.site_records import from_site
from governance.application.vault import Keeping, for_step, keep, reveal
from governance.domain.budget import may_join
from governance.domain.decisions import Decision, allow, deny
from governance.domain.deployments import covers
from governance.domain.events import Event
from governance.domain.identifiers import (
    AlertId,
    CameraId,
    DeploymentId,
    LeaseId,
    ReferenceId,
    SearchId,
    SiteId,
    WarrantId,
)
from governance.domain.narrowing import NarrowedKind
from governance.domain.post_remote import AFTERWARDS, method_of
from governance.domain.retention import DataClass, expiry
from governance.domain.review import Alert, AlertState, is_undecided
from governance.domain.searches import RecordingSearch, runs_as_long, search_covers, seen_at

LARGEST_CROPS: Final = 20 * 1024 * 1024
_REPORT_MEMORY: Final = timedelta(days=1)
"""So long it is known that a site's report was taken in already."""


class Acceptance(StrEnum):
    """What became of a candidate report."""

    ACCEPTED = "accepted"
    JOINED = "joined"
    KNOWN = "known"
    """This very report was taken in before: answer 200, nothing changes."""
    NOT_SUPPORTED = "not-supported"
    """The centre's own comparison does not reach the threshold, or it would join an alert that has come to its end:
    dismissed, erased, logged, charged. Answer 201 all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptCandidate:
    """A signed candidate report (Purpose.CANDIDATE_REPORT) and the sealed box of its crops."""

    report: Signed
    crops: bytes | None


def accept_candidate(governance: Governance, command: AcceptCandidate) -> Acceptance:
    """Take in a candidate report, once.

    Raises:
        NotUnderstood: malformed, not signed by its site's pinned key, or not to be opened by the viewer.
        BadInput: the crops are missing, too many, or not the ones the report names.
        Refused: no lease of ours stood behind it at that time and camera.
        Unavailable: the viewer does not answer; nothing was kept, the site tries again.
    """
    report, _ = from_site(
        governance, command.report, Purpose.CANDIDATE_REPORT, CandidateReport.from_bytes, lambda one: one.site_id
    )
    crops = _require_crops(report, command.crops)
    with governance.database.transaction() as tx:
        if _is_known(tx, report):
            return Acceptance.KNOWN
        _require_lease(governance, tx, report)
        if report.joins is not None:
            return _join(governance, tx, report, command.report)
        boxes = _boxes_of(governance, tx, report)
    # The centre compares anew, outside any transaction, before anybody can see anything.
    rescore = _rescore(governance, command.report, crops, boxes)
    with governance.database.transaction() as tx:
        if _is_known(tx, report):
            return Acceptance.KNOWN
        # Asked again: the warrant may have been revoked while the viewer worked.
        _require_lease(governance, tx, report)
        if not rescore.reaches_threshold:
            _dismiss_unseen(governance, tx, report, command.report, rule="rescore")
            return Acceptance.NOT_SUPPORTED
        _open_alert(governance, tx, report, command.report, crops)
    return Acceptance.ACCEPTED


def accept_site_report(governance: Governance, report: Signed) -> None:
    """Take in a site's counts, and log the report's number. Older counts than those kept change nothing.

    Raises:
        NotUnderstood: malformed, or not signed by its site's pinned key.
    """
    counted, site_id = from_site(
        governance, report, Purpose.SITE_REPORT, SiteReport.from_bytes, lambda one: one.site_id
    )
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        if tx.nonces.find(report.sha256) is not None:
            return
        tx.nonces.add(UsedNonce(nonce=report.sha256, created_at=now, expires_at=now + _REPORT_MEMORY))
        for counts in counted.cameras:
            camera = tx.cameras.find(CameraId(counts.camera_id))
            if camera is None or camera.site_id != site_id:
                continue
            known = tx.counts.find((camera.camera_id, counts.session))
            if known is not None and known.serial >= counts.serial:
                continue
            latest = LatestCounts(
                camera_id=camera.camera_id,
                session=counts.session,
                serial=counts.serial,
                counts=encode(counts.to_json()),
                created_at=now if known is None else known.created_at,
                expires_at=expiry(DataClass.COUNT, created_at=now) if known is None else known.expires_at,
            )
            if known is None:
                tx.counts.add(latest)
            else:
                tx.counts.save(latest)
                # The first report of a session only says where it stands: what it counted before may be another's.
                before = CameraCounts.from_json(decode(known.counts))
                grown, since = counts.compared - before.compared, before.measured_at
                count_passages(tx, camera, grown, since=since, until=counts.measured_at)
        producer = f"{counted.site_id}.{counted.session}".lower()
        tx.log.append(Event.COUNTS_ACCEPT, {"site": site_id}, body={"from": producer, "n": counted.number})
        tx.commit()


def _require_crops(report: CandidateReport, crops: bytes | None) -> bytes:
    if report.joins is not None:
        if crops is not None:
            raise BadInput("A report that joins an alert brings no crops.")
        return b""
    if crops is None or len(crops) > LARGEST_CROPS or sha256_hex(crops) != report.crops_sha256:
        raise BadInput("The sealed crops are missing, too large, or not the ones that the report names.")
    return crops


def _is_known(tx: Transaction, report: CandidateReport) -> bool:
    return tx.alerts.find(AlertId(report.report_id)) is not None or tx.joined.find(report.report_id) is not None


def _require_lease(governance: Governance, tx: Transaction, report: CandidateReport) -> None:
    about = {
        "camera": report.camera_id,
        "report": report.report_id,
        "site": report.site_id,
        **({} if _search_of(tx, report) is None else {"method": AFTERWARDS}),
    }
    require(tx, _stands_behind(governance, tx, report), event=Event.CANDIDATE_REFUSE, about=about)


def _stands_behind(governance: Governance, tx: Transaction, report: CandidateReport) -> Decision:
    """Decide whether a lease of ours covers the report: same everything, live when the face was seen."""
    lease = tx.leases.find(LeaseId(report.lease_id))
    if lease is None:
        return _search_stands_behind(governance, tx, report)
    if (
        lease.site_id,
        lease.camera_id,
        lease.deployment_id,
        lease.warrant_id,
        lease.day_key_sha256,
    ) != (
        SiteId(report.site_id),
        CameraId(report.camera_id),
        DeploymentId(report.deployment_id),
        WarrantId(report.warrant_id),
        report.day_key_sha256,
    ):
        return deny("A6", "No lease of ours stands behind this report.")
    of_the_case = _is_of_the_case(governance, tx, report, lease.warrant_id)
    if not of_the_case.allowed:
        return of_the_case
    return covers(lease, captured_at=report.captured_at, received_at=governance.clock.now())


def _search_stands_behind(governance: Governance, tx: Transaction, report: CandidateReport) -> Decision:
    """A12: decide whether the order to search a recording covers the report: same query, same person, in its time."""
    search = _search_of(tx, report)
    if search is None or (
        search.site_id,
        search.camera_id,
        search.search_id,
        search.warrant_id,
        search.reference_id,
        search.day_key_sha256,
    ) != (
        SiteId(report.site_id),
        CameraId(report.camera_id),
        SearchId(report.deployment_id),
        WarrantId(report.warrant_id),
        ReferenceId(report.reference_id),
        report.day_key_sha256,
    ):
        return deny("A6", "No lease and no search order of ours stands behind this report.")
    of_the_case = _is_of_the_case(governance, tx, report, search.warrant_id)
    if not of_the_case.allowed:
        return of_the_case
    in_it = runs_as_long(search.recording, report.stream_time)
    return (
        search_covers(search, read_at=report.captured_at, received_at=governance.clock.now())
        if in_it.allowed
        else in_it
    )


def _search_of(tx: Transaction, report: CandidateReport) -> RecordingSearch | None:
    return tx.searches.find(SearchId(report.lease_id))


def _is_of_the_case(
    governance: Governance, tx: Transaction, report: CandidateReport, warrant_id: WarrantId
) -> Decision:
    """Decide whether the reference is the warrant's, and both still stand."""
    reference = tx.references.find(ReferenceId(report.reference_id))
    if reference is None or reference.warrant_id != warrant_id:
        return deny("A3", "The report names a reference that its warrant does not have.")
    if reference.slot_id in lost(tx, reference.warrant_id, NarrowedKind.SLOT):
        return deny("A9b", "This person is off the list; nothing more is taken in about them.")
    if tx.warrants.get(warrant_id).state.value in {"revoked", "rejected", "expired"}:
        return deny("A8", "The warrant is over; nothing of it is kept.")
    if report.profile_sha256 != governance.profile_sha256:
        return deny("P4", "The report was made with another model profile than the one in use.")
    return allow("A6")


def _join(governance: Governance, tx: Transaction, report: CandidateReport, signed: Signed) -> Acceptance:
    """Let a further candidate join its alert, or make an alert of it where that one has come to its end (C5)."""
    alert = tx.alerts.find(AlertId(report.joins or ""))
    about = {"camera": report.camera_id, "report": report.report_id, "site": report.site_id}
    search = _search_of(tx, report)
    same = alert is not None and (alert.camera_id, alert.reference_id, alert.search_id) == (
        CameraId(report.camera_id),
        ReferenceId(report.reference_id),
        None if search is None else search.search_id,
    )
    decision = allow("A13") if same else deny("A13", "There is no alert of this camera and reference to join.")
    require(tx, decision, event=Event.CANDIDATE_REFUSE, about=about)
    if alert is None:
        raise NotFound("There is no such alert.")
    if not _may_join(tx, alert).allowed:
        # It brings no pictures, so nobody can look at it: it is dismissed, and charged as a false one.
        _dismiss_unseen(governance, tx, report, signed, rule="C5")
        return Acceptance.NOT_SUPPORTED
    now = governance.clock.now()
    tx.joined.add(
        JoinedReport(
            report_id=report.report_id,
            alert_id=alert.alert_id,
            created_at=now,
            expires_at=expiry(DataClass.CANDIDATE, created_at=now, no_later_than=alert.expires_at),
        )
    )
    tx.alerts.save(replace(alert, joined=alert.joined + 1))
    tx.log.append(Event.CANDIDATE_JOIN, {"alert": alert.alert_id, "report": report.report_id, **method_of(alert)})
    if alert.search_id is None:
        charge_joined(governance, tx, alert, report_id=AlertId(report.report_id))
    tx.commit()
    return Acceptance.JOINED


def _may_join(tx: Transaction, alert: Alert) -> Decision:
    """Decide whether an alert still takes further candidates; one of a recording has no charge (A12)."""
    return may_join(tx.charges.find(alert.alert_id)) if alert.search_id is None else is_undecided(alert)


def _boxes_of(governance: Governance, tx: Transaction, report: CandidateReport) -> Boxes:
    reference = tx.references.get(ReferenceId(report.reference_id))
    about = {"reference": report.reference_id, "report": report.report_id, "warrant": report.warrant_id}
    return Boxes.from_bytes(reveal(governance, tx, reference.boxes, for_step("rescore", about)))


def _rescore(governance: Governance, report: Signed, crops: bytes, boxes: Boxes) -> Rescore:
    template = boxes.sealed_templates.get(key_id(governance.viewer_reference_key))
    if template is None:
        raise NotFound("This reference was enrolled for another viewer; it cannot be compared anew.")
    return governance.viewer.rescore(report=report, crops=crops, enrolment=boxes.enrolment, sealed_template=template)


def _open_alert(governance: Governance, tx: Transaction, report: CandidateReport, signed: Signed, crops: bytes) -> None:
    keeping = Keeping(data_class=DataClass.CANDIDATE, warrant=WarrantId(report.warrant_id))
    kept = encode(signed.to_json())
    alert = replace(
        _bare_alert(governance, tx, report),
        report=keep(governance, tx, kept, keeping),
        crops=keep(governance, tx, crops, keeping),
    )
    tx.alerts.add(alert)
    tx.log.append(Event.CANDIDATE_ACCEPT, _alert_entry(alert, signed))
    _charge(governance, tx, alert, report)
    tx.commit()


def _dismiss_unseen(
    governance: Governance, tx: Transaction, report: CandidateReport, signed: Signed, *, rule: str
) -> None:
    """Log that a report did not hold, and charge it. Its crops were never stored and go with the caller."""
    now = governance.clock.now()
    alert = replace(_bare_alert(governance, tx, report), state=AlertState.DISMISSED, concluded_at=now)
    tx.alerts.add(alert)
    tx.log.append(Event.CANDIDATE_DISMISS, _alert_entry(alert, signed) | {"rule": rule})
    _charge(governance, tx, alert, report)
    tx.commit()


def _charge(governance: Governance, tx: Transaction, alert: Alert, report: CandidateReport) -> None:
    """C5: charge a live alert. One of a recording is no passage's; the report of the year counts it apart (A11)."""
    if alert.search_id is None:
        charge(governance, tx, alert, report.profile_sha256)


def _alert_entry(alert: Alert, signed: Signed) -> dict[str, str]:
    crops = {"crops": alert.crops_sha256} if alert.crops_sha256 else {}
    return crops | {
        "alert": alert.alert_id,
        "camera": alert.camera_id,
        "document": signed.sha256,
        "lease": alert.lease_id,
        "reference": alert.reference_id,
        "site": alert.site_id,
        "warrant": alert.warrant_id,
        **({} if alert.deployment_id is None else {"deployment": alert.deployment_id}),
        **({} if alert.search_id is None else {"search": alert.search_id}),
        **method_of(alert),
    }


def _bare_alert(governance: Governance, tx: Transaction, report: CandidateReport) -> Alert:
    now = governance.clock.now()
    warrant, search = tx.warrants.get(WarrantId(report.warrant_id)), _search_of(tx, report)
    return Alert(
        alert_id=AlertId(report.report_id),
        warrant_id=warrant.warrant_id,
        deployment_id=DeploymentId(report.deployment_id) if search is None else None,
        search_id=None if search is None else search.search_id,
        reference_id=ReferenceId(report.reference_id),
        site_id=SiteId(report.site_id),
        camera_id=CameraId(report.camera_id),
        lease_id=LeaseId(report.lease_id),
        state=AlertState.OPEN,
        report=None,
        crops=None,
        crops_sha256=report.crops_sha256 or "",
        joined=0,
        captured_at=report.captured_at if search is None else seen_at(search.recording, report.stream_time),
        stream_time=report.stream_time,
        created_at=now,
        due_at=expiry(DataClass.CANDIDATE, created_at=now, no_later_than=now + governance.legal.review_time),
        concluded_at=None,
        expires_at=expiry(DataClass.REVIEW, created_at=now, no_later_than=warrant.expires_at),
    )
