"""The authorisation: a warrant, lent to one camera for at most a minute, verified against the keys pinned here.

Whatever analyses a frame or compares a face takes a `VerifiedAuthorisation`, and only `verify` makes one
(architecture.md, invariants 1 and 2). Its parts:

* the warrant, signed by an issuer on the list pinned at the site, or for an urgent one by two officers, with what the
  issuer signed about it since (`contracts.issued_act`): governance cannot mint one;
* the camera's record, signed by the region that owns the camera;
* the day key, signed by the centre's viewer: candidates are sealed to it, so governance cannot read them;
* the lease, signed by governance: it binds them, the list of issuers and the gallery for at most `LEASE_LIMIT`.
"""

from dataclasses import InitVar, dataclass
from datetime import datetime, timedelta
from typing import Final, Never, SupportsIndex, final

from contracts.admission import Profile, ProfileAdmission
from contracts.camera import CameraRecord
from contracts.canonical import decode, encode
from contracts.clock import CLOCK_TOLERANCE, Moment
from contracts.errors import ContractError, Malformed
from contracts.fields import Fields, format_bytes, format_instant
from contracts.granted import (
    LeaseAsk,
    Standing,
    require_admitted,
    require_in_time,
    require_open_camera,
    require_same_environment,
    require_same_issuers,
    require_same_records,
    require_this_request,
    standing_of,
)
from contracts.issued_act import ActPapers, IssuedAct, believed_act
from contracts.model_profile import ProfileClass
from contracts.named_camera import named_record, require_as_named
from contracts.pdf_act import PdfAct, ReadsPdf, reads_no_pdf, signed_act
from contracts.refusals import AuthorisationRefused, RefusalReason
from contracts.signature import Purpose, Signed, signed_or_none, verified
from contracts.trust import TrustedKeys, TrustedRole
from contracts.vocabulary import CameraId, DeploymentId, SiteId, WarrantId, WarrantType
from contracts.warrant import Warrant

LEASE_LIMIT: Final = timedelta(seconds=60)
"""No lease is longer, on either clock (law.md P1)."""

