"""Ask for a legal hold, approve it, end it, and open what is held (B15)."""

from dataclasses import dataclass, replace
from functools import partial

from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.journal import in_clear, ranges_of
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.released import Released, release
from governance.application.vault import (
    Keeping,
    Reading,
    finish_erasures,
    intend_erasure,
    keep,
    reveal_held,
)
from governance.audit.leaf import KeyRef
from governance.domain.decisions import Decision, allow
from governance.domain.events import Event
from governance.domain.holds import (
    Basis,
    Hold,
    HoldState,
    is_held_before,
    is_over,
    may_approve,
    may_ask,
    may_be_held,
    may_be_set,
    may_clear,
    may_read_held,
)
from governance.domain.identifiers import AccountId, AlertId, ObjectId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.transitions import says_why


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHold:
    """Ask that one sealed object be kept until a day, on a ground of the closed list. `why` is kept, sealed."""

    actor: AccountId
    object_id: ObjectId
    basis: Basis
    until_day: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHold:
    """One person at one hold: to approve it, or to end it."""

    actor: AccountId
    object_id: ObjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """One hold in a list: which kind of object, on which ground, until when. Nothing of what it holds."""

    hold: Hold
    data_class: str
    approvals: int


def ask_hold(governance: Governance, command: AskHold) -> None:
    """Ask for a hold. Alone this changes nothing: two other people approve it. Whoever asks for longer takes its place.

    Raises:
        Refused: past the due time, too long, held before, or nobody says why.
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.HOLD_ASK)
        stored = tx.objects.find(command.object_id)
        if stored is None or tx.erasures.find(command.object_id) is not None:
            raise NotFound("There is no such object, or it is being erased.")
        now, key = governance.clock.now(), KeyRef.parse(stored.object_id)
        before = tx.holds.find(stored.object_id)
        decision = may_ask(
            object_ends_at=stored.expires_at,
            until_day=command.until_day,
            held_before=is_held_before(before, until_day=command.until_day),
            of_same_day=len(_of_day(tx, key.data_class, key.day)),
            legal=governance.legal,
            now=now,
        )
        crop = bool(tx.alerts.where(crops=stored.object_id))
        held = may_be_held(stored.data_class, crop=crop)
        require(tx, held, decision, says_why(command.why), about={"actor": command.actor})
        if before is not None:
            tx.holds.remove(before.object_id)
        reason = keep(governance, tx, command.why.strip().encode(), Keeping(data_class=DataClass.HOLD, warrant=None))
        tx.holds.add(
            Hold(
                object_id=stored.object_id,
                state=HoldState.ASKED,
                basis=command.basis,
                reason=reason,
                until_day=command.until_day,
                asked_by=command.actor,
                first_approver=None,
                second_approver=None,
                placed_at=None,
                in_force_at=None,
                set_apart=False,
                erase_after="",
                created_at=now,
                expires_at=expiry(DataClass.HOLD, created_at=now),
            )
        )
        tx.log.append(Event.HOLD_ASK, {"actor": command.actor})
        tx.commit()


def approve_hold(governance: Governance, command: AtHold) -> None:
    """Approve a hold; the second approval sets it: an entry names the key and the day until which it is kept."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.HOLD_APPROVE)
        hold, stored = tx.holds.get(command.object_id), tx.objects.get(command.object_id)
        now = governance.clock.now()
        decision = may_approve(hold, approver=command.actor, object_ends_at=stored.expires_at, now=now)
        require(tx, decision, _sets(tx, hold, command.actor), about={"actor": command.actor})
        if hold.first_approver is None:
            tx.holds.save(replace(hold, first_approver=command.actor))
            tx.log.append(Event.HOLD_APPROVE, {"actor": command.actor})
        else:
            approved = replace(hold, second_approver=command.actor, state=HoldState.IN_FORCE, in_force_at=now)
            tx.holds.save(approved)
            keys = in_clear(ranges_of([KeyRef.parse(hold.object_id)]))
            tx.log.append(
                Event.HOLD_SET,
                {"actor": command.actor},
                body={"basis": hold.basis.value, "keys": keys, "until": hold.until_day},
                then=partial(_place, tx, hold.object_id),
            )
        tx.commit(witnessed=True)


