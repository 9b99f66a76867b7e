"""What a process that holds templates does to itself before it holds any.

No core dump, no attaching debugger of the same user, freed memory overwritten by the C library, and no database
credentials in its environment (architecture.md, invariants 2 and 5).
"""

import ctypes
import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from matcher.errors import MatcherError

_PR_GET_DUMPABLE: Final = 3
_PR_SET_DUMPABLE: Final = 4

CLEANING_ENVIRONMENT: Final = {
    # Every block that is freed is overwritten (glibc, "perturb"); the per-thread cache would skip that.
    "GLIBC_TUNABLES": "glibc.malloc.perturb=255:glibc.malloc.tcache_count=0",
    # Small Python objects too come from, and go back to, the C library instead of Python's own pools.
    "PYTHONMALLOC": "malloc",
    # The model runtime would otherwise report its use over the network, and keep a file of it (see `matcher`).
    "ORT_DISABLE_TELEMETRY": "1",
}
_FORBIDDEN_WORDS: Final = ("DATABASE", "PGPASSWORD", "PGHOST", "SQLALCHEMY", "DB_URL")


class EnvironmentRefused(MatcherError):
    """The process was started with something in its environment that it must not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hygiene:
    """What was possible on this machine, for `/health`."""

    core_dumps_off: bool
    not_dumpable: bool
    freed_memory_overwritten: bool


def restart_with_cleaning_memory(module: str) -> None:
    """Replace this process by itself with an allocator that overwrites what it frees, unless it already runs so."""
    if all(os.environ.get(key) == value for key, value in CLEANING_ENVIRONMENT.items()):
        return
    arguments = [sys.executable, "-m", module, *sys.argv[1:]]
    os.execve(sys.executable, arguments, {**os.environ, **CLEANING_ENVIRONMENT})  # noqa: S606 -- ourselves, no shell


def refuse_database_credentials(environment: Mapping[str, str]) -> None:
    """Refuse to run with a database's address or password at hand (style.md 5: the boundary holds at run time too).

    Raises:
        EnvironmentRefused: a variable's name speaks of a database.
    """
    found = sorted(name for name in environment if any(word in name.upper() for word in _FORBIDDEN_WORDS))
    if found:
        raise EnvironmentRefused(
            f"This process must not have database credentials; remove {found[0]} from its environment."
        )


def close_process() -> Hygiene:
    """Forbid core dumps and attaching; say what the system agreed to."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return Hygiene(
        core_dumps_off=resource.getrlimit(resource.RLIMIT_CORE) == (0, 0),
        not_dumpable=int(libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0)) == 0,
        freed_memory_overwritten=os.environ.get("GLIBC_TUNABLES") == CLEANING_ENVIRONMENT["GLIBC_TUNABLES"],
    )
