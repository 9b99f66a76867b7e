"""The register as the region and the public see it: each camera, whether it may be used, and if not, why (B7, C9, C14).

Nothing here knows a warrant, a reference or an alert.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from contracts.canonical import sha256_hex
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting
from governance.domain.decisions import Decision
from governance.domain.identifiers import AccountId, CameraId, SiteId
from governance.domain.registers import Camera
from governance.domain.roles import Action
from governance.domain.site_evidence import (
    CameraDocument,
    DocumentKind,
    SiteEvidence,
    has_live_evidence,
    may_be_used,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStanding:
    """One camera of the register, and the first reason why it may not be used."""

    camera_id: CameraId
    site_id: SiteId
    view: str
    standing: Decision
    documents: tuple[CameraDocument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStanding:
    """One site, its evidence, and whether that is enough."""

    site_id: SiteId
    title: str
    evidence: SiteEvidence | None
    standing: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCamera:
    """What everybody may know of one camera. An address of a stream is not known here at all."""

    camera_id: str
    place: str
    view: str
    hours: str
    registered_since: str
    may_be_used: bool
    record_sha256: str
    """The camera's signed record as it is now: acts name it (A4)."""
    evidence_sha256: str
    balancing_sha256: str
    impact_assessment_sha256: str
    sign_sha256: str

    def to_json(self) -> dict[str, object]:
        """Return the line by its fields' names."""
        return {name: getattr(self, name) for name in PUBLIC_FIELDS}


PUBLIC_FIELDS: Final = tuple(field.name for field in fields(PublicCamera))


def list_cameras(governance: Governance, actor: AccountId) -> tuple[CameraStanding, ...]:
    """List all cameras with what stands against their use."""
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.CAMERA_LIST)
        return tuple(_camera(tx, camera, now=now) for camera in tx.cameras.where())


def list_sites(governance: Governance, actor: AccountId) -> tuple[SiteStanding, ...]:
    """List all sites with their evidence."""
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.EVIDENCE_IMPORT)
        return tuple(_site(tx, site.site_id, site.title, now=now) for site in tx.sites.where())


def read_site(governance: Governance, actor: AccountId, site_id: SiteId) -> SiteStanding:
    """Return one site that has evidence.

    Raises:
        NotFound: there is no such site, or nothing was imported for it.
    """
    found = next((one for one in list_sites(governance, actor) if one.site_id == site_id), None)
    if found is None or found.evidence is None:
        raise NotFound("Nothing was imported for this site.")
    return found


def public_register(governance: Governance) -> tuple[PublicCamera, ...]:
    """B7: the register of cameras that everybody may read. It says nothing of what is done with them."""
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        titles = {site.site_id: site.title for site in tx.sites.where()}
        return tuple(_public(tx, camera, titles[camera.site_id], now=now) for camera in tx.cameras.where())


def _camera(tx: Transaction, camera: Camera, *, now: datetime) -> CameraStanding:
    documents = tx.documents.where(camera_id=camera.camera_id)
    return CameraStanding(
        camera_id=camera.camera_id,
        site_id=camera.site_id,
        view=camera.view,
        standing=may_be_used(camera, tx.evidence.find(camera.site_id), documents, now=now),
        documents=documents,
    )


def _site(tx: Transaction, site_id: SiteId, title: str, *, now: datetime) -> SiteStanding:
    evidence = tx.evidence.find(site_id)
    return SiteStanding(site_id=site_id, title=title, evidence=evidence, standing=has_live_evidence(evidence, now=now))


def _public(tx: Transaction, camera: Camera, place: str, *, now: datetime) -> PublicCamera:
    standing, evidence = _camera(tx, camera, now=now), tx.evidence.find(camera.site_id)
    hashes = {document.kind: document.sha256 for document in standing.documents}
    return PublicCamera(
        camera_id=camera.camera_id,
        place=place,
        view=camera.view,
        hours=f"{camera.opens // 60:02d}:{camera.opens % 60:02d}-{camera.closes // 60:02d}:{camera.closes % 60:02d}",
        registered_since=f"{camera.created_at:%Y-%m-%d}",
        may_be_used=standing.standing.allowed,
        record_sha256=sha256_hex(camera.payload),
        evidence_sha256=evidence.document if evidence else "",
        balancing_sha256=hashes.get(DocumentKind.BALANCING, ""),
        impact_assessment_sha256=hashes.get(DocumentKind.IMPACT_ASSESSMENT, ""),
        sign_sha256=hashes.get(DocumentKind.SIGN, ""),
    )
