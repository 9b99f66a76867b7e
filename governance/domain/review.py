"""Review: two people, separately, on a graded scale; or it is not confirmed (invariant 7, E1, E2, E6)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import (
    AccountId,
    AlertId,
    CameraId,
    DeploymentId,
    LeaseId,
    ObjectId,
    ReferenceId,
    SearchId,
    SiteId,
    WarrantId,
)


class Support(IntEnum):
    """How strongly what is seen supports that both pictures show one person, or two. There is no yes and no no (E2)."""

    STRONG_SUPPORT_SAME = 3
    SUPPORT_SAME = 2
    LIMITED_SUPPORT_SAME = 1
    NO_SUPPORT_EITHER_WAY = 0
    LIMITED_SUPPORT_DIFFERENT = -1
    SUPPORT_DIFFERENT = -2
    STRONG_SUPPORT_DIFFERENT = -3


class Feature(StrEnum):
    """The components of a face that are each looked at before anything is concluded (E2, after FISWG's list)."""

    EARS = "ears"
    EYEBROWS = "eyebrows"
    EYES = "eyes"
    FACE_OUTLINE = "face-outline"
    FOREHEAD_AND_HAIRLINE = "forehead-and-hairline"
    MOUTH_AND_CHIN = "mouth-and-chin"
    NOSE_AND_CHEEKS = "nose-and-cheeks"
    SKIN_LINES_AND_MARKS = "skin-lines-and-marks"


class Observation(StrEnum):
    """What was observed of one component."""

    SIMILAR = "similar"
    DIFFERENT = "different"
    NOT_COMPARABLE = "not-comparable"


class AlertState(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    DISPUTED = "disputed"
    CONFIRMED_LEAD = "confirmed-lead"
    DISMISSED = "dismissed"


class Outcome(StrEnum):
    """What the answers so far come to."""

    PENDING = "pending"
    DISPUTED = "disputed"
    CONFIRMED_LEAD = "confirmed-lead"
    DISMISSED = "dismissed"


class Withheld(StrEnum):
    """What the server keeps from a reviewer until both have decided (E1)."""

    COLLEAGUES_ANSWER = "colleagues-answer"
    OFFENCE = "offence"
    PERSON = "person"
    SCORE = "score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One candidate that waits for, or has had, its reviewers. `alert_id` is the report's id.

    `due_at` is when it is dismissed if nobody concluded it; `expires_at` when this bare record goes. `report` is a
    sealed object with the site's signed report, `crops` one with the sealed crops; both are erased when the alert is
    dismissed, and by their own rule at the latest.
    """

    alert_id: AlertId
    warrant_id: WarrantId
    deployment_id: DeploymentId | None
    reference_id: ReferenceId
    site_id: SiteId
    camera_id: CameraId
    lease_id: LeaseId
    state: AlertState
    report: ObjectId | None
    crops: ObjectId | None
    crops_sha256: str
    joined: int
    captured_at: datetime
    stream_time: float
    """Seconds since the camera's stream, or the recording, began."""
    created_at: datetime
    due_at: datetime
    concluded_at: datetime | None
    expires_at: datetime
    search_id: SearchId | None = None
    """The search of a recording that it comes from (A12); a live one comes from a deployment instead."""
    escalated: int = 0
    """How far it was escalated (`governance.domain.escalation`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One reviewer's answer. It is given once and never changed. `answer` is a sealed object with what was observed."""

    alert_id: AlertId
    reviewer: AccountId
    ordinal: int
    support: Support
    answer: ObjectId
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """Who had a hand in the warrant and so may not review its candidates.

    `latecomers` are the accounts put in force after it was drafted: nobody makes reviewers for a case (B14).
    """

    applicant: AccountId
    legal_officer: AccountId | None
    enrollers: frozenset[AccountId]
    latecomers: frozenset[AccountId] = frozenset()
    searchers: frozenset[AccountId] = frozenset()
    """Who asked for or approved a search of a recording under the warrant (A12)."""

    def bars(self, reviewer: AccountId) -> bool:
        """Say whether this person is barred."""
        return reviewer in {self.applicant, self.legal_officer} | self.enrollers | self.latecomers | self.searchers


def is_undecided(alert: Alert) -> Decision:
    """Decide whether people may still answer about an alert, and further candidates join it (E6)."""
    if alert.state not in {AlertState.OPEN, AlertState.DISPUTED}:
        return deny("E6", "This alert is concluded.")
    return allow("E6")


def may_look(alert: Alert, reviewer: AccountId, barred: Barred, *, now: datetime) -> Decision:
    """Decide whether this reviewer may see this candidate."""
    if barred.bars(reviewer):
        return deny(
            "A15",
            "Whoever asked for, approved, enrolled or searched under a warrant, or came only after it, does not review "
            "its candidates.",
        )
    undecided = is_undecided(alert)
    if not undecided.allowed:
        return undecided
    if now >= alert.due_at:
        return deny("E6", "The time for this alert is over; it is dismissed.")
    return allow("A15")


def may_review(
    alert: Alert, reviewer: AccountId, given: Sequence[Review], barred: Barred, *, viewed: bool, now: datetime
) -> Decision:
    """Decide whether this reviewer may answer now: not barred, not twice, and only after seeing the pictures."""
    look = may_look(alert, reviewer, barred, now=now)
    if not look.allowed:
        return look
    if reviewer in {review.reviewer for review in given}:
        return deny("A15", "Nobody reviews a candidate twice: two different people, or it is not confirmed.")
    if len(given) >= reviewers_wanted(given):
        return deny("E6", "All answers to this alert have been given.")
    if not viewed:
        return deny("E2", "Look at the pictures before you answer.")
    return allow("A15")


def is_complete(observations: Mapping[Feature, Observation]) -> Decision:
    """E2: every component was looked at before anything is concluded."""
    if set(observations) != set(Feature):
        return deny("E2", "Say for every component what you observed; the decision stays locked until all are filled.")
    return allow("E2")


_ENOUGH: Final = Support.SUPPORT_SAME


def reviewers_wanted(given: Sequence[Review]) -> int:
    """Return how many answers an alert needs: two, and a third if those two differ."""
    return 3 if len(given) >= 2 and combine([review.support for review in given[:2]]) is Outcome.DISPUTED else 2


def combine(supports: Sequence[Support]) -> Outcome:
    """A9, A15, B3: combine the answers, in the order given. What comes of it is a lead, never a decision.

    Two at or above `SUPPORT_SAME` make a lead. Two below zero dismiss. Anything else is a dispute, for a third
    reviewer; disagreement is never overridden (E6): the third makes a lead of it only if then two people support it
    and nobody speaks against it.
    """
    match tuple(supports):
        case (first, second):
            return _of_two(first, second)
        case (first, second, third):
            if _of_two(first, second) is not Outcome.DISPUTED:
                return _of_two(first, second)
            return _of_three((first, second, third))
        case () | (_,):
            return Outcome.PENDING
        case _:
            return Outcome.DISMISSED


def _of_two(first: Support, second: Support) -> Outcome:
    if first >= _ENOUGH and second >= _ENOUGH:
        return Outcome.CONFIRMED_LEAD
    if first < 0 and second < 0:
        return Outcome.DISMISSED
    return Outcome.DISPUTED


def _of_three(supports: tuple[Support, Support, Support]) -> Outcome:
    for_it = sum(support >= _ENOUGH for support in supports)
    against = sum(support < 0 for support in supports)
    return Outcome.CONFIRMED_LEAD if for_it >= 2 and not against else Outcome.DISMISSED


def withheld(alert: Alert, given: Collection[Review], reader: AccountId) -> frozenset[Withheld]:
    """E1: return what this reader may not be told of this alert now.

    Everything, until all answers are in; and then only to somebody who gave one.
    """
    concluded = alert.state in {AlertState.CONFIRMED_LEAD, AlertState.DISMISSED}
    if concluded and reader in {review.reviewer for review in given}:
        return frozenset()
    return frozenset(Withheld)


def is_overdue(alert: Alert, *, now: datetime) -> bool:
    """E6: say whether the time to conclude this alert is over."""
    return alert.state in {AlertState.OPEN, AlertState.DISPUTED} and now >= alert.due_at
