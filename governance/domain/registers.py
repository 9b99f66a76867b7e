"""Sites and cameras as the region registers them."""

from dataclasses import dataclass
from datetime import datetime

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import CameraId, SiteId


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
    payload: bytes
    key: str
    signature: bytes
    created_at: datetime
    expires_at: datetime


def may_be_lent(camera: Camera) -> Decision:
    """Decide whether a camera may be used at all: in a care area never (law.md B8)."""
    if camera.care_area:
        return deny("B8", "A camera in a care area is never used.")
    return allow("B8")
