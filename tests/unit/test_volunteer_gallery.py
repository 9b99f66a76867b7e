"""The volunteers' list at a site: exactly those who stand, each as they consented, or nothing (C11, C16)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from contracts.canonical import sha256_hex
from contracts.clock import Moment
from contracts.trust import TrustedKeys, TrustedRole
from contracts.vocabulary import ReferenceId, VolunteerId
from contracts.volunteer_gallery import SealedVolunteer
from matcher import volunteer_gallery
from matcher.gallery import GalleryRefusalReason, GalleryRefused
from matcher.held_templates import GalleryWiped
from matcher.volunteer_gallery import open_volunteer_gallery
from matcher.wiping import LockedArray
from tests.builders_contracts import (
    AT_NOON,
    NOON,
    a_gallery,
    a_hash,
    a_reference,
    a_signing_key,
    a_template,
    a_trusted_site,
    an_opening_key,
)
from tests.builders_lent_runs import TWO, a_lent_run, a_verified_run, some_run_terms
from tests.builders_volunteers import a_blue_gallery, a_consent, a_sealed_volunteer

pytestmark = pytest.mark.law("C11", "C16")

KEYS = a_trusted_site()
R = GalleryRefusalReason


def refused(*volunteers: SealedVolunteer, at: Moment = AT_NOON, bundle: bytes | None = None, **terms: Any) -> str:
    """Open the list of a run of volunteer-1, which must be refused; return why."""
    bundle = a_blue_gallery(volunteers) if bundle is None else bundle
    run = a_verified_run(KEYS, consents=(a_consent(),), gallery_sha256=sha256_hex(bundle))
    with pytest.raises(GalleryRefused) as caught:
        open_volunteer_gallery(bundle, replace(some_run_terms(KEYS, run), **terms), KEYS.opening, at)
    return caught.value.reason


def one(**changes: Any) -> SealedVolunteer:
    return a_sealed_volunteer(KEYS, **changes)


def as_demo() -> TrustedKeys:
    keys = (replace(key, demo=key.demo or key.role is TrustedRole.ENROLMENT) for key in KEYS.trusted.keys)
    return replace(KEYS.trusted, keys=tuple(keys))


def test_the_list_of_the_lease_opens_with_a_template_for_each_volunteer() -> None:
    lent = a_lent_run(KEYS)
    assert lent.templates.volunteers == ("volunteer-1", "volunteer-2")
    with lent.templates.templates() as templates:
        assert np.array_equal(templates, np.stack(list(TWO.values())))


REFUSALS: list[tuple[str, GalleryRefusalReason, Callable[[], str]]] = [
    ("nobody enrolled", R.MALFORMED, refused),
    ("somebody who is not of the run", R.OTHER_VOLUNTEER, lambda: refused(one(), one(name="volunteer-2"))),
    ("somebody else in their place", R.OTHER_VOLUNTEER, lambda: refused(one(name="volunteer-2"))),
    (
        "another volunteer's enrolment",
        R.OTHER_VOLUNTEER,
        lambda: refused(one(volunteer_id=VolunteerId("volunteer-2"))),
    ),
    ("another reference's enrolment", R.OTHER_VOLUNTEER, lambda: refused(one(reference_id=ReferenceId("another")))),
    (
        "another reference than the consent's",
        R.OTHER_VOLUNTEER,
        lambda: refused(replace(one(), reference_id=ReferenceId("another"))),
    ),
    ("a list of another run", R.OTHER_RUN, lambda: refused(bundle=a_blue_gallery([one()], run_id="run-2"))),
    ("an enrolment for another run", R.OTHER_RUN, lambda: refused(one(run_id="run-2"))),
    ("another photograph", R.OTHER_PHOTOGRAPH, lambda: refused(one(photograph_sha256=a_hash("another")))),
    ("another profile", R.OTHER_PROFILE, lambda: refused(one(profile_sha256=a_hash("another")))),
    ("a stranger's enrolment", R.SIGNATURE, lambda: refused(one(enroller=a_signing_key("unknown")))),
    ("governance's enrolment", R.SIGNATURE, lambda: refused(one(enroller=KEYS.governance))),
    ("the trustee's enrolment", R.SIGNATURE, lambda: refused(one(enroller=KEYS.volunteers))),
    (
        "a warrant's reference",
        R.SIGNATURE,
        lambda: refused(replace(one(), enrolment=a_reference(KEYS).enrolment)),
    ),
    ("another box", R.SEAL, lambda: refused(replace(one(), sealed_template=one().sealed_template))),
    ("a box for another site", R.SEAL, lambda: refused(one(recipient=an_opening_key("site-2").id))),
    ("a template of another length", R.MALFORMED, lambda: refused(one(template=a_template(dimensions=64)))),
    ("a template of no numbers", R.MALFORMED, lambda: refused(one(template=np.full(128, np.nan, np.float32)))),
    ("a warrant's gallery", R.MALFORMED, lambda: refused(bundle=a_gallery([a_reference(KEYS)]))),
    ("a DEMO enrolment", R.DEMO_MIXED, lambda: refused(one(), trusted=as_demo())),
    (
        "a list of yesterday",
        R.TOO_OLD,
        lambda: refused(bundle=a_blue_gallery([one()], built_at=NOON - timedelta(hours=24))),
    ),
]


@pytest.mark.parametrize(("what", "reason", "attempt"), REFUSALS, ids=[what for what, _, _ in REFUSALS])
def test_refused(what: str, reason: GalleryRefusalReason, attempt: Callable[[], str]) -> None:
    assert attempt() == reason, what


def test_another_list_than_the_leases_is_refused() -> None:
    run = a_verified_run(KEYS, consents=(a_consent(),), gallery_sha256=sha256_hex(a_blue_gallery([one()])))
    with pytest.raises(GalleryRefused) as caught:
        open_volunteer_gallery(a_blue_gallery([one()]), some_run_terms(KEYS, run), KEYS.opening, AT_NOON)
    assert caught.value.reason is R.OTHER_GALLERY


def test_who_withdrew_is_not_opened_though_the_list_still_holds_them() -> None:
    bundle = a_blue_gallery([one(), one(name="volunteer-2")])
    run = a_verified_run(KEYS, standing=(VolunteerId("volunteer-1"),), gallery_sha256=sha256_hex(bundle))
    with pytest.raises(GalleryRefused) as caught:
        open_volunteer_gallery(bundle, some_run_terms(KEYS, run), KEYS.opening, AT_NOON)
    assert caught.value.reason is R.OTHER_VOLUNTEER


def test_what_was_opened_of_a_refused_list_is_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[LockedArray] = []

    def an_array(rows: int, columns: int) -> LockedArray:
        made.append(LockedArray(rows, columns))
        return made[-1]

    monkeypatch.setattr(volunteer_gallery, "LockedArray", an_array)
    bundle = a_blue_gallery([one(), one(name="volunteer-2", run_id="run-2")])
    run = a_verified_run(KEYS, gallery_sha256=sha256_hex(bundle))
    with pytest.raises(GalleryRefused):
        open_volunteer_gallery(bundle, some_run_terms(KEYS, run), KEYS.opening, AT_NOON)
    assert not made[0].array.any()


def test_an_overwritten_list_is_lent_to_nobody() -> None:
    lent = a_lent_run(KEYS)
    with lent.templates.templates() as templates:
        kept = templates
    lent.templates.wipe()
    assert not kept.any()
    assert lent.templates.wiped
    with pytest.raises(GalleryWiped), lent.templates.templates():
        pass
