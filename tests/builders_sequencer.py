"""A folder with a sequencer's log in it, drafts to append, and the whole of a log held against what was signed."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from contracts.signature import SigningKey
from governance.adapters.log.guard import GuardFile
from governance.adapters.log.intake import Intake
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.sqlite_store import SqliteStore
from governance.adapters.log.store import Store
from governance.audit.checkpoint import Checkpoint
from governance.audit.draft import Draft
from governance.audit.leaf import Compartment, KeyRef, Leaf
from governance.audit.merkle import tree_root

NOON: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
ORIGIN: Final = "audit.example/insyn/2026"
SEED: Final = bytes(range(32))


def a_key(number: int, *, day: int = 20_600, data_class: str = "log-subject") -> KeyRef:
    return KeyRef(data_class=data_class, day=day, number=number)


def a_draft(sn: int, *, src: str = "governance", number: int | None = None, box: bytes | None = None) -> Draft:
    """An entry with one sealed group; keys of different producers never meet."""
    key = a_key(number if number is not None else (hash_of(src) << 16) + sn)
    content = box if box is not None else f"sealed by {src} as {sn}".encode()
    compartment = Compartment(
        group="subject",
        key=key,
        commitment=hashlib.sha256(b"commitment" + content).digest(),
        box_sha256=hashlib.sha256(content).digest(),
    )
    return Draft(event="alert.view", src=src, sn=sn, compartments=(compartment,), boxes=((key, content),))


def hash_of(src: str) -> int:
    return int.from_bytes(hashlib.sha256(src.encode()).digest()[:2])


def drafts(first: int, count: int, *, src: str = "governance") -> list[Draft]:
    return [a_draft(sn, src=src) for sn in range(first, first + count)]


@dataclass
class LogFolder:
    """Where a log lies: database, guard and key, as the process lays them out."""

    path: Path
    origin: str = ORIGIN
    signer: HeadSigner = field(init=False)

    def __post_init__(self) -> None:
        self.signer = HeadSigner(self.origin, [SigningKey.from_seed(SEED)])

    @property
    def database(self) -> Path:
        return self.path / "database" / "log.db"

    @property
    def guard_path(self) -> Path:
        return self.path / "guard" / "log.guard"

    def guard(self) -> GuardFile:
        return GuardFile(self.guard_path, self.signer)

    def start(
        self,
        *,
        now: Callable[[], datetime] = lambda: NOON,
        store: Store | None = None,
        guard: GuardFile | None = None,
        intake: Intake | None = None,
        **more: Any,
    ) -> Sequencer:
        opened = store or SqliteStore(self.database)
        try:
            return Sequencer(
                store=opened, guard=guard or self.guard(), signer=self.signer, now=now, intake=intake, **more
            )
        except BaseException:
            opened.close()
            raise

    def leaves(self) -> list[bytes]:
        with closing(sqlite3.connect(self.database)) as database:
            return [leaf for (leaf,) in database.execute("SELECT leaf FROM log_entries ORDER BY place")]

    def head(self) -> Checkpoint:
        with closing(sqlite3.connect(self.database)) as database:
            (note,) = database.execute("SELECT note FROM log_head").fetchone()
        return self.signer.open(note)

    def execute(self, *statements: str) -> None:
        """Do what somebody with the database's password can do, its triggers taken away first."""
        with closing(sqlite3.connect(self.database)) as database, database:
            for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
                database.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                database.execute(statement)


def replay(folder: LogFolder) -> tuple[Checkpoint, list[Leaf]]:
    """Hold the whole log against its signed head and its guard; return both head and entries."""
    head, leaves = folder.head(), folder.leaves()
    return head, replayed(head, leaves, folder.guard().read())


def replayed(head: Checkpoint, leaves: Sequence[bytes], guard: Checkpoint) -> list[Leaf]:
    """The same for a log that was read in another way."""
    entries = [Leaf.from_bytes(leaf) for leaf in leaves]
    assert head.size == len(leaves)
    assert head.root == tree_root(leaves)
    assert guard.size <= head.size
    assert guard.root == tree_root(leaves[: guard.size])
    numbers: dict[str, int] = {}
    last_ms = 0
    for entry in entries:
        assert entry.sn == numbers.get(entry.src, 0) + 1
        assert entry.time_ms >= last_ms
        numbers[entry.src], last_ms = entry.sn, entry.time_ms
    return entries
