"""What a log must have survived, asked after every blow: for the tests of killed, cut off and filled-up sequencers."""

import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from governance.audit.checkpoint import Checkpoint
from governance.audit.tiles import ENTRIES, parse_entry_bundle, tile_path, tiles_of
from tests.builders_sequencer import SEED, LogFolder, replay

WORKER = Path(__file__).parent / "integration" / "log_writer_worker.py"
WRITERS = 64


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """One line of the worker."""

    src: str
    sn: int
    first: int
    digest: str
    size: int
    root: str


@dataclass
class Witnessed:
    """All that one log ever acknowledged and signed, across all its processes."""

    folder: LogFolder
    requests: dict[tuple[str, int], Acknowledged] = field(default_factory=dict)
    roots: dict[int, str] = field(default_factory=dict)

    def take(self, lines: Iterator[str]) -> int:
        """Take the worker's lines in; return how many acknowledgements there were."""
        count = 0
        for line in lines:
            if not line.endswith("\n"):
                continue  # the kill cut it off: nobody was told
            word, src, sn, first, digest, size, root = line.split()
            assert word == "ack"
            told = Acknowledged(src=src, sn=int(sn), first=int(first), digest=digest, size=int(size), root=root)
            before = self.requests.setdefault((told.src, told.sn), told)
            assert (before.first, before.digest) == (told.first, told.digest), "one request has two answers"
            self.see(told.size, told.root)
            count += 1
        return count

    def see(self, size: int, root: str) -> None:
        assert self.roots.setdefault(size, root) == root, "two checkpoints of one size differ"

    def verify(self) -> int:
        """Replay the whole log against everything that was told; return its size."""
        head, entries = replay(self.folder)
        leaves = self.folder.leaves()
        places = {(entry.src, entry.sn): index for index, entry in enumerate(entries)}
        for told in self.requests.values():
            count = 1 + told.sn % 3
            assert places[told.src, told.sn] == told.first, "an acknowledged entry is missing"
            stored = b"".join(leaves[told.first : told.first + count])
            assert hashlib.sha256(stored).hexdigest() == told.digest
        guard = self.folder.guard().read()
        for checkpoint in (head, guard, *self._published(leaves)):
            self.see(checkpoint.size, checkpoint.root.hex())
        assert max(self.roots) <= head.size, "a checkpoint was signed that the database does not hold"
        return head.size

    def _published(self, leaves: list[bytes]) -> list[Checkpoint]:
        """Read the published log as a stranger would; every tile that its checkpoint needs is there."""
        public = self.folder.path / "public"
        if not (public / "checkpoint").exists():
            return []
        head = self.folder.signer.open((public / "checkpoint").read_bytes())
        found: list[bytes] = []
        for tile in tiles_of(head.size):
            data = (public / tile_path(tile)).read_bytes()
            if tile.level == ENTRIES:
                found += parse_entry_bundle(data, width=tile.width)
        assert found == leaves[: head.size]
        return [head]


def a_home(path: Path) -> LogFolder:
    """Make the folder of a sequencer's process, with its key."""
    path.mkdir(parents=True)
    (path / "log.key").write_bytes(SEED)
    (path / "log.key").chmod(0o600)
    return LogFolder(path)


def start_worker(folder: LogFolder, *, writers: int = WRITERS) -> subprocess.Popen[str]:
    """Start the worker; it writes until it is killed."""
    root = Path(__file__).parents[1]
    return subprocess.Popen(
        [sys.executable, str(WORKER), str(folder.path), str(writers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )


def kill_rounds(home: Path, *, rounds: int, seed: int, rounds_per_log: int = 25) -> tuple[int, int]:
    """Kill a sequencer with 64 writers at random moments; return how many acknowledgements and entries there were.

    Every round starts on what the one before left. After so many rounds a new log begins, so that the full replay after
    each of them stays short.
    """
    chance = random.Random(seed)  # noqa: S311 - when to kill
    acknowledged = entries = 0
    for first in range(0, rounds, rounds_per_log):
        witnessed = Witnessed(a_home(home / f"log-{first}"))
        size = 0
        for _ in range(min(rounds_per_log, rounds - first)):
            acknowledged += _one_round(witnessed, chance)
            size = witnessed.verify()
        entries += size
    return acknowledged, entries


def _one_round(witnessed: Witnessed, chance: random.Random) -> int:
    """Let a worker run for a random number of acknowledgements and a random moment more, and kill it."""
    worker = start_worker(witnessed.folder)
    lines = []
    for _ in range(chance.choice([1, 2, 5, 50, 200, 500, 1000])):
        line = worker.stdout.readline()
        assert line, "the sequencer did not start again"
        lines.append(line)
    for _ in range(chance.randrange(200_000)):
        pass
    worker.kill()
    lines += worker.stdout.readlines()
    worker.wait()
    worker.stdout.close()
    return witnessed.take(iter(lines))
