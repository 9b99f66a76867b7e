"""The log in a real database: what it keeps, what it proves, and what makes it stop."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from typer.testing import CliRunner

from contracts.receipt import verify_receipt
from contracts.signature import SigningKey
from contracts.trust import TrustedKeys
from governance.adapters.log_guard import GuardFile
from governance.adapters.log_store import TransparencyLog, create_log_tables
from governance.audit.entry import Entry
from governance.audit.errors import ClockWentBack, EntryRefused, LogRolledBack, LogUnavailable
from governance.audit.verify import verify_consistency
from insyn.commands.log import app
from tests.builders_log import KEY, NOON, ORIGIN, LogHouse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LogHouse]:
    house = LogHouse(tmp_path)
    yield house
    house.engine.dispose()


@pytest.fixture
def log(house: LogHouse) -> TransparencyLog:
    return house.open_log()


def verdict(house: LogHouse) -> tuple[int, dict[str, object]]:
    result = CliRunner().invoke(app, ["verify", "--json", "--home", str(house.root)])
    found: dict[str, object] = json.loads(result.stdout)
    return result.exit_code, found


def test_every_appended_entry_gets_a_receipt_that_the_recipient_accepts(house: LogHouse, log: TransparencyLog) -> None:
    for n in range(12):
        house.append(log, warrant=f"w-{n}")
    with house.engine.connect() as connection:
        for n in range(12):
            receipt = log.receipt(connection, n)
            leaf = verify_receipt(receipt, origin=ORIGIN, log_key=KEY.public)
            assert Entry.from_leaf(leaf).fields["warrant"] == f"w-{n}"


def test_the_entry_falls_with_the_transaction_that_it_records(house: LogHouse, log: TransparencyLog) -> None:
    house.append(log)
    with house.engine.connect() as connection:
        log.append(connection, "warrant.approve", {}, now=NOON)
        connection.rollback()
    assert house.append(log).index == 1
    assert verdict(house)[0] == 0


def test_an_entry_that_was_not_published_has_no_receipt(house: LogHouse, log: TransparencyLog) -> None:
    with house.engine.begin() as connection:
        appended = log.append(connection, "candidate.view", {"alert": "a"}, now=NOON)
    with house.engine.connect() as connection, pytest.raises(LogUnavailable):
        log.receipt(connection, appended.index)
    log.published(appended)
    with house.engine.connect() as connection:
        assert log.receipt(connection, appended.index).index == 0


def test_an_entry_that_was_never_written_has_no_receipt(house: LogHouse, log: TransparencyLog) -> None:
    house.append(log)
    with house.engine.connect() as connection, pytest.raises(LogUnavailable):
        log.receipt(connection, 1)


def test_an_entry_altered_in_the_database_has_no_receipt(house: LogHouse, log: TransparencyLog) -> None:
    house.append(log)
    house.append(log)
    house.tamper("UPDATE log_entries SET leaf = x'7b7d' WHERE \"index\" = 0")
    with house.engine.connect() as connection, pytest.raises(LogUnavailable):
        log.receipt(connection, 0)


def test_what_does_not_belong_in_the_log_is_refused_and_nothing_is_appended(
    house: LogHouse, log: TransparencyLog
) -> None:
    with pytest.raises(EntryRefused), house.engine.begin() as connection:
        log.append(connection, "warrant.approve", {"actor": "Anna Andersson"}, now=NOON)
    assert house.append(log).index == 0


@pytest.mark.parametrize("statement", ["UPDATE log_entries SET leaf = x''", "DELETE FROM log_entries"])
def test_the_database_refuses_to_change_or_delete_an_entry(
    house: LogHouse, log: TransparencyLog, statement: str
) -> None:
    house.append(log)
    with pytest.raises(DatabaseError, match="append-only"), house.engine.begin() as connection:
        connection.execute(text(statement))


def test_today_extends_every_earlier_log(house: LogHouse, log: TransparencyLog) -> None:
    heads = []
    for n in range(9):
        appended = house.append(log, count=n)
        heads.append((appended.size, appended.root))
    with house.engine.connect() as connection:
        for size, root in heads:
            verify_consistency(
                old=size, old_root=root, new=9, new_root=heads[-1][1], proof=log.consistency(connection, size)
            )


def test_time_never_goes_back_in_the_log(house: LogHouse, log: TransparencyLog) -> None:
    house.append(log, now=NOON)
    slightly_back = house.append(log, now=NOON - timedelta(milliseconds=900))
    assert Entry.from_leaf(slightly_back.leaf).time_ms == Entry.from_leaf(house.append(log).leaf).time_ms


def test_a_clock_that_jumps_back_stops_the_log(house: LogHouse, log: TransparencyLog) -> None:
    house.append(log, now=NOON)
    with pytest.raises(ClockWentBack, match="clock"):
        house.append(log, now=NOON - timedelta(milliseconds=1001))
    assert house.append(log, now=NOON).index == 1


def test_a_second_server_takes_the_log_over_and_the_first_appends_no_more(
    house: LogHouse, log: TransparencyLog
) -> None:
    house.append(log)
    successor = house.open_log()
    assert house.append(successor).index == 1
    with pytest.raises(LogUnavailable, match="Another server"):
        house.append(log)


def test_writers_at_the_same_time_lose_nothing_and_share_no_place(house: LogHouse, log: TransparencyLog) -> None:
    with ThreadPoolExecutor(4) as pool:
        places = sorted(pool.map(lambda count: house.append(log, count=count).index, range(40)))
    assert places == list(range(40))
    with house.engine.connect() as connection:
        counts = [Entry.from_leaf(log.receipt(connection, place).leaf).fields["count"] for place in places]
    assert sorted(map(int, counts)) == list(range(40))
    assert verdict(house)[0] == 0


APPENDER = """
import sys
from pathlib import Path
from tests.builders_log import LogHouse
house = LogHouse(Path(sys.argv[1]))
log = house.open_log()
for count in range(10_000):
    print(house.append(log, count=count).index, flush=True)
