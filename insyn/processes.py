"""Child processes of one machine: started in order, watched, started again where that is right, and stopped together.

Each child gets an environment of its own, with nothing in it but what it needs: the matcher has no database path, the
edge worker no key. No child outlives this process, however it ends. A child that ends is started again after a pause
that grows; one that ends at once, again and again, stops the whole system, because a system that half runs is worse
than one that says it does not.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from insyn.errors import ProcessFailed

_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Variables of the surroundings that every child may see. None holds a secret or a path into another's data."""

_STOP_PATIENCE: Final = 5.0
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 10.0
_HEALTHY_AFTER: Final = 20.0
_TOO_OFTEN: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process to be run: `arguments` after the Python interpreter, and the settings it may know.

    `ready` answers whether it works by now. `expected_exits` are exit statuses after which a fresh one is started at
    once: the matcher ends itself when its last lease ends. What `ends_last` is stopped when all others have ended: they
    write to it until then.
    """

    name: str
    arguments: Sequence[str]
    settings: Mapping[str, str]
    ready: Callable[[], bool] | None = None
    expected_exits: frozenset[int] = frozenset()
    restart: bool = True
    ends_last: bool = False


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    started: float
    failures: int = 0
    restart_at: float | None = None
    ended: bool = False
    exits: list[int] = field(default_factory=list)


class ProcessGroup:
    """The running children. Use as a context: whatever happens, none is left behind."""

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._children: dict[str, _Child] = {}
        log_folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, program: Program, *, patience: float = 60.0) -> None:
        """Start a program and wait until it is ready.

        Raises:
            ProcessFailed: it ended, or was not ready in time. The message names its log.
        """
        self.start_together([program], patience=patience)

    def start_together(self, programs: Sequence[Program], *, patience: float = 60.0) -> None:
        """Start programs that do not wait for one another, and wait until all of them are ready.

        Raises:
            ProcessFailed: one of them ended, or was not ready in time. The message names its log.
        """
        deadline = time.monotonic() + patience
        for program in programs:
            self._children[program.name] = self._spawn(program)
        for program in programs:
            self._await(program, deadline)

    def _await(self, program: Program, deadline: float) -> None:
        while program.ready is not None and not program.ready():
            if self._children[program.name].process.poll() is not None:
                raise ProcessFailed(f"The process '{program.name}' ended at its start: {self.last_words(program.name)}")
            if time.monotonic() > deadline:
                raise ProcessFailed(
                    f"The process '{program.name}' did not become ready; see {self.log_of(program.name)}."
                )
            time.sleep(0.05)

    def log_of(self, name: str) -> Path:
        """Return the file in which a child's words are kept."""
        return self._log_folder / f"{name}.log"

    def _spawn(self, program: Program) -> _Child:
        environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
        environment |= dict(program.settings) | {"PYTHONUNBUFFERED": "1"}
        log = self.log_of(program.name).open("ab")
        process = subprocess.Popen(  # noqa: S603 (our own interpreter and modules)
            [sys.executable, "-m", "insyn.bound_child", str(os.getpid()), *program.arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        return _Child(program=program, process=process, log=log, started=time.monotonic())

    def last_words(self, name: str) -> str:
        """Return the last line that a child wrote, for a sentence to a person."""
        lines = self.log_of(name).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing."

    def pid(self, name: str) -> int:
        """Return the process id of a running child."""
        return self._children[name].process.pid

    def is_running(self, name: str) -> bool:
        """Say whether this child runs at this moment."""
        child = self._children.get(name)
        return child is not None and child.process.poll() is None

    def exit_status(self, name: str) -> int | None:
        """Return how this child ended, or None while it runs."""
        return self._children[name].process.poll()

    def watch(self) -> None:
        """Look at every child once; start again what ended. Call it often.

        Raises:
            ProcessFailed: a child keeps ending as soon as it is started.
        """
        for name, child in list(self._children.items()):
            status = child.process.poll()
            if status is None or child.ended:
                continue
            self._after_end(name, child, status)

    def _after_end(self, name: str, child: _Child, status: int) -> None:
        if child.restart_at is None:
            child.log.close()
            _signal(child, signal.SIGKILL)
            healthy = time.monotonic() - child.started > _HEALTHY_AFTER
            expected = status in child.program.expected_exits
            child.failures = 0 if healthy or expected else child.failures + 1
            child.ended = not child.program.restart
            pause = 0.0 if expected else min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**child.failures)
            child.restart_at = time.monotonic() + pause
        if child.failures > _TOO_OFTEN:
            raise ProcessFailed(f"The process '{name}' keeps ending: {self.last_words(name)}")
        if not child.ended and time.monotonic() >= child.restart_at:
            fresh = self._spawn(child.program)
            fresh.failures = child.failures
            self._children[name] = fresh

    def stop_one(self, name: str) -> None:
        """Stop one child and forget it."""
        child = self._children.pop(name, None)
        if child is not None:
            _end([child])

    def stop(self) -> None:
        """Stop all children, last started first and `ends_last` after all others: politely, then for certain."""
        children = list(reversed(self._children.values()))
        self._children.clear()
        _end([child for child in children if not child.program.ends_last])
        _end([child for child in children if child.program.ends_last])


def _end(children: Sequence[_Child]) -> None:
    for child in children:
        _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_PATIENCE
    for child in children:
        # A wait in vain is no failure: what is left of the session is killed next.
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        _signal(child, signal.SIGKILL)
        child.process.wait()
        if not child.log.closed:
            child.log.close()


def _signal(child: _Child, number: signal.Signals) -> None:
    """Signal the child's whole session, so that a decoder does not outlive its worker."""
    with suppress(ProcessLookupError):  # nobody is left in it
        os.killpg(child.process.pid, number)
