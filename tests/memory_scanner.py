"""Looks for byte patterns in the writable memory of a process: its own, or another's.

Patterns are kept masked, and are unmasked only into a page that the scan leaves out, as it does its own reading buffer;
otherwise a process that scans itself would find what it is looking for in the looking.
"""

import mmap
import os
import re
from collections.abc import Sequence
from pathlib import Path

MASK = 0xA5
_CHUNK = 1 << 20
_LONGEST = 256
_REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw.. \S+ \S+ \S+\s*(.*)")


def masked(pattern: bytes) -> bytes:
    """Return a pattern as the scanner takes it."""
    return bytes(value ^ MASK for value in pattern)


class MemoryScanner:
    """Counts in how many places of a process's writable memory each pattern stands."""

    def __init__(self, pid: int | None = None) -> None:
        self._process = Path("/proc") / ("self" if pid is None else str(pid))
        self._buffer = mmap.mmap(-1, _CHUNK + _LONGEST)
        self._pattern = mmap.mmap(-1, mmap.PAGESIZE)

    def count(self, masked_patterns: Sequence[bytes]) -> list[int]:
        """Return how often each masked pattern was found."""
        found = [0] * len(masked_patterns)
        memory = os.open(self._process / "mem", os.O_RDONLY)
        try:
            for start, end in self._regions():
                for at in range(start, end, _CHUNK):
                    length = self._read(memory, at, min(_CHUNK + _LONGEST, end - at))
                    for number, pattern in enumerate(masked_patterns):
                        found[number] += self._occurrences(pattern, length)
        finally:
            os.close(memory)
            self._buffer[:] = bytes(len(self._buffer))
        return found

    def _regions(self) -> list[tuple[int, int]]:
        own = [_address(self._buffer), _address(self._pattern)] if self._process.name == "self" else []
        regions = []
        for line in (self._process / "maps").read_text().splitlines():
            read = _REGION.match(line)
            if read is None or read[3].startswith("[v"):
                continue
            start, end = int(read[1], 16), int(read[2], 16)
            regions += _without(start, end, own)
        return regions

    def _read(self, memory: int, at: int, length: int) -> int:
        try:
            return os.preadv(memory, [memoryview(self._buffer)[:length]], at)
        except OSError:
            return 0  # a page that is mapped and not there

    def _occurrences(self, masked_pattern: bytes, length: int) -> int:
        for position, value in enumerate(masked_pattern):
            self._pattern[position] = value ^ MASK
        pattern = memoryview(self._pattern)[: len(masked_pattern)]
        count, at = 0, self._buffer.find(pattern, 0, length)
        while at >= 0:
            # What begins in the overlap is counted with the next chunk.
            count += at < _CHUNK
            at = self._buffer.find(pattern, at + 1, length)
        pattern.release()
        self._pattern[: len(masked_pattern)] = bytes(len(masked_pattern))
        return count


def _address(pages: mmap.mmap) -> tuple[int, int]:
    import ctypes  # noqa: PLC0415 -- only a process that scans itself needs it

    start = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    return start, start + len(pages)


def _without(start: int, end: int, excluded: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Cut excluded ranges, widened to whole pages, out of a region: neighbouring maps are often joined."""
    pieces = [(start, end)]
    for low, high in excluded:
        low, high = low // mmap.PAGESIZE * mmap.PAGESIZE, -(-high // mmap.PAGESIZE) * mmap.PAGESIZE  # noqa: PLW2901
        pieces = [
            piece
            for first, last in pieces
            for piece in ((first, min(last, low)), (max(first, high), last))
            if piece[0] < piece[1]
        ]
    return pieces
