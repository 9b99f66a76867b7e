"""What the sequencer asks of a database. One writer, one transaction for a group of requests, a fence against a second.

Every method raises `LogUnavailable` where the database cannot do it. `commit` says which of three things happened: all
is durable, nothing is (`LogUnavailable`), or nobody knows (`CommitUncertain`), after which the sequencer ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from governance.adapters.log.right_edge import FullTile
from governance.audit.errors import LogError, LogUnavailable
from governance.audit.leaf import KeyRange, KeyRef

FORMAT: Final = "insyn-log/1"
"""Stands in the head row. A database that says anything else was written by another program or version."""

REFUSED_FORMAT: Final = (
    "This database was written by another version of the log; take an empty one, or forget a demonstration's data with "
    "`make demo-reset`."
)


class CommitUncertain(LogUnavailable):
    """Nobody knows whether the transaction is durable, or a second sequencer took over: this one must end."""


class Missing(LogUnavailable):
    """A part of the tree that must be in the database is not."""


class Duplicate(LogError):
    """The transaction would write something a second time: a key's box, or a request. Nothing of it is durable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head row: size, root, its signed note, the epoch of the sequencer that wrote it, the last entry's time."""

    origin: str
    size: int
    root: bytes
    note: str
    epoch: int
    time_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Where one request's entries stand. It is found again by producer and number of its first entry."""

    src: str
    sn: int
    request_id: str
    first: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A sealed payload under its key's name."""

    key: KeyRef
    box: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """All that one transaction writes: entries from `old_size` on, and what stands beside them."""

    old_size: int
    head: Head
    leaves: Sequence[bytes]
    tiles: Sequence[FullTile]
    boxes: Sequence[Box]
    requests: Sequence[Request]
    sources: Mapping[str, int]


class Store(Protocol):
    """A database that holds one log."""

    def head(self) -> Head | None:
        """Return the head row; nothing where no log was begun.

        Raises:
            LogUnavailable: the database cannot be read, is not durable, or was written in another format.
        """

    def begin(self, head: Head) -> None:
        """Write the head row of an empty log."""

    def claim(self) -> int:
        """Raise the epoch durably and return it. Whoever claimed an earlier one can commit nothing from then on."""

    def commit(self, change: Change) -> None:
        """Write a change durably, if size and epoch are still those that it was made from.

        Raises:
            Duplicate: a box or a request is there already. Nothing was written.
            CommitUncertain: it may be durable, or another sequencer has taken the log over.
            LogUnavailable: nothing was written.
        """

    def leaves(self, first: int, count: int) -> list[bytes]:
        """Return up to `count` leaves from an index on."""

    def tile(self, level: int, index: int) -> bytes:
        """Return the 511 nodes of a full tile.

        Raises:
            Missing: the database does not hold it.
        """

    def tile_tops(self, level: int, first: int, count: int) -> list[bytes]:
        """Return the topmost hash of up to `count` full tiles of a level, from an index on."""

    def stored_size(self) -> int:
        """Return one more than the greatest index there is, whatever the head says."""

    def sources(self) -> dict[str, int]:
        """Return every producer's last number."""

    def request(self, src: str, sn: int) -> Request | None:
        """Return the request whose first entry bears this number of this producer."""

    def boxes(self, keys: Sequence[KeyRef]) -> dict[KeyRef, bytes]:
        """Return the boxes that there are of these keys."""

    def erase_boxes(self, ranges: Sequence[KeyRange]) -> int:
        """Erase the boxes of these keys durably; return how many there were. Called by the one writer alone."""

    def close(self) -> None:
        """Give the database back."""
