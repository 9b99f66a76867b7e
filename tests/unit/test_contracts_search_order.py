"""The order to search one recording: every reason for which it is refused, and that nobody else makes or alters one."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import search_order as module
from contracts.admission import ProfileAdmission
from contracts.authorisation import AuthorisationRefused, LeaseAsk, RefusalReason, verify
from contracts.clock import Moment
from contracts.errors import Malformed
from contracts.issuer_list import ListedCertificate
from contracts.pdf_act import PdfAct, PdfReading, ReadsPdf, reads_no_pdf
from contracts.search_order import (
    ORDER_LIMIT,
    SearchOrder,
    UnverifiedSearchOrder,
    VerifiedSearchOrder,
    verify_order,
)
from contracts.signature import Purpose
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from contracts.vocabulary import CameraId, DeploymentId, IssuerType, SiteId, WarrantType
from contracts.warrant import WarrantCamera
from tests.builders_acts import of_the_version_before
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    ISSUER_NAME,
    NOON,
    PROFILE,
    SITE,
    AProfile,
    a_camera,
    a_day_key,
    a_hash,
    a_listed_issuer,
    a_signing_key,
    a_slot,
    a_trusted_site,
    a_warrant,
    an_admission,
    an_authorisation,
    an_issuer_list,
    naming,
)
from tests.builders_searches import RECORDING, a_search_order, a_search_permit, a_search_warrant, an_order

HOUR = timedelta(hours=1)
ENDS = ORDER_LIMIT.total_seconds()


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Everything that `verify_order` is given."""

    unverified: UnverifiedSearchOrder
    trusted: TrustedKeys
    ask: LeaseAsk
    site_id: SiteId = SITE
    recording: str = RECORDING
    at: Moment = AT_NOON
    profile: AProfile = PROFILE
    reads_pdf: ReadsPdf = reads_no_pdf

    def verify(self) -> VerifiedSearchOrder:
        return verify_order(
            self.unverified,
            trusted=self.trusted,
            site_id=self.site_id,
            recording_sha256=self.recording,
            profile=self.profile,
            ask=self.ask,
            at=self.at,
            reads_pdf=self.reads_pdf,
        )


def an_attempt(**parts: Any) -> Attempt:
    site = a_trusted_site()
    unverified, ask = a_search_order(site, **parts)
    return Attempt(unverified=unverified, trusted=site.trusted, ask=ask)


def signed_by(envelope: str, signer: str, purpose: Purpose) -> Attempt:
    attempt = an_attempt()
    payload = getattr(attempt.unverified, envelope).payload
    changes: dict[str, Any] = {envelope: a_signing_key(signer).sign(purpose, payload)}
    return replace(attempt, unverified=replace(attempt.unverified, **changes))


def under_demo(envelope: str, role: TrustedRole, purpose: Purpose) -> Attempt:
    """Return an attempt in which one record is signed with a pinned key of the demonstration."""
    attempt = signed_by(envelope, "a demonstration", purpose)
    key = PinnedKey(role=role, name="demonstration", public=a_signing_key("a demonstration").public, demo=True)
    return replace(attempt, trusted=replace(attempt.trusted, keys=(*attempt.trusted.keys, key)))


def later(*, now: timedelta = timedelta(0), boot: float = 0.0) -> Attempt:
    return replace(an_attempt(), at=Moment(now=NOON + now, boot=AT_NOON.boot + boot))


def asked(**changes: Any) -> Attempt:
    attempt = an_attempt()
    return replace(attempt, ask=replace(attempt.ask, **changes))


def admitted(admission: ProfileAdmission | None) -> Attempt:
    attempt = an_attempt()
    return replace(attempt, trusted=replace(attempt.trusted, admission=admission))


