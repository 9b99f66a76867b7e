"""An auditor's challenge put to a running log and vault, and the drill with an old backup: what opens, what must not.

Every key is asked for by an entry of its own in the log (`log.read`), as everybody's reading is. Nothing of what opens
is shown or kept: only whether it opens.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

from contracts.errors import ReceiptRefused
from contracts.receipt import LogReceipt, verify_receipt
from governance.adapters.compartment_sealer import open_box
from governance.adapters.signatures import VERIFIERS, ed25519_verifies
from governance.application.journal import in_clear, ranges_of
from governance.audit.challenge import Answer, Judged, drawn, judge, only_witnessed
from governance.audit.checkpoint import verified_checkpoint
from governance.audit.cosignature import verified_cosignatures
from governance.audit.draft import Appended, Draft
from governance.audit.errors import LogUnavailable
from governance.audit.leaf import KeyRange, KeyRef, Leaf
from governance.audit.note import VerifierKey, parse_note

SOURCE: Final = "audit"
"""The producer's name under which challenges are numbered."""
READ: Final = "log.read"

_COMPLETE: Final = "erasure.complete"
_VOID: Final = "change.void"
_MOST_RANGES: Final = 50
_PAGE: Final = 4096
_BACKUP: Final = {
    "log_boxes": "SELECT data_class, day, number FROM log_boxes",
    "objects": "SELECT object_id FROM objects",
}


class RunningLog(Protocol):
    """The log, asked over its socket."""

    def append(self, request_id: str, drafts: Sequence[Draft]) -> Appended:
        """Append entries."""

    def boxes(self, keys: Sequence[KeyRef]) -> Mapping[KeyRef, bytes]:
        """Return sealed payloads."""

    def checkpoint(self) -> str:
        """Return the newest signed checkpoint."""

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof between two sizes."""

    def cosigned(self) -> str | None:
        """Return the newest cosigned checkpoint."""

    def entries(self, *, first: int, count: int) -> tuple[bytes, ...]:
        """Return leaves."""

    def last_number(self, src: str) -> int:
        """Return a producer's last number."""

    def receipt(self, index: int) -> LogReceipt:
        """Return an entry's receipt."""

    def size(self) -> int:
        """Return the number of entries."""


