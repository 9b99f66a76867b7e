"""Whatever logs, forks and mistakes reach a witness in whatever order: what it cosigned is one growing history."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit.add_checkpoint import format_request
from governance.audit.merkle import consistency_proof, tree_root
from governance.witness.errors import Refused
from governance.witness.state import Seen, State, WitnessFile, _state
from tests.builders_tiles import ORIGIN, tiled_log
from tests.builders_witness import GrowingLog, WitnessHouse

BRANCHES = 3
STEPS = st.lists(
    st.tuples(
        st.integers(0, BRANCHES - 1), st.integers(0, 12), st.integers(0, 12), st.sampled_from(["own", "cut", "other"])
    ),
    min_size=1,
    max_size=12,
)


def branch(number: int, fork_at: int) -> list[bytes]:
    return [b"entry %d of %d" % (place, number if place >= fork_at else 0) for place in range(13)]


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, fork_at=st.integers(0, 12))
def test_what_a_witness_cosigns_is_one_growing_history(steps: list[tuple[int, int, int, str]], fork_at: int) -> None:
    branches = [branch(number, fork_at) for number in range(BRANCHES)]
    cosigned: list[tuple[int, bytes]] = []
    with tempfile.TemporaryDirectory() as folder:
        house = WitnessHouse(Path(folder) / "witness")
        for number, size, old, kind in steps:
            log = GrowingLog(0)
            log.leaves = branches[number][:size]
            proof = log.consistency(old, size) if old <= size else ()
            if kind == "cut":
                proof = proof[1:]
            elif kind == "other" and 0 < old < size:
                proof = consistency_proof(tiled_log(branches[0][:size]).nodes, old=old, new=size)
            try:
                house.witness().add_checkpoint(format_request(old, proof, log.checkpoint()))
            except Refused:
                continue
            cosigned.append((size, tree_root(log.leaves)))
        seen = house.file.read().seen.get(ORIGIN, Seen())
    assert [size for size, _ in cosigned] == sorted(size for size, _ in cosigned)
    assert any(all(root == tree_root(leaves[:size]) for size, root in cosigned) for leaves in branches), (
        "everything that was cosigned lies on one branch"
    )
    if cosigned:
        assert (seen.size, seen.root) == cosigned[-1]


PRINTABLE = st.characters(exclude_categories=("C", "Z"), include_characters=" ")


@given(
    seen=st.dictionaries(
        st.text(PRINTABLE, min_size=1, max_size=30),
        st.builds(
            Seen,
            size=st.integers(0, 2**53 - 1),
            root=st.binary(min_size=32, max_size=32),
            time_s=st.integers(0, 2**50),
            note=st.text(st.characters(codec="utf-8"), max_size=50),
        ),
        max_size=5,
    )
)
def test_what_was_seen_is_read_back_as_it_was_stored(seen: dict[str, Seen]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = WitnessFile(Path(folder) / "w").create("witness.example/w")
    state = State(name=made.name, seed=made.seed, public=made.public, seen=seen)
    assert _state(state.to_bytes()) == state
    retired = State(name=made.name, seed=b"", public=made.public, seen=seen)
    assert _state(retired.to_bytes()) == retired
