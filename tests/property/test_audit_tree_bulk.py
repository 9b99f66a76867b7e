"""Hashing many leaves at once gives what one after the other gives; and every bit of every tile matters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit.errors import ProofRefused, TileRefused
from governance.audit.merkle import (
    EMPTY,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
    root_of,
    tree_root,
)
from governance.audit.tile_reading import TreeOfTiles
from governance.audit.verify import verify_consistency, verify_inclusion
from tests.builders_tiles import TiledLog, flipped, numbered, tiled_log

LEAVES = numbered(1400)


@given(size=st.integers(min_value=0, max_value=700), more=st.integers(min_value=0, max_value=700))
def test_many_at_once_and_one_by_one_are_one_tree(size: int, more: int) -> None:
    start = EMPTY.extend(leaf_hashes(LEAVES[:size])).frontier
    at_once = start.extend(leaf_hashes(LEAVES[size : size + more]))
    one_by_one, completed = start, []
    for leaf in LEAVES[size : size + more]:
        grown = one_by_one.append(leaf)
        one_by_one = grown.frontier
        completed.extend(grown.completed)
    assert at_once.frontier == one_by_one
    assert sorted(at_once.completed) == sorted(completed)
    assert [row.level for row in at_once.rows] == list(range(len(at_once.rows)))


@given(cuts=st.lists(st.integers(min_value=0, max_value=300), max_size=12))
def test_a_tree_does_not_remember_in_how_many_steps_it_grew(cuts: list[int]) -> None:
    frontier, done = EMPTY, 0
    for cut in cuts:
        frontier = frontier.extend(leaf_hashes(LEAVES[done : done + cut])).frontier
        done = min(done + cut, len(LEAVES))
    assert frontier.size == done
    assert frontier.root == tree_root(LEAVES[:done])


@given(size=st.integers(min_value=0, max_value=200))
def test_the_root_is_that_of_appending_each_leaf(size: int) -> None:
    frontier = EMPTY
    for leaf in LEAVES[:size]:
        frontier = frontier.append(leaf).frontier
    assert tree_root(LEAVES[:size]) == frontier.root
    assert leaf_hashes(LEAVES[:size]) == [leaf_hash(leaf) for leaf in LEAVES[:size]]


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_hash_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ProofRefused):
        EMPTY.extend([bytes(32), bytes(length)])


@settings(max_examples=30)
@given(size=st.integers(min_value=1, max_value=1400), data=st.data())
def test_every_entry_and_every_older_tree_is_provable_from_tiles(size: int, data: st.DataObject) -> None:
    log = tiled_log(LEAVES[:size])
    tree = TreeOfTiles(log.files.get, size=size, root=log.checkpoint.root)
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    old = data.draw(st.integers(min_value=1, max_value=size))
    root = log.checkpoint.root
    verify_inclusion(
        leaf=LEAVES[index],
        index=index,
        size=size,
        proof=inclusion_proof(tree.node, index=index, size=size),
        root=root,
    )
    verify_consistency(
        old=old,
        old_root=tree_root(LEAVES[:old]),
        new=size,
        new_root=root,
        proof=consistency_proof(tree.node, old=old, new=size),
    )
    assert root_of(tree.node, old) == tree_root(LEAVES[:old])


LOG = tiled_log(LEAVES)


@settings(max_examples=150)
@given(data=st.data())
def test_no_bit_of_any_file_can_change(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(LOG.files)))
    place = data.draw(st.integers(min_value=0, max_value=len(LOG.files[path]) - 1))
    changed = flipped(LOG.files[path], place, 1 << data.draw(st.integers(min_value=0, max_value=7)))
    with pytest.raises(TileRefused):
        _read_whole(LOG, {**LOG.files, path: changed})


def _read_whole(log: TiledLog, files: dict[str, bytes]) -> None:
    for _bundle in TreeOfTiles(files.get, size=log.checkpoint.size, root=log.checkpoint.root).bundles():
        pass
