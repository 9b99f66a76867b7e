"""The search order: one recording is searched once, for the one person of a post-remote warrant (law.md A12).

Whatever decodes such a recording or compares a face of it takes a `VerifiedSearchOrder`, and only `verify_order` makes
one. It is no lease and opens nothing live: a lease's verifier refuses its warrant, and this one refuses every other.
Its parts are those of a live authorisation, but that governance's own record binds a recording by its SHA-256:

* the warrant, signed by the issuer, of type post-remote, with what the issuer signed about it since;
* the record of the camera that recorded, signed by the region: its masks are painted here too;
* the day key, signed by the centre's viewer: candidates are sealed to it;
* the order, signed by governance: it binds them, the recording, the one reference and the query for `ORDER_LIMIT`.
"""

from dataclasses import InitVar, dataclass
from datetime import datetime, timedelta
from typing import Final, Never, SupportsIndex, final

from contracts.admission import Profile, ProfileAdmission
from contracts.authorisation import DayKey
from contracts.camera import CameraRecord
from contracts.canonical import decode, encode
from contracts.clock import Moment
from contracts.errors import ContractError, Malformed
from contracts.fields import Fields, format_instant
from contracts.granted import (
    LeaseAsk,
    Standing,
    require_admitted,
    require_in_time,
    require_same_environment,
    require_same_issuers,
    require_same_records,
    require_this_request,
    standing_of,
)
from contracts.issued_act import ActPapers, IssuedAct, believed_act
from contracts.model_profile import ProfileClass
from contracts.named_camera import require_as_named
from contracts.pdf_act import PdfAct, ReadsPdf, reads_no_pdf, signed_act
from contracts.refusals import AuthorisationRefused, RefusalReason
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedKeys, TrustedRole
from contracts.vocabulary import CameraId, DeploymentId, ReferenceId, SiteId, WarrantId, WarrantType
from contracts.warrant import Warrant

