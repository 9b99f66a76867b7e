"""Every guard of the database refuses what it is there for, on SQLite and on PostgreSQL, and nothing like it.

The rules before them are broken on purpose elsewhere (`tests/privacy/test_governance_rights.py`); here nothing is asked
but the database, past every rule, reference and condition.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Connection, Engine, event, text
from sqlalchemy.exc import IntegrityError

from governance.adapters.db.database import open_engine, sqlite_url
from governance.adapters.db.guard import Guard
from governance.adapters.db.guards import GUARDS
from governance.adapters.db.migrate import upgrade
from governance.adapters.db.tables import METADATA, SETTLED
from tests.builders_guards import Case, Steps, another, change, do, row
from tests.builders_guards_of_accounts import OF_ACCOUNTS
from tests.builders_guards_of_admissions import OF_ADMISSIONS
from tests.builders_guards_of_holds import OF_HOLDS
from tests.builders_guards_of_operation import OF_OPERATION
from tests.builders_guards_of_outcomes import OF_OUTCOMES
from tests.builders_guards_of_rights import OF_RIGHTS
from tests.builders_guards_of_searches import OF_SEARCHES
from tests.builders_guards_of_sites import OF_SITES
from tests.builders_guards_of_volunteers import OF_VOLUNTEERS
from tests.builders_guards_of_warrants import OF_WARRANTS
from tests.builders_postgresql import a_postgresql_server

pytestmark = pytest.mark.law(
    "A3", "A6", "A7", "A9", "A12", "A18", "B1", "B12", "B14", "B15", "C11", "C16", "C2", "C5", "E7", "P4"
)

CASES = {
    **OF_ACCOUNTS,
    **OF_ADMISSIONS,
    **OF_HOLDS,
    **OF_OPERATION,
    **OF_OUTCOMES,
    **OF_RIGHTS,
    **OF_SEARCHES,
    **OF_SITES,
    **OF_VOLUNTEERS,
    **OF_WARRANTS,
}
BY_NAME = {guard.name: guard for guard in GUARDS}
EXPIRING = tuple(table.name for table in METADATA.sorted_tables if table is not SETTLED)
FIXED = {guard.table: guard for guard in GUARDS if guard.name.endswith("_keeps_what_was_written")}
TRIED = [(name, case) for name, cases in CASES.items() for case in cases]


@dataclass(frozen=True)
class Bare:
    """A database with all its guards, of which one at a time is left to act."""

    engine: Engine
    triggers: Mapping[str, str]

    def leave(self, connection: Connection, guard: Guard) -> None:
        """Let one guard act alone, until the transaction is undone."""
        if self.engine.dialect.name == "sqlite":
            connection.execute(text(self.triggers[guard.name]))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(f'ALTER TABLE "{guard.table}" ENABLE ALWAYS TRIGGER "{guard.name}"'))

    def refuses(self, guard: Guard, given: Steps, steps: Steps) -> None:
        """See that the last step is refused in the guard's own words, and by none before."""
        with self.engine.connect() as connection, connection.begin() as begun:
            self.leave(connection, guard)
            for step in (*given, *steps[:-1]):
                self._do(connection, step)
            with pytest.raises(IntegrityError) as refused:
                self._do(connection, steps[-1])
            assert guard.sentence in str(refused.value.orig)
            begun.rollback()

    def allows(self, guard: Guard, given: Steps, steps: Steps) -> None:
        """See that nothing is refused."""
        with self.engine.connect() as connection, connection.begin() as begun:
            self.leave(connection, guard)
            for step in (*given, *steps):
                self._do(connection, step)
            begun.rollback()

    def _do(self, connection: Connection, step: Any) -> None:
        spelt = step.replace("AS BLOB", "AS bytea") if isinstance(step, str) and not self.triggers else step
        do(connection, spelt)


def a_bare_sqlite(folder: Path) -> Bare:
    engine = open_engine(sqlite_url(folder / "insyn.db"))
    upgrade(engine)
    engine.dispose()
    event.listen(engine, "connect", _ask_nothing_else)
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        triggers = {str(name): str(sql) for name, sql in rows}
        for name in triggers:
            connection.execute(text(f'DROP TRIGGER "{name}"'))
    return Bare(engine, triggers)


def _ask_nothing_else(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA ignore_check_constraints = ON")


def a_bare_postgresql(url: str) -> Bare:
    engine = open_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    upgrade(engine)
    with engine.begin() as connection:
        for table in METADATA.sorted_tables:
            for one in table.constraints:
                if isinstance(one, CheckConstraint):
                    connection.execute(text(f'ALTER TABLE "{table.name}" DROP CONSTRAINT "{one.name}"'))
    return Bare(engine, {})


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def bare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    if request.param == "sqlite":
        bare = a_bare_sqlite(tmp_path_factory.mktemp("guards"))
        yield bare
        bare.engine.dispose()
        return
    with a_postgresql_server() as server:
        bare = a_bare_postgresql(server.url)
        yield bare
        bare.engine.dispose()


def test_no_guard_is_untried() -> None:
    made = {f"{table}_expiry_is_never_put_off" for table in EXPIRING} | {guard.name for guard in FIXED.values()}
    assert set(BY_NAME) == made | set(CASES)
    assert len(BY_NAME) == len(GUARDS)


@pytest.mark.parametrize(("name", "case"), TRIED, ids=[f"{name}-{at}" for at, (name, _) in enumerate(TRIED)])
def test_it_refuses_what_it_is_there_for_and_nothing_like_it(bare: Bare, name: str, case: Case) -> None:
    for steps in case.refused:
        bare.refuses(BY_NAME[name], case.given, steps)
    bare.allows(BY_NAME[name], case.given, case.allowed)


@pytest.mark.law("B1")
@pytest.mark.parametrize("table", EXPIRING)
def test_no_end_of_any_table_is_put_off(bare: Bare, table: str) -> None:
    guard = BY_NAME[f"{table}_expiry_is_never_put_off"]
    bare.refuses(guard, (row(table),), (change(table, expires_at="expires_at + 1"),))
    bare.allows(guard, (row(table),), (change(table, expires_at="expires_at - 1"),))


@pytest.mark.parametrize("table", sorted(FIXED))
def test_what_was_written_does_not_change(bare: Bare, table: str) -> None:
    """Column by column, as the guard itself names them; what is nothing stays nothing."""
    guard = FIXED[table]
    columns = dict.fromkeys(re.findall(r'NEW\."(\w+)"', guard.condition))
    assert "created_at" in columns
    for column in columns:
        bare.refuses(guard, (row(table),), (change(table, **{column: another(table, column)}),))
        if METADATA.tables[table].c[column].nullable:
            bare.refuses(guard, (row(table, **{column: "x"}),), (change(table, **{column: "NULL"}),))
    bare.allows(guard, (row(table),), (change(table, expires_at="expires_at - 1"),))
