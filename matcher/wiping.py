"""Overwriting secrets in place, and what that can and cannot promise.

What it promises: after `wipe_array` or `wipe_bytes` the bytes at that place in this process's memory are zero.

What it cannot promise: copies that others made. Libraries copy (HTTP parsers, OpenSSL, the kernel's socket buffers),
and memory that they free keeps its content until it is used again. `matcher.process_hygiene` has the C library
overwrite what is freed, and a test scans the whole process for what should be gone; neither reaches the kernel or the
hardware.
"""

import ctypes
import mmap
import sys
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_BYTES_HEADER: Final = bytes.__basicsize__ - 1
"""Where CPython keeps a bytes object's content: behind its header, before one closing zero."""


def wipe_array(array: npt.NDArray[Any]) -> None:
    """Overwrite an array with zeros, in place. Views of it are overwritten with it."""
    array.fill(0)


def wipe_bytearray(secret: bytearray) -> None:
    """Overwrite a bytearray with zeros, in place; its length stays."""
    secret[:] = bytes(len(secret))


def unsafe_wipe_bytes(secret: bytes) -> None:
    """Overwrite the content of a bytes object that the caller alone owns and will not use again.

    Python promises that bytes never change, so this is for CPython and for objects fresh from a library (a decrypted
    box, a request's body) only: never a constant, a dictionary's key, or a slice of length one, which CPython shares.
    A memoryview over the object sees zeros afterwards. Objects of one byte or none are left alone.
    """
    if sys.implementation.name == "cpython" and len(secret) > 1:
        ctypes.memset(id(secret) + _BYTES_HEADER, 0, len(secret))


class LockedArray:
    """A float32 array in pages of its own: kept out of swap and core dumps where the system allows, and wipeable.

    `array` has the shape asked for. `locked` says whether the system agreed to keep it out of swap.
    """

    def __init__(self, rows: int, columns: int) -> None:
        size = rows * columns * 4
        self._pages = mmap.mmap(-1, max(size, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.array: npt.NDArray[np.float32] = np.frombuffer(self._pages, np.float32, rows * columns).reshape(
            rows, columns
        )
        self._pages.madvise(mmap.MADV_DONTDUMP)
        self._pages.madvise(mmap.MADV_DONTFORK)
        self.locked = _lock(self.array)

    def wipe(self) -> None:
        """Overwrite the array with zeros."""
        wipe_array(self.array)


def _lock(array: npt.NDArray[np.float32]) -> bool:
    """Keep an array's pages out of swap; say whether the system agreed (it may not, beyond RLIMIT_MEMLOCK)."""
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.mlock(ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.nbytes))) == 0
