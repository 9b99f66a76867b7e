"""Lend live warrants, and with them volunteers' runs, to one camera of one site for at most a minute (invariant 2)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.authorisation import Lease, UnverifiedAuthorisation
from contracts.canonical import encode, sha256_hex
from contracts.fields import format_bytes
from contracts.gallery_bundle import GalleryBundle
from contracts.issued_act import ActPapers
from contracts.lease_request import LeaseAnswer, LeaseRequest
from contracts.pdf_act import PdfAct
from contracts.signature import Purpose, Signed
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.vocabulary import DeploymentId as ContractDeploymentId
from contracts.vocabulary import SiteId as ContractSiteId
from contracts.warrant import Warrant as Act
from governance.application.build_watchlist import current_list, references_of, standing_references
from governance.application.errors import Conflict, NotFound
from governance.application.galleries import build_gallery
from governance.application.governance import Governance
from governance.application.journal import Recorded
from governance.application.lease_conditions import LeaseCase, may_lend, profile_is_admitted_for, remember_answer
from governance.application.lend_runs import lend_runs
from governance.application.named_cameras import earlier_named
from governance.application.papers import open_act
from governance.application.ports import Transaction
from governance.application.released import Released, release
from governance.application.site_records import from_site, use_nonce
from governance.application.vault import for_step
from governance.domain.decisions import Decision, deny
from governance.domain.deployments import Deployment, DeploymentState, IssuedLease, lease_end
from governance.domain.events import Event
from governance.domain.identifiers import CameraId, DeploymentId, LeaseId, SiteId
from governance.domain.registers import Camera, Site
from governance.domain.retention import DataClass, expiry
from governance.domain.warrants import Warrant
from governance.domain.watchlists import Watchlist, is_the_built_one


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loan:
    """All that one lease is made from."""

    deployment: Deployment
    warrant: Warrant
    papers: ActPapers
    camera: Camera
    named_camera: Signed | None
    watchlist: Watchlist
    gallery: GalleryBundle

    @property
    def act(self) -> Signed | PdfAct:
        """The signed act itself."""
        return self.papers.warrant


def issue_leases(governance: Governance, request: Signed) -> Released[LeaseAnswer] | None:
    """Answer a site's signed request: one authorisation per live deployment that names the camera; `None` means no.

    Volunteers' runs that may be lent there come last (C11): inside a warrant, only beside that warrant's own lease.

    Raises:
        NotUnderstood: the request is malformed, or not signed by the pinned key of the site it names (answer 403).
        Refused: the nonce was used before, or the request is too old.
        Unavailable: the viewer gives no day key; nothing was lent.
    """
    asked = _verified_request(governance, request)
    day = governance.clock.now().astimezone(UTC).strftime("%Y-%m-%d")
    with governance.database.transaction() as tx:
        running = tx.deployments.where(state=DeploymentState.RUNNING)
    day_keys = {one.deployment_id: governance.viewer.day_key(one.deployment_id, day) for one in running}
    with governance.database.transaction() as tx:
        now = governance.clock.now()
        use_nonce(tx, asked.nonce, asked.asked_at, now, about={"camera": asked.camera_id, "site": asked.site_id})
        lent: list[tuple[UnverifiedAuthorisation, bytes]] = []
        entries: list[int] = []
        for loan in _loans(governance, tx, asked, now):
            day_key = day_keys.get(loan.deployment.deployment_id)
            if day_key is not None and day == now.astimezone(UTC).strftime("%Y-%m-%d"):
                authorisation, gallery, entry = _lend(governance, tx, loan, nonce=asked.nonce, day_key=day_key, now=now)
                lent.append((authorisation, gallery))
                entries.append(entry)
        runs = lend_runs(governance, tx, asked, lent, now)
        tx.commit()
        receipts = [tx.log.receipt(entry) for entry in (*entries, *(one.entry for one in runs))]
    answer = LeaseAnswer(authorisations=tuple(lent), runs=tuple((one.unverified, one.gallery) for one in runs))
    released: Released[LeaseAnswer] | None = None
    # Each lease has an entry of its own, and each of them is proven before anything leaves.
    for receipt in receipts:
        recorded = Recorded(index=receipt.index, receipt=receipt)
        released = release(governance, answer, recorded, events=[Event.LEASE_ISSUE, Event.VOLUNTEER_LEASE])
    return released


def _verified_request(governance: Governance, request: Signed) -> LeaseRequest:
    asked, _ = from_site(governance, request, Purpose.LEASE_REQUEST, LeaseRequest.from_bytes, lambda one: one.site_id)
    return asked


def _loans(governance: Governance, tx: Transaction, asked: LeaseRequest, now: datetime) -> list[_Loan]:
    """Return what may be lent to this camera now. A camera that is not the site's own gets nothing."""
    camera = tx.cameras.find(CameraId(asked.camera_id))
    site = tx.sites.find(SiteId(asked.site_id))
    if camera is None or site is None or camera.site_id != site.site_id:
        return []
    loans = []
    for deployment in tx.deployments.where(state=DeploymentState.RUNNING):
        if camera.camera_id not in deployment.cameras:
            continue
        # One deployment that may not be lent must not stop the others.
        case = LeaseCase(deployment=deployment, warrant=tx.warrants.get(deployment.warrant_id), camera=camera, now=now)
        loan, answer = _loan_or_denial(governance, tx, case, site=site)
        remember_answer(tx, case, answer)
        if loan is not None and answer.allowed:
            loans.append(loan)
    return loans


