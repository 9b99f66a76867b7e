"""What the pages need of the transparency log. The adapter is plugged in by whoever makes the application."""

from dataclasses import dataclass
from typing import Protocol

from contracts.receipt import LogReceipt


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One entry as it lies in the log."""

    index: int
    leaf: bytes


class LogReader(Protocol):
    """The committed log, for reading. Every method raises `LogUnavailable` where it cannot answer truly."""

    @property
    def origin(self) -> str:
        """The log's name."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the log's Ed25519 key."""

    def checkpoint(self) -> str:
        """Return the signed note over the present head, verified."""

    def size(self) -> int:
        """Return the number of entries."""

    def entries(self, *, first: int, count: int) -> tuple[LogLine, ...]:
        """Return up to `count` entries from the index `first` on."""

    def receipt(self, index: int) -> LogReceipt:
        """Return the verified receipt of an entry."""
