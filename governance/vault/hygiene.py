"""What the vault's process does to itself before it holds a key: no debugger, no core dump, freed memory overwritten.

Python's bytes cannot be overwritten by right; seeds are bytearrays, which the vault overwrites, and what the C library
is given back is overwritten by it. Copies in the kernel's socket buffers, in swap and in the hardware are not reached.
"""

import ctypes
import os
import resource
import sys
from typing import Final

_PR_SET_DUMPABLE: Final = 4

CLEANING_ENVIRONMENT: Final = {
    # Every block that is freed is overwritten (glibc, "perturb"); the per-thread cache would skip that.
    "GLIBC_TUNABLES": "glibc.malloc.perturb=255:glibc.malloc.tcache_count=0",
    # Small Python objects too come from, and go back to, the C library instead of Python's own pools.
    "PYTHONMALLOC": "malloc",
}


def restart_with_cleaning_memory(module: str) -> None:
    """Replace this process by itself with an allocator that overwrites what it frees, unless it already runs so."""
    if all(os.environ.get(key) == value for key, value in CLEANING_ENVIRONMENT.items()):
        return
    arguments = [sys.executable, "-m", module, *sys.argv[1:]]
    os.execve(sys.executable, arguments, {**os.environ, **CLEANING_ENVIRONMENT})  # noqa: S606 (ourselves, no shell)


def close_process() -> None:
    """Forbid core dumps and attaching debuggers of the same user; new files are their owner's alone."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
