"""The blue list: authority to look for consenting volunteers, on a closed site or inside a live warrant (C11, C16).

It is the one kind of authority beside a warrant's, and only `verify_volunteer_run` makes it. Its parts:

* the run, signed by the volunteers' trustee under a key of its own: governance cannot mint one;
* the consent of every volunteer that it names, signed by the trustee, each for this run;
* what it rests on: the region's declaration that the site is closed, or a live warrant that is lent here and now;
* the camera's record, signed by the region;
* the lease, signed by governance for `RUN_LEASE_LIMIT`: it says who still stands, and can only leave somebody out.

A candidate of such a run is no alert: nobody reviews it, it is charged to no budget, and no picture of it leaves.
"""

from collections.abc import Collection, Mapping
from dataclasses import InitVar, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Never, SupportsIndex, final

from contracts.admission import Profile, ProfileUse, admits
from contracts.authorisation import VerifiedAuthorisation
from contracts.camera import CameraRecord
from contracts.canonical import decode, encode
from contracts.clock import Moment
from contracts.errors import ContractError, Malformed
from contracts.fields import Fields, format_instant
from contracts.granted import (
    LeaseAsk,
    Standing,
    require_in_time,
    require_open_camera,
    require_this_request,
    standing_of,
)
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.model_profile import ProfileClass
from contracts.refusals import AuthorisationRefused, RefusalReason
from contracts.signature import Purpose, verified
from contracts.trust import TrustedKeys, TrustedRole
from contracts.vocabulary import CameraId, ReferenceId, SiteId, VolunteerId
from contracts.volunteers import ConsentWithdrawal, SiteClosure, VolunteerConsent, camera_id, require_each_once

RUN_LEASE_LIMIT: Final = timedelta(seconds=60)
"""No lease of a run is longer, on either clock (law.md P1)."""
RUN_LIMIT: Final = timedelta(days=7)
"""C11, design: a run is planned for a week at most."""
MOST_VOLUNTEERS: Final = 50
"""C11, design: a measurement needs some dozens; a longer list is something else."""


class RunMode(StrEnum):
    """What a run rests on (C16). There is no third: on an open site without a warrant nothing is compared."""

    CLOSED_SITE = "closed-site"
    INSIDE_WARRANT = "inside-warrant"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerRun:
    """One measurement: whose consents, where, when, with which profile. Signed by the volunteers' trustee.

    `rests_on_sha256` names the region's declaration, or the warrant, by the mode. `consents` are SHA-256 of records.
    """

    run_id: str
    site_id: SiteId
    mode: RunMode
    rests_on_sha256: str
    cameras: tuple[CameraId, ...]
    begins_at: datetime
    ends_at: datetime
    profile_sha256: str
    consents: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the trustee signs."""
        return encode(
            {
                "begins_at": format_instant(self.begins_at),
                "cameras": list(self.cameras),
                "consents": list(self.consents),
                "ends_at": format_instant(self.ends_at),
                "kind": "insyn/volunteer-run/1",
                "mode": self.mode.value,
                "profile_sha256": self.profile_sha256,
                "rests_on_sha256": self.rests_on_sha256,
                "run_id": self.run_id,
                "site_id": self.site_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "VolunteerRun":
        """Read a run. One without a volunteer, without a camera, or for longer than `RUN_LIMIT`, is none.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "volunteers' run")
        fields.kind("insyn/volunteer-run/1")
        run = cls(
            run_id=fields.identifier("run_id"),
            site_id=SiteId(fields.identifier("site_id")),
            mode=fields.choice("mode", RunMode),
            rests_on_sha256=fields.sha256("rests_on_sha256"),
            cameras=fields.items("cameras", camera_id),
            begins_at=fields.instant("begins_at"),
            ends_at=fields.instant("ends_at"),
            profile_sha256=fields.sha256("profile_sha256"),
            consents=fields.items("consents", _sha256),
        )
        fields.end()
        require_each_once(run.cameras, "cameras")
        require_each_once(run.consents, "consents")
        if len(run.consents) > MOST_VOLUNTEERS:
            raise Malformed("A volunteers' run names at most 50 volunteers.")
        if not timedelta(0) < run.ends_at - run.begins_at <= RUN_LIMIT:
            raise Malformed("A volunteers' run begins before it ends, and lasts for at most a week.")
        return run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLease:
    """Governance lends a run to one camera until `expires_at`, for who still stands, in answer to one request."""

    lease_id: str
    run_sha256: str
    site_id: SiteId
    camera_id: CameraId
    standing: tuple[VolunteerId, ...]
    gallery_sha256: str
    nonce: str
    issued_at: datetime
    expires_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that governance signs."""
        return encode(
            {
                "camera_id": self.camera_id,
                "expires_at": format_instant(self.expires_at),
                "gallery_sha256": self.gallery_sha256,
                "issued_at": format_instant(self.issued_at),
                "kind": "insyn/volunteer-lease/1",
                "lease_id": self.lease_id,
                "nonce": self.nonce,
                "run_sha256": self.run_sha256,
                "site_id": self.site_id,
                "standing": list(self.standing),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "RunLease":
        """Read a lease of a run. A lease for nobody is none.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "lease of a volunteers' run")
        fields.kind("insyn/volunteer-lease/1")
        lease = cls(
            lease_id=fields.identifier("lease_id"),
            run_sha256=fields.sha256("run_sha256"),
            site_id=SiteId(fields.identifier("site_id")),
            camera_id=CameraId(fields.identifier("camera_id")),
            standing=fields.items("standing", _volunteer_id),
            gallery_sha256=fields.sha256("gallery_sha256"),
            nonce=fields.sha256("nonce"),
            issued_at=fields.instant("issued_at"),
            expires_at=fields.instant("expires_at"),
        )
        fields.end()
        require_each_once(lease.standing, "volunteers")
        return lease


