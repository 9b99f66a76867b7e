"""The guard file: the largest log head that this machine ever committed, kept outside the database.

Whoever puts an older copy of the database in place does not also change this file; the log then refuses to start.
"""

import base64
import binascii
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from governance.audit.errors import LogRolledBack, LogUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A head that was committed: the log's origin, its size, its 32-byte root."""

    origin: str
    size: int
    root: bytes


class GuardFile:
    """One small file, written atomically and synchronised, moved forward only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def exists(self) -> bool:
        """Say whether a guard was ever written here."""
        return self._path.exists()

    def read(self) -> Seen:
        """Return what was seen last.

        Raises:
            LogUnavailable: the file is missing or is no guard file.
        """
        try:
            value = json.loads(self._path.read_bytes())
            seen = Seen(
                origin=str(value["origin"]),
                size=int(value["size"]),
                root=base64.b64decode(value["root"], validate=True),
            )
        except OSError as error:
            raise LogUnavailable(
                "The log's guard file is missing; put it back: without it an old database passes for the newest."
            ) from error
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise LogUnavailable("The log's guard file is damaged; put back the copy that was kept of it.") from error
        return seen

    def begin(self, first: Seen) -> None:
        """Write the guard of an empty log.

        Raises:
            LogUnavailable: it cannot be written.
        """
        with self._locked():
            self._write(first)

    def advance(self, seen: Seen) -> None:
        """Move the guard forward. A smaller head than the one kept changes nothing.

        Raises:
            LogRolledBack: the kept head is of another log, or of the same size with another root.
            LogUnavailable: it cannot be read or written.
        """
        with self._locked():
            kept = self.read()
            if kept.origin != seen.origin or (kept.size == seen.size and kept.root != seen.root):
                raise LogRolledBack("The guard file saw another log than this one; nothing runs on it.")
            if seen.size > kept.size:
                self._write(seen)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise LogUnavailable("The log's guard file cannot be written; free the disk or mend its rights.") from error

    def _write(self, seen: Seen) -> None:
        value = {"origin": seen.origin, "root": base64.b64encode(seen.root).decode("ascii"), "size": seen.size}
        new = self._path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(json.dumps(value, sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