"""


@pytest.mark.slow
def test_whatever_moment_it_is_killed_at_nothing_that_was_acknowledged_is_lost(house: LogHouse) -> None:
    house.open_log()
    house.engine.dispose()
    acknowledged = -1
    for round_ in range(5):
        command = [sys.executable, "-c", APPENDER, str(house.root)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
            assert process.stdout is not None
            for _ in range(3 + 7 * round_):
                acknowledged = int(process.stdout.readline())
            process.kill()
            rest = process.stdout.read().split("\n")[:-1]
        acknowledged = max([acknowledged, *map(int, rest)])
        status, found = verdict(house)
        assert status == 0, found
        assert int(str(found["size"])) > acknowledged


def test_a_restored_older_database_is_refused_at_start(house: LogHouse, log: TransparencyLog) -> None:
    house.append(log)
    house.engine.dispose()
    shutil.copy(house.database, house.root / "old.db")
    house.append(log)
    house.engine.dispose()
    shutil.copy(house.root / "old.db", house.database)
    with pytest.raises(LogRolledBack, match="older copy"):
        house.open_log()
    assert verdict(house)[0] == 1


def test_an_empty_database_in_place_of_a_log_is_refused(house: LogHouse, log: TransparencyLog) -> None:
    house.append(log)
    house.engine.dispose()
    house.database.unlink()
    house.engine = house.connect()
    with house.engine.begin() as connection:
        create_log_tables(connection)
    with pytest.raises(LogRolledBack):
        house.open_log()


def test_without_its_guard_file_the_log_does_not_start(house: LogHouse, log: TransparencyLog) -> None:
    house.append(log)
    house.guard.unlink()
    with pytest.raises(LogUnavailable, match="guard file"):
        house.open_log()


def test_a_guard_that_lags_behind_a_killed_server_is_no_obstacle(house: LogHouse, log: TransparencyLog) -> None:
    house.append(log)
    with house.engine.begin() as connection:
        log.append(connection, "warrant.approve", {}, now=NOON)
    successor = house.open_log()
    assert house.append(successor).index == 2
    assert verdict(house)[0] == 0


def test_a_guard_file_that_cannot_be_written_stops_the_receipts(house: LogHouse, log: TransparencyLog) -> None:
    with house.engine.begin() as connection:
        appended = log.append(connection, "candidate.view", {}, now=NOON)
    house.guard.with_suffix(".new").mkdir()
    with pytest.raises(LogUnavailable):
        log.published(appended)
    with house.engine.connect() as connection, pytest.raises(LogUnavailable):
        log.receipt(connection, appended.index)


@pytest.mark.parametrize("table", ["log_entries", "log_nodes", "log_head"])
def test_a_database_that_refuses_a_write_stops_the_log_and_loses_nothing(
    house: LogHouse, log: TransparencyLog, table: str
) -> None:
    house.append(log)
    verb = "UPDATE" if table == "log_head" else "INSERT"
    with house.engine.begin() as connection:
        connection.execute(
            text(f"CREATE TRIGGER full BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        )
    with pytest.raises(LogUnavailable):
        house.append(log)
    with house.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER full"))
    assert house.append(log).index == 1
    assert verdict(house)[0] == 0


def test_a_sound_log_verifies_and_says_what_it_holds(house: LogHouse, log: TransparencyLog) -> None:
    for n in range(5):
        house.append(log, now=NOON + timedelta(seconds=n))
    status, found = verdict(house)
    assert status == 0
    assert found["size"] == 5
    assert found["verified"] is True


def test_an_empty_log_verifies(house: LogHouse, log: TransparencyLog) -> None:
    assert verdict(house)[0] == 0


REHASHED = "UPDATE log_entries SET leaf = x'{leaf}', leaf_hash = x'{digest}' WHERE \"index\" = 2"
ATTACKS: dict[str, tuple[str, ...]] = {
    "altered": ("UPDATE log_entries SET leaf = replace(leaf, 'warrant', 'w4rrant') WHERE \"index\" = 2",),
    "altered-as-bytes": (
        "UPDATE log_entries SET leaf = CAST(replace(leaf, 'w-2', 'w-3') AS BLOB) WHERE \"index\" = 2",
    ),
    "deleted": ('DELETE FROM log_entries WHERE "index" = 2',),
    "truncated": ('DELETE FROM log_entries WHERE "index" = 4',),
    "swapped": (
        'UPDATE log_entries SET "index" = 99 WHERE "index" = 1',
        'UPDATE log_entries SET "index" = 1 WHERE "index" = 2',
        'UPDATE log_entries SET "index" = 2 WHERE "index" = 99',
    ),
    "replayed-at-the-end": ('INSERT INTO log_entries SELECT 5, leaf, leaf_hash FROM log_entries WHERE "index" = 0',),
    "head-set-back": ("UPDATE log_head SET size = 4",),
    "checkpoint-altered": ("UPDATE log_head SET checkpoint = replace(checkpoint, '5', '4')",),
    "emptied": ("DELETE FROM log_entries", "DELETE FROM log_nodes", "DELETE FROM log_head"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_whoever_edits_the_database_is_found_out(house: LogHouse, log: TransparencyLog, attack: str) -> None:
    for n in range(5):
        house.append(log, warrant=f"w-{n}", now=NOON + timedelta(seconds=n))
    house.tamper(*ATTACKS[attack])
    if attack == "head-set-back":
        # The replay does not believe the head's column at all; the server, which uses it, refuses to start.
        with pytest.raises(LogRolledBack):
            house.open_log()
        return
    status, found = verdict(house)
    assert status == 1
    assert found["verified"] is False


def test_an_altered_and_rehashed_entry_is_found_by_the_root(house: LogHouse, log: TransparencyLog) -> None:
    for n in range(5):
        house.append(log, now=NOON + timedelta(seconds=n))
    with house.engine.connect() as connection:
        leaf = log.entries(connection, first=2, count=1)[0].leaf.replace(b"approve", b"refusee")
    digest = hashlib.sha256(b"\x00" + leaf).hexdigest()
    house.tamper(REHASHED.format(leaf=leaf.hex(), digest=digest))
    status, found = verdict(house)
    assert status == 1
    assert "root" in str(found["problem"])


def test_a_log_forged_whole_with_another_key_is_refused(house: LogHouse, log: TransparencyLog) -> None:
    house.append(log)
    forged = LogHouse(house.root / "forged")
    forger = TransparencyLog(origin=ORIGIN, key=SigningKey.from_seed(b"\x06" * 32), guard=GuardFile(forged.guard))
    with forged.engine.begin() as connection:
        forger.start(connection)
    forged.append(forger)
    forged.engine.dispose()
    house.engine.dispose()
    shutil.copy(forged.database, house.database)
    status, found = verdict(house)
    assert status == 1
    assert "signed" in str(found["problem"])
    with pytest.raises(LogRolledBack):
        house.open_log()


@pytest.mark.parametrize(
    "break_it",
    [
        lambda house: house.database.unlink(),
        lambda house: house.database.write_bytes(b"no database"),
        lambda house: house.guard.write_text("{}"),
        lambda house: house.guard.write_text('{"origin": "x", "root": "!", "size": 1}'),
        lambda house: house.guard.unlink(),
        lambda house: (house.root / "trust.json").unlink(),
        lambda house: (house.root / "trust.json").write_text("{}"),
        lambda house: (house.root / "trust.json").write_bytes(TrustedKeys(()).to_bytes()),
    ],
)
def test_verify_says_in_one_sentence_what_is_missing(
    house: LogHouse, log: TransparencyLog, break_it: Callable[[LogHouse], object]
) -> None:
    house.append(log)
    house.engine.dispose()
    break_it(house)
    result = CliRunner().invoke(app, ["verify", "--home", str(house.root)])
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert result.stderr.startswith("The log does not verify.")
    assert len(result.stderr.strip().splitlines()) == 1


def test_show_prints_the_newest_entries(house: LogHouse, log: TransparencyLog) -> None:
    for n in range(5):
        house.append(log, count=n)
    result = CliRunner().invoke(app, ["show", "--json", "--last", "2", "--home", str(house.root)])
    assert [entry["count"] for entry in json.loads(result.stdout)] == [3, 4]
    assert CliRunner().invoke(app, ["show", "--home", str(house.root)]).exit_code == 0
