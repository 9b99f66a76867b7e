"""The log in PostgreSQL: COPY for the rows, `synchronous_commit=on`, one writing connection and a few that read.

An advisory lock keeps a second sequencer from trying in vain. The guarantee is the fence in the transaction itself: a
lock dies with its connection while the process that held it may live on.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any, Final

import psycopg
from psycopg import Connection, Cursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo

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
        id integer PRIMARY KEY CHECK (id = 1), format text NOT NULL, origin text NOT NULL, size bigint NOT NULL,
        root bytea NOT NULL, note text NOT NULL, epoch bigint NOT NULL, time_ms bigint NOT NULL)""",
    "CREATE TABLE log_entries (place bigint PRIMARY KEY, leaf bytea NOT NULL)",
    "CREATE TABLE log_tiles (level integer, place bigint, nodes bytea NOT NULL, PRIMARY KEY (level, place))",
    """CREATE TABLE log_boxes (
        data_class text, day integer, number bigint, box bytea NOT NULL, PRIMARY KEY (data_class, day, number))""",
    """CREATE TABLE log_requests (
        src text, sn bigint, request text NOT NULL, first bigint NOT NULL, count integer NOT NULL,
        PRIMARY KEY (src, sn))""",
    "CREATE TABLE log_sources (src text PRIMARY KEY, sn bigint NOT NULL)",
    # Hashes do not compress; trying to costs time.
    "ALTER TABLE log_tiles ALTER COLUMN nodes SET STORAGE EXTERNAL",
    "ALTER TABLE log_boxes ALTER COLUMN box SET STORAGE EXTERNAL",
)
_APPEND_ONLY: Final = ("log_entries", "log_tiles", "log_requests")
_NAMES: Final = frozenset(f"log_{name}" for name in ("boxes", "entries", "head", "requests", "sources", "tiles"))
_LOCK: Final = 0x696E7379_6E6C6F67
"""The advisory lock of a log: one log lives in one database."""
_LOCK_TRIES: Final = 50
_ROOT_BYTES: Final = 32
_MOST_READERS: Final = 8
_CONNECT_S: Final = "5"
_MUST_BE: Final = {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "remote_apply")}
_UNREADABLE: Final = "The log's database cannot be read or written now; nothing is shown or changed until it can."


