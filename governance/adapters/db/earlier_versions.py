"""Databases of earlier versions that no migration carries over, each refused in one sentence."""

from sqlalchemy import Connection, Engine, column, inspect, select, table

from governance.adapters.db.repositories import storage_errors
from governance.application.errors import StorageFailed


def require_carried_over(engine: Engine) -> None:
    """See that a database is empty, or of a version whose database this program can migrate; nothing is changed.

    Raises:
        StorageFailed: it cannot, or the database cannot be read.
    """
    with storage_errors(), engine.begin() as connection:
        require_no_log_inside(connection)
        require_known_origins(connection)


def require_no_log_inside(connection: Connection) -> None:
    """See that the database was not written by a version that kept its log inside it.

    Raises:
        StorageFailed: it was.
    """
    if inspect(connection).has_table("log_entries"):
        raise _refusal("kept its log inside the database")


def require_known_origins(connection: Connection) -> None:
    """A19: no reference is there of which nobody said where its photograph comes from.

    Raises:
        StorageFailed: there is one.
    """
    inspector = inspect(connection)
    if not inspector.has_table("references"):
        return
    asked = any(one["name"] == "provenance" for one in inspector.get_columns("references"))
    references = table("references", column("reference_id"))
    if not asked and connection.execute(select(references).limit(1)).first() is not None:
        raise _refusal("did not ask where photographs come from (A19)")


def _refusal(version: str) -> StorageFailed:
    return StorageFailed(
        f"This data folder was written by a version that {version}; it cannot be carried over. "
        "For the demonstration run `make demo-reset`, then start again."
    )
