"""What the public sees of the log: one checkpoint a day. A live one would be a siren: each candidate would move it."""

import threading
from typing import Protocol

from governance.application.log_errors import log_errors
from governance.application.ports import Clock, Log


class Kept(Protocol):
    """A small text that outlives this process."""

    def read(self) -> str | None:
        """Return it, or nothing where there is none."""

    def write(self, content: str) -> None:
        """Keep it, durable, instead of the one before."""


class KeptInMemory:
    """For tests and trials: it ends with the process."""

    def __init__(self) -> None:
        self._content: str | None = None

    def read(self) -> str | None:
        """Return it, or nothing where there is none."""
        return self._content

    def write(self, content: str) -> None:
        """Keep it."""
        self._content = content


class DailyCheckpoint:
    """The first checkpoint that was taken on the current UTC day. Safe to be used by many threads."""

    def __init__(self, log: Log, clock: Clock, kept: Kept) -> None:
        self._log = log
        self._clock = clock
        self._kept = kept
        self._lock = threading.Lock()

    def of_today(self) -> str:
        """Return the day's checkpoint; take it where none was taken yet.

        Raises:
            StorageFailed: the log does not answer, and there is none of today.
        """
        today = self._clock.now().strftime("%Y-%m-%d")
        with self._lock:
            day, _, note = (self._kept.read() or "").partition("\n")
            if day != today or not note:
                with log_errors():
                    note = self._log.checkpoint()
                self._kept.write(f"{today}\n{note}")
            return note
