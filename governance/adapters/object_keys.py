"""The keys of sealed objects: one small file each, outside the database and its backups (law.md P3, F3).

Whoever restores an old copy of the database gets boxes without keys: what was erased stays erased. The folder is never
part of an ordinary backup; `docs/governance.md` says so to whoever sets one up.
"""

import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from governance.application.errors import StorageFailed
from governance.domain.identifiers import ObjectId

_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_KEY_BYTES: Final = 32


class ObjectKeyFolder:
    """A folder of keys. A key is durable before it is used, and overwritten before it is removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _failed(error) from error

    def create(self, object_id: ObjectId) -> bytes:
        """Make a new key; it is on the disk when this returns.

        Raises:
            StorageFailed: it cannot be written, or the object has a key already.
        """
        key, path = secrets.token_bytes(_KEY_BYTES), self._path(object_id)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            self._settle()
        except OSError as error:
            raise _failed(error) from error
        return key

    def get(self, object_id: ObjectId) -> bytes | None:
        """Return the key, or nothing if it was destroyed. A damaged key is none.

        Raises:
            StorageFailed: it cannot be read.
        """
        try:
            key = self._path(object_id).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed(error) from error
        return key if len(key) == _KEY_BYTES else None

    def destroy(self, object_id: ObjectId) -> None:
        """Overwrite the key in place, then remove it. Doing it again changes nothing.

        On file systems that copy on write, and inside flash memory, the old block may live on until it is reused:
        whoever needs more puts this folder on an encrypted volume or into a hardware module.

        Raises:
            StorageFailed: it cannot be destroyed; nothing says that it was.
        """
        path = self._path(object_id)
        try:
            with path.open("r+b") as file:
                file.write(b"\x00" * _KEY_BYTES)
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
            self._settle()
        except FileNotFoundError:
            return
        except OSError as error:
            raise _failed(error) from error

    def ids(self) -> Iterable[ObjectId]:
        """Return the ids of all keys there are."""
        return [ObjectId(path.name) for path in self._folder.iterdir() if _ID.fullmatch(path.name)]

    def _path(self, object_id: ObjectId) -> Path:
        if not _ID.fullmatch(object_id):
            raise StorageFailed("An object's id is 32 hexadecimal digits.")
        return self._folder / object_id

    def _settle(self) -> None:
        """Make the folder's own entries durable."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _failed(error: OSError) -> StorageFailed:
    return StorageFailed(
        f"The store of object keys cannot be used ({error.strerror}). Nothing was changed or shown; see to its disk."
    )
