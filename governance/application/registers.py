"""The register of sites and cameras. A camera's record is signed by the region that owns it, with a pinned key."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.camera import CameraRecord
from contracts.errors import ContractError
from contracts.signature import Purpose, Signed, verified
from contracts.trust import PinnedKey, TrustedRole
from governance.application.errors import BadInput, Conflict, NotUnderstood
from governance.application.governance import Governance
from governance.application.named_cameras import keep_earlier, keep_filed
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, CameraId, SiteId
from governance.domain.registers import Camera, Site, may_replace
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSite:
    """Take a site into the register. Its signing key must be pinned (role site, name = the site's id)."""

    actor: AccountId
    site_id: str
    title: str
    opening_public: bytes
    coordinates: tuple[float, float] | None = None
    """Latitude and longitude in degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCamera:
    """Take a camera into the register: the region's signed record, Purpose.CAMERA."""

    actor: AccountId
    record: Signed


def register_site(governance: Governance, command: RegisterSite) -> SiteId:
    """Register a site whose signing key is pinned here under the site's id.

    Raises:
        BadInput: no key is pinned for this site, or its opening key has not 32 bytes.
        Conflict: it is registered already.
    """
    pinned = _pinned_site(governance, command.site_id)
    if len(command.opening_public) != 32 or not 1 <= len(command.title.strip()) <= 200:
        raise BadInput("A site has a title of 1 to 200 characters and an opening key of 32 bytes.")
    latitude, longitude = _on_earth(command.coordinates)
    now = governance.clock.now()
    site = Site(
        site_id=SiteId(command.site_id),
        title=command.title.strip(),
        key=pinned.id,
        opening_public=command.opening_public,
        latitude=latitude,
        longitude=longitude,
        created_at=now,
        expires_at=expiry(DataClass.REGISTER, created_at=now),
    )
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.SITE_REGISTER)
        if tx.sites.find(site.site_id) is not None:
            raise Conflict("This site is registered already.")
        tx.sites.add(site)
        tx.log.append(Event.SITE_REGISTER, {"actor": command.actor, "key": pinned.id, "site": site.site_id})
        tx.commit()
    return site.site_id


def register_camera(governance: Governance, command: RegisterCamera) -> CameraId:
    """Register a camera, after verifying the region's signature. A newer record of a known camera replaces it.

    Raises:
        NotUnderstood: the record is malformed or not signed by a pinned region.
        BadInput: its site is not registered.
        Refused: it is not newer than the one before, or takes a tag of care off (B7, B8).
    """
    try:
        payload = verified(command.record, Purpose.CAMERA, governance.trusted.of(TrustedRole.REGION))
        record = CameraRecord.from_bytes(payload)
    except ContractError as error:
        raise NotUnderstood(str(error)) from error
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.CAMERA_REGISTER)
        site = tx.sites.find(SiteId(record.site_id))
        if site is None:
            raise BadInput("Register the camera's site first.")
        camera = _camera_of(command.record, record, site, now=governance.clock.now())
        known = tx.cameras.find(camera.camera_id)
        if known is None:
            tx.cameras.add(camera)
        else:
            about = {"actor": command.actor, "camera": camera.camera_id, "document": command.record.sha256}
            require(tx, may_replace(known, camera), about=about)
            if known.payload != payload:
                keep_earlier(tx, known)
            # Saved, not put in anew: the database itself then holds the newer record against the older one.
            ends = min(known.expires_at, camera.expires_at)
            tx.cameras.save(replace(camera, created_at=known.created_at, expires_at=ends))
            if known.payload != camera.payload:
                _void_documents(tx, known.camera_id)
        tx.log.append(
            Event.CAMERA_REGISTER,
            {"actor": command.actor, "camera": camera.camera_id, "document": command.record.sha256},
        )
        tx.commit()
    return camera.camera_id


def _camera_of(signed: Signed, record: CameraRecord, site: Site, *, now: datetime) -> Camera:
    """B1: a camera's entry ends with its site's at the latest, which it would keep beyond its time."""
    return Camera(
        camera_id=CameraId(record.camera_id),
        site_id=site.site_id,
        view=record.view,
        care_area=record.care_area,
        serial=record.serial,
        opens=record.opens,
        closes=record.closes,
        healthcare=record.healthcare,
        opened_by_sha256=record.opened_by_sha256,
        payload=signed.payload,
        key=signed.key,
        signature=signed.signature,
        created_at=now,
        expires_at=expiry(DataClass.REGISTER, created_at=now, no_later_than=site.expires_at),
    )


def _void_documents(tx: Transaction, camera_id: CameraId) -> None:
    """A5: a changed camera needs its balancing, its assessment and its sign anew."""
    for document in tx.documents.where(camera_id=camera_id):
        keep_filed(tx, document)
        tx.documents.remove((camera_id, document.kind))


def _on_earth(coordinates: tuple[float, float] | None) -> tuple[float | None, float | None]:
    if coordinates is None:
        return None, None
    latitude, longitude = coordinates
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise BadInput("Coordinates are degrees: latitude up to 90, longitude up to 180.")
    return latitude, longitude


def _pinned_site(governance: Governance, site_id: str) -> PinnedKey:
    for key in governance.trusted.keys:
        if key.role is TrustedRole.SITE and key.name == site_id:
            return key
    raise BadInput("No key is pinned here for this site; its people carry it here first.")