ORDER_LIMIT: Final = timedelta(seconds=60)
"""No order holds longer, on either clock. While the search stands it is renewed, as a lease is (law.md P1, A8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOrder:
    """Governance lets one recording be searched until `expires_at`, in answer to one request (`nonce`).

    The recording is named by the SHA-256 of its very bytes. `[recorded_from, recorded_until)` is when it was recorded.
    """

    search_id: str
    site_id: SiteId
    camera_id: CameraId
    reference_id: ReferenceId
    warrant_sha256: str
    camera_sha256: str
    day_key_sha256: str
    gallery_sha256: str
    issuers_sha256: str
    profile_sha256: str
    recording_sha256: str
    recorded_from: datetime
    recorded_until: datetime
    nonce: str
    issued_at: datetime
    expires_at: datetime

    @property
    def lease_id(self) -> str:
        """What a candidate report names where a live one names its lease: the search."""
        return self.search_id

    @property
    def deployment_id(self) -> DeploymentId:
        """What day key, gallery and sealed crops name where live ones name their deployment: the search."""
        return DeploymentId(self.search_id)

    @property
    def person_count(self) -> int:
        """One person, always (A12)."""
        return 1

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that governance signs."""
        return encode(
            {
                "camera_id": self.camera_id,
                "camera_sha256": self.camera_sha256,
                "day_key_sha256": self.day_key_sha256,
                "expires_at": format_instant(self.expires_at),
                "gallery_sha256": self.gallery_sha256,
                "issued_at": format_instant(self.issued_at),
                "issuers_sha256": self.issuers_sha256,
                "kind": "insyn/search-order/1",
                "nonce": self.nonce,
                "profile_sha256": self.profile_sha256,
                "recorded_from": format_instant(self.recorded_from),
                "recorded_until": format_instant(self.recorded_until),
                "recording_sha256": self.recording_sha256,
                "reference_id": self.reference_id,
                "search_id": self.search_id,
                "site_id": self.site_id,
                "warrant_sha256": self.warrant_sha256,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "SearchOrder":
        """Read an order. One for a recording that ends before it begins, or was not closed yet, is none.

        Raises:
            Malformed: it is not an order.
        """
        fields = Fields(decode(data), "search order")
        fields.kind("insyn/search-order/1")
        order = cls(
            search_id=fields.identifier("search_id"),
            site_id=SiteId(fields.identifier("site_id")),
            camera_id=CameraId(fields.identifier("camera_id")),
            reference_id=ReferenceId(fields.identifier("reference_id")),
            warrant_sha256=fields.sha256("warrant_sha256"),
            camera_sha256=fields.sha256("camera_sha256"),
            day_key_sha256=fields.sha256("day_key_sha256"),
            gallery_sha256=fields.sha256("gallery_sha256"),
            issuers_sha256=fields.sha256("issuers_sha256"),
            profile_sha256=fields.sha256("profile_sha256"),
            recording_sha256=fields.sha256("recording_sha256"),
            recorded_from=fields.instant("recorded_from"),
            recorded_until=fields.instant("recorded_until"),
            nonce=fields.sha256("nonce"),
            issued_at=fields.instant("issued_at"),
            expires_at=fields.instant("expires_at"),
        )
        fields.end()
        if not order.recorded_from < order.recorded_until <= order.issued_at:
            raise Malformed("A search order is for a recording that began, then ended, and only then was ordered.")
        return order


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedSearchOrder:
    """What governance answers: signed records, believed by nobody yet."""

    warrant: Signed | PdfAct
    camera: Signed
    day_key: Signed
    order: Signed
    amendments: tuple[Signed, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the envelopes as a JSON object."""
        return {
            "amendments": [amendment.to_json() for amendment in self.amendments],
            "camera": self.camera.to_json(),
            "day_key": self.day_key.to_json(),
            "order": self.order.to_json(),
            "warrant": self.warrant.to_json(),
        }

    @classmethod
    def from_json(cls, value: object) -> "UnverifiedSearchOrder":
        """Read the envelopes.

        Raises:
            Malformed: they are not all there.
        """
        fields = Fields(value, "search order")
        unverified = cls(
            warrant=fields.record("warrant", signed_act),
            camera=fields.record("camera", Signed.from_json),
            day_key=fields.record("day_key", Signed.from_json),
            order=fields.record("order", Signed.from_json),
            amendments=fields.items("amendments", Signed.from_json),
        )
        fields.end()
        return unverified


_ONLY_VERIFY_ORDER: Final = object()


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class VerifiedSearchOrder:
    """Authority to look for one person in one recording until the order ends. Only `verify_order` makes one.

    It cannot be altered by `dataclasses.replace`, copied, pickled or subclassed, as a `VerifiedAuthorisation` cannot.
    """

    # Written by hand, for the same reason as there: `slots=True` would replace the `__setstate__` below.
    __slots__ = ("act", "admission", "camera", "day_key", "ends_boot", "environment", "order", "verified_at")

    act: IssuedAct
    camera: CameraRecord
    day_key: DayKey
    order: SearchOrder
    environment: ProfileClass
    """What the keys that gave it are for (P4)."""
    admission: ProfileAdmission | None
    """What admits the model profile; None for a DEMO profile under DEMO keys."""
    ends_boot: float
    verified_at: Moment
    _made_by: InitVar[object]

    def __post_init__(self, _made_by: object) -> None:
        if _made_by is not _ONLY_VERIFY_ORDER:
            raise TypeError("only contracts.search_order.verify_order makes a VerifiedSearchOrder")

    def __init_subclass__(cls) -> None:
        raise TypeError("a VerifiedSearchOrder has no subclasses: one could answer `standing` as it likes")

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError("a VerifiedSearchOrder is not copied or stored; verify the signed records again")

    def __setstate__(self, state: object) -> Never:
        raise TypeError("a VerifiedSearchOrder is not copied or stored; verify the signed records again")

    def __repr__(self) -> str:
        return f"VerifiedSearchOrder(warrant {self.warrant_id}, camera {self.camera.camera_id})"

    @property
    def demo(self) -> bool:
        """Whether nothing of it has legal force."""
        return self.environment is not ProfileClass.OPERATIONAL

    @property
    def grant(self) -> SearchOrder:
        """What governance signed."""
        return self.order

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
        """The wall-clock end, exclusive: of the order, the warrant or the admission, whichever is earliest."""
        admitted = () if self.admission is None else (self.admission.expires_at,)
        return min(self.order.expires_at, self.act.ends_at, *admitted)

    def standing(self, camera_id: CameraId, at: Moment) -> Standing:
        """Say whether this authorises analysis and comparison of this camera's recording at this moment.

        The clocks are read as for a lease: it ends at the earlier of two ends, and time that runs backwards ends it.
        """
        return standing_of(self, camera_id, at)


def verify_order(
    unverified: UnverifiedSearchOrder,
    *,
    trusted: TrustedKeys,
    site_id: SiteId,
    recording_sha256: str,
    profile: Profile,
    ask: LeaseAsk,
    at: Moment,
    reads_pdf: ReadsPdf = reads_no_pdf,
) -> VerifiedSearchOrder:
    """Verify all signatures and every binding between them; return the authority over this very recording.

    `recording_sha256` is what the bytes at hand hash to, computed here and never taken from the answer.
    `profile` is the model profile in use here. `reads_pdf` reads warrants that courts sign as PDF; without it they are
    refused.

    Raises:
        AuthorisationRefused: anything is missing, wrong, for another recording, site, profile or request, out of its
            time, or outside what the profile is admitted for.
    """
    try:
        papers = ActPapers(warrant=unverified.warrant, amendments=unverified.amendments)
        act = believed_act(papers, trusted, at.now, reads_pdf)
        camera = CameraRecord.from_bytes(verified(unverified.camera, Purpose.CAMERA, trusted.of(TrustedRole.REGION)))
        day_key = DayKey.from_bytes(verified(unverified.day_key, Purpose.DAY_KEY, trusted.of(TrustedRole.VIEWER)))
        order = SearchOrder.from_bytes(
            verified(unverified.order, Purpose.SEARCH_ORDER, trusted.of(TrustedRole.GOVERNANCE))
        )
    except AuthorisationRefused:
        raise
    except Malformed as error:
        raise AuthorisationRefused(RefusalReason.MALFORMED, str(error)) from error
    except ContractError as error:
        raise AuthorisationRefused(RefusalReason.SIGNATURE, str(error)) from error
    environment = require_same_environment(
        trusted, act.warrant, cameras=(unverified.camera,), day_key=unverified.day_key, grant=unverified.order
    )
    _require_one_probe(act.warrant)
    require_same_issuers(order, trusted, "search order")
    require_same_records(order, unverified, "search order", warrant=act.warrant, camera=camera, day_key=day_key)
    _require_this_recording(order, site_id, recording_sha256, camera, act.warrant)
    require_as_named(act.warrant, unverified.camera, camera, camera)
    admission = require_admitted(order, trusted, profile, environment, at, warrant=act.warrant, camera=camera)
    require_this_request(order, ask, at, ORDER_LIMIT, "search order")
    verified_order = VerifiedSearchOrder(
        act=act,
        camera=camera,
        day_key=day_key,
        order=order,
        environment=environment,
        admission=admission,
        ends_boot=ask.asked_boot + ORDER_LIMIT.total_seconds(),
        verified_at=at,
        _made_by=_ONLY_VERIFY_ORDER,
    )
    require_in_time(verified_order, order, at, "search order")
    return verified_order


def _require_one_probe(warrant: Warrant) -> None:
    """A12: a warrant for searching afterwards, for one person. A live warrant searches no recording."""
    if warrant.type is not WarrantType.POST_REMOTE:
        raise AuthorisationRefused(
            RefusalReason.LIVE_WARRANT, "Only a post-remote warrant lets a recording be searched (law.md A12)."
        )
    if len(warrant.slots) != 1:
        raise AuthorisationRefused(RefusalReason.OTHER_RECORDS, "A search afterwards is for one person (law.md A12).")


def _require_this_recording(
    order: SearchOrder, site_id: SiteId, recording_sha256: str, camera: CameraRecord, warrant: Warrant
) -> None:
    if order.site_id != site_id:
        raise AuthorisationRefused(RefusalReason.OTHER_SITE, "The search order is for another site.")
    if order.recording_sha256 != recording_sha256:
        raise AuthorisationRefused(RefusalReason.OTHER_RECORDING, "The search order is for another recording.")
    if camera.camera_id not in {named.camera_id for named in warrant.cameras}:
        raise AuthorisationRefused(RefusalReason.OTHER_CAMERA, "The warrant does not name this recording's camera.")
    if camera.is_closed:
        raise AuthorisationRefused(
            RefusalReason.CAMERA_CLOSED,
            "What a camera in a care area recorded is never searched, of a healthcare site by its decision alone (B8).",
        )
