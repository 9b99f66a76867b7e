"""A year ends, a key is compromised: one log after another, cut off at every step, and never two that sign."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from contracts.signature import SigningKey
from governance.adapters.db import tables
from governance.adapters.log.ended_log import open_ended
from governance.adapters.log.export import Beside, export_files, write_folder
from governance.adapters.log.log_file import open_log_file
from governance.adapters.log.place import LogPlace, working
from governance.adapters.log.rotation import rotate
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.succession import Handover, _line_by, close_year, declare_fork
from governance.application.erase import expire_due
from governance.application.errors import StorageFailed
from governance.application.log_reading import read_lines
from governance.application.vault import Keeping, for_step, intend_erasure, keep, reveal
from governance.audit.checkpoint import Checkpoint, parse_body, signed_note
from governance.audit.errors import LogClosed, LogUnavailable
from governance.audit.leaf import KeyRange, Leaf
from governance.audit.note import VerifierKey, parse_note
from governance.audit.succession import Whole, breaks
from governance.audit.vault_keys import KeyRef
from governance.domain.events import Event
from governance.domain.retention import DataClass
from governance.verifier.report import Status
from insyn.home import Home, held_alone
from insyn.log_succession import (
    CLOSE,
    FORK,
    Plan,
    VaultHere,
    archive_of,
    finish,
    handover,
    new_place,
    planned,
    running_place,
)
from insyn.system import System
from tests.builders_contracts import LOG_ORIGIN
from tests.builders_governance import World
from tests.builders_home import (
    NEXT,
    ROOT,
    VaultInside,
    a_home,
    as_json,
    at_ms,
    audited,
    insyn,
    make_removable,
    newest_key,
    now,
    running,
    running_log,
    whole,
)

CLOSING = ("key", "settled", "closed", "begun", "boxes", "exported", "archived", "records", "vault", "switched")
FORKING = ("key", "given up", "begun", "boxes", "exported", "archived", "records", "vault", "switched")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole system, stopped, whose vault has seen the log."""
    home = a_home(tmp_path_factory.mktemp("home") / "home")
    with running(home) as world, world.governance.database.transaction() as tx:
        object_id = keep(world.governance, tx, b"an act", Keeping(data_class=DataClass.WARRANT, warrant=None))
        tx.log.append(Event.WARRANT_DRAFT, {"warrant": "w-1"})
        tx.commit()
        assert reveal(world.governance, tx, object_id, for_step("submit", {"warrant": "w-1"})) == b"an act"
        (home.root / "object").write_text(object_id)
    return home.root


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Iterator[Home]:
    """A copy of it."""
    root = tmp_path / "home"
    shutil.copytree(template, root, symlinks=True)
    yield Home(root)
    make_removable(Home(root))


def at_once(home: Home, kind: str, origin: str = NEXT, *, checkpoint: str = "", **changes: object) -> Plan:
    """Do it without a command and without processes."""
    plan = planned(home, kind, origin)
    with held_alone(home), handover(home, plan, reached=lambda _step: None, vault=VaultInside(home, plan)) as job:
        changed: Handover = replace(job, **changes)  # type: ignore[arg-type]
        close_year(changed) if kind == CLOSE else declare_fork(changed, checkpoint)
    finish(home)
    return plan


def closed(home: Home) -> tuple[Plan, VerifierKey]:
    """Close the year; return the plan and the old log's key."""
    old = newest_key(running_place(home))
    return at_once(home, CLOSE), old


def require_all_well(home: Home, plan: Plan, old: VerifierKey, *, status: Status = Status.FINE) -> None:
    """Hold both logs against their keys and each other, and let governance run on the new one."""
    archive = archive_of(home, plan)
    assert audited(archive, old, now_ms=at_ms(now())).status() is status
    assert breaks(whole(archive, old), running_log(home)) == ()
    with running(home) as world:
        assert world.log.origin == NEXT
        assert world.events()[0] in {"log.begin", "log.fork"}
        with world.engine.connect() as connection:
            assert connection.execute(select(tables.SETTLED.c.number)).scalar_one() < world.log.last_number(
                "governance"
            )
    (home.root / "trust.json").exists()
    assert not list((home.root / plan.old_folder).glob("log*.key"))
    assert not (home.root / plan.old_folder / "database").exists()


def signs(place: LogPlace) -> bool:
    """Say whether a sequencer would start there, and append."""
    try:
        with working(place, place.signing_keys(), now=now().now):
            return True
    except (LogClosed, StorageFailed):
        return False


