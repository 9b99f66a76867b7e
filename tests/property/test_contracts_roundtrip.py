"""For all records: what is written is read back exactly, and no other bytes are read as a record."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_type_hints

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.admission import Envelope, GateVerdict, ProfileAdmission
from contracts.authorisation import DayKey, Lease
from contracts.camera import CameraRecord
from contracts.candidate_report import CandidateReport
from contracts.canonical import decode, encode, sha256_hex
from contracts.enrolment import Enrolment, EnrolmentRequest
from contracts.errors import ContractError, Malformed, ReceiptRefused, SealRefused
from contracts.fields import Fields, format_bytes, format_instant
from contracts.issuer_list import IssuerList, ListedCertificate, ListedIssuer
from contracts.lease_request import LeaseRequest
from contracts.legal_attestation import LegalAttestation
from contracts.model_profile import ProfileClass, ScoreKind
from contracts.probe import Probe, ProbeCrop
from contracts.receipt import LogReceipt, verify_receipt
from contracts.sealing import seal, unseal
from contracts.search_order import SearchOrder
from contracts.search_records import SearchEnding, SearchReceipt, SearchRequest
from contracts.signature import Purpose, Signed
from contracts.site_report import CameraCounts
from contracts.stop import RunStop
from contracts.vocabulary import CameraClass, IssuerType, NotComparedReason, Objective, SourceKind, WarrantType
from contracts.volunteer_enrolment import VolunteerEnrolment, VolunteerEnrolmentRequest
from contracts.volunteer_run import RunLease, RunMode, VolunteerRun
from contracts.volunteers import ConsentWithdrawal, Sighting, SiteClosure, VolunteerConsent, VolunteerSightings
from contracts.warrant import PersonSlot, Warrant, WarrantCamera
from contracts.warrant_acts import Amendment, ApplicationReceipt, Countersignature, Rejection, Revocation
from tests.builders_contracts import LOG_ORIGIN, a_probe, a_signing_key, a_trusted_site, an_opening_key
from tests.builders_receipts import a_receipt

IDENTIFIERS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200).filter(str.strip)
MILLENNIUM = datetime(2000, 1, 1)  # noqa: DTZ001  # Hypothesis takes its bounds without a zone


def instants(first: datetime = datetime.min, last: datetime = datetime.max) -> st.SearchStrategy[datetime]:  # noqa: DTZ901
    """Return instants of UTC between the two, to the millisecond."""
    return st.datetimes(first, last, timezones=st.just(UTC)).map(
        lambda instant: instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    )


INSTANTS = instants()
EARLIER = instants(last=MILLENNIUM - timedelta(milliseconds=1))
LATER = instants(first=MILLENNIUM)
ANYWHERE = st.datetimes(timezones=st.timezones(), min_value=MILLENNIUM, max_value=MILLENNIUM.replace(year=9000))
COUNTS = st.integers(0, 2**53 - 1)
FRACTIONS = st.floats(0, 1).map(lambda number: number + 0.0)
SECONDS = st.floats(0, 1e12).map(lambda number: number + 0.0)
SCORES = st.floats(-1e6, 1e6).map(lambda number: number + 0.0)
POLYGONS = st.lists(st.tuples(FRACTIONS, FRACTIONS), min_size=3, max_size=6).map(tuple)

SLOTS = st.builds(
    PersonSlot,
    slot_id=IDENTIFIERS,
    commitment=HASHES,
    photographs=st.lists(HASHES, min_size=1, max_size=3).map(tuple),
    necessity=TEXTS,
    age_band=IDENTIFIERS,
)
ISSUERS = st.builds(
    ListedIssuer,
    name=IDENTIFIERS,
    issuer_type=st.just(IssuerType.COURT),
    public=st.binary(min_size=32, max_size=32),
    demo=st.sampled_from([False]),
    valid_from=EARLIER,
    valid_to=LATER,
)
ENVELOPES = st.builds(
    Envelope,
    tested_list=st.integers(1, 1_000_000),
    score=st.sampled_from(ScoreKind),
    threshold=st.floats(-1, 4).map(lambda number: number + 0.0),
    camera_classes=st.sets(st.sampled_from(CameraClass)).map(lambda some: tuple(sorted(some))),
    age_bands=st.sets(IDENTIFIERS, max_size=4).map(lambda some: tuple(sorted(some))),
    groups=st.sets(TEXTS, max_size=4).map(lambda some: tuple(sorted(some))),
    passages_a_day=st.integers(1, 1_000_000_000),
    camera_hours_a_day=st.integers(1, 1_000_000),
    people_searched=st.integers(1_000, 1_000_000_000),
    false_alarms=st.integers(0, 1_000),
)
CAMERAS = st.builds(WarrantCamera, camera_id=IDENTIFIERS, reason=TEXTS, record_sha256=HASHES)

BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "serial": st.integers(1, 2**31 - 1),
    "opens": st.integers(0, 719),
    "closes": st.integers(720, 1440),
    "opened_by_sha256": st.none() | HASHES,
    "case_leader": st.from_regex(r"prosecutor-[0-9]{1,3}", fullmatch=True),
    "cameras": st.lists(CAMERAS, min_size=1, max_size=3, unique_by=lambda camera: camera.camera_id).map(tuple),
    "commitment": HASHES,
    "crops_sha256": HASHES,
    "enrolment_sha256": HASHES,
    "envelope": ENVELOPES,
    "camera_class": st.none() | st.sampled_from(CameraClass),
    "joins": st.none(),
    "legal_profile": HASHES,
    "manifest_sha256s": st.lists(HASHES, min_size=1, max_size=3).map(tuple),
    "masks": st.lists(POLYGONS, max_size=3).map(tuple),
    "maximum_penalty_years": st.integers(0, 99),
    "nonce": HASHES,
    "not_after": LATER,
    "not_before": EARLIER,
    "not_compared": st.lists(st.tuples(st.sampled_from(NotComparedReason), COUNTS), unique_by=lambda pair: pair[0]).map(
        lambda pairs: tuple(sorted(pairs, key=lambda pair: list(NotComparedReason).index(pair[0])))
    ),
    "person_count": st.integers(1, 100_000),
    "photographs": st.lists(HASHES, min_size=1, max_size=3, unique=True).map(tuple),
    "renews": st.none() | HASHES,
    "public": st.binary(min_size=32, max_size=32),
    "recipients": st.lists(HASHES, max_size=3).map(tuple),
    "score": SCORES,
    "slots": st.lists(SLOTS, min_size=1, max_size=3, unique_by=lambda slot: slot.slot_id).map(tuple),
    "statute": TEXTS,
    "template_sha256": st.lists(st.tuples(IDENTIFIERS, HASHES), max_size=3, unique_by=lambda pair: pair[0]).map(tuple),
    "threshold": SCORES,
    "version": st.integers(1, 1_000_000),
    "view": TEXTS,
}
BY_TYPE: dict[object, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    datetime: INSTANTS,
    float: SECONDS,
    int: COUNTS,
    IssuerType: st.sampled_from(IssuerType),
    Objective: st.sampled_from(Objective),
    WarrantType: st.sampled_from(WarrantType),
    GateVerdict: st.sampled_from(GateVerdict),
    ProfileClass: st.sampled_from(ProfileClass),
    SearchEnding: st.sampled_from(SearchEnding),
    RunMode: st.sampled_from(RunMode),
    SourceKind: st.sampled_from(SourceKind),
}
NAMED_ONCE = st.lists(IDENTIFIERS, min_size=1, max_size=3, unique=True).map(tuple)


SHORTLY_BEFORE = instants(MILLENNIUM - timedelta(hours=9), MILLENNIUM - timedelta(milliseconds=1))
SHORTLY_AFTER = instants(MILLENNIUM, MILLENNIUM + timedelta(hours=9))
OF_VOLUNTEERS: dict[type, dict[str, st.SearchStrategy[Any]]] = {
    VolunteerConsent: {"of_age": st.sampled_from([True]), "given_at": SHORTLY_BEFORE, "until": SHORTLY_AFTER},
    SiteClosure: {"cameras": NAMED_ONCE, "closed_from": SHORTLY_BEFORE, "closed_until": SHORTLY_AFTER},
    VolunteerRun: {
        "cameras": NAMED_ONCE,
        "begins_at": SHORTLY_BEFORE,
        "ends_at": SHORTLY_AFTER,
        "consents": st.lists(HASHES, min_size=1, max_size=3, unique=True).map(tuple),
    },
    RunLease: {"standing": NAMED_ONCE},
    VolunteerEnrolment: {"template_sha256": HASHES},
    VolunteerEnrolmentRequest: {"recipient": HASHES},
    VolunteerSightings: {
        "told_at": SHORTLY_AFTER,
        "sightings": st.lists(st.builds(Sighting, volunteer_id=IDENTIFIERS, seen_at=SHORTLY_BEFORE), max_size=3).map(
            tuple
        ),
    },
}


def examples_of(record: type) -> st.SearchStrategy[Any]:
    """Return records of this class, each field as its name or type demands."""
    hints = get_type_hints(record)
    parts = {}
    for field in fields(record):
        plain = HASHES if field.name.endswith("_sha256") else IDENTIFIERS
        parts[field.name] = BY_NAME.get(field.name, BY_TYPE.get(hints[field.name], plain))
    if record is SearchOrder:
        closed = st.just(MILLENNIUM.replace(tzinfo=UTC))
        parts.update(recorded_from=EARLIER, recorded_until=closed, issued_at=LATER)
    if record is ProfileAdmission:
        first, last = MILLENNIUM - timedelta(days=60), MILLENNIUM + timedelta(days=120)
        parts.update(
            measured_on=st.dates(date(1999, 6, 1), first.date()),
            admitted_at=instants(first, MILLENNIUM - timedelta(milliseconds=1)),
            expires_at=instants(MILLENNIUM, last),
        )
    parts.update(OF_VOLUNTEERS.get(record, {}))
    return LISTS | LISTS_WITH_CERTIFICATES if record is IssuerList else st.builds(record, **parts)


def certified(listed: IssuerList) -> IssuerList:
    """Let every issuer sign PDF files too."""
    certificates = tuple(
        ListedCertificate(
            name=one.name,
            issuer_type=one.issuer_type,
            certificate_sha256=sha256_hex(one.public),
            demo=one.demo,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
        )
        for one in listed.issuers
    )
    return replace(listed, certificates=certificates)


def issuer_lists(least: int) -> st.SearchStrategy[IssuerList]:
    """Return lists of at least so many issuers."""
    issuers = st.lists(ISSUERS, min_size=least, max_size=3, unique_by=lambda issuer: issuer.public).map(tuple)
    version = BY_NAME["version"]
    return st.builds(IssuerList, version=version, issued_at=EARLIER, expires_at=LATER, issuers=issuers)


LISTS = issuer_lists(0)
LISTS_WITH_CERTIFICATES = issuer_lists(1).map(certified)


SIGNED_RECORDS = [
    Amendment,
    ApplicationReceipt,
    CameraRecord,
    CandidateReport,
    ConsentWithdrawal,
    Countersignature,
    DayKey,
    Enrolment,
    EnrolmentRequest,
    IssuerList,
    Lease,
    LeaseRequest,
    LegalAttestation,
    ProfileAdmission,
    Rejection,
    Revocation,
    RunLease,
    RunStop,
    SearchOrder,
    SearchReceipt,
    SearchRequest,
    SiteClosure,
    VolunteerConsent,
    VolunteerEnrolment,
    VolunteerEnrolmentRequest,
    VolunteerRun,
    VolunteerSightings,
    Warrant,
]


@pytest.mark.parametrize("record", SIGNED_RECORDS, ids=lambda record: record.__name__)
@settings(max_examples=50)
@given(data=st.data())
def test_every_record_is_read_back_exactly(record: Any, data: st.DataObject) -> None:
    written = data.draw(examples_of(record))
    assert record.from_bytes(written.to_bytes()) == written
    assert record.from_bytes(written.to_bytes()).to_bytes() == written.to_bytes()


@given(counts=examples_of(CameraCounts))
def test_all_counts_are_read_back_exactly(counts: CameraCounts) -> None:
    assert CameraCounts.from_json(json.loads(encode(counts.to_json()))) == counts


@pytest.mark.parametrize("record", SIGNED_RECORDS, ids=lambda record: record.__name__)
@settings(max_examples=50)
@given(data=st.data())
def test_one_changed_byte_is_malformed_or_another_record(record: Any, data: st.DataObject) -> None:
    written = data.draw(examples_of(record)).to_bytes()
    place = data.draw(st.integers(0, len(written) - 1))
    other = written[:place] + bytes([written[place] ^ data.draw(st.integers(1, 255))]) + written[place + 1 :]
    try:
        read = record.from_bytes(other)
    except Malformed:
        return
    assert read.to_bytes() == other != written


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15) | TEXTS,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(TEXTS, inside, max_size=4),
    max_leaves=12,
)


@given(value=JSON_VALUES)
def test_every_json_value_has_one_spelling(value: object) -> None:
    written = encode(value)
    assert decode(written) == value
    assert encode(decode(written)) == written
    for other in (json.dumps(value, indent=1), json.dumps(value), json.dumps(value) + " "):
        if other.encode() != written:
            with pytest.raises(Malformed):
                decode(other.encode())


@given(data=st.binary(max_size=64) | st.text('{}[]":,0123456789.eE+-truefalsnl\\ ', max_size=40).map(str.encode))
@example(b'{"a":1,"a":1}')
@example(b"-0")
def test_what_is_read_is_canonical(data: bytes) -> None:
    try:
        value = decode(data)
    except Malformed:
        return
    assert encode(value) == data


@given(instant=ANYWHERE)
def test_every_instant_is_read_back_to_the_millisecond(instant: datetime) -> None:
    read = Fields({"at": format_instant(instant)}, "record").instant("at")
    assert read == instant.astimezone(UTC).replace(microsecond=instant.microsecond // 1000 * 1000)


@given(data=st.binary(max_size=100))
def test_all_bytes_are_read_back(data: bytes) -> None:
    assert Fields({"data": format_bytes(data)}, "record").binary("data") == data


@given(text=st.text("ABab01+/=-_\n ", max_size=12))
def test_no_two_texts_are_the_same_bytes(text: str) -> None:
    try:
        data = Fields({"data": text}, "record").binary("data")
    except Malformed:
        return
    assert format_bytes(data) == text


CROPS = st.builds(
    lambda width, height, quality, size, time, points: ProbeCrop(
        width=width,
        height=height,
        box_xyxy=(0.0, 0.0, float(width), float(height)),
        landmarks_xy=points,
        quality=quality,
        face_size_px=size,
        stream_time=time,
        pixels_bgr=bytes(index % 251 for index in range(width * height * 3)),
    ),
    st.integers(1, 9),
    st.integers(1, 9),
    FRACTIONS,
    st.floats(0, 1e5).map(lambda number: number + 0.0),
    SECONDS,
    st.lists(st.tuples(SCORES, SCORES), min_size=5, max_size=5).map(tuple),
)


@given(crops=st.lists(CROPS, min_size=1, max_size=5), track=COUNTS, captured_at=INSTANTS, session=IDENTIFIERS)
def test_every_probe_is_read_back_exactly(
    crops: list[ProbeCrop], track: int, captured_at: datetime, session: str
) -> None:
    probe = a_probe(*crops, track=track, captured_at=captured_at, session=session)
    assert Probe.from_bytes(probe.to_bytes()) == probe


@given(crops=st.lists(CROPS, min_size=1, max_size=2), data=st.data())
def test_a_damaged_probe_is_malformed_or_another_probe(crops: list[ProbeCrop], data: st.DataObject) -> None:
    damaged = bytearray(a_probe(*crops).to_bytes())
    place = data.draw(st.integers(0, len(damaged) - 1))
    damaged[place] ^= data.draw(st.integers(1, 255))
    shorter = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    for other in (bytes(damaged), shorter):
        try:
            probe = Probe.from_bytes(other)
        except Malformed:
            continue
        assert probe.to_bytes() == other


@given(payload=st.binary(max_size=200), purpose=st.sampled_from(Purpose))
def test_every_envelope_is_read_back_exactly(payload: bytes, purpose: Purpose) -> None:
    signed = a_signing_key("somebody").sign(purpose, payload)
    assert Signed.from_json(json.loads(json.dumps(signed.to_json()))) == signed


@given(plaintext=st.binary(max_size=200), context=st.dictionaries(TEXTS, TEXTS, max_size=3), other=TEXTS)
def test_every_box_opens_with_its_key_in_its_context_alone(plaintext: bytes, context: Any, other: str) -> None:
    key = an_opening_key("recipient")
    box = seal(plaintext, key.public, context)
    assert unseal(box, key, context) == plaintext
    for wrong_key, wrong_context in ((an_opening_key("other"), context), (key, {**context, "what": other + "x"})):
        if wrong_key is not key or wrong_context != context:
            with pytest.raises(SealRefused):
                unseal(box, wrong_key, wrong_context)


SITE_KEYS = a_trusted_site()


@given(size=st.integers(1, 70), data=st.data())
def test_one_flipped_bit_of_a_receipt_is_refused(size: int, data: st.DataObject) -> None:
    receipt = a_receipt(SITE_KEYS, {"e": "candidate.view"}, index=data.draw(st.integers(0, size - 1)), size=size)
    assert verify_receipt(receipt, origin=LOG_ORIGIN, log_key=SITE_KEYS.log.public) == receipt.leaf
    parts = [receipt.leaf, *receipt.proof, receipt.checkpoint.encode()]
    which = data.draw(st.integers(0, len(parts) - 1))
    damaged = bytearray(parts[which])
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    parts[which] = bytes(damaged)
    with pytest.raises((ContractError, UnicodeDecodeError)):
        verify_receipt(
            LogReceipt(index=receipt.index, leaf=parts[0], proof=tuple(parts[1:-1]), checkpoint=parts[-1].decode()),
            origin=LOG_ORIGIN,
            log_key=SITE_KEYS.log.public,
        )


@given(note=st.text(max_size=200))
def test_no_text_passes_as_a_checkpoint(note: str) -> None:
    receipt = a_receipt(SITE_KEYS, {"e": "candidate.view"})
    forged = LogReceipt(index=receipt.index, leaf=receipt.leaf, proof=receipt.proof, checkpoint=note)
    with pytest.raises(ReceiptRefused):
        verify_receipt(forged, origin=LOG_ORIGIN, log_key=SITE_KEYS.log.public)