def clear_hold(governance: Governance, command: AtHold) -> None:
    """End a hold before its day; what was due goes at once."""
    with governance.database.transaction() as tx:
        account = acting(tx, command.actor, Action.HOLD_CLEAR)
        hold = tx.holds.get(command.object_id)
        asked = tx.accounts.find(hold.asked_by)
        decision = may_clear(
            hold, clears_from=account.organisation, asked_from=None if asked is None else asked.organisation
        )
        require(tx, decision, about={"actor": command.actor})
        _clear(governance, tx, hold, command.actor)
        tx.commit()
    finish_erasures(governance)


def clear_ended_holds(governance: Governance, tx: Transaction) -> int:
    """End the holds whose day is over. Return how many."""
    now = governance.clock.now()
    ended = [one for one in tx.holds.where(state=HoldState.IN_FORCE) if is_over(one, now=now)]
    for one in ended:
        _clear(governance, tx, one, None)
    return len(ended)


def list_holds(governance: Governance, actor: AccountId) -> tuple[HoldLine, ...]:
    """List all holds, asked for, in force and ended."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.HOLD_LIST)
        return tuple(
            HoldLine(
                hold=one,
                data_class=KeyRef.parse(one.object_id).data_class,
                approvals=sum(by is not None for by in (one.first_approver, one.second_approver)),
            )
            for one in tx.holds.where()
        )


def object_named(governance: Governance, actor: AccountId, word: str) -> ObjectId:
    """Return the sealed object that people mean: the report of an alert, or a record by its own name.

    Raises:
        NotFound: there is none.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.HOLD_ASK)
        alert = tx.alerts.find(AlertId(word))
        found = ObjectId(word) if alert is None else alert.report
        if found is None or tx.objects.find(found) is None:
            raise NotFound("There is no such alert or record, or it is erased.")
        return found


def read_held(governance: Governance, command: AtHold) -> Released[bytes]:
    """Open what is held, also past its own end. The log says so, provably, first.

    Raises:
        Refused: it is not held, or whoever asks is neither the auditor nor who asked for the hold.
        StorageFailed: log or vault do not answer; nothing was opened.
    """
    with governance.database.transaction() as tx:
        reader = acting(tx, command.actor, Action.HOLD_READ)
        held = may_read_held(tx.holds.find(command.object_id), reader=reader)
        require(tx, held, about={"actor": command.actor})
        reading = Reading(event=Event.OBJECT_READ, about={"actor": command.actor, "purpose": "hold"})
        opened, recorded = reveal_held(governance, tx, command.object_id, reading)
    return release(governance, opened, recorded, events=[Event.OBJECT_READ])


def _sets(tx: Transaction, hold: Hold, approver: AccountId) -> Decision:
    """Decide whether this approval is the second one and sets the hold; the first one sets nothing."""
    if hold.first_approver is None:
        return allow("B15")
    approvers = [tx.accounts.get(one) for one in (hold.first_approver, approver)]
    return may_be_set(approvers=approvers, asked_by=tx.accounts.get(hold.asked_by), everybody=tx.accounts.where())


def _clear(governance: Governance, tx: Transaction, hold: Hold, actor: AccountId | None) -> None:
    tx.holds.save(replace(hold, state=HoldState.CLEARED))
    # Set in a log that ended, it has no place in this one, and is named by its key.
    keys = {"keys": in_clear(ranges_of([KeyRef.parse(hold.object_id)]))}
    body = keys if hold.placed_at is None else {"of": [hold.placed_at]}
    tx.log.append(Event.HOLD_CLEAR, {} if actor is None else {"actor": actor}, body=body)
    if hold.erase_after:
        intend_erasure(governance, tx, hold.object_id, reason=hold.erase_after)


def _place(tx: Transaction, object_id: ObjectId, index: int) -> None:
    tx.holds.save(replace(tx.holds.get(object_id), placed_at=index))


def _of_day(tx: Transaction, data_class: str, day: int) -> list[Hold]:
    keys = [(one, KeyRef.parse(one.object_id)) for one in tx.holds.where()]
    return [one for one, key in keys if (key.data_class, key.day) == (data_class, day)]
