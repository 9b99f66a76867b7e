"""Sealed objects: everything personal, encrypted under a key of the vault that the database never holds (P3, F3).

An object's id is the name of its key: class, due day, number. Its commitment stands in the entry of the change that
keeps it, so that whether it was erased on time can be read from the log alone. Nothing is opened before an entry that
says so stands in the log: the vault gives no key without its receipt.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from contracts.fields import format_bytes
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.journal import Destruction, Recorded, in_clear, ranges_of
from governance.application.kept_records import DayErasure, ErasureDue, SealedObject
from governance.application.log_errors import log_errors
from governance.application.ports import LogValue, Transaction
from governance.audit.commitment import object_context
from governance.audit.errors import LogError
from governance.audit.leaf import Compartment, KeyRange, KeyRef
from governance.audit.vault_keys import LAST_NUMBER
from governance.domain.events import Event
from governance.domain.holds import Hold, HoldState, is_held
from governance.domain.identifiers import ObjectId, WarrantId
from governance.domain.retention import DataClass, due_day, expiry

_OBJECT: Final = "object"
_DECISION: Final = "decision"
_RETENTION: Final = "retention"
_MOST_RANGES: Final = 60
"""So many ranges of keys fit into one entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long something is kept, and for which warrant: its class, and a limit that only brings its end forward."""

    data_class: DataClass
    warrant: WarrantId | None
    """Whose object it is: what a rejected or revoked warrant's tag is on, goes with it (A8). `None` is nobody's."""
    no_later_than: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Why objects are opened: the event that says so, and what it is about."""

    event: Event
    about: Mapping[str, LogValue]


def for_step(purpose: str, about: Mapping[str, LogValue]) -> Reading:
    """Return the reading that a step of a procedure needs, such as `submit` or `lease`."""
    return Reading(event=Event.OBJECT_READ, about={**about, "purpose": purpose})


def keep(governance: Governance, tx: Transaction, plaintext: bytes, keeping: Keeping) -> ObjectId:
    """Seal bytes as a new object. Its end is fixed here, and committed to by the transaction's next entry.

    Raises:
        StorageFailed: the vault does not answer.
    """
    now = governance.clock.now()
    expires_at = expiry(keeping.data_class, created_at=now, no_later_than=keeping.no_later_than)
    with log_errors():
        key, secret = governance.vault.allot([(keeping.data_class.value, due_day(expires_at))])[0]
    sealed = governance.sealer.seal(secret, object_context(key), plaintext)
    object_id = ObjectId(key.text)
    tx.objects.add(
        SealedObject(
            object_id=object_id,
            data_class=keeping.data_class,
            warrant_id=keeping.warrant,
            commitment=sealed.commitment,
            box=sealed.box,
            created_at=now,
            expires_at=expires_at,
        )
    )
    tx.log.oblige(Compartment(group=_OBJECT, key=key, commitment=sealed.commitment, box_sha256=sealed.box_sha256))
    return object_id


def reveal(governance: Governance, tx: Transaction, object_id: ObjectId | None, reading: Reading) -> bytes:
    """Open one object, after the entry that says so.

    Raises:
        NotFound: it was erased, or is about to be. Then there is no entry either.
    """
    opened, _ = reveal_all(governance, tx, [object_id], reading)
    return opened[0]


def reveal_all(
    governance: Governance, tx: Transaction, objects: Sequence[ObjectId | None], reading: Reading
) -> tuple[tuple[bytes, ...], Recorded]:
    """Open objects together, by one entry of the log, and return them with that entry's receipt.

    Raises:
        NotFound: one of them was erased, or is about to be. Then there is no entry either.
        StorageFailed: log or vault do not answer; nothing was opened.
    """
    return _reveal(governance, [_standing(governance, tx, object_id) for object_id in objects], reading)


def reveal_held(
    governance: Governance, tx: Transaction, object_id: ObjectId, reading: Reading
) -> tuple[bytes, Recorded]:
    """Open an object that a hold keeps, also past its own end, by one entry of the log.

    Raises:
        NotFound: it is gone.
    """
    opened, recorded = _reveal(governance, [tx.objects.get(object_id)], reading)
    return opened[0], recorded


def _reveal(
    governance: Governance, stored: Sequence[SealedObject], reading: Reading
) -> tuple[tuple[bytes, ...], Recorded]:
    keys = [KeyRef.parse(one.object_id) for one in stored]
    with log_errors():
        recorded = governance.journal.record(reading.event, reading.about, opens=keys)
        secrets = governance.journal.release(keys, recorded)
    if any(key not in secrets for key in keys):
        raise NotFound("This was erased.")
    opened = tuple(
        governance.sealer.open(secrets[key], object_context(key), one.commitment, one.box)
        for key, one in zip(keys, stored, strict=True)
    )
    return opened, recorded


