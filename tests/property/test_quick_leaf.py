"""Reading entries quickly takes nothing that reading them strictly refuses, and says the same of what both take."""

import json
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from governance.audit.base64_strict import encode64
from governance.audit.errors import EntryRefused
from governance.audit.leaf import Compartment, KeyRef, Leaf
from governance.audit.quick_leaf import read_quickly
from tests.builders_honest_log import HonestLog

HASHES = st.binary(min_size=32, max_size=32)
GROUPS = ("context", "operator", "subject")


@st.composite
def leaves(draw: st.DrawFn) -> bytes:
    compartments = [
        Compartment(
            group=group,
            key=KeyRef(
                data_class=draw(st.sampled_from(["log-context", "log-operator", "log-subject"])),
                day=draw(st.integers(0, 2_932_896)),
                number=draw(st.integers(0, 2**32 - 1)),
            ),
            commitment=draw(HASHES),
            box_sha256=draw(HASHES),
        )
        for group in GROUPS
        if draw(st.booleans())
    ]
    number = st.integers(0, 2**53 - 1)
    bodies: st.SearchStrategy[Mapping[str, object]] = st.one_of(
        st.just({}),
        st.fixed_dictionaries({}, optional={"settled": number, "state": HASHES.map(encode64)}),
        st.fixed_dictionaries({"allowed": st.booleans()}),
        st.fixed_dictionaries({"from": st.from_regex(r"[a-z0-9][a-z0-9.-]{0,9}", fullmatch=True), "n": number}),
        st.fixed_dictionaries({"until": st.integers(0, 20_000)}),
    )
    return Leaf(
        event=draw(st.sampled_from(["lease.issue", "log.beat", "counts.accept", "a-b.c-d"])),
        src=draw(st.sampled_from(["governance", "sequencer", "site-1.cam-2"])),
        sn=draw(st.integers(1, 2**53 - 1)),
        time_ms=draw(st.integers(0, 253_402_300_799_999)),
        body=draw(bodies),
        compartments=tuple(compartments),
    ).to_bytes()


def agree(entry: bytes) -> bool:
    quick = read_quickly(entry)
    if quick is None:
        return False
    leaf = Leaf.from_bytes(entry)
    assert (quick.event, quick.src, quick.sn, quick.time_ms) == (leaf.event, leaf.src, leaf.sn, leaf.time_ms)
    assert dict(quick.body) == dict(leaf.body)
    assert list(quick.keys) == [(one.key.data_class, one.key.day, one.key.number) for one in leaf.compartments]
    return True


@given(leaves())
def test_what_is_read_quickly_says_what_is_read_strictly(entry: bytes) -> None:
    agree(entry)


@given(leaves(), st.data())
def test_no_altered_entry_is_read_quickly_that_is_refused_strictly(entry: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entry) - 1))
    kind = data.draw(st.sampled_from(["replace", "insert", "delete", "double"]))
    letter = data.draw(st.sampled_from([bytes([one]) for one in b'0123456789"{},:[]abz=+/ \n.-\xc3\xff']))
    changed = {
        "replace": entry[:place] + letter + entry[place + 1 :],
        "insert": entry[:place] + letter + entry[place:],
        "delete": entry[:place] + entry[place + 1 :],
        "double": entry[:place] + entry[place : place + 40] + entry[place:],
    }[kind]
    if read_quickly(changed) is not None:
        agree(changed)


def test_the_commonest_entries_are_read_quickly() -> None:
    log = HonestLog(seed=3).live(60)
    quick = [entry for entry in log.leaves if agree(entry)]
    assert len(quick) > len(log.leaves) // 2
    assert {json.loads(entry)["e"] for entry in quick} >= {"lease.issue", "log.beat", "counts.accept"}


def test_what_only_looks_like_a_common_entry_is_not_read_quickly() -> None:
    good = Leaf(event="log.beat", src="governance", sn=1, time_ms=5, body={"settled": 1}).to_bytes()
    assert agree(good)
    for old, new in (
        (b'"sn":1', b'"sn":0'),
        (b'"sn":1', b'"sn":01'),
        (b'"sn":1', b'"sn":1.0'),
        (b'"t":5', b'"t":253402300800000'),
        (b'{"settled":1}', b"{}"),
        (b'{"settled":1}', b'{"settled":1,}'),
        (b'{"settled":1}', b'{"settled":1,"settled":1}'),
        (b'"v":1', b'"v":2'),
        (b'"p":[]', b'"p":[,]'),
        (b"beat", "beät".encode()),
    ):
        changed = good.replace(old, new)
        assert changed != good
        assert read_quickly(changed) is None, changed
        try:
            Leaf.from_bytes(changed)
        except EntryRefused:
            continue
        raise AssertionError(changed)


def test_groups_out_of_order_or_twice_late_days_and_stray_bits_are_not_read_quickly() -> None:
    parts = [
        Compartment(
            group=group,
            key=KeyRef(data_class=f"log-{group}", day=5, number=1),
            commitment=bytes(32),
            box_sha256=bytes(32),
        )
        for group in ("context", "operator")
    ]
    good = Leaf(event="log.read", src="governance", sn=1, time_ms=5, compartments=tuple(parts)).to_bytes()
    assert agree(good)
    first, second = (b'{"c"' + one for one in good[good.index(b"[") + 1 : good.index(b"]")].split(b'{"c"')[1:])
    first = first.rstrip(b",")
    for changed in (
        good.replace(first + b"," + second, second + b"," + first),
        good.replace(second, first),
        good.replace(b'"d":5', b'"d":2932897'),
        good.replace(b'"d":5', b'"d":9999999'),
        good.replace(b"AAAA=", b"AAAB="),
        good.replace(b'"g":"context"', b'"g":"object"'),
    ):
        assert changed != good
        assert read_quickly(changed) is None
