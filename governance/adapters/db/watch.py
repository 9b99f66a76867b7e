"""Watching the tables that say who may do what to whom: each row has a salted commitment, each change is told.

Entries of the log carry the commitments that begin and cease to stand; leases and beats carry the root over those that
do stand, computed from the rows themselves. An edit by other means than the program shows as a root that no entry
accounts for, also if it was undone soon after.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, insert, select, update

from contracts.fields import format_bytes
from governance.adapters.db import tables
from governance.audit.canonical import canonical
from governance.audit.state_root import state_root

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DOMAIN: Final = b"insyn/row/1\x00"
_SALT_BYTES: Final = 32

_UNWATCHED: Final[Mapping[str, frozenset[str]]] = {
    # Failures, locks and shifts change with every log-in and give nobody a right.
    "accounts": frozenset({"failures", "known_failures", "known_locked_until", "locked_until", "on_shift_until"}),
    # How often it was tried; what was signed for it is watched.
    "notifications": frozenset({"attempts", "next_attempt_at"}),
}

_SAID_WHERE_THERE: Final[Mapping[str, frozenset[str]]] = {
    "accounts": frozenset({"opening_hash"}),
    "charges": frozenset({"joins"}),
    "volunteer_runs": frozenset({"withdrawals"}),
}
"""Columns that are younger than logs that go on: an empty one says what the row said before there was such a column."""

WATCHED: Final = (
    tables.ACCOUNTS,
    tables.ADMISSIONS,
    tables.BUDGETS,
    tables.CAMERAS,
    tables.CASE_LEADERS,
    tables.CHARGES,
    tables.CERTIFICATES,
    tables.CONFIRMATIONS,
    tables.CORROBORATIONS,
    tables.DEPLOYMENTS,
    tables.DRIFT_EXPLANATIONS,
    tables.MODEL_ANNOUNCEMENTS,
    tables.FILED_ASSESSMENTS,
    tables.NAMED_CAMERAS,
    tables.NARROWINGS,
    tables.NOTIFICATIONS,
    tables.SITE_STOPS,
    tables.DOCUMENTS,
    tables.EVIDENCE,
    tables.HAND_OFFS,
    tables.HOLDS,
    tables.LIST_REPORTS,
    tables.PAPERS,
    tables.PROFILE_SUSPENSIONS,
    tables.PUBLICATIONS,
    tables.REFERENCES,
    tables.RIGHTS_REQUESTS,
    tables.SEARCHES,
    tables.SITES,
    tables.VOLUNTEERS,
    tables.VOLUNTEER_REFERENCES,
    tables.VOLUNTEER_RUNS,
    tables.WARRANTS,
    tables.WATCHLISTS,
)


class Watch:
    """What changed in the watched tables within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._began: set[bytes] = set()
        self._ceased: set[bytes] = set()

    def appeared(self, table: Table, row: Mapping[str, Any]) -> None:
        """Take note of a new row."""
        salt = secrets.token_bytes(_SALT_BYTES)
        self._connection.execute(
            insert(tables.MARKS).values(
                table_name=table.name,
                row_key=_key(table, row),
                salt=salt,
                created_at=row["created_at"],
                expires_at=row["expires_at"],
            )
        )
        self._begin(_commitment(table, row, salt))

    def changed(self, table: Table, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Take note of a row that was written anew. A change of what is not watched is none."""
        if _said(table, old) == _said(table, new):
            return
        self._cease(_commitment(table, old, self._salt(table, old)))
        salt = secrets.token_bytes(_SALT_BYTES)
        marks = tables.MARKS
        self._connection.execute(
            update(marks)
            .where(marks.c.table_name == table.name, marks.c.row_key == _key(table, new))
            .values(salt=salt, expires_at=new["expires_at"])
        )
        self._begin(_commitment(table, new, salt))

    def vanished(self, table: Table, row: Mapping[str, Any]) -> None:
        """Take note of a row that is removed; its salt goes with it."""
        self._cease(_commitment(table, row, self._salt(table, row)))
        marks = tables.MARKS
        self._connection.execute(
            delete(marks).where(marks.c.table_name == table.name, marks.c.row_key == _key(table, row))
        )

    def told(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what begins and what ceases to stand, as entries spell it, and forget it."""
        began, ceased = self._began, self._ceased
        self._began, self._ceased = set(), set()
        return tuple(sorted(map(format_bytes, began))), tuple(sorted(map(format_bytes, ceased)))

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed that must be told."""
        return not self._began and not self._ceased

    def root(self) -> bytes:
        """Return the root over all watched rows as they lie in the database now."""
        return state_root(set(self._standing()))

    def _standing(self) -> Iterator[bytes]:
        marks = {
            (row.table_name, row.row_key): bytes(row.salt) for row in self._connection.execute(select(tables.MARKS))
        }
        for table in WATCHED:
            for row in self._connection.execute(select(table)).mappings():
                # A row without its salt was put there by other means: its commitment stands in no entry.
                yield _commitment(table, dict(row), marks.get((table.name, _key(table, dict(row))), b""))

    def _salt(self, table: Table, row: Mapping[str, Any]) -> bytes:
        marks = tables.MARKS
        found = self._connection.execute(
            select(marks.c.salt).where(marks.c.table_name == table.name, marks.c.row_key == _key(table, row))
        ).scalar_one_or_none()
        return b"" if found is None else bytes(found)

    def _begin(self, commitment: bytes) -> None:
        self._began.add(commitment)

    def _cease(self, commitment: bytes) -> None:
        # What began and ceased within one change never stood.
        if commitment in self._began:
            self._began.discard(commitment)
        else:
            self._ceased.add(commitment)


def is_watched(table: Table) -> bool:
    """Say whether changes of this table are told in the log."""
    return table in WATCHED


def _commitment(table: Table, row: Mapping[str, Any], salt: bytes) -> bytes:
    return hashlib.sha256(_DOMAIN + salt + canonical([table.name, _said(table, row)])).digest()


def _said(table: Table, row: Mapping[str, Any]) -> dict[str, object]:
    left_out = _UNWATCHED.get(table.name, frozenset())
    left_out |= {name for name in _SAID_WHERE_THERE.get(table.name, frozenset()) if row[name] is None}
    return {column.name: _plain(row[column.name]) for column in table.columns if column.name not in left_out}


def _key(table: Table, row: Mapping[str, Any]) -> str:
    return "\x1f".join(str(row[column.name]) for column in table.primary_key.columns)


def _plain(value: object) -> object:  # noqa: PLR0911 (a line for each kind of value)
    match value:
        case bytes() | memoryview():
            return format_bytes(bytes(value))
        case datetime():
            return (value - _EPOCH) // timedelta(milliseconds=1)
        case date():
            return value.isoformat()
        case float():
            return value.hex()
        case Enum():
            return value.value
        case frozenset():
            return sorted(str(getattr(one, "value", one)) for one in value)
        case _:
            return value