def _loan_or_denial(
    governance: Governance, tx: Transaction, case: LeaseCase, *, site: Site
) -> tuple[_Loan | None, Decision]:
    """Ask every condition, and only then open what is lent; say why not, where it is not."""
    answer = may_lend(governance, tx, case)
    if not answer.allowed:
        return None, answer
    try:
        loan = _loan(governance, tx, case, site=site)
    except NotFound:
        # Its key is gone while its row still stands.
        return None, deny("A6", "Something of this warrant was erased; nothing of it is lent.")
    named = {CameraId(one.camera_id) for one in Act.from_bytes(loan.act.payload).cameras}
    if case.camera.camera_id not in named:
        return None, deny("A4", "The act does not name this camera.")
    bands = {slot.age_band for slot in Act.from_bytes(loan.act.payload).slots}
    admitted = profile_is_admitted_for(governance, tx, case, age_bands=bands)
    if not admitted.allowed:
        return None, admitted
    return loan, is_the_built_one(loan.watchlist, sha256_hex(loan.gallery.to_bytes()))


def _loan(governance: Governance, tx: Transaction, case: LeaseCase, *, site: Site) -> _Loan:
    """Open the act and the list's boxes together, by one entry of the log.

    Raises:
        NotFound: something of it was erased, or its list ended just now.
    """
    deployment, warrant, camera = case.deployment, case.warrant, case.camera
    watchlist = current_list(governance, tx, deployment, site.site_id)
    if watchlist is None:
        raise NotFound("The list ended while a lease was made from it; ask again.")
    references = references_of(watchlist, standing_references(governance, tx, warrant))
    about = {"camera": camera.camera_id, "deployment": deployment.deployment_id, "warrant": warrant.warrant_id}
    listed = tuple(reference.boxes for reference in references)
    papers, boxes = open_act(governance, tx, warrant, for_step("lease", about), listed)
    opened = dict(zip((one.reference_id for one in references), boxes, strict=True))
    return _Loan(
        deployment=deployment,
        warrant=warrant,
        papers=papers,
        camera=camera,
        named_camera=earlier_named(tx, warrant.warrant_id, camera),
        watchlist=watchlist,
        gallery=build_gallery(deployment.deployment_id, site, opened, built_at=watchlist.created_at),
    )


def _lend(
    governance: Governance, tx: Transaction, loan: _Loan, *, nonce: str, day_key: Signed, now: datetime
) -> tuple[UnverifiedAuthorisation, bytes, int]:
    """Sign one lease, remember it, and log it, in the transaction that makes it true; its entry's handle comes last."""
    gallery = loan.gallery.to_bytes()
    camera = Signed(payload=loan.camera.payload, key=loan.camera.key, signature=loan.camera.signature)
    lease = Lease(
        lease_id=governance.randomness.identifier(),
        deployment_id=ContractDeploymentId(loan.deployment.deployment_id),
        site_id=ContractSiteId(loan.camera.site_id),
        camera_id=ContractCameraId(loan.camera.camera_id),
        warrant_sha256=loan.act.sha256,
        camera_sha256=camera.sha256,
        day_key_sha256=day_key.sha256,
        gallery_sha256=sha256_hex(gallery),
        issuers_sha256=_issuers_sha256(governance),
        profile_sha256=Act.from_bytes(loan.act.payload).profile_sha256,
        person_count=len(loan.gallery.references),
        nonce=nonce,
        issued_at=now,
        expires_at=min(lease_end(loan.warrant, governance.legal, now=now), loan.watchlist.ends_at),
    )
    signed = governance.lease_key.sign(Purpose.LEASE, lease.to_bytes())
    entry = _remember(tx, lease, loan.warrant, signed)
    authorisation = UnverifiedAuthorisation(
        warrant=loan.act,
        camera=camera,
        day_key=day_key,
        lease=signed,
        countersignature=loan.papers.countersignature,
        receipt=loan.papers.receipt,
        amendments=loan.papers.amendments,
        named_camera=loan.named_camera,
    )
    return authorisation, gallery, entry


def _issuers_sha256(governance: Governance) -> str:
    if governance.trusted.issuers is None:
        raise Conflict("No list of issuers is pinned here; nobody has issued anything.")
    return governance.trusted.issuers.sha256


def _remember(tx: Transaction, lease: Lease, warrant: Warrant, signed: Signed) -> int:
    issued = IssuedLease(
        lease_id=LeaseId(lease.lease_id),
        deployment_id=DeploymentId(lease.deployment_id),
        warrant_id=warrant.warrant_id,
        site_id=SiteId(lease.site_id),
        camera_id=CameraId(lease.camera_id),
        day_key_sha256=lease.day_key_sha256,
        gallery_sha256=lease.gallery_sha256,
        record=encode(signed.to_json()),
        created_at=lease.issued_at,
        ends_at=lease.expires_at,
        expires_at=expiry(DataClass.LEASE, created_at=lease.issued_at, no_later_than=warrant.expires_at),
    )
    tx.leases.add(issued)
    return tx.log.append(
        Event.LEASE_ISSUE,
        {
            "camera": issued.camera_id,
            "deployment": issued.deployment_id,
            "document": signed.sha256,
            "gallery": issued.gallery_sha256,
            "lease": issued.lease_id,
            "profile": lease.profile_sha256,
            "site": issued.site_id,
            "warrant": issued.warrant_id,
        },
        body={"state": format_bytes(tx.state_root())},
    )
