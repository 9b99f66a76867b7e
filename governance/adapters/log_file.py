"""A log read from a database file that is opened for reading only: for the auditor, also while the server runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from governance.adapters.log_store import HEAD, StoredEntry, ed25519_verifies, read_entries
from governance.audit.checkpoint import Checkpoint, open_checkpoint
from governance.audit.errors import LogUnavailable


@dataclass(frozen=True, slots=True)
class LogFile:
    """One consistent reading of a log."""

    _connection: Connection

    @property
    def note(self) -> str:
        """The signed checkpoint as it was stored. Nothing about it is verified yet."""
        return str(self._connection.execute(select(HEAD.c.checkpoint)).scalar_one())

    @property
    def size(self) -> int:
        """The number of entries as the head says it. Nothing about it is verified yet."""
        return int(self._connection.execute(select(HEAD.c.size)).scalar_one())

    def checkpoint(self, *, origin: str, public_key: bytes) -> Checkpoint:
        """Return the verified checkpoint.

        Raises:
            CheckpointRefused: it is not this log's, or not signed by this key.
        """
        return open_checkpoint(self.note, origin=origin, public_key=public_key, verify=ed25519_verifies)

    def entries(self) -> Iterator[StoredEntry]:
        """Yield every entry in order."""
        return read_entries(self._connection)


@contextmanager
def open_log_file(path: Path) -> Iterator[LogFile]:
    """Open the database file for reading only. All that is read inside belongs to one instant.

    Raises:
        LogUnavailable: there is no such file, or it holds no log.
    """
    if not path.is_file():
        raise LogUnavailable("There is no database in this folder; name the folder of the running system with --home.")
    engine = create_engine(f"sqlite:///file:{quote(str(path.resolve()))}?mode=ro&uri=true", poolclass=NullPool)
    try:
        with engine.connect() as connection:
            # A deferred transaction pins one snapshot, so that a running server does not move the head meanwhile.
            connection.exec_driver_sql("BEGIN")
            yield LogFile(connection)
    except SQLAlchemyError as error:
        raise LogUnavailable("The database cannot be read, or holds no log.") from error
    finally:
        engine.dispose()
