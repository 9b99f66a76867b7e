"""Every record: read back as written, and refused when any field is missing, extra, or of another type."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from contracts.admission import ProfileAdmission
from contracts.authorisation import DayKey, Lease, LeaseAsk, UnverifiedAuthorisation
from contracts.camera import CameraRecord
from contracts.candidate_report import CandidateReport
from contracts.canonical import decode, encode
from contracts.enrolment import Enrolment, EnrolmentRequest
from contracts.errors import Malformed
from contracts.gallery_bundle import GalleryBundle, SealedReference
from contracts.issuer_list import IssuerList
from contracts.joint_signature import JointlySigned
from contracts.lease_request import LeaseAnswer, LeaseRequest
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.receipt import LogReceipt
from contracts.signature import Purpose, Signed
from contracts.site_report import CameraCounts, SiteReport
from contracts.stop import RunStop, StopAnswer
from contracts.trust import PinnedKey, TrustedKeys
from contracts.vocabulary import NotComparedReason
from contracts.volunteer_enrolment import VolunteerEnrolment, VolunteerEnrolmentRequest
from contracts.volunteer_gallery import SealedVolunteer, VolunteerGallery
from contracts.warrant import PersonSlot, Warrant, WarrantCamera
from tests.builders_acts import an_amendment, an_urgent_warrant, of_the_version_before
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    NOON,
    SITE,
    a_camera,
    a_day_key,
    a_gallery,
    a_hash,
    a_lease,
    a_permit,
    a_reference,
    a_report,
    a_slot,
    a_trusted_site,
    a_warrant,
    an_admission,
    an_ask,
    an_authorisation,
    an_enrolment_request,
    some_counts,
)
from tests.builders_receipts import a_receipt, a_view_entry
from tests.builders_volunteers import RUN, a_blue_gallery, a_blue_list, a_sealed_volunteer, a_withdrawal

SITE_KEYS = a_trusted_site()
REFERENCE = a_reference(SITE_KEYS)
UNVERIFIED, _ = an_authorisation(SITE_KEYS)
URGENT_ACT, URGENT_PAPERS = an_urgent_warrant(SITE_KEYS, received_at=NOON)
URGENT = replace(UNVERIFIED, **URGENT_PAPERS, amendments=(an_amendment(SITE_KEYS, URGENT_ACT, a_hash("more")),))
BLUE, _ = a_blue_list(SITE_KEYS, inside=a_permit(SITE_KEYS))
WITHDREW = SITE_KEYS.volunteers.sign(Purpose.CONSENT_WITHDRAWAL, a_withdrawal().to_bytes())
VOLUNTEER = a_sealed_volunteer(SITE_KEYS)
ENROLLED = VolunteerEnrolment.from_bytes(VOLUNTEER.enrolment.payload)
MASK = ((0.0, 0.0), (1.0, 0.0), (0.25, 0.75))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of record: an example, and how to write and read it as a JSON value."""

    example: Any
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


def signed_kind(example: Any, kind: Any) -> Kind:
    return Kind(
        example=example, read=lambda value: kind.from_bytes(encode(value)), write=lambda it: decode(it.to_bytes())
    )


def json_kind(example: Any, kind: Any) -> Kind:
    return Kind(example=example, read=kind.from_json, write=lambda it: decode(encode(it.to_json())))


