"""Every reason for which an authorisation is refused, each with the smallest change that causes it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.authorisation import (
    AuthorisationRefused,
    DayKey,
    Lease,
    LeaseAsk,
    RefusalReason,
    Standing,
    UnverifiedAuthorisation,
    VerifiedAuthorisation,
    verify,
)
from contracts.camera import CameraRecord
from contracts.canonical import encode
from contracts.clock import Moment
from contracts.signature import Purpose, SigningKey
from contracts.trust import TrustedKeys, TrustedRole
from contracts.vocabulary import CameraId, DeploymentId, IssuerType, SiteId, SourceKind, WarrantType
from contracts.warrant import Warrant
from tests.builders_acts import an_urgent_warrant
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    ISSUER_NAME,
    NOON,
    OFFICERS,
    ORGANISATIONS,
    PROFILE,
    SITE,
    AProfile,
    TrustedSite,
    a_camera,
    a_day_key,
    a_hash,
    a_listed_issuer,
    a_permit,
    a_signing_key,
    a_slot,
    a_trusted_site,
    a_warrant,
    a_warrant_camera,
    an_ask,
    an_authorisation,
    an_issuer_list,
)

OTHER_CAMERA = CameraId("camera-2")
OTHER_SITE = SiteId("site-2")
A_MILLISECOND = timedelta(milliseconds=1)
ENVELOPES = ("warrant", "camera", "day_key", "lease")
SIGNERS = {
    "warrant": "issuer",
    "camera": TrustedRole.REGION.value,
    "day_key": TrustedRole.VIEWER.value,
    "lease": TrustedRole.GOVERNANCE.value,
}
PURPOSES = {"warrant": Purpose.WARRANT, "camera": Purpose.CAMERA, "day_key": Purpose.DAY_KEY, "lease": Purpose.LEASE}


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Everything that `verify` is given."""

    unverified: UnverifiedAuthorisation
    trusted: TrustedKeys
    site_id: SiteId
    camera_id: CameraId
    ask: LeaseAsk
    at: Moment
    profile: AProfile = PROFILE
    beside: int = 0

    def verify(self) -> VerifiedAuthorisation:
        return verify(
            self.unverified,
            trusted=self.trusted,
            site_id=self.site_id,
            camera_id=self.camera_id,
            profile=self.profile,
            ask=self.ask,
            at=self.at,
            beside=self.beside,
        )


def an_attempt(site: TrustedSite | None = None, **parts: Any) -> Attempt:
    """Return an attempt that succeeds, but for the parts of its authorisation that are given."""
    site = site or a_trusted_site()
    unverified, ask = an_authorisation(site, **parts)
    return Attempt(unverified=unverified, trusted=site.trusted, site_id=SITE, camera_id=CAMERA, ask=ask, at=AT_NOON)


def resigned(
    envelope: str, key: SigningKey, *, purpose: Purpose | None = None, payload: bytes | None = None
) -> Attempt:
    """Return a good attempt, one envelope of which is signed anew."""
    attempt = an_attempt()
    signed = getattr(attempt.unverified, envelope)
    again = key.sign(purpose or PURPOSES[envelope], signed.payload if payload is None else payload)
    return replace(attempt, unverified=replace(attempt.unverified, **{envelope: again}))


def a_warrant_for_both_cameras() -> Warrant:
    return a_warrant(cameras=tuple(a_warrant_camera(camera_id=id_) for id_ in (CAMERA, OTHER_CAMERA)))


def a_warrant_for_another_camera() -> Warrant:
    return a_warrant(cameras=(a_warrant_camera(camera_id=OTHER_CAMERA),))


def a_demo_attempt(**camera: Any) -> Attempt:
    return an_attempt(a_trusted_site(demo=True), camera=a_camera(**camera))


def a_late_attempt(*, now: timedelta = timedelta(0), boot: float = 0.0) -> Attempt:
    return replace(an_attempt(), at=Moment(now=NOON + now, boot=AT_NOON.boot + boot))


def with_list(**changes: Any) -> Attempt:
    """Return a good attempt at a site that has another list of issuers pinned."""
    attempt = an_attempt()
    issuers = attempt.trusted.issuers
    assert issuers is not None
    return replace(attempt, trusted=replace(attempt.trusted, issuers=replace(issuers, **changes)))


def with_issuer(**changes: Any) -> Attempt:
    """Return an attempt whose issuer is listed otherwise, at the site and at the centre alike."""
    site = a_trusted_site()
    issuers = an_issuer_list(a_listed_issuer(site.issuer, **changes))
    return an_attempt(replace(site, trusted=replace(site.trusted, issuers=issuers)))


