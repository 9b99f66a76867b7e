"""Keys, records and signatures for tests: say what matters, the rest is filled in and fits together.

    site = a_trusted_site()
    gallery = a_gallery(site, [a_reference(site, template)])
    unverified, ask = an_authorisation(site, gallery=gallery)
    permit = a_permit(site, gallery=gallery)            # the same, verified

Keys are derived from their names, so that every run signs the same bytes. They guard nothing.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from contracts.admission import FILE_NAME as ADMISSION_FILE_NAME
from contracts.admission import ProfileAdmission
from contracts.authorisation import (
    DayKey,
    Lease,
    LeaseAsk,
    UnverifiedAuthorisation,
    VerifiedAuthorisation,
    verify,
)
from contracts.camera import CameraRecord
from contracts.candidate_report import CandidateReport
from contracts.canonical import sha256_hex
from contracts.clock import Moment
from contracts.enrolment import Enrolment, EnrolmentRequest, box_sha256, request_of, template_context
from contracts.gallery_bundle import GalleryBundle, SealedReference
from contracts.joint_signature import JointlySigned
from contracts.lease_request import LeaseAnswer
from contracts.probe import Probe, ProbeCrop
from contracts.sealing import OpeningKey, seal
from contracts.signature import Purpose, SigningKey
from contracts.site_report import CameraCounts
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from contracts.vocabulary import (
    CameraClass,
    CameraId,
    DeploymentId,
    IssuerType,
    Objective,
    ReferenceId,
    SiteId,
    SlotId,
    SourceKind,
    WarrantId,
    WarrantType,
)
from contracts.warrant import PersonSlot, Warrant, WarrantCamera
from tests.builders_admission import PROFILE, PROFILE_SHA256, AProfile, a_hash, an_admission
from tests.builders_admission import an_envelope as an_envelope  # noqa: PLC0414 (tests take it from here)
from tests.builders_issuers import ISSUER_NAME, a_listed_issuer, an_issuer_list

NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
AT_NOON: Final = Moment(now=NOON, boot=1000.0)
SITE: Final = SiteId("site-1")
CAMERA: Final = CameraId("camera-1")
DEPLOYMENT: Final = DeploymentId("deployment-1")
WARRANT: Final = WarrantId("warrant-1")
PHOTOGRAPH_SHA256: Final = hashlib.sha256(b"photograph").hexdigest()
LOG_ORIGIN: Final = "insyn.invalid/tests/2026"


def a_signing_key(name: str) -> SigningKey:
    """Return the signing key of this name, the same in every run."""
    return SigningKey.from_seed(hashlib.sha256(b"signing " + name.encode()).digest())


def an_opening_key(name: str) -> OpeningKey:
    """Return the opening key of this name, the same in every run."""
    return OpeningKey.from_bytes(hashlib.sha256(b"opening " + name.encode()).digest())


@dataclass(frozen=True, kw_only=True)
class TrustedSite:
    """All keys of a small world, private halves included, and the pinned public halves."""

    issuer: SigningKey
    region: SigningKey
    viewer: SigningKey
    governance: SigningKey
    enrolment: SigningKey
    evaluator: SigningKey
    model_officer: SigningKey
    log: SigningKey
    supervisor: SigningKey
    officers: tuple[SigningKey, SigningKey]
    organisations: tuple[SigningKey, SigningKey, SigningKey]
    data_protection: SigningKey
    market_surveillance: SigningKey
    site: SigningKey
    lawyer: SigningKey
    volunteers: SigningKey
    opening: OpeningKey
    viewer_opening: OpeningKey
    day_opening: OpeningKey
    demo: bool
    trusted: TrustedKeys
    demo_roles: frozenset[TrustedRole] = field(default_factory=frozenset)

    @property
    def issuer_list(self) -> JointlySigned:
        """The list of issuers that is believed here, signed by two of the three organisations."""
        assert self.trusted.issuers is not None
        payload = self.trusted.issuers.to_bytes()
        return JointlySigned.of(*(key.sign(self.trusted.issuers.purpose, payload) for key in self.organisations[:2]))

    def pin_in(self, folder: Path) -> None:
        """Write what people carry to a machine: the pinned keys, and the list of issuers beside them."""
        (folder / "trust.json").write_bytes(self.trusted.to_bytes())
        (folder / "issuers.json").write_bytes(self.issuer_list.to_bytes())
        if not self.demo:
            (folder / ADMISSION_FILE_NAME).write_bytes(self.signed_admission(an_admission()).to_bytes())

    def signed_admission(self, admission: ProfileAdmission) -> JointlySigned:
        """Return the admission with the signatures of the evaluator and the model officer that are pinned here."""
        payload = admission.to_bytes()
        return JointlySigned.of(
            self.evaluator.sign(Purpose.PROFILE_ADMISSION, payload),
            self.model_officer.sign(Purpose.PROFILE_ADMISSION, payload),
        )


OFFICERS: Final = ("officer-a", "officer-b")
ORGANISATIONS: Final = ("police-of-tests", "region-of-tests", "courts-of-tests")


def a_trusted_site(
    *, demo: bool = False, demo_roles: Sequence[TrustedRole] = (), demo_issuer: bool | None = None, **keys: SigningKey
) -> TrustedSite:
    """Return a world where every role has its key pinned. `demo_roles` marks single keys DEMO; `keys` replaces some."""
    singles = [role for role in TrustedRole if role not in {TrustedRole.OFFICER, TrustedRole.ORGANISATION}]
    names = [role.value for role in singles] + ["issuer"]
    signing = {name: keys.get(name, a_signing_key(name)) for name in names}
    officers, organisations = tuple(map(a_signing_key, OFFICERS)), tuple(map(a_signing_key, ORGANISATIONS))

    def pinned(role: TrustedRole, name: str, key: SigningKey) -> PinnedKey:
        return PinnedKey(role=role, name=name, public=key.public, demo=demo or role in demo_roles)

    trusted = TrustedKeys(
        (
            *(pinned(role, _pinned_name(role), signing[role.value]) for role in singles),
            *(pinned(TrustedRole.OFFICER, name, key) for name, key in zip(OFFICERS, officers, strict=True)),
            *(
                pinned(TrustedRole.ORGANISATION, name, key)
                for name, key in zip(ORGANISATIONS, organisations, strict=True)
            ),
        ),
        an_issuer_list(a_listed_issuer(signing["issuer"], demo=demo if demo_issuer is None else demo_issuer)),
        an_admission(),
    )
    site = TrustedSite(
        **{name.replace("-", "_"): key for name, key in signing.items()},
        officers=cast("tuple[SigningKey, SigningKey]", officers),
        organisations=cast("tuple[SigningKey, SigningKey, SigningKey]", organisations),
        opening=an_opening_key("site"),
        viewer_opening=an_opening_key("viewer"),
        day_opening=an_opening_key("day"),
        demo=demo,
        trusted=trusted,
        demo_roles=frozenset(demo_roles),
    )
    return replace(site, trusted=replace(trusted, admission_file=site.signed_admission(an_admission()).to_bytes()))


def _pinned_name(role: TrustedRole) -> str:
    return SITE if role is TrustedRole.SITE else role.value


def a_slot(slot_id: str = "slot-1", *photographs: str) -> PersonSlot:
    """Return a person slot; without photographs it names `PHOTOGRAPH_SHA256`."""
    return PersonSlot(
        slot_id=SlotId(slot_id),
        commitment=a_hash("person " + slot_id),
        photographs=photographs or (PHOTOGRAPH_SHA256,),
        necessity="Taken from home; last seen on the way to the station.",
        age_band="18-39",
    )


def a_warrant_camera(record: CameraRecord | None = None, **changes: Any) -> WarrantCamera:
    """Return a camera as a warrant names it: `CAMERA`, or the one of this record."""
    record = record or a_camera()
    named = WarrantCamera(
        camera_id=record.camera_id,
        reason="The person passes here every day.",
        record_sha256=sha256_hex(record.to_bytes()),
    )
    return replace(named, **changes)


def naming(warrant: Warrant, record: CameraRecord) -> Warrant:
    """Return the warrant as if this camera's record had been the one that its issuer knew."""
    sha256 = sha256_hex(record.to_bytes())
    cameras = (
        replace(one, record_sha256=sha256) if one.camera_id == record.camera_id else one for one in warrant.cameras
    )
    return replace(warrant, cameras=tuple(cameras))


