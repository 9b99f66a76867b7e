"""How a worker ended: what its supervisor reads without being a worker itself."""

from enum import IntEnum


class WorkerExit(IntEnum):
    """How a worker ended, as its exit status."""

    ENDED = 0
    FAILED = 1
    REFUSED = 2
