"""What the vault remembers beside its keys: the newest checkpoint that it believed, and its own newest generation.

Written before every release, so it is small and written in place: two slots in turn, each with its hash. A write that
was cut off leaves the other slot, which is one step older; the release that it belonged to was never answered.
"""

import hashlib
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from governance.vault.disk import Disk
from governance.vault.state import Damaged, Head

_NAME: Final = "seen"
_SLOT: Final = struct.Struct(">16sQQIQ32s")
_MAGIC: Final = b"insyn/seen/1\n\x00\x00\x00"
_SLOT_BYTES: Final = 512
_HASH_BYTES: Final = 32
_NO_HEAD: Final = Head()


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The number of the write, the generation of the keys at that time, and the log's head."""

    serial: int = 0
    generation: int = 0
    head: Head = _NO_HEAD


class SeenFile:
    """The file in the vault's own folder. Its methods raise `OSError` where the disk does."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder, self._disk = folder, disk
        self._path = folder / _NAME

    def read(self) -> Memory | None:
        """Return what is remembered, or nothing where there is no file.

        Raises:
            Damaged: neither slot is whole.
        """
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        found = [memory for at in (0, _SLOT_BYTES) if (memory := _unpack(content[at : at + _SLOT_BYTES]))]
        if not found:
            raise Damaged("The vault's memory of the log is damaged.")
        return max(found, key=_serial)

    def create(self, memory: Memory) -> None:
        """Make the file anew; it is durable when this returns."""
        new = self._folder / f"{_NAME}.new"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            self._disk.write(descriptor, _pack(memory) * 2)
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)
        self._disk.rename(new, self._path)
        folder = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._disk.sync(folder)
        finally:
            os.close(folder)

    def write(self, memory: Memory) -> None:
        """Write the older slot; it is durable when this returns."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.lseek(descriptor, _SLOT_BYTES * (memory.serial % 2), os.SEEK_SET)
            self._disk.write(descriptor, _pack(memory))
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)


def _pack(memory: Memory) -> bytes:
    head = memory.head
    content = _SLOT.pack(_MAGIC, memory.serial, memory.generation, head.era, head.size, head.root)
    return (content + hashlib.sha256(content).digest()).ljust(_SLOT_BYTES, b"\x00")


def _unpack(slot: bytes) -> Memory | None:
    content, digest = slot[: _SLOT.size], slot[_SLOT.size : _SLOT.size + _HASH_BYTES]
    if len(slot) != _SLOT_BYTES or hashlib.sha256(content).digest() != digest or not content.startswith(_MAGIC):
        return None
    _, serial, generation, era, size, root = _SLOT.unpack(content)
    return Memory(serial=serial, generation=generation, head=Head(size=size, root=root, era=era))


def _serial(memory: Memory) -> int:
    return memory.serial
