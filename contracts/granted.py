"""What a lease, a search order and a volunteers' run are held to alike: the same records, one request, both clocks.

No signature is verified here and no authority is made: `contracts.authorisation`, `contracts.search_order` and
`contracts.volunteer_run` do that, each for its own kind alone. A check refuses or says nothing; `what` names in its
sentence what governance signed.
"""

# ruff: noqa: D102 -- the properties of the protocols are what the records call so

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Never, Protocol

from contracts.admission import Profile, ProfileAdmission, ProfileUse, admits
from contracts.camera import CameraRecord
from contracts.clock import CLOCK_TOLERANCE, Moment
from contracts.fields import Fields
from contracts.model_profile import ProfileClass
from contracts.pdf_act import PdfAct
from contracts.refusals import AuthorisationRefused, RefusalReason
from contracts.signature import Signed
from contracts.trust import TrustedKeys, TrustedRole
from contracts.vocabulary import CameraId, DeploymentId, SiteId, SourceKind
from contracts.warrant import Warrant


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseAsk:
    """The request that a lease or a search order answers: a fresh random nonce (64 hexadecimal digits), and when.

    Either ends 60 s of CLOCK_BOOTTIME after `asked_boot`, whatever the wall clock says.
    """

    nonce: str
    asked_boot: float

    def to_json(self) -> dict[str, object]:
        """Return the ask as a JSON object, for the edge workers of the same machine."""
        return {"asked_boot": self.asked_boot, "nonce": self.nonce}

    @classmethod
    def from_json(cls, value: object) -> "LeaseAsk":
        """Read an ask.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(value, "lease request")
        ask = cls(
            nonce=fields.sha256("nonce"),
            asked_boot=fields.number("asked_boot", minimum=0, maximum=1e12),
        )
        fields.end()
        return ask


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an authorisation authorises at one moment, and if not, why. It has no truth value: ask `.live`."""

    live: bool
    reason: RefusalReason | None = None

    def __bool__(self) -> Never:
        raise TypeError("a Standing has no truth value; ask .live")


class Answering(Protocol):
    """What governance signed in answer to one request, and how long it holds."""

    @property
    def nonce(self) -> str: ...
    @property
    def issued_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...


class Grant(Answering, Protocol):
    """What governance signed: a lease, or a search order."""

    @property
    def deployment_id(self) -> DeploymentId: ...
    @property
    def site_id(self) -> SiteId: ...
    @property
    def camera_id(self) -> CameraId: ...
    @property
    def warrant_sha256(self) -> str: ...
    @property
    def camera_sha256(self) -> str: ...
    @property
    def day_key_sha256(self) -> str: ...
    @property
    def issuers_sha256(self) -> str: ...
    @property
    def profile_sha256(self) -> str: ...
    @property
    def person_count(self) -> int: ...


class Answered(Protocol):
    """The signed records that came with it."""

    @property
    def warrant(self) -> Signed | PdfAct: ...
    @property
    def camera(self) -> Signed: ...
    @property
    def day_key(self) -> Signed: ...


class DayKeyOf(Protocol):
    """The day key, read."""

    @property
    def deployment_id(self) -> DeploymentId: ...
    @property
    def day(self) -> str: ...


class Timed(Protocol):
    """An authority that was verified, of one camera, with its ends on both clocks."""

    @property
    def begins_at(self) -> datetime: ...
    @property
    def camera(self) -> CameraRecord: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def ends_boot(self) -> float: ...
    @property
    def verified_at(self) -> Moment: ...


def standing_of(held: Timed, camera_id: CameraId, at: Moment) -> Standing:
    """Say whether an authority holds for this camera at this moment.

    It ends at the earlier of its two ends. A wall clock set back to before it was verified ends it too: time that runs
    backwards authorises nothing.
    """
    if camera_id != held.camera.camera_id:
        return Standing(live=False, reason=RefusalReason.OTHER_CAMERA)
    if at.boot >= held.ends_boot or at.now >= held.ends_at:
        return Standing(live=False, reason=RefusalReason.EXPIRED)
    if at.now < max(held.begins_at, held.verified_at.now - CLOCK_TOLERANCE):
        return Standing(live=False, reason=RefusalReason.NOT_YET_VALID)
    if at.boot < held.verified_at.boot:
        return Standing(live=False, reason=RefusalReason.CLOCK_JUMPED)
    return Standing(live=True)


def require_same_environment(
    trusted: TrustedKeys, warrant: Warrant, *, cameras: tuple[Signed, ...], day_key: Signed, grant: Signed
) -> ProfileClass:
    """Refuse a mixture of keys that are for DEMO, for trials and for real; return which they are for (P4)."""
    pinned = [
        *(trusted.find(TrustedRole.REGION, camera.key) for camera in cameras),
        trusted.find(TrustedRole.VIEWER, day_key.key),
        trusted.find(TrustedRole.GOVERNANCE, grant.key),
    ]
    uses = {key.use for key in pinned if key is not None}
    # Whoever issued is on a list that organisations signed: theirs are keys for one use too.
    uses |= set() if trusted.issuers_use is None else {trusted.issuers_use}
    demo = {use is not ProfileClass.OPERATIONAL for use in uses} | {warrant.demo}
    if len(uses) != 1 or len(demo) != 1:
        raise AuthorisationRefused(
            RefusalReason.DEMO_MIXED, "A DEMO key or warrant cannot be combined with one that is not DEMO."
        )
    return uses.pop()


