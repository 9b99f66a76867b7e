"""A leaf has no place for a name, a sentence, a stable pseudonym or a score; and one spelling."""

import json
from dataclasses import replace
from typing import Any

import pytest
import rfc8785

from governance.audit.base64_strict import encode64
from governance.audit.canonical import canonical, parse_canonical
from governance.audit.errors import CanonicalRefused, EntryRefused
from governance.audit.leaf import MAX_LEAF_BYTES, Compartment, KeyRange, KeyRef, Leaf
from governance.audit.leaf_body import BODY
from tests.builders_vault import HASH, a_compartment

OTHER_HASH = encode64(b"\x04" * 32)
VKEY = "insyn.invalid/log+0123abcd+" + encode64(b"\x01" + b"\x05" * 32)
GOOD_BODIES: dict[str, list[object]] = {
    "adds": [[HASH], sorted([HASH, OTHER_HASH])],
    "after": [HASH],
    "allowed": [True, False],
    "basis": ["2018-1177.2-17"],
    "before": [HASH],
    "candidates": [0, 3],
    "compared": [0, 3],
    "count": [0, 2**53 - 1],
    "drops": [[HASH]],
    "faces": [0, 3],
    "frames": [0, 2**53 - 1],
    "from": ["camera-3.7f"],
    "key": [VKEY],
    "keys": [[["candidate", 20_460, 0, 2**32 - 1], ["candidate", 20_461, 3, 3]]],
    "method": ["overwrite"],
    "n": [0],
    "of": [[3], [0, 7, 8]],
    "old": [VKEY],
    "opens": [[["log-subject", 20_460, 1, 4], ["log-subject", 20_460, 6, 6]]],
    "origin": ["insyn.invalid/demo/2026"],
    "reason": ["retention", "decision", "request", "court"],
    "root": [HASH],
    "rule": ["A2", "two-person"],
    "settled": [0, 12],
    "signature": [encode64(bytes(64))],
    "size": [7],
    "state": [HASH],
    "until": [20_460],
}
BAD_BODIES: dict[str, list[object]] = {
    "adds": [
        [],
        HASH,
        [HASH, HASH],
        sorted([HASH, OTHER_HASH], reverse=True),
        [HASH[:-1]],
        [1],
        None,
        ["A" * 42 + "B="],
    ],
    "after": ["", HASH + "=", HASH.replace("=", ""), 5],
    "allowed": [1, "yes", None],
    "basis": ["", "Anna Andersson", "x" * 25, "0123456789abcdef0123456789abcdef"],
    "count": [-1, 2**53, True, 0.5, "1"],
    "from": ["", "Camera", "x" * 65, "å"],
    "key": ["", "insyn.invalid/log", VKEY + "!", VKEY[:-1], "in syn" + VKEY],
    "keys": [
        [],
        [["candidate", 20_460, 4, 3]],
        [["candidate", 20_460, 0, 2**32]],
        [["person", 20_460, 0, 1]],
        [["candidate", -1, 0, 1]],
        [["candidate", 20_460, 0]],
        [["candidate", 20_460, 0, True]],
        [["candidate", 20_461, 0, 0], ["candidate", 20_460, 0, 0]],
        [["candidate", 20_460, 0, 5], ["candidate", 20_460, 5, 6]],
        [["candidate", 20_460, 0, 0], ["candidate", 20_460, 0, 0]],
    ],
    "of": [[], 3, [3, 3], [4, 3], [-1], [True], ["3"], [2**53]],
    "origin": ["", "a b", "a+b", "x" * 201, "å"],
    "reason": ["", "because Anna asked", 1],
    "rule": ["", "A2\n", "x" * 25, "0123456789abcdef0123456789abcdef"],
    "signature": ["", encode64(bytes(63)), "x" * 88],
    "until": [-1, 2_932_897, True],
}


def a_leaf(**changes: Any) -> Leaf:
    whole = Leaf(
        event="candidate.view",
        src="governance",
        sn=18_233,
        time_ms=1_763_790_000_123,
        body={"settled": 9, "state": HASH},
        compartments=(a_compartment("operator", "log-operator"), a_compartment()),
    )
    return replace(whole, **changes)


def test_a_leaf_is_canonical_json_and_is_read_back() -> None:
    data = a_leaf().to_bytes()
    assert data == rfc8785.dumps(json.loads(data))
    assert Leaf.from_bytes(data) == a_leaf()


def test_a_leaf_without_a_body_has_no_key_for_it() -> None:
    data = a_leaf(body={}, compartments=()).to_bytes()
    assert set(json.loads(data)) == {"e", "p", "sn", "src", "t", "v"}
    assert Leaf.from_bytes(data).body == {}


