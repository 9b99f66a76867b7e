"""The transparency log in the database: entries, tree and signed head, in the transaction of what they record.

An entry is appended within the caller's transaction, so that the record and the change stand or fall together. After
the commit `published` moves the guard file, which lies outside the database; only what the guard covers gets a receipt.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from contracts.receipt import LogReceipt
from contracts.signature import SigningKey
from governance.adapters.log_guard import GuardFile, Seen
from governance.audit.checkpoint import Checkpoint, open_checkpoint, signed_note
from governance.audit.entry import Value, new_entry
from governance.audit.errors import CheckpointRefused, ClockWentBack, LogRolledBack, LogUnavailable, ProofRefused
from governance.audit.merkle import EMPTY, Frontier, consistency_proof, inclusion_proof, root_of
from governance.audit.verify import verify_consistency, verify_inclusion

LOG_TABLES: Final = MetaData()

ENTRIES: Final = Table(
    "log_entries",
    LOG_TABLES,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
)
NODES: Final = Table(
    "log_nodes",
    LOG_TABLES,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)
HEAD: Final = Table(
    "log_head",
    LOG_TABLES,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("checkpoint", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
)

_APPEND_ONLY: Final = ("log_entries", "log_nodes")
_PAGE: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TOLERATED_STEP_BACK_MS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """An entry's place, and the log's size and root with it. It is no receipt: the transaction may yet fail."""

    index: int
    leaf: bytes
    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as it lies in the database."""

    index: int
    leaf: bytes
    leaf_hash: bytes


def create_log_tables(connection: Connection) -> None:
    """Create the tables and the triggers that refuse to change or delete an entry. Used by the first migration.

    The triggers are hygiene; the evidence is the signed tree and the guard file.
    """
    LOG_TABLES.create_all(connection)
    for table in _APPEND_ONLY:
        for statement in _triggers(table, connection.dialect.name):
            connection.execute(text(statement))


def _triggers(table: str, dialect: str) -> tuple[str, ...]:
    refusal = "the log is append-only"
    if dialect == "sqlite":
        abort = f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        return (
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {abort}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {abort}",
        )
    function = f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    trigger = f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
    return (
        f"{function} $$ BEGIN RAISE EXCEPTION '{refusal}'; END $$",
        f"{trigger} FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
    )