RECORDS: dict[str, Kind] = {
    "camera": signed_kind(a_camera(masks=(MASK,)), CameraRecord),
    "camera of the version before": signed_kind(a_camera(camera_class=None), CameraRecord),
    "camera counts": json_kind(some_counts(not_compared=((NotComparedReason.BLURRED, 3),)), CameraCounts),
    "candidate report": signed_kind(a_report(), CandidateReport),
    "candidate report that joins": signed_kind(a_report(crops_sha256=None, joins="report-0"), CandidateReport),
    "day key": signed_kind(a_day_key(SITE_KEYS), DayKey),
    "enrolment": signed_kind(Enrolment.from_bytes(REFERENCE.enrolment.payload), Enrolment),
    "enrolment request": signed_kind(
        an_enrolment_request(b"picture", SITE_KEYS.opening.public, SITE_KEYS.viewer_opening.public), EnrolmentRequest
    ),
    "gallery": signed_kind(GalleryBundle.from_bytes(a_gallery([REFERENCE])), GalleryBundle),
    "lease": signed_kind(a_lease(), Lease),
    "lease answer": signed_kind(
        LeaseAnswer(
            authorisations=((UNVERIFIED, b"gallery"),), stops=(UNVERIFIED.warrant,), runs=((BLUE, b"volunteers"),)
        ),
        LeaseAnswer,
    ),
    "lease ask": json_kind(an_ask(), LeaseAsk),
    "lease request": signed_kind(
        LeaseRequest(site_id=SITE, camera_id=CAMERA, nonce=a_hash("nonce"), asked_at=NOON), LeaseRequest
    ),
    "log receipt": json_kind(a_receipt(SITE_KEYS, a_view_entry("report-1", a_hash("crops"))), LogReceipt),
    "person slot": json_kind(a_slot(), PersonSlot),
    "issuer list": signed_kind(SITE_KEYS.trusted.issuers, IssuerList),
    "jointly signed": signed_kind(SITE_KEYS.issuer_list, JointlySigned),
    "profile admission": signed_kind(an_admission(), ProfileAdmission),
    "pinned key": json_kind(SITE_KEYS.trusted.keys[0], PinnedKey),
    "sealed reference": json_kind(REFERENCE, SealedReference),
    "signed": json_kind(UNVERIFIED.warrant, Signed),
    "site report": signed_kind(SiteReport(site_id=SITE, session="s1", number=1, cameras=(some_counts(),)), SiteReport),
    "stop answer": signed_kind(StopAnswer(orders=(UNVERIFIED.lease,), runs=(BLUE.lease,)), StopAnswer),
    "stop of a run": signed_kind(
        RunStop(site_id=SITE, camera_id=CAMERA, run_id=RUN, lease_id="lease-1", rule="C16", issued_at=NOON), RunStop
    ),
    "trusted keys": signed_kind(TrustedKeys(SITE_KEYS.trusted.keys), TrustedKeys),
    "unverified authorisation": json_kind(UNVERIFIED, UnverifiedAuthorisation),
    "unverified run": json_kind(replace(BLUE, withdrawals=(WITHDREW,)), UnverifiedVolunteerRun),
    "volunteer": json_kind(VOLUNTEER, SealedVolunteer),
    "volunteer's enrolment": signed_kind(ENROLLED, VolunteerEnrolment),
    "volunteer's enrolment request": signed_kind(
        VolunteerEnrolmentRequest(
            run_id=RUN,
            volunteer_id=ENROLLED.volunteer_id,
            reference_id=ENROLLED.reference_id,
            photograph_sha256=ENROLLED.photograph_sha256,
            profile_sha256=ENROLLED.profile_sha256,
            recipient=SITE_KEYS.opening.public.hex(),
        ),
        VolunteerEnrolmentRequest,
    ),
    "volunteers' gallery": signed_kind(VolunteerGallery.from_bytes(a_blue_gallery([VOLUNTEER])), VolunteerGallery),
    "warrant": signed_kind(a_warrant(), Warrant),
    "warrant of the version before": signed_kind(of_the_version_before(a_warrant()), Warrant),
    "warrant camera": json_kind(a_warrant().cameras[0], WarrantCamera),
}

OTHER_TYPES: tuple[object, ...] = (None, True, False, 7, 0.5, "text", [], {}, [[]], {"kind": 1})
SUSPICIOUS: tuple[object, ...] = (
    "", " ", "*", "camera-*", "a/b", "..", "camera-1\n", "\ncamera-1", "caméra", "camera-１", "a" * 65, "a" * 4001,
    "A" * 64, a_hash("x")[:-1], a_hash("x") + "\n", a_hash("x").upper(), "AB==", "AA=", "AA", "AAAA\n", "A A A",
    "2026-03-02T12:00:00Z", "2026-03-02T12:00:00.000z", "2026-03-02T12:00:00.000+00:00", "2026-02-30T12:00:00.000Z",
    -1, 2**53 - 1, 1e12, -1e6, 1e300, 0, 100_001, "DEMO", "insyn/other/1", "court", "rtsp", "2026-03-02",
)  # fmt: skip