def a_warrant(*, now: datetime = NOON, **changes: Any) -> Warrant:
    """Return a warrant in force at `now` for one person at `CAMERA`."""
    warrant = Warrant(
        warrant_id=WARRANT,
        type=WarrantType.PRIOR,
        objective=Objective.VICTIM_SEARCH,
        offence_code="kidnapping",
        statute="Brottsbalken 4:1",
        maximum_penalty_years=18,
        case_reference="CASE-1",
        case_leader="prosecutor-1",
        applicant="officer-1",
        legal_officer="officer-2",
        issuer=ISSUER_NAME,
        issuer_type=IssuerType.COURT,
        slots=(a_slot(),),
        cameras=(a_warrant_camera(),),
        not_before=_to_the_millisecond(now - timedelta(hours=1)),
        not_after=_to_the_millisecond(now + timedelta(hours=1)),
        impact_assessment_sha256=a_hash("assessment"),
        registration_number="EU-1",
        decision_sha256=a_hash("decision"),
        profile_sha256=PROFILE_SHA256,
        legal_profile=a_hash("legal profile"),
        demo=False,
    )
    return replace(warrant, **changes)


def _to_the_millisecond(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def a_camera(**changes: Any) -> CameraRecord:
    """Return an open camera of `SITE` that reads a file."""
    record = CameraRecord(
        camera_id=CAMERA,
        site_id=SITE,
        source_kind=SourceKind.FILE,
        view="The north entrance, from the left.",
        masks=(),
        loopback_only=True,
        care_area=False,
        serial=1,
        opens=0,
        closes=24 * 60,
        healthcare=False,
        opened_by_sha256=None,
        camera_class=CameraClass.ENTRANCE,
    )
    return replace(record, **changes)


def a_day_key(site: TrustedSite, *, now: datetime = NOON, **changes: Any) -> DayKey:
    """Return the day key of `DEPLOYMENT` for the day of `now`; `site.day_opening` is its other half."""
    key = DayKey(deployment_id=DEPLOYMENT, day=now.strftime("%Y-%m-%d"), public=site.day_opening.public)
    return replace(key, **changes)


def a_lease(**changes: Any) -> Lease:
    """Return a lease; `an_authorisation` fills in the hashes that bind it."""
    now = _to_the_millisecond(changes.pop("now", NOON))
    lease = Lease(
        lease_id="lease-1",
        deployment_id=DEPLOYMENT,
        site_id=SITE,
        camera_id=CAMERA,
        warrant_sha256=a_hash("warrant"),
        camera_sha256=a_hash("camera"),
        day_key_sha256=a_hash("day key"),
        gallery_sha256=a_hash("gallery"),
        issuers_sha256=a_hash("issuers"),
        profile_sha256=PROFILE_SHA256,
        person_count=1,
        nonce=a_hash("nonce"),
        issued_at=now,
        expires_at=now + timedelta(seconds=60),
    )
    return replace(lease, **changes)


def an_ask(*, at: Moment = AT_NOON, nonce: str | None = None) -> LeaseAsk:
    """Return the request that a lease of this moment answers."""
    return LeaseAsk(nonce=nonce or a_hash("nonce"), asked_boot=at.boot)


def an_authorisation(
    site: TrustedSite,
    *,
    at: Moment = AT_NOON,
    gallery: bytes = b"",
    warrant: Warrant | None = None,
    camera: CameraRecord | None = None,
    day_key: DayKey | None = None,
    ask: LeaseAsk | None = None,
    papers: Mapping[str, Any] | None = None,
    named: CameraRecord | None = None,
    **lease_changes: Any,
) -> tuple[UnverifiedAuthorisation, LeaseAsk]:
    """Return four records, signed and bound to one another, and the request that they answer.

    `named` is the record of the camera that the warrant names, where it is another one than the camera's own (A4).
    """
    ask = ask or an_ask(at=at)
    warrant = warrant or a_warrant(now=at.now, demo=site.demo)
    camera = camera or a_camera()
    warrant = naming(warrant, named or camera)
    day_key = day_key or a_day_key(site, now=at.now)
    bound: dict[str, Any] = {
        "now": at.now,
        "camera_id": camera.camera_id,
        "warrant_sha256": sha256_hex(warrant.to_bytes()),
        "camera_sha256": sha256_hex(camera.to_bytes()),
        "day_key_sha256": sha256_hex(day_key.to_bytes()),
        "gallery_sha256": sha256_hex(gallery),
        "issuers_sha256": a_hash("none") if site.trusted.issuers is None else site.trusted.issuers.sha256,
        "profile_sha256": warrant.profile_sha256,
        "person_count": len(warrant.slots),
        "nonce": ask.nonce,
    }
    lease = a_lease(**{**bound, **lease_changes})
    unverified = UnverifiedAuthorisation(
        warrant=site.issuer.sign(Purpose.WARRANT, warrant.to_bytes()),
        camera=site.region.sign(Purpose.CAMERA, camera.to_bytes()),
        day_key=site.viewer.sign(Purpose.DAY_KEY, day_key.to_bytes()),
        lease=site.governance.sign(Purpose.LEASE, lease.to_bytes()),
        named_camera=None if named is None else site.region.sign(Purpose.CAMERA, named.to_bytes()),
    )
    return replace(unverified, **(papers or {})), ask


def a_permit(site: TrustedSite, *, at: Moment = AT_NOON, **parts: Any) -> VerifiedAuthorisation:
    """Return a verified authorisation for `CAMERA`, made the only way there is: by verifying one.

    `profile` is the model profile in use, where it is another than `PROFILE`; it is admitted as that one is.
    """
    camera: CameraRecord | None = parts.get("camera")
    profile: AProfile = parts.pop("profile", PROFILE)
    trusted = replace(site.trusted, admission=an_admission(profile_sha256=profile.profile_sha256))
    unverified, ask = an_authorisation(site, at=at, **parts)
    return verify(
        unverified,
        trusted=trusted,
        profile=profile,
        site_id=SITE,
        camera_id=camera.camera_id if camera else CAMERA,
        ask=ask,
        at=at,
    )


def a_template(seed: int = 1, dimensions: int = 128) -> npt.NDArray[np.float32]:
    """Return a template of unit length that is as good as random, the same for the same seed."""
    vector = np.random.default_rng(seed).normal(size=dimensions)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def a_reference(  # the warrant's words, each of which some test gets wrong
    site: TrustedSite,
    template: npt.NDArray[np.float32] | None = None,
    *,
    reference_id: str = "reference-1",
    slot_id: str = "slot-1",
    enroller: SigningKey | None = None,
    **changes: Any,
) -> SealedReference:
    """Return one reference, sealed to the site and enrolled by `enroller` (default: the pinned enrolment key)."""
    template = a_template() if template is None else template
    enrolment = Enrolment(
        warrant_id=WARRANT,
        slot_id=SlotId(slot_id),
        photograph_sha256=PHOTOGRAPH_SHA256,
        profile_sha256=PROFILE_SHA256,
        template_sha256=(),
        crop_sha256=a_hash("crop"),
    )
    enrolment = replace(enrolment, **changes)
    box = seal(
        np.ascontiguousarray(template, "<f4").tobytes(), site.opening.public, template_context(request_of(enrolment))
    )
    if "template_sha256" not in changes:
        enrolment = replace(enrolment, template_sha256=((site.opening.id, box_sha256(box)),))
    signed = (enroller or site.enrolment).sign(Purpose.ENROLMENT, enrolment.to_bytes())
    return SealedReference(reference_id=ReferenceId(reference_id), enrolment=signed, sealed_template=box)


def a_gallery(references: Sequence[SealedReference], *, now: datetime = NOON, **changes: Any) -> bytes:
    """Return a gallery bundle's bytes, built ten minutes before `now`."""
    bundle = GalleryBundle(
        deployment_id=DEPLOYMENT,
        built_at=_to_the_millisecond(now - timedelta(minutes=10)),
        references=tuple(references),
    )
    return replace(bundle, **changes).to_bytes()


def a_lease_answer(*lent: tuple[UnverifiedAuthorisation, bytes]) -> bytes:
    """Return what governance answers; without arguments it authorises nothing."""
    return LeaseAnswer(authorisations=lent).to_bytes()


def an_enrolment_request(photograph: bytes, *recipients: bytes, **changes: Any) -> EnrolmentRequest:
    """Return a request to enrol this photograph for recipients given by their 32-byte public keys."""
    request = EnrolmentRequest(
        warrant_id=WARRANT,
        slot_id=SlotId("slot-1"),
        photograph_sha256=sha256_hex(photograph),
        profile_sha256=PROFILE_SHA256,
        recipients=tuple(public.hex() for public in recipients),
    )
    return replace(request, **changes)


def a_crop(**changes: Any) -> ProbeCrop:
    """Return a crop of plain grey, 64 pixels square, with five landmarks in plausible places."""
    width, height = changes.get("width", 64), changes.get("height", 64)
    crop = ProbeCrop(
        width=width,
        height=height,
        box_xyxy=(0.0, 0.0, float(width), float(height)),
        landmarks_xy=((20.0, 24.0), (44.0, 24.0), (32.0, 36.0), (24.0, 48.0), (40.0, 48.0)),
        quality=0.9,
        face_size_px=100.0,
        stream_time=10.0,
        pixels_bgr=b"\x80" * (width * height * 3),
    )
    return replace(crop, **changes)


def a_probe(*crops: ProbeCrop, **changes: Any) -> Probe:
    """Return a probe of `CAMERA`; without crops it carries one of plain grey."""
    probe = Probe(
        camera_id=CAMERA,
        session="session-1",
        track=1,
        captured_at=NOON,
        stream_time=10.0,
        crops=crops or (a_crop(),),
    )
    return replace(probe, **changes)


def a_report(**changes: Any) -> CandidateReport:
    """Return a candidate report with crops."""
    report = CandidateReport(
        report_id="report-1",
        site_id=SITE,
        camera_id=CAMERA,
        deployment_id=DEPLOYMENT,
        warrant_id=WARRANT,
        lease_id="lease-1",
        reference_id=ReferenceId("reference-1"),
        enrolment_sha256=a_hash("enrolment"),
        profile_sha256=PROFILE_SHA256,
        score=0.3,
        threshold=0.45,
        captured_at=NOON,
        stream_time=10.0,
        crops_sha256=a_hash("crops"),
        day_key_sha256=a_hash("day key"),
        joins=None,
    )
    return replace(report, **changes)


def some_counts(**changes: Any) -> CameraCounts:
    """Return the counts of an edge worker that has just begun."""
    counts = CameraCounts(
        camera_id=CAMERA,
        session="session-1",
        serial=1,
        frames_read=100,
        frames_analysed=50,
        frames_dropped=0,
        tracks=0,
        probed=0,
        compared=0,
        candidates=0,
        not_compared=(),
        seconds_without_authority=0.0,
        stream_state="running",
        measured_at=NOON,
    )
    return replace(counts, **changes)
