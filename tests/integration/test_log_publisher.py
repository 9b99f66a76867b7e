"""Tiles and checkpoint as files: a projection, whole at any time, rebuilt where it is not, that betrays a rollback."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from governance.adapters.log.comparison import Comparison
from governance.adapters.log.publisher import Publisher
from governance.adapters.log.right_edge import LOWEST_ROW
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.sqlite_store import SqliteStore
from governance.adapters.log.tile_files import TileFiles
from governance.audit.checkpoint import Checkpoint
from governance.audit.errors import LogRolledBack, LogUnavailable
from governance.audit.merkle import leaf_hash, tree_root
from governance.audit.tiles import ENTRIES, WIDTH, Tile, parse_entry_bundle, parse_tile_content, tile_path, tiles_of
from tests.builders_sequencer import LogFolder, drafts


@pytest.fixture
def folder(tmp_path: Path) -> LogFolder:
    return LogFolder(tmp_path)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "public"


@contextmanager
def publishing(folder: LogFolder, public: Path, *, pause_s: float = 0) -> Iterator[tuple[Sequencer, Publisher]]:
    store = SqliteStore(folder.database)
    publisher = Publisher(public, store, folder.signer, pause_s=pause_s)
    sequencer = folder.start(store=store, committed=publisher.committed)
    try:
        publisher.start(sequencer.view, found=sequencer.fail)
        yield sequencer, publisher
    finally:
        sequencer.halt()
        publisher.stop()
        store.close()


def read(folder: LogFolder, public: Path) -> tuple[Checkpoint, list[bytes]]:
    """Read a published log as anybody would: the checkpoint, then every tile of it, held against the root."""
    head = folder.signer.open((public / "checkpoint").read_bytes())
    leaves: list[bytes] = []
    for tile in tiles_of(head.size):
        data = (public / tile_path(tile)).read_bytes()
        if tile.level == ENTRIES:
            leaves += parse_entry_bundle(data, width=tile.width)
        elif tile.level == 0:
            first = tile.index * WIDTH
            hashes = parse_tile_content(data, width=tile.width)
            assert hashes == tuple(map(leaf_hash, leaves[first : first + tile.width]))
    assert tree_root(leaves) == head.root
    return head, leaves


def test_an_empty_log_has_a_checkpoint(folder: LogFolder, public: Path) -> None:
    with publishing(folder, public) as (_, publisher):
        assert publisher.wait_until(0, timeout_s=30)
    assert read(folder, public)[0].size == 0


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_what_is_published_is_the_log(folder: LogFolder, public: Path, count: int) -> None:
    with publishing(folder, public) as (sequencer, publisher):
        sequencer.append("request", drafts(1, count))
        assert publisher.wait_until(count, timeout_s=30)
    assert read(folder, public) == (folder.head(), folder.leaves())


def test_every_published_checkpoint_finds_its_tiles_while_the_log_grows(folder: LogFolder, public: Path) -> None:
    with publishing(folder, public) as (sequencer, publisher):
        for place in range(12):
            sequencer.append(f"request-{place}", drafts(1 + 50 * place, 50))
            assert publisher.wait_until(50 * (place + 1), timeout_s=30)
            assert read(folder, public)[0].size == 50 * (place + 1)


def test_tiles_are_there_before_the_checkpoint_that_needs_them(
    folder: LogFolder, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    write = TileFiles.write

    def seen(files: TileFiles, *arguments: Any) -> Any:
        sizes.append(folder.signer.open((public / "checkpoint").read_bytes()).size)
        return write(files, *arguments)

    with publishing(folder, public) as (sequencer, publisher):
        assert publisher.wait_until(0, timeout_s=30)
        monkeypatch.setattr(TileFiles, "write", seen)
        for place in range(3):
            sequencer.append(f"request-{place}", drafts(1 + 10 * place, 10))
            assert publisher.wait_until(10 * (place + 1), timeout_s=30)
    assert sizes == [0, 10, 20]


def test_what_was_partial_goes_when_the_full_tile_is_there(folder: LogFolder, public: Path) -> None:
    with publishing(folder, public) as (sequencer, publisher):
        sequencer.append("a", drafts(1, 100))
        assert publisher.wait_until(100, timeout_s=30)
        assert (public / tile_path(Tile(ENTRIES, 0, 100))).exists()
        sequencer.append("b", drafts(101, 200))
        assert publisher.wait_until(300, timeout_s=30)
    assert not (public / "tile/entries/000.p").exists()
    assert not list(public.rglob("*.new"))


def test_everything_is_rebuilt_from_the_database(folder: LogFolder, public: Path) -> None:
    with publishing(folder, public) as (sequencer, _):
        sequencer.append("request", drafts(1, 600))
    before = {path.relative_to(public): path.read_bytes() for path in public.rglob("*") if path.is_file()}
    shutil.rmtree(public)
    with publishing(folder, public) as (_, publisher):
        assert publisher.wait_until(600, timeout_s=30)
    assert {path.relative_to(public): path.read_bytes() for path in public.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "path",
    ["checkpoint", "tile/entries/001", "tile/entries/002.p/88", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"],
)
@pytest.mark.parametrize("damage", ["removed", "flipped", "cut"])
def test_a_wrong_file_at_the_right_edge_is_mended_at_the_start(
    folder: LogFolder, public: Path, path: str, damage: str
) -> None:
    with publishing(folder, public) as (sequencer, _):
        sequencer.append("request", drafts(1, 600))
    good = (public / path).read_bytes()
    if damage == "removed":
        (public / path).unlink()
    else:
        (public / path).write_bytes(good[:-1] + bytes([good[-1] ^ 1]) if damage == "flipped" else good[:-1])
    with publishing(folder, public) as (_, publisher):
        assert publisher.wait_until(600, timeout_s=30)
    assert (public / path).read_bytes() == good


def test_a_wrong_file_far_from_the_edge_is_mended_in_the_background(folder: LogFolder, public: Path) -> None:
    with publishing(folder, public) as (sequencer, _):
        sequencer.append("request", drafts(1, 1100))
    good = (public / "tile/0/001").read_bytes()
    (public / "tile/0/001").write_bytes(bytes(len(good)))
    (public / "tile/entries/000").unlink()
    with publishing(folder, public) as (sequencer, publisher):
        found: list[LogUnavailable] = []
        compare(sequencer, publisher, found)
        assert found == []
    assert (public / "tile/0/001").read_bytes() == good
    read(folder, public)


def compare(sequencer: Sequencer, publisher: Publisher, found: list[LogUnavailable]) -> None:
    job = Comparison(sequencer._store, sequencer.view, publisher.files, found=found.append, rest=0)
    job.start()
    job.join()


@pytest.mark.parametrize(
    "edit",
    [
        ("UPDATE log_entries SET leaf = CAST(replace(leaf, 'alert.view', 'alert.skip') AS BLOB) WHERE place = 10",),
        ("DELETE FROM log_entries WHERE place = 10",),
        (
            "UPDATE log_entries SET place = -1 WHERE place = 10",
            "UPDATE log_entries SET place = 10 WHERE place = 11",
            "UPDATE log_entries SET place = 11 WHERE place = -1",
        ),
        # The top of the tile stays, so that the right edge is what it was.
        ("UPDATE log_tiles SET nodes = (SELECT changed FROM edited) WHERE level = 0 AND place = 0",),
    ],
    ids=["edited", "deleted", "swapped", "tile"],
)
def test_the_background_job_finds_an_edit_in_the_past_and_ends_the_sequencer(
    folder: LogFolder, public: Path, edit: tuple[str, ...]
) -> None:
    with publishing(folder, public) as (sequencer, _):
        sequencer.append("request", drafts(1, 1100))
        nodes = sequencer._store.tile(0, 0)
    changed = nodes[:5000] + bytes([nodes[5000] ^ 1]) + nodes[5001:]
    folder.execute(f"CREATE TABLE edited AS SELECT x'{changed.hex()}' AS changed", *edit, "DROP TABLE edited")
    with publishing(folder, public) as (sequencer, publisher):
        found: list[LogUnavailable] = []
        compare(sequencer, publisher, found)
        assert [type(error) for error in found] == [LogRolledBack]
        sequencer.fail(found[0])
        with pytest.raises(LogRolledBack):
            sequencer.append("more", drafts(1101, 1))


def test_a_good_file_is_not_overwritten_from_an_edited_database(folder: LogFolder, public: Path) -> None:
    with publishing(folder, public) as (sequencer, _):
        sequencer.append("request", drafts(1, 300))
    good = (public / "tile/entries/000").read_bytes()
    folder.execute(
        "UPDATE log_entries SET leaf = CAST(replace(leaf, 'alert.view', 'alert.skip') AS BLOB) WHERE place = 10"
    )
    with pytest.raises(LogRolledBack), publishing(folder, public):
        pass
    (public / "tile/entries/000").unlink()
    with pytest.raises(LogRolledBack), publishing(folder, public):
        pass
    assert not (public / "tile/entries/000").exists()
    assert good


def test_an_entry_edited_together_with_its_hash_is_not_published(folder: LogFolder, public: Path) -> None:
    with publishing(folder, public) as (sequencer, _):
        sequencer.append("request", drafts(1, 300))
        nodes = sequencer._store.tile(0, 0)
    leaf = folder.leaves()[10].replace(b"alert.view", b"alert.skip")
    place = LOWEST_ROW + 32 * 10
    changed = nodes[:place] + leaf_hash(leaf) + nodes[place + 32 :]
    folder.execute(
        f"UPDATE log_entries SET leaf = x'{leaf.hex()}' WHERE place = 10",  # noqa: S608 - an attack
        f"UPDATE log_tiles SET nodes = x'{changed.hex()}' WHERE level = 0 AND place = 0",  # noqa: S608 - the same
    )
    with pytest.raises(LogRolledBack), publishing(folder, public):
        pass


def test_the_background_job_finds_an_edit_of_the_newest_entries(folder: LogFolder, public: Path) -> None:
    with publishing(folder, public) as (sequencer, publisher):
        sequencer.append("request", drafts(1, 300))
        folder.execute("UPDATE log_entries SET leaf = x'7b7d' WHERE place = 290")
        found: list[LogUnavailable] = []
        compare(sequencer, publisher, found)
        assert [type(error) for error in found] == [LogRolledBack]


def test_a_database_older_than_what_was_published_is_refused(folder: LogFolder, public: Path, tmp_path: Path) -> None:
    with publishing(folder, public) as (sequencer, _):
        sequencer.append("a", drafts(1, 10))
    shutil.copytree(folder.database.parent, tmp_path / "older")
    guard = folder.guard_path.read_bytes()
    with publishing(folder, public) as (sequencer, _):
        sequencer.append("b", drafts(11, 10))
    # Somebody puts back the database and the guard with it, and forgets the tiles.
    shutil.rmtree(folder.database.parent)
    shutil.copytree(tmp_path / "older", folder.database.parent)
    folder.guard_path.write_bytes(guard)
    with pytest.raises(LogRolledBack, match="20 were published"), publishing(folder, public):
        pass


def test_a_published_checkpoint_of_another_log_is_refused(folder: LogFolder, public: Path, tmp_path: Path) -> None:
    other = LogFolder(tmp_path / "other")
    with publishing(other, public) as (sequencer, _):
        sequencer.append("a", drafts(1, 3, src="other"))
    sequencer = folder.start()
    sequencer.append("a", drafts(1, 5))
    sequencer.stop()
    with pytest.raises(LogRolledBack, match="another log"), publishing(folder, public):
        pass


def test_a_disk_that_takes_no_tiles_stops_no_append(folder: LogFolder, public: Path) -> None:
    with publishing(folder, public) as (sequencer, publisher):
        assert publisher.wait_until(0, timeout_s=30)
        shutil.rmtree(public)
        public.write_bytes(b"a file where the folder was")
        assert sequencer.append("request", drafts(1, 3)).first == 0
        public.unlink()
        public.mkdir(exist_ok=True)
        sequencer.append("next", drafts(4, 1))
        assert publisher.wait_until(4, timeout_s=30)
    assert read(folder, public)[0].size == 4
