"""One worker per camera: started, watched, started again after a wait that grows, and its state at hand.

A worker that ends because its recording ended, or because its source is refused, is not started again. A worker gets an
environment of its own, with nothing in it but its settings.
"""

import json
import os
import random
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

from edge.stream_state import Backoff
from edge.worker_exit import WorkerExit

_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
_HEALTHY_AFTER_S: Final = 30.0
_STOP_PATIENCE_S: Final = 5.0
_LONGEST_LINE: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlan:
    """One worker to run: its camera and its environment (`INSYN_EDGE_…`)."""

    camera_id: str
    settings: Mapping[str, str] = field(repr=False)
    arguments: Sequence[str] = ("-m", "edge.worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerView:
    """What is known of one worker now. `last_words` is the newest line it said, as a JSON object."""

    camera_id: str
    running: bool
    restarts: int
    ended: WorkerExit | None
    last_words: Mapping[str, Any]


class Supervisor:
    """Runs workers until they have all ended or it is stopped. Owned by one thread."""

    def __init__(
        self,
        plans: Sequence[WorkerPlan],
        *,
        backoff: Backoff | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        waits = backoff or Backoff(first_s=1.0)
        self._selector = selectors.DefaultSelector()
        self._workers = [_Supervised(plan, waits, monotonic, self._selector) for plan in plans]

    @property
    def is_over(self) -> bool:
        """Whether every worker has ended for good."""
        return all(worker.ended is not None for worker in self._workers)

    def watch(self, wait_s: float) -> tuple[WorkerView, ...]:
        """Start what is due, read what workers said within `wait_s`, and return the state of each."""
        for worker in self._workers:
            worker.start_if_due()
        for key, _ in self._selector.select(wait_s):
            key.data.listen()
        for worker in self._workers:
            worker.look()
        return tuple(worker.view() for worker in self._workers)

    def stop(self) -> None:
        """Ask every worker to end, and end those that do not listen."""
        for worker in self._workers:
            worker.ask_to_end()
        deadline = time.monotonic() + _STOP_PATIENCE_S
        for worker in self._workers:
            worker.end(max(0.0, deadline - time.monotonic()))
        self._selector.close()


class _Supervised:
    """One worker's process, or the wait until it is started again."""

    def __init__(
        self,
        plan: WorkerPlan,
        backoff: Backoff,
        monotonic: Callable[[], float],
        selector: selectors.BaseSelector,
    ) -> None:
        self._plan = plan
        self._backoff = backoff
        self._monotonic = monotonic
        self._selector = selector
        self._chance = random.Random()  # noqa: S311  # it spreads restarts out, it guards nothing
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self._started = 0.0
        self._start_at = monotonic()
        self._failures = 0
        self._restarts = 0
        self._said: dict[str, Any] = {}
        self.ended: WorkerExit | None = None

    def start_if_due(self) -> None:
        if self._process is not None or self.ended is not None or self._monotonic() < self._start_at:
            return
        surroundings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603  # our own program, without a shell
            [sys.executable, *self._plan.arguments],
            env={**surroundings, **self._plan.settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        self._started = self._monotonic()
        os.set_blocking(self._output().fileno(), False)
        self._selector.register(self._output(), selectors.EVENT_READ, self)

    def listen(self) -> None:
        """Take the newest whole line it said."""
        self._unread += self._output().read() or b""
        *lines, rest = self._unread.split(b"\n")
        self._unread = rest[-_LONGEST_LINE:]
        for line in lines:
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict):
                self._said = said

    def look(self) -> None:
        """Notice an end, and decide whether to start again."""
        if self._process is None or self._process.poll() is None:
            return
        self.listen()
        status = self._process.returncode
        self._put_away()
        if status in (WorkerExit.ENDED, WorkerExit.REFUSED):
            self.ended = WorkerExit(status)
            return
        healthy = self._monotonic() - self._started >= _HEALTHY_AFTER_S
        self._failures = 1 if healthy else self._failures + 1
        self._restarts += 1
        self._start_at = self._monotonic() + self._backoff.wait_s(self._failures, self._chance)

    def view(self) -> WorkerView:
        return WorkerView(
            camera_id=self._plan.camera_id,
            running=self._process is not None,
            restarts=self._restarts,
            ended=self.ended,
            last_words=dict(self._said),
        )

    def ask_to_end(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def end(self, patience_s: float) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._put_away()
        self.ended = WorkerExit.ENDED if self.ended is None else self.ended

    def _output(self) -> IO[bytes]:
        if self._process is None or self._process.stdout is None:
            raise ValueError("a worker that is not running says nothing")
        return self._process.stdout

    def _put_away(self) -> None:
        self._selector.unregister(self._output())
        self._output().close()
        self._process = None