def test_the_list_of_body_keys_is_closed_and_every_one_of_them_is_tried_here() -> None:
    assert set(BODY) == set(GOOD_BODIES)


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in GOOD_BODIES.items() for value in values])
def test_every_key_of_the_body_holds_what_it_is_for(key: str, value: object) -> None:
    data = a_leaf(body={key: value}).to_bytes()
    assert json.loads(data)["b"] == {key: value}
    assert data == rfc8785.dumps(json.loads(data))
    assert Leaf.from_bytes(data).to_bytes() == data


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in BAD_BODIES.items() for value in values])
def test_a_body_of_another_shape_is_refused_by_its_key_and_not_by_its_value(key: str, value: object) -> None:
    with pytest.raises(EntryRefused, match=f"'{key}'") as refusal:
        a_leaf(body={key: value})
    assert "Anna" not in str(refusal.value)


@pytest.mark.parametrize("key", ["name", "score", "actor", "note", "d", "", "subject", "Anna"])
def test_a_body_has_no_other_keys(key: str) -> None:
    with pytest.raises(EntryRefused) as refusal:
        a_leaf(body={key: "x"})
    assert "Anna" not in str(refusal.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "view"},
        {"event": "Candidate.view"},
        {"event": "candidate.view\n"},
        {"event": "candidate.view.it"},
        {"src": ""},
        {"src": "Governance"},
        {"src": "a b"},
        {"src": "x" * 65},
        {"sn": 0},
        {"sn": True},
        {"sn": 2**53},
        {"time_ms": -1},
        {"time_ms": 253_402_300_800_000},
        {"time_ms": 1.5},
        {"compartments": (a_compartment(), a_compartment("operator", "log-operator"))},
        {"compartments": (a_compartment(), a_compartment(number=43))},
        {"compartments": (a_compartment("object", "candidate"), a_compartment("object", "candidate"))},
    ],
)
def test_what_is_not_as_a_leaf_has_it_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(EntryRefused):
        a_leaf(**changes)


def test_several_objects_stand_in_one_leaf_in_order() -> None:
    several = (
        a_compartment("object", "candidate", 1),
        a_compartment("object", "candidate", 2),
        a_compartment("object", "review", 1),
    )
    assert Leaf.from_bytes(a_leaf(compartments=several).to_bytes()).compartments == several


@pytest.mark.parametrize(
    ("group", "data_class"),
    [("subject", "candidate"), ("object", "log-subject"), ("person", "log-subject"), ("object", "account")],
)
def test_groups_and_classes_are_closed_lists_that_belong_together(group: str, data_class: str) -> None:
    with pytest.raises(EntryRefused):
        a_compartment(group, data_class)


@pytest.mark.parametrize("changes", [{"commitment": b"\x01" * 31}, {"box_sha256": b"\x01" * 33}])
def test_commitments_and_hashes_have_32_bytes(changes: dict[str, bytes]) -> None:
    with pytest.raises(EntryRefused):
        replace(a_compartment(), **changes)


def respelt(data: bytes) -> list[bytes]:
    """Return other spellings of the same value, and values that are nearly a leaf."""
    value = json.loads(data)
    text = data.decode()
    return [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xef\xbb\xbf" + data,
        text.encode("utf-16"),
        data + b"\n",
        b" " + data,
        json.dumps(value).encode(),
        json.dumps(value, separators=(",", ":")).replace('"v":1', '"v":1.0').encode(),
        text.replace('"v":1', '"v":true').encode(),
        text.replace('"v":1', '"v":0').encode(),
        text.replace('"v":1', '"v":2').encode(),
        text.replace('"v":1', '"v":1,"w":1').encode(),
        text.replace('"v":1', '"v":1,"v":1').encode(),
        text.replace('"sn":18233', '"sn":1.8233e4').encode(),
        text.replace('"sn":18233', '"sn":-0').encode(),
        text.replace('"sn":18233', '"sn":018233').encode(),
        text.replace('"sn":18233', '"sn":"18233"').encode(),
        text.replace('"sn":18233', '"sn":NaN').encode(),
        text.replace('"e":"candidate.view"', '"e":"candidate\\u002eview"').encode(),
        text.replace('"e":"candidate.view"', '"e":5').encode(),
        text.replace('"k":"0000002a"', '"k":"0000002A"', 1).encode(),
        text.replace('"k":"0000002a"', '"k":"+000002a"', 1).encode(),
        text.replace('"k":"0000002a"', '"k":"2a"', 1).encode(),
        text.replace('"k":"0000002a"', '"k":42', 1).encode(),
        text.replace('"k":"0000002a"', '"k":"0000002\u0662"', 1).encode(),
        text.replace('"d":20460', '"d":20460.0', 1).encode(),
        text.replace('"d":20460', '"d":"20460"', 1).encode(),
        text.replace('"g":"subject"', '"g":["subject"]', 1).encode(),
        text.replace('"r":"log-subject"', '"r":["log-subject"]', 1).encode(),
        text.replace('AQE="', 'AQF="', 1).encode(),  # stray bits behind the last byte
        text.replace('AQE="', 'AQE"', 1).encode(),
        text.replace('AQE="', 'AQE=\\n"', 1).encode(),
        text.replace('"p":[', '"p":[[],', 1).encode(),
        text.replace('"p":[', '"p":{"a":[', 1).replace('],"sn"', ']},"sn"').encode(),
        text.replace('"b":{"settled":9', '"b":{},"c":{"settled":9').encode(),
        text.replace('"settled":9,', '"settled":9,"settled":9,').encode(),
        text.replace('{"settled":9,', '{"x":9,').encode(),
    ]


