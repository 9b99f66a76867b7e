"""A folder with a log in it, as the system lays it out, for tests of the log alone."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event

from contracts.signature import SigningKey
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from governance.adapters.log_guard import GuardFile
from governance.adapters.log_store import Appended, TransparencyLog, create_log_tables
from governance.audit.entry import Value

NOON: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
ORIGIN: Final = "insyn.invalid/test/2026"
KEY: Final = SigningKey.from_seed(b"\x05" * 32)


class LogHouse:
    """A folder as the system lays it out: database, guard file, pinned log key."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "governance" / "insyn.db"
        self.guard = root / "governance" / "log-guard.json"
        is_new = not self.database.exists()
        self.database.parent.mkdir(parents=True, exist_ok=True)
        self.engine = self.connect()
        if not is_new:
            return
        with self.engine.begin() as connection:
            create_log_tables(connection)
        pinned = PinnedKey(role=TrustedRole.LOG, name="log", public=KEY.public, demo=True)
        (root / "trust.json").write_bytes(TrustedKeys((pinned,)).to_bytes())

    def connect(self) -> Engine:
        """Open the database with the settings that the log asks for."""
        engine = create_engine(f"sqlite:///{self.database}")

        @event.listens_for(engine, "connect")
        def by_hand(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = None
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA busy_timeout = 10000")

        @event.listens_for(engine, "begin")
        def immediately(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        return engine

    def open_log(self) -> TransparencyLog:
        """Start the log, as a server does."""
        log = TransparencyLog(origin=ORIGIN, key=KEY, guard=GuardFile(self.guard))
        with self.engine.begin() as connection:
            log.start(connection)
        return log

    def append(self, log: TransparencyLog, *, now: datetime = NOON, **fields: Value) -> Appended:
        """Append, commit and publish one entry."""
        with self.engine.begin() as connection:
            appended = log.append(connection, "warrant.approve", fields, now=now)
        log.published(appended)
        return appended

    def tamper(self, *statements: str) -> None:
        """Do what somebody with full rights on the database does."""
        with sqlite3.connect(self.database) as connection:
            for table in ("log_entries", "log_nodes"):
                connection.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
                connection.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
            for statement in statements:
                connection.execute(statement)
        connection.close()
