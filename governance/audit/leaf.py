"""One entry of the log as the tree hashes it: canonical JSON without anything personal (leaf version 1).

What an entry is about lies in sealed payloads beside the log; the leaf holds a commitment to each, the day on which its
key must be gone, and a clear body of a closed list of keys. There is no place for a name, a sentence or a score.
"""

import json
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Never

from governance.audit.canonical import LARGEST
from governance.audit.errors import EntryRefused
from governance.audit.leaf_body import checked_body
from governance.audit.vault_keys import KeyRange, KeyRef

__all__ = ["MAX_LEAF_BYTES", "VERSION", "Compartment", "KeyRange", "KeyRef", "Leaf"]

VERSION: Final = 1
MAX_LEAF_BYTES: Final = 4096
_MAX_TIME: Final = 253_402_300_799_999  # the last millisecond of the year 9999
_OBJECT: Final = "object"
GROUPS: Final = frozenset({"context", _OBJECT, "operator", "subject"})
"""The sealed groups of an entry, and `object` for things that are kept: closed, and their order is alphabetical."""

_EVENT: Final = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*", re.ASCII)
_SRC: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}", re.ASCII)
_PARTS: Final = frozenset({"b", "e", "p", "sn", "src", "t", "v"})
_COMPARTMENT_PARTS: Final = ("c", "d", "g", "k", "r", "x")
_is_event = _EVENT.fullmatch
_is_src = _SRC.fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Compartment:
    """What the leaf says of one sealed payload: its group, its key, the commitment to it and the hash of its box."""

    group: str
    key: KeyRef
    commitment: bytes
    box_sha256: bytes

    def __post_init__(self) -> None:
        """Check the parts.

        Raises:
            EntryRefused: one has not its shape; the sentence names it.
        """
        if self.group not in GROUPS:
            raise EntryRefused("A log entry's 'g' is none of the groups of the closed list.")
        if (self.group == _OBJECT) is self.key.is_of_log:
            raise EntryRefused("A log entry's 'r' and 'g' do not belong together: objects have classes of their own.")
        if len(self.commitment) != 32:
            raise EntryRefused("A log entry's 'c' has not 32 bytes.")
        if len(self.box_sha256) != 32:
            raise EntryRefused("A log entry's 'x' has not 32 bytes.")

    def order(self) -> tuple[str, str, int, int]:
        """Return what compartments are sorted by within an entry."""
        key = self.key
        return self.group, key.data_class, key.day, key.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One entry: event, producer and its own number, time (milliseconds since 1970, UTC), clear body, compartments.

    Made whole or not at all. Lists in the body are tuples here.
    """

    event: str
    src: str
    sn: int
    time_ms: int
    body: Mapping[str, object] = field(default_factory=dict)
    compartments: tuple[Compartment, ...] = ()

    def __post_init__(self) -> None:
        """Check every part against the closed lists.

        Raises:
            EntryRefused: something does not belong here. The sentence names the key, never the value.
        """
        if type(self.event) is not str or not _is_event(self.event):
            raise EntryRefused("A log entry's 'e' is written noun.verb in small letters.")
        if type(self.src) is not str or not _is_src(self.src):
            raise EntryRefused("A log entry's 'src' is 1 to 64 small letters, digits, dots and hyphens.")
        if type(self.sn) is not int or not 0 < self.sn <= LARGEST:
            raise EntryRefused("A log entry's 'sn' counts from 1.")
        if type(self.time_ms) is not int or not 0 <= self.time_ms <= _MAX_TIME:
            raise EntryRefused("A log entry's 't' is whole milliseconds since 1970.")
        object.__setattr__(self, "body", checked_body(self.body) if self.body else _EMPTY)
        if self.compartments:
            _require_order(self.compartments)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes (RFC 8785) that the tree hashes.

        Raises:
            EntryRefused: the entry is larger than 4096 bytes.
        """
        # Every text in here was held against a pattern without quotes, backslashes, controls and non-ASCII letters, so
        # writing it between quotes is its canonical spelling; the tests compare this with an encoder of the RFC.
        body = f'"b":{_ENCODE(dict(self.body))},' if self.body else ""
        parts = ",".join([_compartment_text(one) for one in self.compartments])
        text = f'{{{body}"e":"{self.event}","p":[{parts}],"sn":{self.sn},"src":"{self.src}","t":{self.time_ms},"v":1}}'
        if len(text) > MAX_LEAF_BYTES:
            raise EntryRefused(f"A log entry is at most {MAX_LEAF_BYTES} bytes.")
        return text.encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> "Leaf":
        """Read an entry strictly: the one canonical spelling, known keys only.

        Raises:
            EntryRefused: these bytes are not an entry of this version.
        """
        value = _read_json(data)
        if type(value) is not dict or not _PARTS.issuperset(value) or len(value) - ("b" in value) != len(_PARTS) - 1:
            raise EntryRefused("A log entry holds exactly e, p, sn, src, t and v, and b where it has a body.")
        if value["v"] != VERSION:
            raise EntryRefused("A log entry's 'v' is of a version that this program does not know.")
        parts = value["p"]
        if type(parts) is not list:
            raise EntryRefused("A log entry's 'p' is a list.")
        leaf = cls(
            event=value["e"],
            src=value["src"],
            sn=value["sn"],
            time_ms=value["t"],
            body=value.get("b", _EMPTY),
            compartments=tuple([_read_compartment(part) for part in parts]),
        )
        if leaf.to_bytes() != data:
            raise EntryRefused("A log entry is not written canonically.")
        return leaf

    def ranges(self, name: str) -> tuple[KeyRange, ...]:
        """Return the ranges of keys that the body lists under `keys` or `opens`; none where it has no such list."""
        return tuple(KeyRange.from_json(one) for one in _items(self.body.get(name)))

    def indices(self) -> tuple[int, ...]:
        """Return the indices of entries that this one answers, completes or voids (`of`)."""
        return tuple(one for one in _items(self.body.get("of")) if isinstance(one, int))