@pytest.mark.parametrize("number", range(len(respelt(a_leaf().to_bytes()))))
def test_there_is_one_spelling(number: int) -> None:
    data = a_leaf().to_bytes()
    other = respelt(data)[number]
    assert other != data
    with pytest.raises(EntryRefused):
        Leaf.from_bytes(other)


@pytest.mark.parametrize("empty", ["{}", "null", "[]"])
def test_an_empty_body_is_left_out_and_not_written(empty: str) -> None:
    data = a_leaf(body={}).to_bytes().decode().replace("{", '{"b":' + empty + ",", 1)
    with pytest.raises(EntryRefused):
        Leaf.from_bytes(data.encode())


def test_a_leaf_has_at_most_4096_bytes() -> None:
    hashes = sorted(encode64(bytes([number]) * 32) for number in range(78))
    body = {"adds": hashes}
    assert len(a_leaf(body=body).to_bytes()) <= MAX_LEAF_BYTES
    with pytest.raises(EntryRefused, match="4096"):
        a_leaf(body={"adds": sorted([*hashes, OTHER_HASH.replace("B", "C")])}).to_bytes()
    with pytest.raises(EntryRefused, match="4096"):
        Leaf.from_bytes(b" " * 5000)


def test_a_key_has_one_name() -> None:
    key = KeyRef(data_class="candidate", day=20_460, number=42)
    assert key.text == "candidate.20460.0000002a"
    assert KeyRef.parse(key.text) == key
    for other in [
        "",
        "candidate.20460.2a",
        "candidate.020460.0000002a",
        "candidate.20460.0000002A",
        "person.1.0000002a",
    ]:
        with pytest.raises(EntryRefused):
            KeyRef.parse(other)


def test_a_range_holds_its_ends_and_nothing_of_another_class_or_day() -> None:
    span = KeyRange(data_class="candidate", day=20_460, first=3, last=5)
    inside = [KeyRef(data_class="candidate", day=20_460, number=number) for number in (3, 4, 5)]
    outside = [
        KeyRef(data_class="candidate", day=20_460, number=2),
        KeyRef(data_class="candidate", day=20_460, number=6),
        KeyRef(data_class="candidate", day=20_461, number=4),
        KeyRef(data_class="review", day=20_460, number=4),
    ]
    assert all(key in span for key in inside)
    assert not any(key in span for key in outside)
    assert span.covers(replace(span, first=4))
    assert not span.covers(replace(span, last=6))
    assert not span.covers(replace(span, day=20_461))


def test_a_leaf_tells_its_ranges_and_indices() -> None:
    leaf = a_leaf(body={"opens": [["candidate", 20_460, 1, 2]], "of": [4, 9]})
    assert leaf.ranges("opens") == (KeyRange(data_class="candidate", day=20_460, first=1, last=2),)
    assert leaf.ranges("keys") == ()
    assert leaf.indices() == (4, 9)


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), 2**53, -(2**53), b"x", {1: 2}, "\ud800", {"\ud800": 1}, object(), {1, 2}]
)
def test_canonical_json_has_no_fractions_bytes_or_lone_surrogates(value: object) -> None:
    with pytest.raises(CanonicalRefused):
        canonical({"x": [value]})


def test_canonical_json_is_not_endlessly_deep() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(CanonicalRefused):
        canonical(deep)
    with pytest.raises(CanonicalRefused):
        parse_canonical(b"[" * 100_000 + b"]" * 100_000)


@pytest.mark.parametrize(
    "data",
    [
        b"1.0",
        b"1e3",
        b"-0",
        b" 1",
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b"NaN",
        b'"\\u0041"',
        b"\xff",
        b'"\\ud800"',
        b"",
    ],
)
def test_canonical_json_is_read_in_one_spelling(data: bytes) -> None:
    with pytest.raises(CanonicalRefused):
        parse_canonical(data)


def test_compartments_are_sorted_by_group_class_day_and_number() -> None:
    one = a_compartment("object", "candidate", 2)
    assert sorted([one, a_compartment()], key=Compartment.order) == [one, a_compartment()]
    assert one.order() == ("object", "candidate", 20_460, 2)
