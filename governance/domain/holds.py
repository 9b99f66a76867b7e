"""Legal holds: an object is kept beyond its end, by order of three people, for a reason and until a day (B15).

A hold lengthens no promise: the object's end stays what it was. It stops the destruction of one key, once, and ends by
itself. What was held once is not held again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from governance.domain.decisions import Decision, deny, refuse_where
from governance.domain.identifiers import AccountId, ObjectId
from governance.domain.legal_profile import LegalProfile
from governance.domain.organisations import Organisation

_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MOST_A_DAY: Final = 50
"""So many objects of one class and due day can be held: what is left around them must fit into one entry of the log."""


class HoldState(StrEnum):
    """Where a hold stands."""

    ASKED = "asked"
    IN_FORCE = "in-force"
    CLEARED = "cleared"


class Basis(StrEnum):
    """On which ground something is held: a closed list."""

    COMPLAINT = "complaint"
    COURT_ORDER = "court-order"
    DEFENCE = "defence"
    INSPECTION = "inspection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One object that is not to be destroyed. `reason` is a sealed object, `until_day` the last day (since 1970, UTC).

    `placed_at` is the entry of the log that sets it. `set_apart` says that all other keys of its day are gone.
    `erase_after` is the reason of an erasure that waits for its end.
    """

    object_id: ObjectId
    state: HoldState
    basis: Basis
    reason: ObjectId
    until_day: int
    asked_by: AccountId
    first_approver: AccountId | None
    second_approver: AccountId | None
    placed_at: int | None
    in_force_at: datetime | None
    set_apart: bool
    erase_after: str
    created_at: datetime
    expires_at: datetime

    @property
    def ends_at(self) -> datetime:
        """The instant from which it holds nothing any more."""
        return _EPOCH + (self.until_day + 1) * _DAY


def may_ask(
    *, object_ends_at: datetime, until_day: int, held_before: bool, of_same_day: int, legal: LegalProfile, now: datetime
) -> Decision:
    """B15: decide whether a hold can be asked for: before the due time, with an end, once."""
    too_long = deny("B15", f"A hold ends within {legal.longest_hold.days} days.")
    if until_day > (now + legal.longest_hold - _EPOCH).days:
        # Asked first: the calendar itself ends where somebody may ask for the year 9999.
        return too_long
    ends_at = _EPOCH + (until_day + 1) * _DAY
    return refuse_where(
        "B15",
        (now >= object_ends_at, "B15", "Its time is over; a hold is set before the due time only."),
        (ends_at <= object_ends_at, "B15", "This day lies before the object's own end; there is nothing to hold."),
        (ends_at > now + legal.longest_hold, "B15", too_long.reason),
        (held_before, "B15", "This was held before, or is asked for as long; nothing is held twice."),
        (of_same_day >= MOST_A_DAY, "B15", "Too many objects of this class and day are held already."),
    )


def may_approve(hold: Hold, *, approver: AccountId, object_ends_at: datetime, now: datetime) -> Decision:
    """B15: decide whether this person's word counts: two, different, neither of them who asked, before the due time."""
    return refuse_where(
        "B15",
        (hold.state is not HoldState.ASKED, "B15", "This hold waits for nobody's approval."),
        (approver == hold.asked_by, "B15", "Whoever asks for a hold does not approve it."),
        (approver == hold.first_approver, "B15", "You approved it already; a second person does."),
        (now >= object_ends_at, "B15", "Its time is over; a hold is set before the due time only."),
    )


def may_clear(hold: Hold, *, clears_from: Organisation, asked_from: Organisation | None) -> Decision:
    """B15: decide whether a hold can be ended before its day: nobody ends what the supervisory authority asked for.

    What an inspection or a complaint needs would else be gone by one word of those whom it is about.
    """
    supervisor = Organisation.SUPERVISORY_AUTHORITY
    return refuse_where(
        "B15",
        (hold.state is not HoldState.IN_FORCE, "B15", "This holds nothing."),
        (
            asked_from is supervisor and clears_from is not supervisor,
            "B15",
            "The supervisory authority asked for this hold; only it ends it before its day.",
        ),
    )


def is_held_before(hold: Hold | None, *, until_day: int) -> bool:
    """B15: say whether an object was held before. What was only asked for gives way to whoever asks for longer.

    Else one person could ask for a day, let nobody approve it, and so keep everybody from holding anything.
    """
    return hold is not None and (hold.state is not HoldState.ASKED or until_day <= hold.until_day)


def may_read_held(hold: Hold | None) -> Decision:
    """B15: decide whether an object past its end may be opened: only while it is held."""
    if hold is None or hold.state is not HoldState.IN_FORCE:
        return deny("B15", "Nothing past its end is opened unless it is held.")
    return refuse_where("B15")


def is_over(hold: Hold, *, now: datetime) -> bool:
    """B15: say whether a hold has come to its end."""
    return hold.state is HoldState.IN_FORCE and now >= hold.ends_at


def is_held(hold: Hold | None) -> bool:
    """Say whether something keeps an object from being erased."""
    return hold is not None and hold.state is HoldState.IN_FORCE
