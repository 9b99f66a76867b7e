"""What the system tells of processes and of the machine, with types."""

import psutil

from benchmarks.errors import SiteFailed

_MIB = 2**20
_GIB = 2**30


def pss_mib(pid: int) -> float:
    """Return the proportional set size of a process in MiB.

    Raises:
        SiteFailed: it has ended, or the system does not tell.
    """
    try:
        return float(psutil.Process(pid).memory_full_info().pss) / _MIB
    except psutil.AccessDenied as error:
        raise SiteFailed(
            "The system does not tell the memory of the matcher, which lets nobody look into it; "
            "measure as root, or with the capability CAP_SYS_PTRACE."
        ) from error
    except psutil.NoSuchProcess as error:
        raise SiteFailed("A process of the camera ended while its memory was measured.") from error


def children_of(pid: int) -> list[int]:
    """Return the ids of a process's children, oldest first; none if it has ended."""
    try:
        return [int(child.pid) for child in psutil.Process(pid).children()]
    except psutil.NoSuchProcess:
        return []


def ram_gib() -> float:
    """Return the machine's memory in GiB."""
    return float(psutil.virtual_memory().total) / _GIB