def paths(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every value inside a JSON value."""
    inside: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    for key, element in inside:
        yield (*at, key)
        yield from paths(element, (*at, key))


def changed(value: Any, path: tuple[str | int, ...], change: Callable[[Any, Any], None]) -> Any:
    """Return a copy of a JSON value after `change` was told the container and key at the end of the path."""
    other = copy.deepcopy(value)
    inside = other
    for step in path[:-1]:
        inside = inside[step]
    change(inside, path[-1])
    return other


def json_type(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case _:
            return type(value).__name__


each_record = pytest.mark.parametrize("name", RECORDS)


@each_record
def test_a_record_is_read_back_as_it_was_written(name: str) -> None:
    kind = RECORDS[name]
    value = kind.write(kind.example)
    assert kind.read(value) == kind.example
    assert kind.write(kind.read(value)) == value


@each_record
@pytest.mark.parametrize("value", OTHER_TYPES, ids=repr)
def test_something_else_is_no_record(name: str, value: object) -> None:
    with pytest.raises(Malformed):
        RECORDS[name].read(value)


@each_record
def test_a_missing_value_is_refused(name: str) -> None:
    original = written(name)
    for path in paths(original):
        value = changed(original, path, lambda inside, key: inside.pop(key))
        optional = isinstance(path[-1], int) or path == ("not_compared", "blurred")
        strictly_read(name, value, must_refuse=not optional)


@each_record
def test_a_renamed_field_is_refused(name: str) -> None:
    original = written(name)
    for path in paths(original):
        if isinstance(path[-1], str):
            value = changed(original, path, lambda inside, key: inside.update({f"{key}_": inside.pop(key)}))
            strictly_read(name, value, must_refuse=True)


@each_record
def test_an_extra_field_is_refused(name: str) -> None:
    original = written(name)
    strictly_read(name, {**original, "extra": None}, must_refuse=True)
    for path in paths(original):
        if isinstance(found(original, path), dict):
            value = changed(original, path, lambda inside, key: inside[key].update(extra=1))
            strictly_read(name, value, must_refuse=True)


@each_record
def test_a_value_of_another_type_is_refused(name: str) -> None:
    original = written(name)
    for path in paths(original):
        for other in OTHER_TYPES:
            if json_type(other) != json_type(found(original, path)):
                strictly_read(name, put(original, path, other), must_refuse=True)


@each_record
def test_a_suspicious_value_is_refused_or_kept_exactly(name: str) -> None:
    original = written(name)
    for path in paths(original):
        for other in (*SUSPICIOUS, *OTHER_TYPES):
            strictly_read(name, put(original, path, other), must_refuse=False)


@each_record
def test_what_json_cannot_carry_is_malformed(name: str) -> None:
    original = written(name)
    for path in paths(original):
        for other in (10**400, float("inf"), float("nan"), "\ud800"):
            strictly_read(name, put(original, path, other), must_refuse=True)


def written(name: str) -> Any:
    return RECORDS[name].write(RECORDS[name].example)


def found(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def put(value: Any, path: tuple[str | int, ...], other: object) -> Any:
    return changed(value, path, lambda inside, key: inside.__setitem__(key, other))


def strictly_read(name: str, value: Any, *, must_refuse: bool) -> None:
    """Read a value: it is refused as malformed and in no other way, or it is kept exactly."""
    kind = RECORDS[name]
    try:
        record = kind.read(value)
    except Malformed:
        return
    assert not must_refuse, value
    assert kind.write(record) == value


@each_record
def test_a_record_says_its_kind(name: str) -> None:
    original = written(name)
    if "kind" in original:
        for other in ("insyn/other/1", original["kind"].rpartition("/")[0] + "/9", original["kind"].upper()):
            strictly_read(name, {**original, "kind": other}, must_refuse=True)


def test_a_refusal_is_a_sentence_and_never_repeats_what_it_refused() -> None:
    original = written("warrant")
    for path in paths(original):
        with pytest.raises(Malformed, match=r"^[A-Z].*\.$") as refusal:
            RECORDS["warrant"].read(put(original, path, {"secret-of-somebody": 1}))
        assert "secret-of-somebody" not in str(refusal.value)


def test_the_boot_time_of_an_ask_is_a_number_of_seconds() -> None:
    assert LeaseAsk.from_json({"nonce": a_hash("nonce"), "asked_boot": 1000}).asked_boot == AT_NOON.boot


def test_the_papers_of_an_urgent_warrant_are_read_back() -> None:
    assert UnverifiedAuthorisation.from_json(decode(encode(URGENT.to_json()))) == URGENT