def is_standing(governance: Governance, tx: Transaction, object_id: ObjectId | None) -> bool:
    """Say whether an object can still be opened: it is kept, not due, and nobody intends to erase it.

    What waits for the end of a hold to be erased is erased for everybody but `reveal_held` (A8, B15).
    """
    stored = None if object_id is None else tx.objects.find(object_id)
    if stored is None or tx.erasures.find(stored.object_id) is not None:
        return False
    hold = tx.holds.find(stored.object_id)
    if hold is not None and hold.erase_after:
        return False
    return governance.clock.now() < stored.expires_at


def _standing(governance: Governance, tx: Transaction, object_id: ObjectId | None) -> SealedObject:
    if object_id is None or not is_standing(governance, tx, object_id):
        raise NotFound("This was erased.")
    return tx.objects.get(object_id)


def intend_erasure(governance: Governance, tx: Transaction, *objects: ObjectId | None, reason: str) -> None:
    """Record, with the change that demands it, that these objects are to be erased. `finish_erasures` does it.

    `reason` is `decision` where people or a rule ended something, `retention` where its time is over. The intent is
    durable before anything is destroyed, so that a crash can only delay an erasure, never lose it.
    """
    now = governance.clock.now()
    named = dict.fromkeys(one for one in objects if one is not None)
    wanted = [one for one in named if tx.objects.find(one) and tx.erasures.find(one) is None]
    # An alert's time may end months before the day of the answers' keys, and before it the vault refuses (V3): what
    # ends them is the rule, and not the end of their own time.
    early = [one for one in wanted if reason == _RETENTION and KeyRef.parse(one).day > due_day(now)]
    _intend(tx, early, now=now, reason=_DECISION)
    _intend(tx, [one for one in wanted if one not in early], now=now, reason=reason)


def _intend(tx: Transaction, objects: Sequence[ObjectId], *, now: datetime, reason: str) -> None:
    due = [one for one in objects if not _waits_for_its_hold(tx, one, reason)]
    for object_id in due:
        tx.erasures.add(
            ErasureDue(
                object_id=object_id,
                intent=None,
                reason=reason,
                created_at=now,
                expires_at=expiry(DataClass.WARRANT, created_at=now),
            )
        )
    _say_intent(tx, due, reason)


def _waits_for_its_hold(tx: Transaction, object_id: ObjectId, reason: str) -> bool:
    """Say whether a hold keeps an object (B15); what people decided is remembered until the hold ends."""
    hold = tx.holds.find(object_id)
    if hold is None or not is_held(hold):
        return False
    if reason != _RETENTION and not hold.erase_after:
        tx.holds.save(replace(hold, erase_after=reason))
    return True


def intend_anew(governance: Governance) -> None:
    """Say again what was intended in a log that was closed before it was done: the vault asks for an entry of this one.

    Raises:
        StorageFailed: log or database could not be written; nothing is intended then.
    """
    with governance.database.transaction() as tx:
        waiting = [one for one in tx.erasures.where() if one.intent is None]
        for reason in sorted({one.reason for one in waiting}):
            _say_intent(tx, [one.object_id for one in waiting if one.reason == reason], reason)
        if waiting:
            tx.commit()


def _say_intent(tx: Transaction, objects: Sequence[ObjectId], reason: str) -> None:
    """Stage the entries of an intent, and give its rows their places once they have them."""
    for part in _parts(ranges_of(KeyRef.parse(one) for one in objects)):
        of_part = [one for one in objects if any(KeyRef.parse(one) in ranges for ranges in part)]
        tx.log.append(
            Event.ERASURE_INTEND,
            {},
            body={"keys": in_clear(part), "reason": reason},
            then=partial(_bind, tx, of_part),
        )


def _bind(tx: Transaction, objects: Sequence[ObjectId], index: int) -> None:
    """Give the intents the place of the entry that says so."""
    for object_id in objects:
        tx.erasures.save(replace(tx.erasures.get(object_id), intent=index))


def finish_erasures(governance: Governance) -> int:
    """Erase what was intended: key, then box and row, then the entry that says so. Return how many objects went.

    What the vault does not destroy yet stays intended; the next round tries again.
    """
    with governance.database.transaction() as tx:
        due = tx.erasures.where()
    erased = 0
    for intent in sorted({erasure.intent for erasure in due if erasure.intent is not None}):
        together = [erasure for erasure in due if erasure.intent == intent]
        erased += _erase_together(governance, intent, together)
    if erased:
        governance.database.scrub()
    return erased


