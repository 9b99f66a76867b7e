"""The chain of a log's signing keys: from the pinned one through every `key.rotate` entry to the newest.

The old key signs for the new one, in the entry. From then on both sign checkpoints until a day; after it only the new
one counts. The newest key has signed the newest checkpoint, so that it is known to be held.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from governance.audit.base64_strict import decode64
from governance.audit.errors import NoteRefused
from governance.audit.leaf import Leaf
from governance.audit.note import ED25519, VerifierKey, VerifySignature
from governance.audit.problems import EntryFile, Layer, Problems, entry_name
from governance.audit.retention import end_of_day

ROTATION: Final = "key.rotate"
_PURPOSE: Final = "insyn/key-rotate/1"


def rotation_message(*, old: VerifierKey, new: VerifierKey, until: int) -> bytes:
    """Return the bytes that the old key signs: purpose, both keys, and the last day on which the old one counts."""
    return f"{_PURPOSE}\n{old.text}\n{new.text}\n{until}\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A new key from this entry on, and the instant after which the old one no longer counts (ms since 1970)."""

    index: int
    key: VerifierKey
    old_until_ms: int


class KeyChain:
    """The keys of one log in their order. Only rotations that the key before signed are taken.

    Whoever pinned any key of the chain can go on: one that came later vouches, by signing the log, for the entries that
    name the earlier ones.
    """

    def __init__(
        self, pinned: Sequence[VerifierKey], *, verify: VerifySignature, problems: Problems, file_of: EntryFile
    ) -> None:
        """Take the keys that are pinned for one log: at least one, all under the log's origin."""
        self._pinned, self._verify, self._problems, self._file_of = tuple(pinned), verify, problems, file_of
        self._first: VerifierKey | None = None
        self.rotations: list[Rotation] = []

    @property
    def origin(self) -> str:
        """The log's origin."""
        return self._pinned[0].name

    @property
    def every(self) -> tuple[VerifierKey, ...]:
        """All keys of the chain, the first one first; without a rotation the pinned ones."""
        return self._pinned if self._first is None else (self._first, *(one.key for one in self.rotations))

    def follow(self, entries: Iterable[tuple[int, Leaf]]) -> None:
        """Take the entries that rotate the key, in their order, and name those that do it wrongly."""
        for index, leaf in entries:
            problem = self._take(index, leaf)
            if problem:
                self._problems.wrong(Layer.KEYS, self._file_of(index), entry_name(index), problem)
        if self.rotations and not set(self._pinned) & set(self.every):
            index = self.rotations[0].index
            sentence = f"From entry {index} on the log's keys follow one another, and none of them is the pinned one."
            self._problems.wrong(Layer.KEYS, self._file_of(index), entry_name(index), sentence)
            self._first, self.rotations = None, []

    def of_size(self, size: int, *, time_ms: int | None) -> tuple[VerifierKey, ...]:
        """Return the keys that may sign a checkpoint of this size; the last of them must.

        `time_ms` is the time of the last entry that it covers; where it is unknown, a replaced key counts for ever.
        """
        if self._first is None:
            return self._pinned
        keys = [self._first]
        for one in self.rotations:
            if one.index >= size:
                break
            if time_ms is not None and time_ms >= one.old_until_ms:
                keys.clear()
            keys.append(one.key)
        return tuple(keys)

    def _take(self, index: int, leaf: Leaf) -> str | None:
        body = leaf.body
        until, signature = body.get("until"), decode64(str(body.get("signature", "")))
        try:
            old, new = VerifierKey.parse(str(body.get("old", ""))), VerifierKey.parse(str(body.get("key", "")))
        except NoteRefused:
            return f"Entry {index} changes the log's key and does not name the old one and the new one as it must."
        if not isinstance(until, int) or not signature:
            return f"Entry {index} changes the log's key without a signature, or without the old one's last day."
        # The first rotation begins the chain, whichever of its keys is the pinned one.
        known = self.every if self._first is not None else (old,)
        if old != known[-1] or {old.name, new.name} != {self.origin} or new.algorithm != ED25519 or new in known:
            return f"Entry {index} replaces a key that was not the log's newest, or by one of another log."
        if not self._verify(old.public_key, signature, rotation_message(old=old, new=new, until=until)):
            return f"Entry {index} changes the log's key, and the old key did not sign for the new one."
        self._first = self._first or old
        self.rotations.append(Rotation(index=index, key=new, old_until_ms=end_of_day(until)))
        return None