def urgent_attempt(**changes: Any) -> Attempt:
    site = a_trusted_site()
    warrant, papers = an_urgent_warrant(site, **changes)
    return an_attempt(site, warrant=warrant, papers=papers)


REFUSALS: list[tuple[str, RefusalReason, Callable[[], Attempt]]] = [
    # signatures: see also the tables by envelope below
    ("no keys are pinned", RefusalReason.SIGNATURE, lambda: replace(an_attempt(), trusted=TrustedKeys(()))),
    (
        "the warrant names another issuer than the key's",
        RefusalReason.SIGNATURE,
        lambda: an_attempt(warrant=a_warrant(issuer="another-court")),
    ),
    (
        "the warrant names another kind of issuer than the key's",
        RefusalReason.SIGNATURE,
        lambda: an_attempt(warrant=a_warrant(issuer_type=IssuerType.PROSECUTOR)),
    ),
    # the four records do not belong together
    ("a lease for another warrant", RefusalReason.OTHER_RECORDS, lambda: an_attempt(warrant_sha256=a_hash("x"))),
    ("a lease for another camera record", RefusalReason.OTHER_RECORDS, lambda: an_attempt(camera_sha256=a_hash("x"))),
    ("a lease for another day key", RefusalReason.OTHER_RECORDS, lambda: an_attempt(day_key_sha256=a_hash("x"))),
    ("a lease for another profile", RefusalReason.OTHER_RECORDS, lambda: an_attempt(profile_sha256=a_hash("x"))),
    (
        "a lease for another deployment than the day key",
        RefusalReason.OTHER_RECORDS,
        lambda: an_attempt(deployment_id=DeploymentId("deployment-2")),
    ),
    (
        "a lease that names another camera than the record it binds",
        RefusalReason.OTHER_RECORDS,
        lambda: an_attempt(camera_id=OTHER_CAMERA, warrant=a_warrant_for_both_cameras()),
    ),
    (
        "a lease that names another site than the camera record",
        RefusalReason.OTHER_RECORDS,
        lambda: replace(an_attempt(site_id=OTHER_SITE), site_id=OTHER_SITE),
    ),
    ("more persons than the warrant has slots", RefusalReason.OTHER_RECORDS, lambda: an_attempt(person_count=2)),
    (
        "the day key of yesterday",
        RefusalReason.OTHER_RECORDS,
        lambda: an_attempt(day_key=a_day_key(a_trusted_site(), now=NOON - timedelta(days=1))),
    ),
    # another kind of warrant
    (
        "a post-remote warrant",
        RefusalReason.POST_REMOTE,
        lambda: an_attempt(warrant=a_warrant(type=WarrantType.POST_REMOTE)),
    ),
    # another list of issuers
    (
        "a lease that names another list of issuers",
        RefusalReason.OTHER_ISSUERS,
        lambda: an_attempt(issuers_sha256=a_hash("another list")),
    ),
    (
        "a lease of the centre's newer list",
        RefusalReason.OTHER_ISSUERS,
        lambda: with_list(version=2),
    ),
    ("a list of issuers that is over", RefusalReason.SIGNATURE, lambda: with_list(expires_at=NOON)),
    (
        "a list of issuers that has not begun",
        RefusalReason.SIGNATURE,
        lambda: with_list(issued_at=NOON + A_MILLISECOND),
    ),
    ("a list of nobody", RefusalReason.SIGNATURE, lambda: with_list(issuers=())),
    ("an issuer whose time is over", RefusalReason.SIGNATURE, lambda: with_issuer(valid_to=NOON)),
    (
        "an issuer whose time has not begun",
        RefusalReason.SIGNATURE,
        lambda: with_issuer(valid_from=NOON + A_MILLISECOND),
    ),
    # an urgent warrant: see test_contracts_issued_act.py
    (
        "an urgent warrant for more than three days",
        RefusalReason.URGENT_TIMES,
        lambda: urgent_attempt(not_after=NOON + timedelta(days=3)),
    ),
    # another place
    ("another site", RefusalReason.OTHER_SITE, lambda: replace(an_attempt(), site_id=OTHER_SITE)),
    (
        "another camera of the same warrant",
        RefusalReason.OTHER_CAMERA,
        lambda: replace(an_attempt(warrant=a_warrant_for_both_cameras()), camera_id=OTHER_CAMERA),
    ),
    (
        "a warrant that does not name the camera",
        RefusalReason.OTHER_CAMERA,
        lambda: an_attempt(warrant=a_warrant_for_another_camera()),
    ),
    # a closed camera
    ("a care area", RefusalReason.CAMERA_CLOSED, lambda: an_attempt(camera=a_camera(care_area=True))),
    ("a healthcare site", RefusalReason.CAMERA_CLOSED, lambda: an_attempt(camera=a_camera(healthcare=True))),
    (
        "a care area in a demonstration",
        RefusalReason.CAMERA_CLOSED,
        lambda: a_demo_attempt(care_area=True),
    ),
    # another request
    (
        "the answer to another request",
        RefusalReason.OTHER_REQUEST,
        lambda: replace(an_attempt(), ask=an_ask(nonce=a_hash("another nonce"))),
    ),
    (
        "a request from the future",
        RefusalReason.CLOCK_JUMPED,
        lambda: replace(an_attempt(), ask=LeaseAsk(nonce=a_hash("nonce"), asked_boot=AT_NOON.boot + 0.001)),
    ),
    (
        "a request at no time",
        RefusalReason.CLOCK_JUMPED,
        lambda: replace(an_attempt(), ask=LeaseAsk(nonce=a_hash("nonce"), asked_boot=float("nan"))),
    ),
    (
        "a lease longer than a minute",
        RefusalReason.LEASE_TOO_LONG,
        lambda: an_attempt(expires_at=NOON + timedelta(seconds=60) + A_MILLISECOND),
    ),
    # another time
    ("the very end of the lease", RefusalReason.EXPIRED, lambda: a_late_attempt(now=timedelta(seconds=60))),
    ("a minute after the request, on the boot clock", RefusalReason.EXPIRED, lambda: a_late_attempt(boot=60.0)),
    ("the very end of the warrant", RefusalReason.EXPIRED, lambda: an_attempt(warrant=a_warrant(not_after=NOON))),
    (
        "before the warrant begins",
        RefusalReason.NOT_YET_VALID,
        lambda: an_attempt(warrant=a_warrant(not_before=NOON + A_MILLISECOND)),
    ),
    (
        "a lease of the future",
        RefusalReason.NOT_YET_VALID,
        lambda: an_attempt(
            issued_at=NOON + timedelta(seconds=5) + A_MILLISECOND, expires_at=NOON + timedelta(seconds=30)
        ),
    ),
]


