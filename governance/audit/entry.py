"""One entry of the log: canonical JSON of opaque identifiers and hashes. There is no place for a name or a sentence.

The keys are a closed list, each with one shape of value. What an entry is about beyond that is bound by `d`, a salted
commitment, whose salt lives with the record and is erased with it (law.md P3, F1).
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from governance.audit.errors import EntryRefused

VERSION: Final = 0
MAX_LEAF_BYTES: Final = 4096
_MAX_TIME: Final = 253_402_300_799_999  # the last millisecond of the year 9999

_EVENT: Final = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*", re.ASCII)
_NONCE: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)

Value = str | int | bool

IDENTIFIERS: Final = frozenset(
    {
        "actor",  # the account that acted: an opaque id, never a log-in name
        "alert",  # the candidate report that an alert began with
        "camera",
        "deployment",
        "key",  # the short name of a public key
        "lease",
        "object",  # a sealed object: an opaque id, erased with its key
        "reference",
        "report",  # a further candidate report that joined an alert
        "rule",  # the rule that allowed or refused, such as A2 or two-person
        "site",
        "slot",
        "subject",  # the account that something was done to
        "warrant",
    }
)
HASHES: Final = frozenset(
    {
        "crops",  # the sealed box of a candidate's crops
        "d",  # salted commitment to everything else about this entry
        "document",  # a signed record: warrant, enrolment, report, request
        "gallery",
        "photograph",
        "profile",
    }
)
FLAGS: Final = frozenset({"allowed"})
COUNTS: Final = frozenset({"count", "of"})
"""`of` is the index of the entry that this one answers or completes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What happened, when (milliseconds since 1970, UTC), with which opaque identifiers. Made whole or not at all."""

    event: str
    time_ms: int
    nonce: str
    fields: Mapping[str, Value]

    def __post_init__(self) -> None:
        """Check every part against the closed list.

        Raises:
            EntryRefused: something does not belong here. The sentence names the key, never the value.
        """
        if not _EVENT.fullmatch(self.event):
            raise EntryRefused("A log entry's event is written noun.verb in small letters.")
        if type(self.time_ms) is not int or not 0 <= self.time_ms <= _MAX_TIME:
            raise EntryRefused("A log entry's time is whole milliseconds since 1970.")
        if not _NONCE.fullmatch(self.nonce):
            raise EntryRefused("A log entry's nonce is 32 hexadecimal digits.")
        for key, value in self.fields.items():
            _require_shape(key, value)
        object.__setattr__(self, "fields", MappingProxyType(dict(self.fields)))

    def to_leaf(self) -> bytes:
        """Return the canonical bytes (RFC 8785) that the tree hashes."""
        leaf = _canonical({"e": self.event, "n": self.nonce, "t": self.time_ms, "v": VERSION, **self.fields})
        if len(leaf) > MAX_LEAF_BYTES:
            raise EntryRefused(f"A log entry is at most {MAX_LEAF_BYTES} bytes.")
        return leaf

    @classmethod
    def from_leaf(cls, leaf: bytes) -> "Entry":
        """Read an entry strictly: the one canonical spelling, known keys only.

        Raises:
            EntryRefused: these bytes are not an entry.
        """
        if len(leaf) > MAX_LEAF_BYTES:
            raise EntryRefused(f"A log entry is at most {MAX_LEAF_BYTES} bytes.")
        try:
            value = json.loads(leaf)
        except (ValueError, RecursionError) as error:
            raise EntryRefused("A log entry is not JSON.") from error
        if not isinstance(value, dict) or not {"e", "n", "t", "v"} <= value.keys():
            raise EntryRefused("A log entry lacks one of e, n, t and v.")
        if type(value["v"]) is not int or value["v"] != VERSION:
            raise EntryRefused("A log entry is of a version that this program does not know.")
        if not isinstance(value["e"], str) or not isinstance(value["n"], str):
            raise EntryRefused("A log entry's event and nonce are texts.")
        rest = {key: item for key, item in value.items() if key not in {"e", "n", "t", "v"}}
        entry = cls(event=value["e"], time_ms=value["t"], nonce=value["n"], fields=rest)
        if entry.to_leaf() != leaf:
            raise EntryRefused("A log entry is not written canonically.")
        return entry


def new_entry(event: str, *, time_ms: int, fields: Mapping[str, Value]) -> Entry:
    """Make an entry with a fresh nonce.

    Raises:
        EntryRefused: the event or a field does not belong in the log.
    """
    return Entry(event=event, time_ms=time_ms, nonce=secrets.token_hex(16), fields=fields)


def _require_shape(key: str, value: object) -> None:
    if key in IDENTIFIERS:
        good = isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None
    elif key in HASHES:
        good = isinstance(value, str) and _SHA256.fullmatch(value) is not None
    elif key in FLAGS:
        good = isinstance(value, bool)
    elif key in COUNTS:
        good = type(value) is int and 0 <= value < 2**53
    else:
        raise EntryRefused("A log entry may only carry the keys of the closed list in governance.audit.entry.")
    if not good:
        raise EntryRefused(f"The log entry's '{key}' does not have the shape of its kind.")


def _canonical(value: Mapping[str, Value]) -> bytes:
    """Encode as RFC 8785 does: for ASCII texts without controls and whole numbers that is sorted compact JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")
