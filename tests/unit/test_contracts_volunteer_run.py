"""The blue list: every reason for which it is refused, and that nobody else makes or alters one (C11, C16)."""

import copy
import dataclasses
import pickle
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import volunteer_run as module
from contracts.admission import Profile
from contracts.authorisation import AuthorisationRefused, LeaseAsk, RefusalReason, VerifiedAuthorisation, verify
from contracts.clock import Moment
from contracts.errors import Malformed
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.model_profile import ProfileClass
from contracts.signature import Purpose
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from contracts.vocabulary import CameraId, ReferenceId, SiteId, SourceKind, VolunteerId
from contracts.volunteer_run import (
    RUN_LEASE_LIMIT,
    RunLease,
    RunMode,
    VerifiedVolunteerRun,
    VolunteerRun,
    verify_volunteer_run,
)
from contracts.volunteers import ConsentWithdrawal, SiteClosure, VolunteerConsent
from tests.builders_admission import PROFILE, AProfile, an_admission, an_envelope
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    NOON,
    SITE,
    TrustedSite,
    a_camera,
    a_hash,
    a_permit,
    a_signing_key,
    a_trusted_site,
    an_authorisation,
)
from tests.builders_volunteers import (
    HOUR,
    a_blue_list,
    a_closure,
    a_consent,
    a_run,
    a_run_lease,
    a_withdrawal,
)

