from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from contracts.canonical import sha256_hex
from contracts.clock import Moment
from contracts.enrolment import box_sha256
from contracts.trust import TrustedRole
from contracts.vocabulary import DeploymentId, SlotId, WarrantId
from matcher.gallery import GalleryRefusalReason, GalleryRefused, open_gallery
from matcher.held_templates import GalleryWiped
from tests.builders_acts import an_amendment
from tests.builders_contracts import (
    AT_NOON,
    NOON,
    AProfile,
    a_gallery,
    a_hash,
    a_permit,
    a_reference,
    a_signing_key,
    a_slot,
    a_template,
    a_trusted_site,
    a_warrant,
    an_opening_key,
)
from tests.builders_matcher import an_open_gallery, some_terms

SITE_KEYS = a_trusted_site()


def refusal(bundle: bytes, *, at: Moment = AT_NOON, lease: dict[str, Any] | None = None, **terms: Any) -> str:
    """Open a gallery that must be refused; return the reason."""
    permit = a_permit(SITE_KEYS, gallery=bundle, **(lease or {}))
    with pytest.raises(GalleryRefused) as caught:
        open_gallery(bundle, replace(some_terms(SITE_KEYS, permit), **terms), SITE_KEYS.opening, at)
    return caught.value.reason


def test_gallery_of_the_lease_opens_with_its_templates() -> None:
    first, second = a_template(1), a_template(2)
    bundle = a_gallery([a_reference(SITE_KEYS, first), a_reference(SITE_KEYS, second, reference_id="reference-2")])
    gallery = an_open_gallery(SITE_KEYS, bundle)
    assert [entry.reference_id for entry in gallery.entries] == ["reference-1", "reference-2"]
    with gallery.templates() as templates:
        assert np.array_equal(templates, np.stack([first, second]))


def test_gallery_other_than_the_leases_is_refused() -> None:
    bundle = a_gallery([a_reference(SITE_KEYS)])
    permit = a_permit(SITE_KEYS, gallery=bundle)
    other = a_gallery([a_reference(SITE_KEYS, a_template(2))])
    with pytest.raises(GalleryRefused) as caught:
        open_gallery(other, some_terms(SITE_KEYS, permit), SITE_KEYS.opening, AT_NOON)
    assert caught.value.reason is GalleryRefusalReason.OTHER_GALLERY


def test_gallery_of_another_deployment_is_refused() -> None:
    bundle = a_gallery([a_reference(SITE_KEYS)], deployment_id=DeploymentId("deployment-2"))
    assert refusal(bundle) == GalleryRefusalReason.OTHER_DEPLOYMENT


@pytest.mark.parametrize("age", [timedelta(hours=24), timedelta(days=3), timedelta(minutes=-1)])
def test_gallery_is_refused_unless_built_within_the_last_day(age: timedelta) -> None:
    bundle = a_gallery([a_reference(SITE_KEYS)], built_at=NOON - age)
    assert refusal(bundle) == GalleryRefusalReason.TOO_OLD


def test_gallery_built_a_moment_less_than_a_day_ago_opens() -> None:
    an_open_gallery(SITE_KEYS, a_gallery([a_reference(SITE_KEYS)], built_at=NOON - timedelta(hours=23, minutes=59)))


def test_empty_gallery_is_refused() -> None:
    assert refusal(a_gallery([])) == GalleryRefusalReason.MALFORMED


def test_reference_enrolled_by_an_unknown_enroller_is_refused() -> None:
    bundle = a_gallery([a_reference(SITE_KEYS, enroller=a_signing_key("somebody else"))])
    assert refusal(bundle) == GalleryRefusalReason.SIGNATURE


@pytest.mark.parametrize("role", [role for role in TrustedRole if role is not TrustedRole.ENROLMENT])
def test_nobody_but_the_enrolment_matcher_enrols(role: TrustedRole) -> None:
    """Governance, say, cannot add a reference with its own key."""
    bundle = a_gallery([a_reference(SITE_KEYS, enroller=a_signing_key(role.value))])
    assert refusal(bundle) == GalleryRefusalReason.SIGNATURE


def test_demo_enrolment_is_refused_under_a_warrant_that_is_not_demo() -> None:
    mixed = a_trusted_site(demo_roles=[TrustedRole.ENROLMENT])
    bundle = a_gallery([a_reference(mixed)])
    permit = a_permit(mixed, gallery=bundle)
    with pytest.raises(GalleryRefused) as caught:
        open_gallery(bundle, some_terms(mixed, permit), mixed.opening, AT_NOON)
    assert caught.value.reason is GalleryRefusalReason.DEMO_MIXED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"warrant_id": WarrantId("warrant-2")}, GalleryRefusalReason.OTHER_WARRANT),
        ({"slot_id": SlotId("slot-9")}, GalleryRefusalReason.OTHER_WARRANT),
        ({"photograph_sha256": a_hash("another photograph")}, GalleryRefusalReason.OTHER_PHOTOGRAPH),
        ({"profile_sha256": a_hash("another profile")}, GalleryRefusalReason.OTHER_PROFILE),
        ({"template_sha256": ()}, GalleryRefusalReason.SEAL),
    ],
)
def test_reference_outside_the_warrant_is_refused(changes: dict[str, Any], reason: GalleryRefusalReason) -> None:
    assert refusal(a_gallery([a_reference(SITE_KEYS, **changes)])) == reason


