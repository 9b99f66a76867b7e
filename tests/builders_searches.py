"""Search orders for tests: signed and bound to one another, as `builders_contracts` makes live authorisations.

unverified, ask = a_search_order(site, gallery=gallery)
permit = a_search_permit(site, gallery=gallery)     # the same, verified
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from contracts.authorisation import DayKey, LeaseAsk
from contracts.camera import CameraRecord
from contracts.canonical import sha256_hex
from contracts.clock import Moment
from contracts.search_order import ORDER_LIMIT, SearchOrder, UnverifiedSearchOrder, VerifiedSearchOrder, verify_order
from contracts.signature import Purpose
from contracts.vocabulary import DeploymentId, ReferenceId, WarrantType
from contracts.warrant import Warrant
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    NOON,
    PROFILE,
    SITE,
    TrustedSite,
    a_camera,
    a_day_key,
    a_hash,
    a_warrant,
    an_ask,
    naming,
)

SEARCH: Final = "search-1"
RECORDING: Final = a_hash("recording")


def a_search_warrant(**changes: Any) -> Warrant:
    """Return a post-remote warrant for one person at `CAMERA`."""
    return a_warrant(**{"type": WarrantType.POST_REMOTE, **changes})


def an_order(**changes: Any) -> SearchOrder:
    """Return an order for a recording of an hour, two days ago; `a_search_order` fills in what binds it."""
    now = changes.pop("now", NOON)
    order = SearchOrder(
        search_id=SEARCH,
        site_id=SITE,
        camera_id=CAMERA,
        reference_id=ReferenceId("reference-1"),
        warrant_sha256=a_hash("warrant"),
        camera_sha256=a_hash("camera"),
        day_key_sha256=a_hash("day key"),
        gallery_sha256=a_hash("gallery"),
        issuers_sha256=a_hash("issuers"),
        profile_sha256=a_hash("profile"),
        recording_sha256=RECORDING,
        recorded_from=now - timedelta(hours=49),
        recorded_until=now - timedelta(hours=48),
        nonce=a_hash("nonce"),
        issued_at=now,
        expires_at=now + ORDER_LIMIT,
    )
    return replace(order, **changes)


def a_search_order(
    site: TrustedSite,
    *,
    at: Moment = AT_NOON,
    gallery: bytes = b"",
    warrant: Warrant | None = None,
    camera: CameraRecord | None = None,
    day_key: DayKey | None = None,
    papers: Mapping[str, Any] | None = None,
    **changes: Any,
) -> tuple[UnverifiedSearchOrder, LeaseAsk]:
    """Return four records, signed and bound to one another, and the request that they answer."""
    ask = an_ask(at=at)
    camera = camera or a_camera()
    warrant = warrant or naming(a_search_warrant(now=at.now, demo=site.demo), camera)
    day_key = day_key or a_day_key(site, now=at.now, deployment_id=DeploymentId(SEARCH))
    bound: dict[str, Any] = {
        "now": at.now,
        "camera_id": camera.camera_id,
        "warrant_sha256": sha256_hex(warrant.to_bytes()),
        "camera_sha256": sha256_hex(camera.to_bytes()),
        "day_key_sha256": sha256_hex(day_key.to_bytes()),
        "gallery_sha256": sha256_hex(gallery),
        "issuers_sha256": a_hash("none") if site.trusted.issuers is None else site.trusted.issuers.sha256,
        "profile_sha256": warrant.profile_sha256,
        "nonce": ask.nonce,
    }
    order = an_order(**{**bound, **changes})
    unverified = UnverifiedSearchOrder(
        warrant=site.issuer.sign(Purpose.WARRANT, warrant.to_bytes()),
        camera=site.region.sign(Purpose.CAMERA, camera.to_bytes()),
        day_key=site.viewer.sign(Purpose.DAY_KEY, day_key.to_bytes()),
        order=site.governance.sign(Purpose.SEARCH_ORDER, order.to_bytes()),
    )
    return replace(unverified, **(papers or {})), ask


def a_search_permit(
    site: TrustedSite, *, at: Moment = AT_NOON, recording: str = RECORDING, **parts: Any
) -> VerifiedSearchOrder:
    """Return a verified order, made the only way there is."""
    unverified, ask = a_search_order(site, at=at, recording_sha256=recording, **parts)
    return verify_order(
        unverified,
        trusted=site.trusted,
        site_id=SITE,
        recording_sha256=recording,
        profile=PROFILE,
        ask=ask,
        at=at,
    )