ENDS = RUN_LEASE_LIMIT.total_seconds()
A_MILLISECOND = timedelta(milliseconds=1)
WORLD = a_trusted_site()
ADMITTED = replace(WORLD.trusted, admission=an_admission())


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Everything that `verify_volunteer_run` is given."""

    unverified: UnverifiedVolunteerRun
    ask: LeaseAsk
    inside: VerifiedAuthorisation | None = None
    wanted: Collection[ReferenceId] = ()
    trusted: TrustedKeys = ADMITTED
    profile: Profile = PROFILE
    site_id: SiteId = SITE
    camera_id: CameraId = CAMERA
    at: Moment = AT_NOON

    def verify(self) -> VerifiedVolunteerRun:
        return verify_volunteer_run(
            self.unverified,
            lent=() if self.inside is None else (self.inside,),
            wanted=self.wanted,
            trusted=self.trusted,
            site_id=self.site_id,
            camera_id=self.camera_id,
            profile=self.profile,
            ask=self.ask,
            at=self.at,
        )


def an_attempt(**parts: Any) -> Attempt:
    """Return an attempt; without `inside` it is on a closed site."""
    unverified, ask = a_blue_list(WORLD, **parts)
    return Attempt(unverified=unverified, ask=ask, inside=parts.get("inside"))


def inside(permit: VerifiedAuthorisation | None = None, **parts: Any) -> Attempt:
    return an_attempt(inside=permit or a_permit(WORLD), **parts)


def inside_with_another_profile() -> Attempt:
    another = a_hash("another")
    admission = an_admission(profile_sha256=another)
    return replace(
        inside(run={"profile_sha256": another}),
        profile=AProfile(profile_sha256=another),
        trusted=replace(WORLD.trusted, admission=admission),
    )


def signed_by(envelope: str, signer: str, purpose: Purpose) -> Attempt:
    attempt = an_attempt()
    held = getattr(attempt.unverified, envelope)
    key = a_signing_key(signer)
    made = (
        tuple(key.sign(purpose, one.payload) for one in held)
        if isinstance(held, tuple)
        else key.sign(purpose, held.payload)
    )
    changes: dict[str, Any] = {envelope: made}
    return replace(attempt, unverified=replace(attempt.unverified, **changes))


def under_demo(envelope: str, role: TrustedRole, purpose: Purpose) -> Attempt:
    attempt = signed_by(envelope, "a demonstration", purpose)
    key = PinnedKey(role=role, name="demonstration", public=a_signing_key("a demonstration").public, demo=True)
    return replace(attempt, trusted=replace(attempt.trusted, keys=(*attempt.trusted.keys, key)))


def later(*, now: timedelta = timedelta(0), boot: float = 0.0, attempt: Attempt | None = None) -> Attempt:
    return replace(attempt or an_attempt(), at=Moment(now=NOON + now, boot=AT_NOON.boot + boot))


def without(name: str) -> Attempt:
    attempt = an_attempt()
    changes: dict[str, Any] = {name: () if name == "consents" else None}
    return replace(attempt, unverified=replace(attempt.unverified, **changes))


def withdrawn(*names: str, signer: str = "volunteers") -> Attempt:
    attempt = an_attempt()
    key = a_signing_key(signer)
    words = tuple(key.sign(Purpose.CONSENT_WITHDRAWAL, a_withdrawal(name).to_bytes()) for name in names)
    return replace(attempt, unverified=replace(attempt.unverified, withdrawals=words))


def not_lent_any_more() -> Attempt:
    permit = a_permit(WORLD, expires_at=NOON + timedelta(seconds=30))
    return later(now=timedelta(seconds=31), boot=31.0, attempt=inside(permit))


TWICE = (a_consent(), a_consent(paper_sha256=a_hash("again"), reference_id=ReferenceId("another")))
SAME_FACE = (a_consent(), a_consent("volunteer-2", reference_id=ReferenceId("reference-of-volunteer-1")))
R = RefusalReason
REFUSALS: list[tuple[str, RefusalReason, Callable[[], Attempt]]] = [
    # C16: closed, or inside a live warrant, or nothing.
    ("an open site without a warrant", R.OPEN_SITE, lambda: without("closure")),
    ("a run that rests on a warrant that is not lent", R.OPEN_SITE, lambda: replace(inside(), inside=None)),
    ("a closure in place of the warrant", R.OPEN_SITE, lambda: replace(inside(closure=a_closure()), inside=None)),
    ("a warrant in place of the closure", R.OPEN_SITE, lambda: replace(without("closure"), inside=a_permit(WORLD))),
    ("another warrant", R.OPEN_SITE, lambda: inside(run={"rests_on_sha256": a_hash("another")})),
    ("a warrant of another profile", R.OPEN_SITE, inside_with_another_profile),
    ("a run of another profile", R.OTHER_RECORDS, lambda: inside(run={"profile_sha256": a_hash("another")})),
    ("a warrant whose lease is over", R.OPEN_SITE, not_lent_any_more),
    ("another declaration", R.OPEN_SITE, lambda: an_attempt(run={"rests_on_sha256": a_hash("another")})),
    (
        "a camera that is not declared closed",
        R.OPEN_SITE,
        lambda: an_attempt(closure=a_closure(cameras=(CameraId("camera-2"),))),
    ),
    ("another site's closure", R.OPEN_SITE, lambda: an_attempt(closure=a_closure(site_id=SiteId("site-2")))),
    ("a site not closed yet", R.OPEN_SITE, lambda: an_attempt(closure=a_closure(closed_from=NOON + A_MILLISECOND))),
    ("a site open again", R.OPEN_SITE, lambda: an_attempt(closure=a_closure(closed_until=NOON))),
    # C11: consent.
    ("a consent of another run", R.OTHER_RECORDS, lambda: an_attempt(consents=(a_consent(run_id="run-2"),))),
    ("a volunteer without consent", R.OTHER_RECORDS, lambda: without("consents")),
    ("a consent that begins later", R.CONSENT, lambda: an_attempt(consents=(a_consent(given_at=NOON),))),
    ("a consent that ends sooner", R.CONSENT, lambda: an_attempt(consents=(a_consent(until=NOON + A_MILLISECOND),))),
    ("one volunteer twice", R.CONSENT, lambda: an_attempt(consents=TWICE)),
    ("one reference twice", R.CONSENT, lambda: an_attempt(consents=SAME_FACE)),
    ("everybody withdrew", R.CONSENT, lambda: withdrawn("volunteer-1", "volunteer-2")),
    ("a child", R.MALFORMED, lambda: an_attempt(consents=(a_consent(of_age=False),))),
    (
        "somebody who is wanted",
        R.WANTED,
        lambda: replace(an_attempt(), wanted={ReferenceId("reference-of-volunteer-2")}),
    ),
    # The key is its own.
    ("a list signed by governance", R.SIGNATURE, lambda: signed_by("run", "governance", Purpose.VOLUNTEER_RUN)),
    ("governance's lease as a list", R.SIGNATURE, lambda: signed_by("run", "governance", Purpose.LEASE)),
    ("an issuer's list", R.SIGNATURE, lambda: signed_by("run", "issuer", Purpose.VOLUNTEER_RUN)),
    ("a trustee's warrant as a list", R.SIGNATURE, lambda: signed_by("run", "volunteers", Purpose.WARRANT)),
    (
        "consents signed by governance",
        R.SIGNATURE,
        lambda: signed_by("consents", "governance", Purpose.VOLUNTEER_CONSENT),
    ),
    ("a closure signed by the site", R.SIGNATURE, lambda: signed_by("closure", "site", Purpose.SITE_CLOSURE)),
    ("a closure signed by the trustee", R.SIGNATURE, lambda: signed_by("closure", "volunteers", Purpose.SITE_CLOSURE)),
    ("a lease signed by the trustee", R.SIGNATURE, lambda: signed_by("lease", "volunteers", Purpose.VOLUNTEER_LEASE)),
    ("a warrant's lease", R.SIGNATURE, lambda: signed_by("lease", "governance", Purpose.LEASE)),
    ("a withdrawal of the site's", R.SIGNATURE, lambda: withdrawn("volunteer-1", signer="site")),
    # Bindings, place, time.
    ("a lease of another run", R.OTHER_RECORDS, lambda: an_attempt(run_sha256=a_hash("another"))),
    ("a lease for somebody else", R.OTHER_RECORDS, lambda: an_attempt(standing=(VolunteerId("volunteer-3"),))),
    ("another site", R.OTHER_SITE, lambda: replace(an_attempt(), site_id=SiteId("site-2"))),
    ("another camera", R.OTHER_CAMERA, lambda: replace(an_attempt(), camera_id=CameraId("camera-2"))),
    ("a camera not named", R.OTHER_CAMERA, lambda: an_attempt(run={"cameras": (CameraId("camera-2"),)})),
    ("a camera in a care area", R.CAMERA_CLOSED, lambda: an_attempt(camera=a_camera(care_area=True))),
    ("another request", R.OTHER_REQUEST, lambda: an_attempt(nonce=a_hash("another"))),
    (
        "longer than it may be",
        R.LEASE_TOO_LONG,
        lambda: an_attempt(expires_at=NOON + RUN_LEASE_LIMIT + A_MILLISECOND),
    ),
    ("over by the wall clock", R.EXPIRED, lambda: later(now=RUN_LEASE_LIMIT)),
    ("over by the other clock", R.EXPIRED, lambda: later(boot=ENDS)),
    ("a run that is over", R.EXPIRED, lambda: an_attempt(run={"ends_at": NOON})),
    ("a run that has not begun", R.NOT_YET_VALID, lambda: an_attempt(run={"begins_at": NOON + A_MILLISECOND})),
    ("a lease that has not begun", R.NOT_YET_VALID, lambda: later(now=-timedelta(seconds=6))),
    ("asked in the future", R.CLOCK_JUMPED, lambda: later(boot=-1.0)),
    ("a DEMO list", R.DEMO_MIXED, lambda: under_demo("run", TrustedRole.VOLUNTEERS, Purpose.VOLUNTEER_RUN)),
    ("a DEMO closure", R.DEMO_MIXED, lambda: under_demo("closure", TrustedRole.REGION, Purpose.SITE_CLOSURE)),
    ("a DEMO lease", R.DEMO_MIXED, lambda: under_demo("lease", TrustedRole.GOVERNANCE, Purpose.VOLUNTEER_LEASE)),
]


@pytest.mark.law("C11", "C16", "P1")
@pytest.mark.parametrize(("what", "reason", "attempt"), REFUSALS, ids=[what for what, _, _ in REFUSALS])
def test_refused(what: str, reason: RefusalReason, attempt: Callable[[], Attempt]) -> None:
    with pytest.raises(AuthorisationRefused) as refusal:
        attempt().verify()
    assert refusal.value.reason is reason, what


@pytest.mark.law("C16")
def test_a_run_on_a_closed_site_is_good_for_its_volunteers_and_camera_for_a_minute() -> None:
    permit = an_attempt().verify()
    assert set(permit.references) == {"reference-of-volunteer-1", "reference-of-volunteer-2"}
    assert permit.standing(CAMERA, AT_NOON).live
    assert not permit.standing(CameraId("camera-2"), AT_NOON).live
    assert not permit.standing(CAMERA, Moment(now=NOON, boot=AT_NOON.boot + ENDS)).live
    assert not permit.standing(CAMERA, Moment(now=NOON + RUN_LEASE_LIMIT, boot=AT_NOON.boot)).live


@pytest.mark.law("C16")
def test_it_ends_when_the_site_opens() -> None:
    opens = NOON + timedelta(seconds=20)
    permit = an_attempt(closure=a_closure(closed_until=opens)).verify()
    assert permit.standing(CAMERA, Moment(now=opens - A_MILLISECOND, boot=AT_NOON.boot)).live
    assert not permit.standing(CAMERA, Moment(now=opens, boot=AT_NOON.boot)).live


@pytest.mark.law("C16")
def test_inside_a_warrant_it_ends_with_the_warrants_own_lease_on_either_clock() -> None:
    permit = a_permit(WORLD, expires_at=NOON + timedelta(seconds=30))
    run = inside(permit).verify()
    assert run.ends_at == NOON + timedelta(seconds=30)
    assert run.ends_boot == permit.ends_boot


@pytest.mark.law("C11")
@pytest.mark.parametrize("signer", ["volunteers", "governance"])
def test_who_withdrew_is_looked_for_no_more_and_the_others_are(signer: str) -> None:
    assert set(withdrawn("volunteer-1", signer=signer).verify().references) == {"reference-of-volunteer-2"}


@pytest.mark.law("C11")
def test_a_lease_can_only_leave_somebody_out() -> None:
    permit = an_attempt(standing=(VolunteerId("volunteer-2"),)).verify()
    assert set(permit.references) == {"reference-of-volunteer-2"}


NAMES = ("volunteer-1", "volunteer-2", "volunteer-3", "volunteer-4")
SOME = st.sets(st.sampled_from(NAMES))


@pytest.mark.law("C11", "C16")
@given(lent=SOME, withdrew=SOME)
def test_nobody_is_looked_for_who_is_not_lent_or_withdrew(lent: set[str], withdrew: set[str]) -> None:
    standing = tuple(VolunteerId(name) for name in sorted(lent)) or (VolunteerId("volunteer-1"),)
    attempt = an_attempt(consents=tuple(map(a_consent, NAMES)), standing=standing)
    words = tuple(
        WORLD.volunteers.sign(Purpose.CONSENT_WITHDRAWAL, a_withdrawal(name).to_bytes()) for name in sorted(withdrew)
    )
    attempt = replace(attempt, unverified=replace(attempt.unverified, withdrawals=words))
    expected = set(standing) - withdrew
    if not expected:
        with pytest.raises(AuthorisationRefused):
            attempt.verify()
        return
    assert set(attempt.verify().references.values()) == expected


@pytest.mark.law("C16", "P1")
@given(seconds=st.floats(-7200, 7200), boot=st.floats(0, 120), opens=st.integers(1, 120), lasts=st.integers(1, 120))
def test_it_never_holds_out_of_any_of_its_times(seconds: float, boot: float, opens: int, lasts: int) -> None:
    ends = NOON + timedelta(seconds=lasts)
    closure = a_closure(closed_until=NOON + timedelta(seconds=opens))
    permit = an_attempt(closure=closure, run={"ends_at": ends}).verify()
    at = Moment(now=NOON + timedelta(seconds=seconds), boot=AT_NOON.boot + boot)
    if permit.standing(CAMERA, at).live:
        assert at.now < min(ends, closure.closed_until, NOON + RUN_LEASE_LIMIT)
        assert at.now >= NOON - timedelta(seconds=5)
        assert boot < ENDS


RECORDS: list[tuple[Any, Any]] = [
    (VolunteerConsent, a_consent()),
    (ConsentWithdrawal, a_withdrawal()),
    (SiteClosure, a_closure()),
    (VolunteerRun, a_run()),
    (RunLease, a_run_lease()),
]


@pytest.mark.parametrize(("kind", "record"), RECORDS, ids=lambda one: getattr(one, "__name__", ""))
def test_what_is_written_is_read_back(kind: Any, record: Any) -> None:
    assert kind.from_bytes(record.to_bytes()) == record


def test_what_is_lent_is_read_back_with_its_closure() -> None:
    unverified = withdrawn("volunteer-1").unverified
    assert unverified.closure is not None
    assert UnverifiedVolunteerRun.from_json(unverified.to_json()) == unverified


@pytest.mark.law("C16", "P4")
def test_a_run_under_keys_for_trials_rests_on_no_warrant_under_demo_keys() -> None:
    demo = a_trusted_site(demo=True)
    attempt = inside(a_permit(demo))
    trial = replace(attempt.trusted, keys=tuple(replace(key, demo=True, trial=True) for key in attempt.trusted.keys))
    with pytest.raises(AuthorisationRefused) as refused:
        replace(attempt, trusted=trial).verify()
    assert refused.value.reason is RefusalReason.OPEN_SITE
    assert replace(attempt, trusted=replace(demo.trusted, admission=an_admission())).verify().demo


TOO_MUCH: list[tuple[str, Any]] = [
    ("a consent for more than 30 days", a_consent(until=NOON + timedelta(days=29))),
    ("a consent that ends before it begins", a_consent(until=NOON - 49 * HOUR)),
    ("a closure for more than a day", a_closure(closed_until=NOON + 24 * HOUR)),
    ("a closure of no camera", a_closure(cameras=())),
    ("a run for more than a week", a_run(ends_at=NOON + timedelta(days=7))),
    ("a run of nobody", a_run(consents=())),
    ("a run nowhere", a_run(cameras=())),
    ("a run of 51", a_run(consents=tuple(a_hash(str(number)) for number in range(51)))),
    ("a camera twice", a_run(cameras=(CAMERA, CAMERA))),
    ("a lease for nobody", a_run_lease(standing=())),
]


@pytest.mark.law("C11", "C13", "C16")
@pytest.mark.parametrize(("what", "record"), TOO_MUCH, ids=[what for what, _ in TOO_MUCH])
def test_what_goes_too_far_is_no_record(what: str, record: Any) -> None:
    with pytest.raises(Malformed):
        type(record).from_bytes(record.to_bytes())


@pytest.mark.law("C16")
def test_nobody_else_makes_alters_copies_or_subclasses_one() -> None:
    permit = an_attempt().verify()
    with pytest.raises(ValueError, match="_made_by"):
        dataclasses.replace(permit, local_only=True)
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            attempt(permit)
    with pytest.raises(TypeError):
        type("Forged", (VerifiedVolunteerRun,), {})
    with pytest.raises(TypeError, match="only contracts"):
        VerifiedVolunteerRun(
            **{name: getattr(permit, name) for name in VerifiedVolunteerRun.__slots__}, _made_by=object()
        )
    assert "volunteer-1" not in repr(permit)
    assert RunMode.CLOSED_SITE in set(module.RunMode)
    assert len(RunMode) == 2, "there is no third thing that a run can rest on"


def admitted_by(**changes: Any) -> Attempt:
    attempt = an_attempt()
    return replace(attempt, trusted=replace(attempt.trusted, admission=an_admission(**changes)))


@pytest.mark.law("P4")
@pytest.mark.parametrize(
    "attempt",
    [
        lambda: replace(an_attempt(), trusted=replace(an_attempt().trusted, admission=None)),
        lambda: admitted_by(expires_at=NOON),
        lambda: admitted_by(profile_sha256=a_hash("another profile")),
        lambda: admitted_by(envelope=an_envelope(tested_list=1)),
        lambda: admitted_by(envelope=an_envelope(camera_classes=())),
        lambda: replace(an_attempt(), profile=AProfile(profile_class=ProfileClass.DEMO)),
        lambda: replace(admitted_by(envelope=an_envelope(tested_list=2)), inside=a_permit(WORLD)),
    ],
    ids=["none", "over", "another profile", "shorter list", "another camera class", "DEMO profile", "both lists"],
)
def test_a_blue_list_is_searched_with_an_admitted_profile_alone(attempt: Callable[[], Attempt]) -> None:
    with pytest.raises(AuthorisationRefused) as refused:
        attempt().verify()
    assert refused.value.reason is RefusalReason.NOT_ADMITTED


@pytest.mark.law("P4")
def test_the_volunteers_and_the_persons_of_the_cameras_warrants_count_together() -> None:
    attempt = replace(admitted_by(envelope=an_envelope(tested_list=3)), inside=a_permit(WORLD))
    assert len(attempt.verify().references) == 2


@pytest.mark.law("P4")
def test_a_run_for_another_profile_than_the_one_in_use_is_refused() -> None:
    with pytest.raises(AuthorisationRefused, match="another model profile"):
        replace(an_attempt(), profile=AProfile(profile_sha256=a_hash("another profile"))).verify()


@pytest.mark.law("P4")
def test_a_run_ends_with_what_admits_its_profile() -> None:
    soon = NOON + timedelta(seconds=20)
    assert admitted_by(expires_at=soon).verify().ends_at == soon


# -- what a demonstration, a trial and real use may open ----------------------------------------------------------


def under(use: ProfileClass, mode: RunMode, kind: SourceKind) -> Attempt:
    """Return an attempt under keys for this use alone, at a camera that is reached over the network or is not."""
    demo = use is not ProfileClass.OPERATIONAL
    world = a_trusted_site(demo=demo)
    keys = tuple(replace(one, trial=use is ProfileClass.TRIAL) for one in world.trusted.keys)
    admission = None if use is ProfileClass.DEMO else an_admission(profile_class=use)
    profile = replace(PROFILE, profile_class=use)
    world = replace(world, trusted=replace(world.trusted, keys=keys, admission=admission))
    permit = None if mode is RunMode.CLOSED_SITE else an_authorised(world, profile)
    unverified, ask = a_blue_list(world, inside=permit, camera=a_camera(source_kind=kind, loopback_only=False))
    return Attempt(unverified=unverified, ask=ask, inside=permit, trusted=world.trusted, profile=profile)


def an_authorised(world: TrustedSite, profile: Profile) -> VerifiedAuthorisation:
    unverified, ask = an_authorisation(world)
    return verify(
        unverified, trusted=world.trusted, site_id=SITE, camera_id=CAMERA, profile=profile, ask=ask, at=AT_NOON
    )


@pytest.mark.law("P4", "C16")
@pytest.mark.parametrize("kind", SourceKind)
@pytest.mark.parametrize("mode", RunMode)
@pytest.mark.parametrize("use", ProfileClass)
def test_a_trial_opens_the_cameras_of_a_closed_site_and_else_no_more_than_a_demonstration(
    use: ProfileClass, mode: RunMode, kind: SourceKind
) -> None:
    attempt = under(use, mode, kind)
    is_local = kind in {SourceKind.FILE, SourceKind.FOLDER, SourceKind.DEVICE}
    free = use is ProfileClass.OPERATIONAL or (use is ProfileClass.TRIAL and mode is RunMode.CLOSED_SITE)
    if is_local or free:
        run = attempt.verify()
        assert run.local_only is not free
        assert run.demo is (use is not ProfileClass.OPERATIONAL)
    else:
        with pytest.raises(AuthorisationRefused) as refused:
            attempt.verify()
        assert refused.value.reason is RefusalReason.CAMERA_CLOSED
