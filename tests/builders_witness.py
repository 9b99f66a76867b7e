"""Witnesses for tests: keys, policies of organisations, a log that grows or forks, and a witness on loopback."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn

from contracts.signature import SigningKey
from governance.audit.add_checkpoint import format_request
from governance.audit.checkpoint import Checkpoint, signed_note
from governance.audit.merkle import consistency_proof
from governance.audit.note import COSIGNATURE_ED25519, VerifierKey
from governance.audit.policy import Group, KnownLog, Policy, Witness
from governance.witness.service import build_app, listen
from governance.witness.state import WitnessFile
from governance.witness.witness import Witness as RunningWitness
from tests.builders_tiles import LOG_KEY, LOG_VKEY, ORIGIN, TiledLog, numbered, tiled_log

WITNESS_KEYS: Final = tuple(SigningKey.from_seed(bytes([0x21 + number]) * 32) for number in range(5))
SOME_TIME_S: Final = 1_780_315_200
"""2026-06-01, noon."""


def witness_key(number: int) -> VerifierKey:
    return VerifierKey(
        name=f"witness.example/{number}", algorithm=COSIGNATURE_ED25519, public_key=WITNESS_KEYS[number].public
    )


def two_of_three(keys: Sequence[VerifierKey], *, controller: VerifierKey | None = None) -> Policy:
    """Two of three organisations, and the controller's own witness that never counts."""
    witnesses = [Witness(name=f"w{number}", key=key) for number, key in enumerate(keys)]
    own = [] if controller is None else [Witness(name="controller", key=controller)]
    group = Group(name="organisations", threshold=2, members=tuple(one.name for one in witnesses))
    return Policy(logs=(KnownLog(key=LOG_VKEY),), witnesses=(*witnesses, *own), groups=(group,), quorum="organisations")


class GrowingLog:
    """A log in memory, as the witnessing client asks it: it can grow, be cut, or be rewritten under the same key."""

    def __init__(self, count: int = 5, *, origin: str = ORIGIN) -> None:
        self.leaves = numbered(count)
        self.origin = origin

    @property
    def tree(self) -> TiledLog:
        return tiled_log(self.leaves)

    def grow(self, count: int) -> None:
        size = len(self.leaves)
        self.leaves += [b"entry %d" % number for number in range(size, size + count)]

    def rewrite(self, index: int) -> None:
        self.leaves[index] = b"another entry"

    def checkpoint(self) -> str:
        head = self.tree.checkpoint
        return signed_note(
            Checkpoint(origin=self.origin, size=head.size, root=head.root),
            public_key=LOG_KEY.public,
            sign=LOG_KEY.private.sign,
        )

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        return () if old in {0, new} else consistency_proof(tiled_log(self.leaves[:new]).nodes, old=old, new=new)

    def request(self, old: int) -> bytes:
        return format_request(old, self.consistency(old, len(self.leaves)), self.checkpoint())


@dataclass
class WitnessHouse:
    """A witness's folder, and the witness in it."""

    folder: Path
    name: str = "witness.example/house"
    now_s: Callable[[], int] = lambda: SOME_TIME_S

    def __post_init__(self) -> None:
        self.file = WitnessFile(self.folder)
        if not self.file.path.exists():
            self.file.create(self.name)

    @property
    def key(self) -> VerifierKey:
        return self.file.read().verifier

    def witness(self) -> RunningWitness:
        return RunningWitness(self.file, {ORIGIN: (LOG_VKEY,)}, now_s=self.now_s, evidence=self.folder / "forks")


@contextmanager
def served(house: WitnessHouse) -> Iterator[str]:
    """Serve a witness on loopback until the block ends; yield its address."""
    with listen("127.0.0.1", 0) as listening:
        config = uvicorn.Config(
            build_app(house.witness(), vkey=house.key.text), log_config=None, access_log=False, lifespan="off"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
