"""Logs to measure on: made in a folder, filled quickly to a size, and started as the product's process starts them."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from contracts.clock import read_clocks
from contracts.signature import SigningKey
from governance.adapters.log.guard import GuardFile
from governance.adapters.log.postgresql_store import PostgresqlStore
from governance.adapters.log.publisher import Publisher
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.sqlite_store import SqliteStore
from governance.adapters.log.store import Store
from governance.audit.draft import Draft
from governance.audit.leaf import Compartment, KeyRef

ORIGIN: Final = "audit.insyn.invalid/benchmark"
_AT_ONCE: Final = 2048
_BOX_BYTES: Final = 284
"""As large as a sealed payload of the least size."""


@dataclass(slots=True, kw_only=True)
class MeasuredLog:
    """One log: its folder, its key, and the address of its database where that is not SQLite in the folder."""

    folder: Path
    url: str | None = None
    signer: HeadSigner = field(default_factory=lambda: HeadSigner(ORIGIN, [SigningKey.generate()]))

    @property
    def public(self) -> Path:
        """Where its tiles lie."""
        return self.folder / "public"

    @contextmanager
    def started(self) -> Iterator[Sequencer]:
        """Start it with all that the process has: database, guard, publisher."""
        with ExitStack() as stack:
            store = self._store()
            stack.callback(store.close)
            publisher = Publisher(self.public, store, self.signer)
            sequencer = Sequencer(
                store=store,
                guard=GuardFile(self.folder / "guard" / "log.guard", self.signer),
                signer=self.signer,
                now=_now,
                committed=publisher.committed,
            )
            stack.callback(publisher.stop)
            stack.callback(sequencer.halt)
            publisher.start(sequencer.view, found=sequencer.fail)
            yield sequencer

    def fill(self, size: int, tell: Callable[[int], None]) -> None:
        """Append entries with one box each until there are so many, in large requests; tell how many there are."""
        with self.started() as sequencer:
            while (there := sequencer.size()) < size:
                first = sequencer.last_number("filler") + 1
                count = min(_AT_ONCE, size - there)
                drafts = [_filling(sn) for sn in range(first, first + count)]
                sequencer.append(f"filler-{first}", drafts)
                tell(there + count)

    def _store(self) -> Store:
        if self.url is not None:
            return PostgresqlStore(self.url)
        return SqliteStore(self.folder / "database" / "log.db")


def _filling(sn: int) -> Draft:
    """Make an entry that costs little: its box is chance, of a box's size, and opens with no key."""
    key = KeyRef(data_class="log-context", day=20_600, number=sn)
    box = os.urandom(_BOX_BYTES)
    digest = hashlib.sha256(box).digest()
    compartment = Compartment(group="context", key=key, commitment=digest, box_sha256=digest)
    return Draft(event="search.window", src="filler", sn=sn, compartments=(compartment,), boxes=((key, box),))


def _now() -> datetime:
    return read_clocks().now
