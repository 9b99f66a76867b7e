"""The log in PostgreSQL: the same promises as in SQLite, and a refusal to run where a commit could be lost."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from contracts.receipt import verify_receipt
from governance.adapters.log.comparison import Comparison
from governance.adapters.log.postgresql_store import PostgresqlStore
from governance.adapters.log.sequencer import Sequencer
from governance.audit.checkpoint import Checkpoint
from governance.audit.errors import EntryRefused, LogRolledBack, LogUnavailable
from governance.audit.leaf import KeyRange
from governance.audit.verify import verify_consistency
from tests.builders_postgresql import Server, a_postgresql_server
from tests.builders_sequencer import LogFolder, a_draft, drafts, replayed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_postgresql_server() as running:
        yield running


@pytest.fixture
def url(server: Server) -> str:
    """The server's database, emptied."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return server.url


@pytest.fixture
def folder(tmp_path: Path) -> LogFolder:
    return LogFolder(tmp_path)


def start(folder: LogFolder, url: str, *, alone: bool = True, **more: object) -> Sequencer:
    return folder.start(store=PostgresqlStore(url, alone=alone), **more)


def read(folder: LogFolder, url: str) -> Checkpoint:
    with psycopg.connect(url) as connection:
        leaves = [bytes(row[0]) for row in connection.execute("SELECT leaf FROM log_entries ORDER BY place")]
        note = connection.execute("SELECT note FROM log_head").fetchone()[0]
    head = folder.signer.open(note)
    replayed(head, leaves, folder.guard().read())
    return head


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)


def test_everything_that_a_log_does(folder: LogFolder, url: str) -> None:
    sequencer = start(folder, url)
    made = drafts(1, 300)
    appended = sequencer.append("request", made)
    assert sequencer.append("request", made) == appended
    with pytest.raises(EntryRefused):
        sequencer.append("gap", [a_draft(302)])
    sequencer.append("next", drafts(301, 300))
    for index in (0, 255, 256, 299, 599):
        verify_receipt(sequencer.receipt(index), origin=sequencer.origin, log_key=sequencer.public_key)
    old, new = folder.signer.open(appended.checkpoint), folder.signer.open(sequencer.checkpoint())
    proof = sequencer.consistency(300, 600)
    verify_consistency(old=300, old_root=old.root, new=600, new_root=new.root, proof=proof)
    keys = [draft.boxes[0][0] for draft in made]
    assert sequencer.boxes(keys) == {draft.boxes[0][0]: draft.boxes[0][1] for draft in made}
    gone = KeyRange(data_class=keys[0].data_class, day=keys[0].day, first=keys[0].number, last=keys[9].number)
    assert (sequencer.erase_boxes([gone]), sequencer.erase_boxes([gone])) == (10, 0)
    assert len(sequencer.boxes(keys)) == 290
    sequencer.stop()
    sequencer = start(folder, url)
    assert sequencer.last_number("governance") == 600
    assert sequencer.append("request", made).leaves == appended.leaves
    sequencer.stop()
    assert read(folder, url).size == 600


def test_many_writers_share_commits_and_lose_nothing(folder: LogFolder, url: str) -> None:
    sequencer = start(folder, url)

    def write(writer: int) -> None:
        for sn in range(1, 6):
            sequencer.append(f"w{writer}-{sn}", [a_draft(sn, src=f"w{writer}")])

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(write, range(32)))
    assert sequencer.commits < 160
    sequencer.stop()
    assert read(folder, url).size == 160


def test_a_box_that_is_there_spoils_its_own_request_alone(folder: LogFolder, url: str) -> None:
    sequencer = start(folder, url)
    sequencer.append("taken", [a_draft(1, src="taken", number=7)])
    with pytest.raises(EntryRefused):
        sequencer.append("bad", [a_draft(1, src="bad", number=7)])
    assert sequencer.append("good", [a_draft(1, src="good")]).first == 1
    sequencer.stop()
    assert read(folder, url).size == 2


def test_a_later_sequencer_shuts_the_earlier_one_out(folder: LogFolder, url: str) -> None:
    ended = threading.Event()
    earlier = start(folder, url, ended=lambda _error: ended.set())
    earlier.append("one", [a_draft(1)])
    later = start(folder, url, alone=False)
    with pytest.raises(LogUnavailable, match="taken the log over"):
        earlier.append("two", [a_draft(2)])
    assert ended.wait(timeout=30)
    assert later.append("two", [a_draft(2)]).first == 1
    later.stop()
    earlier.stop()
    assert read(folder, url).size == 2