__all__ = [
    "CLOCK_TOLERANCE",
    "LEASE_LIMIT",
    "AuthorisationRefused",
    "DayKey",
    "Lease",
    "LeaseAsk",
    "RefusalReason",
    "Standing",
    "UnverifiedAuthorisation",
    "VerifiedAuthorisation",
    "verify",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayKey:
    """The X25519 key to which a deployment's candidates of one UTC day are sealed. The viewer holds its other half."""

    deployment_id: DeploymentId
    day: str
    public: bytes

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the viewer signs."""
        return encode(
            {
                "day": self.day,
                "deployment_id": self.deployment_id,
                "kind": "insyn/day-key/1",
                "public": format_bytes(self.public),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "DayKey":
        """Read a day key.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "day key")
        fields.kind("insyn/day-key/1")
        key = cls(
            deployment_id=DeploymentId(fields.identifier("deployment_id")),
            day=fields.identifier("day"),
            public=fields.binary("public", length=32),
        )
        fields.end()
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Governance lends a warrant to one camera until `expires_at`, in answer to one request (`nonce`)."""

    lease_id: str
    deployment_id: DeploymentId
    site_id: SiteId
    camera_id: CameraId
    warrant_sha256: str
    camera_sha256: str
    day_key_sha256: str
    gallery_sha256: str
    issuers_sha256: str
    profile_sha256: str
    person_count: int
    nonce: str
    issued_at: datetime
    expires_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that governance signs."""
        return encode(
            {
                "camera_id": self.camera_id,
                "camera_sha256": self.camera_sha256,
                "day_key_sha256": self.day_key_sha256,
                "deployment_id": self.deployment_id,
                "expires_at": format_instant(self.expires_at),
                "gallery_sha256": self.gallery_sha256,
                "issued_at": format_instant(self.issued_at),
                "issuers_sha256": self.issuers_sha256,
                "kind": "insyn/lease/2",
                "lease_id": self.lease_id,
                "nonce": self.nonce,
                "person_count": self.person_count,
                "profile_sha256": self.profile_sha256,
                "site_id": self.site_id,
                "warrant_sha256": self.warrant_sha256,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Lease":
        """Read a lease. A lease for nobody is none.

        Raises:
            Malformed: it is not a lease.
        """
        fields = Fields(decode(data), "lease")
        fields.kind("insyn/lease/2")
        lease = cls(
            lease_id=fields.identifier("lease_id"),
            deployment_id=DeploymentId(fields.identifier("deployment_id")),
            site_id=SiteId(fields.identifier("site_id")),
            camera_id=CameraId(fields.identifier("camera_id")),
            warrant_sha256=fields.sha256("warrant_sha256"),
            camera_sha256=fields.sha256("camera_sha256"),
            day_key_sha256=fields.sha256("day_key_sha256"),
            gallery_sha256=fields.sha256("gallery_sha256"),
            issuers_sha256=fields.sha256("issuers_sha256"),
            profile_sha256=fields.sha256("profile_sha256"),
            person_count=fields.integer("person_count", minimum=1, maximum=100_000),
            nonce=fields.sha256("nonce"),
            issued_at=fields.instant("issued_at"),
            expires_at=fields.instant("expires_at"),
        )
        fields.end()
        return lease


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedAuthorisation:
    """What governance sends and the matcher hands on to the edge: signed records, believed by nobody yet.

    `countersignature` and `receipt` belong to an urgent warrant (A7); `amendments` are the issuer's (A3).
    `named_camera` is the record that the warrant names, where the camera's own is a newer one (A4).
    """

    warrant: Signed | PdfAct
    camera: Signed
    day_key: Signed
    lease: Signed
    countersignature: Signed | None = None
    receipt: Signed | None = None
    amendments: tuple[Signed, ...] = ()
    named_camera: Signed | None = None

    @property
    def papers(self) -> ActPapers:
        """The warrant, with all that was signed about it."""
        return ActPapers(
            warrant=self.warrant,
            countersignature=self.countersignature,
            receipt=self.receipt,
            amendments=self.amendments,
        )

    def to_json(self) -> dict[str, object]:
        """Return the envelopes as a JSON object."""
        return {
            "amendments": [amendment.to_json() for amendment in self.amendments],
            "camera": self.camera.to_json(),
            "countersignature": None if self.countersignature is None else self.countersignature.to_json(),
            "day_key": self.day_key.to_json(),
            "lease": self.lease.to_json(),
            "named_camera": None if self.named_camera is None else self.named_camera.to_json(),
            "receipt": None if self.receipt is None else self.receipt.to_json(),
            "warrant": self.warrant.to_json(),
        }

    @classmethod
    def from_json(cls, value: object) -> "UnverifiedAuthorisation":
        """Read the envelopes.

        Raises:
            Malformed: they are not all there.
        """
        fields = Fields(value, "authorisation")
        unverified = cls(
            warrant=fields.record("warrant", signed_act),
            camera=fields.record("camera", Signed.from_json),
            day_key=fields.record("day_key", Signed.from_json),
            lease=fields.record("lease", Signed.from_json),
            countersignature=fields.record("countersignature", signed_or_none),
            receipt=fields.record("receipt", signed_or_none),
            amendments=fields.items("amendments", Signed.from_json),
            named_camera=fields.record("named_camera", signed_or_none),
        )
        fields.end()
        return unverified


_ONLY_VERIFY: Final = object()


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class VerifiedAuthorisation:
    """Authority to look for the persons of one warrant at one camera until the lease ends. Only `verify` makes one.

    It cannot be altered by `dataclasses.replace`, copied, pickled or subclassed. Python cannot stop code that is out to
    forge one (`object.__new__`, the token below); our own lints find it in our tree (tests/architecture).
    """

    # Written by hand: in Python 3.11.2, which is Debian's, `slots=True` replaces the `__setstate__` below.
    __slots__ = ("act", "admission", "camera", "day_key", "ends_boot", "environment", "lease", "verified_at")

    act: IssuedAct
    camera: CameraRecord
    day_key: DayKey
    lease: Lease
    environment: ProfileClass
    """What the keys that gave it are for (P4)."""
    admission: ProfileAdmission | None
    """What admits the model profile; None for a DEMO profile under DEMO keys."""
    ends_boot: float
    verified_at: Moment
    # Not a field: an authorisation does not carry the token along, so `replace` cannot hand it on to an altered one.
    _made_by: InitVar[object]

    def __post_init__(self, _made_by: object) -> None:
        if _made_by is not _ONLY_VERIFY:
            raise TypeError("only contracts.authorisation.verify makes a VerifiedAuthorisation")

    def __init_subclass__(cls) -> None:
        raise TypeError("a VerifiedAuthorisation has no subclasses: one could answer `standing` as it likes")

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError("a VerifiedAuthorisation is not copied or stored; verify the signed records again")

    def __setstate__(self, state: object) -> Never:
        raise TypeError("a VerifiedAuthorisation is not copied or stored; verify the signed records again")

    def __repr__(self) -> str:
        return f"VerifiedAuthorisation(warrant {self.warrant_id}, camera {self.camera.camera_id})"

    @property
    def demo(self) -> bool:
        """Whether nothing of it has legal force."""
        return self.environment is not ProfileClass.OPERATIONAL

    @property
    def local_only(self) -> bool:
        """Whether it opens nothing but what is on this machine: whoever else passes a camera never consented."""
        return self.demo

    @property
    def grant(self) -> Lease:
        """What governance signed."""
        return self.lease

    @property
    def warrant(self) -> Warrant:
        """The warrant that all this rests on."""
        return self.act.warrant

    @property
    def warrant_id(self) -> WarrantId:
        """Its id."""
        return self.warrant.warrant_id

    @property
    def begins_at(self) -> datetime:
        """When the warrant's time begins."""
        return self.act.begins_at

    @property
    def ends_at(self) -> datetime:
        """The wall-clock end, exclusive: of the lease, the warrant or the admission, whichever is earliest."""
        admitted = () if self.admission is None else (self.admission.expires_at,)
        return min(self.lease.expires_at, self.act.ends_at, *admitted)

    def standing(self, camera_id: CameraId, at: Moment) -> Standing:
        """Say whether this authorises analysis and comparison for this camera at this moment.

        It ends at the earlier of its wall-clock end and 60 s of CLOCK_BOOTTIME after it was asked for. A wall clock set
        back to before the lease was verified ends it too: time that runs backwards authorises nothing.
        """
        return standing_of(self, camera_id, at)


def verify(
    unverified: UnverifiedAuthorisation,
    *,
    trusted: TrustedKeys,
    site_id: SiteId,
    camera_id: CameraId,
    profile: Profile,
    ask: LeaseAsk,
    at: Moment,
    beside: int = 0,
    reads_pdf: ReadsPdf = reads_no_pdf,
) -> VerifiedAuthorisation:
    """Verify all signatures and every binding between them; return the authority they give here and now.

    `profile` is the model profile in use here, `beside` how many persons are looked for at this camera under other
    warrants. `reads_pdf` reads warrants that courts sign as PDF; without it they are refused.

    Raises:
        AuthorisationRefused: anything is missing, wrong, for another camera, site, profile or request, out of its time,
            or outside what the profile is admitted for.
    """
    try:
        act = believed_act(unverified.papers, trusted, at.now, reads_pdf)
        camera = CameraRecord.from_bytes(verified(unverified.camera, Purpose.CAMERA, trusted.of(TrustedRole.REGION)))
        day_key = DayKey.from_bytes(verified(unverified.day_key, Purpose.DAY_KEY, trusted.of(TrustedRole.VIEWER)))
        lease = Lease.from_bytes(verified(unverified.lease, Purpose.LEASE, trusted.of(TrustedRole.GOVERNANCE)))
        named = named_record(unverified.named_camera, trusted) or camera
    except AuthorisationRefused:
        raise
    except Malformed as error:
        raise AuthorisationRefused(RefusalReason.MALFORMED, str(error)) from error
    except ContractError as error:
        raise AuthorisationRefused(RefusalReason.SIGNATURE, str(error)) from error
    warrant = act.warrant
    cameras = (unverified.camera,) if unverified.named_camera is None else (unverified.camera, unverified.named_camera)
    environment = require_same_environment(
        trusted, warrant, cameras=cameras, day_key=unverified.day_key, grant=unverified.lease
    )
    _require_live_type(warrant)
    require_same_issuers(lease, trusted, "lease")
    require_same_records(lease, unverified, "lease", warrant=warrant, camera=camera, day_key=day_key)
    _require_this_place(lease, site_id, camera_id, camera, warrant)
    require_as_named(warrant, unverified.named_camera or unverified.camera, named, camera)
    require_open_camera(camera, local_only=warrant.demo)
    admission = require_admitted(
        lease, trusted, profile, environment, at, warrant=warrant, camera=camera, beside=beside
    )
    require_this_request(lease, ask, at, LEASE_LIMIT, "lease")
    authorisation = VerifiedAuthorisation(
        act=act,
        camera=camera,
        day_key=day_key,
        lease=lease,
        environment=environment,
        admission=admission,
        ends_boot=ask.asked_boot + LEASE_LIMIT.total_seconds(),
        verified_at=at,
        _made_by=_ONLY_VERIFY,
    )
    require_in_time(authorisation, lease, at, "lease")
    return authorisation


def _require_live_type(warrant: Warrant) -> None:
    if warrant.type is WarrantType.POST_REMOTE:
        raise AuthorisationRefused(
            RefusalReason.POST_REMOTE, "A post-remote warrant never allows live matching (law.md A12)."
        )


def _require_this_place(
    lease: Lease, site_id: SiteId, camera_id: CameraId, camera: CameraRecord, warrant: Warrant
) -> None:
    if lease.site_id != site_id:
        raise AuthorisationRefused(RefusalReason.OTHER_SITE, "The lease is for another site.")
    named = {named.camera_id for named in warrant.cameras}
    if camera.camera_id != camera_id or camera_id not in named:
        raise AuthorisationRefused(RefusalReason.OTHER_CAMERA, "The warrant or the lease is for another camera.")
