"""Take one person slot or one camera from an issued warrant, for good: a legal officer may only narrow it (A3, A4)."""

from dataclasses import dataclass

from contracts.warrant import Warrant as Act
from governance.application.governance import Governance
from governance.application.move_warrant import keep_reason
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import acting, require
from governance.application.vault import finish_erasures, for_step, intend_erasure, reveal
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.narrowing import NarrowedKind, Narrowing, lost_of, may_narrow
from governance.domain.roles import Action
from governance.domain.transitions import says_why
from governance.domain.warrants import Warrant


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowWarrant:
    """Suspend one slot or one camera (`target` is its id). `why` is kept, sealed."""

    actor: AccountId
    warrant_id: WarrantId
    kind: NarrowedKind
    target: str
    why: str


def narrow_warrant(governance: Governance, command: NarrowWarrant) -> None:
    """Take it from the warrant. What was enrolled for a slot is erased; within one lease nothing of it is compared.

    Raises:
        Refused: the warrant is not issued, names no such thing, lost it already, or nobody says why.
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_NARROW)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        named = _named(governance, tx, warrant, command.kind, about)
        allowed = may_narrow(
            warrant, command.kind, command.target, named=named, lost=lost(tx, warrant.warrant_id, command.kind)
        )
        require(tx, allowed, says_why(command.why), about=about)
        narrow(governance, tx, warrant, command, rule="A3" if command.kind is NarrowedKind.SLOT else "A4")
        tx.commit()
    finish_erasures(governance)


def narrow(governance: Governance, tx: Transaction, warrant: Warrant, command: NarrowWarrant, *, rule: str) -> None:
    """Keep the narrowing, log it, have what was enrolled for a suspended slot erased. The caller commits.

    A use case with a rule of its own (a person who was found, a reference of false alerts) calls it after asking it.
    """
    now = governance.clock.now()
    tx.narrowings.add(
        Narrowing(
            warrant_id=warrant.warrant_id,
            kind=command.kind,
            target=command.target,
            actor=command.actor,
            rule=rule,
            why=keep_reason(governance, tx, command.why, warrant, of=warrant.warrant_id),
            created_at=now,
            expires_at=warrant.expires_at,
        )
    )
    target: dict[str, LogValue] = {"slot" if command.kind is NarrowedKind.SLOT else "camera": command.target}
    tx.log.append(Event.WARRANT_NARROW, target | {"actor": command.actor, "rule": rule, "warrant": warrant.warrant_id})
    if command.kind is NarrowedKind.SLOT:
        for reference in tx.references.where(warrant_id=warrant.warrant_id, slot_id=command.target):
            intend_erasure(governance, tx, reference.boxes, reference.origin, reason="decision")


def lost(tx: Transaction, warrant_id: WarrantId, kind: NarrowedKind) -> frozenset[str]:
    """Return the ids of the slots or cameras that were taken from a warrant."""
    return lost_of(tx.narrowings.where(warrant_id=warrant_id), kind)


def _named(
    governance: Governance, tx: Transaction, warrant: Warrant, kind: NarrowedKind, about: dict[str, str]
) -> frozenset[str]:
    """Return what the act names. Before there is an act nothing is narrowed, and nothing is opened."""
    if warrant.act is None:
        return frozenset()
    act = Act.from_bytes(reveal(governance, tx, warrant.act, for_step("narrow", about)))
    if kind is NarrowedKind.SLOT:
        return frozenset(slot.slot_id for slot in act.slots)
    return frozenset(camera.camera_id for camera in act.cameras)
