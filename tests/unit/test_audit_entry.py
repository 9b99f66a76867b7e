"""An entry has no place for a name, a sentence or a score."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from governance.audit.entry import COUNTS, FLAGS, HASHES, IDENTIFIERS, Entry, Value, new_entry
from governance.audit.errors import EntryRefused

NONCE = "0123456789abcdef0123456789abcdef"


def an_entry(**fields: Value) -> Entry:
    return Entry(event="candidate.view", time_ms=1_763_790_000_123, nonce=NONCE, fields=fields)


def test_a_leaf_is_canonical_json() -> None:
    leaf = an_entry(alert="a-1", crops="0" * 64, allowed=True, count=3).to_leaf()
    assert leaf == rfc8785.dumps(json.loads(leaf))
    assert Entry.from_leaf(leaf) == an_entry(alert="a-1", crops="0" * 64, allowed=True, count=3)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "a"},
        {"score": 1},
        {"note": "x"},
        {"actor": "Anna Andersson"},
        {"actor": ""},
        {"actor": "x" * 65},
        {"actor": "Åsa"},
        {"alert": "a\n"},
        {"d": "0" * 63},
        {"d": "G" * 64},
        {"crops": "0" * 65},
        {"count": -1},
        {"count": True},
        {"count": 0.5},
        {"allowed": 1},
        {"allowed": "yes"},
    ],
)
def test_free_text_and_unknown_keys_are_refused(fields: dict[str, Value]) -> None:
    with pytest.raises(EntryRefused) as refusal:
        an_entry(**fields)
    assert "Andersson" not in str(refusal.value)


@pytest.mark.parametrize(
    "event", ["", "view", "Candidate.view", "candidate.view.it", "candidate view", "candidate.view\n"]
)
def test_an_event_is_noun_and_verb(event: str) -> None:
    with pytest.raises(EntryRefused):
        new_entry(event, time_ms=0, fields={})


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"{}",
        b"[]",
        b"not json",
        b'{"e":"a.b","n":"' + NONCE.encode() + b'","t":1,"v":1}',
        b'{"e":"a.b","n":"' + NONCE.encode() + b'","t":1,"v":0} ',
        b'{"v":0,"e":"a.b","n":"' + NONCE.encode() + b'","t":1}',
        b'{"e":"a.b","e":"a.b","n":"' + NONCE.encode() + b'","t":1,"v":0}',
        b'{"e":"a.b","n":"' + NONCE.encode() + b'","t":1.0,"v":0}',
        b'{"e":"a.b","n":"' + NONCE.encode() + b'","t":true,"v":0}',
        b'{"e":"a.b","n":"' + NONCE.encode() + b'","t":1,"v":false}',
        b'{"e":1,"n":"' + NONCE.encode() + b'","t":1,"v":0}',
        b"x" * 5000,
    ],
)
def test_only_one_spelling_of_an_entry_is_read(leaf: bytes) -> None:
    with pytest.raises(EntryRefused):
        Entry.from_leaf(leaf)


def test_every_key_has_one_shape_only() -> None:
    kinds = [IDENTIFIERS, HASHES, FLAGS, COUNTS]
    assert sum(map(len, kinds)) == len(frozenset().union(*kinds))


def test_two_entries_of_the_same_never_have_the_same_bytes() -> None:
    first, second = (new_entry("lease.issue", time_ms=1, fields={"lease": "l"}) for _ in range(2))
    assert first.to_leaf() != second.to_leaf()


@given(st.text(max_size=70))
def test_whatever_an_identifier_accepts_is_printable_ascii_without_spaces(text: str) -> None:
    try:
        an_entry(actor=text)
    except EntryRefused:
        return
    assert text.isascii()
    assert text.isprintable()
    assert " " not in text
    assert 1 <= len(text) <= 64
