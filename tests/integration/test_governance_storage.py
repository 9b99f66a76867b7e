"""Database and data folder: migrations both ways, one server, a full disk, kill -9 at any moment."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, inspect, text

from governance.adapters.data_folder import DataFolder
from governance.adapters.db.database import open_engine, sqlite_url
from governance.adapters.db.guards import GUARDS
from governance.adapters.db.migrate import downgrade, upgrade
from governance.adapters.db.tables import METADATA, SETTLED
from governance.adapters.key_files import read_signing_key
from governance.application.approve_warrant import RejectWarrant, reject_warrant
from governance.application.erase import expire_due
from governance.application.errors import DataFolderInUse, StorageFailed
from governance.application.vault import finish_erasures
from governance.audit.leaf import KeyRef
from governance.vault.vault import KeyVault
from tests.builders_contracts import a_trusted_site
from tests.builders_governance import SetClock, World, a_governance, a_submitted_warrant, reopen

ROOT = Path(__file__).parents[2]


def schema(connection: Connection) -> set[str]:
    rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND sql IS NOT NULL"))
    # Word by word: in which order a table that was made anew lists its constraints is chance.
    return {" ".join(sorted(sql.replace(",", " ").replace(")", " ").split())) for sql in rows.scalars()}


def test_the_migrated_schema_is_the_one_in_the_tables(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "insyn.db"))
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        triggers = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars())
        assert {guard.name for guard in GUARDS} <= triggers
        for table in METADATA.sorted_tables:
            kept = {
                " ".join(check["sqltext"].split()) for check in inspect(connection).get_check_constraints(table.name)
            }
            wanted = {
                " ".join(str(one.sqltext).split()) for one in table.constraints if isinstance(one, CheckConstraint)
            }
            assert kept == wanted
    engine.dispose()


def test_migrations_go_down_and_up_again_to_the_same_schema(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "insyn.db"))
    upgrade(engine)
    with engine.connect() as connection:
        first = schema(connection)
    downgrade(engine, "base")
    with engine.connect() as connection:
        assert schema(connection) == set()
    upgrade(engine)
    with engine.connect() as connection:
        assert schema(connection) == first
    engine.dispose()


def test_a_migrated_database_keeps_its_data(tmp_path: Path) -> None:
    world = a_governance(tmp_path)
    before = world.events()
    upgrade(world.engine)
    assert world.events() == before


def test_a_newer_database_is_one_sentence(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "insyn.db"))
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    with pytest.raises(StorageFailed, match="newer program"):
        upgrade(engine)
    engine.dispose()


def test_sqlite_is_durable_strict_and_overwrites_what_it_deletes(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "insyn.db"))
    with engine.connect() as connection:
        asked = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in PRAGMAS}
    assert asked == PRAGMAS
    engine.dispose()


PRAGMAS = {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


# -- one server -------------------------------------------------------------------------------------------------------


def test_a_second_server_on_the_same_folder_gets_one_sentence(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    with pytest.raises(DataFolderInUse, match="Another server runs"):
        DataFolder(tmp_path)
    first.release()
    DataFolder(tmp_path).release()


def test_the_folder_is_free_again_when_its_server_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from governance.adapters.data_folder import DataFolder\n"
        "held = DataFolder(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    with server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"held\n"
        with pytest.raises(DataFolderInUse):
            DataFolder(tmp_path)
        server.kill()
        server.wait()
        DataFolder(tmp_path).release()


# -- keys -------------------------------------------------------------------------------------------------------------


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "lease.key"
    path.write_bytes(b"k" * 32)
    path.chmod(0o644)
    with pytest.raises(StorageFailed, match="read by others"):
        read_signing_key(path)


# -- failures ---------------------------------------------------------------------------------------------------------


def test_a_full_disk_is_one_sentence_and_loses_nothing_that_was_logged(tmp_path: Path) -> None:
    world = a_governance(tmp_path)
    before = world.events()
    with world.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        pages = connection.execute(text("PRAGMA page_count")).scalar()
        raw.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFailed, match="disk is full"):
        fill(world)
    with world.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA max_page_count = 1073741823")
    logged = world.events()
    assert logged[: len(before)] == before
    a_submitted_warrant(world)
    assert world.events()[: len(logged)] == logged


def fill(world: World) -> None:
    for _ in range(10_000):
        a_submitted_warrant(world)


@pytest.mark.law("F3", "A8")
def test_an_erasure_that_a_crash_cut_short_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_governance(tmp_path)
    warrant_id = a_submitted_warrant(world)
    with monkeypatch.context() as patch:
        patch.setattr(KeyVault, "destroy", power_cut)
        with pytest.raises(PowerCutError):
            reject_warrant(
                world.governance,
                RejectWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="It is over."),
            )
    assert "erasure.intend" in world.events()
    assert "erasure.complete" not in world.events()
    again = reopen(tmp_path, world.keys, world.clock)
    assert expire_due(again.governance).objects == 4  # words and decision, and why it was drafted and submitted
    assert again.events()[-1] == "erasure.complete"
    assert finish_erasures(again.governance) == 0


class PowerCutError(Exception):
    """The process ends here."""


def power_cut(*_: object) -> None:
    raise PowerCutError


@pytest.mark.law("B1")
def test_everything_goes_in_the_end(tmp_path: Path) -> None:
    world = a_governance(tmp_path)
    a_submitted_warrant(world)
    world.clock.advance(timedelta(days=365 * 6))
    expire_due(world.governance)
    expire_due(world.governance)
    with world.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            if table is not SETTLED:
                assert connection.execute(table.select()).all() == [], table.name
    # What remains are the keys of the entries that say all this.
    assert {data_class for data_class, _ in world.centre.vault.days()} == {"log-context"}


@pytest.mark.slow
@pytest.mark.parametrize("after_lines", [1, 3, 6, 9])
def test_killed_at_any_moment_nothing_acknowledged_is_lost(tmp_path: Path, after_lines: int) -> None:
    a_governance(tmp_path).close()
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.governance_worker", str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with worker:
        assert worker.stdout is not None
        acknowledged = [worker.stdout.readline().decode().strip() for _ in range(after_lines)]
        worker.send_signal(signal.SIGKILL)
        acknowledged += worker.stdout.read().decode().splitlines()[:-1]
        worker.wait()
    assert all(acknowledged)
    again = reopen(tmp_path, a_trusted_site(), SetClock())
    submitted = {entry.fields["warrant"] for entry in again.entries() if entry.event == "warrant.submit"}
    assert set(acknowledged) <= submitted
    expire_due(again.governance)
    with again.governance.database.transaction() as tx:
        kept = [KeyRef.parse(object_id) for object_id in tx.object_ids()]
    assert set(again.centre.store.derive(kept)) == set(kept)


def test_a_folder_of_the_log_within_the_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "insyn.db"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE log_entries (place INTEGER)"))
    with pytest.raises(StorageFailed, match="make demo-reset"):
        upgrade(engine)
    engine.dispose()
