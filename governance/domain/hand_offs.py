"""Hand-off: a confirmed lead goes to one named patrol, and comes back as what the patrol found (A9, A9b, B12).

Two reviewers make a lead. Only a patrol that verified the identity on the spot makes more of it, and it does so by a
record of its own. There is no state and no field for a coercive step: before identity is verified there is none.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from governance.domain.budget import Verdict
from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.identifiers import AccountId, AlertId, ObjectId, ReferenceId, SlotId, WarrantId
from governance.domain.legal_profile import LegalProfile
from governance.domain.review import Alert, AlertState, Barred


class HandOffState(StrEnum):
    """Where a hand-off stands."""

    SENT = "sent"
    OPENED = "opened"
    """The patrol was shown place, time and crop, once."""
    ACKNOWLEDGED = "acknowledged"
    CONCLUDED = "concluded"
    OVERDUE = "overdue"
    """No outcome came in time; it counts as unknown."""
    RECALLED = "recalled"


class Found(StrEnum):
    """What a patrol found (A9b)."""

    IDENTITY_RIGHT = "identity-right"
    IDENTITY_WRONG = "identity-wrong"
    NOT_STOPPED = "not-stopped"
    UNKNOWN = "unknown"


class VerifiedBy(StrEnum):
    """How an identity was verified on the spot: the corroboration that is no output of this system (A9)."""

    DOCUMENT = "document"
    """An identity document that was looked at."""
    REGISTER = "register"
    """What the person said, held against a register."""
    ACQUAINTANCE = "acquaintance"
    """Somebody present who knows the person."""


NEXT: Final[dict[HandOffState, frozenset[HandOffState]]] = {
    HandOffState.SENT: frozenset({HandOffState.OPENED, HandOffState.OVERDUE, HandOffState.RECALLED}),
    HandOffState.OPENED: frozenset({HandOffState.ACKNOWLEDGED, HandOffState.OVERDUE, HandOffState.RECALLED}),
    HandOffState.ACKNOWLEDGED: frozenset({HandOffState.CONCLUDED, HandOffState.OVERDUE, HandOffState.RECALLED}),
    HandOffState.CONCLUDED: frozenset(),
    HandOffState.OVERDUE: frozenset(),
    HandOffState.RECALLED: frozenset(),
}
LONGEST_NUMBER: Final = 60
"""So many characters has the register number of a report at most."""
LIVE: Final = frozenset(state for state, following in NEXT.items() if following)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """One lead on its way to one patrol. An alert is handed off once.

    `opened_index` is the entry of the log by which the crop was shown; there is one, and no second.
    """

    hand_off_id: str
    alert_id: AlertId
    warrant_id: WarrantId
    slot_id: SlotId
    reference_id: ReferenceId
    patrol: AccountId
    sent_by: AccountId
    state: HandOffState
    found: Found | None
    opened_index: int | None
    created_at: datetime
    due_at: datetime
    concluded_at: datetime | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Corroboration:
    """A patrol's own record that it verified an identity, and how. Without one no lead is called right (A9)."""

    hand_off_id: str
    recorded_by: AccountId
    verified_by: VerifiedBy
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A second person's word that an identity was right, from the police's own report (C5).

    `report` is a sealed object with that report's register number. Without one no alert is credited back.
    """

    hand_off_id: str
    confirmed_by: AccountId
    report: ObjectId
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """That somebody was stopped who was not the one, or may have been: `record` is the sealed minimal record (B12).

    `said` is *unknown* while the patrol, which was shown the crop, has not said what it did.
    """

    record: ObjectId
    alert_id: AlertId
    warrant_id: WarrantId
    said: Found
    created_at: datetime
    expires_at: datetime


def may_hand_off(
    alert: Alert,
    *,
    sender: AccountId,
    patrol: AccountId,
    reviewers: Collection[AccountId],
    barred: Barred,
    handed_off: bool,
    slot_suspended: bool,
    crop_there: bool,
) -> Decision:
    """A9b: decide whether this lead may go to this patrol.

    Two people made a lead of it, nobody has it yet, and who is sent to verify it is neither of them, nor anybody with a
    hand in the warrant.
    """
    own_hand = patrol in reviewers or patrol == sender or barred.bars(patrol)
    return refuse_where(
        "A9b",
        (alert.state is not AlertState.CONFIRMED_LEAD, "A9b", "Only what two people confirmed is handed off."),
        (
            alert.search_id is not None,
            "A12",
            "A recording says where somebody was, not where they are: no patrol is sent after it.",
        ),
        (handed_off, "A9b", "This lead was handed off; it goes to one patrol, once."),
        (slot_suspended, "A9b", "This person is not looked for any more; nothing is handed off."),
        (barred.bars(sender), "A15", "Whoever had a hand in the warrant does not hand off its leads."),
        (own_hand, "A9", "Whoever verifies on the spot is neither reviewer, sender nor anybody of the warrant."),
        (not crop_there, "C4", "The crop is erased; there is nothing left to hand off."),
    )


def may_open(hand_off: HandOff, *, patrol: AccountId, now: datetime) -> Decision:
    """A9b: decide whether the crop is shown now: to the named patrol, once, in time."""
    return refuse_where(
        "A9b",
        (hand_off.patrol != patrol, "A9b", "This hand-off is another patrol's."),
        (hand_off.state is HandOffState.RECALLED, "A8", "This hand-off was recalled; nothing of it is shown or used."),
        (
            hand_off.opened_index is not None or hand_off.state is not HandOffState.SENT,
            "A9b",
            "The crop was shown once; its key was good for one showing.",
        ),
        (now >= hand_off.due_at, "A9b", "The time for this hand-off is over."),
    )


def may_acknowledge(hand_off: HandOff, *, patrol: AccountId, now: datetime) -> Decision:
    """A9b: decide whether the named patrol may say that it takes this on."""
    return refuse_where(
        "A9b",
        (hand_off.patrol != patrol, "A9b", "This hand-off is another patrol's."),
        (hand_off.state is HandOffState.RECALLED, "A8", "This hand-off was recalled; nothing of it is shown or used."),
        (hand_off.state is not HandOffState.OPENED, "A9b", "Look at the hand-off before you acknowledge it, once."),
        (now >= hand_off.due_at, "A9b", "The time for this hand-off is over."),
    )


def may_conclude(
    hand_off: HandOff, *, patrol: AccountId, found: Found, verified_by: VerifiedBy | None, now: datetime
) -> Decision:
    """A9, A9b: decide whether an outcome is taken: from the named patrol, once, in time, *right* only verified."""
    return refuse_where(
        "A9b",
        (hand_off.patrol != patrol, "A9b", "This hand-off is another patrol's."),
        (hand_off.state is HandOffState.RECALLED, "A8", "This hand-off was recalled; nothing of it is shown or used."),
        (
            hand_off.state is not HandOffState.ACKNOWLEDGED,
            "A9b",
            "An outcome follows an acknowledgement, and is given once.",
        ),
        (now >= hand_off.due_at, "A9b", "The time for an outcome is over; it counts as unknown."),
        (
            found is Found.IDENTITY_RIGHT and verified_by is None,
            "A9",
            "Say how the identity was verified; an output of this system verifies nobody.",
        ),
        (
            found in {Found.NOT_STOPPED, Found.UNKNOWN} and verified_by is not None,
            "A9",
            "Where nobody was stopped, no identity was verified.",
        ),
    )


def may_tell_late(
    hand_off: HandOff, *, patrol: AccountId, found: Found, verified_by: VerifiedBy | None, kept: Intervention | None
) -> Decision:
    """B12: decide whether a patrol may say, after a recall or after its time, whether somebody was stopped.

    Else whoever keeps silent, or hears of a wrong intervention and ends the warrant, could keep it from being known.
    What is said late credits nothing and changes no outcome.
    """
    recalled = hand_off.state is HandOffState.RECALLED
    return refuse_where(
        "B12",
        (hand_off.patrol != patrol, "A9b", "This hand-off is another patrol's."),
        (hand_off.state not in {HandOffState.OVERDUE, HandOffState.RECALLED}, "A9b", "An outcome is given once."),
        (
            hand_off.opened_index is None,
            "A8" if recalled else "A9b",
            "This hand-off was recalled; nothing of it is shown or used."
            if recalled
            else "The time for an outcome is over; it counts as unknown.",
        ),
        (kept is None or kept.said is not Found.UNKNOWN, "A9b", "This was said already; an outcome is given once."),
        (
            recalled and found is Found.IDENTITY_RIGHT,
            "A8",
            "This hand-off was recalled; say only whether somebody else was stopped.",
        ),
        (found is Found.UNKNOWN, "B12", "It is unknown already; say whether somebody was stopped."),
        (
            found is Found.IDENTITY_RIGHT and verified_by is None,
            "A9",
            "Say how the identity was verified; an output of this system verifies nobody.",
        ),
        (
            found is Found.NOT_STOPPED and verified_by is not None,
            "A9",
            "Where nobody was stopped, no identity was verified.",
        ),
    )


def may_confirm(
    hand_off: HandOff, *, confirms: AccountId, reviewers: Collection[AccountId], register_number: str, confirmed: bool
) -> Decision:
    """C5: decide whether this person's word credits an alert back: somebody who had no part in it, from a paper.

    A patrol's word alone would credit what nobody can look up afterwards.
    """
    own_hand = confirms in reviewers or confirms in {hand_off.patrol, hand_off.sent_by}
    number = register_number.strip()
    return refuse_where(
        "C5",
        (hand_off.found is not Found.IDENTITY_RIGHT, "C5", "No patrol said that this identity was right."),
        (own_hand, "C5", "Whoever reviewed it, handed it off or verified it on the spot does not confirm it."),
        (
            not 1 <= len(number) <= LONGEST_NUMBER or not any(one.isdigit() for one in number),
            "C5",
            "Give the register number of the police's own report of what was found.",
        ),
        (confirmed, "C5", "This was confirmed already."),
    )


def may_recall(hand_off: HandOff) -> Decision:
    """A8: decide whether a hand-off can be recalled: while it is on its way."""
    if hand_off.state not in LIVE:
        return deny("A8", "This hand-off is over; there is nothing to recall.")
    return allow("A8")


def is_overdue(hand_off: HandOff, *, now: datetime) -> bool:
    """A9b: say whether the time for an outcome is over and none came."""
    return hand_off.state in LIVE and now >= hand_off.due_at


def verdict(hand_off: HandOff | None, alert: Alert, legal: LegalProfile, *, confirmed: bool, now: datetime) -> Verdict:
    """A9b, C5: return what an alert counts as: right by two people's words, the patrol's first, false by other ends.

    Between the two words it is charged and has no outcome.
    """
    if hand_off is not None and hand_off.state not in LIVE:
        if hand_off.found is not Found.IDENTITY_RIGHT:
            return Verdict.FALSE
        return Verdict.RIGHT if confirmed else Verdict.PENDING
    if alert.state is AlertState.DISMISSED:
        return Verdict.FALSE
    if hand_off is None and alert.concluded_at is not None and now >= alert.concluded_at + legal.hand_off_time:
        return Verdict.FALSE
    return Verdict.PENDING


def ends_the_search(found: Found) -> bool:
    """A9b: say whether this outcome takes the person off the list at once."""
    return found is Found.IDENTITY_RIGHT


def leaves_a_record(hand_off: HandOff) -> bool:
    """B12: say whether a sealed minimal record stays: somebody was stopped who was not the one, or nobody knows.

    Nobody knows where the crop was shown and no word came, in time or before a recall. Who was shown nothing stopped
    nobody because of it.
    """
    if hand_off.found is Found.IDENTITY_WRONG:
        return True
    silent = hand_off.state in {HandOffState.OVERDUE, HandOffState.RECALLED}
    return silent and hand_off.opened_index is not None


def erases_results(found: Found | None) -> bool:
    """B12: say whether pictures, report and answers go at once: after every end but *right*."""
    return found is not Found.IDENTITY_RIGHT
