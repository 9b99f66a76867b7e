"""An auditor's challenge: entries drawn by a hash that whoever keeps the log cannot choose, and what must come back.

Of a key that lives, the box must open to what the entry committed to. Of a key that the log says was destroyed, nothing
may open. The draw begins from a checkpoint that witnesses cosigned and, if the auditor likes, from a text of their own.
"""

import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from governance.audit.checkpoint import parse_body
from governance.audit.commitment import entry_context, object_context
from governance.audit.errors import BoxRefused, CheckpointRefused
from governance.audit.leaf import Compartment, KeyRange, Leaf
from governance.audit.note import Note, NoteSignature, VerifierKey, format_note, parse_note

_LABEL: Final = b"insyn/challenge/v1\x00"
_WORD: Final = 2**64
_OBJECT: Final = "object"

OpenBox = Callable[[bytes, bytes, bytes, bytes], bytes]
"""(key, context, commitment, box) -> payload; raises BoxRefused. `governance.adapters.compartment_sealer.open_box`."""


def only_witnessed(note: str, witnesses: Iterable[VerifierKey]) -> str:
    """Return a checkpoint with these witnesses' lines alone, in one order: nobody can draw anew by adding a line.

    Verify the cosignatures first.

    Raises:
        NoteRefused, CheckpointRefused: it is no checkpoint, or none of the witnesses signed it.
    """
    parsed = parse_note(note)
    parse_body(parsed.text)
    lines = [
        NoteSignature(name=key.name, key_id=key.id, signature=signature)
        for key in sorted(witnesses, key=_by_text)
        for signature in sorted(parsed.signatures_of(key))
    ]
    if not lines:
        raise CheckpointRefused("No witness cosigned this checkpoint, so whoever keeps the log could choose the draw.")
    return format_note(Note(text=parsed.text, signatures=tuple(lines)))


def drawn(cosigned_checkpoint_note: str, size: int, count: int, *, words: str = "") -> tuple[int, ...]:
    """Return `count` different indices below `size`, in the order drawn; all of them where there are no more.

    Each is the first eight bytes of SHA-256 over note, the auditor's own words and a counter, taken modulo the size; a
    value in the last, incomplete round of the size is passed over, so that every index is drawn equally often.
    """
    start = hashlib.sha256(_LABEL + _framed(cosigned_checkpoint_note) + _framed(words))
    found: dict[int, None] = {}
    counter = 0
    while len(found) < min(count, size):
        digest = start.copy()
        digest.update(struct.pack(">Q", counter))
        counter += 1
        value = int.from_bytes(digest.digest()[:8])
        if value < _WORD - _WORD % size:
            found[value % size] = None
    return tuple(found)


class Outcome(StrEnum):
    """What became of one compartment that was drawn."""

    OPENED = "opened"
    """Its key lives, and its box opens to what was committed to."""
    GONE = "gone"
    """Its key was destroyed, and nothing opens."""
    MISSING = "missing"
    """Its key should live, and nothing opens: lost, or destroyed without an entry."""
    RETURNED = "returned"
    """Its key was destroyed, and the box opens all the same: an older vault was put in place, or a copy was kept."""

    @property
    def is_right(self) -> bool:
        """Whether this is as it must be."""
        return self in {Outcome.OPENED, Outcome.GONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the vault and the store of boxes gave for one compartment: nothing, where there was nothing."""

    dek: bytes | None = field(default=None, repr=False)
    box: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One compartment of one drawn entry, and what became of it."""

    index: int
    group: str
    key: str
    outcome: Outcome


def judge(
    leaves: Mapping[int, Leaf],
    answers: Mapping[str, Answer],
    *,
    destroyed: Iterable[KeyRange],
    open_box: OpenBox,
) -> tuple[Judged, ...]:
    """Hold the answers (by the key's name) against the drawn entries and against what the log says was destroyed."""
    gone, judged = tuple(destroyed), []
    for index, leaf in sorted(leaves.items()):
        for one in leaf.compartments:
            opens = _opens(leaf, one, answers.get(one.key.text, Answer()), open_box)
            was_destroyed = any(one.key in span for span in gone)
            judged.append(
                Judged(index=index, group=one.group, key=one.key.text, outcome=_OUTCOMES[was_destroyed, opens])
            )
    return tuple(judged)


def context_of(leaf: Leaf, compartment: Compartment) -> bytes:
    """Return what a compartment of this entry is bound to."""
    if compartment.group == _OBJECT:
        return object_context(compartment.key)
    return entry_context(leaf.event, compartment.group, leaf.src, leaf.sn)


def _opens(leaf: Leaf, compartment: Compartment, answer: Answer, open_box: OpenBox) -> bool:
    if answer.dek is None or answer.box is None:
        return False
    if hashlib.sha256(answer.box).digest() != compartment.box_sha256:
        return False
    try:
        open_box(answer.dek, context_of(leaf, compartment), compartment.commitment, answer.box)
    except BoxRefused:
        return False
    return True


_OUTCOMES: Final[Mapping[tuple[bool, bool], Outcome]] = {
    (False, True): Outcome.OPENED,
    (False, False): Outcome.MISSING,
    (True, True): Outcome.RETURNED,
    (True, False): Outcome.GONE,
}


def _framed(text: str) -> bytes:
    data = text.encode("utf-8")
    return struct.pack(">I", len(data)) + data


def _by_text(key: VerifierKey) -> str:
    return key.text
