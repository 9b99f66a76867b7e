"""Enter the registration that an urgent warrant brings later, within 24 hours (A5)."""

from dataclasses import dataclass

from contracts.canonical import sha256_hex
from governance.application.errors import BadInput
from governance.application.governance import Governance
from governance.application.papers import papers_of, use_of
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.vault import Keeping, keep
from governance.domain.decisions import allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.papers import Paper, PaperKind, newest
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.warrants import Warrant

_LONGEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUrgent:
    """Enter the number in the EU register."""

    actor: AccountId
    warrant_id: WarrantId
    number: str


def register_urgent(governance: Governance, command: RegisterUrgent) -> None:
    """Keep the number, once. What was stopped because it was missing goes on by itself.

    Raises:
        BadInput: it is no number of a register.
        Refused: the warrant is no urgent one that began, or is registered already.
    """
    if not command.number.strip() or len(command.number) > _LONGEST:
        raise BadInput(f"A registration number has 1 to {_LONGEST} characters.")
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_IMPORT)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        begun = use_of(tx, warrant) is not None
        registered = newest(papers_of(tx, warrant.warrant_id), PaperKind.REGISTRATION) is not None
        require(
            tx,
            allow("A5") if begun else deny("A5", "Only an urgent warrant that began is registered later."),
            allow("A5") if not registered else deny("A5", "This warrant is registered already."),
            about=about,
        )
        keep_registration(governance, tx, warrant, command.number)
        tx.log.append(Event.PAPER_TAKE, {**about, "purpose": PaperKind.REGISTRATION.value})
        tx.commit()


def keep_registration(governance: Governance, tx: Transaction, warrant: Warrant, number: str) -> None:
    """Keep the registration number of a warrant. Log it next."""
    now, said = governance.clock.now(), f"{warrant.warrant_id} {number.strip()}".encode()
    keeping = Keeping(data_class=DataClass.WARRANT, warrant=warrant.warrant_id, no_later_than=warrant.expires_at)
    tx.papers.add(
        Paper(
            paper_sha256=sha256_hex(said),
            warrant_id=warrant.warrant_id,
            kind=PaperKind.REGISTRATION,
            record=keep(governance, tx, said, keeping),
            dated=now,
            created_at=now,
            expires_at=expiry(DataClass.WARRANT, created_at=now, no_later_than=warrant.expires_at),
        )
    )