ELSEWHERE = (WarrantCamera(camera_id=CameraId("camera-2"), reason="Seen there."),)
NAMING = naming(a_search_warrant(), a_camera())
REFUSALS: list[tuple[str, RefusalReason, Callable[[], Attempt]]] = [
    ("a prior warrant", RefusalReason.LIVE_WARRANT, lambda: an_attempt(warrant=a_warrant())),
    (
        "two persons",
        RefusalReason.OTHER_RECORDS,
        lambda: an_attempt(warrant=a_search_warrant(slots=(a_slot(), a_slot(slot_id="slot-2")))),
    ),
    ("another recording", RefusalReason.OTHER_RECORDING, lambda: replace(an_attempt(), recording=a_hash("film"))),
    ("another site", RefusalReason.OTHER_SITE, lambda: replace(an_attempt(), site_id=SiteId("site-2"))),
    ("a camera not named", RefusalReason.OTHER_CAMERA, lambda: an_attempt(warrant=a_search_warrant(cameras=ELSEWHERE))),
    ("a camera in a care area", RefusalReason.CAMERA_CLOSED, lambda: an_attempt(camera=a_camera(care_area=True))),
    (
        "a camera that was pointed elsewhere since",
        RefusalReason.CAMERA_CHANGED,
        lambda: an_attempt(warrant=NAMING, camera=a_camera(serial=2, view="The street outside.")),
    ),
    (
        "a camera that only sees less since",
        RefusalReason.CAMERA_CHANGED,
        lambda: an_attempt(warrant=NAMING, camera=a_camera(serial=2, opens=8 * 60, closes=18 * 60)),
    ),
    (
        "a camera that is named without its record",
        RefusalReason.CAMERA_CHANGED,
        lambda: an_attempt(warrant=of_the_version_before(a_search_warrant())),
    ),
    ("another warrant's hash", RefusalReason.OTHER_RECORDS, lambda: an_attempt(warrant_sha256=a_hash("x"))),
    ("another camera's hash", RefusalReason.OTHER_RECORDS, lambda: an_attempt(camera_sha256=a_hash("x"))),
    ("another day key's hash", RefusalReason.OTHER_RECORDS, lambda: an_attempt(day_key_sha256=a_hash("x"))),
    ("another profile", RefusalReason.OTHER_RECORDS, lambda: an_attempt(profile_sha256=a_hash("x"))),
    ("another camera than its record", RefusalReason.OTHER_RECORDS, lambda: an_attempt(camera_id=CameraId("camera-2"))),
    (
        "another site than its camera's",
        RefusalReason.OTHER_RECORDS,
        lambda: replace(an_attempt(site_id=SiteId("site-2")), site_id=SiteId("site-2")),
    ),
    ("a DEMO warrant", RefusalReason.DEMO_MIXED, lambda: an_attempt(warrant=a_search_warrant(demo=True))),
    ("a DEMO camera", RefusalReason.DEMO_MIXED, lambda: under_demo("camera", TrustedRole.REGION, Purpose.CAMERA)),
    ("a DEMO day key", RefusalReason.DEMO_MIXED, lambda: under_demo("day_key", TrustedRole.VIEWER, Purpose.DAY_KEY)),
    (
        "a DEMO order",
        RefusalReason.DEMO_MIXED,
        lambda: under_demo("order", TrustedRole.GOVERNANCE, Purpose.SEARCH_ORDER),
    ),
    (
        "a warrant that has not begun",
        RefusalReason.NOT_YET_VALID,
        lambda: an_attempt(
            warrant=naming(a_search_warrant(not_before=NOON + HOUR, not_after=NOON + 2 * HOUR), a_camera())
        ),
    ),
    ("another search's day key", RefusalReason.OTHER_RECORDS, lambda: an_attempt(search_id="search-2")),
    (
        "yesterday's day key",
        RefusalReason.OTHER_RECORDS,
        lambda: an_attempt(
            day_key=a_day_key(a_trusted_site(), deployment_id=DeploymentId("search-1"), now=NOON - 24 * HOUR)
        ),
    ),
    ("another list of issuers", RefusalReason.OTHER_ISSUERS, lambda: an_attempt(issuers_sha256=a_hash("x"))),
    ("no admission", RefusalReason.NOT_ADMITTED, lambda: admitted(None)),
    ("an admission that is over", RefusalReason.NOT_ADMITTED, lambda: admitted(an_admission(expires_at=NOON))),
    (
        "a camera of no class",
        RefusalReason.NOT_ADMITTED,
        lambda: an_attempt(
            camera=a_camera(camera_class=None), warrant=naming(a_search_warrant(), a_camera(camera_class=None))
        ),
    ),
    (
        "another profile than the one in use here",
        RefusalReason.OTHER_RECORDS,
        lambda: replace(an_attempt(), profile=replace(PROFILE, profile_sha256=a_hash("another"))),
    ),
    ("another request", RefusalReason.OTHER_REQUEST, lambda: asked(nonce=a_hash("another"))),
    ("asked in the future", RefusalReason.CLOCK_JUMPED, lambda: asked(asked_boot=AT_NOON.boot + 1)),
    (
        "longer than it may be",
        RefusalReason.LEASE_TOO_LONG,
        lambda: an_attempt(expires_at=NOON + ORDER_LIMIT + timedelta(milliseconds=1)),
    ),
    ("over by the wall clock", RefusalReason.EXPIRED, lambda: later(now=ORDER_LIMIT)),
    ("over by the other clock", RefusalReason.EXPIRED, lambda: later(boot=ENDS)),
    ("not begun", RefusalReason.NOT_YET_VALID, lambda: later(now=-timedelta(seconds=6))),
    ("a warrant that is over", RefusalReason.EXPIRED, lambda: an_attempt(warrant=a_search_warrant(not_after=NOON))),
    ("an order of nobody", RefusalReason.SIGNATURE, lambda: signed_by("order", "stranger", Purpose.SEARCH_ORDER)),
    ("an order of the site", RefusalReason.SIGNATURE, lambda: signed_by("order", "site", Purpose.SEARCH_ORDER)),
    ("a lease's signature", RefusalReason.SIGNATURE, lambda: signed_by("order", "governance", Purpose.LEASE)),
    ("governance's own warrant", RefusalReason.SIGNATURE, lambda: signed_by("warrant", "governance", Purpose.WARRANT)),
]


