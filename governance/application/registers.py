"""The register of sites and cameras. A camera's record is signed by the region that owns it, with a pinned key."""

from dataclasses import dataclass

from contracts.signature import Signed
from governance.application.governance import Governance
from governance.domain.identifiers import AccountId, CameraId, SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSite:
    """Take a site into the register. Its signing key must be pinned (role site, name = the site's id)."""

    actor: AccountId
    site_id: str
    title: str
    opening_public: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCamera:
    """Take a camera into the register: the region's signed record, Purpose.CAMERA."""

    actor: AccountId
    record: Signed


def register_site(governance: Governance, command: RegisterSite) -> SiteId:
    """Register a site."""
    raise NotImplementedError


def register_camera(governance: Governance, command: RegisterCamera) -> CameraId:
    """Register a camera, after verifying the region's signature."""
    raise NotImplementedError
