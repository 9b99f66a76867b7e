"""The guard file: the largest head that this log ever committed, kept outside the database, as its signed note.

Whoever puts an older copy of the database in place does not also change this file; the log then refuses to start.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from governance.audit.checkpoint import Checkpoint, parse_body
from governance.audit.errors import CheckpointRefused, LogRolledBack, LogUnavailable, NoteRefused
from governance.audit.note import parse_note

_DAMAGED: Final = "The log's guard file is damaged; put back the copy that was kept of it."
_UNWRITABLE: Final = "The log's guard file cannot be written; free the disk or mend its rights."


class ReadsHeads(Protocol):
    """Whoever tells a head of this log from a forged one."""

    def open(self, note: str | bytes) -> Checkpoint:
        """Return the checkpoint of a note that this log signed, or raise `CheckpointRefused`."""


class GuardFile:
    """One small file, replaced whole and synchronised, moved forward only, also where two processes move it."""

    def __init__(self, path: Path, signer: ReadsHeads) -> None:
        self._path = path
        self._signer = signer

    def exists(self) -> bool:
        """Say whether a guard was ever written here."""
        return self._path.exists()

    def read(self) -> Checkpoint:
        """Return what was seen last, its signature verified.

        Raises:
            LogUnavailable: the file is missing or is no guard of this log.
        """
        try:
            return self._signer.open(self._bytes())
        except CheckpointRefused as error:
            raise LogUnavailable(f"{_DAMAGED} {error}") from error

    def begin(self, note: str) -> None:
        """Write the guard of an empty log. One that exists is kept.

        Raises:
            LogUnavailable: it cannot be written.
        """
        with self._locked():
            if not self.exists():
                self._write(note)

    def advance(self, head: Checkpoint, note: str) -> None:
        """Move the guard forward. A smaller head than the one kept changes nothing.

        Raises:
            LogRolledBack: the kept head is of another log, or of the same size with another root.
            LogUnavailable: it cannot be read or written.
        """
        with self._locked():
            kept = self._kept()
            if kept.origin != head.origin or (kept.size == head.size and kept.root != head.root):
                raise LogRolledBack("The guard file saw another log than this one; nothing runs on it.")
            if head.size > kept.size:
                self._write(note)

    def _kept(self) -> Checkpoint:
        """Return the kept head unverified: it only holds this process back, and every start verifies it."""
        try:
            return parse_body(parse_note(self._bytes()).text)
        except (NoteRefused, CheckpointRefused) as error:
            raise LogUnavailable(_DAMAGED) from error

    def _bytes(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError as error:
            raise LogUnavailable(
                "The log's guard file is missing; put it back: without it an old database passes for the newest."
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise LogUnavailable(_UNWRITABLE) from error

    def _write(self, note: str) -> None:
        write_durably(self._path, note.encode())


def write_durably(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace a file whole: after a crash there is the old content or the new one, and the new one once this returns.

    Raises:
        OSError: it cannot be written; the old content stands.
    """
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    synchronise_folder(path.parent)


def synchronise_folder(path: Path) -> None:
    """Make the names in a folder durable.

    Raises:
        OSError: it cannot be done.
    """
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
