"""A witness killed between comparing and answering: no two trees of one size are ever cosigned."""

import os
import secrets
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from governance.adapters.log.witness_http import WitnessHttp
from governance.audit.errors import LogUnavailable
from governance.witness.errors import Conflict, Refused
from tests.builders_tiles import LOG_VKEY, ORIGIN
from tests.builders_witness import GrowingLog, WitnessHouse

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": os.environ.get("HOME", "/")}
STEPS = 11
"""Before and after: encoding, synchronising the file, renaming, synchronising the folder, signing; before answering."""
RENAMED = 5


def fork_of(log: GrowingLog, word: bytes) -> GrowingLog:
    fork = GrowingLog(len(log.leaves))
    fork.leaves.append(word)
    return fork


@pytest.mark.parametrize("step", range(STEPS + 1))
def test_killed_at_any_step_it_cosigns_one_of_two_forks_and_never_both(tmp_path: Path, step: int) -> None:
    house, log = WitnessHouse(tmp_path / "witness"), GrowingLog(4)
    house.witness().add_checkpoint(log.request(0))
    (tmp_path / "request").write_bytes(fork_of(log, b"one").request(4))
    worker = subprocess.run(
        [sys.executable, "-m", "tests.integration.witness_worker", house.folder, tmp_path / "request", str(step)],
        env=ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    killed = step < STEPS
    assert worker.returncode == (-signal.SIGKILL if killed else 0), worker.stderr.decode()
    assert bool(worker.stdout) is not killed
    cosigned = {word for word in (b"two", b"one") if is_cosigned(house, fork_of(log, word))}
    # Once the renaming is done it remembers the first, whether or not it could still answer.
    assert cosigned == ({b"one"} if step >= RENAMED else {b"two"})
    assert house.file.read().seen[ORIGIN].size == 5


def is_cosigned(house: WitnessHouse, fork: GrowingLog) -> bool:
    """Say whether the witness cosigns it, whichever size it remembers."""
    for old in (4, 5):
        with suppress(Conflict):
            return bool(house.witness().add_checkpoint(fork.request(old)))
    return False


class Pressing:
    """Two branches of one log, both pressed upon one witness; what it cosigned is written down."""

    def __init__(self, house: WitnessHouse) -> None:
        self.house, self.branches = house, (GrowingLog(3), GrowingLog(3))
        self.cosigned: dict[int, set[bytes]] = {}
        self._turn, self._ask = threading.Lock(), WitnessHttp(timeout_s=3)

    def grow(self) -> None:
        for branch in self.branches:
            branch.leaves.append(secrets.token_bytes(8))

    def press(self, branch: GrowingLog, address: str, alive: threading.Event) -> None:
        size = len(branch.leaves)
        seen = self.house.file.read().seen.get(ORIGIN)
        body = branch.request(min(seen.size, size) if seen else 0)
        for _ in range(3):
            try:
                status, answer = self._ask(address, body)
            except LogUnavailable:
                return
            alive.set()
            if status == 200:
                with self._turn:
                    self.cosigned.setdefault(size, set()).add(branch.tree.checkpoint.root)
            if status == 409 and int(answer) <= size:
                body = branch.request(int(answer))

    def round(self) -> None:
        self.grow()
        process, address = serving(self.house.folder)
        alive = threading.Event()
        with ThreadPoolExecutor(4) as pool:
            work = [pool.submit(self.press, branch, address, alive) for branch in self.branches * 2]
            alive.wait(timeout=30)
            process.kill()
            for one in work:
                one.result()
        process.wait(timeout=30)


@pytest.mark.slow
def test_a_served_witness_that_is_killed_again_and_again_never_cosigns_two_trees_of_one_size(tmp_path: Path) -> None:
    house = WitnessHouse(tmp_path / "witness")
    (house.folder / "logs").write_text(LOG_VKEY.text + "\n", encoding="ascii")
    pressing = Pressing(house)
    for _ in range(5):
        pressing.round()
    assert pressing.cosigned
    assert all(len(roots) == 1 for roots in pressing.cosigned.values())
    winners = {root for roots in pressing.cosigned.values() for root in roots}
    histories = [{part.tree.checkpoint.root for part in prefixes(branch)} for branch in pressing.branches]
    assert any(winners <= history for history in histories), "all that was cosigned is one history"


def prefixes(branch: GrowingLog) -> list[GrowingLog]:
    found = []
    for size in range(4, len(branch.leaves) + 1):
        part = GrowingLog(0)
        part.leaves = branch.leaves[:size]
        found.append(part)
    return found


def serving(folder: Path) -> tuple["subprocess.Popen[str]", str]:
    """Start `insyn witness serve` on a free port and return it with its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "insyn", "witness", "serve", folder, "--port", "0"],
        env=ENVIRONMENT,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    process.stdout.close()
    address = next(word for word in line.split() if word.startswith("http://"))
    return process, address


def test_a_witness_that_was_restarted_remembers(tmp_path: Path) -> None:
    house, log = WitnessHouse(tmp_path / "witness"), GrowingLog(4)
    (house.folder / "logs").write_text(LOG_VKEY.text + "\n", encoding="ascii")
    process, address = serving(house.folder)
    try:
        assert httpx.get(address, trust_env=False).text.endswith(house.key.text + "\n")
        answer = httpx.post(f"{address}/add-checkpoint", content=log.request(0), trust_env=False)
        assert answer.status_code == 200
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
    log.rewrite(0)
    with pytest.raises(Refused):
        house.witness().add_checkpoint(log.request(0))
    process, address = serving(house.folder)
    try:
        answer = httpx.post(f"{address}/add-checkpoint", content=log.request(4), trust_env=False)
        assert (answer.status_code, answer.text) == (409, "4\n")
    finally:
        process.kill()
        process.wait(timeout=30)
