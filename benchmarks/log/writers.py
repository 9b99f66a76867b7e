"""Writers that seal and append as the product does, closed-loop or at a given pace, and what their appends took."""

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from governance.adapters.compartment_sealer import seal
from governance.adapters.log.sequencer import Sequencer
from governance.audit.canonical import canonical
from governance.audit.commitment import entry_context
from governance.audit.draft import Draft
from governance.audit.leaf import Compartment, KeyRef

_EVENT: Final = "alert.view"
_DAY: Final = 20_600
_CLASSES: Final = {"operator": "log-operator", "subject": "log-subject"}
_PAYLOADS: Final = {
    "operator": {"actor": "0123456789abcdef" * 2, "rule": "two-person"},
    "subject": {"alert": "fedcba9876543210" * 2, "camera": "hall-3", "slot": "left"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What writers did: how many appends, in how many durable commits, in how long, and each append's milliseconds."""

    appends: int
    commits: int
    seconds: float
    latencies_ms: Sequence[float]

    @property
    def per_second(self) -> float:
        """Appends per second."""
        return self.appends / self.seconds

    @property
    def per_commit(self) -> float:
        """Appends per durable commit."""
        return self.appends / max(1, self.commits)

    def percentile_ms(self, share: float) -> float:
        """Return the time within which this share of the appends was answered."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def sealed_draft(src: str, sn: int, number: int) -> Draft:
    """Make an entry of two sealed groups, each under a fresh key: canonical JSON, commitment, AES-256-GCM."""
    compartments, boxes = [], []
    for group, payload in _PAYLOADS.items():
        key = KeyRef(data_class=_CLASSES[group], day=_DAY, number=number)
        sealed = seal(os.urandom(32), entry_context(_EVENT, group, src, sn), canonical(payload))
        compartments.append(
            Compartment(group=group, key=key, commitment=sealed.commitment, box_sha256=sealed.box_sha256)
        )
        boxes.append((key, sealed.box))
    return Draft(event=_EVENT, src=src, sn=sn, compartments=tuple(compartments), boxes=tuple(boxes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """From when until when is written, at which pause of each writer; `over` ends it early."""

    begun: float
    end: float
    pause: float | None
    over: threading.Event = field(default_factory=threading.Event)


class Writers:
    """So many threads on one sequencer, each a producer of its own that numbers its entries from where it stands."""

    def __init__(self, sequencer: Sequencer, count: int) -> None:
        self._sequencer = sequencer
        self._count = count

    def run(self, seconds: float, *, per_second: float | None = None) -> Run:
        """Append for so long, as fast as answers come or at this pace in all, and tell what became of it."""
        commits = self._sequencer.commits
        latencies: list[list[float]] = [[] for _ in range(self._count)]
        begun = time.perf_counter()
        pause = None if per_second is None else self._count / per_second
        turn = _Turn(begun=begun, end=begun + seconds, pause=pause)
        threads = [
            threading.Thread(target=self._write, args=(place, turn, latencies[place])) for place in range(self._count)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        finally:
            # Interrupted, nobody writes to a log that is closed next.
            turn.over.set()
            for thread in threads:
                thread.join()
        taken = time.perf_counter() - begun
        together = [one for own in latencies for one in own]
        done = self._sequencer.commits - commits
        return Run(appends=len(together), commits=done, seconds=taken, latencies_ms=together)

    def _write(self, place: int, turn: _Turn, latencies: list[float]) -> None:
        src = f"writer-{place}"
        sn = self._sequencer.last_number(src)
        due = turn.begun + (turn.pause or 0.0) * place / self._count
        while time.perf_counter() < turn.end and not turn.over.is_set():
            if turn.pause is not None:
                # Late ones count from when they were due: a slow answer does not make the load lighter.
                turn.over.wait(max(0.0, due - time.perf_counter()))
            started = time.perf_counter() if turn.pause is None else due
            sn += 1
            self._sequencer.append(f"{src}-{sn}", [sealed_draft(src, sn, (place << 24) + sn)])
            latencies.append((time.perf_counter() - started) * 1000)
            due += turn.pause or 0.0
