"""One copy of the vault's keys on a disk: replaced whole, and the old blocks overwritten before they are given back."""

import os
from pathlib import Path
from typing import Final

_NAME: Final = "keys"
_ZEROS: Final = bytes(65536)


class Disk:
    """The calls that can fail; tests put one in that does."""

    def write(self, descriptor: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of it."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def sync(self, descriptor: int) -> None:
        """Return when the file, or the folder's entries, are durable."""
        os.fsync(descriptor)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name."""
        target.hardlink_to(source)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file the name of another, which loses it."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Take a name away."""
        path.unlink()


class Copy:
    """A folder with one file, its owner's alone. After any interruption the file is the old one or the new one, whole.

    A new file is made durable under another name and then takes the old one's place. The old one has a second name
    until the new one's place is durable too; then its blocks are overwritten. On file systems that copy on write, and
    inside flash memory, a block may live on until it is used again: whoever needs more takes an encrypted volume.

    Every method raises `OSError` where the disk does.
    """

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder, self._disk = folder, disk
        self._path = folder / _NAME
        self._new, self._old = folder / f"{_NAME}.new", folder / f"{_NAME}.old"

    def read(self) -> bytearray | None:
        """Return the file's content, or nothing where there is no file. The caller overwrites it after use."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            content = bytearray(os.fstat(descriptor).st_size)
            count, rest = 0, memoryview(content)
            while rest[count:] and (more := file.readinto(rest[count:])):
                count += more
            rest.release()
            del content[count:]
        return content

    def write(self, content: bytearray) -> None:
        """Replace the file. When this returns the new one is durable and nothing of the old one is left."""
        self.tidy()
        descriptor = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            self._disk.write(descriptor, content)
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)
        if self._path.exists():
            self._disk.link(self._path, self._old)
        self._disk.rename(self._new, self._path)
        self._settle()
        self.tidy()

    def tidy(self) -> None:
        """Overwrite and remove what an interrupted write left: a new file that never counted, an old one that did."""
        left = [path for path in (self._new, self._old) if path.exists()]
        if not left:
            return
        # Were the rename not durable yet, the old file could come back, and must not come back overwritten.
        self._settle()
        for path in left:
            if not (self._path.exists() and path.samefile(self._path)):
                self._overwrite(path)
            self._disk.unlink(path)
        self._settle()

    def _overwrite(self, path: Path) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            rest = os.fstat(descriptor).st_size
            while rest > 0:
                self._disk.write(descriptor, _ZEROS[:rest])
                rest -= len(_ZEROS)
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)

    def _settle(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)
