"""What one deployment came to, counted from the records that are kept of it (C7): pure, of values that others fetch."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from governance.domain.deployments import Deployment, IssuedLease
from governance.domain.hand_offs import Found
from governance.domain.identifiers import AlertId, CameraId, DeploymentId
from governance.domain.retention import RETENTION, DataClass
from governance.domain.review import Alert, AlertState, Outcome, Review, combine
from governance.domain.transitions import Transition
from governance.domain.warrants import WarrantState

_LAST_WORD: Final = timedelta(seconds=60)
"""A lease that began no later than this after a camera's last word is taken to stand behind it."""


class AlertEnd(StrEnum):
    """What became of a candidate that was taken in. Each has one end; `OPEN` waits for it."""

    CONFIRMED_LEAD = "confirmed-lead"
    DISMISSED_BY_REVIEWERS = "dismissed-by-reviewers"
    DISMISSED_BY_TIME = "dismissed-by-time"
    DISMISSED_WITH_THE_WARRANT = "dismissed-with-the-warrant"
    OPEN = "open"
    WITHHELD = "withheld"
    """The centre's own comparison did not reach the threshold: nobody was shown anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSession:
    """The faces that one camera's worker counted since it began; each is `probed` or under one reason, or followed.

    It began some time after `after`, when the session before it was last heard of, and was last heard of at `until`.
    """

    camera_id: CameraId
    after: datetime | None
    until: datetime
    tracks: int
    probed: int
    not_compared: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """The faces of a deployment: their sum, and where each went. `open` were followed still when last heard of."""

    tracks: int
    probed: int
    not_compared: Mapping[str, int]

    @property
    def open(self) -> int:
        """How many were neither compared nor given up."""
        return max(0, self.tracks - self.probed - sum(self.not_compared.values()))


def is_kept_whole(deployment: Deployment, *, now: datetime) -> bool:
    """C7, B1: say whether nothing that the record is counted from has reached its own end yet."""
    shortest = min(RETENTION[one].length for one in (DataClass.LEASE, DataClass.REVIEW))
    return now < deployment.created_at + shortest


def end_of(alert: Alert, given: Sequence[Review]) -> AlertEnd:
    """C7: say what became of an alert, from what is kept of it. A report that was never kept was never shown."""
    if alert.state is AlertState.CONFIRMED_LEAD:
        return AlertEnd.CONFIRMED_LEAD
    if alert.state is not AlertState.DISMISSED:
        return AlertEnd.OPEN
    if alert.report is None:
        return AlertEnd.WITHHELD
    if combine([one.support for one in sorted(given, key=lambda one: one.ordinal)]) is Outcome.DISMISSED:
        return AlertEnd.DISMISSED_BY_REVIEWERS
    if alert.concluded_at is not None and alert.concluded_at >= alert.due_at:
        return AlertEnd.DISMISSED_BY_TIME
    return AlertEnd.DISMISSED_WITH_THE_WARRANT


def ends_of(alerts: Iterable[Alert], reviews: Mapping[str, Sequence[Review]]) -> Mapping[AlertEnd, int]:
    """C7: count the ends of a deployment's alerts; each end there is has its number."""
    counted = Counter(end_of(alert, reviews.get(alert.alert_id, ())) for alert in alerts)
    return {end: counted[end] for end in AlertEnd}


def outcomes_of(leads: Iterable[AlertId], found: Mapping[AlertId, Found | None]) -> Mapping[Found | None, int]:
    """C7, A9b: count what came of a deployment's leads; under `None` those of which nobody has said anything yet."""
    counted = Counter(found.get(lead) for lead in leads)
    return {one: counted[one] for one in (*Found, None)}


def hours_of(steps: Sequence[Transition], *, now: datetime) -> tuple[tuple[datetime, datetime | None], ...]:
    """C7: return the times in which the warrant was in use, half-open; the last has no end while it is."""
    found: list[tuple[datetime, datetime | None]] = []
    begun: datetime | None = None
    for step in sorted(steps, key=lambda one: one.ordinal):
        if step.created_at > now:
            continue
        if begun is None and step.after is WarrantState.ACTIVE:
            begun = step.created_at
        elif begun is not None and step.after is not WarrantState.ACTIVE:
            found.append((begun, step.created_at))
            begun = None
    if begun is not None:
        found.append((begun, None))
    return tuple(found)


def ended_at(steps: Iterable[Transition]) -> datetime | None:
    """C15: return when a warrant, and with it its deployment, was over for good; nothing where it is not."""
    last = {WarrantState.REVOKED, WarrantState.EXPIRED, WarrantState.REJECTED}
    return max((step.created_at for step in steps if step.after in last), default=None)


def lent_time(leases: Iterable[IssuedLease], *, now: datetime) -> timedelta:
    """C7: return the camera time for which the warrant was lent; two cameras for a minute are two minutes."""
    spans: dict[CameraId, list[tuple[datetime, datetime]]] = {}
    for lease in leases:
        end = min(lease.ends_at, lease.ended_at or lease.ends_at, now)
        spans.setdefault(lease.camera_id, []).append((lease.created_at, end))
    return sum((_union(sorted(of)) for of in spans.values()), timedelta(0))


def _union(spans: Sequence[tuple[datetime, datetime]]) -> timedelta:
    """Return the time in at least one span: a lease is renewed before it ends."""
    total, reached = timedelta(0), None
    for begin, end in spans:
        start = begin if reached is None else max(begin, reached)
        if end > start:
            total += end - start
        reached = end if reached is None else max(reached, end)
    return total


def faces_of(
    deployment_id: DeploymentId, sessions: Iterable[CameraSession], leases: Iterable[IssuedLease]
) -> Faces | None:
    """C7: add up the faces of the sessions in which this deployment compared; nothing where they cannot be told apart.

    They are those up to each camera's last word, which may be one lease old. A session counts from its worker's start
    and knows of no deployment. So one in which another deployment had a lease of the same camera, and a lease of this
    one that no session covers, leave the whole sum unsaid: without them it would be a denominator that is wrong.
    """
    lent, own = list(leases), list[CameraSession]()
    for session in sessions:
        users = {one.deployment_id for one in lent if _was_lent_in(one, session)}
        if deployment_id not in users:
            continue
        if users != {deployment_id}:
            return None
        own.append(session)
    covered = all(
        any(_was_lent_in(one, session, later=_LAST_WORD) for session in own)
        for one in lent
        if one.deployment_id == deployment_id
    )
    if not own or not covered:
        return None
    reasons: Counter[str] = Counter()
    for session in own:
        reasons.update(session.not_compared)
    return Faces(
        tracks=sum(one.tracks for one in own), probed=sum(one.probed for one in own), not_compared=dict(reasons)
    )


def _was_lent_in(lease: IssuedLease, session: CameraSession, *, later: timedelta = timedelta(0)) -> bool:
    began = session.after is None or lease.ends_at > session.after
    return lease.camera_id == session.camera_id and began and lease.created_at <= session.until + later
