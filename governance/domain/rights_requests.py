"""The rights desk: who asks for access, rectification or erasure, or complains, is answered within a time (B10, B13).

The times are the legal profile's, in calendar months of its zone. A request is extended once at most, with a reason and
before its time is over; it is closed once, with an answer, and never opened again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.identifiers import AccountId, ObjectId, RightsRequestId
from governance.domain.legal_profile import LegalProfile
from governance.domain.legal_time import after_months, legal_day

_DAY: Final = timedelta(days=1)


class RequestKind(StrEnum):
    """What somebody asks for."""

    ACCESS = "access"
    COMPLAINT = "complaint"
    ERASURE = "erasure"
    RECTIFICATION = "rectification"


class RightsOutcome(StrEnum):
    """How a request was answered."""

    GRANTED = "granted"
    NOTHING_FOUND = "nothing-found"
    """The system holds nothing that can be found without comparing a face, which it never does for this."""
    PARTLY = "partly-granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRequest:
    """One request. `words`, `extension` and `answer` are sealed objects: who asks, why it took longer, what was said.

    `due_at` is the instant at which its last day is over. `intervention` is the number of the sealed record of a wrong
    intervention (B12), where the request is about one.
    """

    request_id: RightsRequestId
    kind: RequestKind
    received_on: date
    words: ObjectId
    registered_by: AccountId
    due_at: datetime
    extension: ObjectId | None
    extended_by: AccountId | None
    extended_at: datetime | None
    answer: ObjectId | None
    outcome: RightsOutcome | None
    intervention: ObjectId | None
    closed_by: AccountId | None
    closed_at: datetime | None
    created_at: datetime
    expires_at: datetime


def has_times(legal: LegalProfile) -> Decision:
    """B13: nothing starts without the times in which complaints and requests are answered."""
    times = (legal.rights_answer_months, legal.rights_extension_months, legal.complaint_period // _DAY)
    if min(times) < 1:
        return deny("B13", "The legal profile names no time for requests and complaints of those concerned.")
    return allow("B13")


def request_due_at(received_on: date, legal: LegalProfile, *, extended: bool) -> datetime:
    """B13: return the instant at which a request's last day is over, counted from the day on which it was received."""
    months = legal.rights_answer_months + (legal.rights_extension_months if extended else 0)
    return after_months(received_on, months, legal)


def may_be_registered(words: str, received_on: date, legal: LegalProfile, *, now: datetime) -> Decision:
    """B13: a request is registered in words, and was received on a day that has come."""
    return refuse_where(
        "B13",
        (not words.strip(), "B13", "Say who asks and what for, and how the answer reaches them."),
        (received_on > legal_day(now, legal), "B13", "Nothing was received on a day to come; give the day it came."),
    )


def may_be_extended(request: RightsRequest, why: str, *, now: datetime) -> Decision:
    """B13: the time is extended once, with a reason, while it still runs."""
    return refuse_where(
        "B13",
        (request.closed_at is not None, "B13", "This request is closed; what was answered stands."),
        (request.extended_at is not None, "B13", "The time of this request was extended before; it is extended once."),
        (
            now >= request.due_at,
            "B13",
            "The time of this request is over; whoever is late answers, and extends nothing.",
        ),
        (not why.strip(), "B13", "Say why it takes longer: whoever asked is told."),
    )


def may_be_answered(request: RightsRequest, reason: str) -> Decision:
    """B13: a request is closed once, with a reason, however it is answered; also when it is late."""
    return refuse_where(
        "B13",
        (request.closed_at is not None, "B13", "This request is closed; what was answered stands."),
        (not reason.strip(), "B13", "Give the answer with its reason: whoever asked is told."),
    )


def may_be_written_to(request: RightsRequest) -> Decision:
    """B13: there is a letter once there is something to tell: the answer, or why it takes longer."""
    if request.closed_at is None and request.extended_at is None:
        return deny("B13", "There is nothing to tell yet: answer the request, or extend its time.")
    return allow("B13")


def is_answered_in_time(request: RightsRequest, *, now: datetime) -> Decision:
    """B13: whether a request was answered in time, or still can be. When its last day is over it is late."""
    late = (request.closed_at or now) - request.due_at
    if late < timedelta(0):
        return allow("B13")
    days = late // _DAY + 1
    if request.closed_at is not None:
        return deny("B13", f"It was answered late, on day {days} after its last day.")
    return deny("B13", f"The answer is overdue, day {days} after its last day: answer now.")


def in_order(requests: Iterable[RightsRequest], *, now: datetime) -> tuple[RightsRequest, ...]:
    """B10, B13: return requests as all at the desk see them: the overdue first, then the open, then the closed."""

    def place(one: RightsRequest) -> tuple[bool, bool, datetime]:
        return one.closed_at is not None, is_answered_in_time(one, now=now).allowed, one.due_at

    return tuple(sorted(requests, key=place))
