"""Whom of a volunteers' run a camera is lent, when, and for how long (C11, C16).

A run is lent as a warrant is: for a minute, in answer to one request, while everything that it rests on holds. Who
withdrew is on no list from then on; nobody is on one whose photograph was not enrolled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.identifiers import CameraId, LeaseId, ObjectId, SiteId, VolunteerId
from governance.domain.volunteers import ClosedSite, RunMode, RunState, Volunteer, VolunteerRun

RUN_LEASE: Final = timedelta(seconds=60)
"""Invariant 2: no lease of a run is longer. The site refuses a longer one too (`contracts.volunteer_run`)."""
REMEMBERED: Final = timedelta(minutes=5)
"""A lease of a run is remembered so long after its end; its entries in the log stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerReference:
    """The sealed template of one volunteer of one run, made from the photograph that they consented to, and signed.

    It goes with its volunteer: at the withdrawal, or when the run is over. The photograph itself is kept nowhere.
    """

    volunteer_id: VolunteerId
    run_id: str
    photograph_sha256: str
    boxes: ObjectId
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRunLease:
    """What is remembered of one lease of a run, so that the site can be told to stop before its time."""

    lease_id: LeaseId
    run_id: str
    site_id: SiteId
    camera_id: CameraId
    created_at: datetime
    ends_at: datetime
    expires_at: datetime
    stopped_at: datetime | None = None
    stopped_by: str | None = None
    """The rule by which the site was told to stop before the lease's time."""
    ended_at: datetime | None = None
    """When it ended, as the site says."""

    def is_running(self, now: datetime) -> bool:
        """Say whether the site may still compare under it: its time is not over, and it has not said that it ended."""
        return self.ended_at is None and now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRunLease:
    """The answer that a camera's last question for a run under way had, while it is a no."""

    run_id: str
    camera_id: CameraId
    rule: str
    reason: str
    created_at: datetime
    expires_at: datetime


def may_enrol_volunteer(
    run: VolunteerRun,
    volunteer: Volunteer | None,
    *,
    photograph_sha256: str,
    enrolled: Iterable[VolunteerId],
    now: datetime,
) -> Decision:
    """C11: one template of each volunteer of an approved run, from the one photograph that they consented to."""
    if volunteer is None or volunteer.run_id != run.run_id:
        return deny("C11", "There is no such volunteer, or no consent any more.")
    return refuse_where(
        "C11",
        (run.state is not RunState.APPROVED, "C16", "Volunteers are enrolled for a run that was approved."),
        (now >= min(run.ends_at, volunteer.until), "C16", "The run's time is over."),
        (
            photograph_sha256 != volunteer.photograph_sha256,
            "C11",
            "This is not the photograph that the volunteer consented to.",
        ),
        (volunteer.volunteer_id in set(enrolled), "C11", "This volunteer is enrolled already."),
    )


def is_under_way(run: VolunteerRun, *, now: datetime) -> bool:
    """C16: say whether an approved run has begun and is not over."""
    return run.state is RunState.APPROVED and run.begins_at <= now < run.ends_at


def may_lend_run(run: VolunteerRun, *, site_id: SiteId, camera_id: CameraId, enrolled: int, now: datetime) -> Decision:
    """C11, C16: a run under way is lent at its own cameras, while somebody of it is enrolled and consents."""
    return refuse_where(
        "C16",
        (run.state is not RunState.APPROVED, "C16", "The run was not approved, or is over."),
        (not run.begins_at <= now < run.ends_at, "C16", "The run is not in its time."),
        (run.site_id != site_id, "C16", "This run is another site's."),
        (camera_id not in run.cameras, "C16", "The run does not name this camera."),
        (enrolled < 1, "C11", "Nobody of this run is enrolled and consents; an empty list looks for nobody."),
    )


def is_closed_now(run: VolunteerRun, closed: ClosedSite | None, *, camera_id: CameraId, now: datetime) -> Decision:
    """C16: the region declares the site closed at this camera at this moment."""
    if run.mode is not RunMode.CLOSED_SITE or closed is None or closed.site_id != run.site_id:
        return deny("C16", "The region did not declare this site closed for this run.")
    return refuse_where(
        "C16",
        (camera_id not in closed.cameras, "C16", "This camera is not one of those that the region declared closed."),
        (not closed.closed_from <= now < closed.closed_until, "C16", "The site is not closed to the public now."),
    )


def is_lent_beside(run: VolunteerRun, acts: Iterable[str]) -> Decision:
    """C16: inside a warrant, that very act is lent to the same camera by the same answer. `acts` are their SHA-256."""
    if run.mode is RunMode.INSIDE_WARRANT and run.rests_on_sha256 in set(acts):
        return allow("C16")
    return deny("C16", "The warrant that this run rests on is not lent to this camera now.")


def run_lease_end(run: VolunteerRun, *, rests_until: datetime, now: datetime) -> datetime:
    """Return when a lease issued now ends: after a minute at most, with the run, or with what it rests on."""
    return min(now + RUN_LEASE, run.ends_at, rests_until)
