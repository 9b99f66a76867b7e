"""The clear body of an entry: a closed list of keys, each with one shape. Nothing of it is about a person."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from governance.audit.base64_strict import decode64
from governance.audit.canonical import LARGEST
from governance.audit.errors import EntryRefused
from governance.audit.vault_keys import LAST_DAY, KeyRange

REASONS: Final = frozenset({"court", "decision", "request", "retention"})
"""Why keys are destroyed: their time is over, people ended something, somebody asked for it, a court did."""

# 32 bytes: 43 letters, of which the last carries four bits and two zeros.
_HASH: Final = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=", re.ASCII)
# Too short for an opaque identifier of ours (32 digits), so that no stable name of a person can hide in one.
_TEXT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,23}", re.ASCII)
_PRODUCER: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}", re.ASCII)
_ORIGIN: Final = re.compile(r"[!-*,-\[\]-~]{1,200}", re.ASCII)
_VERIFIER_KEY: Final = re.compile(r"[!-*,-\[\]-~]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{1,2000}={0,2}", re.ASCII)
_SIGNATURE_BYTES: Final = frozenset({64, 2420})  # Ed25519, ML-DSA-44


def checked_body(body: object) -> Mapping[str, object]:
    """Return a body with every key held against its shape; lists come back as tuples.

    Raises:
        EntryRefused: an unknown key, or a value of another shape. The sentence names the key, never the value.
    """
    if not isinstance(body, Mapping) or not body:
        raise EntryRefused("A log entry's 'b' is an object, and left out where it would be empty.")
    return MappingProxyType({key: _checked(key, value) for key, value in body.items()})


def _checked(key: object, value: object) -> object:
    shape = BODY.get(key) if isinstance(key, str) else None
    if shape is None:
        raise EntryRefused("A log entry's 'b' may only hold the keys of the closed list in governance.audit.leaf_body.")
    good = shape(value)
    if good is None:
        raise EntryRefused(f"The log entry's '{key}' does not have the shape of its kind.")
    return good


def _text(pattern: re.Pattern[str]) -> Callable[[object], object]:
    def shape(value: object) -> object:
        return value if type(value) is str and pattern.fullmatch(value) else None

    return shape


def _number(value: object) -> object:
    return value if type(value) is int and 0 <= value <= LARGEST else None


def _day(value: object) -> object:
    return value if type(value) is int and 0 <= value <= LAST_DAY else None


def _flag(value: object) -> object:
    return value if type(value) is bool else None


def _reason(value: object) -> object:
    return value if type(value) is str and value in REASONS else None


def _verifier_key(value: object) -> object:
    if type(value) is not str or not _VERIFIER_KEY.fullmatch(value):
        return None
    return value if decode64(value.split("+", 2)[2]) else None


def _signature(value: object) -> object:
    data = decode64(value) if type(value) is str else None
    return value if data is not None and len(data) in _SIGNATURE_BYTES else None


def _hashes(value: object) -> object:
    hashes = _items(value)
    good = all(type(one) is str and _HASH.fullmatch(one) for one in hashes)
    return tuple(hashes) if good and _is_rising(hashes) else None


def _indices(value: object) -> object:
    indices = _items(value)
    return tuple(indices) if all(map(_is_index, indices)) and _is_rising(indices) else None


def _ranges(value: object) -> object:
    try:
        ranges = [KeyRange.from_json(one) for one in _items(value)]
    except EntryRefused:
        return None
    for before, after in pairwise(ranges):
        same = (before.data_class, before.day) == (after.data_class, after.day)
        if after.order() <= before.order() or (same and after.first <= before.last):
            return None
    return tuple(tuple(one.to_json()) for one in ranges) or None


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _is_index(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST


def _is_rising(items: Sequence[object]) -> bool:
    """Say whether items of one kind are sorted, none of them twice, and there is at least one."""
    return bool(items) and all(map(_is_less, items, items[1:]))


def _is_less(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one < other
    return isinstance(one, int) and isinstance(other, int) and one < other


BODY: Final[Mapping[str, Callable[[object], object]]] = MappingProxyType(
    {
        "adds": _hashes,  # commitments to rows of the watched tables that begin to stand, sorted as texts
        "after": _text(_HASH),  # the root of the vault's inventory after a destruction
        "allowed": _flag,  # whether a rule let something happen
        "basis": _text(_TEXT_ID),  # the legal basis of a hold
        "before": _text(_HASH),  # the root of the vault's inventory before a destruction
        "candidates": _number,  # of a search afterwards, as the three that follow
        "compared": _number,
        "count": _number,
        "drops": _hashes,  # commitments to rows that cease to stand
        "faces": _number,
        "frames": _number,
        "from": _text(_PRODUCER),  # a producer beside the log, such as a camera's session
        "key": _verifier_key,  # the log's key from now on
        "keys": _ranges,  # keys that are to be destroyed, are destroyed, or are held
        "method": _text(_TEXT_ID),
        "n": _number,  # the number that the producer gave it
        "of": _indices,  # entries that this one answers, completes or voids
        "old": _verifier_key,  # the log's key until now
        "opens": _ranges,  # keys that this entry permits to be released, once
        "origin": _text(_ORIGIN),  # another log: the one before, after, or instead of this one
        "reason": _reason,
        "root": _text(_HASH),  # the root of an inventory or of another log
        "rule": _text(_TEXT_ID),  # the rule that allowed or refused, such as A2
        "settled": _number,  # the number of the producer's last change that is committed
        "signature": _signature,
        "size": _number,  # of another log
        "state": _text(_HASH),  # the root over the live commitments to rows
        "until": _day,  # the day until which a hold stands
    }
)
"""Every key that a body may have. A shape returns the value as it is kept, or nothing."""