class RunningVault(Protocol):
    """The key vault, asked over its socket."""

    def release(
        self, keys: Sequence[KeyRef], receipt: LogReceipt, consistency: Sequence[bytes]
    ) -> Mapping[KeyRef, bytes]:
        """Return keys that an entry lets out; destroyed ones are missing."""

    def seen(self) -> tuple[int, bytes]:
        """Return what it saw of the log last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenged:
    """What was drawn and what became of it. `by_witnesses`: whoever keeps the log could not choose the draw."""

    judged: tuple[Judged, ...]
    entries: tuple[int, ...]
    size: int
    by_witnesses: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """How many payloads a backup holds, of how many the key was destroyed, how many were asked for, which opened."""

    held: int
    destroyed: int
    asked: int
    opened: tuple[KeyRef, ...]


class Challenger:
    """Puts questions to a log of these pinned keys, and to its vault. `kept` gives the boxes of kept objects."""

    def __init__(
        self,
        log: RunningLog,
        vault: RunningVault,
        *,
        keys: Sequence[VerifierKey],
        witnesses: Sequence[VerifierKey] = (),
        kept: Callable[[Sequence[KeyRef]], Mapping[KeyRef, bytes]],
    ) -> None:
        self._log, self._vault, self._keys = log, vault, tuple(keys)
        self._witnesses, self._kept = tuple(witnesses), kept

    def challenge(self, count: int, *, words: str = "") -> Challenged:
        """Draw so many entries and hold what the vault gives against them.

        Raises:
            LogUnavailable: log or vault do not answer, or an entry is not proven under a pinned key.
        """
        note, size = self._note()
        indices = drawn(note, size, count, words=words)
        leaves = {index: self._proven(index) for index in indices}
        keys = list(dict.fromkeys(one.key for leaf in leaves.values() for one in leaf.compartments))
        secrets = self._released(keys)
        boxes = {**self._log.boxes([key for key in keys if key.is_of_log])}
        boxes.update(self._kept([key for key in keys if not key.is_of_log]))
        answers = {key.text: Answer(dek=secrets.get(key), box=boxes.get(key)) for key in keys}
        judged = judge(leaves, answers, destroyed=self.destroyed(), open_box=open_box)
        return Challenged(judged=judged, entries=indices, size=size, by_witnesses=bool(self._witnesses))

    def drill(self, backup: Path, count: int, *, words: str = "") -> Drilled:
        """Try to open, with today's vault, payloads of an older database whose keys the log says were destroyed.

        Raises:
            LogUnavailable: log or vault do not answer, or the file holds neither sealed payloads nor objects.
        """
        note, _ = self._note()
        held, destroyed = keys_in(backup), self.destroyed()
        gone = [key for key in held if any(key in span for span in destroyed)]
        asked = [gone[place] for place in drawn(note, len(gone), count, words=words)] if gone else []
        opened = self._released(asked)
        return Drilled(held=len(held), destroyed=len(gone), asked=len(asked), opened=tuple(opened))

    def destroyed(self) -> tuple[KeyRange, ...]:
        """Return the keys that the log says were destroyed, as its entries name them."""
        done: list[tuple[int, Leaf]] = []
        voided: set[int] = set()
        for index, entry in self._entries():
            if _COMPLETE.encode() in entry or _VOID.encode() in entry:
                leaf = Leaf.from_bytes(entry)
                if leaf.event == _COMPLETE:
                    done.append((index, leaf))
                elif leaf.event == _VOID:
                    voided.update(leaf.indices())
        return tuple(span for index, leaf in done if index not in voided for span in leaf.ranges("keys"))

    def _entries(self) -> Iterator[tuple[int, bytes]]:
        for first in range(0, self._log.size(), _PAGE):
            yield from enumerate(self._log.entries(first=first, count=_PAGE), start=first)

    def _note(self) -> tuple[str, int]:
        """Return the checkpoint that the draw begins from, with the lines that count alone, and its size."""
        note = self._log.cosigned() if self._witnesses else self._log.checkpoint()
        if note is None:
            raise LogUnavailable("The witnesses have cosigned no checkpoint yet, so nothing can be drawn from one.")
        parsed = parse_note(note)
        size = verified_checkpoint(parsed, keys=self._keys, verify=ed25519_verifies).size
        if not self._witnesses:
            return only_witnessed(note, self._keys), size
        verified_cosignatures(parsed, {key.name: key for key in self._witnesses}, verify=VERIFIERS)
        return only_witnessed(note, self._witnesses), size

    def _proven(self, index: int) -> Leaf:
        receipt = self._log.receipt(index)
        for key in self._keys:
            try:
                return Leaf.from_bytes(verify_receipt(receipt, origin=key.name, log_key=key.public_key))
            except ReceiptRefused:
                continue
        raise LogUnavailable(f"Entry {index} is not proven under a pinned key.")

    def _released(self, keys: Sequence[KeyRef]) -> dict[KeyRef, bytes]:
        """Ask the vault for keys, each time by an entry that says so."""
        found: dict[KeyRef, bytes] = {}
        ranges = ranges_of(keys)
        for first in range(0, len(ranges), _MOST_RANGES):
            part = ranges[first : first + _MOST_RANGES]
            wanted = [key for key in keys if any(key in span for span in part)]
            number = self._log.last_number(SOURCE) + 1
            draft = Draft(event=READ, src=SOURCE, sn=number, body={"opens": in_clear(part)})
            receipt = self._log.receipt(self._log.append(f"challenge-{number}", [draft]).first)
            seen, _ = self._vault.seen()
            consistency = () if seen in {0, receipt.size} else self._log.consistency(seen, receipt.size)
            found.update(self._vault.release(wanted, receipt, consistency))
        return found


def keys_in(backup: Path) -> list[KeyRef]:
    """Return the keys of the payloads or objects that a database file holds, in order. It is opened for reading only.

    Raises:
        LogUnavailable: it is no database of the log or of governance.
    """
    if not backup.is_file():
        raise LogUnavailable(f"There is no file {backup}; name the copy of a database.")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(backup.resolve()))}?mode=ro", uri=True)) as database:
            tables = {row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            known = sorted(tables & _BACKUP.keys())
            rows = [row for table in known for row in database.execute(_BACKUP[table])]
    except sqlite3.Error as error:
        raise LogUnavailable(f"The file {backup} cannot be read as a database.") from error
    if not known:
        raise LogUnavailable(f"The file {backup} holds neither the log's sealed payloads nor kept objects.")
    return sorted((_key(*row) for row in rows), key=lambda key: (key.data_class, key.day, key.number))


def _key(first: str, day: int | None = None, number: int = 0) -> KeyRef:
    return KeyRef.parse(first) if day is None else KeyRef(data_class=first, day=day, number=number)