def test_a_second_sequencer_is_kept_away(folder: LogFolder, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.adapters.log.postgresql_store._LOCK_TRIES", 1)
    sequencer = start(folder, url)
    with pytest.raises(LogUnavailable, match="Another sequencer"):
        start(folder, url)
    sequencer.stop()
    start(folder, url).stop()


def test_a_database_of_less_than_the_guard_saw_is_refused(folder: LogFolder, url: str) -> None:
    sequencer = start(folder, url)
    sequencer.append("request", drafts(1, 10))
    sequencer.stop()
    execute(url, "DELETE FROM log_entries WHERE place = 9")
    with pytest.raises(LogRolledBack):
        start(folder, url)
    execute(url, "DELETE FROM log_entries", "DELETE FROM log_head")
    with pytest.raises(LogRolledBack, match="holds no log"):
        start(folder, url)


def test_the_background_job_finds_an_edit(folder: LogFolder, url: str) -> None:
    sequencer = start(folder, url)
    sequencer.append("request", drafts(1, 600))
    sequencer.stop()
    execute(
        url,
        "UPDATE log_entries SET leaf = "
        "convert_to(replace(convert_from(leaf, 'UTF8'), 'alert.view', 'alert.skip'), 'UTF8') WHERE place = 3",
    )
    sequencer = start(folder, url)
    found: list[LogUnavailable] = []
    job = Comparison(sequencer._store, sequencer.view, None, found=found.append, rest=0)
    job.start()
    job.join()
    assert [type(error) for error in found] == [LogRolledBack]
    sequencer.stop()


def test_the_triggers_refuse_to_change_an_entry(folder: LogFolder, url: str) -> None:
    sequencer = start(folder, url)
    sequencer.append("request", drafts(1, 3))
    sequencer.stop()
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in ("UPDATE log_entries SET leaf = ''", "DELETE FROM log_entries", "TRUNCATE log_entries"):
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                connection.execute(statement)


@pytest.mark.parametrize("setting", ["synchronous_commit = off", "synchronous_commit = local", "fsync = off"])
def test_a_server_that_could_lose_a_commit_is_refused(server: Server, setting: str) -> None:
    name, value = setting.split(" = ")
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET {name} = {value}")
        connection.execute("SELECT pg_reload_conf()")
        try:
            with pytest.raises(LogUnavailable, match=name):
                _refused_in_time(server.url, name, value)
        finally:
            connection.execute(f"ALTER SYSTEM RESET {name}")
            connection.execute("SELECT pg_reload_conf()")
            _await_setting(server.url, name, "on")


def _refused_in_time(url: str, name: str, value: str) -> None:
    _await_setting(url, name, value)
    PostgresqlStore(url)


def _await_setting(url: str, name: str, value: str) -> None:
    """A reload takes a moment; a new session has the new value."""
    for _ in range(1000):
        with psycopg.connect(url) as connection:
            if connection.execute("SELECT current_setting(%s)", (name,)).fetchone()[0] == value:
                return


def test_a_database_of_another_version_is_refused(url: str) -> None:
    execute(url, "CREATE TABLE log_entries (place bigint)")
    with pytest.raises(LogUnavailable, match="make demo-reset"):
        PostgresqlStore(url)


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/postgres", "not an address = = "])
def test_a_server_that_is_not_there_is_unavailable(url: str) -> None:
    with pytest.raises(LogUnavailable):
        PostgresqlStore(url)


def test_a_lost_connection_ends_the_sequencer_so_that_a_new_one_can_be_made(folder: LogFolder, url: str) -> None:
    ended = threading.Event()
    sequencer = start(folder, url, ended=lambda _error: ended.set())
    sequencer.append("one", [a_draft(1)])
    execute(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'insyn-sequencer'")
    with pytest.raises(LogUnavailable):
        sequencer.append("two", [a_draft(2)])
    assert ended.wait(timeout=30)
    sequencer.stop()
    sequencer = start(folder, url)
    assert sequencer.append("two", [a_draft(2)]).first == 1
    sequencer.stop()
    assert read(folder, url).size == 2


def test_an_immediate_stop_loses_nothing_that_was_acknowledged(folder: LogFolder, server: Server, url: str) -> None:
    ended = threading.Event()
    sequencer = start(folder, url, ended=lambda _error: ended.set())
    acknowledged: list[bytes] = []

    def write(writer: int) -> None:
        for sn in range(1, 10_000):
            try:
                acknowledged.append(sequencer.append(f"w{writer}-{sn}", [a_draft(sn, src=f"w{writer}")]).leaves[0])
            except LogUnavailable:
                return

    with ThreadPoolExecutor(16) as pool:
        writing = [pool.submit(write, writer) for writer in range(16)]
        while len(acknowledged) < 500:
            assert not any(one.done() for one in writing)
        server.stop("immediate")
        assert ended.wait(timeout=60)
    sequencer.stop()
    server.start()
    sequencer = start(folder, url)
    assert sequencer.append("again", [a_draft(1, src="again")]).first >= len(acknowledged)
    sequencer.stop()
    with psycopg.connect(url) as connection:
        stored = {bytes(row[0]) for row in connection.execute("SELECT leaf FROM log_entries")}
    assert stored.issuperset(acknowledged)
    read(folder, url)
