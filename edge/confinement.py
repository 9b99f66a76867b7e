"""What a child process of the edge does to itself first: it ends with its parent and dumps no core."""

import ctypes
import os
import resource
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def end_with_parent(end: signal.Signals) -> None:
    """Be sent this signal when the thread that started this process ends, however it ends (prctl(2), Linux)."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, end, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), end)


def dump_no_core() -> None:
    """Leave no memory behind in a file when the process is killed."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_memory(size: int) -> None:
    """Fail to allocate beyond this many bytes of address space, rather than take the machine down."""
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
