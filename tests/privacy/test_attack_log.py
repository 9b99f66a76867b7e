"""Somebody with every right on the machine's files and SQL changes the log, or goes around it. Who sees it, and how?

Each attack names the layer that must see it. The last ones hold the log's own signing key as well: then only those see
it who kept something outside the machine, and the key vault, which believes no second log.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from contracts.errors import ContractError
from governance.adapters.log.guard import GuardFile
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.sqlite_store import SqliteStore
from governance.application.approve_warrant import RejectWarrant, reject_warrant
from governance.application.errors import GovernanceError
from governance.application.heartbeat import beat
from governance.application.queries import read_warrant
from governance.audit.draft import Draft
from governance.audit.errors import LogError
from governance.audit.leaf import Leaf
from governance.audit.problems import Layer, Severity
from governance.verifier.exported import Question, audit_export
from governance.verifier.report import Report, Status
from insyn.commands.log import lying_files, pinned_policy, verified, verify_log
from insyn.home import Home
from tests.builders_contracts import LOG_ORIGIN
from tests.builders_governance import (
    SetClock,
    World,
    a_deployment,
    a_governance,
    a_submitted_warrant,
    leases,
    reopen,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A log of more than one full tile, with leases, erasures and signs of life in it; ended, for copies to be made."""
    folder = tmp_path_factory.mktemp("whole") / "system"
    world = a_governance(folder)
    world.keys.pin_in(folder)
    a_deployment(world)
    for number in range(24):
        world.clock.advance(timedelta(seconds=50))
        assert leases(world, nonce=f"n{number}").authorisations
        beat(world.governance)
    rejected = a_submitted_warrant(world)
    reject_warrant(
        world.governance, RejectWarrant(actor=world.people.legal_officer, warrant_id=rejected, why="It is over.")
    )
    while world.log.size() < 270:
        beat(world.governance)
    world.close()
    return world


@pytest.fixture
def world(tmp_path: Path, whole: World) -> Iterator[World]:
    """A copy of the whole log, to be attacked."""
    shutil.copytree(whole.folder, tmp_path / "system")
    world = reopen(tmp_path / "system", whole.keys, SetClock(whole.clock.now()))
    world.people = whole.people
    yield world
    world.close()


def home(world: World) -> Home:
    return Home(world.folder)


def database(world: World) -> Path:
    return world.folder / "log" / "database" / "log.db"


def tamper(world: World, *statements: str) -> None:
    """Do what somebody does who has full rights on the log's database while nothing runs."""
    world.close()
    with closing(sqlite3.connect(database(world))) as connection, connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)


def start_refused(world: World) -> str:
    with pytest.raises((LogError, GovernanceError)) as refused:
        reopen(world.folder, world.keys, world.clock)
    return str(refused.value)


def verify_refused(world: World) -> str:
    with pytest.raises((LogError, ContractError)) as refused:
        verify_log(home(world))
    return str(refused.value)


# -- without the log's key --------------------------------------------------------------------------------------------

SWAP = (
    "UPDATE log_entries SET place = -1 WHERE place = 20",
    "UPDATE log_entries SET place = 20 WHERE place = 21",
    "UPDATE log_entries SET place = 21 WHERE place = -1",
)
EDITS = {
    "edit": (
        ("UPDATE log_entries SET leaf = replace(leaf, 'warrant.draft', 'warrant.drafx') WHERE place < 60",),
        "altered",
    ),
    "delete": (("DELETE FROM log_entries WHERE place = 30",), "missing"),
    "swap": (SWAP, "Entry 20 was altered"),
    "replay": (
        ("UPDATE log_entries SET leaf = (SELECT leaf FROM log_entries WHERE place = 40) WHERE place = 41",),
        "Entry 41",
    ),
    "insert in the past": (
        (
            "UPDATE log_entries SET place = -place - 1 WHERE place >= 50",
            "UPDATE log_entries SET place = -place WHERE place < 0",
            "INSERT INTO log_entries SELECT 50, leaf FROM log_entries WHERE place = 49",
        ),
        "Entry 50",
    ),
}


@pytest.mark.parametrize("attack", EDITS)
def test_a_change_in_the_database_is_named_by_whoever_reads_it_anew(world: World, attack: str) -> None:
    statements, named = EDITS[attack]
    tamper(world, *statements)
    assert named in verify_refused(world)


@pytest.mark.law("P2")
def test_a_truncated_log_is_refused_at_the_start_and_by_the_verifier(world: World) -> None:
    tamper(world, "DELETE FROM log_entries WHERE place >= 265")
    assert "signed head" in start_refused(world)
    verify_refused(world)


def test_a_rehashed_database_without_the_key_is_refused_at_the_start(world: World) -> None:
    tamper(world, "UPDATE log_head SET root = zeroblob(32)")
    assert "not the one that was signed" in start_refused(world)


def copy_of(world: World, to: Path) -> Path:
    world.engine.dispose()
    shutil.copytree(world.folder, to)
    return to


def put_back(world: World, backup: Path, *names: str) -> None:
    world.close()
    for name in names:
        shutil.rmtree(world.folder / name)
        shutil.copytree(backup / name, world.folder / name)


def test_an_old_log_put_back_is_refused_by_the_guard(world: World, tmp_path: Path) -> None:
    backup = copy_of(world, tmp_path / "backup")
    beat(world.governance)
    put_back(world, backup, "log")
    assert "older copy" in start_refused(world)
    assert "guard file saw" in verify_refused(world)