def _sha256(value: object) -> str:
    return Fields({"consent": value}, "list of consents").sha256("consent")


def _volunteer_id(value: object) -> VolunteerId:
    return VolunteerId(Fields({"volunteer": value}, "list of volunteers").identifier("volunteer"))


_ONLY_VERIFY_RUN: Final = object()


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class VerifiedVolunteerRun:
    """Authority to look for these volunteers at one camera until the lease ends. Only `verify_volunteer_run` makes one.

    It is no `VerifiedAuthorisation`, and whatever takes one of those takes no volunteers' run. It cannot be altered by
    `dataclasses.replace`, copied, pickled or subclassed.
    """

    # Written by hand, as for a VerifiedAuthorisation: `slots=True` would replace the `__setstate__` below.
    __slots__ = (
        "begins_at",
        "camera",
        "ends_at",
        "ends_boot",
        "environment",
        "lease",
        "local_only",
        "run",
        "verified_at",
        "volunteers",
    )

    run: VolunteerRun
    volunteers: tuple[VolunteerConsent, ...]
    camera: CameraRecord
    lease: RunLease
    environment: ProfileClass
    """What the keys that gave it are for (P4)."""
    local_only: bool
    """Whether it opens nothing but what is on this machine."""
    begins_at: datetime
    ends_at: datetime
    ends_boot: float
    verified_at: Moment
    _made_by: InitVar[object]

    def __post_init__(self, _made_by: object) -> None:
        if _made_by is not _ONLY_VERIFY_RUN:
            raise TypeError("only contracts.volunteer_run.verify_volunteer_run makes a VerifiedVolunteerRun")

    def __init_subclass__(cls) -> None:
        raise TypeError("a VerifiedVolunteerRun has no subclasses: one could answer `standing` as it likes")

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError("a VerifiedVolunteerRun is not copied or stored; verify the signed records again")

    def __setstate__(self, state: object) -> Never:
        raise TypeError("a VerifiedVolunteerRun is not copied or stored; verify the signed records again")

    def __repr__(self) -> str:
        return f"VerifiedVolunteerRun(run {self.run.run_id}, camera {self.camera.camera_id})"

    @property
    def demo(self) -> bool:
        """Whether nothing of it has legal force."""
        return self.environment is not ProfileClass.OPERATIONAL

    @property
    def references(self) -> Mapping[ReferenceId, VolunteerId]:
        """Whom may be looked for: the references of those who still consent."""
        return {one.reference_id: one.volunteer_id for one in self.volunteers}

    def standing(self, camera_id: CameraId, at: Moment) -> Standing:
        """Say whether this authorises comparison with the volunteers' list for this camera at this moment.

        It ends with the lease on either clock, with the run, and with what it rests on, whichever is first.
        """
        return standing_of(self, camera_id, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The records, each signed by whom it must be."""

    run: VolunteerRun
    consents: tuple[VolunteerConsent, ...]
    closure: SiteClosure | None
    camera: CameraRecord
    lease: RunLease
    withdrawals: tuple[ConsentWithdrawal, ...]


def verify_volunteer_run(
    unverified: UnverifiedVolunteerRun,
    *,
    lent: Collection[VerifiedAuthorisation],
    wanted: Collection[ReferenceId],
    trusted: TrustedKeys,
    site_id: SiteId,
    camera_id: CameraId,
    profile: Profile,
    ask: LeaseAsk,
    at: Moment,
    beside: int = 0,
) -> VerifiedVolunteerRun:
    """Verify all signatures and every binding between them; return the authority they give here and now.

    `lent` are the warrants that are lent to this camera now, and `wanted` the references of all lists that are leased
    at this site. `profile` is the model profile in use here, which must be admitted for as many persons as all lists of
    the camera hold together (P4), `beside` being the volunteers of other runs. Whoever
    withdrew, or is not named by the lease, is left out; with nobody left there is no authority. A site that takes a
    withdrawal verifies again, with it.

    Raises:
        AuthorisationRefused: anything is missing, wrong, for another camera, site or request, or out of its time.
    """
    read = _read(unverified, trusted)
    run, lease = read.run, read.lease
    environment = _same_environment(unverified, trusted)
    _require_bound(unverified, read)
    _require_this_place(read, site_id, camera_id)
    local_only = _is_local_only(environment, run)
    require_open_camera(read.camera, local_only=local_only)
    _require_consents(read, wanted)
    require_this_request(lease, ask, at, RUN_LEASE_LIMIT, "volunteers' lease")
    volunteers = _who_stands(read)
    persons = len(volunteers) + beside + sum(permit.lease.person_count for permit in lent)
    admitted_until = _require_admitted(read, trusted, profile, environment, at, persons=persons)
    begins_at, ends_at, ends_boot = _bounds(unverified, read, lent, at, environment)
    verified_run = VerifiedVolunteerRun(
        run=run,
        volunteers=volunteers,
        camera=read.camera,
        lease=lease,
        environment=environment,
        local_only=local_only,
        begins_at=begins_at,
        ends_at=min(ends_at, lease.expires_at, run.ends_at, admitted_until),
        ends_boot=min(ends_boot, ask.asked_boot + RUN_LEASE_LIMIT.total_seconds()),
        verified_at=at,
        _made_by=_ONLY_VERIFY_RUN,
    )
    require_in_time(verified_run, lease, at, "volunteers' lease")
    return verified_run


def _read(unverified: UnverifiedVolunteerRun, trusted: TrustedKeys) -> _Read:
    trustee = trusted.of(TrustedRole.VOLUNTEERS)
    region, governance = trusted.of(TrustedRole.REGION), trusted.of(TrustedRole.GOVERNANCE)
    closure = unverified.closure
    try:
        return _Read(
            run=VolunteerRun.from_bytes(verified(unverified.run, Purpose.VOLUNTEER_RUN, trustee)),
            consents=tuple(
                VolunteerConsent.from_bytes(verified(one, Purpose.VOLUNTEER_CONSENT, trustee))
                for one in unverified.consents
            ),
            closure=None
            if closure is None
            else SiteClosure.from_bytes(verified(closure, Purpose.SITE_CLOSURE, region)),
            camera=CameraRecord.from_bytes(verified(unverified.camera, Purpose.CAMERA, region)),
            lease=RunLease.from_bytes(verified(unverified.lease, Purpose.VOLUNTEER_LEASE, governance)),
            withdrawals=tuple(
                ConsentWithdrawal.from_bytes(verified(one, Purpose.CONSENT_WITHDRAWAL, {**trustee, **governance}))
                for one in unverified.withdrawals
            ),
        )
    except Malformed as error:
        raise AuthorisationRefused(RefusalReason.MALFORMED, str(error)) from error
    except ContractError as error:
        raise AuthorisationRefused(RefusalReason.SIGNATURE, str(error)) from error


def _same_environment(unverified: UnverifiedVolunteerRun, trusted: TrustedKeys) -> ProfileClass:
    """Refuse a mixture of keys that are for DEMO, for trials and for real; return which they are for (P4)."""
    closure = () if unverified.closure is None else (unverified.closure,)
    pinned = [
        *(trusted.find(TrustedRole.VOLUNTEERS, one.key) for one in (unverified.run, *unverified.consents)),
        *(trusted.find(TrustedRole.REGION, one.key) for one in (unverified.camera, *closure)),
        trusted.find(TrustedRole.GOVERNANCE, unverified.lease.key),
    ]
    uses = {key.use for key in pinned if key is not None}
    if len(uses) != 1:
        raise AuthorisationRefused(RefusalReason.DEMO_MIXED, "A DEMO key cannot be combined with one that is not DEMO.")
    return uses.pop()


def _is_local_only(environment: ProfileClass, run: VolunteerRun) -> bool:
    """P4, C16: a demonstration stays on its machine, and so does a trial but on a closed site (evaluation.md 5.1)."""
    closed_trial = environment is ProfileClass.TRIAL and run.mode is RunMode.CLOSED_SITE
    return environment is not ProfileClass.OPERATIONAL and not closed_trial


def _require_admitted(
    read: _Read, trusted: TrustedKeys, profile: Profile, environment: ProfileClass, at: Moment, *, persons: int
) -> datetime:
    """P4: the profile in use is the run's, and admitted for so many persons at this camera; return until when."""
    if read.run.profile_sha256 != profile.profile_sha256:
        raise AuthorisationRefused(
            RefusalReason.OTHER_RECORDS, "The run is for another model profile than the one in use here."
        )
    use = ProfileUse(
        environment=environment,
        persons=persons,
        camera_classes=(read.camera.camera_class,),
        age_bands=(),
        camera_hours_a_day=read.camera.hours_a_day,
    )
    answer = admits(trusted.admission, profile, use, now=at.now)
    if not answer.admitted:
        raise AuthorisationRefused(RefusalReason.NOT_ADMITTED, answer.sentence)
    if profile.profile_class is ProfileClass.DEMO or trusted.admission is None:
        return read.run.ends_at
    return trusted.admission.expires_at


def _require_bound(unverified: UnverifiedVolunteerRun, read: _Read) -> None:
    """P1: the records belong together, and all consents that the run names are there, no more and no fewer."""
    bound = (
        read.lease.run_sha256 == unverified.run.sha256
        and sorted(one.sha256 for one in unverified.consents) == sorted(read.run.consents)
        and {one.run_id for one in read.consents} | {one.run_id for one in read.withdrawals} == {read.run.run_id}
        and set(read.lease.standing) <= {one.volunteer_id for one in read.consents}
    )
    if not bound:
        raise AuthorisationRefused(
            RefusalReason.OTHER_RECORDS, "The records of this volunteers' run do not belong together."
        )


def _require_this_place(read: _Read, site_id: SiteId, camera_id: CameraId) -> None:
    if {read.run.site_id, read.lease.site_id, read.camera.site_id} != {site_id}:
        raise AuthorisationRefused(RefusalReason.OTHER_SITE, "The volunteers' run is for another site.")
    if {read.lease.camera_id, read.camera.camera_id} != {camera_id} or camera_id not in read.run.cameras:
        raise AuthorisationRefused(RefusalReason.OTHER_CAMERA, "The volunteers' run is for another camera.")


def _require_consents(read: _Read, wanted: Collection[ReferenceId]) -> None:
    """C11, C16: each volunteer consented to all of it, once, and nobody on it is looked for under a warrant."""
    run = read.run
    if any(one.given_at > run.begins_at or one.until < run.ends_at for one in read.consents):
        raise AuthorisationRefused(RefusalReason.CONSENT, "A volunteer's consent does not cover the time of the run.")
    references = {one.reference_id for one in read.consents}
    if len({one.volunteer_id for one in read.consents}) != len(read.consents) or len(references) != len(read.consents):
        raise AuthorisationRefused(RefusalReason.CONSENT, "Two consents of this run are of the same volunteer.")
    if references & set(wanted):
        raise AuthorisationRefused(
            RefusalReason.WANTED, "Somebody who is looked for under a warrant is on no list of volunteers (law.md C16)."
        )


def _who_stands(read: _Read) -> tuple[VolunteerConsent, ...]:
    withdrew = {one.volunteer_id for one in read.withdrawals}
    standing = set(read.lease.standing) - withdrew
    volunteers = tuple(one for one in read.consents if one.volunteer_id in standing)
    if not volunteers:
        raise AuthorisationRefused(RefusalReason.CONSENT, "No volunteer of this run consents any more.")
    return volunteers


def _bounds(
    unverified: UnverifiedVolunteerRun,
    read: _Read,
    lent: Collection[VerifiedAuthorisation],
    at: Moment,
    environment: ProfileClass,
) -> tuple[datetime, datetime, float]:
    """C16: return from when until when what the run rests on holds, and its end on the clock that nobody sets."""
    camera_id = read.camera.camera_id
    if read.run.mode is RunMode.CLOSED_SITE:
        closure = read.closure
        if closure is None or unverified.closure is None or unverified.closure.sha256 != read.run.rests_on_sha256:
            raise AuthorisationRefused(
                RefusalReason.OPEN_SITE, "The region did not declare this site closed for this run (law.md C16)."
            )
        if closure.site_id != read.run.site_id or camera_id not in closure.cameras:
            raise AuthorisationRefused(RefusalReason.OPEN_SITE, "This camera is not one of those declared closed.")
        if not closure.closed_from <= at.now < closure.closed_until:
            raise AuthorisationRefused(RefusalReason.OPEN_SITE, "The site is not closed to the public now.")
        return max(read.run.begins_at, closure.closed_from), closure.closed_until, float("inf")
    inside = next((one for one in lent if one.lease.warrant_sha256 == read.run.rests_on_sha256), None)
    if inside is None:
        raise AuthorisationRefused(
            RefusalReason.OPEN_SITE, "The warrant that this run rests on is not lent to this camera (law.md C16)."
        )
    same = inside.environment is environment and inside.warrant.profile_sha256 == read.run.profile_sha256
    if not same or not inside.standing(camera_id, at).live:
        raise AuthorisationRefused(
            RefusalReason.OPEN_SITE, "The warrant that this run rests on is not live here, or is of another profile."
        )
    return max(read.run.begins_at, inside.begins_at), inside.ends_at, inside.ends_boot
