"""What governance remembers of places in the log is of the past once a new log begins, and in nobody's way there."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from governance.adapters.db import tables
from governance.adapters.db.database import open_engine, sqlite_url
from governance.adapters.db.migrate import upgrade
from governance.adapters.db.new_log import Records


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(tmp_path / "insyn.db"))
    upgrade(engine)
    yield engine
    engine.dispose()


def carry_out(engine: Engine, *statements: tuple[str, tuple[Any, ...]]) -> None:
    """Carry out what the database is told, past its references and what a hand-off begins as."""
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = OFF")
        for guard in ("hand_offs_begin_as_sent", "hand_offs_of_leads_alone"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {guard}")
        for statement, values in statements:
            cursor.execute(statement, values)
        connection.commit()
        cursor.execute("PRAGMA foreign_keys = ON")


def a_view(place: int) -> tuple[str, tuple[Any, ...]]:
    said = "INSERT INTO views (log_index, alert_id, reviewer, created_at, expires_at) VALUES (?, 'a', 'r', 1, 2)"
    return said, (place,)


def places(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return sorted(connection.execute(select(tables.VIEWS.c.log_index)).scalars())


def test_views_keep_a_place_that_no_entry_of_the_new_log_takes(engine: Engine) -> None:
    carry_out(engine, a_view(0), a_view(7))
    for _ in range(2):
        Records(engine).begin_new_log()
        assert places(engine) == [-8, -1]
    carry_out(engine, a_view(0))
    Records(engine).begin_new_log()
    assert places(engine) == [-9, -8, -1]


@pytest.mark.law("A9b")
def test_a_lead_that_was_shown_in_the_old_log_keeps_no_other_from_being_shown_in_the_new_one(engine: Engine) -> None:
    sent = (
        "INSERT INTO hand_offs (hand_off_id, alert_id, warrant_id, slot_id, reference_id, patrol, sent_by, state,"
        " opened_index, due_at, created_at, expires_at) VALUES (?, ?, 'w', 's', 'r', 'p', 'q', ?, ?, 2, 1, 2)"
    )
    carry_out(
        engine,
        (sent, ("a", "a", "opened", 0)),
        (sent, ("b", "b", "opened", 7)),
        (sent, ("c", "c", "sent", None)),
    )
    for _ in range(2):
        Records(engine).begin_new_log()
        with engine.connect() as connection:
            shown = connection.execute(select(tables.HAND_OFFS.c.hand_off_id, tables.HAND_OFFS.c.opened_index))
            assert {tuple(row) for row in shown} == {("a", -1), ("b", -8), ("c", None)}
    carry_out(engine, ("UPDATE hand_offs SET state = 'opened', opened_index = 7 WHERE hand_off_id = 'c'", ()))