class PostgresqlStore:
    """One PostgreSQL database, or one schema of it, that holds one log.

    Raises:
        LogUnavailable: it cannot be reached, is not durable, is none of ours, or another sequencer holds it.
    """

    def __init__(self, url: str, *, alone: bool = True) -> None:
        """Open the database; `alone` takes the advisory lock."""
        self._conninfo = _conninfo(url)
        self._readers: SimpleQueue[Connection[Any]] = SimpleQueue()
        with _told():
            self._writer = self._connect()
            try:
                self._require_durable()
                if alone:
                    self._lock()
                self._require_ours()
            except (psycopg.Error, LogUnavailable):
                self._writer.close()
                raise

    def head(self) -> Head | None:
        """Return the head row; nothing where no log was begun."""
        rows = self._rows("SELECT format, origin, size, root, note, epoch, time_ms FROM log_head")
        if not rows:
            return None
        written, origin, size, root, note, epoch, time_ms = rows[0]
        if written != FORMAT:
            raise LogUnavailable(REFUSED_FORMAT)
        return Head(origin=origin, size=size, root=root, note=note, epoch=epoch, time_ms=time_ms)

    def begin(self, head: Head) -> None:
        """Write the head row of an empty log."""
        with _told(), self._transaction() as cursor:
            cursor.execute(
                "INSERT INTO log_head VALUES (1, %s, %s, %s, %s, %s, %s, %s)",
                (FORMAT, head.origin, head.size, head.root, head.note, head.epoch, head.time_ms),
            )

    def claim(self) -> int:
        """Raise the epoch durably and return it."""
        with _told(), self._transaction() as cursor:
            row = cursor.execute("UPDATE log_head SET epoch = epoch + 1 RETURNING epoch").fetchone()
        if row is None:
            raise LogUnavailable("The database holds no log.")
        return int(row[0])

    def commit(self, change: Change) -> None:
        """Write a change durably, or nothing of it; the fence is in the same transaction."""
        with _told(), self._transaction() as cursor:
            _move_head(cursor, change)
            try:
                _insert_tree(cursor, change)
            except psycopg.errors.UniqueViolation as error:
                raise CommitUncertain(
                    "The database holds entries that nobody signed; this sequencer must end."
                ) from error
            try:
                _insert_beside(cursor, change)
            except psycopg.errors.UniqueViolation as error:
                raise Duplicate("A key's box or a request of this group is in the log already.") from error

    def leaves(self, first: int, count: int) -> list[bytes]:
        """Return up to `count` leaves from an index on."""
        query = "SELECT leaf FROM log_entries WHERE place >= %s AND place < %s ORDER BY place"
        return [row[0] for row in self._rows(query, (first, first + count))]

    def tile(self, level: int, index: int) -> bytes:
        """Return the 511 nodes of a full tile."""
        rows = self._rows("SELECT nodes FROM log_tiles WHERE level = %s AND place = %s", (level, index))
        if not rows:
            raise Missing("A part of the log's tree is missing in the database.")
        return bytes(rows[0][0])

    def tile_tops(self, level: int, first: int, count: int) -> list[bytes]:
        """Return the topmost hash of up to `count` full tiles of a level, from an index on."""
        query = (
            "SELECT substring(nodes FROM 1 FOR %s) FROM log_tiles "
            "WHERE level = %s AND place >= %s AND place < %s ORDER BY place"
        )
        return [row[0] for row in self._rows(query, (_ROOT_BYTES, level, first, first + count))]

    def stored_size(self) -> int:
        """Return one more than the greatest index there is, whatever the head says."""
        greatest = self._rows("SELECT max(place) FROM log_entries")[0][0]
        return 0 if greatest is None else int(greatest) + 1

    def sources(self) -> dict[str, int]:
        """Return every producer's last number."""
        return dict(self._rows("SELECT src, sn FROM log_sources"))

    def request(self, src: str, sn: int) -> Request | None:
        """Return the request whose first entry bears this number of this producer."""
        query = "SELECT request, first, count FROM log_requests WHERE src = %s AND sn = %s"
        rows = self._rows(query, (src, sn))
        if not rows:
            return None
        request_id, first, count = rows[0]
        return Request(src=src, sn=sn, request_id=request_id, first=first, count=count)

    def boxes(self, keys: Sequence[KeyRef]) -> dict[KeyRef, bytes]:
        """Return the boxes that there are of these keys."""
        query = "SELECT box FROM log_boxes WHERE data_class = %s AND day = %s AND number = %s"
        found = {}
        with self._reading() as connection:
            for key in keys:
                row = connection.execute(query, (key.data_class, key.day, key.number)).fetchone()
                if row is not None:
                    found[key] = bytes(row[0])
        return found

    def erase_boxes(self, ranges: Sequence[KeyRange]) -> int:
        """Erase the boxes of these keys, and let VACUUM give their pages free."""
        query = "DELETE FROM log_boxes WHERE data_class = %s AND day = %s AND number BETWEEN %s AND %s"
        with _told():
            with self._transaction() as cursor:
                count = sum(
                    cursor.execute(query, (one.data_class, one.day, one.first, one.last)).rowcount for one in ranges
                )
            if count:
                self._writer.execute("VACUUM log_boxes")
        return count

    def close(self) -> None:
        """Give the database back."""
        with suppress(Empty):
            while True:
                self._readers.get_nowait().close()
        self._writer.close()

    def _connect(self) -> Connection[Any]:
        # Errors never come with the values of a statement; they are cut off before they reach anybody all the same.
        return psycopg.connect(self._conninfo, autocommit=True)

    def _require_durable(self) -> None:
        for name, good in _MUST_BE.items():
            row = self._writer.execute("SELECT current_setting(%s)", (name,)).fetchone()
            if row is None or row[0] not in good:
                raise LogUnavailable(
                    f"PostgreSQL runs with {name} other than '{good[0]}', so that a commit can be lost; set it right."
                )

        # Pinned for this session, whatever the server's settings become while it runs.
        self._writer.execute("SELECT set_config('synchronous_commit', current_setting('synchronous_commit'), false)")

    def _lock(self) -> None:
        """Take the advisory lock. One whose process was killed is free as soon as the server has noticed."""
        for _ in range(_LOCK_TRIES):
            row = self._writer.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
            if row is not None and row[0]:
                return
            self._writer.execute("SELECT pg_sleep(0.1)")
        raise LogUnavailable("Another sequencer runs on this database; end it first.")

    def _require_ours(self) -> None:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        tables = {row[0] for row in self._writer.execute(query).fetchall()}
        if not tables:
            with self._transaction() as cursor:
                for statement in (*_TABLES, *_triggers()):
                    cursor.execute(statement.encode())
        elif not tables >= _NAMES:
            raise LogUnavailable(REFUSED_FORMAT)

    @contextmanager
    def _transaction(self) -> Iterator[Cursor[Any]]:
        """Commit what is done inside, or take it back. What cannot be taken back for certain is uncertain."""
        try:
            cursor = self._writer.cursor()
            cursor.execute("BEGIN")
        except psycopg.OperationalError as error:
            # Nothing was begun, and nothing ever will be on this connection: a fresh start makes a new one.
            raise CommitUncertain("The log's database was lost; start the sequencer anew.") from error
        try:
            yield cursor
        except BaseException:
            self._take_back(cursor)
            raise
        try:
            cursor.execute("COMMIT")
        except psycopg.Error as error:
            raise CommitUncertain("The log's database did not confirm a commit; start the sequencer anew.") from error

    def _take_back(self, cursor: Cursor[Any]) -> None:
        try:
            cursor.execute("ROLLBACK")
        except psycopg.Error as error:
            # Without its connection nothing can be written any more: a fresh start makes a new one.
            raise CommitUncertain("The log's database was lost in a change; start the sequencer anew.") from error

    def _rows(self, query: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with self._reading() as connection:
            return connection.execute(query.encode(), tuple(values)).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[Connection[Any]]:
        with _told():
            connection = self._a_reader()
            try:
                yield connection
            finally:
                if not connection.closed and self._readers.qsize() < _MOST_READERS:
                    self._readers.put(connection)
                else:
                    connection.close()

    def _a_reader(self) -> Connection[Any]:
        try:
            return self._readers.get_nowait()
        except Empty:
            connection = self._connect()
            connection.read_only = True
            return connection


def _move_head(cursor: Cursor[Any], change: Change) -> None:
    head = change.head
    moved = cursor.execute(
        "UPDATE log_head SET size = %s, root = %s, note = %s, time_ms = %s WHERE size = %s AND epoch = %s",
        (head.size, head.root, head.note, head.time_ms, change.old_size, head.epoch),
    )
    if moved.rowcount != 1:
        raise CommitUncertain("Another sequencer has taken the log over; this one must end.")


def _insert_tree(cursor: Cursor[Any], change: Change) -> None:
    _copy(cursor, "log_entries (place, leaf)", ("int8", "bytea"), enumerate(change.leaves, start=change.old_size))
    tiles = [(tile.level, tile.index, tile.nodes) for tile in change.tiles]
    _copy(cursor, "log_tiles (level, place, nodes)", ("int4", "int8", "bytea"), tiles)


def _insert_beside(cursor: Cursor[Any], change: Change) -> None:
    boxes = [(one.key.data_class, one.key.day, one.key.number, one.box) for one in change.boxes]
    _copy(cursor, "log_boxes (data_class, day, number, box)", ("text", "int4", "int8", "bytea"), boxes)
    requests = [(one.src, one.sn, one.request_id, one.first, one.count) for one in change.requests]
    _copy(cursor, "log_requests (src, sn, request, first, count)", ("text", "int8", "text", "int8", "int4"), requests)
    cursor.execute(
        "INSERT INTO log_sources SELECT * FROM unnest(%s::text[], %s::bigint[]) "
        "ON CONFLICT (src) DO UPDATE SET sn = excluded.sn",
        (list(change.sources), list(change.sources.values())),
    )


def _copy(cursor: Cursor[Any], into: str, types: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    ready = list(rows)
    if not ready:
        return
    with cursor.copy(f"COPY {into} FROM STDIN (FORMAT BINARY)".encode()) as copy:
        copy.set_types(types)
        for row in ready:
            copy.write_row(row)


def _triggers() -> Iterator[str]:
    yield (
        "CREATE FUNCTION log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$"
    )
    for table in _APPEND_ONLY:
        yield (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()"
        )


def _conninfo(url: str) -> str:
    """Return the connection's settings; SQLAlchemy's spelling of the address is understood too."""
    try:
        given = conninfo_to_dict(url.replace("postgresql+psycopg://", "postgresql://", 1))
        settings: dict[str, Any] = {"connect_timeout": _CONNECT_S, "application_name": "insyn-sequencer", **given}
        return make_conninfo(**settings)
    except psycopg.Error as error:
        raise LogUnavailable("The address of the log's PostgreSQL database is not one.") from error


@contextmanager
def _told() -> Iterator[None]:
    """Say the library's errors in the log's own words: those of PostgreSQL quote values."""
    try:
        yield
    except psycopg.Error as error:
        raise LogUnavailable(_UNREADABLE) from error