@pytest.mark.parametrize(("what", "reason", "attempt"), REFUSALS, ids=[what for what, _, _ in REFUSALS])
def test_refused(what: str, reason: RefusalReason, attempt: Callable[[], Attempt]) -> None:
    with pytest.raises(AuthorisationRefused) as refusal:
        attempt().verify()
    assert refusal.value.reason is reason, what


def test_every_reason_is_caused_by_some_test() -> None:
    elsewhere = {
        RefusalReason.CAMERA_CHANGED,
        RefusalReason.DEMO_MIXED,
        RefusalReason.MALFORMED,
        RefusalReason.NOT_ADMITTED,
        RefusalReason.STOPPED,
    }
    # Of the order to search one recording: tests/unit/test_contracts_search_order.py.
    elsewhere |= {RefusalReason.LIVE_WARRANT, RefusalReason.OTHER_RECORDING}
    # Of the volunteers' list: tests/unit/test_contracts_volunteer_run.py.
    elsewhere |= {RefusalReason.CONSENT, RefusalReason.OPEN_SITE, RefusalReason.WANTED}
    assert {reason for _, reason, _ in REFUSALS} | elsewhere == set(RefusalReason)


def test_a_good_authorisation_is_verified_with_all_its_parts() -> None:
    attempt = an_attempt()
    authorisation = attempt.verify()
    assert authorisation.warrant == Warrant.from_bytes(attempt.unverified.warrant.payload)
    assert authorisation.camera == CameraRecord.from_bytes(attempt.unverified.camera.payload)
    assert authorisation.day_key == DayKey.from_bytes(attempt.unverified.day_key.payload)
    assert authorisation.lease == Lease.from_bytes(attempt.unverified.lease.payload)
    assert authorisation.warrant_id == authorisation.warrant.warrant_id
    assert authorisation.ends_at == NOON + timedelta(seconds=60)
    assert authorisation.ends_boot == AT_NOON.boot + 60
    assert authorisation.verified_at == AT_NOON
    assert not authorisation.demo


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_an_unknown_key_signs_nothing(envelope: str) -> None:
    refuses(resigned(envelope, a_signing_key("stranger")), RefusalReason.SIGNATURE)


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("role", [*(role.value for role in TrustedRole), *OFFICERS, *ORGANISATIONS, "issuer"])
def test_a_key_pinned_for_another_role_signs_nothing(envelope: str, role: str) -> None:
    attempt = resigned(envelope, a_signing_key(role))
    if role == SIGNERS[envelope]:
        attempt.verify()
    else:
        refuses(attempt, RefusalReason.SIGNATURE)


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("purpose", Purpose)
def test_the_right_key_with_another_purpose_signs_nothing(envelope: str, purpose: Purpose) -> None:
    attempt = resigned(envelope, a_signing_key(SIGNERS[envelope]), purpose=purpose)
    if purpose is PURPOSES[envelope]:
        attempt.verify()
    else:
        refuses(attempt, RefusalReason.SIGNATURE)


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_a_well_signed_record_of_another_kind_is_malformed(envelope: str) -> None:
    key = a_signing_key(SIGNERS[envelope])
    refuses(resigned(envelope, key, payload=encode({"kind": "insyn/other/1"})), RefusalReason.MALFORMED)
    refuses(resigned(envelope, key, payload=b"{ }"), RefusalReason.MALFORMED)


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("part", ["payload", "signature"])
def test_every_changed_byte_is_refused(envelope: str, part: str) -> None:
    attempt = an_attempt()
    signed = getattr(attempt.unverified, envelope)
    data = getattr(signed, part)
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        other = replace(attempt.unverified, **{envelope: replace(signed, **{part: changed})})
        refuses(replace(attempt, unverified=other), RefusalReason.SIGNATURE)


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_the_name_of_another_key_is_refused(envelope: str) -> None:
    attempt = an_attempt()
    signed = replace(getattr(attempt.unverified, envelope), key=a_signing_key("stranger").id)
    refuses(replace(attempt, unverified=replace(attempt.unverified, **{envelope: signed})), RefusalReason.SIGNATURE)


