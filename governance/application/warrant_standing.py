"""How a warrant stands, as its page tells it: the steps of its way, and how far an urgent one has come (A6, A7)."""

from dataclasses import dataclass
from datetime import datetime

from governance.application.governance import Governance
from governance.application.papers import use_of
from governance.application.ports import Transaction
from governance.domain.identifiers import AccountId
from governance.domain.transitions import Transition, as_people_say
from governance.domain.warrants import Warrant, WarrantState


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One step of a warrant's way: how its state reads, when, by whom (nobody: by time), by which rule, and why."""

    after: str
    at: datetime
    actor: AccountId | None
    rule: str
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentLine:
    """How an urgent warrant stands: from when silence counts as a rejection (A7), and what must come by when.

    `lent_until` is when it is over, whatever is confirmed: a day without the application's receipt, three with it.
    """

    begun_at: datetime
    receipt_due_at: datetime
    decision_due_at: datetime
    registration_due_at: datetime
    silence_ends_it_at: datetime | None
    lent_until: datetime
    received: bool
    confirmed: bool
    registered: bool


def urgent_line(governance: Governance, tx: Transaction, warrant: Warrant) -> UrgentLine | None:
    """Return how an urgent warrant stands; nothing for another type, or before it began."""
    use = use_of(tx, warrant)
    if use is None:
        return None
    return UrgentLine(
        begun_at=use.begun_at,
        receipt_due_at=use.begun_at + governance.legal.urgent_receipt_time,
        decision_due_at=use.begun_at + governance.legal.urgent_decision_time,
        registration_due_at=use.begun_at + governance.legal.urgent_registration_time,
        silence_ends_it_at=use.silence_ends_it_at(governance.legal),
        lent_until=min(use.holds_until(governance.legal), warrant.not_after),
        received=use.received_at is not None,
        confirmed=use.confirmed,
        registered=use.registered_at is not None,
    )


def standing_of(tx: Transaction, warrant: Warrant) -> str:
    """Return how a warrant reads: its state, or that its applicant took it back (B14)."""
    steps = tx.transitions.where(warrant_id=warrant.warrant_id) if warrant.state is WarrantState.REVOKED else ()
    last = max(steps, key=lambda step: step.ordinal, default=None)
    return warrant.state.value if last is None else as_people_say(last, warrant.applicant)


def step_line(step: Transition, why: bytes | None, applicant: AccountId) -> StepLine:
    """Return one step with its reason, which was opened for whoever reads."""
    said = None if why is None else why.decode()
    after = as_people_say(step, applicant)
    return StepLine(after=after, at=step.created_at, actor=step.actor, rule=step.rule, why=said)