def ed25519_verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether the Ed25519 signature over the message is good: the function that `governance.audit` takes."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class TransparencyLog:
    """One log: its origin, its key and its guard. Connections come from the caller, whose transaction is used.

    Every method raises `LogUnavailable` (or a kind of it) where the log cannot do its work; nothing may then be shown.
    """

    def __init__(self, *, origin: str, key: SigningKey, guard: GuardFile) -> None:
        self.origin = origin
        self._key = key
        self._guard = guard
        self._epoch: int | None = None

    @property
    def public_key(self) -> bytes:
        """The 32 bytes by which everybody verifies this log's checkpoints."""
        return self._key.public

    def start(self, connection: Connection) -> None:
        """Take the log over: check its head against the guard file, and claim a new epoch. Call once, then commit.

        A server that claimed an earlier epoch can append nothing from then on.

        Raises:
            LogRolledBack: the guard file saw more, or something else, than the database holds.
        """
        with _database():
            row = connection.execute(select(HEAD)).one_or_none()
            if row is None:
                self._begin(connection)
                return
            head = self._checked_head(row)
            self._require_not_rolled_back(connection, head)
            connection.execute(update(HEAD).values(epoch=row.epoch + 1))
            self._epoch = row.epoch + 1

    def append(self, connection: Connection, event: str, fields: Mapping[str, Value], *, now: datetime) -> Appended:
        """Append one entry within the caller's transaction, and sign the new head.

        Raises:
            EntryRefused: the entry would carry what does not belong in the log.
            ClockWentBack: `now` lies more than a second before the last entry.
            LogUnavailable: the database refused, or another server has taken the log over.
        """
        with _database():
            row = connection.execute(select(HEAD).with_for_update()).one_or_none()
            if row is None or self._epoch is None:
                raise LogUnavailable("The log was not started on this database; start the server anew.")
            entry = new_entry(event, time_ms=_next_time(row.time_ms, now), fields=fields)
            leaf = entry.to_leaf()
            grown = _frontier(row).append(leaf)
            _store(connection, row.size, leaf, grown.completed)
            self._move_head(connection, row, grown.frontier, entry.time_ms)
            return Appended(index=row.size, leaf=leaf, size=row.size + 1, root=grown.frontier.root)

    def published(self, last: Appended) -> None:
        """Move the guard file to a committed head. Call after every commit, with the transaction's last entry.

        Until then there is no receipt for the entry, so that nothing waiting for it can be shown.

        Raises:
            LogUnavailable: the guard file cannot be written, or saw another log.
        """
        self._guard.advance(Seen(origin=self.origin, size=last.size, root=last.root))

    def receipt(self, connection: Connection, index: int) -> LogReceipt:
        """Return the verified proof that this entry stands in the log, as the guard file covers it.

        Raises:
            LogUnavailable: it cannot be proven now.
        """
        with _database():
            row = connection.execute(select(HEAD)).one()
            head = self._checked_head(row)
            stored = connection.execute(select(ENTRIES).where(ENTRIES.c["index"] == index)).one_or_none()
            if stored is None or index >= self._guard.read().size:
                raise LogUnavailable("This entry is not in the committed log.")
            proof = _proven_inclusion(connection, stored.leaf, index, head)
            return LogReceipt(index=index, leaf=bytes(stored.leaf), proof=proof, checkpoint=row.checkpoint)

    def checkpoint(self, connection: Connection) -> str:
        """Return the signed note over the current head, verified."""
        with _database():
            row = connection.execute(select(HEAD)).one()
            self._checked_head(row)
            return str(row.checkpoint)

    def size(self, connection: Connection) -> int:
        """Return the number of entries, by the signed head."""
        with _database():
            return self._checked_head(connection.execute(select(HEAD)).one()).size

    def consistency(self, connection: Connection, old: int) -> tuple[bytes, ...]:
        """Return the verified proof that today's log extends the one of `old` entries."""
        with _database():
            head = self._checked_head(connection.execute(select(HEAD)).one())
            nodes = _Nodes(connection)
            proof = consistency_proof(nodes, old=old, new=head.size)
            verify_consistency(old=old, old_root=root_of(nodes, old), new=head.size, new_root=head.root, proof=proof)
            return proof

    def entries(self, connection: Connection, *, first: int, count: int) -> tuple[StoredEntry, ...]:
        """Return up to `count` entries from the index `first` on."""
        column = ENTRIES.c["index"]
        with _database():
            rows = connection.execute(
                select(ENTRIES).where(column >= first, column < first + count).order_by(column)
            ).all()
            return tuple(_stored(row) for row in rows)

    def _begin(self, connection: Connection) -> None:
        if self._guard.exists() and self._guard.read().size > 0:
            raise LogRolledBack(
                "The database holds no log, but the guard file has seen one: restore the right database, do not go on."
            )
        connection.execute(
            insert(HEAD).values(
                id=1, size=0, root=EMPTY.root, frontier=b"", checkpoint=self._sign(EMPTY), epoch=1, time_ms=0
            )
        )
        self._guard.begin(Seen(origin=self.origin, size=0, root=EMPTY.root))
        self._epoch = 1

    def _require_not_rolled_back(self, connection: Connection, head: Checkpoint) -> None:
        seen = self._guard.read()
        if seen.origin != self.origin:
            raise LogRolledBack("The guard file is of another log; put back the one of this database.")
        if seen.size > head.size:
            raise LogRolledBack(
                f"The database holds {head.size} log entries, but {seen.size} were seen: an older copy was put in its "
                "place. Restore the newest database; nothing runs on this one."
            )
        if root_of(_Nodes(connection), seen.size) != seen.root:
            raise LogRolledBack("The log's beginning is not the one that the guard file saw; nothing runs on it.")

    def _checked_head(self, row: Row[*tuple[Any, ...]]) -> Checkpoint:
        head = open_checkpoint(row.checkpoint, origin=self.origin, public_key=self.public_key, verify=ed25519_verifies)
        if (head.size, head.root) != (row.size, bytes(row.root)):
            raise LogRolledBack("The log's head is not the one that was signed; nothing runs on it.")
        return head

    def _move_head(self, connection: Connection, row: Row[*tuple[Any, ...]], frontier: Frontier, time_ms: int) -> None:
        """Compare and swap: the size and the epoch read are the ones that still stand, or nothing is appended."""
        moved = connection.execute(
            update(HEAD)
            .where(HEAD.c.size == row.size, HEAD.c.epoch == self._epoch)
            .values(
                size=frontier.size,
                root=frontier.root,
                frontier=b"".join(frontier.nodes),
                checkpoint=self._sign(frontier),
                time_ms=time_ms,
            )
        )
        if moved.rowcount != 1:
            raise LogUnavailable("Another server has taken the log over; this one must end.")

    def _sign(self, frontier: Frontier) -> str:
        checkpoint = Checkpoint(origin=self.origin, size=frontier.size, root=frontier.root)
        return signed_note(checkpoint, public_key=self.public_key, sign=self._key.private.sign)


