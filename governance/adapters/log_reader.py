"""The committed log for the auditor's pages: each answer from a reading of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from contracts.receipt import LogReceipt
from governance.adapters.log_store import TransparencyLog
from governance.application.log_reading import LogLine
from governance.audit.errors import LogUnavailable


class DatabaseLogReader:
    """Reads what the log holds, and proves it. It never appends."""

    def __init__(self, engine: Engine, log: TransparencyLog) -> None:
        self._engine = engine
        self._log = log

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._log.origin

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the log's Ed25519 key."""
        return self._log.public_key

    def checkpoint(self) -> str:
        """Return the signed note over the present head, verified."""
        with self._reading() as connection:
            return self._log.checkpoint(connection)

    def size(self) -> int:
        """Return the number of entries."""
        with self._reading() as connection:
            return self._log.size(connection)

    def entries(self, *, first: int, count: int) -> tuple[LogLine, ...]:
        """Return up to `count` entries from the index `first` on."""
        with self._reading() as connection:
            stored = self._log.entries(connection, first=first, count=count)
        return tuple(LogLine(index=entry.index, leaf=entry.leaf) for entry in stored)

    def receipt(self, index: int) -> LogReceipt:
        """Return the verified receipt of an entry."""
        with self._reading() as connection:
            return self._log.receipt(connection, index)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise LogUnavailable("The log cannot be read now; nothing of it is shown.") from error