def test_a_demo_issuer_among_others_is_refused() -> None:
    refuses(an_attempt(a_trusted_site(demo_issuer=True)), RefusalReason.DEMO_MIXED)
    refuses(an_attempt(a_trusted_site(demo=True, demo_issuer=False)), RefusalReason.DEMO_MIXED)


@pytest.mark.parametrize("role", [TrustedRole.REGION, TrustedRole.VIEWER, TrustedRole.GOVERNANCE])
def test_one_demo_key_among_others_is_refused(role: TrustedRole) -> None:
    refuses(an_attempt(a_trusted_site(demo_roles=[role])), RefusalReason.DEMO_MIXED)


@pytest.mark.parametrize("demo", [False, True])
def test_a_warrant_and_its_keys_are_both_demo_or_neither(demo: bool) -> None:  # noqa: FBT001  # a parameter of the test
    refuses(an_attempt(a_trusted_site(demo=demo), warrant=a_warrant(demo=not demo)), RefusalReason.DEMO_MIXED)
    assert an_attempt(a_trusted_site(demo=demo)).verify().demo is demo


@pytest.mark.parametrize("kind", SourceKind)
def test_demo_keys_open_only_local_cameras(kind: SourceKind) -> None:
    local = kind in {SourceKind.FILE, SourceKind.FOLDER, SourceKind.DEVICE}
    remote = a_demo_attempt(source_kind=kind, loopback_only=False)
    if local:
        remote.verify()
    else:
        refuses(remote, RefusalReason.CAMERA_CLOSED)
    a_demo_attempt(source_kind=kind, loopback_only=True).verify()


@pytest.mark.parametrize("kind", SourceKind)
def test_other_keys_open_every_kind_of_camera(kind: SourceKind) -> None:
    an_attempt(camera=a_camera(source_kind=kind, loopback_only=False)).verify()


def test_fewer_persons_than_slots_are_accepted() -> None:
    an_attempt(warrant=a_warrant(slots=(a_slot("slot-1"), a_slot("slot-2"))), person_count=1).verify()


def test_clocks_may_differ_by_five_seconds() -> None:
    soon = NOON + timedelta(seconds=5)
    an_attempt(issued_at=soon, expires_at=soon + timedelta(seconds=30)).verify()


def test_the_last_millisecond_is_accepted() -> None:
    a_late_attempt(now=timedelta(seconds=60) - A_MILLISECOND).verify()
    a_late_attempt(boot=59.999).verify()