def test_photograph_of_another_slot_is_refused() -> None:
    """The issuer saw it, but as another person's."""
    slots = (a_slot("slot-1", a_hash("one")), a_slot("slot-2", a_hash("two")))
    bundle = a_gallery([a_reference(SITE_KEYS, slot_id="slot-1", photograph_sha256=a_hash("two"))])
    assert refusal(bundle, lease={"warrant": a_warrant(slots=slots)}) == GalleryRefusalReason.OTHER_PHOTOGRAPH


@pytest.mark.law("A3")
def test_a_photograph_that_the_issuer_added_is_compared_with_and_only_then() -> None:
    """The reference comes from a picture that is in no slot of the warrant, but in the issuer's amendment."""
    warrant, more = a_warrant(), a_hash("another picture of the same person")
    bundle = a_gallery([a_reference(SITE_KEYS, photograph_sha256=more)])
    amendment = an_amendment(SITE_KEYS, warrant, more)
    permit = a_permit(SITE_KEYS, gallery=bundle, warrant=warrant, papers={"amendments": (amendment,)})
    assert open_gallery(bundle, some_terms(SITE_KEYS, permit), SITE_KEYS.opening, AT_NOON)
    assert refusal(bundle, lease={"warrant": warrant}) == GalleryRefusalReason.OTHER_PHOTOGRAPH


def test_more_persons_than_the_lease_permits_are_refused_though_more_pictures_are_not() -> None:
    slots = (a_slot("slot-1"), a_slot("slot-2"))
    two_persons = a_gallery(
        [
            a_reference(SITE_KEYS, slot_id="slot-1"),
            a_reference(SITE_KEYS, slot_id="slot-2", reference_id="reference-2"),
        ]
    )
    lease = {"warrant": a_warrant(slots=slots), "person_count": 1}
    assert refusal(two_persons, lease=lease) == GalleryRefusalReason.TOO_MANY_PERSONS
    an_open_gallery(SITE_KEYS, a_gallery([a_reference(SITE_KEYS), a_reference(SITE_KEYS, reference_id="reference-2")]))


def test_lease_of_another_profile_than_the_installed_one_is_refused() -> None:
    bundle = a_gallery([a_reference(SITE_KEYS)])
    assert refusal(bundle, profile_sha256=a_hash("installed")) == GalleryRefusalReason.OTHER_PROFILE


def test_lease_of_another_profile_is_refused_though_its_references_are_of_the_installed_one() -> None:
    bundle = a_gallery([a_reference(SITE_KEYS)])
    another = AProfile(profile_sha256=a_hash("another profile"))
    lease = {"warrant": a_warrant(profile_sha256=another.profile_sha256), "profile": another}
    assert refusal(bundle, lease=lease) == GalleryRefusalReason.OTHER_PROFILE


def test_template_exchanged_for_another_box_is_refused() -> None:
    good, other = a_reference(SITE_KEYS), a_reference(SITE_KEYS, a_template(2))
    bundle = a_gallery([replace(good, sealed_template=other.sealed_template)])
    assert refusal(bundle) == GalleryRefusalReason.SEAL


def test_template_sealed_for_another_slot_does_not_open_here() -> None:
    """Even an enrolment signed over the wrong box opens nothing: the box is bound to its slot."""
    other = a_reference(SITE_KEYS, photograph_sha256=a_hash("elsewhere"))
    box = other.sealed_template
    forged = a_reference(SITE_KEYS, template_sha256=((SITE_KEYS.opening.id, box_sha256(box)),))
    assert refusal(a_gallery([replace(forged, sealed_template=box)])) == GalleryRefusalReason.SEAL


def test_another_sites_key_opens_nothing() -> None:
    bundle = a_gallery([a_reference(SITE_KEYS)])
    permit = a_permit(SITE_KEYS, gallery=bundle)
    with pytest.raises(GalleryRefused) as caught:
        open_gallery(bundle, some_terms(SITE_KEYS, permit), an_opening_key("another site"), AT_NOON)
    assert caught.value.reason is GalleryRefusalReason.SEAL


@pytest.mark.parametrize(
    "template",
    [
        np.zeros(128, np.float32),
        np.full(128, np.nan, np.float32),
        np.full(128, np.inf, np.float32),
        np.ones(64, np.float32),
    ],
)
def test_template_that_is_no_template_is_refused(template: np.ndarray) -> None:
    assert refusal(a_gallery([a_reference(SITE_KEYS, template)])) == GalleryRefusalReason.MALFORMED


def test_one_changed_byte_anywhere_refuses_the_whole_gallery() -> None:
    bundle = a_gallery([a_reference(SITE_KEYS)])
    for position in range(0, len(bundle), 97):
        changed = bytearray(bundle)
        changed[position] ^= 1
        # Even if the lease named the changed bytes, something inside must notice.
        permit = a_permit(SITE_KEYS, gallery=bytes(changed))
        assert permit.lease.gallery_sha256 == sha256_hex(bytes(changed))
        try:
            opened = open_gallery(bytes(changed), some_terms(SITE_KEYS, permit), SITE_KEYS.opening, AT_NOON)
        except GalleryRefused:
            continue
        # Only the date of building and the opaque id may differ and still be a gallery.
        with opened.templates() as templates:
            assert np.array_equal(templates[0], a_template())


def test_wiped_gallery_holds_zeros_and_refuses_use() -> None:
    gallery = an_open_gallery(SITE_KEYS, a_gallery([a_reference(SITE_KEYS)]))
    with gallery.templates() as templates:
        view = templates
        assert view.any()
    gallery.wipe()
    gallery.wipe()
    assert not view.any()
    assert gallery.wiped
    with pytest.raises(GalleryWiped), gallery.templates():
        pass
