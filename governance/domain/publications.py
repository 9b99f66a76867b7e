"""What is published, and when: a deployment's record after its delay, the report of a year once it is settled (C7).

A publication is made once and does not change: two counts of one thing, made at different times, could tell together
what each of them withholds.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from governance.domain.decisions import Decision, deny
from governance.domain.deployments import Deployment, IssuedLease
from governance.domain.identifiers import CameraId, PublicationId
from governance.domain.legal_profile import LegalProfile
from governance.domain.legal_time import day_begins, legal_day
from governance.domain.public_answers import is_settled, may_answer_publicly

_DAY: Final = timedelta(days=1)
_TICK: Final = timedelta(milliseconds=1)

Span = tuple[CameraId, datetime, datetime]
"""A camera, and the time (half-open) in which it could compare."""


class PublicationKind(StrEnum):
    """What is published by itself."""

    ANNUAL = "annual"
    DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One published record, and what the public page needs of it.

    `about` is a deployment's id or a year; `report` is the record's JSON in its public version; `days` is the JSON of
    the days on which each camera could compare. `registration_number` and `assessment_sha256` are empty for a year.
    """

    publication_id: PublicationId
    kind: PublicationKind
    about: str
    report: bytes
    days: bytes
    registration_number: str
    assessment_sha256: str
    created_at: datetime
    expires_at: datetime

    @property
    def days_by_camera(self) -> Mapping[str, list[str]]:
        """The days on which each camera could compare, as ISO 8601 writes them, in order."""
        days: dict[str, list[str]] = json.loads(self.days)
        return days


def may_publish_deployment(
    ended_at: datetime | None, legal: LegalProfile, *, published: bool, now: datetime
) -> Decision:
    """C7, C15: the record of a deployment is published once, when the public may be told of it."""
    if published:
        return deny("C7", "This was published already; it does not change.")
    return may_answer_publicly(ended_at, legal, now=now)


def may_publish_year(
    year: int, legal: LegalProfile, *, published: bool, untold_since: date | None = None, now: datetime
) -> Decision:
    """A11, C15: a year is published once, when no deployment of its last day can still be withheld.

    Before that its counts would tell of what still runs: more leases than the published deployments account for. So it
    waits, too, for a deployment of that year whose end was entered late: `untold_since` is the first day of any that
    is not published yet.
    """
    if published:
        return deny("A11", "This was published already; it does not change.")
    if untold_since is not None and untold_since.year <= year:
        return deny("A11", "A deployment of this year was not published yet.")
    return is_settled(date(year, 12, 31), legal, now=now)


def may_tell_month(month: date, legal: LegalProfile, *, untold_since: date | None, now: datetime) -> Decision:
    """C7, C15: a month is told to the public with its year, once no deployment of that can still be withheld.

    Which months are withheld is chosen among all of a year, once: told one by one, an earlier one could not be taken
    back that a later one needs beside it. `month` is any day of it.
    """
    if untold_since is not None and untold_since.year <= month.year:
        return deny("C15", "A deployment of this year was not published yet.")
    return is_settled(date(month.year, 12, 31), legal, now=now)


def spans_of(
    deployment: Deployment,
    leases: Sequence[IssuedLease],
    hours: Sequence[tuple[datetime, datetime | None]],
    *,
    whole: bool,
    now: datetime,
) -> tuple[Span, ...]:
    """C15: return when each camera could compare: while it had a lease.

    Where leases are kept no longer, that is taken to be the whole time in which the warrant was in use.
    """
    if whole:
        return tuple((one.camera_id, one.created_at, min(one.ends_at, one.ended_at or one.ends_at)) for one in leases)
    return tuple((camera, begun, ended or now) for camera in sorted(deployment.cameras) for begun, ended in hours)


def days_of(spans: Iterable[Span], legal: LegalProfile) -> Mapping[CameraId, frozenset[date]]:
    """C15: return the legal days on which each camera could compare, if only for a moment."""
    found: dict[CameraId, set[date]] = {}
    for camera, begun, ended in spans:
        last = legal_day(max(begun, ended - _TICK), legal)
        day = legal_day(begun, legal)
        while day <= last:
            found.setdefault(camera, set()).add(day)
            day += _DAY
    return {camera: frozenset(days) for camera, days in found.items()}


def years_to_publish(first: datetime, legal: LegalProfile, *, now: datetime) -> tuple[int, ...]:
    """A11: return the legal years that are settled since an instant, the oldest first."""
    years = range(legal_day(first, legal).year, legal_day(now, legal).year)
    return tuple(year for year in years if may_publish_year(year, legal, published=False, now=now).allowed)


def kept_since(length: timedelta, legal: LegalProfile, *, now: datetime) -> date:
    """C15: return the first legal day of which publications of this length are still kept whole."""
    day = legal_day(now - length, legal)
    return day if day_begins(day, legal) >= now - length else day + _DAY
