"""The right edge of the tree: it grows to the same head whatever the groups, and its proofs are those of the tree."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.adapters.log.right_edge import EMPTY_EDGE, LOWEST_ROW, TILE_BYTES, FullTile, RightEdge, edge_from
from governance.audit.errors import LogUnavailable
from governance.audit.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of, tree_root
from governance.audit.verify import verify_consistency, verify_inclusion

Tiles = dict[tuple[int, int], FullTile]


def leaves(count: int) -> list[bytes]:
    return [b"leaf %d" % place for place in range(count)]


def grown(groups: list[int]) -> tuple[RightEdge, Tiles]:
    edge, tiles = EMPTY_EDGE, Tiles()
    hashes = iter([leaf_hash(leaf) for leaf in leaves(sum(groups))])
    for group in groups:
        edge, full = edge.extended(list(itertools.islice(hashes, group)))
        tiles |= {(tile.level, tile.index): tile for tile in full}
    return edge, tiles


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 6, 7, 8, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537])
def test_the_edge_has_the_head_of_the_tree(size: int) -> None:
    edge, tiles = grown([size])
    assert edge.root() == tree_root(leaves(size))
    assert sorted(tiles) == [(0, index) for index in range(size >> 8)] + [(1, index) for index in range(size >> 16)]
    assert all(len(tile.nodes) == TILE_BYTES for tile in tiles.values())


@settings(deadline=None)
@given(groups=st.lists(st.integers(min_value=0, max_value=700), max_size=6))
def test_groups_do_not_matter(groups: list[int]) -> None:
    edge, tiles = grown(groups)
    alone, tiles_alone = grown([sum(groups)])
    assert (edge, tiles) == (alone, tiles_alone)
    assert edge.root() == tree_root(leaves(sum(groups)))


@settings(deadline=None)
@given(groups=st.lists(st.integers(min_value=1, max_value=700), min_size=1, max_size=3), data=st.data())
def test_every_proof_of_the_edge_is_believed(groups: list[int], data: st.DataObject) -> None:
    edge, tiles = grown(groups)
    size, nodes = edge.size, edge.nodes(lambda level, index: tiles[level, index].nodes)
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    old = data.draw(st.integers(min_value=1, max_value=size))
    verify_inclusion(
        leaf=leaves(size)[index],
        index=index,
        size=size,
        proof=inclusion_proof(nodes, index=index, size=size),
        root=edge.root(),
    )
    verify_consistency(
        old=old,
        old_root=tree_root(leaves(old)),
        new=size,
        new_root=edge.root(),
        proof=consistency_proof(nodes, old=old, new=size),
    )
    assert root_of(nodes, old) == tree_root(leaves(old))


@pytest.mark.parametrize("size", [1, 255, 256, 300, 65_536, 65_792, 66_100])
def test_the_edge_is_rebuilt_from_at_most_255_hashes_of_each_level(size: int) -> None:
    edge, tiles = grown([size])
    rows: list[list[bytes]] = []
    while size >> (8 * len(rows)):
        level, hashes = len(rows), size >> (8 * len(rows))
        first = hashes & ~255
        if level == 0:
            rows.append([leaf_hash(leaf) for leaf in leaves(size)[first:]])
        else:
            rows.append([tiles[level - 1, index].nodes[:32] for index in range(first, hashes)])
    assert all(len(row) < 256 for row in rows)
    assert edge_from(rows, size) == edge


def test_a_full_tile_ends_with_the_hashes_that_are_published() -> None:
    _, tiles = grown([256])
    nodes = tiles[0, 0].nodes
    assert nodes[LOWEST_ROW:] == b"".join(leaf_hash(leaf) for leaf in leaves(256))
    assert nodes[:32] == tree_root(leaves(256))


def test_an_edge_that_lacks_a_part_says_so_and_proves_nothing() -> None:
    broken = RightEdge(size=3, levels=grown([2])[0].levels)
    with pytest.raises(LogUnavailable):
        broken.root()
