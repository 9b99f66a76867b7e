"""What a command shows before it signs: every field of the very bytes that are signed, whole; none can be forgotten.

The rows are made of those bytes and of nothing else. A field that nobody gave a name in words stands under its own.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from contracts.canonical import decode
from insyn.commands.act_in_words import instant_in_words

Rows = tuple[tuple[str, str], ...]
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def field_rows(payload: bytes, names: Mapping[str, str]) -> Rows:
    """Return each field of a signed record with its name in words, in the order of the names, then all others.

    A field of a record within is named by its path, such as `envelope.threshold`.

    Raises:
        Malformed: these are not the canonical bytes of a record.
    """
    found = dict(_fields(decode(payload), ""))
    order = [*(path for path in names if path in found), *(path for path in sorted(found) if path not in names)]
    return tuple((names.get(path, path), found[path]) for path in order)


def _fields(value: object, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield path, _in_words(value)
        return
    for name, inner in value.items():
        yield from _fields(inner, f"{path}.{name}" if path else name)


def _in_words(value: object) -> str:
    """Return a value in words, a list line by line."""
    if isinstance(value, list):
        return "\n".join(map(_item, value)) or "none"
    if value is None:
        return "none is named"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _text(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(value: str) -> str:
    """Return a text as it stands; what is written as an instant stands in local time beside it."""
    return instant_in_words(datetime.fromisoformat(value)) if _INSTANT.fullmatch(value) else value


def _item(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_in_words(inner)}" for name, inner in sorted(value.items()))
    return _text(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
