"""The way of a warrant as it was gone: each step with who, why, when, and by which rule."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import AccountId, ObjectId, WarrantId
from governance.domain.warrants import WarrantState


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step. `before` is nothing for the draft; `actor` is nothing where time or the issuer's record did it.

    `why` is a sealed object with the person's own words, `created_at` is when.
    """

    warrant_id: WarrantId
    ordinal: int
    before: WarrantState | None
    after: WarrantState
    actor: AccountId | None
    rule: str
    why: ObjectId | None
    created_at: datetime
    expires_at: datetime


WITHDRAWN: Final = "withdrawn-by-the-applicant"
"""How an application reads that its applicant took back. Its state is revoked; nobody revoked it."""


def as_people_say(step: Transition, applicant: AccountId) -> str:
    """Return how a step reads: its state, but for what the applicant took back before anything was issued (B14)."""
    if step.after is WarrantState.REVOKED and step.actor == applicant:
        return WITHDRAWN
    return step.after.value


def says_why(why: str) -> Decision:
    """A6: whoever changes the state of a warrant says why, in words of their own."""
    if why.strip():
        return allow("A6")
    return deny("A6", "Say in a sentence why; it is sealed, and kept beside what you decide.")
