"""Bring a database to the newest schema, or back."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, text

from governance.adapters.db.earlier_versions import require_no_log_inside
from governance.adapters.db.guards import create_guards, drop_guards, has_every_guard
from governance.adapters.db.repositories import storage_errors
from governance.application.errors import StorageFailed

_SCRIPTS: Final = Path(__file__).parents[1] / "migrations"


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for this connection."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up, and set up every guard of this program.

    Whatever guards a revision left are set up anew: at the end they are those of this program, all of them.

    Raises:
        StorageFailed: the database is of a newer program, or of one that kept its log inside; or it cannot be written.
    """
    try:
        with storage_errors(), engine.connect() as connection, _tables_made_anew(connection), connection.begin():
            require_no_log_inside(connection)
            if _is_newest(connection) and has_every_guard(connection):
                return
            drop_guards(connection)
            command.upgrade(alembic_config(connection), revision)
            drop_guards(connection)
            create_guards(connection)
            _require_whole(connection)
    except CommandError as error:
        raise StorageFailed("This database was made by a newer program; start that one.") from error


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down: for tests and for going back after a failed update."""
    with storage_errors(), engine.connect() as connection, _tables_made_anew(connection), connection.begin():
        drop_guards(connection)
        command.downgrade(alembic_config(connection), revision)
        _require_whole(connection)


@contextmanager
def _tables_made_anew(connection: Connection) -> Iterator[None]:
    """Let SQLite make a table anew that others refer to. It checks references again at the end, all of them.

    SQLite cannot change a column: the table is copied and dropped, and dropping it would take its rows from those that
    refer to them. The switch has no effect inside a transaction, so it stands around it.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    own = connection.connection.cursor()
    own.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        own.execute("PRAGMA foreign_keys = ON")
        own.close()


def _require_whole(connection: Connection) -> None:
    """Refuse, before anything is committed, a database in which a row refers to one that is not there."""
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise StorageFailed("This database has rows that refer to rows that are not there; restore it from its backup.")


def _is_newest(connection: Connection) -> bool:
    return MigrationContext.configure(connection).get_current_revision() == _newest_revision()


@cache
def _newest_revision() -> str | None:
    return ScriptDirectory(str(_SCRIPTS)).get_current_head()