def test_a_year_ends_and_the_next_one_begins_on_it(home: Home) -> None:
    plan, old = closed(home)
    log = running_log(home)
    first = Leaf.from_bytes(log.entries[0])
    assert (first.event, first.src, first.sn, first.body["origin"]) == ("log.begin", "log", 1, LOG_ORIGIN)
    require_all_well(home, plan, old)
    # Years later it owes nothing: what was due after its end, the next log tells of.
    in_ten_years = at_ms(now()) + 10 * 366 * 86_400_000
    assert audited(archive_of(home, plan), old, now_ms=in_ten_years).status() is Status.FINE


def test_the_archive_can_only_be_read(home: Home) -> None:
    plan, _ = closed(home)
    for path in archive_of(home, plan).rglob("*"):
        assert path.stat().st_mode & 0o222 == 0


def test_what_was_sealed_in_the_old_year_is_opened_and_erased_in_the_new_one(home: Home) -> None:
    with running(home) as world:
        operator = _an_operators_compartment(world)
        box = world.log.boxes([operator])[operator]
    closed(home)
    with running(home) as world:
        assert world.log.boxes([operator]) == {operator: box}
        recorded = world.governance.journal.record(Event.LOG_READ, {}, opens=[operator])
        assert operator in world.governance.journal.release([operator], recorded)
        object_id = (home.root / "object").read_text()
        with world.governance.database.transaction() as tx:
            step = for_step("submit", {"warrant": "w-1"})
            assert reveal(world.governance, tx, object_id, step) == b"an act"  # type: ignore[arg-type]
        one = KeyRange(data_class=operator.data_class, day=operator.day, first=operator.number, last=operator.number)
        assert world.log.erase_boxes([one]) == 1
        assert world.log.boxes([operator]) == {}


def _an_operators_compartment(world: World) -> KeyRef:
    for line in read_lines(world.governance, first=0, count=world.log.size()):
        for one in line.leaf.compartments:
            if one.group == "operator":
                return one.key
    raise AssertionError


def test_an_erasure_that_the_old_log_intended_is_carried_out_by_the_new_one(home: Home) -> None:
    object_id = (home.root / "object").read_text()
    with running(home) as world, world.governance.database.transaction() as tx:
        intend_erasure(world.governance, tx, object_id, reason="decision")  # type: ignore[arg-type]
        tx.commit()
    plan, old = closed(home)
    with running(home) as world:
        assert expire_due(world.governance).objects >= 1
        events = world.events()
        assert events.index("erasure.intend") < events.index("erasure.complete")
        with world.governance.database.transaction() as tx:
            assert tx.objects.find(object_id) is None  # type: ignore[arg-type]
    assert audited(archive_of(home, plan), old, now_ms=at_ms(now())).status() is Status.FINE


def test_a_change_that_was_announced_and_never_committed_is_voided_before_the_year_closes(home: Home) -> None:
    with running(home) as world:
        world.engine.dispose()
        with world.engine.begin() as connection:
            number = connection.execute(select(tables.SETTLED.c.number)).scalar_one()
        with world.governance.database.transaction() as tx:
            tx.log.append(Event.SESSION_END, {})
            tx.commit()
        with world.engine.begin() as connection:  # as if the commit had not come through
            connection.execute(update(tables.SETTLED).values(number=number))
        world.governance.journal._settled = number
    plan, old = closed(home)
    events = [Leaf.from_bytes(entry).event for entry in whole(archive_of(home, plan), old).entries]
    assert events[-2:] == ["change.void", "log.close"]


