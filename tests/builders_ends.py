"""Until when everything is kept, as the database itself tells it: at each write, to each table, also within a change.

    with told_of_every_write() as ends:
        ...
    assert ends.faults == []
    assert ends.tables == every_table()

Whoever adds a table adds nothing here: it is told of because it is there.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, Table, and_, event, exists, select

from governance.adapters.db.tables import ACCOUNTS, METADATA, OBJECTS, SETTLED, SITE_STOPS
from governance.audit.leaf import KeyRef
from governance.domain.retention import RETENTION, DataClass, due_day

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def every_table() -> dict[str, Table]:
    """Return every table by its name, but for the one that is a single number about nobody."""
    return {table.name: table for table in METADATA.sorted_tables if table is not SETTLED}


@dataclass
class Ends:
    """What was written so far: which tables, and whatever was kept too long. `now` is the clock of who writes."""

    tables: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    now: Callable[[], datetime] | None = None

    def told(self, table: str, key: str, data_class: str, *times: int | None) -> None:
        """Take note of one row that was written: when it was made and when it ends, now and before."""
        made, ends, made_before, ended_before = (None if at is None else _EPOCH + at * _MILLISECOND for at in times)
        self.tables.add(table)
        if made is None or ends is None:
            self.faults.append(f"{table}: a row without an end")
            return
        limit = made + RETENTION[DataClass(data_class)].length
        checks = {
            "is kept longer than its class": ends > limit,
            "says that it was made later than now": self.now is not None and made > self.now(),
            "was put off": ended_before is not None and ends > ended_before,
            "was made anew without being new": made_before is not None and made != made_before,
            "lies under another day's key": table == OBJECTS.name and KeyRef.parse(key).day != due_day(ends),
            "lies under another class's key": table == OBJECTS.name and KeyRef.parse(key).data_class != data_class,
        }
        self.faults += [f"{table}: a row {fault}" for fault, found in checks.items() if found]


@contextmanager
def told_of_every_write() -> Iterator[Ends]:
    """Have every SQLite database that is opened from now on tell of each row that is written."""
    ends = Ends()

    def prepare(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            _prepare(connection, ends)

    event.listen(Engine, "connect", prepare)
    try:
        yield ends
    finally:
        event.remove(Engine, "connect", prepare)


def _prepare(connection: sqlite3.Connection, ends: Ends) -> None:
    connection.create_function("told", -1, ends.told)
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name, table in every_table().items():
        if name not in there:
            continue
        kept = "NEW.data_class" if table is OBJECTS else f"'{table.info['retention'].value}'"
        (key, *_) = table.primary_key.columns
        row = f"'{name}', NEW.\"{key.name}\", {kept}, NEW.created_at, NEW.expires_at"
        for operation, before in (("INSERT", "NULL, NULL"), ("UPDATE", "OLD.created_at, OLD.expires_at")):
            connection.execute(
                f'CREATE TEMP TRIGGER "told_{operation}_{name}" AFTER {operation} ON main."{name}"'
                f" BEGIN SELECT told({row}, {before}); END"
            )


def outliving(engine: Engine) -> set[str]:
    """Return which rows end later than a row that they name, which would stay with them.

    An account stays with what it did, and a site with a stop that somebody pressed there: the rules say so.
    """
    found = set()
    with engine.connect() as connection:
        for table in every_table().values():
            for key in table.foreign_keys:
                parent = key.column.table
                later = and_(key.parent == key.column, table.c.expires_at > parent.c.expires_at)
                meant = parent is ACCOUNTS or table is SITE_STOPS
                if not meant and connection.execute(select(exists().where(later))).scalar():
                    found.add(f"{table.name} outlives {parent.name}")
    return found
