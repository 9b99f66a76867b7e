"""Transactions: records and log entries become true together, or not at all; one writer at a time."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    create_engine,
    delete,
    event,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from contracts.receipt import LogReceipt
from governance.adapters.db import tables
from governance.adapters.db.opened_tables import OpenedTables
from governance.adapters.db.repositories import storage_errors
from governance.adapters.db.watch import Watch, is_watched
from governance.application import ports
from governance.application.errors import GovernanceError, StorageFailed
from governance.application.journal import Journal, Line, Written
from governance.application.log_errors import log_errors
from governance.audit.errors import LogUnavailable
from governance.audit.leaf import Compartment
from governance.domain.deployments import IssuedLease, LeaseAccount
from governance.domain.events import Event
from governance.domain.identifiers import (
    CameraId,
    DeploymentId,
    LeaseId,
    ObjectId,
    SiteId,
    WarrantId,
)

_BUSY_MILLISECONDS: Final = 10_000
_TURN: Final = 0x696E73796E
"""The number of PostgreSQL's advisory lock that writers take in turn."""

_CHILDREN_FIRST: Final = tuple(
    table
    for table in reversed(tables.METADATA.sorted_tables)
    if table not in {tables.OBJECTS, tables.ERASURES, tables.DAY_ERASURES, tables.MARKS, tables.SETTLED}
)
"""What `remove_due` may remove, in an order that foreign keys allow. Objects go by their logged erasure only, intents
when they are carried out, a mark with its row."""


def open_engine(url: str) -> Engine:
    """Open the database. On SQLite each connection is durable, strict about references, and overwrites what it deletes.

    Raises:
        StorageFailed: it cannot be opened.
    """
    # Values stay out of every error's text. One writer at a time on SQLite; elsewhere the database itself refuses what
    # could not have happened one by one.
    level: dict[str, Any] = {} if url.startswith("sqlite:") else {"isolation_level": "SERIALIZABLE"}
    engine = create_engine(url, hide_parameters=True, **level)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediately)
    else:
        event.listen(engine, "begin", _take_turn)
    try:
        with engine.connect():
            pass
    except SQLAlchemyError as error:
        raise StorageFailed(
            "The database cannot be opened; see that its disk has space and its folder can be written."
        ) from error
    return engine


