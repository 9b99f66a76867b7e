"""Sites and cameras as the region registers them."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.identifiers import CameraId, SiteId
from governance.domain.legal_profile import LegalProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site: its signing key is pinned; `opening_public` is the X25519 key its templates are sealed to."""

    site_id: SiteId
    title: str
    key: str
    opening_public: bytes
    created_at: datetime
    expires_at: datetime
    latitude: float | None = None
    longitude: float | None = None
    """Degrees, where the region gives them: incidents with coordinates find the site by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One camera of the register. `payload`, `key`, `signature` are the region's signed record, as it came."""

    camera_id: CameraId
    site_id: SiteId
    view: str
    care_area: bool
    serial: int
    opens: int
    closes: int
    healthcare: bool
    opened_by_sha256: str | None
    payload: bytes
    key: str
    signature: bytes
    created_at: datetime
    expires_at: datetime


def may_be_lent(camera: Camera) -> Decision:
    """B8: a camera in a care area is never used, one of a healthcare site only by a documented decision of its own."""
    if camera.care_area:
        return deny("B8", "A camera in a care area is never used.")
    if camera.healthcare and camera.opened_by_sha256 is None:
        return deny("B8", "A camera of a healthcare site is used only by a documented decision of its own.")
    return allow("B8")


def may_replace(known: Camera, newer: Camera) -> Decision:
    """A5, B7, B8: a record is replaced by a newer one of the same site alone, and no tag of care comes off again."""
    if newer.payload == known.payload:
        return allow("B7")
    return refuse_where(
        "B7",
        (newer.site_id != known.site_id, "B7", "This camera belongs to another site."),
        (newer.serial <= known.serial, "B7", f"This record is not newer; its serial has to be above {known.serial}."),
        (known.care_area and not newer.care_area, "B8", "Nobody takes the tag of a care area off a camera again."),
        (known.healthcare and not newer.healthcare, "B8", "A camera of a healthcare site remains one."),
    )


def is_within_hours(camera: Camera, legal: LegalProfile, *, now: datetime) -> Decision:
    """B7: a camera is used within its hours of the legal local day alone; they may end on the next day."""
    local = now.astimezone(ZoneInfo(legal.zone))
    minute = local.hour * 60 + local.minute
    if camera.opens < camera.closes:
        within = camera.opens <= minute < camera.closes
    else:
        within = minute >= camera.opens or minute < camera.closes
    return allow("B7") if within else deny("B7", "This camera is not used at this time of the day.")
