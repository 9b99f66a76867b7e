"""The governance server as it runs: killed at any moment, on a full disk, beside a second one, on a damaged file."""

import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from governance.adapters.log.due_stamps import NoTimeStamps
from governance.application.errors import StorageFailed
from governance.jobs import JOBS, Work, run
from governance.json_lines import set_up_logging
from insyn.commands.log import verify_log
from insyn.demonstration.visitor import Refusal, Visitor
from insyn.home import Home
from tests.builders_disk import a_small_disk, fill, needs_mount
from tests.builders_server import (
    a_log_and_a_vault,
    a_viewer,
    an_unused_port,
    log_and_vault_on,
    refusal_of_server,
    start_server,
)
from tests.builders_web import PASSWORD, a_web_house

ROUNDS = 3
NEW_PASSWORD = "another horse, another battery"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with people and places; viewer, log and vault run beside it."""
    a_web_house(tmp_path, monkeypatch).running.close()
    with a_viewer(tmp_path), a_log_and_a_vault(tmp_path):
        yield tmp_path


def insyn(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "insyn", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def verified_size(folder: Path) -> int:
    """Run `insyn log verify` as a person would, and return how many entries it says there are."""
    said = insyn("log", "verify", "--home", str(folder), "--json")
    assert said.returncode == 0, said.stdout + said.stderr
    assert json.loads(said.stdout)["verified"]
    return int(json.loads(said.stdout)["size"])


def make_account(administrator: Visitor, login: str) -> None:
    fields = {"login": login, "password": NEW_PASSWORD, "role": "operator"}
    administrator.post("/administration/accounts", fields, page="/administration")


class Writer(threading.Thread):
    """A client that makes accounts until the server is gone; `acknowledged` are those that it was told of."""

    def __init__(self, port: int, prefix: str) -> None:
        super().__init__(daemon=True)
        self._address = f"http://127.0.0.1:{port}"
        self._prefix = prefix
        self.acknowledged: list[str] = []
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            with suppress(httpx.TransportError), Visitor(self._address, "adam", PASSWORD) as administrator:
                for number in range(10_000):
                    make_account(administrator, f"{self._prefix}-{number}")
                    self.acknowledged.append(f"{self._prefix}-{number}")
        except Exception as error:  # noqa: BLE001  # told to the test, which fails with it
            self.failure = error


@pytest.mark.slow
def test_a_server_killed_at_any_moment_keeps_what_it_acknowledged_and_starts_again(folder: Path) -> None:
    chance = random.Random(20261122)  # noqa: S311  # it chooses moments, it guards nothing
    acknowledged: list[str] = []
    size = 0
    for kill in range(ROUNDS):
        port = an_unused_port()
        server = start_server(folder, port)
        writers = [Writer(port, f"round-{kill}-{name}") for name in ("a", "b")]
        for writer in writers:
            writer.start()
        wanted, pause = chance.randrange(3), chance.uniform(0, 0.3)
        deadline = time.monotonic() + 60
        while sum(len(writer.acknowledged) for writer in writers) < wanted and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(pause)  # not waited for anything: it is the random moment
        server.kill()
        server.wait()
        for writer in writers:
            writer.join(60)
            assert writer.failure is None
            acknowledged += writer.acknowledged
        grown = verify_log(Home(folder))
        assert grown >= size
        size = grown
    assert len(acknowledged) >= ROUNDS // 2
    assert verified_size(folder) == size
    port = an_unused_port()
    server = start_server(folder, port)
    with Visitor(f"http://127.0.0.1:{port}", "adam", PASSWORD) as administrator:
        page = administrator.read("/administration")
    assert [login for login in acknowledged if login not in page] == []
    shown = json.loads(insyn("log", "show", "--home", str(folder), "--json", "--last", "100000").stdout)
    logged = [entry for entry in shown if entry["e"] == "account.create"]
    assert len(logged) >= len(acknowledged)
    server.terminate()
    assert server.wait(20) == 0
    assert "Traceback" not in (folder / "server.log").read_text()


@pytest.mark.slow
@needs_mount
def test_on_a_full_disk_every_change_is_refused_in_one_sentence_and_the_log_says_that_it_was_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_small_disk(tmp_path / "disk", "8m") as disk:
        (tmp_path / "governance").symlink_to(disk)
        a_web_house(tmp_path, monkeypatch).running.close()
        with a_viewer(tmp_path), a_log_and_a_vault(tmp_path):
            port = an_unused_port()
            server = start_server(tmp_path, port)
            with Visitor(f"http://127.0.0.1:{port}", "adam", PASSWORD) as administrator:
                make_account(administrator, "before")
                before = verify_log(Home(tmp_path))
                ballast = fill(disk)
                refused = refusals(administrator)
                assert refused, "the disk was not full"
                for refusal in refused.values():
                    assert refusal.status == 503
                    assert "disk" in refusal.sentence
                    assert "Nothing was" in refusal.sentence
                assert verified_size(tmp_path) >= before
                assert server.poll() is None
                ballast.unlink()
                make_account(administrator, "after")
                assert verify_log(Home(tmp_path)) > before
                assert_all_voided(tmp_path, announced=len(refused))
                page = administrator.read("/administration")
                assert "before" in page
                assert "after" in page
                assert [login for login in refused if login in page] == [], "told that nothing was changed, but it was"
            ballast = fill(disk)
            server.kill()
            server.wait()
            assert verify_log(Home(tmp_path)) > before
            ballast.unlink()
            again = start_server(tmp_path, port)
            again.terminate()
            assert again.wait(20) == 0
            assert "Traceback" not in (tmp_path / "server.log").read_text()


def refusals(administrator: Visitor) -> dict[str, Refusal]:
    """Ask for twelve accounts; return those that were refused."""
    refused: dict[str, Refusal] = {}
    for number in range(12):
        login = f"while-full-{number:02d}"
        try:
            make_account(administrator, login)
        except Refusal as refusal:
            refused[login] = refusal
    return refused


def assert_all_voided(folder: Path, *, announced: int) -> None:
    """See that so many changes were announced in vain, and that the log says so of each."""
    shown = json.loads(insyn("log", "show", "--home", str(folder), "--json", "--last", "100000").stdout)
    voided = {index for entry in shown if entry["e"] == "change.void" for index in entry["b"]["of"]}
    assert len(voided) == announced
    assert {entry["e"] for entry in shown if entry["index"] in voided} == {"account.create"}


@pytest.mark.slow
@needs_mount
def test_a_server_that_starts_on_a_full_disk_says_so_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_small_disk(tmp_path / "disk", "8m") as disk:
        (tmp_path / "governance").symlink_to(disk)
        a_web_house(tmp_path, monkeypatch).running.close()
        with a_viewer(tmp_path), a_log_and_a_vault(tmp_path):
            before = verified_size(tmp_path)
            ballast = fill(disk)
            sentence = refusal_of_server(tmp_path, an_unused_port())
            assert "disk" in sentence or "space" in sentence
            assert "port" not in sentence
            ballast.unlink()
            assert verified_size(tmp_path) >= before


def test_the_expiry_goes_on_when_neither_disk_nor_log_takes_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, rounds = threading.Event(), []

    class FullDisk:
        def write(self, _text: str = "") -> None:
            raise OSError(28, "No space left on device")

        flush = write

    def failing(_governance: object) -> None:
        rounds.append(1)
        if len(rounds) == 3:
            stop.set()
        raise StorageFailed("The disk is full.")

    monkeypatch.setattr(sys, "stderr", FullDisk())
    set_up_logging()
    expiry = replace(JOBS[0], once=failing, seconds=0.0)
    run(expiry, Work(governance=None, daily=None, time_stamps=NoTimeStamps(), stop=stop))  # type: ignore[arg-type]  # the stand-in asks neither
    assert len(rounds) == 3


@pytest.mark.slow
def test_a_second_server_and_a_taken_port_are_each_one_sentence_and_the_first_goes_on(folder: Path) -> None:
    port = an_unused_port()
    first = start_server(folder, port)
    assert "Another server runs on the data folder" in refusal_of_server(folder, an_unused_port())
    assert httpx.get(f"http://127.0.0.1:{port}/api/health", trust_env=False).is_success
    first.terminate()
    assert first.wait(20) == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sentence = refusal_of_server(folder, taken.getsockname()[1])
    assert "port" in sentence
    assert "choose another" in sentence


@pytest.mark.parametrize("damage", ["empty", "noise", "truncated"])
@pytest.mark.slow
def test_a_damaged_database_is_one_sentence_and_nothing_starts(folder: Path, damage: str) -> None:
    damage_database(folder / "governance" / "insyn.db", damage)
    assert refusal_of_server(folder, an_unused_port()).endswith(".")
    assert verified_size(folder) > 0


@pytest.mark.parametrize("damage", ["empty", "noise", "truncated"])
@pytest.mark.slow
def test_a_damaged_database_of_the_log_is_one_sentence_and_does_not_verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    a_web_house(tmp_path, monkeypatch).running.close()
    damage_database(tmp_path / "log" / "database" / "log.db", damage)
    assert log_and_vault_on(tmp_path).sequencer.refusal().endswith(".")
    said = insyn("log", "verify", "--home", str(tmp_path))
    assert said.returncode == 1
    assert "does not verify" in said.stderr
    assert "Traceback" not in said.stderr


def damage_database(database: Path, damage: str) -> None:
    whole = database.read_bytes()
    wrong: dict[str, Any] = {
        "empty": b"",
        "noise": b"no database " * (len(whole) // 12),
        "truncated": whole[: len(whole) // 2],
    }
    for left in ("-wal", "-shm"):
        database.with_name(database.name + left).unlink(missing_ok=True)
    database.write_bytes(wrong[damage])
