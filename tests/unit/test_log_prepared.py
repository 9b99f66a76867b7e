"""A request before it has a place: what is refused, and that an entry's time is put in where its bytes have it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.adapters.log.prepared import MOST_ENTRIES, prepare
from governance.audit.errors import EntryRefused
from governance.audit.leaf import MAX_LEAF_BYTES, Leaf
from tests.builders_sequencer import a_draft, a_key


@settings(deadline=None)
@given(
    time_ms=st.integers(min_value=0, max_value=253_402_300_799_999),
    sn=st.integers(min_value=1, max_value=2**53 - 1),
    src=st.from_regex(r"[a-z0-9][a-z0-9.-]{0,63}", fullmatch=True),
    allowed=st.booleans(),
)
def test_an_entry_with_its_time_put_in_is_the_canonical_one(time_ms: int, sn: int, src: str, allowed: bool) -> None:  # noqa: FBT001 - drawn
    draft = replace(a_draft(1), src=src, sn=sn, body={"allowed": allowed, "rule": "A2"})
    (leaf,) = prepare("request", [draft]).leaves(time_ms)
    whole = Leaf(event=draft.event, src=src, sn=sn, time_ms=time_ms, body=draft.body, compartments=draft.compartments)
    assert leaf == whole.to_bytes()
    assert Leaf.from_bytes(leaf) == whole


def test_an_entry_that_a_late_time_would_make_too_long_is_refused_at_once() -> None:
    def a_long_draft(count: int) -> object:
        return replace(a_draft(1), body={"of": list(range(1000, 1000 + count)), "reason": "decision"})

    most = next(count for count in range(900, 400, -1) if _fits(a_long_draft(count)))
    (leaf,) = prepare("request", [a_long_draft(most)]).leaves(253_402_300_799_999)
    assert len(leaf) <= MAX_LEAF_BYTES
    assert Leaf.from_bytes(leaf).to_bytes() == leaf


def _fits(draft: object) -> bool:
    try:
        prepare("request", [draft])
    except EntryRefused:
        return False
    return True


@pytest.mark.parametrize("request_id", ["", " ", "a b", "x" * 65, "é", "a\n", "../a"])
def test_a_request_needs_an_id(request_id: str) -> None:
    with pytest.raises(EntryRefused):
        prepare(request_id, [a_draft(1)])


@pytest.mark.parametrize("count", [0, MOST_ENTRIES + 1])
def test_a_request_has_entries_and_not_too_many(count: int) -> None:
    with pytest.raises(EntryRefused):
        prepare("request", [a_draft(1)] * count)


def test_a_box_is_the_one_that_its_entry_names() -> None:
    draft = a_draft(1)
    other = replace(draft, boxes=((draft.boxes[0][0], b"something else"),))
    stray = replace(draft, boxes=((a_key(99), draft.boxes[0][1]),))
    twice = replace(draft, boxes=draft.boxes * 2)
    for wrong in (other, stray, twice):
        with pytest.raises(EntryRefused):
            prepare("request", [wrong])


def test_an_entry_may_commit_to_a_box_that_is_kept_elsewhere() -> None:
    assert prepare("request", [replace(a_draft(1), boxes=())]).boxes == ()
