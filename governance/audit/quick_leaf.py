"""The commonest entries read at a third of the price, as strictly as `Leaf.from_bytes` reads them.

One pattern holds exactly the canonical spelling of an entry with up to three sealed groups and one of a few bodies.
What it matches, `Leaf.from_bytes` takes with the same values; the tests hold the two against each other. What it does
not match is not refused yet: ask `Leaf.from_bytes`.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from governance.audit.leaf import MAX_LEAF_BYTES
from governance.audit.vault_keys import LAST_DAY

_HASH: Final = r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
_NUMBER: Final = r"0|[1-9][0-9]{0,14}"  # 15 digits are less than 2**53
_DAY: Final = r"0|[1-9][0-9]{0,6}"
_SRC: Final = r"[a-z0-9][a-z0-9.-]{0,63}"
_GROUP: Final = (
    rf'\{{"c":"{_HASH}","d":({_DAY}),"g":"(context|operator|subject)","k":"([0-9a-f]{{8}})",'
    rf'"r":"(log-context|log-operator|log-subject)","x":"{_HASH}"\}}'
)
_LEAF: Final = re.compile(
    rf'\{{(?:"b":\{{([^{{}}]+)\}},)?"e":"([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)",'
    rf'"p":\[(?:{_GROUP}(?:,{_GROUP}(?:,{_GROUP})?)?)?\],'
    rf'"sn":([1-9][0-9]{{0,14}}),"src":"({_SRC})","t":({_NUMBER}),"v":1\}}',
    re.ASCII,
)
_BODY: Final = re.compile(
    rf'(?:"settled":({_NUMBER}))?(,)?(?:"state":"({_HASH})")?|"from":"({_SRC})","n":({_NUMBER})|"allowed":(true|false)',
    re.ASCII,
)
_MAX_TIME: Final = 253_402_300_799_999

Key = tuple[str, int, int]
"""A key of the vault: class, day, number."""


class QuickLeaf(NamedTuple):
    """What an entry says, without the hashes of its sealed groups."""

    event: str
    src: str
    sn: int
    time_ms: int
    body: Mapping[str, object]
    keys: tuple[Key, ...]


def read_quickly(entry: bytes) -> QuickLeaf | None:
    """Return a common entry, or nothing where it is an uncommon one or none at all."""
    found = _LEAF.fullmatch(entry.decode("latin-1")) if len(entry) <= MAX_LEAF_BYTES else None
    if found is None:
        return None
    text, event, *groups, number, src, time = found.groups()
    time_ms = int(time)
    body = _NOTHING if text is None else _body(text)
    keys = _keys(groups) if groups[0] is not None else ()
    if body is None or keys is None or time_ms > _MAX_TIME:
        return None
    return QuickLeaf(event, src, int(number), time_ms, body, keys)


def _keys(groups: Sequence[str | None]) -> tuple[Key, ...] | None:
    """Return the keys of groups given as (day, group, digits, class) each; they stand in order, none twice."""
    keys: list[Key] = []
    last = ""
    for place in range(0, len(groups), 4):
        day, group, digits, data_class = groups[place : place + 4]
        if day is None or group is None or digits is None or data_class is None:
            break
        if group <= last or int(day) > LAST_DAY:
            return None
        last = group
        keys.append((data_class, int(day), int(digits, 16)))
    return tuple(keys)


def _body(text: str) -> Mapping[str, object] | None:
    found = _BODY.fullmatch(text)
    if found is None:
        return None
    settled, comma, state, session, number, allowed = found.groups()
    if allowed is not None:
        return _ALLOWED[allowed]
    if session is not None:
        return {"from": session, "n": int(number)}
    if (comma is not None) is (settled is None or state is None):
        return None
    if state is None:
        return {"settled": int(settled)}
    return {"state": state} if settled is None else {"settled": int(settled), "state": state}


_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
_ALLOWED: Final[Mapping[str, Mapping[str, object]]] = MappingProxyType(
    {"false": MappingProxyType({"allowed": False}), "true": MappingProxyType({"allowed": True})}
)
