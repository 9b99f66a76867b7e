"""The log's and the vault's processes killed, missing, on full disks or beside an older copy: what people see then.

Every refusal is one sentence, nothing personal is shown meanwhile, nothing acknowledged is lost, nothing is half done.
"""

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
import pytest

from governance.adapters.log.log_file import open_log_file
from governance.application.journal import ranges_of
from governance.application.vault import finish_erasures, intend_erasure
from governance.audit.leaf import KeyRange, KeyRef, Leaf
from insyn.commands.log import verify_log
from insyn.demonstration.visitor import Refusal, Visitor
from insyn.home import Home
from tests.builders_disk import a_small_disk, fill, needs_mount
from tests.builders_server import (
    CentreProcess,
    LogAndVault,
    a_log_and_a_vault,
    a_viewer,
    an_unused_port,
    log_and_vault_on,
    refusal_of_server,
    start_server,
)
from tests.builders_web import CASE, PASSWORD, PERSON, SECRETS, FakeClock, WebHouse, a_web_house

pytestmark = pytest.mark.slow

NEW_PASSWORD = "another horse, another battery"
SILENT = {
    "sequencer": "The sequencer does not answer; see that it runs, then try again.",
    "vault": "The key vault does not answer; see that it runs, then try again.",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A data folder with people, places and one drafted warrant that names a person on its `page`."""

    folder: Path
    page: str
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def visitor(self, login: str) -> Visitor:
        return Visitor(self.address, login, PASSWORD)

    def process(self, centre: LogAndVault, which: str) -> CentreProcess:
        return centre.sequencer if which == "sequencer" else centre.vault

    def events(self) -> list[str]:
        with open_log_file(self.folder / "log" / "database" / "log.db") as log:
            return [Leaf.from_bytes(leaf).event for leaf in log.entries(first=0, count=log.size)]


@cache
def lately() -> datetime:
    """When the first of these tests began: the people of all of them were taken in then, once."""
    return datetime.now(UTC).replace(microsecond=0)


def a_place(folder: Path, monkeypatch: pytest.MonkeyPatch, *, early: Callable[[], None] = lambda: None) -> Place:
    """Make a place of lately; `early` is called when people are there and no warrant is."""
    now = lately()
    monkeypatch.setattr("tests.builders_web.FakeClock", lambda: FakeClock(now))
    house = a_web_house(folder, monkeypatch)
    early()
    warrant = house.draft(not_before=now - timedelta(hours=1), not_after=now + timedelta(days=2))
    house.running.close()
    return Place(folder=folder, page=f"/legal/warrants/{warrant}", port=an_unused_port())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return a_place(tmp_path, monkeypatch)


@contextmanager
def serving(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server; in the end it stops in good order, and said nothing unforeseen."""
    server = start_server(place.folder, place.port)
    try:
        yield server
        server.terminate()
        assert server.wait(20) == 0
        assert "Traceback" not in (place.folder / "server.log").read_text()
    finally:
        server.kill()
        server.wait()


def make_account(administrator: Visitor, login: str) -> None:
    fields = {"login": login, "password": NEW_PASSWORD, "role": "operator"}
    administrator.post("/administration/accounts", fields, page="/administration")


def refused_account(administrator: Visitor, login: str) -> str:
    """Ask for an account that cannot be made now; return the one sentence."""
    with pytest.raises(Refusal) as caught:
        make_account(administrator, login)
    assert caught.value.status == httpx.codes.SERVICE_UNAVAILABLE
    assert re.fullmatch(r"[A-Z][^.]*(\.[^ .][^.]*)*\.( [A-Z].*\.)?", caught.value.sentence), caught.value.sentence
    return caught.value.sentence


def accounts_until_refused(administrator: Visitor, prefix: str) -> tuple[list[str], dict[str, str]]:
    """Make accounts for as long as there is room; return those made, and what was said of those refused."""
    made: list[str] = []
    refused: dict[str, Refusal] = {}
    for number in range(60):
        login = f"{prefix}-{number:02d}"
        try:
            make_account(administrator, login)
        except Refusal as refusal:
            refused[login] = refusal
            if len(refused) == 3:
                break
        else:
            made.append(login)
    assert refused, "the disk was not full"
    assert {refusal.status for refusal in refused.values()} == {httpx.codes.SERVICE_UNAVAILABLE}
    return made, {login: refusal.sentence for login, refusal in refused.items()}


def shows_nobody(visitor: Visitor, page: str) -> str:
    """Ask for a page that shows a person; return the sentence that comes instead."""
    answer = visitor._http.get(page)
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert [secret for secret in (*SECRETS, CASE) if secret in answer.text] == []
    with pytest.raises(Refusal) as caught:
        visitor.read(page)
    return caught.value.sentence


# -- killed, and missing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["sequencer", "vault"])
def test_killed_under_a_running_server_nothing_is_changed_or_shown_until_it_runs_again(
    place: Place, which: str
) -> None:
    with a_viewer(place.folder), a_log_and_a_vault(place.folder) as centre, serving(place) as server:
        with place.visitor("adam") as adam, place.visitor("lisa") as lisa:
            assert PERSON in lisa.read(place.page)
            make_account(adam, "before")
            size = verify_log(Home(place.folder))
            for number in range(2):
                place.process(centre, which).kill()
                assert refused_account(adam, f"refused-{number}") == SILENT[which]
                assert shows_nobody(lisa, place.page) == SILENT[which]
                with pytest.raises(Refusal, match=re.escape(SILENT[which])):
                    place.visitor("sara")
                assert server.poll() is None
                place.process(centre, which).start()
                make_account(adam, f"after-{number}")
                assert PERSON in lisa.read(place.page)
            page = adam.read("/administration")
        assert all(login in page for login in ("before", "after-0", "after-1"))
        assert "refused-" not in page, "told that nothing was changed, but it was"
        assert verify_log(Home(place.folder)) > size


@pytest.mark.parametrize("which", ["sequencer", "vault"])
def test_a_server_that_starts_without_log_or_vault_says_so_in_one_sentence(place: Place, which: str) -> None:
    other = "vault" if which == "sequencer" else "sequencer"
    centre = log_and_vault_on(place.folder)
    with a_viewer(place.folder):
        place.process(centre, other).start()
        try:
            assert refusal_of_server(place.folder, place.port) == SILENT[which]
            place.process(centre, which).start()
            try:
                with serving(place), place.visitor("lisa") as lisa:
                    assert PERSON in lisa.read(place.page)
            finally:
                place.process(centre, which).stop()
        finally:
            place.process(centre, other).stop()


# -- full disks -------------------------------------------------------------------------------------------------------


@needs_mount
@pytest.mark.parametrize("part", ["log", "log-guard"])
def test_on_a_full_disk_of_the_log_changes_are_refused_and_it_goes_on_when_there_is_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    with a_small_disk(tmp_path / "disk", "8m" if part == "log" else "64k") as disk:
        (tmp_path / part).symlink_to(disk)
        place = a_place(tmp_path, monkeypatch)
        with a_viewer(tmp_path), a_log_and_a_vault(tmp_path) as centre, serving(place) as server:
            with place.visitor("adam") as adam, place.visitor("lisa") as lisa:
                ballast = fill(disk)
                made, refused = accounts_until_refused(adam, "while-full")
                shows_nobody(lisa, place.page)
                # Nobody knew what became of its last commit: it ended, and asks to be started anew.
                assert centre.sequencer.wait() == 75
                assert "disk" in next(iter(refused.values())), refused
                if part == "log-guard":
                    # The database has room for a start; what the guard file cannot be told of does not start.
                    assert "guard file cannot be written; free the disk" in centre.sequencer.refusal()
                assert server.poll() is None
                ballast.unlink()
                centre.sequencer.start()
                make_account(adam, "after")
                # Where only the guard's disk was full, the entry stands there, and the next says that it was in vain.
                assert ("change.void" in place.events()) is (part == "log-guard")
                assert PERSON in lisa.read(place.page)
                page = adam.read("/administration")
            assert [login for login in (*made, "after") if login not in page] == []
            assert [login for login in refused if login in page] == [], "told that nothing was changed, but it was"
            verify_log(Home(tmp_path))


@needs_mount
@pytest.mark.parametrize("part", ["vault", "vault-twin"])
def test_on_a_full_disk_of_either_copy_of_the_vault_nothing_is_sealed_and_nothing_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    with a_small_disk(tmp_path / "disk", "64k") as disk:
        (tmp_path / part).symlink_to(disk)
        place = a_place(tmp_path, monkeypatch)
        with a_viewer(tmp_path), a_log_and_a_vault(tmp_path) as centre, serving(place) as server:
            with place.visitor("adam") as adam, place.visitor("lisa") as lisa:
                make_account(adam, "before")
                assert PERSON in lisa.read(place.page)
                # The numbers that it had promised are passed over: the next key needs a write.
                centre.vault.kill()
                centre.vault.start()
                ballast = fill(disk)
                sentence = refused_account(adam, "while-full")
                assert "No space left on device" in sentence
                assert "Nothing is given out" in sentence
                assert shows_nobody(lisa, place.page) == sentence
                assert server.poll() is None
                ballast.unlink()
                make_account(adam, "after")
                assert PERSON in lisa.read(place.page)
                page = adam.read("/administration")
            assert "before" in page
            assert "after" in page
            assert "while-full" not in page, "told that nothing was changed, but it was"
            verify_log(Home(tmp_path))


@needs_mount
@pytest.mark.parametrize("part", ["vault", "vault-twin"])
def test_an_erasure_on_a_full_disk_of_either_copy_is_not_said_to_be_done_until_both_have_done_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    with a_small_disk(tmp_path / "disk", "64k") as disk:
        (tmp_path / part).symlink_to(disk)
        house = a_web_house(tmp_path, monkeypatch)
        governance = house.running.governance
        house.draft()
        with governance.database.transaction() as tx:
            objects = tx.object_ids()
            intend_erasure(governance, tx, *objects, reason="decision")
            tx.commit()
        assert objects
        keys = [KeyRef.parse(one) for one in objects]
        ballast = fill(disk)
        assert finish_erasures(governance) == 0
        with governance.database.transaction() as tx:
            assert tx.object_ids() == objects
            assert {one.object_id for one in tx.erasures.where()} == set(objects)
        assert not [leaf for leaf in leaves_of(house) if leaf.event == "erasure.complete"]
        ballast.unlink()
        assert finish_erasures(governance) == len(objects)
        assert house.centre.store.derive(keys) == {}
        assert (tmp_path / "vault" / "keys").read_bytes() == (tmp_path / "vault-twin" / "keys").read_bytes()
        (told,) = [leaf for leaf in leaves_of(house) if leaf.event == "erasure.complete"]
        assert [KeyRange.from_json(one) for one in told.body["keys"]] == list(ranges_of(keys))
        house.running.close()


def leaves_of(house: WebHouse) -> list[Leaf]:
    return [Leaf.from_bytes(leaf) for leaf in house.centre.log.entries(first=0, count=house.centre.log.size())]


@needs_mount
def test_on_a_full_disk_that_all_share_every_change_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_small_disk(tmp_path / "disk", "8m") as disk, a_viewer(tmp_path):
        place = a_place(disk, monkeypatch)
        with a_log_and_a_vault(disk) as centre:
            server = start_server(disk, place.port, viewer=tmp_path)
            with place.visitor("adam") as adam:
                make_account(adam, "before")
                before = verify_log(Home(disk))
                ballast = fill(disk)
                made, refused = accounts_until_refused(adam, "while-full")
                assert server.poll() is None
                ballast.unlink()
                if not centre.sequencer.answers():
                    assert centre.sequencer.wait() == 75
                    centre.sequencer.start()
                make_account(adam, "after")
                page = adam.read("/administration")
            assert [login for login in ("before", *made, "after") if login not in page] == []
            assert [login for login in refused if login in page] == [], "told that nothing was changed, but it was"
            assert verify_log(Home(disk)) > before
            server.terminate()
            assert server.wait(20) == 0
        assert "Traceback" not in (disk / "server.log").read_text()


# -- copies and guards ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["missing", "damaged", "older"])
def test_a_twin_that_is_not_as_it_must_be_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    twin, kept = tmp_path / "vault-twin" / "keys", tmp_path / "kept"
    place = a_place(tmp_path, monkeypatch, early=lambda: kept.write_bytes(twin.read_bytes()))
    match damage:
        case "missing":
            twin.unlink()
        case "damaged":
            twin.write_bytes(twin.read_bytes()[:-1])
        case "older":
            twin.write_bytes(kept.read_bytes())
    vault = log_and_vault_on(tmp_path).vault
    sentence = vault.refusal()
    assert f"Of the vault's keys its twin is {damage}" in sentence
    assert "run `python -m governance.vault_service repair`" in sentence
    assert "whole again" in vault.repair()
    with a_viewer(tmp_path), a_log_and_a_vault(tmp_path), serving(place), place.visitor("lisa") as lisa:
        assert PERSON in lisa.read(place.page)


def test_both_copies_of_the_vault_put_back_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies, kept = [tmp_path / name / "keys" for name in ("vault", "vault-twin")], tmp_path / "kept"
    a_place(tmp_path, monkeypatch, early=lambda: kept.write_bytes(copies[0].read_bytes()))
    for copy in copies:
        copy.write_bytes(kept.read_bytes())
    sentence = log_and_vault_on(tmp_path).vault.refusal()
    assert "older than the vault remembers" in sentence
    assert "Put the newest ones back" in sentence


def test_a_missing_guard_file_is_one_sentence_and_nothing_starts_until_it_is_put_back(place: Place) -> None:
    guard, centre = place.folder / "log-guard" / "log.guard", log_and_vault_on(place.folder)
    kept = guard.read_bytes()
    guard.unlink()
    assert centre.sequencer.refusal() == (
        "The log's guard file is missing; put it back: without it an old database passes for the newest."
    )
    with a_viewer(place.folder):
        centre.vault.start()
        try:
            assert refusal_of_server(place.folder, place.port) == SILENT["sequencer"]
        finally:
            centre.vault.stop()
        guard.write_bytes(kept)
        with a_log_and_a_vault(place.folder), serving(place), place.visitor("lisa") as lisa:
            assert PERSON in lisa.read(place.page)


def test_an_older_copy_of_the_log_is_refused_by_the_sequencer_and_with_its_guard_by_governance(place: Place) -> None:
    log, guard, older = place.folder / "log", place.folder / "log-guard", place.folder / "older"
    shutil.copytree(log, older / "log")
    shutil.copytree(guard, older / "log-guard")
    with a_viewer(place.folder), a_log_and_a_vault(place.folder), serving(place), place.visitor("lisa") as lisa:
        assert PERSON in lisa.read(place.page)
    shutil.rmtree(log)
    shutil.copytree(older / "log", log)
    assert "an older copy was put in its place" in log_and_vault_on(place.folder).sequencer.refusal()
    shutil.rmtree(guard)
    shutil.copytree(older / "log-guard", guard)
    with a_viewer(place.folder), a_log_and_a_vault(place.folder):
        sentence = refusal_of_server(place.folder, place.port)
    assert "The log holds less than the key vault has seen" in sentence
    assert "Restore the newest log" in sentence


def test_an_older_copy_of_the_database_beside_the_newest_log_is_refused(place: Place) -> None:
    database = place.folder / "governance" / "insyn.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = database.read_bytes()
    with a_viewer(place.folder), a_log_and_a_vault(place.folder):
        with serving(place), place.visitor("adam") as adam:
            make_account(adam, "before")
            make_account(adam, "after")
        for left in ("insyn.db-wal", "insyn.db-shm"):
            with suppress(FileNotFoundError):
                (database.parent / left).unlink()
        database.write_bytes(kept)
        sentence = refusal_of_server(place.folder, place.port)
    assert "an older copy was put in its place" in sentence
    assert "Restore the newest database" in sentence


def test_a_data_folder_of_the_log_within_the_database_is_one_sentence_that_names_the_reset(place: Place) -> None:
    with closing(sqlite3.connect(place.folder / "governance" / "insyn.db")) as connection:
        connection.execute("CREATE TABLE log_entries (place INTEGER PRIMARY KEY, leaf BLOB)")
    with a_viewer(place.folder), a_log_and_a_vault(place.folder):
        sentence = refusal_of_server(place.folder, place.port)
    assert "For the demonstration run `make demo-reset`, then start again." in sentence
