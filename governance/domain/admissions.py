"""What admits a model profile here, and what suspends it: one word stops, two people of two organisations go on (P4).

Whether an evaluation admits a use is asked of the signed record itself (`contracts.admission`), here and at each site.
These rules are about what the authority did with it since: took it in, and suspended the profile in doubt.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import AccountId

_PASSED: Final = "PASS"
"""The only verdict that admits anything (`contracts.admission`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedAdmission:
    """An admission as it was taken in: the hash of the signed record, what it admits, and until when.

    `record` is the file as people carried it, with both signatures; `None` where it was taken in before that was kept.
    """

    document: str
    admission_id: str
    profile_sha256: str
    profile_class: str
    verdict: str
    tested_list: int
    threshold: float
    measured_on: str
    ends_at: datetime
    record: str | None
    created_at: datetime
    expires_at: datetime


def that_admitted(
    taken_in: Iterable[AcceptedAdmission], profile_sha256: str, *, begins: datetime, ends: datetime
) -> tuple[AcceptedAdmission, ...]:
    """P4: return what can have admitted a profile at some time in `[begins, ends]`, the newest first.

    Where one followed another in that time there are two; what was taken in later admitted nothing then.
    """
    found = (
        one
        for one in taken_in
        if one.profile_sha256 == profile_sha256
        and one.verdict == _PASSED
        and one.created_at <= ends
        and begins < one.ends_at
    )
    return tuple(sorted(found, key=lambda one: (one.created_at, one.document), reverse=True))


class SuspensionGround(StrEnum):
    """Why a profile was suspended."""

    DOUBT = "doubt"
    """Somebody doubts the evidence, or that it still holds."""
    DRIFT = "drift"
    """By rule: two months in a row differ from the evaluation, and nobody has explained it."""
    FALSE_ALERTS = "false-alerts"
    """By rule: there are more false alerts among the faces than were admitted, by the lower limit."""
    INCIDENT = "incident"


BY_RULE = frozenset({SuspensionGround.DRIFT, SuspensionGround.FALSE_ALERTS})
"""What stops by itself (evaluation.md 5.1, item 15). Everything else is somebody's word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSuspension:
    """One suspension of one profile, whatever admits it; `suspended_by` is nobody where a rule did it.

    `lift_report_sha256` is the evaluation's report that admitted the profile when it was asked to let it go on.
    """

    suspension_id: str
    profile_sha256: str
    ground: SuspensionGround
    suspended_by: AccountId | None
    lift_asked_by: AccountId | None
    lift_report_sha256: str | None
    lifted_by: AccountId | None
    lifted_at: datetime | None
    created_at: datetime
    expires_at: datetime


def is_not_suspended(suspensions: Iterable[ProfileSuspension]) -> Decision:
    """P4: say whether a profile with these suspensions may be used."""
    if any(one.lifted_at is None for one in suspensions):
        return deny("P4", "This model profile is suspended, until two people of two organisations let it go on.")
    return allow("P4")


def may_suspend(suspensions: Iterable[ProfileSuspension], ground: SuspensionGround) -> Decision:
    """P4: decide whether somebody's word suspends a profile. What stops by itself is told by the log alone."""
    if ground in BY_RULE:
        return deny("P4", "This ground is a rule's own; say that you doubt the evidence, or name an incident.")
    if not is_not_suspended(suspensions).allowed:
        return deny("P4", "This model profile is suspended already.")
    return allow("P4")


def may_ask_to_lift(suspension: ProfileSuspension) -> Decision:
    """P4: decide whether a legal officer may ask to let a suspended profile go on."""
    if suspension.lift_asked_by is not None:
        return deny("P4", "It was asked for already; a person of a second organisation decides.")
    return allow("P4")


def has_its_report(standing: str | None, *, demo: bool, named: str | None = None) -> Decision:
    """A18, P4: decide whether what was suspended goes on: on a report, the same for both who say so.

    `standing` is the report of the admission that admits the profile now, a new one or the one of before, which they
    thereby confirm; `named` is the one with which it was asked for. A demonstration has none, and is without legal
    force; a trial is none.
    """
    if demo:
        return allow("A18")
    if standing is None:
        return deny("A18", "No evaluation's report admits this model profile now; without one it does not go on.")
    if named is not None and named != standing:
        return deny("A18", "Another report admits the profile now than when it was asked for; ask anew.")
    return allow("A18")


def may_agree_to_lift(
    suspension: ProfileSuspension, *, agrees: AccountId, organisation: str, asked_from: str
) -> Decision:
    """P4: decide whether this person's word lets the profile go on: a second person, of a second organisation."""
    if suspension.lift_asked_by is None:
        return deny("P4", "No legal officer has asked to let this model profile go on.")
    if agrees == suspension.lift_asked_by:
        return deny("P4", "Whoever asked does not agree to it: two people, of two organisations.")
    if organisation == asked_from:
        return deny("P4", "The second person must be of another organisation than the first.")
    return allow("P4")
