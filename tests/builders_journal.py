"""A log and a key vault in memory, with the real tree, proofs and signatures: for tests of what writes to them.

Each can be told to fail, and to fail after it did what it was asked. The rules of the real ones hold here too where
tests of the journal rely on them: contiguous numbers, idempotent requests, no key without a receipt.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.receipt import LogReceipt, verify_receipt
from contracts.signature import SigningKey
from governance.adapters.compartment_sealer import CommittingSealer
from governance.adapters.system import SystemRandomness
from governance.adapters.without_witnesses import NoWitnesses
from governance.application.journal import Journal
from governance.application.ports import Clock
from governance.audit.checkpoint import Checkpoint, signed_note
from governance.audit.draft import Appended, Draft
from governance.audit.errors import LogUnavailable
from governance.audit.leaf import KeyRange, KeyRef, Leaf
from governance.audit.merkle import EMPTY, Frontier, consistency_proof, inclusion_proof, leaf_hash, tree_root

EPOCH_MS: Final = 1000


class MemoryLog:
    """The sequencer's surface over a list."""

    def __init__(self, origin: str, key: SigningKey, clock: Clock) -> None:
        self.origin = origin
        self._key = key
        self._clock = clock
        self.leaves: list[bytes] = []
        self.stored: dict[KeyRef, bytes] = {}
        self._frontier: Frontier = EMPTY
        self._requests: dict[str, Appended] = {}
        self.fails: str | None = None
        """`before` fails without storing, `after` fails once it was stored, `reading` when anything is read."""

    def append(self, request_id: str, drafts: Sequence[Draft]) -> Appended:
        self._fail("before")
        if request_id not in self._requests:
            self._requests[request_id] = self._store(drafts)
        self._fail("after")
        return self._requests[request_id]

    def _store(self, drafts: Sequence[Draft]) -> Appended:
        first = len(self.leaves)
        new = []
        for draft in drafts:
            if draft.sn != self.last_number(draft.src) + 1:
                raise LogUnavailable("This producer's numbers have a gap.")
            leaf = Leaf(
                event=draft.event,
                src=draft.src,
                sn=draft.sn,
                time_ms=int(self._clock.now().timestamp() * EPOCH_MS),
                body=draft.body,
                compartments=draft.compartments,
            ).to_bytes()
            new.append(leaf)
            self.leaves.append(leaf)
            self._frontier = self._frontier.append(leaf).frontier
            self.stored.update(draft.boxes)
        return Appended(first=first, leaves=tuple(new), checkpoint=self._note())

    def _note(self) -> str:
        head = Checkpoint(origin=self.origin, size=self._frontier.size, root=self._frontier.root)
        return signed_note(head, public_key=self._key.public, sign=self._key.private.sign)

    def receipt(self, index: int) -> LogReceipt:
        self._fail("reading")
        if not 0 <= index < len(self.leaves):
            raise LogUnavailable("This entry is not in the committed log.")
        proof = inclusion_proof(self._nodes, index=index, size=len(self.leaves))
        return LogReceipt(index=index, leaf=self.leaves[index], proof=proof, checkpoint=self._note())

    def checkpoint(self) -> str:
        self._fail("reading")
        return self._note()

    def size(self) -> int:
        self._fail("reading")
        return len(self.leaves)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        self._fail("reading")
        return consistency_proof(self._nodes, old=old, new=new)

    def entries(self, *, first: int, count: int) -> tuple[bytes, ...]:
        self._fail("reading")
        return tuple(self.leaves[first : first + count])

    def boxes(self, keys: Sequence[KeyRef]) -> Mapping[KeyRef, bytes]:
        self._fail("reading")
        return {key: self.stored[key] for key in keys if key in self.stored}

    def erase_boxes(self, ranges: Sequence[KeyRange]) -> int:
        gone = [key for key in self.stored if any(key in one for one in ranges)]
        for key in gone:
            del self.stored[key]
        return len(gone)

    def last_number(self, src: str) -> int:
        self._fail("reading")
        return max((leaf.sn for leaf in map(Leaf.from_bytes, self.leaves) if leaf.src == src), default=0)

    def close(self) -> None:
        """Nothing to close."""

    def _nodes(self, level: int, position: int) -> bytes:
        return tree_root(self.leaves[position << level : (position + 1) << level])

    def _fail(self, moment: str) -> None:
        if self.fails == moment:
            raise LogUnavailable("The log cannot be read or written now; nothing is shown or changed until it can.")


@dataclass(frozen=True, kw_only=True)
class MemoryDestroyed:
    """What became of a destruction."""

    before: bytes
    after: bytes
    count: int


@dataclass
class MemoryVault:
    """The vault's surface over a dictionary."""

    origin: str
    log_key: bytes
    keys: dict[KeyRef, bytes] = field(default_factory=dict)
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)
    last_seen: tuple[int, bytes] = (0, b"")
    fails: bool = False
    refuses_to_destroy: bool = False

    def allot(self, requests: Sequence[tuple[str, int]]) -> tuple[tuple[KeyRef, bytes], ...]:
        self._fail()
        allotted = []
        for data_class, day in requests:
            number = self.numbers.get((data_class, day), -1) + 1
            self.numbers[data_class, day] = number
            key = KeyRef(data_class=data_class, day=day, number=number)
            self.keys[key] = secrets.token_bytes(32)
            allotted.append((key, self.keys[key]))
        return tuple(allotted)

    def release(
        self, keys: Sequence[KeyRef], receipt: LogReceipt, consistency: Sequence[bytes]
    ) -> Mapping[KeyRef, bytes]:
        self._fail()
        leaf = self._proven(receipt)
        if any(not any(key in one for one in leaf.ranges("opens")) for key in keys):
            raise LogUnavailable("The entry does not let these keys out.")
        return {key: self.keys[key] for key in keys if key in self.keys}

    def destroy(
        self, ranges: Sequence[KeyRange], receipt: LogReceipt, consistency: Sequence[bytes], cosigned: str | None
    ) -> MemoryDestroyed:
        self._fail()
        leaf = self._proven(receipt)
        if self.refuses_to_destroy or leaf.event != "erasure.intend":
            raise LogUnavailable("The entry does not let these keys be destroyed.")
        before = self.inventory_root()
        gone = [key for key in self.keys if any(key in one for one in ranges)]
        for key in gone:
            del self.keys[key]
        return MemoryDestroyed(before=before, after=self.inventory_root(), count=len(gone))

    def seen(self) -> tuple[int, bytes]:
        self._fail()
        return self.last_seen

    def days(self) -> Sequence[tuple[str, int]]:
        return sorted({(key.data_class, key.day) for key in self.keys})

    def inventory_root(self) -> bytes:
        return leaf_hash(" ".join(sorted(key.text for key in self.keys)).encode())

    def close(self) -> None:
        """Nothing to close."""

    def _proven(self, receipt: LogReceipt) -> Leaf:
        self.last_seen = (max(self.last_seen[0], receipt.size), b"")
        return Leaf.from_bytes(verify_receipt(receipt, origin=self.origin, log_key=self.log_key))

    def _fail(self) -> None:
        if self.fails:
            raise LogUnavailable("The key vault does not answer; nothing is shown or changed until it does.")


def a_journal(log: MemoryLog, vault: MemoryVault, clock: Clock, settled: Callable[[], int] = lambda: 0) -> Journal:
    """Return a journal on this log and vault, started."""
    journal = Journal(
        log=log,
        vault=vault,
        witnesses=NoWitnesses(),
        sealer=CommittingSealer(),
        clock=clock,
        randomness=SystemRandomness(),
    )
    journal.start(settled)
    return journal
