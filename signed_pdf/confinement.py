"""What the process gives up before it sees the first byte: memory without end, time, files, sockets, children.

Whatever a hostile file makes of the libraries, it reaches nothing: there is no descriptor left to open.
"""

import resource
from typing import Final

MEMORY: Final = 768 * 1024 * 1024
CPU_SECONDS: Final = 10
_STANDARD_STREAMS: Final = 3


def confine() -> None:
    """Bound this process for good. What it still wants to import was imported before."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _STANDARD_STREAMS),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))
