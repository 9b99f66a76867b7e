"""EIO, ENOSPC and SIGKILL at every write, sync and rename of one append; a disk that fills up.

`strace` injects the fault into the one thread that does the work, at its nth call. The append is one that fills a tile,
so that every kind of write takes part. After each: what was acknowledged is there, what is asked again has one answer,
no two checkpoints of one size differ, and the full replay passes.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.clock import read_clocks
from governance.adapters.log.sequencer import Sequencer
from governance.audit.errors import LogUnavailable
from tests.builders_disk import a_small_disk, fill, needs_mount
from tests.builders_sequencer import LogFolder, a_draft, drafts, replay

ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).parent / "log_one_append_worker.py"
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "ftruncate")
BEFORE = 254
"""Entries before the append of four: it fills a tile."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one traced append came to: what it said, and how often each call was made."""

    said: list[str]
    calls: dict[str, int]
    exit_status: int


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> LogFolder:
    folder = LogFolder(tmp_path_factory.mktemp("prepared") / "log")
    sequencer = folder.start(now=lambda: read_clocks().now)
    sequencer.append("before", drafts(1, BEFORE))
    sequencer.stop()
    return folder


def one_append(folder: LogFolder, *, thread: int, inject: str | None) -> Outcome:
    """Let the worker append once, a tracer at one of its threads (0: the sequencer's, 1: the publisher's)."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen(
        [sys.executable, str(WORKER), str(folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    try:
        watched = worker.stdout.readline().split()[1 + thread]
        trace = folder.path / "trace"
        with _tracer(watched, trace, inject):
            said, _ = worker.communicate("go\n", timeout=60)
    finally:
        worker.kill()
        worker.wait()
    found = re.findall(r"^\d*\s*(\w+)\(", trace.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    return Outcome(
        said=said.splitlines(), calls={call: found.count(call) for call in CALLS}, exit_status=worker.returncode
    )


@contextmanager
def _tracer(thread: str, trace: Path, inject: str | None) -> Iterator[None]:
    options = ["-e", f"inject={inject}"] if inject else []
    command = ["strace", "-p", thread, "-o", str(trace), "-e", "trace=" + ",".join(CALLS), *options]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        attached = tracer.stderr.readline()
        if "attached" not in attached:
            pytest.skip("this machine does not let one process trace another; faults are injected where it does")
        yield
        tracer.wait(timeout=30)
    finally:
        tracer.kill()
        tracer.wait()
        tracer.stderr.close()


def needs_strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed; faults are injected into system calls where it is")


def survives(prepared: LogFolder, folder: LogFolder, *, thread: int, inject: str) -> str:
    """Inject one fault into one append on a copy of the log, and verify the log after it; return what was said."""
    shutil.copytree(prepared.path, folder.path)
    outcome = one_append(folder, thread=thread, inject=inject)
    appended = [line.split() for line in outcome.said if line.startswith("appended")]
    sequencer = folder.start(now=lambda: read_clocks().now)
    again = sequencer.append(f"request-{BEFORE + 1}", drafts(BEFORE + 1, 4))
    sequencer.stop()
    head, entries = replay(folder)
    assert (again.first, head.size) == (BEFORE, BEFORE + 4)
    assert [entry.sn for entry in entries] == list(range(1, BEFORE + 5))
    for _, first, root in appended:
        assert (int(first), root) == (BEFORE, head.root.hex())
    return outcome.said[0] if outcome.said else "killed"


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("thread", [0, 1], ids=["sequencer", "publisher"])
def test_a_fault_at_any_call_of_one_append_loses_nothing(prepared: LogFolder, tmp_path: Path, thread: int) -> None:
    needs_strace()
    sound = LogFolder(tmp_path / "sound")
    shutil.copytree(prepared.path, sound.path)
    counted = one_append(sound, thread=thread, inject=None)
    assert counted.said[0].startswith("appended")
    assert counted.said[1] == "published True"
    told: dict[str, int] = {}
    for call, count in counted.calls.items():
        for nth in range(1, count + 1):
            for fault in ("error=EIO", "error=ENOSPC", "signal=KILL"):
                folder = LogFolder(tmp_path / f"{call}-{nth}-{fault[-4:]}")
                said = survives(prepared, folder, thread=thread, inject=f"{call}:{fault}:when={nth}").split()[0]
                told[f"{fault} {said}"] = told.get(f"{fault} {said}", 0) + 1
                shutil.rmtree(folder.path)
    print(f"strace: {counted.calls}, outcomes {told}")  # noqa: T201 - a record
    assert sum(told.values()) == 3 * sum(counted.calls.values()) >= 15


@pytest.mark.slow
def test_a_commit_that_the_disk_did_not_confirm_ends_the_sequencer(prepared: LogFolder, tmp_path: Path) -> None:
    needs_strace()
    folder = LogFolder(tmp_path / "log")
    said = survives(prepared, folder, thread=0, inject="fdatasync:error=EIO:when=1")
    # Nobody knows what became of it: no plain refusal, after which it would go on.
    assert said == "refused CommitUncertain"


@needs_mount
@pytest.mark.slow
def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with a_small_disk(tmp_path / "disk", "8m") as disk:
        folder = LogFolder(disk / "log")
        sequencer = folder.start()
        acknowledged = list(sequencer.append("before", drafts(1, 200)).leaves)
        ballast = fill(disk)
        sn = 201
        while appended := _filled_or_refused(sequencer, sn):
            acknowledged += appended
            sn += 4
        sequencer.stop()
        with pytest.raises(LogUnavailable):
            folder.start()
        ballast.unlink()
        sequencer = folder.start()
        # The request that was refused may stand there or not; asked again it has one answer.
        _filled(sequencer, sn)
        sequencer.stop()
        head, _ = replay(folder)
        assert head.size == sn + 3
        assert folder.leaves()[: len(acknowledged)] == acknowledged


def _filled(sequencer: Sequencer, sn: int) -> tuple[bytes, ...]:
    return sequencer.append(
        f"r{sn}", [a_draft(place, box=bytes([place % 251]) * 5000) for place in range(sn, sn + 4)]
    ).leaves


def _filled_or_refused(sequencer: Sequencer, sn: int) -> tuple[bytes, ...]:
    try:
        return _filled(sequencer, sn)
    except LogUnavailable:
        return ()


@needs_mount
@pytest.mark.slow
def test_a_disk_that_is_full_at_the_guard_alone_ends_the_sequencer(tmp_path: Path) -> None:
    with a_small_disk(tmp_path / "disk", "1m") as disk:
        folder = _GuardElsewhere(tmp_path / "log", disk / "log.guard")
        sequencer = folder.start()
        sequencer.append("one", drafts(1, 3))
        ballast = fill(disk)
        with pytest.raises(LogUnavailable):
            sequencer.append("two", drafts(4, 3))
        with pytest.raises(LogUnavailable):
            sequencer.receipt(0)
        sequencer.stop()
        ballast.unlink()
        sequencer = folder.start()
        assert sequencer.append("two", drafts(4, 3)).first == 3
        sequencer.stop()
        assert replay(folder)[0].size == 6


class _GuardElsewhere(LogFolder):
    def __init__(self, path: Path, guard: Path) -> None:
        super().__init__(path)
        self._guard_path = guard

    @property
    def guard_path(self) -> Path:
        return self._guard_path
