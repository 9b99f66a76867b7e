"""Lend volunteers' runs to one camera, in the answer that lends warrants, for at most a minute (C11, C16, invariant 2).

Who withdrew stays out of list and lease, and the site is shown the word for it. An entry comes before each lease.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.authorisation import Lease, UnverifiedAuthorisation
from contracts.canonical import decode, sha256_hex
from contracts.errors import ContractError
from contracts.fields import format_bytes
from contracts.lease_request import LeaseRequest
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.run_papers import RunPapers
from contracts.signature import Purpose, Signed
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.vocabulary import SiteId as ContractSiteId
from contracts.vocabulary import VolunteerId as ContractVolunteerId
from contracts.volunteer_gallery import SealedVolunteer, VolunteerGallery
from contracts.volunteer_run import RunLease
from governance.application.errors import GovernanceError, NotFound
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.run_conditions import (
    RunCase,
    about_camera,
    may_lend_here,
    papers_of_run,
    remember_run_answer,
    standing_volunteers,
)
from governance.application.vault import for_step, reveal_all
from governance.application.volunteer_runs import BelievedPapers
from governance.application.withdrawals import signed_withdrawals
from governance.domain.decisions import Decision, deny
from governance.domain.events import Event
from governance.domain.identifiers import CameraId, LeaseId, SiteId
from governance.domain.retention import DataClass, expiry
from governance.domain.run_leases import REMEMBERED, IssuedRunLease, is_lent_beside, is_under_way, run_lease_end
from governance.domain.volunteers import RunMode, RunState, VolunteerRun


@dataclass(frozen=True, slots=True, kw_only=True)
class LentRun:
    """One run as it leaves, with its list, and the handle of the entry that says so."""

    unverified: UnverifiedVolunteerRun
    gallery: bytes
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loan:
    """All that one lease of a run is made from."""

    case: RunCase
    papers: RunPapers
    gallery: VolunteerGallery
    rests_until: datetime


def lend_runs(
    governance: Governance,
    tx: Transaction,
    asked: LeaseRequest,
    lent: Sequence[tuple[UnverifiedAuthorisation, bytes]],
    now: datetime,
) -> list[LentRun]:
    """Lend every run under way that may be lent to this camera. `lent` are the warrants of the same answer.

    In the transaction that makes it true; nothing leaves before the entries of all leases are proven.
    """
    camera = tx.cameras.find(CameraId(asked.camera_id))
    if camera is None or camera.site_id != SiteId(asked.site_id):
        return []
    acts = _lent_acts(lent)
    runs = []
    for run in tx.volunteer_runs.where(state=RunState.APPROVED):
        if not is_under_way(run, now=now) or camera.camera_id not in run.cameras:
            continue
        case = RunCase(run=run, camera=camera, now=now)
        try:
            loan, answer = _loan_or_denial(governance, tx, case, acts)
        except (ContractError, GovernanceError):
            # Nothing was written yet. A run that cannot be asked about stops neither another one nor a warrant.
            loan, answer = None, deny("C16", "What this run rests on could not be asked; it is not lent.")
        remember_run_answer(tx, case, answer)
        if loan is not None and answer.allowed:
            runs.append(_lend(governance, tx, loan, nonce=asked.nonce))
    return runs


def _lent_acts(lent: Sequence[tuple[UnverifiedAuthorisation, bytes]]) -> Mapping[str, datetime]:
    """Return the acts that the same answer lends (SHA-256), and until when."""
    leases = [Lease.from_bytes(unverified.lease.payload) for unverified, _ in lent]
    return {lease.warrant_sha256: lease.expires_at for lease in leases}


def _loan_or_denial(
    governance: Governance, tx: Transaction, case: RunCase, acts: Mapping[str, datetime]
) -> tuple[_Loan | None, Decision]:
    """Ask every condition, and only then open the list; say why not, where it is not lent."""
    answer = may_lend_here(governance, tx, case)
    if answer.allowed and case.run.mode is RunMode.INSIDE_WARRANT:
        answer = is_lent_beside(case.run, acts)
    read = papers_of_run(governance, case.run)
    if not answer.allowed or read is None:
        return None, answer
    papers, said = read
    ends = _rests_until(case.run, said, acts)
    if ends is None:
        return None, deny("C16", "This run rests on nothing.")
    try:
        gallery = _gallery(governance, tx, case)
    except NotFound:
        # A key is gone while its row still stands.
        return None, deny("C11", "Something of this run was erased; nothing of it is lent.")
    return _Loan(case=case, papers=papers, gallery=gallery, rests_until=ends), answer


def _rests_until(run: VolunteerRun, said: BelievedPapers, acts: Mapping[str, datetime]) -> datetime | None:
    """Return when what the run rests on ends: the warrant's lease in this answer, or the closure."""
    if run.mode is RunMode.INSIDE_WARRANT:
        return acts.get(run.rests_on_sha256)
    return None if said.closure is None else said.closure.closed_until


