"""Deployments and leases: a warrant in use, lent to one camera for at most a minute (invariant 2, A4, A16, E6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.identifiers import AccountId, CameraId, DeploymentId, LeaseId, SiteId, WarrantId
from governance.domain.legal_profile import LegalProfile
from governance.domain.warrants import Warrant, WarrantState, is_in_window

REQUEST_AGE_LIMIT: Final = timedelta(seconds=30)
"""A lease request older than this, or from further ahead, is not answered."""
LATE_REPORT: Final = timedelta(minutes=5)
"""A candidate captured within its lease may arrive this much later, no more."""


_RECEIPT_TOLERANCE: Final = timedelta(seconds=1)
"""A comparison that began in time may be counted this much later."""


class DeploymentState(StrEnum):
    """Where a deployment stands."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One warrant in use, from its start until it is ended: where (the act's cameras) and with which model profile.

    No camera means nowhere. When and under which conditions stands in the warrant.
    """

    deployment_id: DeploymentId
    warrant_id: WarrantId
    state: DeploymentState
    started_by: AccountId
    cameras: frozenset[CameraId]
    profile_sha256: str
    urgent: bool
    """Whether it started without the issuer (A7)."""
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedLease:
    """What is remembered of one lease, so that a candidate can be traced to it. `record` is the signed lease.

    What comes after is added once: that the site took it, that it was told to stop, and the site's receipt of the end.
    """

    lease_id: LeaseId
    deployment_id: DeploymentId
    warrant_id: WarrantId
    site_id: SiteId
    camera_id: CameraId
    day_key_sha256: str
    gallery_sha256: str
    record: bytes
    created_at: datetime
    ends_at: datetime
    expires_at: datetime
    acknowledged_at: datetime | None = None
    stopped_at: datetime | None = None
    stopped_by: str | None = None
    """The rule by which the site was told to stop before the lease's time."""
    ended_at: datetime | None = None
    last_compared_at: datetime | None = None
    comparisons: int | None = None
    end_receipt: bytes | None = None

    def is_running(self, now: datetime) -> bool:
        """Say whether the site may still compare under it: its time is not over, and it has not said that it ended."""
        return self.ended_at is None and now < self.ends_at

    def lacks_receipt(self, now: datetime) -> bool:
        """Say whether its time is over and the site has not said how it ended."""
        return self.ended_at is None and now >= self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLease:
    """The answer that a camera's last question for a lease of this deployment had, while it is a no."""

    deployment_id: DeploymentId
    camera_id: CameraId
    rule: str
    reason: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseAccount:
    """How a deployment's leases stand. Where none runs and none lacks its receipt, matching has stopped, by receipts.

    `without_receipt` are those whose time is over and of which the site has not said how they ended.
    """

    issued: int
    acknowledged: int
    running: int
    without_receipt: int
    comparisons: int
    last_compared_at: datetime | None


def may_start(warrant: Warrant, *, references: int, now: datetime) -> Decision:
    """Decide whether a warrant may go into use: issued, in its time, and with somebody on the list."""
    if warrant.state is not WarrantState.ISSUED:
        return deny("A6", "Only a warrant that its issuer signed can be put into use, once.")
    if now >= warrant.not_after:
        return deny("A4", "The warrant is over.")
    if references < 1:
        return deny("A3", "No person slot of this warrant is filled and live; an empty list looks for nobody.")
    return allow("A6")


def may_resume(deployment: Deployment, warrant: Warrant, *, now: datetime) -> Decision:
    """A16: a stopped deployment goes on only under a warrant that is live, checked anew."""
    if deployment.state is not DeploymentState.SUSPENDED or warrant.state is not WarrantState.SUSPENDED:
        return deny("A16", "Only a suspended deployment can be resumed.")
    if now >= warrant.not_after:
        return deny("A4", "The warrant is over.")
    return allow("A16")


def may_lease(
    *,
    deployment: Deployment,
    warrant: Warrant,
    camera_named: bool,
    care_area: bool,
    references: int,
    reviewers_on_shift: int,
    legal: LegalProfile,
    now: datetime,
) -> Decision:
    """Decide whether this deployment's warrant may be lent to this camera now.

    Everything must be live at once: warrant and deployment, window, camera, somebody on the list, and two reviewers who
    are barred from neither (E6).
    """
    running = deployment.state is DeploymentState.RUNNING and warrant.state is WarrantState.ACTIVE
    return refuse_where(
        "A6",
        (not running, "A6", "The deployment is not running."),
        (not is_in_window(warrant, now=now).allowed, "A4", "The warrant is not in its time."),
        (not camera_named, "A4", "The warrant does not name this camera."),
        (care_area, "B8", "A camera in a care area is never used."),
        (references < 1, "A3", "The list is empty."),
        (
            reviewers_on_shift < max(2, legal.reviewers_needed),
            "E6",
            "Fewer than two reviewers who may review this warrant are on shift.",
        ),
    )


def lease_end(warrant: Warrant, legal: LegalProfile, *, now: datetime) -> datetime:
    """Return when a lease issued now ends: after at most a minute, and never after the warrant."""
    return min(now + min(legal.lease, timedelta(seconds=60)), warrant.not_after)


def is_fresh(asked_at: datetime, *, now: datetime) -> Decision:
    """Decide whether a request is recent enough to be answered."""
    if abs(now - asked_at) > REQUEST_AGE_LIMIT:
        return deny("P1", "The request is too old or from the future; set the site's clock.")
    return allow("P1")


def ended_in_time(lease: IssuedLease, *, last_compared_at: datetime | None) -> Decision:
    """A6, A8: by the site's own receipt, nothing was compared after the lease's end."""
    if last_compared_at is not None and last_compared_at > lease.ends_at + _RECEIPT_TOLERANCE:
        return deny("A6", "The site compared after the end of its lease.")
    return allow("A6")


def covers(lease: IssuedLease, *, captured_at: datetime, received_at: datetime) -> Decision:
    """Decide whether a candidate was captured while the lease was live, and arrived soon enough after it."""
    if not lease.created_at - timedelta(seconds=5) <= captured_at < lease.ends_at:
        return deny("A6", "The candidate was not captured while its lease was live.")
    if lease.stopped_at is not None and captured_at >= lease.stopped_at:
        return deny("A8", "The candidate was captured after its lease was stopped.")
    if received_at > lease.ends_at + LATE_REPORT:
        return deny("A6", "The candidate report came too late after its lease.")
    return allow("A6")
