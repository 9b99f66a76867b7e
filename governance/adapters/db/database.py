"""Transactions: records and log entries become true together, or not at all; one writer at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Table, create_engine, delete, event, exists, func, select
from sqlalchemy.exc import SQLAlchemyError

from contracts.receipt import LogReceipt
from governance.adapters.db import tables
from governance.adapters.db.repositories import TableRepository, storage_errors
from governance.adapters.log_store import Appended, TransparencyLog
from governance.application import ports
from governance.application.errors import StorageFailed
from governance.audit.errors import LogError
from governance.domain.accounts import Account, Session
from governance.domain.deployments import Deployment, IssuedLease
from governance.domain.events import Event
from governance.domain.identifiers import (
    AccountId,
    AlertId,
    CameraId,
    DeploymentId,
    LeaseId,
    ObjectId,
    ReferenceId,
    SiteId,
    WarrantId,
)
from governance.domain.references import Reference
from governance.domain.registers import Camera, Site
from governance.domain.review import Alert, Review
from governance.domain.warrants import Warrant

_BUSY_MILLISECONDS: Final = 10_000

_CHILDREN_FIRST: Final = tuple(
    table for table in reversed(tables.METADATA.sorted_tables) if table not in {tables.OBJECTS, tables.ERASURES}
)
"""What `remove_due` may remove, in an order that foreign keys allow. Objects go by their logged erasure only."""


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
    try:
        with engine.connect():
            pass
    except SQLAlchemyError as error:
        raise StorageFailed("The database cannot be opened; see that its folder can be written.") from error
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


class _Log:
    """The log inside one transaction."""

    def __init__(self, log: TransparencyLog, connection: Connection, clock: ports.Clock) -> None:
        self._log = log
        self._connection = connection
        self._clock = clock
        self.last: Appended | None = None

    def append(self, event: Event, fields: Mapping[str, ports.LogValue]) -> int:
        with _log_errors():
            self.last = self._log.append(self._connection, event.value, fields, now=self._clock.now())
        return self.last.index

    def receipt(self, index: int) -> LogReceipt:
        with _log_errors():
            return self._log.receipt(self._connection, index)

    def publish(self) -> None:
        """Move the guard file to what was committed."""
        if self.last is not None:
            with _log_errors():
                self._log.published(self.last)
        self.last = None


@contextmanager
def _log_errors() -> Iterator[None]:
    try:
        yield
    except LogError as error:
        raise StorageFailed(str(error)) from error


class DatabaseTransaction:
    """One transaction. After `commit` or `discard` the next statement begins a new one in the same place."""

    def __init__(self, connection: Connection, log: TransparencyLog, clock: ports.Clock) -> None:
        self._connection = connection
        self._entries = _Log(log, connection, clock)
        self.log: ports.TransparencyLog = self._entries
        at = connection
        self.accounts: ports.Repository[AccountId, Account] = TableRepository(at, tables.ACCOUNTS, Account)
        self.alerts: ports.Repository[AlertId, Alert] = TableRepository(at, tables.ALERTS, Alert)
        self.cameras: ports.Repository[CameraId, Camera] = TableRepository(at, tables.CAMERAS, Camera)
        self.counts: ports.Repository[tuple[CameraId, str], ports.LatestCounts] = TableRepository(
            at, tables.COUNTS, ports.LatestCounts
        )
        self.deployments: ports.Repository[DeploymentId, Deployment] = TableRepository(
            at, tables.DEPLOYMENTS, Deployment
        )
        self.erasures: ports.Repository[ObjectId, ports.ErasureDue] = TableRepository(
            at, tables.ERASURES, ports.ErasureDue
        )
        self.joined: ports.Repository[str, ports.JoinedReport] = TableRepository(at, tables.JOINED, ports.JoinedReport)
        self.leases: ports.Repository[LeaseId, IssuedLease] = TableRepository(at, tables.LEASES, IssuedLease)
        self.nonces: ports.Repository[str, ports.UsedNonce] = TableRepository(at, tables.NONCES, ports.UsedNonce)
        self.objects: ports.Repository[ObjectId, ports.SealedObject] = TableRepository(
            at, tables.OBJECTS, ports.SealedObject
        )
        self.references: ports.Repository[ReferenceId, Reference] = TableRepository(at, tables.REFERENCES, Reference)
        self.reviews: ports.Repository[tuple[AlertId, AccountId], Review] = TableRepository(at, tables.REVIEWS, Review)
        self.sessions: ports.Repository[str, Session] = TableRepository(at, tables.SESSIONS, Session)
        self.sites: ports.Repository[SiteId, Site] = TableRepository(at, tables.SITES, Site)
        self.views: ports.Repository[int, ports.View] = TableRepository(at, tables.VIEWS, ports.View)
        self.warrants: ports.Repository[WarrantId, Warrant] = TableRepository(at, tables.WARRANTS, Warrant)

    def commit(self) -> None:
        """Make everything durable, then let the log's guard know."""
        with storage_errors():
            self._connection.commit()
        self._entries.publish()

    def discard(self) -> None:
        """Forget everything since the last commit."""
        with storage_errors():
            self._connection.rollback()
        self._entries.last = None

    def object_ids(self, *, due_by: datetime | None = None) -> tuple[ObjectId, ...]:
        """Return the ids of sealed objects; no box is read."""
        query = select(tables.OBJECTS.c.object_id)
        if due_by is not None:
            query = query.where(tables.OBJECTS.c.expires_at <= due_by)
        with storage_errors():
            return tuple(ObjectId(found) for found in self._connection.execute(query).scalars())

    def live_leases(self, deployment_id: DeploymentId, now: datetime) -> int:
        """Count a deployment's leases that have not run out."""
        leases = tables.LEASES.c
        query = select(func.count()).where(leases.deployment_id == deployment_id, leases.ends_at > now)
        with storage_errors():
            return int(self._connection.execute(query).scalar_one())

    def remove_due(self, now: datetime) -> int:
        """Remove records whose time is over, children first."""
        removed = 0
        with storage_errors():
            for table in _CHILDREN_FIRST:
                due = delete(table).where(table.c.expires_at <= now, *_unreferenced(table))
                removed += self._connection.execute(due).rowcount
        return removed


def _unreferenced(table: Table) -> list[ColumnElement[bool]]:
    """Return the conditions that no other record names this one: an account goes after the reviews it gave."""
    pointers = (key for other in tables.METADATA.sorted_tables for key in other.foreign_keys if key.references(table))
    return [~exists().where(key.parent == key.column) for key in pointers]


class SqlDatabase:
    """Where transactions come from."""

    def __init__(self, engine: Engine, log: TransparencyLog, clock: ports.Clock) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock

    @contextmanager
    def transaction(self) -> Iterator[DatabaseTransaction]:
        """Begin a transaction; leaving it without a commit undoes it."""
        with storage_errors():
            connection = self._engine.connect()
        try:
            yield DatabaseTransaction(connection, self._log, self._clock)
        finally:
            connection.close()

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