def _store(connection: Connection, index: int, leaf: bytes, completed: tuple[tuple[int, int, bytes], ...]) -> None:
    (_, _, hash_of_leaf), *parents = completed
    connection.execute(insert(ENTRIES).values(index=index, leaf=leaf, leaf_hash=hash_of_leaf))
    for level, position, value in parents:
        connection.execute(insert(NODES).values(level=level, position=position, hash=value))


def _frontier(row: Row[*tuple[Any, ...]]) -> Frontier:
    joined = bytes(row.frontier)
    nodes = tuple(joined[start : start + 32] for start in range(0, len(joined), 32))
    frontier = Frontier(size=row.size, nodes=nodes)
    if frontier.root != bytes(row.root):
        raise LogRolledBack("The log's frontier and its root disagree; nothing is appended.")
    return frontier


def _next_time(last_ms: int, now: datetime) -> int:
    """Return the entry's time: never before the last one's. A larger step back stops the log."""
    now_ms = (now - _EPOCH) // timedelta(milliseconds=1)
    if last_ms - now_ms > _TOLERATED_STEP_BACK_MS:
        raise ClockWentBack("This machine's clock lies behind the log's last entry; set it right, then start again.")
    return max(last_ms, now_ms)


@contextmanager
def _database() -> Iterator[None]:
    """Say in the log's own words that it cannot work. Entries that are refused stay what they are."""
    try:
        yield
    except SQLAlchemyError as error:
        raise LogUnavailable(
            "The log cannot be read or written now; nothing is shown or changed until it can."
        ) from error
    except CheckpointRefused as error:
        raise LogRolledBack("The log's head is not signed by this log's key; nothing runs on it.") from error
    except ProofRefused as error:
        raise LogUnavailable("The log could not prove an entry; run `insyn log verify`.") from error


class _Nodes:
    """Looks complete subtrees up in the database. What it gives is trusted only after the proof was verified."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, level: int, position: int) -> bytes:
        if level == 0:
            query = select(ENTRIES.c.leaf_hash).where(ENTRIES.c["index"] == position)
        else:
            query = select(NODES.c.hash).where(NODES.c.level == level, NODES.c.position == position)
        value = self._connection.execute(query).scalar_one_or_none()
        if value is None:
            raise LogUnavailable("A part of the log's tree is missing in the database.")
        return bytes(value)


def read_entries(connection: Connection) -> Iterator[StoredEntry]:
    """Yield every entry in order, a page at a time: for replaying the whole log."""
    column, after = ENTRIES.c["index"], -1
    while True:
        rows = connection.execute(select(ENTRIES).where(column > after).order_by(column).limit(_PAGE)).all()
        yield from map(_stored, rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def _stored(row: Iterable[object]) -> StoredEntry:
    index, leaf, leaf_hash = row
    if not isinstance(index, int) or not isinstance(leaf, bytes) or not isinstance(leaf_hash, bytes):
        raise LogUnavailable("An entry of the log was altered: it is not stored as it was written.")
    return StoredEntry(index=index, leaf=leaf, leaf_hash=leaf_hash)


def _proven_inclusion(connection: Connection, leaf: bytes, index: int, head: Checkpoint) -> tuple[bytes, ...]:
    proof = inclusion_proof(_Nodes(connection), index=index, size=head.size)
    verify_inclusion(leaf=leaf, index=index, size=head.size, proof=proof, root=head.root)
    return proof