def _compartment_text(one: Compartment) -> str:
    key, c, x = one.key, _encode64(one.commitment), _encode64(one.box_sha256)
    return f'{{"c":"{c}","d":{key.day},"g":"{one.group}","k":"{key.number:08x}","r":"{key.data_class}","x":"{x}"}}'


def _read_compartment(value: Any) -> Compartment:
    # Canonical JSON has its keys in this order; any other order would be refused in the end.
    if type(value) is not dict or tuple(value) != _COMPARTMENT_PARTS:
        raise EntryRefused("A log entry's 'p' does not hold exactly c, d, g, k, r and x each time.")
    c, day, group, digits, data_class, x = value.values()
    if type(digits) is not str or type(group) is not str:
        raise EntryRefused("A log entry's 'k' is 8 hexadecimal digits, and its 'g' a text.")
    try:
        number = int(digits, 16)
    except ValueError as error:
        raise EntryRefused("A log entry's 'k' is 8 hexadecimal digits.") from error
    return Compartment(
        group=group,
        key=KeyRef(data_class=data_class, day=day, number=number),
        commitment=_decode64(c, "c"),
        box_sha256=_decode64(x, "x"),
    )


def _items(value: object) -> Iterator[object]:
    return iter(value) if isinstance(value, tuple) else iter(())


def _require_order(compartments: tuple[Compartment, ...]) -> None:
    last: tuple[str, str, int, int] | None = None
    for one in compartments:
        order = one.order()
        if last is not None and order <= last:
            raise EntryRefused("A log entry's 'p' is sorted by g, r, d and k, and names no key twice.")
        if last is not None and order[0] == last[0] != _OBJECT:
            raise EntryRefused("A log entry's 'p' has a group twice; only objects may be several.")
        last = order


def _read_json(data: bytes) -> Any:
    if len(data) > MAX_LEAF_BYTES:
        raise EntryRefused(f"A log entry is at most {MAX_LEAF_BYTES} bytes.")
    try:
        return _DECODE(data.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise EntryRefused("A log entry is not JSON of texts, whole numbers, lists and objects.") from error


def _encode64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")


def _decode64(text: object, key: str) -> bytes:
    """Decode leniently: whatever is spelt otherwise than it must be does not come out the same again."""
    try:
        return a2b_base64(text) if type(text) is str else b""
    except ValueError as error:
        raise EntryRefused(f"A log entry's '{key}' is the base64 of 32 bytes.") from error


def _no_fraction(_text: str) -> Never:
    raise ValueError


_EMPTY: Final[Mapping[str, object]] = MappingProxyType({})
_ENCODE: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_DECODE: Final = json.JSONDecoder(parse_float=_no_fraction, parse_constant=_no_fraction).decode