def test_an_old_log_put_back_with_its_guard_is_refused_by_the_vault(world: World, tmp_path: Path) -> None:
    backup = copy_of(world, tmp_path / "backup")
    read_warrant(world.governance, world.people.legal_officer, a_submitted_warrant(world))
    put_back(world, backup, "log", "log-guard")
    assert "key vault has seen" in start_refused(world)


def test_a_clock_set_back_stops_the_log_and_nothing_is_changed(world: World) -> None:
    size = world.log.size()
    world.clock.advance(timedelta(days=-1))
    with pytest.raises(GovernanceError, match="clock"):
        a_submitted_warrant(world)
    assert world.log.size() == size


def wrong_of(report: Report, layer: Layer) -> list[str]:
    return [one.sentence for one in report.problems.of(Severity.WRONG) if one.layer is layer]


@pytest.mark.law("A3")
def test_an_edited_watchlist_is_wrong_in_the_log_at_the_next_lease_also_if_undone(world: World) -> None:
    with world.engine.begin() as connection:
        for trigger in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars():
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        owner = connection.execute(text('SELECT enrolled_by FROM "references"')).scalar_one()
        other = {"other": world.people.reviewers[2]}
        connection.execute(text('UPDATE "references" SET enrolled_by = :other'), other)
    leases(world, nonce="meanwhile")
    with world.engine.begin() as connection:
        connection.execute(text('UPDATE "references" SET enrolled_by = :owner'), {"owner": owner})
    leases(world, nonce="afterwards")
    assert len(wrong_of(verified(home(world), quiet=True), Layer.CLOSURE)) == 1


@pytest.mark.law("F3")
def test_a_resurrected_key_opens_nothing_and_the_log_says_that_it_was_destroyed(world: World, tmp_path: Path) -> None:
    backup = copy_of(world, tmp_path / "backup")
    warrant = a_submitted_warrant(world)
    reject_warrant(
        world.governance, RejectWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    put_back(world, backup, "vault")
    assert "copy" in start_refused(world) or "twin" in start_refused(world)


# -- with the log's key stolen ----------------------------------------------------------------------------------------


@dataclass
class _At:
    now_ms: int = 0

    def now(self) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=self.now_ms)


def forge(world: World, leaves: Sequence[Leaf]) -> None:
    """Write another log over the old one, signed with the stolen key, guard and all, as if it had always been so."""
    world.close()
    boxes = world.folder.parent / "boxes.db"
    shutil.copy(database(world), boxes)
    shutil.rmtree(world.folder / "log" / "database")
    shutil.rmtree(world.folder / "log-guard")
    signer = HeadSigner(LOG_ORIGIN, [world.keys.log])
    at = _At()
    guard = GuardFile(world.folder / "log-guard" / "log.guard", signer)
    forged = Sequencer(store=SqliteStore(database(world)), guard=guard, signer=signer, now=at.now)
    for number, leaf in enumerate(leaves):
        at.now_ms = leaf.time_ms
        draft = Draft(event=leaf.event, src=leaf.src, sn=leaf.sn, body=leaf.body, compartments=leaf.compartments)
        forged.append(f"{number:032x}", [draft])
    forged.stop()


def kept_checkpoint(world: World) -> bytes:
    return world.log.checkpoint().encode()


def audit_with(world: World, kept: bytes) -> Report:
    policy = pinned_policy(home(world))
    now_ms = int(world.clock.now().timestamp() * 1000)
    question = Question(policy=policy, now_ms=now_ms, kept={"kept.note": kept})
    return audit_export(lying_files(home(world), policy), question)


def without(index: int) -> Callable[[list[Leaf]], list[Leaf]]:
    def change(leaves: list[Leaf]) -> list[Leaf]:
        rest = leaves[:index] + leaves[index + 1 :]
        return [replace(leaf, sn=number) for number, leaf in enumerate(rest, start=1)]

    return change


def with_another(index: int) -> Callable[[list[Leaf]], list[Leaf]]:
    def change(leaves: list[Leaf]) -> list[Leaf]:
        changed = replace(leaves[index], event="warrant.read")
        return [*leaves[:index], changed, *leaves[index + 1 :]]

    return change


FORGERIES = {
    "an entry edited": with_another(60),
    "an entry taken out": without(60),
    "the end cut off": lambda leaves: leaves[:-9],
}


@pytest.mark.law("F5")
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_log_forged_with_the_stolen_key_does_not_extend_what_somebody_kept(world: World, forgery: str) -> None:
    kept = kept_checkpoint(world)
    forge(world, FORGERIES[forgery](world.leaves()))
    report = audit_with(world, kept)
    assert report.status() is Status.WRONG
    assert [one for one in report.problems.of(Severity.WRONG) if "kept.note" in one.sentence]


@pytest.mark.parametrize("forgery", ["an entry edited", "an entry taken out"])
def test_the_vault_gives_no_key_for_a_log_forged_with_the_stolen_key(world: World, forgery: str) -> None:
    warrant = a_submitted_warrant(world)
    forge(world, FORGERIES[forgery](world.leaves()))
    again = reopen(world.folder, world.keys, world.clock)
    with pytest.raises(GovernanceError, match="vault"):
        read_warrant(again.governance, world.people.applicant, warrant)
