"""Bring a warrant from one state into another: who, why (sealed) and when are kept before the state changes (A6).

The database refuses a change of state that has no such record.
"""

from dataclasses import dataclass, replace
from typing import Any

from contracts.fields import MAX_TEXT
from governance.application.errors import BadInput
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.vault import Keeping, keep
from governance.domain.identifiers import AccountId, ObjectId, WarrantId
from governance.domain.retention import DataClass
from governance.domain.transitions import Transition
from governance.domain.warrants import NEXT, Warrant, WarrantState


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where to, by whom (nobody: by time, or by a record of the issuer's), by which rule, and why in words."""

    to: WarrantState
    actor: AccountId | None
    why: str
    rule: str = "A6"


def move(governance: Governance, tx: Transaction, warrant: Warrant, step: Step, **changes: Any) -> Warrant:
    """Keep the step and save the warrant in its new state, with `changes` of its other fields. Log it next.

    Whether the step is allowed is the caller's to ask first.

    Raises:
        BadInput: the words are too long.
        Conflict: the database refuses the step.
    """
    _keep_step(governance, tx, warrant, warrant.state, step)
    moved = replace(warrant, state=step.to, **changes)
    tx.warrants.save(moved)
    return moved


def begin(governance: Governance, tx: Transaction, warrant: Warrant, step: Step) -> None:
    """Keep a new warrant with the first step of its way. Log it next."""
    tx.warrants.add(warrant)
    _keep_step(governance, tx, warrant, None, step)


def _keep_step(
    governance: Governance, tx: Transaction, warrant: Warrant, before: WarrantState | None, step: Step
) -> None:
    now = governance.clock.now()
    tx.transitions.add(
        Transition(
            warrant_id=warrant.warrant_id,
            ordinal=len(tx.transitions.where(warrant_id=warrant.warrant_id)),
            before=before,
            after=step.to,
            actor=step.actor,
            rule=step.rule,
            # What ends a warrant is not erased with it: somebody must be able to say why it was ended.
            why=keep_reason(governance, tx, step.why, warrant, of=warrant.warrant_id if NEXT[step.to] else None),
            created_at=now,
            # A server that was off for long ends what is over and due at once.
            expires_at=max(now, warrant.expires_at),
        )
    )


def keep_reason(
    governance: Governance, tx: Transaction, why: str, warrant: Warrant, *, of: WarrantId | None
) -> ObjectId | None:
    """Seal somebody's reason, tagged with the warrant it goes with; no words are no object.

    Raises:
        BadInput: it is longer than any text of ours.
    """
    if not why.strip():
        return None
    if len(why) > MAX_TEXT:
        raise BadInput(f"A reason has at most {MAX_TEXT} characters.")
    keeping = Keeping(data_class=DataClass.WARRANT, warrant=of, no_later_than=warrant.expires_at)
    return keep(governance, tx, why.strip().encode(), keeping)