def sqlite_url(path: Path) -> str:
    """Return the URL of a SQLite file."""
    return f"sqlite:///{path}"


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun by `_begin_immediately`, not by the driver.
    connection.isolation_level = None
    for pragma in (
        "foreign_keys = ON",
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
        "trusted_schema = OFF",
        # Without it INSERT OR REPLACE deletes a row without asking the trigger that forbids its deletion.
        "recursive_triggers = ON",
        f"busy_timeout = {_BUSY_MILLISECONDS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediately(connection: Connection) -> None:
    # The write lock is taken at once: what a rule was told stays true until the commit.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _take_turn(connection: Connection) -> None:
    # One writer at a time here too: entries stand in the log in the order in which their changes are committed.
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")


class _StagedEntries:
    """The log inside one transaction: entries are staged, and written before the transaction is committed."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lines: list[Line] = []
        self._then: list[tuple[int, Callable[[int], None]]] = []
        self._objects: list[Compartment] = []
        self._written: dict[int, tuple[Written, int]] = {}
        self._handles = 0

    def append(
        self,
        event: Event,
        fields: Mapping[str, ports.LogValue],
        *,
        body: Mapping[str, object] | None = None,
        then: Callable[[int], None] | None = None,
    ) -> int:
        """Stage an entry; it commits to every object that was kept since the one before."""
        if then is not None:
            self._then.append((len(self._lines), then))
        self._lines.append(Line(event=event, fields=fields, body=body or {}, objects=tuple(self._objects)))
        self._objects = []
        self._handles += 1
        return self._handles - 1

    def oblige(self, compartment: Compartment) -> None:
        """Commit the next entry to an object."""
        self._objects.append(compartment)

    def receipt(self, handle: int) -> LogReceipt:
        """Return the receipt of an entry that was written."""
        if handle not in self._written:
            raise StorageFailed("This entry is not in the committed log.")
        with log_errors():
            return self._journal.recorded(*self._written[handle]).receipt

    @property
    def are_staged(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._lines)

    def write(self, began: Sequence[str], ceased: Sequence[str]) -> Written | None:
        """Write what was staged, and with it which rows begin and cease to stand; None where nothing was."""
        if self._objects or ((began or ceased) and not self._lines):
            raise StorageFailed("A change that no entry of the log would tell of is not made.")
        if not self._lines:
            return None
        lines = _telling(self._lines, began, ceased)
        with log_errors():
            written = self._journal.write(lines)
        first_handle = self._handles - len(self._lines)
        for offset in range(len(self._lines)):
            self._written[first_handle + offset] = (written, offset)
        return written

    def tell_places(self, written: Written) -> None:
        """Tell whoever waits for it where their entry stands."""
        for offset, then in self._then:
            then(written.first + offset)

    def forget(self) -> None:
        """Stage nothing more of what was staged."""
        self._lines, self._then, self._objects = [], [], []


_MOST_COMMITMENTS: Final = 60
"""So many commitments to rows fit into one entry."""


def _telling(lines: Sequence[Line], began: Sequence[str], ceased: Sequence[str]) -> list[Line]:
    """Add to the last entry what begins and ceases to stand; what does not fit goes into entries of its own."""
    told = list(lines)
    rest = [*(("drops", one) for one in ceased), *(("adds", one) for one in began)]
    parts = [rest[start : start + _MOST_COMMITMENTS] for start in range(0, len(rest), _MOST_COMMITMENTS)]
    for number, part in enumerate(parts):
        deltas = {name: sorted(one for kind, one in part if kind == name) for name in ("adds", "drops")}
        body = {name: values for name, values in deltas.items() if values}
        if number == 0:
            told[-1] = replace(told[-1], body={**told[-1].body, **body})
        else:
            told.append(Line(event=Event.RECORDS_CHANGE, fields={}, body=body))
    return told


class DatabaseTransaction(OpenedTables):
    """One transaction. After `commit` or `discard` the next statement begins a new one in the same place."""

    def __init__(self, connection: Connection, journal: Journal, on_commit: Callable[[], None] = lambda: None) -> None:
        super().__init__(connection, Watch(connection))
        self._journal = journal
        self._on_commit = on_commit
        self._entries = _StagedEntries(journal)
        self.log: ports.TransactionLog = self._entries

    def commit(self, *, witnessed: bool = False) -> None:
        """Write the staged entries, have them witnessed where asked, bind what waits for their places, commit.

        If the database then refuses, an entry says that the change was not carried out.
        """
        written = self._entries.write(*self._watch.told())
        if written is None:
            with storage_errors():
                self._connection.commit()
            self._on_commit()
            return
        try:
            if witnessed:
                self._journal.require_cosigned(written.first + written.count)
            self._entries.tell_places(written)
            with storage_errors():
                self._connection.execute(update(tables.SETTLED).values(number=written.last_number))
                self._connection.commit()
        except GovernanceError:
            self.discard()
            self._journal.doubt()
            raise
        self._journal.settle(written.last_number)
        self._entries.forget()
        self._on_commit()

    def discard(self) -> None:
        """Forget everything since the last commit."""
        with storage_errors():
            self._connection.rollback()
        self._entries.forget()
        self._watch.told()

    def state_root(self) -> bytes:
        """Return the root over the watched rows."""
        with storage_errors():
            return self._watch.root()

    def has_changes_to_tell(self) -> bool:
        """Say whether watched rows changed and nothing is staged that could tell of it."""
        return not self._watch.is_empty and not self._entries.are_staged

    def object_ids(self, *, due_by: datetime | None = None, warrant: WarrantId | None = None) -> tuple[ObjectId, ...]:
        """Return the ids of sealed objects; no box is read."""
        query = select(tables.OBJECTS.c.object_id)
        if warrant is not None:
            query = query.where(tables.OBJECTS.c.warrant_id == warrant)
        if due_by is not None:
            query = query.where(tables.OBJECTS.c.expires_at <= due_by)
        with storage_errors():
            return tuple(ObjectId(found) for found in self._connection.execute(query).scalars())

    def lease_account(self, deployment_id: DeploymentId, now: datetime) -> LeaseAccount:
        """Return how a deployment's leases stand."""
        leases = tables.LEASES.c
        open_ended = leases.ended_at.is_(None)
        query = select(
            func.count(),
            func.count(leases.acknowledged_at),
            func.count().filter(open_ended, leases.ends_at > now),
            func.count().filter(open_ended, leases.ends_at <= now),
            func.coalesce(func.sum(leases.comparisons), 0),
            func.max(leases.last_compared_at),
        ).where(leases.deployment_id == deployment_id)
        with storage_errors():
            row = self._connection.execute(query).one()
        return LeaseAccount(
            issued=int(row[0]),
            acknowledged=int(row[1]),
            running=int(row[2]),
            without_receipt=int(row[3]),
            comparisons=int(row[4]),
            last_compared_at=row[5],
        )

    def was_lent(self, deployment_id: DeploymentId, camera_id: CameraId, *, since: datetime, until: datetime) -> bool:
        """Say whether a deployment had a lease to a camera, which the site took, at any moment of this time."""
        leases = tables.LEASES.c
        in_force = (
            leases.deployment_id == deployment_id,
            leases.camera_id == camera_id,
            leases.acknowledged_at.is_not(None),
            leases.created_at <= until,
            func.coalesce(leases.ended_at, leases.ends_at) > since,
            or_(leases.stopped_at.is_(None), leases.stopped_at > since),
        )
        with storage_errors():
            return bool(self._connection.execute(select(exists().where(*in_force))).scalar_one())

    def running_leases(self, site_id: SiteId, now: datetime) -> tuple[IssuedLease, ...]:
        """Return a site's leases under which may still be compared, as far as is known here."""
        columns = tables.LEASES.c
        running = (columns.site_id == site_id, columns.ends_at > now, columns.ended_at.is_(None))
        with storage_errors():
            found = self._connection.execute(select(columns.lease_id).where(*running)).scalars().all()
        return tuple(self.leases.get(LeaseId(lease_id)) for lease_id in found)

    def remove_due(self, now: datetime) -> int:
        """Remove records whose time is over, children first."""
        removed = 0
        with storage_errors():
            for table in _CHILDREN_FIRST:
                due = (table.c.expires_at <= now, *_unreferenced(table), *_does_not_stand(table))
                if is_watched(table):
                    for row in self._connection.execute(select(table).where(*due)).mappings().all():
                        self._watch.vanished(table, dict(row))
                removed += self._connection.execute(delete(table).where(*due)).rowcount
        return removed


@cache
def _unreferenced(table: Table) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that no other record names this one: an account goes after the reviews it gave."""
    pointers = (key for other in tables.METADATA.sorted_tables for key in other.foreign_keys if key.references(table))
    return tuple(~exists().where(key.parent == key.column) for key in pointers)


def _does_not_stand(table: Table) -> list[ColumnElement[bool]]:
    """Return the condition that a row stops nothing any more: a suspension or a stop stays until somebody lifts it."""
    stands_until = table.info.get("stands_until")
    return [] if stands_until is None else [table.c[stands_until].is_not(None)]


class SqlDatabase:
    """Where transactions come from."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal
        self._changes = 0

    @property
    def changes(self) -> int:
        """How many changes this process has committed."""
        return self._changes

    def _count(self) -> None:
        self._changes += 1

    @contextmanager
    def transaction(self) -> Iterator[DatabaseTransaction]:
        """Begin a transaction; leaving it without a commit undoes it."""
        with storage_errors():
            connection = self._engine.connect()
        try:
            yield DatabaseTransaction(connection, self._journal, self._count)
        finally:
            connection.close()

    def settled(self) -> int:
        """Return the number of the last change that is committed here. It waits for no writer.

        Raises:
            LogUnavailable: the database cannot be read.
        """
        try:
            raw = self._engine.raw_connection()
            try:
                cursor = raw.cursor()
                cursor.execute("SELECT number FROM settled")
                (number,) = cursor.fetchone() or (0,)
            finally:
                raw.close()
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise LogUnavailable("The database cannot be read now; nothing is written until it can.") from error
        return int(number)

    def scrub(self) -> None:
        """Empty SQLite's write-ahead log, where deleted pages may still lie."""
        if self._engine.dialect.name != "sqlite":
            return
        with storage_errors():
            raw = self._engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()