def _gallery(governance: Governance, tx: Transaction, case: RunCase) -> VolunteerGallery:
    """Open the boxes by one entry of the log. The same list gives the same bytes for an hour.

    Raises:
        NotFound: one of them was erased.
    """
    standing = standing_volunteers(governance, tx, case.run)
    reading = for_step("volunteers", about_camera(case))
    opened, _ = reveal_all(governance, tx, [one.boxes for one in standing], reading)
    return VolunteerGallery(
        run_id=case.run.run_id,
        built_at=case.now.replace(minute=0, second=0, microsecond=0),
        references=tuple(SealedVolunteer.from_json(decode(one)) for one in opened),
    )


def _lend(governance: Governance, tx: Transaction, loan: _Loan, *, nonce: str) -> LentRun:
    """Sign one lease, remember it, and log it."""
    case, gallery = loan.case, loan.gallery.to_bytes()
    lease = RunLease(
        lease_id=governance.randomness.identifier(),
        run_sha256=loan.papers.run.sha256,
        site_id=ContractSiteId(case.camera.site_id),
        camera_id=ContractCameraId(case.camera.camera_id),
        standing=tuple(ContractVolunteerId(one.volunteer_id) for one in loan.gallery.references),
        gallery_sha256=sha256_hex(gallery),
        nonce=nonce,
        issued_at=case.now,
        expires_at=run_lease_end(case.run, rests_until=loan.rests_until, now=case.now),
    )
    signed = governance.lease_key.sign(Purpose.VOLUNTEER_LEASE, lease.to_bytes())
    entry = _remember(tx, case, lease, signed)
    camera = case.camera
    unverified = UnverifiedVolunteerRun(
        run=loan.papers.run,
        consents=loan.papers.consents,
        camera=Signed(payload=camera.payload, key=camera.key, signature=camera.signature),
        lease=signed,
        closure=loan.papers.closure,
        withdrawals=signed_withdrawals(case.run),
    )
    return LentRun(unverified=unverified, gallery=gallery, entry=entry)


def _remember(tx: Transaction, case: RunCase, lease: RunLease, signed: Signed) -> int:
    run: VolunteerRun = case.run
    tx.run_leases.add(
        IssuedRunLease(
            lease_id=LeaseId(lease.lease_id),
            run_id=run.run_id,
            site_id=run.site_id,
            camera_id=case.camera.camera_id,
            created_at=lease.issued_at,
            ends_at=lease.expires_at,
            expires_at=expiry(
                DataClass.VOLUNTEER, created_at=lease.issued_at, no_later_than=lease.expires_at + REMEMBERED
            ),
        )
    )
    return tx.log.append(
        Event.VOLUNTEER_LEASE,
        {
            **about_camera(case),
            "count": len(lease.standing),
            "document": signed.sha256,
            "gallery": lease.gallery_sha256,
            "lease": lease.lease_id,
            "profile": run.profile_sha256,
        },
        body={"state": format_bytes(tx.state_root())},
    )