def require_admitted(
    grant: Grant,
    trusted: TrustedKeys,
    profile: Profile,
    environment: ProfileClass,
    at: Moment,
    *,
    warrant: Warrant,
    camera: CameraRecord,
    beside: int = 0,
) -> ProfileAdmission | None:
    """P4, C13: the profile in use here is the granted one, and admitted for this very use; return what admits it.

    The admission lies beside the keys that are pinned here: nobody else's word for it is taken. `beside` is how many
    persons whoever passes this camera is compared with anyway, under other warrants.
    """
    if grant.profile_sha256 != profile.profile_sha256:
        raise AuthorisationRefused(
            RefusalReason.OTHER_RECORDS, "The warrant is for another model profile than the one in use here."
        )
    use = ProfileUse(
        environment=environment,
        persons=beside + grant.person_count,
        camera_classes=(camera.camera_class,),
        age_bands=[slot.age_band for slot in warrant.slots],
        camera_hours_a_day=camera.hours_a_day,
    )
    answer = admits(trusted.admission, profile, use, now=at.now)
    if not answer.admitted:
        raise AuthorisationRefused(RefusalReason.NOT_ADMITTED, answer.sentence)
    return None if profile.profile_class is ProfileClass.DEMO else trusted.admission


def require_same_issuers(grant: Grant, trusted: TrustedKeys, what: str) -> None:
    """P1: site and centre believe the same list of issuers, or nothing is lent or searched."""
    if trusted.issuers is None or grant.issuers_sha256 != trusted.issuers.sha256:
        raise AuthorisationRefused(
            RefusalReason.OTHER_ISSUERS, f"The {what} names another list of issuers than the one pinned here."
        )


def require_same_records(
    grant: Grant, answered: Answered, what: str, *, warrant: Warrant, camera: CameraRecord, day_key: DayKeyOf
) -> None:
    """P1: what governance signed binds the very records that came with it, and no more persons than the warrant has."""
    bound = (
        grant.warrant_sha256 == answered.warrant.sha256
        and grant.camera_sha256 == answered.camera.sha256
        and grant.day_key_sha256 == answered.day_key.sha256
        and grant.deployment_id == day_key.deployment_id
        and grant.camera_id == camera.camera_id
        and grant.site_id == camera.site_id
        and grant.profile_sha256 == warrant.profile_sha256
        and grant.person_count <= len(warrant.slots)
        and day_key.day == grant.issued_at.strftime("%Y-%m-%d")
    )
    if not bound:
        raise AuthorisationRefused(
            RefusalReason.OTHER_RECORDS, f"The {what} was issued for another warrant, camera, day or model profile."
        )


def require_this_request(grant: Answering, ask: LeaseAsk, at: Moment, limit: timedelta, what: str) -> None:
    """P1: it answers this request, made on this machine before now, and holds no longer than it may."""
    if grant.nonce != ask.nonce:
        raise AuthorisationRefused(
            RefusalReason.OTHER_REQUEST, f"The {what} answers another request; none can be used twice."
        )
    # It ends so long after the request on this clock: a request from the future would stretch it at will.
    asked_before = ask.asked_boot <= at.boot
    if not asked_before:
        raise AuthorisationRefused(
            RefusalReason.CLOCK_JUMPED,
            f"The {what} was asked for in the future, or before this machine was started anew.",
        )
    if grant.expires_at - grant.issued_at > limit:
        raise AuthorisationRefused(
            RefusalReason.LEASE_TOO_LONG, f"A {what} holds for at most {limit.total_seconds():.0f} seconds."
        )


def require_in_time(held: Timed, grant: Answering, at: Moment, what: str) -> None:
    """P1: it has begun, and authorises now."""
    if at.now < grant.issued_at - CLOCK_TOLERANCE:
        raise AuthorisationRefused(
            RefusalReason.NOT_YET_VALID, f"The {what} begins in the future; set this machine's clock."
        )
    standing = standing_of(held, held.camera.camera_id, at)
    if not standing.live:
        raise AuthorisationRefused(
            standing.reason or RefusalReason.EXPIRED, f"The warrant or the {what} is not in its time."
        )


def require_open_camera(camera: CameraRecord, *, local_only: bool) -> None:
    """B8: no camera where people are cared for is used live; what has no legal force opens local ones alone.

    The one exception is a trial on a site that the region declared closed (`contracts.volunteer_run`): nobody passes
    its cameras but who consented.
    """
    if camera.is_closed:
        raise AuthorisationRefused(
            RefusalReason.CAMERA_CLOSED,
            "A camera in a care area is never lent, one of a healthcare site by its own decision alone (law.md B8).",
        )
    local = camera.loopback_only or camera.source_kind in {
        SourceKind.FILE,
        SourceKind.FOLDER,
        SourceKind.DEVICE,
    }
    if local_only and not local:
        raise AuthorisationRefused(
            RefusalReason.CAMERA_CLOSED,
            "Keys without legal force, DEMO or for trials, open only local devices, files and loopback addresses; a "
            "trial opens other cameras for volunteers alone, where the region declared the site closed.",
        )
