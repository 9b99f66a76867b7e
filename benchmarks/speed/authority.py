"""The authority under which the benchmark looks at its own pictures: made here, marked DEMO, thrown away with the run.

There is no way to run the pipeline without one, and the benchmark asks for none: it signs a warrant with keys that
are pinned nowhere but in its own temporary folder. Under DEMO keys only files and loopback addresses are read. The
gallery's one reference is noise, nobody's; or, where accuracy is measured on film, people of a public set.
"""

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from contracts.authorisation import DayKey, Lease, LeaseAsk, UnverifiedAuthorisation
from contracts.camera import CameraRecord
from contracts.canonical import sha256_hex
from contracts.clock import Moment, read_clocks
from contracts.enrolment import Enrolment, EnrolmentRequest, box_sha256, template_context
from contracts.gallery_bundle import GalleryBundle, SealedReference
from contracts.issuer_list import IssuerList, ListedIssuer
from contracts.joint_signature import JointlySigned
from contracts.model_profile import ModelProfile
from contracts.sealing import OpeningKey, seal
from contracts.signature import Purpose, SigningKey
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from contracts.vocabulary import (
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
from contracts.warrant import NOBODY, PersonSlot, Warrant, WarrantCamera
from matcher.faces.face import FloatArray

SITE: Final = SiteId("benchmark-site")
CAMERA: Final = CameraId("benchmark-camera")
_DEPLOYMENT: Final = DeploymentId("benchmark")
_WARRANT: Final = WarrantId("benchmark")
_ISSUER: Final = "DEMO-benchmark"
_NOTHING: Final = sha256_hex(b"benchmark")
_LEASE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BenchmarkAuthority:
    """All keys of a world of one camera, for one model profile, in memory."""

    profile: ModelProfile
    day: datetime
    templates: Sequence[FloatArray] = field(default=(), repr=False)
    """Of the people on the list, one each, in the order of `slot_of`. None of them: one reference, of nobody."""
    opening: OpeningKey = field(default_factory=OpeningKey.generate, repr=False)
    _signing: Mapping[TrustedRole, SigningKey] = field(
        default_factory=lambda: {role: SigningKey.generate() for role in TrustedRole}, repr=False
    )
    _court: SigningKey = field(default_factory=SigningKey.generate, repr=False)
    _second_organisation: SigningKey = field(default_factory=SigningKey.generate, repr=False)
    _gallery: list[bytes] = field(default_factory=list, repr=False)

    @property
    def trusted(self) -> TrustedKeys:
        """The pinned public keys, every one marked DEMO, and the list of the one court."""
        second = replace(_pinned(TrustedRole.ORGANISATION, self._second_organisation), name="second-organisation")
        return TrustedKeys((*(_pinned(role, key) for role, key in self._signing.items()), second), self.issuers)

    @property
    def issuers(self) -> IssuerList:
        """The list of the one court that issues here, in its time around the benchmark's day."""
        begin, end = (_to_the_millisecond(self.day + timedelta(days=days)) for days in (-1, 2))
        court = ListedIssuer(
            name=_ISSUER,
            issuer_type=IssuerType.COURT,
            public=self._court.public,
            demo=True,
            valid_from=begin,
            valid_to=end,
        )
        return IssuerList(version=1, issued_at=begin, expires_at=end, issuers=(court,))

    @property
    def site_key(self) -> SigningKey:
        """The site's signing key."""
        return self._signing[TrustedRole.SITE]

    @property
    def gallery(self) -> bytes:
        """The gallery bundle, the same at every call."""
        if not self._gallery:
            self._gallery.append(self._bundle())
        return self._gallery[0]

    def lend(self, ask: LeaseAsk, at: Moment) -> UnverifiedAuthorisation:
        """Sign what authorises the camera for the next minute."""
        warrant, camera = self._warrant(), _camera()
        day_key = DayKey(deployment_id=_DEPLOYMENT, day=f"{at.now:%Y-%m-%d}", public=self.opening.public)
        now = _to_the_millisecond(at.now)
        lease = Lease(
            lease_id=secrets.token_hex(8),
            deployment_id=_DEPLOYMENT,
            site_id=SITE,
            camera_id=CAMERA,
            warrant_sha256=sha256_hex(warrant.to_bytes()),
            camera_sha256=sha256_hex(camera.to_bytes()),
            day_key_sha256=sha256_hex(day_key.to_bytes()),
            gallery_sha256=sha256_hex(self.gallery),
            issuers_sha256=self.issuers.sha256,
            profile_sha256=self.profile.profile_sha256,
            person_count=self._persons,
            nonce=ask.nonce,
            issued_at=now,
            expires_at=now + _LEASE,
        )
        return UnverifiedAuthorisation(
            warrant=self._court.sign(Purpose.WARRANT, warrant.to_bytes()),
            camera=self._signing[TrustedRole.REGION].sign(Purpose.CAMERA, camera.to_bytes()),
            day_key=self._signing[TrustedRole.VIEWER].sign(Purpose.DAY_KEY, day_key.to_bytes()),
            lease=self._signing[TrustedRole.GOVERNANCE].sign(Purpose.LEASE, lease.to_bytes()),
        )

    def put_site_keys(self, home: Path) -> None:
        """Write what the site's processes need into a home folder: pinned keys, and the site's own two."""
        folder = home / "site" / SITE
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / "trust.json").write_bytes(self.trusted.to_bytes())
        signers = (self._signing[TrustedRole.ORGANISATION], self._second_organisation)
        listed = self.issuers.to_bytes()
        signed = JointlySigned.of(*(key.sign(Purpose.ISSUER_LIST, listed) for key in signers))
        (home / "issuers.json").write_bytes(signed.to_bytes())
        _put_secret(folder / "site.key", self.site_key.seed)
        _put_secret(folder / "opening.key", self.opening.secret)

    @property
    def _persons(self) -> int:
        return max(1, len(self.templates))

    def _warrant(self) -> Warrant:
        return Warrant(
            warrant_id=_WARRANT,
            type=WarrantType.PRIOR,
            objective=Objective.VICTIM_SEARCH,
            offence_code="kidnapping",
            statute="none",
            maximum_penalty_years=10,
            case_reference="benchmark",
            case_leader=NOBODY,
            applicant="benchmark-1",
            legal_officer="benchmark-2",
            issuer=_ISSUER,
            issuer_type=IssuerType.COURT,
            slots=tuple(_slot(number) for number in range(self._persons)),
            cameras=(
                WarrantCamera(
                    camera_id=CAMERA,
                    reason="It is the benchmark's own file.",
                    record_sha256=sha256_hex(_camera().to_bytes()),
                ),
            ),
            not_before=_to_the_millisecond(self.day - timedelta(hours=1)),
            not_after=_to_the_millisecond(self.day + timedelta(hours=2)),
            impact_assessment_sha256=_NOTHING,
            registration_number="none",
            decision_sha256=_NOTHING,
            profile_sha256=self.profile.profile_sha256,
            legal_profile=_NOTHING,
            demo=True,
        )

    def _bundle(self) -> bytes:
        noise = np.random.default_rng().normal(size=self.profile.embedder.dimensions)
        templates = self.templates or (noise / np.linalg.norm(noise),)
        references = tuple(self._reference(number, template) for number, template in enumerate(templates))
        built_at = _to_the_millisecond(self.day - timedelta(minutes=1))
        return GalleryBundle(deployment_id=_DEPLOYMENT, built_at=built_at, references=references).to_bytes()

    def _reference(self, number: int, template: FloatArray) -> SealedReference:
        enrolment = EnrolmentRequest(
            warrant_id=_WARRANT,
            slot_id=slot_of(number),
            photograph_sha256=_photograph_of(number),
            profile_sha256=self.profile.profile_sha256,
            recipients=(self.opening.public.hex(),),
        )
        box = seal(template.astype("<f4").tobytes(), self.opening.public, template_context(enrolment))
        enrolled = Enrolment(
            warrant_id=_WARRANT,
            slot_id=slot_of(number),
            photograph_sha256=_photograph_of(number),
            profile_sha256=self.profile.profile_sha256,
            template_sha256=((self.opening.id, box_sha256(box)),),
            crop_sha256=_NOTHING,
        )
        signed = self._signing[TrustedRole.ENROLMENT].sign(Purpose.ENROLMENT, enrolled.to_bytes())
        return SealedReference(reference_id=ReferenceId(f"nobody-{number}"), enrolment=signed, sealed_template=box)


