"""A small text in a file of the data folder: written whole and durable, or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from governance.application.errors import StorageFailed


class KeptFile:
    """One file, replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str | None:
        """Return its text, or nothing where there is no file, or none that is a text.

        Raises:
            StorageFailed: it cannot be read.
        """
        try:
            return self._path.read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        except OSError as error:
            raise StorageFailed("A file of the data folder cannot be read; mend the folder's rights.") from error

    def write(self, content: str) -> None:
        """Replace the text.

        Raises:
            StorageFailed: it cannot be written; the one before stands.
        """
        new = self._path.with_name(self._path.name + ".new")
        try:
            with new.open("w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            sync_folder(self._path.parent)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise StorageFailed("A file of the data folder cannot be written; free some space.") from error


def sync_folder(folder: Path) -> None:
    """Make a folder's own names durable: a file that was put there is there after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