def _erase_together(governance: Governance, intent: int, together: Sequence[ErasureDue]) -> int:
    ranges = ranges_of(KeyRef.parse(erasure.object_id) for erasure in together)
    try:
        done = governance.journal.destroy(ranges, intent)
    except LogError:
        return 0
    with governance.database.transaction() as tx:
        finished = [erasure for erasure in together if tx.erasures.find(erasure.object_id) is not None]
        for erasure in finished:
            tx.erasures.remove(erasure.object_id)
            tx.objects.remove(erasure.object_id)
        if finished:
            tx.log.append(Event.ERASURE_COMPLETE, {}, body=_completed(intent, ranges, together[0].reason, done))
        tx.commit()
    return len(finished)


def _completed(intent: int, ranges: Sequence[KeyRange], reason: str, done: Destruction) -> dict[str, object]:
    """F2: names of keys, the ground, when, and how many; nothing of what they sealed."""
    return {
        "after": format_bytes(done.after),
        "before": format_bytes(done.before),
        "count": done.count,
        "keys": in_clear(ranges),
        "of": [intent],
        "reason": reason,
    }


def erase_days(governance: Governance, *, before: int) -> int:
    """Destroy all keys of the classes and days that are over (`before`: today), payloads of the log among them."""
    with log_errors():
        over = [(data_class, day) for data_class, day in governance.vault.days() if day < before]
    with governance.database.transaction() as tx:
        known = {(one.data_class, one.day) for one in tx.day_erasures.where()}
        for data_class, day in over:
            held = _held(tx, data_class, day)
            # All but what is held is gone already, and what is held waits.
            if (data_class, day) not in known and not (held and all(one.set_apart for one in held)):
                _intend_day(governance, tx, data_class, day, {KeyRef.parse(one.object_id).digits for one in held})
        tx.commit()
        intended = tx.day_erasures.where()
    return sum(_erase_day(governance, one) for one in intended)


def _held(tx: Transaction, data_class: str, day: int) -> list[Hold]:
    """Return the holds on keys of a class and day."""
    keys = [(one, KeyRef.parse(one.object_id)) for one in tx.holds.where(state=HoldState.IN_FORCE)]
    return [one for one, key in keys if (key.data_class, key.day) == (data_class, day)]


def _around(data_class: str, day: int, apart: Iterable[str]) -> tuple[KeyRange, ...]:
    """Return the ranges of a whole day but for these numbers (8 hexadecimal digits)."""
    found, first = [], 0
    for number in sorted(int(digits, 16) for digits in apart):
        if number > first:
            found.append(KeyRange(data_class=data_class, day=day, first=first, last=number - 1))
        first = number + 1
    if first <= LAST_NUMBER:
        found.append(KeyRange(data_class=data_class, day=day, first=first, last=LAST_NUMBER))
    return tuple(found)


def _intend_day(governance: Governance, tx: Transaction, data_class: str, day: int, apart: Collection[str]) -> None:
    now = governance.clock.now()

    def bind(index: int) -> None:
        tx.day_erasures.add(
            DayErasure(
                data_class=data_class,
                day=day,
                intent=index,
                kept_apart=frozenset(apart),
                created_at=now,
                expires_at=expiry(DataClass.WARRANT, created_at=now),
            )
        )

    ranges = _around(data_class, day, apart)
    tx.log.append(Event.ERASURE_INTEND, {}, body={"keys": in_clear(ranges), "reason": "retention"}, then=bind)


def _erase_day(governance: Governance, due: DayErasure) -> int:
    ranges = _around(due.data_class, due.day, due.kept_apart)
    try:
        done = governance.journal.destroy(ranges, due.intent)
        governance.log.erase_boxes(ranges)
    except LogError:
        return 0
    with governance.database.transaction() as tx:
        tx.day_erasures.remove((due.data_class, due.day))
        for hold in _held(tx, due.data_class, due.day):
            if KeyRef.parse(hold.object_id).digits in due.kept_apart:
                tx.holds.save(replace(hold, set_apart=True))
        tx.log.append(Event.ERASURE_COMPLETE, {}, body=_completed(due.intent, ranges, "retention", done))
        tx.commit()
    return done.count


def _parts(ranges: Sequence[KeyRange]) -> list[Sequence[KeyRange]]:
    return [ranges[start : start + _MOST_RANGES] for start in range(0, len(ranges), _MOST_RANGES)]
