"""How many cores and threads a measurement gets, settled before its process begins."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

_PASSED_ON: Final = (
    "HOME",
    "INSYN_HOME",
    "INSYN_TEST_DATA",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "OPENBLAS_CORETYPE",
    "PATH",
    "TMPDIR",
    "VIRTUAL_ENV",
)
_COUNTS: Final = (
    "BLIS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
)


def environment(threads: int) -> Mapping[str, str]:
    """Return a process's whole environment, in which every numerical library is told the same number of threads."""
    return {**plain_environment(), **dict.fromkeys(_COUNTS, str(threads))}


def plain_environment() -> Mapping[str, str]:
    """Return a process's whole environment, in which libraries choose their threads themselves."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    """Let processes that are started inside have so many cores, the last ones of this process's own.

    A child inherits the cores of the thread that starts it, so its libraries count the right number from the first.
    """
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[-count:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)
