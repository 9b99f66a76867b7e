"""What the vault keeps, as one file: for every class and day the first number not yet promised, and the seeds.

The file's bytes are the same in both copies. They end in a SHA-256 over all before, so that damage is seen, and name
the hash of the state before, so that a write that was cut off can be told from an older copy that somebody put there.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from governance.audit.errors import EntryRefused, KeyRefused
from governance.audit.merkle import EMPTY_ROOT
from governance.audit.puncturable import KEYS, KeyTree, Seed
from governance.audit.vault_keys import KeyRef

Place = tuple[str, int]
"""A class and a due day."""

MAGIC: Final = b"insyn/vault/1\n"
HASH_BYTES: Final = 32
ID_BYTES: Final = 16
NO_STATE: Final = bytes(HASH_BYTES)
"""What the first state names as the hash of the one before it."""

_HEAD: Final = struct.Struct(">16sQ32sIQ32sI")
_DAY: Final = struct.Struct(">IQI")
_SEED: Final = struct.Struct(">IB32s")


class Damaged(ValueError):
    """The bytes are not a state of the vault, or not all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One class and day. Numbers below `reserved` may have been given out; none is ever given out twice."""

    reserved: int
    tree: KeyTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Size and root of a log, as the vault last believed it. `era` counts the logs that came before this one.

    A log that was closed is followed by another one, which begins anew at size 0: so heads are ordered by era first.
    """

    size: int = 0
    root: bytes = EMPTY_ROOT
    era: int = 0

    def order(self) -> tuple[int, int]:
        """Return what tells which of two heads is the newer one."""
        return self.era, self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One state. `generation` counts the states from 1; `previous` is the SHA-256 of the file of the one before."""

    vault_id: bytes
    generation: int
    previous: bytes
    seen: Head
    days: Mapping[Place, Day]

    def encode(self) -> bytearray:
        """Return the file's bytes. The caller overwrites them after use."""
        content = bytearray(MAGIC)
        content += _HEAD.pack(
            self.vault_id,
            self.generation,
            self.previous,
            self.seen.era,
            self.seen.size,
            self.seen.root,
            len(self.days),
        )
        for (data_class, number), day in sorted(self.days.items(), key=_place):
            name = data_class.encode("ascii")
            content += bytes([len(name)]) + name + _DAY.pack(number, day.reserved, len(day.tree.seeds))
            for seed in day.tree.seeds:
                content += struct.pack(">IB", seed.first, seed.height)
                content += seed.secret
        content += hashlib.sha256(content).digest()
        return content

    def wipe(self, *, but: "State | None" = None) -> None:
        """Overwrite every seed in memory that the other state does not share."""
        kept = set() if but is None else {id(seed.secret) for day in but.days.values() for seed in day.tree.seeds}
        for day in self.days.values():
            for seed in day.tree.seeds:
                if id(seed.secret) not in kept:
                    seed.secret[:] = bytes(len(seed.secret))


def decode(content: bytearray) -> State:
    """Read a state strictly.

    Raises:
        Damaged: the hash at its end is wrong, or anything in it is not as it is written.
    """
    if hashlib.sha256(memoryview(content)[:-HASH_BYTES]).digest() != content[-HASH_BYTES:]:
        raise Damaged("The state's hash does not fit its content.")
    try:
        state = _read(content)
    except (struct.error, UnicodeDecodeError, KeyRefused, EntryRefused) as error:
        raise Damaged("The state's content is not as it is written.") from error
    again = state.encode()
    same = again == content
    again[:] = bytes(len(again))
    if not same:
        raise Damaged("The state's content is not as it is written.")
    return state


def _read(content: bytearray) -> State:
    at = len(MAGIC)
    vault_id, generation, previous, era, size, root, count = _HEAD.unpack_from(content, at)
    at += _HEAD.size
    days: dict[Place, Day] = {}
    for _ in range(count):
        length = content[at] if at < len(content) else 0
        data_class = content[at + 1 : at + 1 + length].decode("ascii")
        at += 1 + length
        number, reserved, seeds = _DAY.unpack_from(content, at)
        at += _DAY.size
        KeyRef(data_class=data_class, day=number, number=0)
        if reserved > KEYS:
            raise Damaged("The state promises more numbers than there are.")
        tree = KeyTree(seeds=tuple(_seed(content, at + place * _SEED.size) for place in range(seeds)))
        at += seeds * _SEED.size
        days[data_class, number] = Day(reserved=reserved, tree=tree)
    return State(
        vault_id=vault_id,
        generation=generation,
        previous=previous,
        seen=Head(size=size, root=root, era=era),
        days=MappingProxyType(days),
    )


def _seed(content: bytearray, at: int) -> Seed:
    first, height = struct.unpack_from(">IB", content, at)
    secret = content[at + 5 : at + _SEED.size]
    return Seed(first=first, height=height, secret=secret)


def _place(item: tuple[Place, Day]) -> Place:
    return item[0]
