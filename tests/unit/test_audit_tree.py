"""A tree of three levels, audited: each wrong tile or entry is named, and only that one; and the rows that stand."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.audit.closure import LiveRows
from governance.audit.merkle import EMPTY, leaf_hashes, tree_root
from governance.audit.problems import Problems, Severity
from governance.audit.state_root import state_root
from governance.audit.tiles import Tile, entry_bundle
from governance.audit.tree_audit import TreeAudit
from tests.builders_tiles import flipped

SIZE = 256 * 256 + 256 * 3 + 77
ENTRIES = [b"entry %d" % index for index in range(SIZE)]


@pytest.fixture(scope="module")
def tree() -> tuple[dict[str, bytes], bytes]:
    """The tiles of a log of 66,381 entries by their paths, and its root."""
    hashes = leaf_hashes(ENTRIES)
    grown = EMPTY.extend(hashes)
    levels = {row.level // 8: row.hashes for row in grown.rows if row.level % 8 == 0}
    files = {}
    for level, row in levels.items():
        for first in range(0, len(row), 256):
            part = row[first : first + 256]
            files[Tile(level, first // 256, len(part)).path] = b"".join(part)
    for first in range(0, SIZE, 256):
        bundle = ENTRIES[first : first + 256]
        files[Tile(-1, first // 256, len(bundle)).path] = entry_bundle(bundle)
    return files, grown.frontier.root


def named(files: Mapping[str, bytes], root: bytes | None, *, older: tuple[Tile, ...] = ()) -> list[tuple[str, str]]:
    problems = Problems()
    audit = TreeAudit(files.get, size=SIZE, root=root, problems=problems, older=older)
    for bundle in audit.bundles():
        assert len(bundle.entries) <= 256
    audit.finish()
    return [(one.file, one.what) for one in problems.of(Severity.WRONG)]


def test_the_whole_tree_is_in_order(tree: tuple[dict[str, bytes], bytes]) -> None:
    assert named(tree[0], tree[1]) == []


@pytest.mark.parametrize(
    "path",
    ["tile/0/000", "tile/0/255", "tile/0/258", "tile/0/259.p/77", "tile/1/000", "tile/1/001.p/3", "tile/2/000.p/1"],
)
def test_a_forged_tile_is_named_wherever_it_lies(path: str, tree: tuple[dict[str, bytes], bytes]) -> None:
    # A full tile that leads to the right root all the same is what CVE-2026-56865 was about.
    files, root = tree
    for offset in (0, len(files[path]) - 1):
        assert named({**files, path: flipped(files[path], offset)}, root) == [(path, "tile")]


@pytest.mark.parametrize(
    ("path", "index"), [("tile/entries/000", 0), ("tile/entries/255", 65_280), ("tile/entries/259.p/77", 66_304)]
)
def test_an_altered_entry_is_named_by_its_index(path: str, index: int, tree: tuple[dict[str, bytes], bytes]) -> None:
    files, root = tree
    assert named({**files, path: flipped(files[path], 2)}, root) == [(path, f"entry {index}")]


@pytest.mark.parametrize("path", ["tile/entries/007", "tile/0/007", "tile/1/000", "tile/2/000.p/1"])
@pytest.mark.parametrize("damage", ["missing", "short", "long"])
def test_a_file_that_is_missing_cut_or_too_long_is_named(
    path: str, damage: str, tree: tuple[dict[str, bytes], bytes]
) -> None:
    files = dict(tree[0])
    match damage:
        case "missing":
            del files[path]
        case "short":
            files[path] = files[path][:-1]
        case _:
            files[path] += b"\x00"
    assert named(files, tree[1]) == [(path, "tile")]


def test_a_bundle_and_its_tile_that_were_altered_together_are_named(tree: tuple[dict[str, bytes], bytes]) -> None:
    files, root = tree
    entries = [b"forged", *ENTRIES[257:512]]
    changed = {
        **files,
        "tile/entries/001": entry_bundle(entries),
        "tile/0/001": b"".join(leaf_hashes(entries)),
    }
    assert named(changed, root) == [("tile/entries/001", "tile")]


def test_a_tree_that_is_whole_but_not_the_signed_one_is_named_at_the_checkpoint(
    tree: tuple[dict[str, bytes], bytes],
) -> None:
    assert named(tree[0], b"\x01" * 32) == [("checkpoint", "root")]


def test_without_a_signed_root_what_does_not_agree_is_named(tree: tuple[dict[str, bytes], bytes]) -> None:
    files, _ = tree
    assert named(files, None) == []
    assert named({**files, "tile/0/000": flipped(files["tile/0/000"], 0)}, None) == [("tile/0/000", "tile")]


def test_older_partial_tiles_are_the_beginning_of_later_ones(tree: tuple[dict[str, bytes], bytes]) -> None:
    files, root = tree
    older = (Tile(0, 3, 10), Tile(-1, 3, 10), Tile(1, 1, 2), Tile(0, 259, 5))
    beginnings = {
        "tile/0/003.p/10": files["tile/0/003"][:320],
        "tile/entries/003.p/10": entry_bundle(ENTRIES[768:778]),
        "tile/1/001.p/2": files["tile/1/001.p/3"][:64],
        "tile/0/259.p/5": files["tile/0/259.p/77"][:160],
    }
    assert named({**files, **beginnings}, root, older=older) == []
    for path, data in beginnings.items():
        changed = {**files, **beginnings, path: flipped(data, len(data) - 1)}
        assert named(changed, root, older=older) == [(path, "tile")]


def test_the_root_at_every_size_is_the_trees(tree: tuple[dict[str, bytes], bytes]) -> None:
    files, root = tree
    audit = TreeAudit(files.get, size=SIZE, root=root, problems=Problems())
    for bundle in audit.bundles():
        if bundle.first in {0, 256, 65_280, 65_536, 66_304}:
            for size in (bundle.first + 1, bundle.first + 3, bundle.first + len(bundle.entries)):
                assert bundle.root_at(size) == tree_root(ENTRIES[:size])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.booleans()), max_size=80))
def test_the_rows_that_stand_have_the_root_that_the_whole_set_has(steps: list[tuple[bool, int, bool]]) -> None:
    live, rows = LiveRows(), set[bytes]()
    for begins, number, asks in steps:
        row = leaf_hashes([b"%d" % number])[0]
        assert (live.begin(row) if begins else live.cease(row)) is ((row not in rows) is begins)
        rows = rows | {row} if begins else rows - {row}
        if asks:
            assert live.root() == state_root(rows)
    assert live.root() == state_root(rows)
    assert len(live) == len(rows)
