"""Take one person slot or one camera from an issued warrant, for good: a legal officer may only narrow it (A3, A4)."""

from dataclasses import dataclass

from contracts.warrant import Warrant as Act
from governance.application.governance import Governance
from governance.application.move_warrant import keep_reason
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import acting, require
from governance.application.vault import finish_erasures, for_step, intend_erasure, reveal
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, ObjectId, SlotId, WarrantId
from governance.domain.narrowing import NarrowedByRule, NarrowedKind, Narrowing, is_narrowable, lost_of, may_narrow
from governance.domain.post_remote import method_of
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
        about = {"actor": command.actor, "warrant": warrant.warrant_id, **method_of(warrant)}
        named = _named(governance, tx, warrant, command.kind, about)
        allowed = may_narrow(
            warrant, command.kind, command.target, named=named, lost=lost(tx, warrant.warrant_id, command.kind)
        )
        require(tx, allowed, says_why(command.why), about=about)
        taken = Narrowed(
            kind=command.kind,
            target=command.target,
            rule="A3" if command.kind is NarrowedKind.SLOT else "A4",
            actor=command.actor,
            why=keep_reason(governance, tx, command.why, warrant, of=warrant.warrant_id),
        )
        _take(governance, tx, warrant, taken)
        tx.commit()
    finish_erasures(governance)


def narrow_by_rule(
    governance: Governance, tx: Transaction, warrant_id: WarrantId, slot_id: SlotId, rule: NarrowedByRule
) -> None:
    """Take a person off a warrant's list because a rule says so, once. The caller commits.

    Where the warrant is over there is no list any more, and nothing is to be taken off it.
    """
    warrant = tx.warrants.get(warrant_id)
    named = slot_id not in lost(tx, warrant_id, NarrowedKind.SLOT)
    if named and is_narrowable(warrant, now=governance.clock.now()):
        _take(governance, tx, warrant, Narrowed(kind=NarrowedKind.SLOT, target=slot_id, rule=rule.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What is taken from a warrant, by which rule; by whom and why, where a person did it."""

    kind: NarrowedKind
    target: str
    rule: str
    actor: AccountId | None = None
    why: ObjectId | None = None


def _take(governance: Governance, tx: Transaction, warrant: Warrant, taken: Narrowed) -> None:
    """Keep the narrowing, log it, have what was enrolled for a suspended slot erased."""
    now = governance.clock.now()
    tx.narrowings.add(
        Narrowing(
            warrant_id=warrant.warrant_id,
            kind=taken.kind,
            target=taken.target,
            actor=taken.actor,
            rule=taken.rule,
            why=taken.why,
            created_at=now,
            expires_at=warrant.expires_at,
        )
    )
    about: dict[str, LogValue] = {"rule": taken.rule, "warrant": warrant.warrant_id, **method_of(warrant)}
    about["slot" if taken.kind is NarrowedKind.SLOT else "camera"] = taken.target
    tx.log.append(Event.WARRANT_NARROW, about if taken.actor is None else about | {"actor": taken.actor})
    if taken.kind is NarrowedKind.SLOT:
        for reference in tx.references.where(warrant_id=warrant.warrant_id, slot_id=taken.target):
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
