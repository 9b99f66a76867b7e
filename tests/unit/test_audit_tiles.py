"""Tiles have one path and one length; what they say is believed only as far as it leads to the signed root."""

from collections.abc import Callable

import pytest

from governance.audit.errors import ProofRefused, TileRefused
from governance.audit.merkle import consistency_proof, inclusion_proof, root_of, tree_root
from governance.audit.tile_reading import TreeOfTiles, subtree_root
from governance.audit.tiles import (
    ENTRIES,
    MAX_ENTRY_BYTES,
    Tile,
    entry_bundle,
    parse_entry_bundle,
    parse_tile_content,
    parse_tile_path,
    tile_content,
    tiles_of,
)
from governance.audit.verify import verify_consistency, verify_inclusion
from tests.builders_tiles import TiledLog, flipped, numbered, tiled_log

SIZES = (1, 2, 255, 256, 257, 511, 512, 600, 65_536, 65_537)


@pytest.fixture(scope="module")
def log() -> TiledLog:
    """A log of 66,000 entries: full tiles of level 0 and 1, partial ones of level 0, 1 and 2."""
    return tiled_log(numbered(66_000))


def reading(log: TiledLog, files: dict[str, bytes] | None = None) -> TreeOfTiles:
    fetch = (log.files if files is None else files).get
    return TreeOfTiles(fetch, size=log.checkpoint.size, root=log.checkpoint.root)


def read_whole(log: TiledLog, files: dict[str, bytes] | None = None) -> list[bytes]:
    return [entry for bundle in reading(log, files).bundles() for entry in bundle.entries]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/x001/x002",
        "tile/0/001/002",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/1_0/000",
        "tile/data/000",
        "tile/ENTRIES/000",
        "tile/0/000.p/0",
        "tile/0/000.p/007",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.P/7",
        "tile/0/000/",
        "tile/0/000\n",
        "/tile/0/000",
        "tile//0/000",
        "tile/0/../0/000",
        "tile/0/X001/000",
        "tile/0/\uff10\uff10\uff10",
        "tile/0/\u0660\u0661\u0662",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/8/0/000",
        "",
    ],
)
def test_every_spelling_of_a_path_but_the_canonical_one_is_refused(path: str) -> None:
    with pytest.raises(TileRefused):
        parse_tile_path(path)


@pytest.mark.parametrize(
    ("level", "index", "width"), [(64, 0, 256), (-2, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257), (0, 10**18, 1)]
)
def test_a_tile_that_no_log_has_cannot_be_named(level: int, index: int, width: int) -> None:
    with pytest.raises(TileRefused):
        Tile(level, index, width)


