"""What the next log takes over, for any history: exactly the rows that stand, and nothing that is not canonical."""

from hypothesis import given
from hypothesis import strategies as st

from governance.audit.base64_strict import encode64
from governance.audit.checkpoint import Checkpoint
from governance.audit.leaf import Leaf
from governance.audit.note import ED25519, VerifierKey
from governance.audit.succession import (
    BEGIN,
    CARRIED,
    END,
    FORK,
    MOST_ROWS,
    Saying,
    Whole,
    beginning,
    breaks,
    closing,
    live_rows,
    named_checkpoint,
)

ROWS = [encode64(bytes([number]) * 32) for number in range(200)]
OLD, NEW = "insyn.invalid/2026", "insyn.invalid/2027"
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")  # RFC 8032, 7.1, test 1
KEY = VerifierKey(name=NEW, algorithm=ED25519, public_key=PUBLIC)
OLD_KEY = VerifierKey(name=OLD, algorithm=ED25519, public_key=KEY.public_key)


def written(sayings: list[Saying], *, src: str = "governance") -> list[bytes]:
    """Number and encode what is said."""
    return [
        Leaf(event=event, src=src, sn=number, time_ms=number, body=body).to_bytes()
        for number, (event, body) in enumerate(sayings, start=1)
    ]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[bytes], list[str]]:
    """Entries in which rows begin and cease, some of them voided, and the rows that stand in the end."""
    standing: set[str] = set()
    sayings: list[Saying] = []
    for _ in range(draw(st.integers(0, 12))):
        adds = draw(st.sets(st.sampled_from(ROWS), max_size=20)) - standing
        drops = draw(st.sets(st.sampled_from(sorted(standing)), max_size=5)) if standing else set()
        body: dict[str, object] = {"settled": len(sayings)}
        body |= {"adds": sorted(adds)} if adds else {}
        body |= {"drops": sorted(drops)} if drops else {}
        sayings.append((draw(st.sampled_from(["warrant.import", "records.change", "records.expire"])), body))
        if draw(st.booleans()):
            sayings.append(("change.void", {"of": [len(sayings) - 1]}))
        else:
            standing = (standing | adds) - drops
        if draw(st.booleans()):
            sayings.append(("log.beat", {"settled": len(sayings)}))
    return written(sayings), sorted(standing)


@given(histories())
def test_exactly_the_rows_that_stand_are_taken_over(history: tuple[list[bytes], list[str]]) -> None:
    entries, standing = history
    assert list(live_rows(entries)) == standing


@given(histories(), st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32))
def test_a_beginning_names_the_end_and_lists_every_row_once(
    history: tuple[list[bytes], list[str]], size: int, root: bytes
) -> None:
    before = Checkpoint(origin=OLD, size=size % 10**15, root=root)
    for event in (BEGIN, FORK):
        entries = written(list(beginning(event, before, history[1])), src="log")
        leaves = [Leaf.from_bytes(entry) for entry in entries]
        assert named_checkpoint(leaves[0]) == before
        assert [leaf.event for leaf in leaves[1:]] == [CARRIED] * (len(leaves) - 2) + [END]
        assert list(live_rows(entries)) == history[1]
        assert all(len(leaf.body.get("adds", ())) <= MOST_ROWS for leaf in leaves)  # type: ignore[arg-type]


@given(histories())
def test_a_year_that_ended_and_the_one_that_goes_on_belong_together(history: tuple[list[bytes], list[str]]) -> None:
    entries, standing = history
    old = [*entries, *written([closing(KEY)], src="log")]
    head = Checkpoint(origin=OLD, size=len(old), root=b"\x07" * 32)
    new = written(list(beginning(BEGIN, head, standing)), src="log")
    before = Whole(head=head, entries=tuple(old), key=OLD_KEY)
    after = Whole(head=Checkpoint(origin=NEW, size=len(new), root=b"\x08" * 32), entries=tuple(new), key=KEY)
    assert breaks(before, after) == ()
    assert breaks(after, before) != ()
    assert breaks(Whole(head=head, entries=(), key=OLD_KEY), after) != ()


def test_what_the_database_does_not_hold_changed_nothing() -> None:
    entries = written(
        [("warrant.import", {"adds": [ROWS[0]], "settled": 0}), ("warrant.import", {"adds": [ROWS[1]], "settled": 1})]
    )
    assert live_rows(entries, settled={"governance": 1}) == (ROWS[0],)
    assert live_rows(entries, settled={"governance": 2}) == (ROWS[0], ROWS[1])
    assert live_rows(entries, settled={"other": 0}) == (ROWS[0], ROWS[1])
