"""What a log may say of nobody, held against every byte that it publishes.

    told = personal_in(database) + spelt_out(PERSON, CASE)
    assert said_of_anybody(published(folder / "log" / "public"), told) == []

Whatever is personal is looked for as it stands, in either case, in hexadecimal and base64 of its bytes, and as its
SHA-256: a hash of something guessable is a name too. The 32-byte values of a leaf (commitments and hashes of boxes) are
random to whoever has no key; they are compared whole, and taken out before short words are looked for.
"""

import base64
import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from governance.audit.leaf import Leaf
from governance.audit.tiles import parse_entry_bundle, parse_tile_path

_OPAQUE: Final = re.compile(rb"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])")
_SIGNATURE: Final = re.compile(rb"^\xe2\x80\x94 [!-~]+ ([A-Za-z0-9+/]+={0,2})$", re.MULTILINE)
_FRACTION: Final = re.compile(rb"\d\.\d")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2}){8,}")
_SHORTEST: Final = 4
_NOT_OF_A_PERSON: Final[Mapping[str, str]] = {
    "alembic_version": "the number of the schema",
    "day_erasures": "classes and days of keys",
    "erasures": "names of keys and of reasons",
    "marks": "the commitments themselves",
    "objects": "names of keys, commitments, and boxes that nobody can open without a key",
    "settled": "one number",
}
"""Tables that hold what the log is made of. Every other one is looked for value by value."""
_OF_NOBODY: Final = {"rule", "site_id", "stopped_by"}
"""A site is no person, nor is the number of a rule of law; entries of refusals and of counts say whose they are."""
_SIZES_AND_STATES: Final = re.compile(r"[a-z]{1,10}|\d{1,4}|\d{4}-\d\d-\d\d[ T].*", re.ASCII)
"""A row's state, a count or a time is no name; names of people are looked for beside, in the test's own words."""


@dataclass(frozen=True, kw_only=True)
class Personal:
    """One thing that must not be found, and what it is."""

    what: str
    value: bytes


def spelt_out(**values: str | bytes) -> list[Personal]:
    """Return things by what they are."""
    return [Personal(what=what, value=_bytes(value)) for what, value in values.items()]


def personal_in(database: Path) -> list[Personal]:
    """Return every value of every row that is about somebody, lists and records taken apart."""
    found: list[Personal] = []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in sorted(set(tables) - set(_NOT_OF_A_PERSON)):
            cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # a name of our own schema
            columns = [one[0] for one in cursor.description]
            for row in cursor:
                for column, cell in zip(columns, row, strict=True):
                    if column not in _OF_NOBODY:
                        found += [Personal(what=f"{table}.{column}", value=one) for one in _values(cell)]
    return found


def _values(cell: Any) -> Iterator[bytes]:
    if isinstance(cell, float):
        yield from (_bytes(spelt) for spelt in (repr(cell), f"{cell:.4f}", f"{cell:.6f}") if len(spelt) > _SHORTEST)
    elif isinstance(cell, bytes):
        yield cell
    elif isinstance(cell, str) and cell.startswith(("{", "[")):
        yield from (one for part in _leaves_of(json.loads(cell)) for one in _values(part))
    elif isinstance(cell, str) and cell and not _SIZES_AND_STATES.fullmatch(cell):
        yield _bytes(cell)


def _leaves_of(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for one in value.values():
                yield from _leaves_of(one)
        case list():
            for one in value:
                yield from _leaves_of(one)
        case _:
            yield value


def published(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder of tiles, and every leaf of it by its place."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    leaves: dict[str, bytes] = {}
    for name, content in files.items():
        if name.startswith("tile/entries/"):
            bundle = parse_entry_bundle(content, width=parse_tile_path(name).width)
            leaves |= {f"{name}#{number}": leaf for number, leaf in enumerate(bundle)}
    return files | leaves


def said_of_anybody(published_bytes: Mapping[str, bytes], personal: Iterable[Personal]) -> list[str]:
    """Return what is found where: an empty list, or the log tells of somebody."""
    words, hashes = _to_look_for(personal)
    found: list[str] = []
    for name, content in published_bytes.items():
        if name.startswith("tile/") and not name.startswith("tile/entries/"):
            opaque = {content[start : start + 32] for start in range(0, len(content), 32)}
            text = b""
        else:
            opaque = {base64.b64decode(one) for one in _OPAQUE.findall(content)}
            text = _SIGNATURE.sub(b"", _OPAQUE.sub(b"", content)).lower()
        found += [f"{hashes[one]} in {name}" for one in sorted(opaque & hashes.keys())]
        found += [f"{what} in {name}" for word, what in words.items() if word in text]
    return found


def fractions_in(published_bytes: Mapping[str, bytes]) -> list[str]:
    """Return the leaves in which a number has a point: entries count, and never measure."""
    return [name for name, content in published_bytes.items() if "#" in name and _FRACTION.search(content)]


def numbers_of(leaf: Leaf) -> set[int]:
    """Return every number that an entry says: a score could hide in one."""
    return {one for one in _leaves_of(json.loads(leaf.to_bytes())) if type(one) is int}


def _to_look_for(personal: Iterable[Personal]) -> tuple[dict[bytes, str], dict[bytes, str]]:
    words: dict[bytes, str] = {}
    hashes: dict[bytes, str] = {}
    for one in personal:
        for meaning in _meanings(one.value):
            digest = hashlib.sha256(meaning).digest()
            # Two letters in hexadecimal are four digits, which stand in every other key by chance.
            as_it_is = (meaning, *_encoded(meaning)) if len(meaning) >= _SHORTEST else ()
            for spelt in (*as_it_is, *_encoded(digest)):
                words.setdefault(spelt.lower(), one.what)
            hashes.setdefault(digest, f"the SHA-256 of {one.what}")
            if len(meaning) == 32:
                hashes.setdefault(meaning, one.what)
    return words, hashes


def _meanings(value: bytes) -> Sequence[bytes]:
    """Return a value as it stands and, where it is written in hexadecimal, the bytes that are meant."""
    text = value.decode("utf-8", errors="replace")
    return (value, bytes.fromhex(text)) if _HEX.fullmatch(text) else (value,)


def _encoded(value: bytes) -> tuple[bytes, ...]:
    whole = base64.b64encode(value)
    return value.hex().encode(), whole, whole.rstrip(b"="), base64.urlsafe_b64encode(value).rstrip(b"=")


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