def test_a_tree_of_256_entries_has_one_full_tile_and_a_partial_one_above() -> None:
    assert [tile.path for tile in tiles_of(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    assert not list(tiles_of(0))


def test_only_the_tiles_that_changed_are_written_anew() -> None:
    assert [tile.path for tile in tiles_of(257, since=256)] == ["tile/entries/001.p/1", "tile/0/001.p/1"]
    assert not list(tiles_of(300, since=300))
    grown = [tile.path for tile in tiles_of(300, since=44) if tile.level == 0]
    assert grown == ["tile/0/000", "tile/0/001.p/44"]  # of the same width, and another tile


@pytest.mark.parametrize(("since", "size"), [(2, 1), (-1, 1), (0, -1)])
def test_tiles_are_asked_for_from_old_to_new(since: int, size: int) -> None:
    with pytest.raises(TileRefused):
        list(tiles_of(size, since=since))


def test_an_entry_bundle_is_no_hash_tile(log: TiledLog) -> None:
    with pytest.raises(TileRefused):
        tile_content(log.nodes, Tile(ENTRIES, 0))


@pytest.mark.parametrize("entries", [(b"",), (b"a", b"", b"bc"), (b"x" * MAX_ENTRY_BYTES,), (b"e",) * 256])
def test_a_bundle_is_read_back_as_it_was_written(entries: tuple[bytes, ...]) -> None:
    assert parse_entry_bundle(entry_bundle(entries), width=len(entries)) == entries


@pytest.mark.parametrize("entries", [(), (b"e",) * 257, (b"x" * (MAX_ENTRY_BYTES + 1),)])
def test_a_bundle_beyond_the_limits_is_not_written(entries: tuple[bytes, ...]) -> None:
    with pytest.raises(TileRefused):
        entry_bundle(entries)


def test_a_bundle_cut_anywhere_is_refused() -> None:
    whole = entry_bundle((b"one", b"", b"three"))
    for end in range(len(whole)):
        with pytest.raises(TileRefused, match="cut short"):
            parse_entry_bundle(whole[:end], width=3)


def test_a_bundle_with_more_or_fewer_entries_than_its_path_says_is_refused() -> None:
    whole = entry_bundle((b"one", b"two"))
    with pytest.raises(TileRefused, match="goes on"):
        parse_entry_bundle(whole, width=1)
    with pytest.raises(TileRefused, match="cut short"):
        parse_entry_bundle(whole, width=3)
    with pytest.raises(TileRefused, match="goes on"):
        parse_entry_bundle(whole + b"\x00", width=2)


@pytest.mark.parametrize("length", [0, 31, 33, 63, 65, 96])
def test_a_hash_tile_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(TileRefused):
        parse_tile_content(bytes(length), width=2)


@pytest.mark.parametrize("count", [0, 3, 5, 6, 7, 255])
def test_only_a_power_of_two_is_a_complete_subtree(count: int) -> None:
    with pytest.raises(ProofRefused):
        subtree_root([bytes(32)] * count)


@pytest.mark.parametrize("size", SIZES)
def test_a_log_of_any_size_is_read_whole(size: int) -> None:
    entries = numbered(size)
    assert read_whole(tiled_log(entries)) == entries


def test_an_empty_log_has_the_empty_root_and_nothing_to_read() -> None:
    assert read_whole(tiled_log([])) == []
    with pytest.raises(TileRefused):
        TreeOfTiles({}.get, size=0, root=bytes(32))


def test_proofs_made_from_tiles_verify(log: TiledLog) -> None:
    tree, size, root = reading(log), log.checkpoint.size, log.checkpoint.root
    for index in (0, 255, 256, 65_535, 65_536, size - 1):
        proof = inclusion_proof(tree.node, index=index, size=size)
        verify_inclusion(leaf=b"entry %d" % index, index=index, size=size, proof=proof, root=root)
    for old in (1, 256, 65_536, 65_537, size):
        proof = consistency_proof(tree.node, old=old, new=size)
        verify_consistency(old=old, old_root=root_of(tree.node, old), new=size, new_root=root, proof=proof)
    assert root_of(tree.node, 300) == tree_root(numbered(300))


@pytest.mark.parametrize(
    ("path", "offset"),
    [
        ("tile/1/000", 40),  # a forged full tile of level 1: CVE-2026-56865
        ("tile/1/000", 8191),
        ("tile/0/000", 0),
        ("tile/0/100", 77),
        ("tile/0/256", 5),
        ("tile/1/001.p/1", 3),
        ("tile/2/000.p/1", 31),
        ("tile/0/257.p/208", 9),
        ("tile/entries/100", 500),
        ("tile/entries/257.p/208", 3),
    ],
)
def test_one_changed_bit_of_any_file_is_found_and_the_file_is_named(log: TiledLog, path: str, offset: int) -> None:
    with pytest.raises(TileRefused, match=path):
        read_whole(log, {**log.files, path: flipped(log.files[path], offset)})


@pytest.mark.parametrize("path", ["tile/1/000", "tile/0/100", "tile/2/000.p/1", "tile/0/257.p/208", "tile/entries/003"])
@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\x00", lambda _data: b""])
def test_a_file_of_another_length_is_found_and_named(
    log: TiledLog, path: str, change: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(TileRefused, match=path):
        read_whole(log, {**log.files, path: change(log.files[path])})


@pytest.mark.parametrize("path", ["tile/1/000", "tile/0/100", "tile/2/000.p/1", "tile/entries/257.p/208"])
def test_a_missing_file_is_named(log: TiledLog, path: str) -> None:
    rest = {name: content for name, content in log.files.items() if name != path}
    with pytest.raises(TileRefused, match=f"{path} is missing"):
        read_whole(log, rest)


def test_two_tiles_in_each_others_place_are_found(log: TiledLog) -> None:
    swapped = {**log.files, "tile/0/001": log.files["tile/0/002"], "tile/0/002": log.files["tile/0/001"]}
    with pytest.raises(TileRefused, match="tile/0/001"):
        read_whole(log, swapped)


def test_tiles_of_another_log_do_not_give_the_signed_root(log: TiledLog) -> None:
    other = tiled_log([b"other %d" % number for number in range(66_000)])
    with pytest.raises(TileRefused, match="another root"):
        reading(log, other.files)


def test_a_full_tile_stands_in_for_the_partial_one_that_it_replaced() -> None:
    small, grown = tiled_log(numbered(300)), tiled_log(numbered(600))
    left = {path: data for path, data in small.files.items() if not path.endswith(".p/44")}
    assert read_whole(small, left | grown.files) == numbered(300)


@pytest.mark.parametrize(("level", "position"), [(0, 66_000), (0, -1), (1, 33_000), (8, 257), (17, 0), (60, 0)])
def test_a_subtree_that_the_tree_has_not_is_refused(log: TiledLog, level: int, position: int) -> None:
    with pytest.raises(TileRefused):
        reading(log).node(level, position)


def test_a_bundle_that_the_tree_has_not_is_refused(log: TiledLog) -> None:
    with pytest.raises(TileRefused):
        reading(log).bundle(258)
