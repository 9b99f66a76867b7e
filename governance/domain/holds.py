"""Legal holds: an object is kept beyond its end, by order of three people, for a reason and until a day (B15).

One of the three watches over the police, and what can be held is a closed list: what a complaint, a court or a defence
needs to know of what was done, and nothing that a face could be compared with.

A hold lengthens no promise: the object's end stays what it was. It stops the destruction of one key, once, and ends by
itself. What was held once is not held again.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from governance.domain.accounts import Account
from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.identifiers import AccountId, ObjectId
from governance.domain.legal_profile import LegalProfile
from governance.domain.organisations import Organisation
from governance.domain.retention import DataClass
from governance.domain.roles import Role

_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MOST_A_DAY: Final = 50
"""So many objects of one class and due day can be held: what is left around them must fit into one entry of the log."""


HOLDABLE: Final = frozenset({DataClass.CANDIDATE, DataClass.INTERVENTION, DataClass.REVIEW, DataClass.WARRANT})
"""The classes that can be held: what was reported and answered, what was asked for and decided, what was done wrongly.

Never a reference: photograph and template go with their warrant (A8, C1). Nor the crop of an alert, whatever its class.
"""
WATCHERS: Final = frozenset({Role.AUDITOR, Role.DATA_PROTECTION_OFFICER})
"""Who watches over the police: from the supervisory authority, or from inside."""


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

    `placed_at` is the entry that sets it, in the log that goes on; where that log ended, nothing. `set_apart` says that
    all other keys of its day are gone. `erase_after` is the reason of an erasure that waits for its end.
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


def may_be_held(data_class: DataClass, *, crop: bool) -> Decision:
    """B15, A8, C4: decide whether an object of this class can be held at all. `crop` is an alert's picture."""
    if data_class not in HOLDABLE:
        return deny("B15", "Nothing of this kind is held: a photograph or a template goes with its warrant.")
    if crop:
        return deny("B15", "An alert's picture is not held; it goes within the day.")
    return allow("B15")


def may_be_set(*, approvers: Collection[Account], asked_by: Account, everybody: Iterable[Account]) -> Decision:
    """B15: decide whether these two approvals set a hold: one is of somebody who watches over the police.

    Of another organisation than whoever asked, where there is such a person in force: else the police would hold what
    is about the police alone.
    """
    watching = [one for one in everybody if _watches(one) and one.account_id != asked_by.account_id]
    elsewhere = [one for one in watching if one.organisation is not asked_by.organisation]
    wanted = {one.account_id for one in elsewhere or watching}
    if not wanted & {one.account_id for one in approvers}:
        return deny(
            "B15",
            "One of the two who approve is the supervisory authority's auditor or the data protection officer, of "
            "another organisation than whoever asked where there is one.",
        )
    return allow("B15")


def _watches(account: Account) -> bool:
    return account.is_in_force and bool(account.roles & WATCHERS)


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


def may_read_held(hold: Hold | None, *, reader: Account) -> Decision:
    """B15: decide whether an object past its end may be opened: while it is held, by the auditor or whoever asked."""
    if hold is None or hold.state is not HoldState.IN_FORCE:
        return deny("B15", "Nothing past its end is opened unless it is held.")
    if Role.AUDITOR not in reader.roles and reader.account_id != hold.asked_by:
        return deny("B15", "What is held is opened by the auditor, or by whoever asked for the hold.")
    return allow("B15")


def is_over(hold: Hold, *, now: datetime) -> bool:
    """B15: say whether a hold has come to its end."""
    return hold.state is HoldState.IN_FORCE and now >= hold.ends_at


def is_held(hold: Hold | None) -> bool:
    """Say whether something keeps an object from being erased."""
    return hold is not None and hold.state is HoldState.IN_FORCE
