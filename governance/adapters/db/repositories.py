"""Records in tables: columns and fields have the same names, so one class serves every kind."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, insert, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError, SQLAlchemyError

from governance.adapters.db.watch import Watch, is_watched
from governance.application.errors import Conflict, NotFound, StorageFailed

Key = TypeVar("Key", contravariant=True)  # noqa: PLC0105 (the repository's key, in words)
Record = TypeVar("Record")


_RACE: Final = "Somebody else changed this at the same time. Nothing was changed; load it again."


@contextmanager
def storage_errors() -> Iterator[None]:
    """Say in our words what the database could not do.

    Raises:
        Conflict: a constraint or trigger refused, or somebody else came first.
        StorageFailed: anything else, a full disk above all.
    """
    try:
        yield
    except IntegrityError as error:
        raise Conflict("The database refuses this change: it is there already, or a rule forbids it.") from error
    except SQLAlchemyError as error:
        if _lost_a_race(error):
            raise Conflict(
                "Somebody else changed this at the same time. Nothing was changed; load it again."
            ) from error
        raise StorageFailed(_sentence(error)) from error


def _lost_a_race(error: SQLAlchemyError) -> bool:
    """Say whether PostgreSQL undid this because another transaction came first (serialisation, deadlock)."""
    cause = error.orig if isinstance(error, DatabaseError) else None
    return getattr(cause, "sqlstate", None) in {"40001", "40P01"}


def _sentence(error: SQLAlchemyError) -> str:
    cause = str(error.orig) if isinstance(error, DatabaseError) else ""
    if "full" in cause:
        return "The disk is full. Nothing was changed or shown; free some space and try again."
    if "locked" in cause:
        return "The database is busy. Nothing was changed or shown; try again."
    return "The database cannot be read or written now. Nothing was changed or shown; see to its disk and its rights."


@cache
def _fields_of(record: type[Any]) -> tuple[str, ...]:
    # Every transaction opens every table.
    return tuple(field.name for field in fields(record))


class TableRepository(Generic[Key, Record]):
    """The records of one table inside one transaction. Changes of a watched table are noted in `watch`."""

    def __init__(self, connection: Connection, watch: Watch, table: Table, record: type[Record]) -> None:
        self._connection = connection
        self._watch = watch if is_watched(table) else None
        self._table = table
        self._record = record
        self._keys = tuple(table.primary_key.columns)
        self._fields = _fields_of(record)  # type: ignore[arg-type]  # every class can be hashed

    def add(self, record: Record) -> None:
        """Add a new record."""
        values = self._values(record)
        with storage_errors():
            self._connection.execute(insert(self._table).values(values))
            if self._watch is not None:
                self._watch.appeared(self._table, values)

    def find(self, key: Key) -> Record | None:
        """Return the record, or nothing."""
        with storage_errors():
            row = self._connection.execute(select(self._table).where(self._is(key))).one_or_none()
        return None if row is None else self._read(row)

    def get(self, key: Key) -> Record:
        """Return the record, or raise `NotFound`."""
        found = self.find(key)
        if found is None:
            raise NotFound("There is no such thing.")
        return found

    def save(self, record: Record) -> None:
        """Write a changed record."""
        values = self._values(record)
        same = and_(*(column == values[column.name] for column in self._keys))
        with storage_errors():
            before = self._row_where(same) if self._watch is not None else None
            written = self._connection.execute(update(self._table).where(same).values(values))
            if written.rowcount != 1:
                raise Conflict("This is gone; load it again.")
            if self._watch is not None and before is not None:
                self._watch.changed(self._table, before, values)

    def remove(self, key: Key) -> None:
        """Remove a record."""
        with storage_errors():
            before = self._row_where(self._is(key)) if self._watch is not None else None
            self._connection.execute(delete(self._table).where(self._is(key)))
            if self._watch is not None and before is not None:
                self._watch.vanished(self._table, before)

    def where(self, **equal: object) -> tuple[Record, ...]:
        """Return the records whose fields equal these, oldest first."""
        conditions = [self._table.c[name] == value for name, value in equal.items()]
        query = select(self._table).where(*conditions).order_by(self._table.c.created_at, *self._keys)
        with storage_errors():
            return tuple(self._read(row) for row in self._connection.execute(query))

    def _row_where(self, condition: ColumnElement[bool]) -> Mapping[str, Any] | None:
        row = self._connection.execute(select(self._table).where(condition)).mappings().one_or_none()
        return None if row is None else dict(row)

    def _is(self, key: object) -> ColumnElement[bool]:
        parts = key if isinstance(key, tuple) else (key,)
        return and_(*(column == part for column, part in zip(self._keys, parts, strict=True)))

    def _values(self, record: Record) -> dict[str, Any]:
        return {name: getattr(record, name) for name in self._fields}

    def _read(self, row: Row[*tuple[Any, ...]]) -> Record:
        return self._record(**{name: getattr(row, name) for name in self._fields})