@pytest.mark.law("A12", "A4", "P1")
@pytest.mark.parametrize(("what", "reason", "attempt"), REFUSALS, ids=[what for what, _, _ in REFUSALS])
def test_refused(what: str, reason: RefusalReason, attempt: Callable[[], Attempt]) -> None:
    with pytest.raises(AuthorisationRefused) as refusal:
        attempt().verify()
    assert refusal.value.reason is reason, what


@pytest.mark.law("A12")
def test_an_order_is_good_for_its_recording_and_camera_until_it_ends() -> None:
    permit = an_attempt().verify()
    assert permit.order.recording_sha256 == RECORDING
    assert permit.standing(CAMERA, Moment(now=NOON + ORDER_LIMIT / 2, boot=AT_NOON.boot + ENDS / 2)).live
    assert not permit.standing(CAMERA, Moment(now=NOON + ORDER_LIMIT, boot=AT_NOON.boot + 1)).live
    assert not permit.standing(CAMERA, Moment(now=NOON, boot=AT_NOON.boot + ENDS)).live
    assert not permit.standing(CAMERA, Moment(now=NOON - HOUR, boot=AT_NOON.boot + 1)).live
    assert not permit.standing(CAMERA, Moment(now=NOON, boot=AT_NOON.boot - 1)).live
    assert not permit.standing(CameraId("camera-2"), AT_NOON).live


@pytest.mark.law("A12")
def test_a_lease_is_no_search_order_and_a_search_order_no_lease() -> None:
    site = a_trusted_site()
    live, ask = an_authorisation(site, warrant=a_search_warrant())
    with pytest.raises(AuthorisationRefused) as refusal:
        verify(live, trusted=site.trusted, site_id=SITE, camera_id=CAMERA, profile=PROFILE, ask=ask, at=AT_NOON)
    assert refusal.value.reason is RefusalReason.POST_REMOTE
    unverified, _ = a_search_order(site)
    as_order = replace(unverified, order=live.lease)
    with pytest.raises(AuthorisationRefused):
        replace(an_attempt(), unverified=as_order).verify()


