"""What a sequencer refuses to start on: another database than the one that was guarded, another key, another format."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.signature import SigningKey
from governance.adapters.log.guard import GuardFile
from governance.adapters.log.local_disk import file_system, require_local
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.sqlite_store import SqliteStore
from governance.audit.errors import CheckpointRefused, ClockWentBack, LogRolledBack, LogUnavailable
from tests.builders_sequencer import NOON, ORIGIN, SEED, LogFolder, drafts, replay


@pytest.fixture
def folder(tmp_path: Path) -> LogFolder:
    """A log of 300 entries in two requests, and a copy of its database between them under `older`."""
    made = LogFolder(tmp_path / "log")
    sequencer = made.start()
    sequencer.append("first", drafts(1, 100))
    sequencer.stop()
    shutil.copytree(made.database.parent, tmp_path / "older")
    sequencer = made.start()
    sequencer.append("second", drafts(101, 200))
    sequencer.stop()
    return made


def put_back(folder: LogFolder) -> None:
    shutil.rmtree(folder.database.parent)
    shutil.copytree(folder.path.parent / "older", folder.database.parent)


def test_an_older_copy_of_the_database_is_refused(folder: LogFolder) -> None:
    put_back(folder)
    with pytest.raises(LogRolledBack, match=r"100 log entries, but 300 were seen"):
        folder.start()


def test_an_empty_database_beside_a_guard_is_refused(folder: LogFolder) -> None:
    shutil.rmtree(folder.database.parent)
    with pytest.raises(LogRolledBack, match="holds no log"):
        folder.start()


def test_another_log_of_the_same_key_is_refused(folder: LogFolder, tmp_path: Path) -> None:
    other = LogFolder(tmp_path / "other")
    sequencer = other.start()
    sequencer.append("first", drafts(1, 300, src="other"))
    sequencer.append("second", drafts(301, 10, src="other"))
    sequencer.stop()
    shutil.rmtree(folder.database.parent)
    shutil.copytree(other.database.parent, folder.database.parent)
    with pytest.raises(LogRolledBack, match="beginning"):
        folder.start()


def test_a_missing_or_damaged_guard_is_refused(folder: LogFolder) -> None:
    kept = folder.guard_path.read_bytes()
    folder.guard_path.unlink()
    with pytest.raises(LogUnavailable, match="missing"):
        folder.start()
    for place in range(0, len(kept), 7):
        folder.guard_path.write_bytes(kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :])
        with pytest.raises(LogUnavailable):
            folder.start()
    folder.guard_path.write_bytes(kept)
    folder.start().stop()


def test_a_guard_behind_the_database_is_moved_up(folder: LogFolder) -> None:
    older = LogFolder(folder.path.parent / "unused")
    put_older = SqliteStore(folder.path.parent / "older" / "log.db")
    head = put_older.head()
    put_older.close()
    assert head is not None
    folder.guard_path.write_text(head.note, encoding="utf-8")
    folder.start().stop()
    assert folder.guard().read() == folder.head()
    assert older.signer.open(head.note).size == 100


def test_entries_behind_the_guard_are_held_against_the_signed_head(folder: LogFolder) -> None:
    older = SqliteStore(folder.path.parent / "older" / "log.db")
    head = older.head()
    older.close()
    assert head is not None
    folder.guard_path.write_text(head.note, encoding="utf-8")
    folder.execute("UPDATE log_entries SET leaf = x'7b7d' WHERE place = 299")
    with pytest.raises(LogRolledBack, match="newest entries"):
        folder.start()


def test_a_log_that_was_begun_and_not_guarded_begins_again(tmp_path: Path) -> None:
    folder = LogFolder(tmp_path)
    folder.start().stop()
    folder.guard_path.unlink()
    sequencer = folder.start()
    sequencer.append("first", drafts(1, 1))
    sequencer.stop()
    assert replay(folder)[0].size == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM log_entries WHERE place = 299",
        "INSERT INTO log_entries VALUES (300, x'7b7d')",
        "UPDATE log_entries SET leaf = CAST(replace(leaf, 'alert.view', 'alert.skip') AS BLOB) WHERE place = 299",
        "UPDATE log_entries SET leaf = 'a text' WHERE place = 299",
        "UPDATE log_entries SET place = 1000 WHERE place = 290",
        "UPDATE log_tiles SET nodes = zeroblob(16352)",
        "DELETE FROM log_tiles",
        "UPDATE log_head SET size = 299",
        "UPDATE log_head SET size = 301",
        "UPDATE log_head SET root = zeroblob(32)",
        "UPDATE log_head SET origin = 'audit.example/other'",
        "UPDATE log_head SET note = replace(note, '300', '301')",
        "UPDATE log_head SET note = ''",
        "UPDATE log_head SET format = 'insyn-log/2'",
        "DELETE FROM log_head",
    ],
)
def test_an_edited_right_edge_or_head_is_refused(folder: LogFolder, statement: str) -> None:
    folder.execute(statement)
    with pytest.raises(LogUnavailable):
        folder.start()


def test_a_clock_behind_the_last_entry_is_refused(folder: LogFolder) -> None:
    with pytest.raises(ClockWentBack):
        folder.start(now=lambda: NOON - timedelta(milliseconds=1001))
    folder.start(now=lambda: NOON - timedelta(milliseconds=1000)).stop()


def test_another_key_or_origin_is_refused(folder: LogFolder) -> None:
    for signer in (
        HeadSigner(ORIGIN, [SigningKey.from_seed(bytes(32))]),
        HeadSigner("audit.example/insyn/2027", [SigningKey.from_seed(SEED)]),
    ):
        store = SqliteStore(folder.database)
        with pytest.raises(LogUnavailable):
            Sequencer(store=store, guard=GuardFile(folder.guard_path, signer), signer=signer, now=lambda: NOON)
        store.close()


def test_a_key_that_takes_over_signs_beside_the_old_one(folder: LogFolder) -> None:
    old, new = SigningKey.from_seed(SEED), SigningKey.from_seed(bytes(32))
    folder.signer = HeadSigner(ORIGIN, [old, new])
    sequencer = folder.start()
    sequencer.append("both", drafts(301, 1))
    note = sequencer.checkpoint()
    sequencer.stop()
    assert note.count("\n— ") == 2
    for key in (old, new):
        assert HeadSigner(ORIGIN, [key]).open(note).size == 301
    folder.signer = HeadSigner(ORIGIN, [new])
    folder.start().stop()
    with pytest.raises(CheckpointRefused):
        HeadSigner(ORIGIN, [])


class _Mistaken:
    """A key, or a device that holds one, whose signatures are wrong."""

    def __init__(self) -> None:
        self.public = SigningKey.from_seed(SEED).public
        self.private = self

    def sign(self, message: bytes) -> bytes:
        return SigningKey.from_seed(bytes(32)).private.sign(message)


def test_a_signature_is_read_back_before_anybody_gets_it(tmp_path: Path) -> None:
    folder = LogFolder(tmp_path)
    folder.signer = HeadSigner(ORIGIN, [_Mistaken()])
    with pytest.raises(CheckpointRefused):
        folder.start()
    assert not folder.guard_path.exists()


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be read as one" * 100])
def test_a_file_that_is_no_database_of_ours(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(content)
    if content:
        with pytest.raises(LogUnavailable):
            SqliteStore(path)
    else:
        SqliteStore(path).close()


@pytest.mark.parametrize("make", ["CREATE TABLE log_nodes (level)", "CREATE TABLE log_entries (place)"])
def test_a_database_of_another_version_names_the_way_out(tmp_path: Path, make: str) -> None:
    with closing(sqlite3.connect(tmp_path / "log.db")) as database:
        database.execute(make)
    with pytest.raises(LogUnavailable, match="make demo-reset"):
        SqliteStore(tmp_path / "log.db")


@pytest.mark.parametrize(("kind", "refused"), [("nfs4", True), ("fuse.sshfs", True), ("ext4", False), ("tmpfs", False)])
def test_a_network_file_system_is_refused(tmp_path: Path, kind: str, refused: bool) -> None:  # noqa: FBT001 - a table
    mounts = tmp_path / "mountinfo"
    place = str(tmp_path).replace(" ", r"\040")
    mounts.write_text(
        f"21 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n40 21 0:50 / {place} rw shared:9 - {kind} server:/x rw\n",
        encoding="utf-8",
    )
    assert file_system(tmp_path / "log", mounts) == kind
    check: Callable[[], None] = lambda: require_local(tmp_path / "log", mounts)  # noqa: E731 - called twice below
    if refused:
        with pytest.raises(LogUnavailable, match="network"):
            check()
    else:
        check()


def test_where_the_kernel_does_not_tell_the_folder_is_taken(tmp_path: Path) -> None:
    require_local(tmp_path, tmp_path / "nothing")