def authority_of_now(profile: ModelProfile, templates: Sequence[FloatArray] = ()) -> BenchmarkAuthority:
    """Return a new authority whose warrant is in force for the next two hours."""
    return BenchmarkAuthority(profile=profile, day=read_clocks().now, templates=templates)


def slot_of(number: int) -> SlotId:
    """Return the slot of the warrant that the person of this number fills."""
    return SlotId(f"slot-{number + 1}")


def _slot(number: int) -> PersonSlot:
    return PersonSlot(
        slot_id=slot_of(number),
        commitment=sha256_hex(f"benchmark person {number}".encode()),
        photographs=(_photograph_of(number),),
        necessity="Nobody is sought: this measures what the program does.",
        age_band="18-39",
    )


def _photograph_of(number: int) -> str:
    return sha256_hex(f"benchmark photograph {number}".encode())


def _camera() -> CameraRecord:
    return CameraRecord(
        camera_id=CAMERA,
        site_id=SITE,
        source_kind=SourceKind.FILE,
        view="A film of the benchmark.",
        # A mask that hides nothing of interest: painting is part of what is measured.
        masks=(((0.0, 0.0), (0.04, 0.0), (0.04, 0.04), (0.0, 0.04)),),
        loopback_only=True,
        care_area=False,
        serial=1,
        opens=0,
        closes=24 * 60,
        healthcare=False,
        opened_by_sha256=None,
    )


def _pinned(role: TrustedRole, key: SigningKey) -> PinnedKey:
    name = str(SITE) if role is TrustedRole.SITE else role.value
    return PinnedKey(role=role, name=name, public=key.public, demo=True)


def _put_secret(path: Path, secret: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)


def _to_the_millisecond(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