def as_pdf() -> Attempt:
    """Return an attempt with a warrant that a court signed as PDF under a listed certificate, and its reader."""
    site, certificate = a_trusted_site(), a_hash("the court's certificate")
    listed = ListedCertificate(
        name=ISSUER_NAME,
        issuer_type=IssuerType.COURT,
        certificate_sha256=certificate,
        demo=False,
        valid_from=NOON - HOUR,
        valid_to=NOON + HOUR,
    )
    issuers = an_issuer_list(a_listed_issuer(site.issuer), certificates=(listed,))
    site = replace(site, trusted=replace(site.trusted, issuers=issuers))
    unverified, ask = a_search_order(site)
    act = PdfAct(payload=unverified.warrant.payload, certificate=certificate, pdf=b"%PDF-1.7 signed by a court")
    found = PdfReading(
        payload=act.payload, certificate=certificate, valid_from=NOON - 2 * HOUR, valid_to=NOON + 2 * HOUR
    )

    def read(pdf: bytes) -> PdfReading:
        return {act.pdf: found}[pdf]

    travelled = UnverifiedSearchOrder.from_json(replace(unverified, warrant=act).to_json())
    return Attempt(unverified=travelled, trusted=site.trusted, ask=ask, reads_pdf=read)


@pytest.mark.law("A12", "A6")
def test_a_warrant_as_pdf_lets_a_recording_be_searched_where_it_is_read() -> None:
    attempt = as_pdf()
    assert attempt.verify().warrant == NAMING
    with pytest.raises(AuthorisationRefused, match="Nobody here reads") as refusal:
        replace(attempt, reads_pdf=reads_no_pdf).verify()
    assert refusal.value.reason is RefusalReason.SIGNATURE


@pytest.mark.law("A12", "A6")
def test_a_pdf_that_carries_another_warrant_lets_nothing_be_searched() -> None:
    attempt = as_pdf()
    read = attempt.reads_pdf

    def of_another_case(pdf: bytes) -> PdfReading:
        return replace(read(pdf), payload=a_search_warrant(case_reference="CASE-2").to_bytes())

    with pytest.raises(AuthorisationRefused) as refusal:
        replace(attempt, reads_pdf=of_another_case).verify()
    assert refusal.value.reason is RefusalReason.SIGNATURE


@pytest.mark.law("A12")
@given(
    begins=st.integers(-5000, 10),
    lasts=st.integers(-10, 5000),
)
def test_an_order_is_never_read_for_what_was_still_being_recorded(begins: int, lasts: int) -> None:
    recorded_from = NOON + timedelta(minutes=begins)
    recorded_until = recorded_from + timedelta(minutes=lasts)
    written = an_order(recorded_from=recorded_from, recorded_until=recorded_until).to_bytes()
    closed = recorded_from < recorded_until <= NOON
    if closed:
        assert SearchOrder.from_bytes(written).to_bytes() == written
        return
    with pytest.raises(Malformed, match="began, then ended"):
        SearchOrder.from_bytes(written)


def its_parts(permit: VerifiedSearchOrder) -> dict[str, Any]:
    return {field.name: getattr(permit, field.name) for field in dataclasses.fields(permit)}


@pytest.mark.law("A12", "P1")
def test_nobody_but_its_verifier_makes_or_alters_one() -> None:
    permit = a_search_permit(a_trusted_site())
    parts = its_parts(permit)
    for token in (None, object(), True):
        with pytest.raises(TypeError, match=r"only contracts\.search_order\.verify_order"):
            VerifiedSearchOrder(**parts, _made_by=token)
    with pytest.raises(TypeError):
        VerifiedSearchOrder(**parts)
    for name, value in parts.items():
        with pytest.raises((TypeError, ValueError)):
            replace(permit, **{name: value})
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(permit, name, value)
    for make in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="verify the signed records again"):
            make(permit)
    with pytest.raises(TypeError):
        permit.__setstate__([None] * 7)
    with pytest.raises(TypeError, match="no subclasses"):
        type("Generous", (VerifiedSearchOrder,), {})
    with pytest.raises(AttributeError):
        object.__new__(VerifiedSearchOrder).standing(CAMERA, AT_NOON)
    assert all(value is not module._ONLY_VERIFY_ORDER for value in parts.values())
    assert str(permit) == "VerifiedSearchOrder(warrant warrant-1, camera camera-1)"


def test_its_warrant_says_what_it_is_for() -> None:
    assert a_search_permit(a_trusted_site()).warrant.type is WarrantType.POST_REMOTE