def killed_at(home: Home, kind: str, step: str, *more: str) -> None:
    """Begin it in a process of its own, which dies at a step."""
    worker = Path(__file__).with_name("succession_worker.py")
    ran = subprocess.run(
        [sys.executable, str(worker), str(home.root), kind, NEXT, step, *more],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr


@pytest.mark.parametrize("step", CLOSING)
def test_killed_at_a_step_either_the_old_log_runs_or_the_command_finishes_the_new_one(home: Home, step: str) -> None:
    old_place, old = running_place(home), newest_key(running_place(home))
    killed_at(home, CLOSE, step)
    plan = planned(home, CLOSE, NEXT)
    switched = home.log_name == plan.new_folder
    before_the_end = step in {"key", "settled"}
    assert signs(old_place) is before_the_end
    assert switched is (step == "switched")
    if before_the_end:
        assert not new_place(home, plan).database.exists()
        with running(home) as world:
            assert world.log.origin == LOG_ORIGIN
    if switched:
        assert signs(running_place(home))
    else:
        at_once(home, CLOSE)
    assert insyn("log", "close-year", "--home", str(home.root), "--origin", NEXT).status == 0 if switched else True
    require_all_well(home, plan, old)


def test_a_closed_log_is_refused_by_its_process_with_the_sentence_that_says_what_to_do(home: Home) -> None:
    killed_at(home, CLOSE, "closed")
    program = System(home=home, site_id="", cameras=(), port=0, profile="").sequencer()
    ran = subprocess.run(
        [sys.executable, *program.arguments],
        env={**{k: v for k, v in os.environ.items() if not k.startswith("INSYN_")}, **program.settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert "insyn log close-year" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_another_year_is_not_begun_on_a_log_that_closed_for_this_one(home: Home) -> None:
    killed_at(home, CLOSE, "closed")
    told = insyn("log", "close-year", "--home", str(home.root), "--origin", "insyn.invalid/tests/2028")
    assert (told.status, NEXT in told.err) == (1, True)
    shutil.rmtree(home.root / "log.2")  # the new key is lost
    with pytest.raises(LogUnavailable, match="declare a fork"):
        at_once(home, CLOSE)


def test_before_it_closed_another_origin_can_still_be_chosen(home: Home) -> None:
    killed_at(home, CLOSE, "key")
    old = newest_key(running_place(home))
    plan = at_once(home, CLOSE, NEXT + "-b")
    assert plan.new_folder == "log.3"
    assert not (home.root / "log.2" / "log.key").exists()
    assert breaks(whole(archive_of(home, plan), old), running_log(home)) == ()


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "å", LOG_ORIGIN])
def test_the_new_log_needs_an_origin_of_its_own(home: Home, origin: str) -> None:
    told = insyn("log", "close-year", "--home", str(home.root), "--origin", origin)
    assert told.status == 1
    assert len(told.err.strip().splitlines()) == 1
    with running(home) as world:
        assert world.log.origin == LOG_ORIGIN


def _another_root(log: Whole, _old: Whole) -> Whole:
    first = Leaf.from_bytes(log.entries[0])
    changed = replace(first, body={**first.body, "root": "B" * 42 + "A="})
    return replace(log, entries=(changed.to_bytes(), *log.entries[1:]))


def _other_rows(log: Whole, _old: Whole) -> Whole:
    place = next(at for at, entry in enumerate(log.entries) if b'"records.change"' in entry)
    leaf = Leaf.from_bytes(log.entries[place])
    rows = leaf.body["adds"]
    assert isinstance(rows, tuple)
    changed = replace(leaf, body={**leaf.body, "adds": rows[1:]})
    return replace(log, entries=(*log.entries[:place], changed.to_bytes(), *log.entries[place + 1 :]))


def _another_key(log: Whole, _old: Whole) -> Whole:
    return replace(log, key=replace(log.key, public_key=SigningKey.generate().public))


def _no_predecessor(log: Whole, _old: Whole) -> Whole:
    return replace(log, entries=log.entries[1:])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (_another_root, "another end"),
        (_other_rows, "other rows"),
        (_another_key, "another log or key"),
        (_no_predecessor, "names no log that came before"),
    ],
)
def test_a_new_year_that_does_not_fit_the_old_one_is_named(
    home: Home, changed: Callable[[Whole, Whole], Whole], said: str
) -> None:
    plan, old = closed(home)
    before, after = whole(archive_of(home, plan), old), running_log(home)
    assert breaks(before, after) == ()
    found = breaks(before, changed(after, before))
    assert any(said in one for one in found), found
    assert "does not end" in breaks(replace(before, entries=before.entries[:-1]), after)[0]


# -- a key that was compromised ---------------------------------------------------------------------------------------


def kept(home: Home) -> Path:
    """Return a file with a checkpoint that people kept."""
    place = running_place(home)
    path = home.root / "kept.note"
    with open_log_file(place.database) as log:
        path.write_text(log.checkpoint())
    return path


def test_a_fork_is_declared_and_the_rest_of_the_old_log_is_trusted_no_more(home: Home) -> None:
    note, old = kept(home), newest_key(running_place(home))
    trusted = parse_body(parse_note(note.read_text()).text)
    with running(home):
        pass  # what a thief could have written
    told = insyn("log", "declare-fork", "--home", str(home.root), "--origin", NEXT, "--checkpoint", str(note), "--pin")
    assert told.status == 0, told.err
    for words in (f"its first {trusted.size} entries", "Not trusted", "witnesses take the old line out"):
        assert words in told.out
    first = Leaf.from_bytes(running_log(home).entries[0])
    assert (first.event, first.body["size"]) == ("log.fork", trusted.size)
    plan = Plan(kind=FORK, old_folder="log", old_origin=LOG_ORIGIN, new_folder="log.2", new_origin=NEXT)
    require_all_well(home, plan, old)
    assert insyn("log", "verify", "--home", str(home.root)).status == 0


@pytest.mark.parametrize("step", FORKING)
def test_killed_at_a_step_of_a_fork_the_old_key_never_signs_beside_the_new_one(home: Home, step: str) -> None:
    note, place, old = kept(home), running_place(home), newest_key(running_place(home))
    killed_at(home, FORK, step, str(note))
    plan = planned(home, FORK, NEXT)
    assert signs(place) is (step == "key")
    if home.log_name != plan.new_folder:
        at_once(home, FORK, checkpoint=note.read_text())
    else:
        told = insyn("log", "declare-fork", "--home", str(home.root), "--origin", NEXT, "--checkpoint", str(note))
        assert told.status == 0, told.err
    require_all_well(home, plan, old)


