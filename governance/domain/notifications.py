"""Telling the authorities of each use: how long they may leave it unacknowledged before nothing is lent (A10, A7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import DeploymentId
from governance.domain.legal_profile import LegalProfile

_CLOCKS_DIFFER: Final = timedelta(seconds=5)
_FIRST_PAUSE: Final = timedelta(seconds=5)
_LONGEST_PAUSE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptNotification:
    """One notification to one authority, until it is acknowledged and after. `record` is what governance signed."""

    notification_id: str
    deployment_id: DeploymentId
    authority: str
    record: bytes
    attempts: int
    next_attempt_at: datetime
    acknowledged_at: datetime | None
    acknowledgement: bytes | None
    created_at: datetime
    expires_at: datetime


def are_told(
    notifications: Iterable[KeptNotification],
    *,
    authorities: frozenset[str],
    urgent: bool,
    legal: LegalProfile,
    now: datetime,
) -> Decision:
    """A10, A7: both authorities were written to, and what is unacknowledged is not so for too long.

    An urgent use has a quarter of an hour, any other a day. A clock that was set back to before a notification was
    minted says nothing about its age, so nothing is lent then.
    """
    rule = "A7" if urgent else "A10"
    limit = legal.urgent_notification_time if urgent else legal.notification_time
    kept = tuple(notifications)
    if {one.authority for one in kept} != authorities:
        return deny(rule, "An authority that must be told of this use was not written to.")
    for one in kept:
        if one.acknowledged_at is not None:
            continue
        if now < one.created_at - _CLOCKS_DIFFER:
            return deny(rule, "The clock was set back to before the authorities were written to; set it right.")
        if now >= one.created_at + limit:
            return deny(rule, f"The {one.authority} authority has not acknowledged the notification in time.")
    return allow(rule)


def next_attempt(attempts: int, *, now: datetime) -> datetime:
    """Return when delivery is tried again: after five seconds, then twice as long each time, at most ten minutes."""
    pause: timedelta = min(_FIRST_PAUSE * int(2 ** min(attempts, 10)), _LONGEST_PAUSE)
    return now + pause
