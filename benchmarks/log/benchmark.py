"""The log's benchmark: its steps in order, and the ten figures they add up to."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError
from benchmarks.log.logs import MeasuredLog
from benchmarks.log.own_postgresql import PostgresqlMissing, own_postgresql
from benchmarks.log.targets import TARGETS
from benchmarks.log.writers import Run, Writers, sealed_draft
from contracts.clock import read_clocks
from governance.adapters.log.local_disk import file_system
from governance.audit.errors import LogError
from governance.audit.merkle import EMPTY, leaf_hashes
from governance.audit.policy import KnownLog, Policy
from governance.audit.verify import verify_inclusion
from governance.verifier.exported import Question, audit_export
from governance.verifier.sources import FolderSource

WRITERS: Final = 64
_PAGE: Final = 2048
_RESTARTS: Final = 3
_CHECKS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how much is measured. `url` is that of a PostgreSQL database to use; its log is made there."""

    seconds: float = 5.0
    rounds: int = 3
    small: int = 10_000
    large: int = 1_000_000
    audited: int = 100_000
    url: str | None = None


QUICK: Final = Plan(seconds=0.5, rounds=1, small=1_000, large=5_000, audited=5_000)
"""Half a minute: shows that everything runs, and its figures mean little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part. `expected_s` is a guess for a progress bar; `run` is given where to tell seconds."""

    title: str
    expected_s: float
    run: Callable[[Callable[[float], None]], None]


