"""What all tables share: names of constraints, the two instants of every record, the retention class."""

from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    MetaData,
    Table,
    UniqueConstraint,
)

from governance.adapters.db.types import Instant
from governance.domain.retention import DataClass

METADATA: Final = MetaData(
    naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def made_and_ends() -> tuple[Column[object], Column[object]]:
    """Return the two instants that every record has."""
    return Column("created_at", Instant, nullable=False), Column("expires_at", Instant, nullable=False, index=True)


def one_of(column: str, values: list[str]) -> CheckConstraint:
    """Return the condition that a column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_listed")


def ends_after_it_begins() -> CheckConstraint:
    """Return the condition that nothing ends before it begins."""
    return CheckConstraint("expires_at >= created_at", name="ends_after_it_begins")


def a_table(
    name: str,
    retention: DataClass,
    *parts: Column[object] | CheckConstraint | UniqueConstraint,
    stands_until: str | None = None,
) -> Table:
    """Return a table that names its retention class.

    A row of a table that names a column under `stands_until` stops something for as long as that column is empty, and
    is not removed before, whatever its end: nothing goes on because somebody's word was forgotten.
    """
    info = {"retention": retention, "stands_until": stands_until}
    return Table(name, METADATA, *parts, *made_and_ends(), ends_after_it_begins(), info=info)
