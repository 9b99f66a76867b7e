"""P4: an authorisation is verified only where the model profile in use is admitted for it, under these very keys."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.admission import ProfileAdmission
from contracts.authorisation import AuthorisationRefused
from contracts.clock import Moment
from contracts.model_profile import ProfileClass
from contracts.refusals import RefusalReason
from contracts.trust import TrustedRole
from contracts.vocabulary import CameraClass
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    NOON,
    PROFILE,
    a_camera,
    a_hash,
    a_slot,
    a_trusted_site,
    a_warrant,
    an_admission,
    an_envelope,
)
from tests.unit.test_contracts_authorisation import Attempt, an_attempt, refuses

pytestmark = pytest.mark.law("P4")


def admitted(admission: ProfileAdmission | None, *, beside: int = 0) -> Attempt:
    """Return an attempt at a site where this lies beside the keys, and so many others are looked for already."""
    attempt = an_attempt()
    return replace(attempt, trusted=replace(attempt.trusted, admission=admission), beside=beside)


REFUSALS: list[tuple[str, RefusalReason, Callable[[], Attempt]]] = [
    ("no admission", RefusalReason.NOT_ADMITTED, lambda: admitted(None)),
    (
        "an admission of another profile",
        RefusalReason.NOT_ADMITTED,
        lambda: admitted(an_admission(profile_sha256=a_hash("another"))),
    ),
    ("an admission that is over", RefusalReason.NOT_ADMITTED, lambda: admitted(an_admission(expires_at=NOON))),
    (
        "a list that is longer than the tested one",
        RefusalReason.NOT_ADMITTED,
        lambda: admitted(an_admission(envelope=an_envelope(tested_list=1)), beside=1),
    ),
    (
        "a camera of another class",
        RefusalReason.NOT_ADMITTED,
        lambda: an_attempt(camera=a_camera(camera_class=CameraClass.HALL)),
    ),
    ("a camera of no class", RefusalReason.NOT_ADMITTED, lambda: an_attempt(camera=a_camera(camera_class=None))),
    (
        "a child among those looked for",
        RefusalReason.NOT_ADMITTED,
        lambda: an_attempt(warrant=a_warrant(slots=(replace(a_slot(), age_band="0-11"),))),
    ),
    (
        "a DEMO profile with operational keys",
        RefusalReason.NOT_ADMITTED,
        lambda: replace(an_attempt(), profile=replace(PROFILE, profile_class=ProfileClass.DEMO)),
    ),
    (
        "another profile than the one in use here",
        RefusalReason.OTHER_RECORDS,
        lambda: replace(an_attempt(), profile=replace(PROFILE, profile_sha256=a_hash("another"))),
    ),
]


@pytest.mark.parametrize(("what", "reason", "attempt"), REFUSALS, ids=[what for what, _, _ in REFUSALS])
def test_refused(what: str, reason: RefusalReason, attempt: Callable[[], Attempt]) -> None:
    with pytest.raises(AuthorisationRefused) as refusal:
        attempt().verify()
    assert refusal.value.reason is reason, what


def test_an_authorisation_ends_with_what_admits_its_profile() -> None:
    ends = NOON + timedelta(seconds=7)
    authorisation = admitted(an_admission(expires_at=ends)).verify()
    assert authorisation.ends_at == ends
    assert not authorisation.standing(CAMERA, Moment(now=ends, boot=AT_NOON.boot + 7)).live


def test_a_demo_profile_under_demo_keys_needs_no_admission() -> None:
    attempt = an_attempt(a_trusted_site(demo=True), camera=a_camera(camera_class=None))
    demo = replace(attempt, profile=replace(PROFILE, profile_class=ProfileClass.DEMO))
    permit = replace(demo, trusted=replace(demo.trusted, admission=None), beside=1_000_000).verify()
    assert (permit.environment, permit.admission) == (ProfileClass.DEMO, None)


def test_keys_for_trials_are_not_mixed_with_those_that_are_demo() -> None:
    site = a_trusted_site(demo=True)
    for role in (TrustedRole.REGION, TrustedRole.VIEWER, TrustedRole.GOVERNANCE):
        keys = tuple(replace(key, trial=key.role is role) for key in site.trusted.keys)
        refuses(an_attempt(replace(site, trusted=replace(site.trusted, keys=keys))), RefusalReason.DEMO_MIXED)
    trial = replace(site.trusted, keys=tuple(replace(key, trial=True) for key in site.trusted.keys))
    permit = an_attempt(replace(site, trusted=trial)).verify()
    assert (permit.environment, permit.demo, permit.local_only) == (ProfileClass.TRIAL, True, True)
    lower = replace(PROFILE, profile_class=ProfileClass.DEMO)
    refuses(replace(an_attempt(replace(site, trusted=trial)), profile=lower), RefusalReason.NOT_ADMITTED)


def test_an_issuer_whom_others_listed_than_organisations_for_trials_issues_nothing_for_trials() -> None:
    site = a_trusted_site(demo=True)
    keys = tuple(replace(key, trial=True) for key in site.trusted.keys)
    attempt = an_attempt(replace(site, trusted=replace(site.trusted, keys=keys)))
    for use in (ProfileClass.DEMO, ProfileClass.OPERATIONAL):
        refuses(replace(attempt, trusted=replace(attempt.trusted, issuers_use=use)), RefusalReason.DEMO_MIXED)
    assert replace(attempt, trusted=replace(attempt.trusted, issuers_use=ProfileClass.TRIAL)).verify().local_only
