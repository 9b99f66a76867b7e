"""How a guard of the database is tried: what lies there, what it refuses, and something like it that it lets pass.

    case = case(row("alerts", state="dismissed"), change("alerts", state="'open'"), change("alerts", joined="1"))

A guard is tried alone: the other guards, references and conditions of the tables do not apply, so that a row says no
more than the guard asks about. Whatever a row leaves out is the same everywhere ("x", nothing, `AT`), so that rows
belong together unless a case says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Connection, Float, Integer, LargeBinary, text
from sqlalchemy.sql.type_api import TypeEngine

from governance.adapters.db.tables import METADATA
from governance.adapters.db.types import Instant, Level

DAY: Final = 86_400_000
TODAY: Final = 20_514
AT: Final = TODAY * DAY + DAY // 2
"""Noon, in milliseconds."""
MINUTE: Final = 60_000


@dataclass(frozen=True)
class Row:
    """A row to put in."""

    table: str
    values: Mapping[str, Any]

    def put(self, connection: Connection) -> None:
        """Put it in, past the program's own types."""
        columns = {column.name: _filler(column) for column in METADATA.tables[self.table].columns} | dict(self.values)
        names, places = (", ".join(f"{mark}{name}{end}" for name in columns) for mark, end in (('"', '"'), (":", "")))
        connection.execute(text(f'INSERT INTO "{self.table}" ({names}) VALUES ({places})'), columns)  # noqa: S608 (ours)


Step = Row | str
Steps = tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What lies there; each of `refused` ends in a step that the guard refuses; `allowed` passes whole."""

    given: Steps
    refused: tuple[Steps, ...]
    allowed: Steps


def row(table: str, **values: Any) -> Row:
    """Return a row of a table; what is not named is filled in."""
    return Row(table, values)


def do(connection: Connection, step: Step) -> None:
    """Carry one step out."""
    if isinstance(step, Row):
        step.put(connection)
    else:
        connection.execute(text(step))


def _filler(column: Any) -> object:
    if column.name == "expires_at":
        return AT + DAY
    return None if column.nullable else _of_type(column.type)


def _of_type(kind: TypeEngine[Any]) -> object:
    if isinstance(kind, Instant):
        return AT
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, LargeBinary):
        return b"x"
    return 0 if isinstance(kind, Integer | BigInteger | Float | Level) else "x"


def another(table: str, column: str) -> str:
    """Return SQL for another value of a column than it has."""
    kind = METADATA.tables[table].c[column].type
    if isinstance(kind, Boolean):
        return f'NOT "{column}"'
    if isinstance(kind, LargeBinary):
        return "CAST('y' AS BLOB)"
    return f'"{column}" + 1' if isinstance(kind, Instant | Integer | BigInteger | Float | Level) else "'y'"


def case(given: Step | Steps, refused: Step | tuple[Step | Steps, ...], allowed: Step | Steps) -> Case:
    """Return a case; `refused` are alternatives, each a step or steps of which the last is refused."""
    alternatives = refused if isinstance(refused, tuple) else (refused,)
    return Case(given=_steps(given), refused=tuple(_steps(one) for one in alternatives), allowed=_steps(allowed))


def _steps(given: Step | Steps) -> Steps:
    return given if isinstance(given, tuple) else (given,)


def change(table: str, **values: str) -> str:
    """Return SQL that gives columns these values, in every row; a value is SQL too."""
    changes = ", ".join(f'"{name}" = {value}' for name, value in values.items())
    return f'UPDATE "{table}" SET {changes}'  # noqa: S608 (our own names)


def only(condition: str, changed: str) -> str:
    """Return the same change of those rows alone where a condition holds."""
    return f"{changed} WHERE {condition}"


LEASE: Final = row("leases", ends_at=AT + MINUTE)
IN_FORCE: Final = row("warrants", state="active", not_before=AT, not_after=AT + MINUTE)
LIST: Final = row("watchlists", ends_at=AT + MINUTE)
