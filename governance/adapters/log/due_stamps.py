"""What is due for a time-stamp: the newest checkpoint every hour, and a renewal before certificates run out."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from governance.adapters.log.timestamps import EVERY, Authority, TimeStamping
from governance.audit.errors import LogUnavailable
from governance.verifier.time_stamp import PinnedAuthority


class DueStamps:
    """Stamps and renews what is due, whenever somebody looks: every minute.

    `newest` returns the note to stamp: the newest cosigned checkpoint, or where there are no witnesses the newest one.
    """

    def __init__(
        self,
        stamping: TimeStamping,
        newest: Callable[[], str | None],
        *,
        now: Callable[[], datetime],
        every: timedelta = EVERY,
    ) -> None:
        self._stamping, self._newest, self._now, self._every = stamping, newest, now, every
        self._renewed_on: datetime | None = None

    def look(self) -> None:
        """Stamp and renew what is due now.

        Raises:
            LogError: no authority answers as it must, or the disk refuses; the next look tries again.
        """
        now = self._now()
        note = self._newest()
        if note is not None and self._stamping.is_due(now, self._every):
            self._stamping.stamp(note)
        if self._renewed_on is None or now - self._renewed_on >= timedelta(days=1):
            for size in self._stamping.due_for_renewal(now):
                self._stamping.renew(size)
            self._renewed_on = now


class NoTimeStamps:
    """No authority is configured."""

    def look(self) -> None:
        """Nobody is asked."""


def read_authorities(text: str, folder: Path) -> Sequence[Authority]:
    """Read the authorities that are asked: lines of name, address and PEM file, parted by blanks; # begins a remark.

    A relative file lies in `folder`. What it holds is pinned.

    Raises:
        LogError: a line is none, or its file holds no chain with a root.
    """
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 3 or not words[1].startswith(("http://", "https://")):
            raise LogUnavailable(f"Line {number} of the time-stamping authorities is not: name, address, PEM file.")
        name, url, file = words
        try:
            pem = (folder / file).read_bytes()
        except OSError as error:
            raise LogUnavailable(f"The certificates of {name!a} cannot be read: {error.strerror}.") from error
        found.append(Authority(name=name, url=url, pinned=PinnedAuthority.from_pem([pem])))
    return tuple(found)