def test_a_fork_needs_a_checkpoint_that_somebody_kept_and_that_the_log_begins_with(home: Home) -> None:
    at = ("log", "declare-fork", "--home", str(home.root), "--origin", NEXT)
    assert "--checkpoint" in insyn(*at).err
    other = kept(home)
    forged = SigningKey.generate()
    head = Checkpoint(origin=LOG_ORIGIN, size=3, root=b"\x05" * 32)
    other.write_text(signed_note(head, public_key=forged.public, sign=forged.private.sign))
    assert "none of this log" in insyn(*at, "--checkpoint", str(other)).err
    (own,) = running_place(home).signing_keys()
    note = signed_note(head, public_key=own.public, sign=own.private.sign)
    with pytest.raises(LogUnavailable, match="does not begin"):
        at_once(home, FORK, checkpoint=note)
    assert signs(running_place(home))


def test_without_the_new_pin_the_vault_does_not_follow_a_fork_and_the_command_goes_on_once_it_is_there(
    home: Home,
) -> None:
    note = kept(home)
    at = ("log", "declare-fork", "--home", str(home.root), "--origin", NEXT, "--checkpoint", str(note))
    told = insyn(*at)
    assert told.status == 1
    assert "does not believe the new log" in told.err
    line = newest_key(new_place(home, planned(home, FORK, NEXT))).text
    assert line in told.err.splitlines()
    assert insyn("log", "pin", line, "--home", str(home.root)).status == 0
    told = insyn(*at)
    assert told.status == 0, told.err
    assert home.log_name == "log.2"


def test_the_whole_command_closes_a_year_pins_the_next_and_both_verify(home: Home) -> None:
    old = newest_key(running_place(home))
    told = insyn("log", "close-year", "--home", str(home.root), "--origin", NEXT, "--pin")
    assert told.status == 0, told.err
    assert newest_key(running_place(home)).text in told.out.splitlines()
    assert insyn("log", "verify", "--home", str(home.root)).status == 0
    plan = Plan(kind=CLOSE, old_folder="log", old_origin=LOG_ORIGIN, new_folder="log.2", new_origin=NEXT)
    require_all_well(home, plan, old)
    assert not home.log_next.exists()


def test_nothing_of_it_runs_while_a_system_does(home: Home) -> None:
    with held_alone(home):
        told = insyn("log", "close-year", "--home", str(home.root), "--origin", NEXT)
    assert (told.status, "runs on the folder" in told.err) == (1, True)
    assert not home.log_next.exists()


def test_for_a_vault_elsewhere_a_file_is_written_that_its_people_carry(home: Home, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("vault", "vault-twin"):
        (home.root / name).rename(elsewhere / name)
    shutil.copy(home.trust, elsewhere / "trust.json")
    (elsewhere / "log-origin").write_text(f"{LOG_ORIGIN}\n")
    vault = VaultHere(Home(elsewhere))
    seen, _ = vault.seen()
    told = insyn("log", "close-year", "--home", str(home.root), "--origin", NEXT, "--vault-seen", str(seen))
    assert told.status == 0, told.err
    (file,) = home.log_archive.glob("*.succession.json")
    assert str(file) in told.out
    vault.ask("follow", str(file))
    log = running_log(home)
    assert vault.seen() == (log.head.size, log.head.root)
    assert as_json(vault.ask("inventory"))


def test_the_auditors_command_follows_from_one_year_to_the_next(home: Home, tmp_path: Path) -> None:
    plan, old = closed(home)
    place = running_place(home)
    first = newest_key(place)
    rotate(place, now=lambda: now().at)
    (key, *_) = place.signing_keys()
    with open_ended(place, HeadSigner(place.origin, place.signing_keys())) as log:
        beside = Beside(vkeys=log.keys(place.verifier(key)), policy="quorum none\n")
        write_folder(export_files(log, beside, sign_note=_line_by(place, key)), tmp_path / "new")
    policy = tmp_path / "policy"
    for pinned in (first, newest_key(place)):
        policy.write_text(f"log {old.text}\nlog {pinned.text}\nquorum none\n")
        at = ("log", "verify-succession", "--policy", str(policy))
        told = insyn(*at, str(archive_of(home, plan)), str(tmp_path / "new"))
        assert (told.status, "goes on where" in told.out) == (0, True), told.out + told.err
        told = insyn(*at, str(tmp_path / "new"), str(archive_of(home, plan)))
        assert (told.status, "names no log" in told.out) == (1, True), told.out + told.err
