"""A warrant as PDF is believed under a listed certificate, in its time, for the authority that it names (A6, P1)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.authorisation import UnverifiedAuthorisation, verify
from contracts.believed_issuers import believing
from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import ContractError, Malformed, SignatureRefused
from contracts.issued_act import ActPapers, believed_act
from contracts.issuer_list import IssuerList, ListedCertificate
from contracts.joint_signature import JointlySigned
from contracts.pdf_act import MOST_PDF_BYTES, PdfAct, PdfReading, signed_act
from contracts.refusals import AuthorisationRefused, RefusalReason
from contracts.signature import Purpose
from contracts.trust import TrustedKeys
from contracts.vocabulary import IssuerType, WarrantType
from contracts.volunteer_run import verify_volunteer_run
from contracts.warrant import Warrant
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    ISSUER_NAME,
    NOON,
    PROFILE,
    SITE,
    TrustedSite,
    a_hash,
    a_listed_issuer,
    a_trusted_site,
    a_warrant,
    an_authorisation,
    an_issuer_list,
)
from tests.builders_volunteers import a_blue_list

pytestmark = pytest.mark.law("A6", "P1")

CERTIFICATE = a_hash("the court's certificate")
DAY = timedelta(days=1)
PDF = b"%PDF-1.7 signed by a court"


def a_listed_certificate(**changes: Any) -> ListedCertificate:
    listed = ListedCertificate(
        name=ISSUER_NAME,
        issuer_type=IssuerType.COURT,
        certificate_sha256=CERTIFICATE,
        demo=False,
        valid_from=NOON - 10 * DAY,
        valid_to=NOON + 10 * DAY,
    )
    return replace(listed, **changes)


def a_list(*certificates: ListedCertificate, **changes: Any) -> IssuerList:
    return an_issuer_list(a_listed_issuer(KEYS.issuer), certificates=certificates, **changes)


KEYS = a_trusted_site()


def trusting(*certificates: ListedCertificate, **changes: Any) -> TrustedKeys:
    return replace(KEYS.trusted, issuers=a_list(*certificates, **changes))


TRUSTED = trusting(a_listed_certificate())


def an_act(warrant: Warrant | None = None, **changes: Any) -> PdfAct:
    payload = (warrant or a_warrant()).to_bytes()
    return replace(PdfAct(payload=payload, certificate=CERTIFICATE, pdf=PDF), **changes)


def reading(act: PdfAct, **changes: Any) -> Callable[[bytes], PdfReading]:
    """Return a reader that finds in the file what an act says of it."""
    found = PdfReading(
        payload=act.payload, certificate=act.certificate, valid_from=NOON - 20 * DAY, valid_to=NOON + 20 * DAY
    )

    def read(pdf: bytes) -> PdfReading:
        if pdf != PDF:
            raise SignatureRefused("Another file.")
        return replace(found, **changes)

    return read


def believed(act: PdfAct, trusted: TrustedKeys = TRUSTED, now: datetime = NOON, **changes: Any) -> Warrant:
    return believed_act(ActPapers(warrant=act), trusted, now, reading(act, **changes)).warrant


def test_a_warrant_as_pdf_is_believed_for_its_own_window() -> None:
    act = believed_act(ActPapers(warrant=an_act()), TRUSTED, NOON, reading(an_act()))
    assert act.warrant == a_warrant()
    assert (act.begins_at, act.ends_at) == (a_warrant().not_before, a_warrant().not_after)


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("a certificate that is not listed", lambda: believed(an_act(certificate=a_hash("another")))),
    (
        "a certificate that is listed no more",
        lambda: believed(an_act(), trusting(a_listed_certificate(certificate_sha256="0" * 64))),
    ),
    ("a list without certificates", lambda: believed(an_act(), KEYS.trusted)),
    ("no list", lambda: believed(an_act(), TrustedKeys(KEYS.trusted.keys))),
    ("a list that is over", lambda: believed(an_act(), trusting(a_listed_certificate(), expires_at=NOON))),
    ("a file under another certificate", lambda: believed(an_act(), certificate=a_hash("another"))),
    ("a file that carries another act", lambda: believed(an_act(), payload=a_warrant(warrant_id="w-2").to_bytes())),
    ("a file that is refused", lambda: believed(an_act(pdf=b"%PDF-1.7 other"))),
    (
        "another court's certificate",
        lambda: believed(an_act(a_warrant(issuer="another-court"))),
    ),
    (
        "a court's certificate under a prosecutor's warrant",
        lambda: believed(an_act(a_warrant(issuer_type=IssuerType.PROSECUTOR))),
    ),
    ("an urgent warrant", lambda: believed(an_act(a_warrant(type=WarrantType.URGENT)))),
]


@pytest.mark.parametrize(("case", "attempt"), REFUSED, ids=[case for case, _ in REFUSED])
def test_a_warrant_as_pdf_is_refused_because_of(case: str, attempt: Callable[[], Any]) -> None:
    with pytest.raises(AuthorisationRefused) as refused:
        attempt()
    assert refused.value.reason is RefusalReason.SIGNATURE, case


def test_a_demo_warrant_under_another_certificate_is_refused() -> None:
    with pytest.raises(AuthorisationRefused) as refused:
        believed(an_act(a_warrant(demo=True)))
    assert refused.value.reason is RefusalReason.DEMO_MIXED


def test_a_pdf_that_carries_no_warrant_is_malformed() -> None:
    with pytest.raises(AuthorisationRefused) as refused:
        believed(an_act(payload=b"{}"))
    assert refused.value.reason is RefusalReason.MALFORMED


def test_where_nobody_reads_pdf_files_each_is_refused() -> None:
    with pytest.raises(AuthorisationRefused, match="Nobody here reads"):
        believed_act(ActPapers(warrant=an_act()), TRUSTED, NOON)


def test_a_certificate_that_nobody_listed_starts_no_reading() -> None:
    read: list[bytes] = []

    def reads(pdf: bytes) -> PdfReading:
        read.append(pdf)
        return reading(an_act())(pdf)

    with pytest.raises(AuthorisationRefused):
        believed_act(ActPapers(warrant=an_act(certificate=a_hash("x"))), TRUSTED, NOON, reads)
    assert not read


@given(
    listed=st.tuples(st.integers(-5, 5), st.integers(1, 5)),
    own=st.tuples(st.integers(-5, 5), st.integers(1, 5)),
    hour=st.integers(-150, 150),
)
def test_a_certificate_is_believed_in_the_lists_time_and_in_its_own(
    listed: tuple[int, int], own: tuple[int, int], hour: int
) -> None:
    begins, ends = NOON + listed[0] * DAY, NOON + (listed[0] + listed[1]) * DAY
    own_begins, own_ends = NOON + own[0] * DAY, NOON + (own[0] + own[1]) * DAY
    trusted = trusting(a_listed_certificate(valid_from=begins, valid_to=ends))
    now = NOON + timedelta(hours=hour)
    try:
        believed(an_act(), trusted, now, valid_from=own_begins, valid_to=own_ends)
        accepted = True
    except AuthorisationRefused:
        accepted = False
    assert accepted == (begins <= now < ends and own_begins <= now < own_ends)


def test_at_its_own_end_a_certificate_is_over() -> None:
    assert believed(an_act(), valid_from=NOON, valid_to=NOON + timedelta(milliseconds=1))
    with pytest.raises(AuthorisationRefused, match="not in its time"):
        believed(an_act(), valid_to=NOON)


# -- as it travels ----------------------------------------------------------------------------------------------------


def test_it_travels_beside_the_envelopes() -> None:
    act = an_act()
    assert signed_act(act.to_json()) == act
    envelope = KEYS.issuer.sign(Purpose.WARRANT, act.payload)
    assert signed_act(envelope.to_json()) == envelope
    assert (act.key, act.sha256) == (CERTIFICATE[:16], envelope.sha256)


@pytest.mark.parametrize("change", [{"pdf": ""}, {"certificate": "x"}, {"more": 1}, {"pdf": "A"}])
def test_what_is_no_act_as_pdf_is_malformed(change: dict[str, Any]) -> None:
    value: dict[str, Any] = {**an_act().to_json(), **change}
    if change == {"pdf": ""}:
        value = {"pdf": ""}
    with pytest.raises(Malformed):
        signed_act(value)


def test_a_pdf_that_is_too_large_does_not_travel() -> None:
    assert signed_act(an_act(pdf=bytes(MOST_PDF_BYTES)).to_json())
    with pytest.raises(Malformed, match="at most 512 KiB"):
        signed_act(an_act(pdf=bytes(MOST_PDF_BYTES + 1)).to_json())


def lent(site: TrustedSite, act: PdfAct, **changes: Any) -> tuple[UnverifiedAuthorisation, Any]:
    unverified, ask = an_authorisation(site, warrant=Warrant.from_bytes(act.payload), **changes)
    return UnverifiedAuthorisation.from_json(replace(unverified, warrant=act).to_json()), ask


def test_a_site_lends_by_a_warrant_as_pdf_if_it_reads_it_itself() -> None:
    site, act = replace(KEYS, trusted=TRUSTED), an_act()
    unverified, ask = lent(site, act)
    place = {"trusted": TRUSTED, "site_id": SITE, "camera_id": CAMERA, "profile": PROFILE, "ask": ask, "at": AT_NOON}
    assert verify(unverified, **place, reads_pdf=reading(act)).warrant == a_warrant()
    with pytest.raises(AuthorisationRefused, match="Nobody here reads"):
        verify(unverified, **place)


@pytest.mark.law("C16")
def test_volunteers_may_be_looked_for_inside_a_warrant_that_a_court_signed_as_pdf() -> None:
    site, act = replace(KEYS, trusted=TRUSTED), an_act()
    unverified, ask = lent(site, act)
    place = {"trusted": TRUSTED, "site_id": SITE, "camera_id": CAMERA, "profile": PROFILE, "ask": ask, "at": AT_NOON}
    permit = verify(unverified, **place, reads_pdf=reading(act))
    run, _ = a_blue_list(site, inside=permit)
    assert permit.lease.warrant_sha256 == act.sha256
    assert verify_volunteer_run(run, lent=(permit,), wanted=(), **place).references
    other, _ = a_blue_list(site, inside=permit, run={"rests_on_sha256": a_hash("another file")})
    with pytest.raises(AuthorisationRefused) as refused:
        verify_volunteer_run(other, lent=(permit,), wanted=(), **place)
    assert refused.value.reason is RefusalReason.OPEN_SITE


def test_a_lease_for_another_warrant_is_none() -> None:
    site, act = replace(KEYS, trusted=TRUSTED), an_act()
    unverified, ask = lent(site, act, warrant_sha256=a_hash("another"))
    with pytest.raises(AuthorisationRefused) as refused:
        verify(
            unverified,
            trusted=TRUSTED,
            site_id=SITE,
            camera_id=CAMERA,
            profile=PROFILE,
            ask=ask,
            at=AT_NOON,
            reads_pdf=reading(act),
        )
    assert refused.value.reason is RefusalReason.OTHER_RECORDS


# -- the list ---------------------------------------------------------------------------------------------------------


def test_a_list_without_certificates_has_the_bytes_that_it_always_had() -> None:
    listed = a_list()
    fields = decode(listed.to_bytes())
    assert set(fields) == {"expires_at", "issued_at", "issuers", "kind", "version"}
    assert fields["kind"] == "insyn/issuer-list/1"
    assert IssuerList.from_bytes(listed.to_bytes()) == listed


def test_a_list_with_certificates_is_the_next_version_of_the_record() -> None:
    listed = a_list(a_listed_certificate())
    assert decode(listed.to_bytes())["kind"] == "insyn/issuer-list/2"
    assert IssuerList.from_bytes(listed.to_bytes()) == listed
    assert listed.sha256 == sha256_hex(listed.to_bytes())


def test_the_bytes_of_a_list_with_a_certificate_by_hand() -> None:
    listed = IssuerList(
        version=2,
        issued_at=NOON,
        expires_at=NOON + 30 * DAY,
        issuers=(
            a_listed_issuer(KEYS.issuer, name="court", public=bytes(32), valid_from=NOON, valid_to=NOON + 20 * DAY),
        ),
        certificates=(
            a_listed_certificate(name="court", certificate_sha256="ab" * 32, valid_from=NOON, valid_to=NOON + DAY),
        ),
    )
    assert listed.to_bytes() == (
        b'{"certificates":[{"certificate_sha256":"'
        + b"ab" * 32
        + b'","demo":false,"issuer_type":"court","name":"court",'
        b'"valid_from":"2026-03-02T12:00:00.000Z","valid_to":"2026-03-03T12:00:00.000Z"}],'
        b'"expires_at":"2026-04-01T12:00:00.000Z","issued_at":"2026-03-02T12:00:00.000Z",'
        b'"issuers":[{"demo":false,"issuer_type":"court","name":"court",'
        b'"public":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",'
        b'"valid_from":"2026-03-02T12:00:00.000Z","valid_to":"2026-03-22T12:00:00.000Z"}],'
        b'"kind":"insyn/issuer-list/2","version":2}'
    )


def written(listed: IssuerList, **changes: Any) -> bytes:
    return encode({**decode(listed.to_bytes()), **changes})


WITH = a_list(a_listed_certificate())
NO_LISTS: list[tuple[str, Callable[[], bytes]]] = [
    ("version 2 without certificates", lambda: written(WITH, certificates=[])),
    ("version 1 with certificates", lambda: written(WITH, kind="insyn/issuer-list/1")),
    ("a version that nobody knows", lambda: written(WITH, kind="insyn/issuer-list/3")),
    ("one certificate twice", lambda: a_list(a_listed_certificate(), a_listed_certificate()).to_bytes()),
    ("no key beside it", lambda: a_list(a_listed_certificate(name="another-court")).to_bytes()),
    (
        "a key of another kind of authority",
        lambda: a_list(a_listed_certificate(issuer_type=IssuerType.PROSECUTOR)).to_bytes(),
    ),
    (
        "a key that ends before the certificate",
        lambda: an_issuer_list(
            a_listed_issuer(KEYS.issuer, valid_to=NOON), certificates=(a_listed_certificate(),)
        ).to_bytes(),
    ),
    (
        "a key that begins after the certificate",
        lambda: an_issuer_list(
            a_listed_issuer(KEYS.issuer, valid_from=NOON), certificates=(a_listed_certificate(),)
        ).to_bytes(),
    ),
    ("DEMO among others", lambda: a_list(a_listed_certificate(demo=True)).to_bytes()),
    ("a certificate that is never valid", lambda: a_list(a_listed_certificate(valid_to=NOON - 10 * DAY)).to_bytes()),
]


@pytest.mark.parametrize(("case", "make"), NO_LISTS, ids=[case for case, _ in NO_LISTS])
def test_what_is_no_list_is_malformed(case: str, make: Callable[[], bytes]) -> None:
    with pytest.raises(Malformed):
        IssuerList.from_bytes(make())
    assert case


def jointly(listed: IssuerList, purpose: Purpose) -> bytes:
    return JointlySigned.of(*(key.sign(purpose, listed.to_bytes()) for key in KEYS.organisations[:2])).to_bytes()


def test_two_organisations_sign_it_as_what_it_is() -> None:
    assert believing(KEYS.trusted, jointly(WITH, WITH.purpose)).issuers == WITH
    with pytest.raises(SignatureRefused):
        believing(KEYS.trusted, jointly(WITH, Purpose.ISSUER_LIST))
    with pytest.raises(SignatureRefused):
        believing(KEYS.trusted, jointly(a_list(), WITH.purpose))


def test_organisations_that_are_not_demo_list_no_demo_certificate() -> None:
    demo = an_issuer_list(a_listed_issuer(KEYS.issuer, demo=True), certificates=(a_listed_certificate(demo=True),))
    with pytest.raises(ContractError, match="DEMO"):
        believing(KEYS.trusted, jointly(demo, demo.purpose))
