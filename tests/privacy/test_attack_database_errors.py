"""An error of the database, should one ever reach a log, tells nothing of the values that were written."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from governance.adapters.db.database import open_engine, sqlite_url


def test_no_value_stands_in_a_database_error(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "any.db"))
    try:
        with engine.connect() as connection, pytest.raises(SQLAlchemyError) as caught:
            connection.execute(text("INSERT INTO nowhere VALUES (:who)"), {"who": "a name"})
    finally:
        engine.dispose()
    assert "a name" not in str(caught.value)
