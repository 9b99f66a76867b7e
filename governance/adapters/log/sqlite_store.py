"""The log in SQLite: write-ahead log, `synchronous=FULL`, one writing connection and a few that read.

The triggers that refuse to change an entry are hygiene against accidents. The evidence is the signed tree.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

from governance.adapters.log.local_disk import require_local
from governance.adapters.log.store import (
    FORMAT,
    REFUSED_FORMAT,
    Change,
    CommitUncertain,
    Duplicate,
    Head,
    Missing,
    Request,
)
from governance.audit.errors import LogUnavailable
from governance.audit.leaf import KeyRange, KeyRef

_TABLES: Final = (
    """CREATE TABLE log_head (
        id INTEGER PRIMARY KEY CHECK (id = 1), format TEXT NOT NULL, origin TEXT NOT NULL, size INTEGER NOT NULL,
        root BLOB NOT NULL, note TEXT NOT NULL, epoch INTEGER NOT NULL, time_ms INTEGER NOT NULL)""",
    "CREATE TABLE log_entries (place INTEGER PRIMARY KEY, leaf BLOB NOT NULL)",
    "CREATE TABLE log_tiles (level INTEGER, place INTEGER, nodes BLOB NOT NULL, PRIMARY KEY (level, place))",
    """CREATE TABLE log_boxes (
        data_class TEXT, day INTEGER, number INTEGER, box BLOB NOT NULL, PRIMARY KEY (data_class, day, number)
        ) WITHOUT ROWID""",
    """CREATE TABLE log_requests (
        src TEXT, sn INTEGER, request TEXT NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (src, sn)) WITHOUT ROWID""",
    "CREATE TABLE log_sources (src TEXT PRIMARY KEY, sn INTEGER NOT NULL) WITHOUT ROWID",
)
_APPEND_ONLY: Final = ("log_entries", "log_tiles", "log_requests")
_ROOT_BYTES: Final = 32
_MOST_READERS: Final = 8
_BUSY_S: Final = 5.0
_FULL: Final = 2
_ALTERED: Final = "Something of the log was altered: it is not stored as it was written; run `insyn log verify`."
_UNREADABLE: Final = "The log's database cannot be read or written now; nothing is shown or changed until it can."
_DISK_FULL: Final = "The log's disk is full. Nothing was shown or changed; free some space and try again."


class SqliteStore:
    """One SQLite file that holds one log and nothing else.

    Raises:
        LogUnavailable: the file cannot be opened durably, is none of ours, or lies on a network file system.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._readers: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        with _told():
            try:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise LogUnavailable(f"The log's data folder cannot be made: {error.strerror}.") from error
            require_local(path.parent)
            self._writer = self._connect()
            try:
                self._require_durable()
                self._require_ours()
            except (sqlite3.Error, LogUnavailable):
                self._writer.close()
                raise

    def head(self) -> Head | None:
        """Return the head row; nothing where no log was begun."""
        with self._reading() as connection:
            row = connection.execute("SELECT format, origin, size, root, note, epoch, time_ms FROM log_head").fetchone()
        if row is None:
            return None
        if row[0] != FORMAT:
            raise LogUnavailable(REFUSED_FORMAT)
        if tuple(map(type, row)) != (str, str, int, bytes, str, int, int):
            raise LogUnavailable(_ALTERED)
        return Head(origin=row[1], size=row[2], root=row[3], note=row[4], epoch=row[5], time_ms=row[6])

    def begin(self, head: Head) -> None:
        """Write the head row of an empty log."""
        with _told(), self._transaction():
            self._writer.execute(
                "INSERT INTO log_head VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
                (FORMAT, head.origin, head.size, head.root, head.note, head.epoch, head.time_ms),
            )

    def claim(self) -> int:
        """Raise the epoch durably and return it."""
        with _told(), self._transaction():
            row = self._writer.execute("UPDATE log_head SET epoch = epoch + 1 RETURNING epoch").fetchone()
        return int(row[0])

    def commit(self, change: Change) -> None:
        """Write a change durably, or nothing of it; the fence is in the same transaction."""
        with _told(), self._transaction():
            self._move_head(change)
            self._insert_tree(change)
            try:
                self._insert_beside(change)
            except sqlite3.IntegrityError as error:
                raise Duplicate("A key's box or a request of this group is in the log already.") from error

    def leaves(self, first: int, count: int) -> list[bytes]:
        """Return up to `count` leaves from an index on."""
        query = "SELECT leaf FROM log_entries WHERE place >= ? AND place < ? ORDER BY place"
        return self._column(query, (first, first + count))

    def tile(self, level: int, index: int) -> bytes:
        """Return the 511 nodes of a full tile."""
        found = self._column("SELECT nodes FROM log_tiles WHERE level = ? AND place = ?", (level, index))
        if not found:
            raise Missing("A part of the log's tree is missing in the database.")
        return found[0]

    def tile_tops(self, level: int, first: int, count: int) -> list[bytes]:
        """Return the topmost hash of up to `count` full tiles of a level, from an index on."""
        query = "SELECT substr(nodes, 1, ?) FROM log_tiles WHERE level = ? AND place >= ? AND place < ? ORDER BY place"
        return self._column(query, (_ROOT_BYTES, level, first, first + count))

    def stored_size(self) -> int:
        """Return one more than the greatest index there is, whatever the head says."""
        with self._reading() as connection:
            (greatest,) = connection.execute("SELECT max(place) FROM log_entries").fetchone()
        return 0 if greatest is None else int(greatest) + 1

    def sources(self) -> dict[str, int]:
        """Return every producer's last number."""
        with self._reading() as connection:
            return dict(connection.execute("SELECT src, sn FROM log_sources"))

    def request(self, src: str, sn: int) -> Request | None:
        """Return the request whose first entry bears this number of this producer."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT request, first, count FROM log_requests WHERE src = ? AND sn = ?", (src, sn)
            ).fetchone()
        return None if row is None else Request(src=src, sn=sn, request_id=row[0], first=row[1], count=row[2])

    def boxes(self, keys: Sequence[KeyRef]) -> dict[KeyRef, bytes]:
        """Return the boxes that there are of these keys."""
        query = "SELECT box FROM log_boxes WHERE data_class = ? AND day = ? AND number = ?"
        found = {}
        with self._reading() as connection:
            for key in keys:
                row = connection.execute(query, (key.data_class, key.day, key.number)).fetchone()
                if row is not None:
                    found[key] = _bytes(row[0])
        return found

    def erase_boxes(self, ranges: Sequence[KeyRange]) -> int:
        """Erase the boxes of these keys, overwrite them (`secure_delete`), and empty the write-ahead log of them."""
        query = "DELETE FROM log_boxes WHERE data_class = ? AND day = ? AND number BETWEEN ? AND ?"
        with _told():
            with self._transaction():
                count = sum(
                    self._writer.execute(query, (one.data_class, one.day, one.first, one.last)).rowcount
                    for one in ranges
                )
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return count

    def close(self) -> None:
        """Give the database back."""
        with suppress(Empty):
            while True:
                self._readers.get_nowait().close()
        self._writer.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA cache_size = -16000")
        return connection

    def _require_durable(self) -> None:
        mode = self._writer.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        self._writer.execute("PRAGMA synchronous = FULL")
        level = self._writer.execute("PRAGMA synchronous").fetchone()[0]
        self._writer.execute("PRAGMA secure_delete = ON")
        if mode != "wal" or level != _FULL:
            raise LogUnavailable("The log's database cannot be made durable where it lies; choose another folder.")

    def _require_ours(self) -> None:
        tables = {row[0] for row in self._writer.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if not tables:
            with self._transaction():
                for statement in (*_TABLES, *_triggers()):
                    self._writer.execute(statement)
        elif tables != {f"log_{name}" for name in ("boxes", "entries", "head", "requests", "sources", "tiles")}:
            raise LogUnavailable(REFUSED_FORMAT)

    def _move_head(self, change: Change) -> None:
        head = change.head
        moved = self._writer.execute(
            "UPDATE log_head SET size = ?, root = ?, note = ?, time_ms = ? WHERE size = ? AND epoch = ?",
            (head.size, head.root, head.note, head.time_ms, change.old_size, head.epoch),
        )
        if moved.rowcount != 1:
            raise CommitUncertain("Another sequencer has taken the log over; this one must end.")

    def _insert_tree(self, change: Change) -> None:
        try:
            self._writer.executemany(
                "INSERT INTO log_entries VALUES (?, ?)", enumerate(change.leaves, start=change.old_size)
            )
            self._writer.executemany(
                "INSERT INTO log_tiles VALUES (?, ?, ?)",
                [(tile.level, tile.index, tile.nodes) for tile in change.tiles],
            )
        except sqlite3.IntegrityError as error:
            raise CommitUncertain("The database holds entries that nobody signed; this sequencer must end.") from error

    def _insert_beside(self, change: Change) -> None:
        self._writer.executemany(
            "INSERT INTO log_boxes VALUES (?, ?, ?, ?)",
            [(one.key.data_class, one.key.day, one.key.number, one.box) for one in change.boxes],
        )
        self._writer.executemany(
            "INSERT INTO log_requests VALUES (?, ?, ?, ?, ?)",
            [(one.src, one.sn, one.request_id, one.first, one.count) for one in change.requests],
        )
        self._writer.executemany(
            "INSERT INTO log_sources VALUES (?, ?) ON CONFLICT (src) DO UPDATE SET sn = excluded.sn",
            change.sources.items(),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commit what is done inside, or take it back. What cannot be taken back for certain is uncertain."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._take_back()
            raise
        try:
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            unconfirmed = "The log's database did not confirm a commit; start the sequencer anew."
            raise CommitUncertain(_DISK_FULL if _is_full(error) else unconfirmed) from error

    def _take_back(self) -> None:
        try:
            # Some errors end the transaction by themselves.
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise CommitUncertain("The log's database did not take a change back; start the sequencer anew.") from error

    def _column(self, query: str, values: Iterable[Any]) -> list[bytes]:
        with self._reading() as connection:
            return [_bytes(row[0]) for row in connection.execute(query, tuple(values))]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with _told():
            try:
                connection = self._readers.get_nowait()
            except Empty:
                connection = self._connect()
                connection.execute("PRAGMA query_only = ON")
            try:
                yield connection
            finally:
                if self._readers.qsize() < _MOST_READERS:
                    self._readers.put(connection)
                else:
                    connection.close()


def _bytes(value: object) -> bytes:
    """SQLite stores a value of any type in any column; we wrote bytes."""
    if not isinstance(value, bytes):
        raise LogUnavailable(_ALTERED)
    return value


def _triggers() -> Iterator[str]:
    for table in _APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
            )


@contextmanager
def _told() -> Iterator[None]:
    """Say the library's errors in the log's own words; they never hold a value."""
    try:
        yield
    except sqlite3.Error as error:
        raise LogUnavailable(_DISK_FULL if _is_full(error) else _UNREADABLE) from error


def _is_full(error: sqlite3.Error) -> bool:
    """Say whether the disk was full. An error of the driver itself bears no code."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
