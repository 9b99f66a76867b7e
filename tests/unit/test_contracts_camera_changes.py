"""A4: what a camera's newer record may change under a warrant that names the one before, worked out by hand."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.authorisation import AuthorisationRefused, Lease, RefusalReason, verify
from contracts.camera import CameraRecord, only_narrows
from contracts.issued_act import ActPapers, believed_act
from contracts.signature import Purpose
from contracts.trust import PinnedKey, TrustedRole
from contracts.vocabulary import CameraClass, CameraId, SiteId, SourceKind
from contracts.warrant import Warrant
from tests.builders_acts import of_the_version_before
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    NOON,
    PROFILE,
    SITE,
    a_camera,
    a_hash,
    a_signing_key,
    a_trusted_site,
    an_authorisation,
)

pytestmark = pytest.mark.law("A4")
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
MOVED = ((0.1, 0.0), (0.6, 0.0), (0.6, 1.0), (0.1, 1.0))
DECISION, ANOTHER_DECISION = a_hash("decision"), a_hash("another decision")
SITE_KEYS = a_trusted_site()


def hours(opens: int, closes: int) -> dict[str, Any]:
    return {"opens": opens * 60, "closes": closes * 60}


KNOWN: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("nothing", {}, {}, True),
    ("the serial alone", {}, {"serial": 2}, True),
    ("an older serial", {"serial": 2}, {"serial": 1}, False),
    ("a first mask", {}, {"masks": (LEFT,)}, True),
    ("one mask more", {"masks": (LEFT,)}, {"masks": (LEFT, RIGHT)}, True),
    ("the same masks in another order", {"masks": (LEFT, RIGHT)}, {"masks": (RIGHT, LEFT)}, True),
    ("one mask less", {"masks": (LEFT, RIGHT)}, {"masks": (LEFT,)}, False),
    ("a mask that was moved", {"masks": (LEFT,)}, {"masks": (MOVED,)}, False),
    ("another view", {}, {"view": "The street outside."}, False),
    ("another camera", {}, {"camera_id": CameraId("camera-2")}, False),
    ("another place", {}, {"site_id": SiteId("site-2")}, False),
    ("another class of camera", {}, {"camera_class": CameraClass.HALL}, False),
    ("a class stated for the first time", {"camera_class": None}, {"camera_class": CameraClass.HALL}, True),
    ("no class any more", {}, {"camera_class": None}, True),
    ("another kind of source", {}, {"source_kind": SourceKind.DEVICE}, False),
    ("its own machine alone", {"loopback_only": False}, {"loopback_only": True}, True),
    ("any address", {"loopback_only": True}, {"loopback_only": False}, False),
    ("the day instead of day and night", hours(0, 24), hours(8, 18), True),
    ("an hour later", hours(8, 18), hours(9, 19), False),
    ("an hour less at each end", hours(8, 18), hours(9, 17), True),
    ("day and night instead of the day", hours(8, 18), hours(0, 24), False),
    ("the hours before midnight alone", hours(22, 6), hours(22, 24), True),
    ("the hours after midnight alone", hours(22, 6), hours(0, 6), True),
    ("the hours around midnight, fewer", hours(22, 6), hours(23, 5), True),
    ("the other half of the day", hours(22, 6), hours(6, 22), False),
    ("the hours of the day for those of the night", hours(8, 18), hours(18, 8), False),
    ("day and night, by another beginning", hours(0, 24), hours(7, 6), True),
    ("a care area from now on", {}, {"care_area": True}, True),
    ("no care area any more", {"care_area": True}, {"care_area": False}, False),
    ("a healthcare site from now on", {}, {"healthcare": True}, True),
    ("no healthcare site any more", {"healthcare": True}, {"healthcare": False}, False),
    ("a decision that opens it", {"healthcare": True}, {"healthcare": True, "opened_by_sha256": DECISION}, False),
    (
        "another decision",
        {"healthcare": True, "opened_by_sha256": DECISION},
        {"healthcare": True, "opened_by_sha256": ANOTHER_DECISION},
        False,
    ),
    ("the decision taken back", {"healthcare": True, "opened_by_sha256": DECISION}, {"healthcare": True}, True),
]


@pytest.mark.parametrize(("what", "before", "after", "narrows"), KNOWN, ids=[what for what, *_ in KNOWN])
def test_each_change_narrows_or_does_not(
    what: str,
    before: dict[str, Any],
    after: dict[str, Any],
    narrows: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert only_narrows(a_camera(**before), a_camera(**after)) is narrows, what


def _verify(*, named: CameraRecord, camera: CameraRecord) -> None:
    unverified, ask = an_authorisation(SITE_KEYS, named=named, camera=camera)
    verify(unverified, trusted=SITE_KEYS.trusted, site_id=SITE, camera_id=CAMERA, profile=PROFILE, ask=ask, at=AT_NOON)


def test_a_site_goes_on_with_a_camera_that_sees_less() -> None:
    _verify(named=a_camera(), camera=a_camera(serial=2, masks=(LEFT,), **hours(8, 18)))


def test_a_site_refuses_a_camera_that_was_pointed_elsewhere_since() -> None:
    with pytest.raises(AuthorisationRefused) as refusal:
        _verify(named=a_camera(), camera=a_camera(serial=2, view="The street outside."))
    assert refusal.value.reason is RefusalReason.CAMERA_CHANGED


def test_a_site_refuses_a_mask_that_was_taken_away() -> None:
    with pytest.raises(AuthorisationRefused) as refusal:
        _verify(named=a_camera(masks=(LEFT,)), camera=a_camera(serial=2))
    assert refusal.value.reason is RefusalReason.CAMERA_CHANGED


def test_a_record_of_before_that_no_region_signed_is_not_believed() -> None:
    unverified, ask = an_authorisation(SITE_KEYS, named=a_camera(), camera=a_camera(serial=2))
    assert unverified.named_camera is not None
    forged = replace(unverified.named_camera, signature=unverified.camera.signature)
    changed = replace(unverified, named_camera=forged)
    with pytest.raises(AuthorisationRefused) as refusal:
        verify(changed, trusted=SITE_KEYS.trusted, site_id=SITE, camera_id=CAMERA, profile=PROFILE, ask=ask, at=AT_NOON)
    assert refusal.value.reason is RefusalReason.SIGNATURE


def test_an_act_of_the_version_before_is_verified_and_lent_to_nobody() -> None:
    unverified, ask = an_authorisation(SITE_KEYS)
    act = of_the_version_before(Warrant.from_bytes(unverified.warrant.payload))
    signed = SITE_KEYS.issuer.sign(Purpose.WARRANT, act.to_bytes())
    assert believed_act(ActPapers(warrant=signed), SITE_KEYS.trusted, NOON).warrant == act
    lease = replace(Lease.from_bytes(unverified.lease.payload), warrant_sha256=signed.sha256)
    lent = replace(unverified, warrant=signed, lease=SITE_KEYS.governance.sign(Purpose.LEASE, lease.to_bytes()))
    with pytest.raises(AuthorisationRefused) as refusal:
        verify(lent, trusted=SITE_KEYS.trusted, site_id=SITE, camera_id=CAMERA, profile=PROFILE, ask=ask, at=AT_NOON)
    assert refusal.value.reason is RefusalReason.CAMERA_CHANGED


def test_another_record_of_before_than_the_act_names_is_refused() -> None:
    unverified, ask = an_authorisation(SITE_KEYS, named=a_camera(masks=(LEFT,)), camera=a_camera(serial=2))
    wider = replace(unverified, named_camera=SITE_KEYS.region.sign(Purpose.CAMERA, a_camera().to_bytes()))
    with pytest.raises(AuthorisationRefused) as refusal:
        verify(wider, trusted=SITE_KEYS.trusted, site_id=SITE, camera_id=CAMERA, profile=PROFILE, ask=ask, at=AT_NOON)
    assert refusal.value.reason is RefusalReason.CAMERA_CHANGED


def test_a_record_of_before_under_a_demo_key_is_not_mixed_in() -> None:
    demo = a_signing_key("a region of the demonstration")
    pinned = PinnedKey(role=TrustedRole.REGION, name="demo-region", public=demo.public, demo=True)
    trusted = replace(SITE_KEYS.trusted, keys=(*SITE_KEYS.trusted.keys, pinned))
    unverified, ask = an_authorisation(SITE_KEYS, named=a_camera(), camera=a_camera(serial=2))
    mixed = replace(unverified, named_camera=demo.sign(Purpose.CAMERA, a_camera().to_bytes()))
    with pytest.raises(AuthorisationRefused) as refusal:
        verify(mixed, trusted=trusted, site_id=SITE, camera_id=CAMERA, profile=PROFILE, ask=ask, at=AT_NOON)
    assert refusal.value.reason is RefusalReason.DEMO_MIXED
