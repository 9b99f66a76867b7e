"""Sealed objects: everything personal, encrypted under a key of its own that the database never holds (P3, F3)."""

from dataclasses import dataclass
from datetime import datetime

from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.ports import ErasureDue, SealedObject, Transaction
from governance.domain.events import Event
from governance.domain.identifiers import ObjectId
from governance.domain.retention import DataClass, expiry


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long something is kept: its class, and a limit that can only bring its end forward."""

    data_class: DataClass
    no_later_than: datetime | None = None


def keep(governance: Governance, tx: Transaction, plaintext: bytes, keeping: Keeping) -> ObjectId:
    """Seal bytes as a new object. Its key is durable before the object is written; its end is fixed here."""
    object_id = ObjectId(governance.randomness.identifier())
    now = governance.clock.now()
    key = governance.object_keys.create(object_id)
    tx.objects.add(
        SealedObject(
            object_id=object_id,
            data_class=keeping.data_class,
            box=governance.sealer.seal(object_id, key, plaintext),
            created_at=now,
            expires_at=expiry(keeping.data_class, created_at=now, no_later_than=keeping.no_later_than),
        )
    )
    return object_id


def reveal(governance: Governance, tx: Transaction, object_id: ObjectId | None) -> bytes:
    """Open an object.

    Raises:
        NotFound: it was erased, or is about to be.
    """
    stored = None if object_id is None else tx.objects.find(object_id)
    key = None if stored is None or tx.erasures.find(stored.object_id) else governance.object_keys.get(stored.object_id)
    if stored is None or key is None or governance.clock.now() >= stored.expires_at:
        raise NotFound("This was erased.")
    return governance.sealer.open(stored.object_id, key, stored.box)


def intend_erasure(governance: Governance, tx: Transaction, *objects: ObjectId | None) -> None:
    """Record, with the change that demands it, that these objects are to be erased. `finish_erasures` does it.

    The intent is durable before anything is destroyed, so that a crash can only delay an erasure, never lose it.
    """
    now = governance.clock.now()
    for object_id in objects:
        stored = None if object_id is None else tx.objects.find(object_id)
        if stored is None or tx.erasures.find(stored.object_id) is not None:
            continue
        index = tx.log.append(Event.ERASURE_INTEND, {"object": stored.object_id})
        tx.erasures.add(
            ErasureDue(
                object_id=stored.object_id,
                intent=index,
                created_at=now,
                expires_at=expiry(DataClass.WARRANT, created_at=now),
            )
        )


def finish_erasures(governance: Governance) -> int:
    """Erase every object whose erasure was intended: key, then box and row, then the receipt. Return how many."""
    with governance.database.transaction() as tx:
        due = tx.erasures.where()
    if not due:
        return 0
    for erasure in due:
        governance.object_keys.destroy(erasure.object_id)
    with governance.database.transaction() as tx:
        finished = [erasure for erasure in due if tx.erasures.find(erasure.object_id) is not None]
        for erasure in finished:
            tx.erasures.remove(erasure.object_id)
            tx.objects.remove(erasure.object_id)
            tx.log.append(Event.ERASURE_COMPLETE, {"object": erasure.object_id, "of": erasure.intent})
        tx.commit()
    governance.database.scrub()
    return len(finished)


def destroy_orphaned_keys(governance: Governance) -> None:
    """Destroy keys whose object was never committed. Inside a transaction nobody else is making one."""
    with governance.database.transaction() as tx:
        known = set(tx.object_ids())
        for object_id in [key for key in governance.object_keys.ids() if key not in known]:
            governance.object_keys.destroy(object_id)
