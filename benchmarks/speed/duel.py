"""Contenders measured in turns: a round of one, a round of the other, and again.

A disturbance of the machine then meets both, and neither waits with a cold processor while the other is measured.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from benchmarks.errors import BenchmarkError, ContenderFailed
from benchmarks.speed.contender import ContenderOrder
from benchmarks.speed.cores import environment, on_cores
from benchmarks.speed.sample import Duration, Sample, joined
from benchmarks.speed.stages import DETECTION, EMBEDDING, Contender, Stage

_MODULE: Final = "benchmarks.speed.contender"
_PATIENCE_S: Final = 10.0
_LONGER: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How often contenders take turns, and how long a turn lasts at least."""

    count: int
    turn_s: float

    def of(self, stage: Stage) -> "Rounds":
        """Return the rounds of one stage: fewer where a call takes seconds, longer ones where a target hangs on it."""
        if stage.slow_rival:
            return Rounds(count=min(self.count, 2), turn_s=self.turn_s)
        if stage in (DETECTION, EMBEDDING):
            return Rounds(count=self.count, turn_s=_LONGER * self.turn_s)
        return self


class _Running:
    """One contender's process. Use as a context: it never outlives it."""

    def __init__(self, order: ContenderOrder) -> None:
        self._order = order
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        with on_cores(order.threads):
            self._process = subprocess.Popen(  # noqa: S603  # our own program, without a shell
                [sys.executable, "-m", _MODULE],
                env=dict(environment(order.threads)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                text=True,
            )
        self._write(order.to_line())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate(timeout=_PATIENCE_S)
        self._said.close()

    def wait_until_ready(self) -> None:
        """Wait until the work is loaded.

        Raises:
            BenchmarkError: the contender says that it cannot do it.
        """
        answer = self._read()
        if "failed" in answer:
            raise BenchmarkError(answer["failed"])

    def turn(self, seconds: float) -> list[Duration]:
        """Let it work, and return how long each call took per unit."""
        self._write(str(seconds))
        return [Duration(**each) for each in self._read()["durations"]]

    def _write(self, line: str) -> None:
        try:
            _pipe(self._process.stdin).write(line + "\n")
            _pipe(self._process.stdin).flush()
        except OSError as error:
            raise self._failed() from error

    def _read(self) -> Any:
        line = _pipe(self._process.stdout).readline()
        if not line:
            raise self._failed()
        return json.loads(line)

    def _failed(self) -> ContenderFailed:
        self._said.seek(0)
        last = self._said.read().decode(errors="replace").strip().splitlines()[-1:]
        return ContenderFailed(
            f"The measurement of {self._order.stage} by {self._order.contender} ended early: {' '.join(last)}"
        )


def measure_in_turns(
    stage: Stage, contenders: Sequence[Contender], *, threads: int, folder: Path, rounds: Rounds
) -> Mapping[Contender, Sample]:
    """Measure one stage by each contender, in alternating rounds, each in a fresh process on so many cores.

    Raises:
        BenchmarkError: one of them cannot do the work, or failed at it.
    """
    turns = rounds.of(stage)
    with ExitStack() as running:
        processes = {
            contender: running.enter_context(
                _Running(
                    ContenderOrder(contender=contender.value, stage=stage.name, threads=threads, folder=str(folder))
                )
            )
            for contender in contenders
        }
        # All are loaded before the first is measured: loading takes a processor too.
        for process in processes.values():
            process.wait_until_ready()
        taken: dict[Contender, list[list[Duration]]] = {contender: [] for contender in contenders}
        for _ in range(turns.count):
            for contender, process in processes.items():
                taken[contender].append(process.turn(turns.turn_s))
    return {contender: joined(durations) for contender, durations in taken.items()}


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise ContenderFailed("A measuring process was started without a pipe.")
    return pipe
