"""A log read from its database file, opened for reading only: for whoever verifies it on the spot while it runs."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from governance.adapters.log.store import FORMAT, REFUSED_FORMAT
from governance.audit.errors import LogUnavailable
from governance.audit.merkle import leaf_hash
from governance.audit.tiles import WIDTH

_UNREADABLE: Final = "The log's database cannot be read, or holds no log."
_HASH_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class LogFile:
    """One consistent reading of a log. Nothing about it is verified."""

    _connection: sqlite3.Connection

    def checkpoint(self) -> str:
        """Return the signed checkpoint as it was stored."""
        with _told():
            row = self._connection.execute("SELECT format, note FROM log_head").fetchone()
        if row is None or row[0] != FORMAT:
            raise LogUnavailable(REFUSED_FORMAT)
        return str(row[1])

    @property
    def size(self) -> int:
        """The number of entries as the head row says it."""
        with _told():
            return int(self._connection.execute("SELECT size FROM log_head").fetchone()[0])

    def entries(self, *, first: int, count: int) -> tuple[bytes, ...]:
        """Return up to `count` leaves from an index on; the answer ends where one is missing.

        Raises:
            LogUnavailable: an entry is not stored as entries are.
        """
        query = "SELECT place, leaf FROM log_entries WHERE place >= ? AND place < ? ORDER BY place"
        with _told():
            rows = self._connection.execute(query, (first, first + count)).fetchall()
        leaves = []
        for expected, (place, leaf) in enumerate(rows, start=first):
            if place != expected:
                break
            if type(leaf) is not bytes:
                raise LogUnavailable(f"Entry {place} was altered: it is not stored as it was written.")
            leaves.append(leaf)
        return tuple(leaves)

    def first_difference(self) -> str | None:
        """Return a sentence that names the first entry whose bytes do not have the hash kept beside them, if any.

        The hashes are those of full tiles: what differs among the newest entries shows in the root alone.
        """
        for tile in range(self.size // WIDTH):
            with _told():
                query = "SELECT nodes FROM log_tiles WHERE level = 0 AND place = ?"
                row = self._connection.execute(query, (tile,)).fetchone()
            # A tile is kept with all its nodes, the top first: its leaves' hashes are the last of them.
            nodes: bytes = row[0][-WIDTH * _HASH_BYTES :] if row is not None and type(row[0]) is bytes else b""
            leaves = self.entries(first=tile * WIDTH, count=WIDTH)
            for offset in range(WIDTH):
                index = tile * WIDTH + offset
                if offset >= len(leaves):
                    return f"Entry {index} is missing in the database."
                if nodes[offset * _HASH_BYTES : (offset + 1) * _HASH_BYTES] != leaf_hash(leaves[offset]):
                    return f"Entry {index} was altered: its bytes do not have the hash that stands in the tree."
        return None


@contextmanager
def open_log_file(path: Path) -> Iterator[LogFile]:
    """Open the database file for reading only. All that is read inside belongs to one instant.

    Raises:
        LogUnavailable: there is no such file, or it holds no log.
    """
    if not path.is_file():
        raise LogUnavailable("There is no log in this folder; name the folder of the system with --home.")
    with _told(), closing(sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)) as connection:
        # One snapshot, so that a running sequencer does not move the head meanwhile.
        connection.execute("BEGIN")
        yield LogFile(connection)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LogUnavailable(_UNREADABLE) from error