class LogBenchmark:
    """One run in one temporary folder. Call the steps in order, then `report`."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder
        self._figures: dict[str, float | None] = dict.fromkeys(target.key for target in TARGETS)
        self._sizes: dict[int, MeasuredLog] = {}
        self.remarks: list[str] = []
        kind = file_system(folder)
        if kind in {"tmpfs", "ramfs"}:
            self.remarks.append(
                f"The folder lies on {kind}, in memory: what is durable there costs nothing. See TMPDIR."
            )

    def steps(self) -> list[Step]:
        """Return everything there is to do."""
        turn = self._plan.seconds
        return [
            Step(title="One unbatched writer, and 64 writers, on SQLite", expected_s=4 * turn, run=self._sqlite),
            Step(title="64 writers on PostgreSQL", expected_s=turn + 5, run=self._postgresql),
            Step(title="A full audit", expected_s=self._plan.audited / 5_000, run=self._audit),
            Step(title="Filling a large log", expected_s=self._plan.large / 9_000, run=self._fill),
            Step(title="Growth", expected_s=2 * turn * self._plan.rounds, run=self._growth),
            Step(title="Restart, replay and receipts", expected_s=self._plan.large / 100_000, run=self._large),
        ]

    def report(self) -> dict[str, float | None]:
        """Return the figures by their keys; none where one was not, or not yet, measured."""
        return dict(self._figures)

    def _sqlite(self, tick: Callable[[float], None]) -> None:
        turn = self._plan.seconds
        log = MeasuredLog(folder=self._folder / "sqlite")
        with log.started() as sequencer:
            Writers(sequencer, WRITERS).run(turn / 5)
            alone = Writers(sequencer, 1).run(turn)
            tick(1.2 * turn)
            most = max((Writers(sequencer, WRITERS).run(turn / 2) for _ in range(2)), key=lambda run: run.per_second)
            tick(2.2 * turn)
            half = Writers(sequencer, WRITERS).run(1.8 * turn, per_second=most.per_second / 2)
        self._figures["sqlite_appends_per_s"] = round(most.per_second)
        self._figures["sqlite_ratio_vs_unbatched"] = round(most.per_second / alone.per_second, 2)
        self._figures["appends_per_commit"] = round(most.per_commit, 1)
        self._figures["p99_ms"] = round(half.percentile_ms(0.99), 2)
        self.remarks += [
            _told("SQLite, one unbatched writer", alone),
            _told(f"SQLite, {WRITERS} writers", most),
            _told(f"SQLite, {WRITERS} writers at half of that", half),
        ]

    def _postgresql(self, _tick: Callable[[float], None]) -> None:
        try:
            if self._plan.url is not None:
                self._on_postgresql(self._plan.url)
            else:
                with own_postgresql() as server:
                    self._on_postgresql(server.url)
        except (PostgresqlMissing, LogError) as error:
            self.remarks.append(f"PostgreSQL was not measured. {error}")

    def _on_postgresql(self, url: str) -> None:
        log = MeasuredLog(folder=self._folder / "postgresql", url=url)
        with log.started() as sequencer:
            Writers(sequencer, WRITERS).run(self._plan.seconds / 5)
            alone = Writers(sequencer, 1).run(self._plan.seconds / 3)
            run = Writers(sequencer, WRITERS).run(self._plan.seconds)
        self._figures["postgresql_appends_per_s"] = round(run.per_second)
        self.remarks += [_told("PostgreSQL, one unbatched writer", alone), _told(f"PostgreSQL, {WRITERS} writers", run)]

    def _audit(self, tick: Callable[[float], None]) -> None:
        """Audit a log of sealed entries in its own place, as an auditor's tool does: strict parsing and all."""
        log = MeasuredLog(folder=self._folder / "audited")
        size = self._plan.audited
        with log.started() as sequencer:
            for first in range(1, size + 1, _PAGE):
                last = min(first + _PAGE - 1, size)
                sequencer.append(f"r{first}", [sealed_draft("writer", sn, sn) for sn in range(first, last + 1)])
                tick(first / 8_000)
        policy = Policy(logs=(KnownLog(key=log.signer.verifiers[0]),), quorum="none")
        now_ms = int(read_clocks().now.timestamp() * 1000)
        question = Question(policy=policy, now_ms=now_ms, is_export=False)
        # The shortest of several counts, because other programs can only make it longer.
        shortest = min(self._audited(log.public, question, size) for _ in range(self._plan.rounds))
        self._figures["audit_per_s"] = round(size / shortest)

    @staticmethod
    def _audited(public: Path, question: Question, size: int) -> float:
        begun = time.perf_counter()
        report = audit_export(FolderSource(public), question)
        taken = time.perf_counter() - begun
        if report.size != size:
            raise BenchmarkError("The audit did not see the whole log; run the benchmark again.")
        return taken

    def _fill(self, tick: Callable[[float], None]) -> None:
        for size in (self._plan.small, self._plan.large):
            self._sizes[size] = MeasuredLog(folder=self._folder / str(size))
            self._sizes[size].fill(size, lambda there: tick(there / 9_000))

    def _growth(self, tick: Callable[[float], None]) -> None:
        """Measure both sizes in turns: the least cost of each counts, because other programs can only add to it."""
        best = dict.fromkeys(self._sizes, 0.0)
        turn = self._plan.seconds / 2
        for place in range(2 * self._plan.rounds):
            for size in sorted(self._sizes, reverse=place % 2 == 1):
                with self._sizes[size].started() as sequencer:
                    Writers(sequencer, WRITERS).run(turn / 5)
                    best[size] = max(best[size], Writers(sequencer, WRITERS).run(turn).per_second)
            tick(2 * turn * (place + 1))
        self._figures["growth_ratio"] = round(best[self._plan.small] / best[self._plan.large], 3)
        self.remarks += [f"{WRITERS} writers on {size} entries: {rate:.0f} appends/s." for size, rate in best.items()]

    def _large(self, _tick: Callable[[float], None]) -> None:
        log = self._sizes[self._plan.large]
        restarts = [self._restart(log, place) for place in range(_RESTARTS)]
        self._figures["restart_s"] = round(max(restarts), 3)
        with log.started() as sequencer:
            size = sequencer.size()
            spent = 0.0
            frontier = EMPTY
            for first in range(0, size, _PAGE):
                leaves = sequencer.entries(first=first, count=_PAGE)
                begun = time.perf_counter()
                frontier = frontier.extend(leaf_hashes(leaves)).frontier
                spent += time.perf_counter() - begun
            head = log.signer.open(sequencer.checkpoint())
            if frontier.root != head.root:
                raise BenchmarkError("The replay came to another root than was signed; run `insyn log verify`.")
            self._figures["replay_per_s"] = round(size / spent)
            receipts = [sequencer.receipt(index) for index in range(0, size, max(1, size // _CHECKS))]
        begun = time.perf_counter()
        for one in receipts:
            verify_inclusion(leaf=one.leaf, index=one.index, size=head.size, proof=one.proof, root=head.root)
        self._figures["receipt_check_ms"] = round((time.perf_counter() - begun) * 1000 / len(receipts), 4)

    @staticmethod
    def _restart(log: MeasuredLog, place: int) -> float:
        """Time from opening the database to the answer to the first append."""
        begun = time.perf_counter()
        with log.started() as sequencer:
            sequencer.append(f"restart-{place}", [sealed_draft(f"restart-{place}", 1, 2**31 + place)])
            return time.perf_counter() - begun


def _told(what: str, run: Run) -> str:
    return (
        f"{what}: {run.per_second:.0f} appends/s, {run.per_commit:.1f} to a commit, "
        f"p50 {run.percentile_ms(0.5):.1f} ms, p99 {run.percentile_ms(0.99):.1f} ms."
    )