def test_without_a_list_nobody_issues() -> None:
    attempt = an_attempt()
    refuses(replace(attempt, trusted=TrustedKeys(attempt.trusted.keys)), RefusalReason.SIGNATURE)


def test_the_issuer_is_told_by_its_key_and_not_by_its_name() -> None:
    stranger = a_signing_key("stranger")
    attempt = resigned("warrant", stranger)
    issuers = attempt.trusted.issuers
    assert issuers is not None
    other = a_listed_issuer(stranger, name="district-court")
    assert other.name != ISSUER_NAME
    longer = replace(attempt.trusted, issuers=replace(issuers, issuers=(*issuers.issuers, other)))
    refuses(replace(attempt, trusted=longer), RefusalReason.SIGNATURE)


def test_an_answer_cannot_be_used_for_a_second_request() -> None:
    attempt = an_attempt()
    attempt.verify()
    refuses(replace(attempt, ask=an_ask(nonce=a_hash("the next nonce"))), RefusalReason.OTHER_REQUEST)


class TestStanding:
    """What a verified authorisation says of a later moment."""

    def test_it_is_live_at_once(self) -> None:
        assert stands(now=timedelta(0), boot=0.0) == Standing(live=True)

    def test_it_is_not_live_for_another_camera(self) -> None:
        standing = a_permit(a_trusted_site()).standing(OTHER_CAMERA, AT_NOON)
        assert standing == Standing(live=False, reason=RefusalReason.OTHER_CAMERA)

    def test_the_end_of_the_lease_is_exclusive(self) -> None:
        assert stands(now=timedelta(seconds=60) - A_MILLISECOND, boot=59.0).live
        assert stands(now=timedelta(seconds=60), boot=59.0) == Standing(live=False, reason=RefusalReason.EXPIRED)

    def test_the_end_on_the_boot_clock_is_exclusive(self) -> None:
        assert stands(now=timedelta(seconds=1), boot=59.999).live
        assert stands(now=timedelta(seconds=1), boot=60.0) == Standing(live=False, reason=RefusalReason.EXPIRED)

    def test_a_wall_clock_set_back_gives_no_time(self) -> None:
        assert stands(now=timedelta(seconds=-4), boot=60.0) == Standing(live=False, reason=RefusalReason.EXPIRED)

    def test_a_wall_clock_set_back_far_ends_it(self) -> None:
        assert stands(now=timedelta(seconds=-5), boot=1.0).live
        far = stands(now=timedelta(seconds=-5) - A_MILLISECOND, boot=1.0)
        assert far == Standing(live=False, reason=RefusalReason.NOT_YET_VALID)

    def test_a_wall_clock_set_forward_ends_it(self) -> None:
        assert stands(now=timedelta(days=1), boot=1.0) == Standing(live=False, reason=RefusalReason.EXPIRED)

    def test_a_boot_clock_that_ran_backwards_ends_it(self) -> None:
        standing = stands(now=timedelta(seconds=1), boot=-0.001)
        assert standing == Standing(live=False, reason=RefusalReason.CLOCK_JUMPED)

    def test_it_ends_with_its_warrant(self) -> None:
        end = NOON + timedelta(seconds=10)
        permit = a_permit(a_trusted_site(), warrant=a_warrant(not_after=end))
        assert permit.ends_at == end
        assert permit.standing(CAMERA, Moment(now=end - A_MILLISECOND, boot=1001.0)).live
        assert permit.standing(CAMERA, Moment(now=end, boot=1001.0)).reason is RefusalReason.EXPIRED

    def test_it_is_not_live_before_its_warrant_begins(self) -> None:
        permit = a_permit(a_trusted_site(), warrant=a_warrant(not_before=NOON))
        before = permit.standing(CAMERA, Moment(now=NOON - A_MILLISECOND, boot=1001.0))
        assert before == Standing(live=False, reason=RefusalReason.NOT_YET_VALID)

    def test_it_has_no_truth_value(self) -> None:
        for standing in (Standing(live=True), Standing(live=False, reason=RefusalReason.EXPIRED)):
            with pytest.raises(TypeError, match=r"ask \.live"):
                bool(standing)


def stands(*, now: timedelta, boot: float) -> Standing:
    return a_permit(a_trusted_site()).standing(CAMERA, Moment(now=NOON + now, boot=AT_NOON.boot + boot))


def refuses(attempt: Attempt, reason: RefusalReason) -> None:
    with pytest.raises(AuthorisationRefused) as refusal:
        attempt.verify()
    assert refusal.value.reason is reason
