"""The auditor's challenge and the drill with a backup, against the sequencer and the vault as processes."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from contracts.receipt import LogReceipt
from governance.adapters.log.challenging import Challenger, RunningVault, keys_in
from governance.adapters.log.client import SequencerClient
from governance.adapters.vault_client import VaultClient
from governance.application.vault import finish_erasures, intend_erasure
from governance.audit.challenge import Outcome
from governance.audit.errors import LogUnavailable
from governance.audit.leaf import KeyRef
from insyn.home import Home
from insyn.log_succession import running_place
from insyn.processes import ProcessGroup
from insyn.system import System
from tests.builders_governance import World, a_submitted_warrant
from tests.builders_home import NEXT, a_home, insyn, make_removable, newest_key, running


@contextmanager
def served(home: Home) -> Iterator[None]:
    """Run log and vault of a home as the system does."""
    system = System(home=home, site_id="", cameras=(), port=0, profile="")
    with ProcessGroup(home.logs) as processes:
        processes.start(system.sequencer())
        processes.start(system.vault())
        yield


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A home with warrants, of which one object was erased after a backup was taken."""
    with TemporaryDirectory(prefix="home") as short:  # a socket's path has at most 107 bytes
        yield a_home(Path(short), live=_live)


def _live(world: World) -> None:
    """Draft and submit; take a backup; erase one object."""
    a_submitted_warrant(world)
    a_submitted_warrant(world)
    with world.governance.database.transaction() as tx:
        (object_id, *_) = tx.object_ids()
    for end in ("", "-wal"):
        shutil.copy(world.folder / f"insyn.db{end}", world.folder / f"backup.db{end}")
    with world.governance.database.transaction() as tx:
        intend_erasure(world.governance, tx, object_id, reason="decision")
        tx.commit()
    assert finish_erasures(world.governance) == 1
    (world.folder / "erased").write_text(object_id)


@contextmanager
def an_asking(home: Home) -> Iterator[Challenger]:
    """Ask the processes, knowing of no kept object."""
    log, vault = SequencerClient(home.sockets / "sequencer.sock"), VaultClient(home.sockets / "vault.sock")
    with closing(log), closing(vault):
        yield Challenger(log, vault, keys=[newest_key(running_place(home))], kept=lambda _keys: {})


def test_what_lives_opens_what_was_destroyed_does_not_and_the_log_tells_of_the_questions(home: Home) -> None:
    with served(home):
        told = insyn("log", "challenge", "--home", str(home.root), "--count", "1000", "--words", "mine")
        again = insyn("log", "challenge", "--home", str(home.root), "--count", "3")
    assert told.status == 0, told.out + told.err
    assert "1 are destroyed as the log says, and 0 are not as they must be" in " ".join(told.out.split())
    assert again.status == 0, again.out + again.err
    with running(home) as world:
        reads = [leaf for leaf in world.leaves() if leaf.src == "audit"]
    assert {leaf.event for leaf in reads} == {"log.read"}
    erased = KeyRef.parse((home.root / "erased").read_text())
    assert any(erased in span for leaf in reads for span in leaf.ranges("opens"))


def test_a_backup_opens_nothing_of_what_was_destroyed(home: Home) -> None:
    assert len(keys_in(home.root / "backup.db")) > len(keys_in(home.root / "insyn.db"))
    with served(home):
        told = insyn("log", "drill", str(home.root / "backup.db"), "--home", str(home.root))
    assert told.status == 0, told.out + told.err
    assert "Of 1 the log says that the key was destroyed; 1 of these were drawn and asked for, and 0 opened" in told.out


def test_a_key_that_came_back_is_named(home: Home) -> None:
    erased = KeyRef.parse((home.root / "erased").read_text())
    with served(home), an_asking(home) as asking:
        asking._vault = _Returning(asking._vault, erased)
        found = asking.drill(home.root / "backup.db", 10)
    assert found.opened == (erased,)


def test_a_payload_that_is_lost_is_named(home: Home) -> None:
    with served(home), an_asking(home) as asking:
        found = asking.challenge(1000)
    outcomes = {one.outcome for one in found.judged if one.group == "object"}
    assert outcomes == {Outcome.MISSING, Outcome.GONE}
    assert {one.outcome for one in found.judged if one.group != "object"} == {Outcome.OPENED}


class _Returning:
    """A vault that gives a destroyed key."""

    def __init__(self, vault: RunningVault, key: KeyRef) -> None:
        self._vault, self._key = vault, key

    def seen(self) -> tuple[int, bytes]:
        return self._vault.seen()

    def release(
        self, keys: Sequence[KeyRef], receipt: LogReceipt, consistency: Sequence[bytes]
    ) -> Mapping[KeyRef, bytes]:
        return {key: b"\x01" * 32 for key in keys if key == self._key}


def test_the_words_of_the_auditor_change_the_draw(home: Home) -> None:
    with served(home), an_asking(home) as asking:
        one, other = asking.challenge(5, words="a"), asking.challenge(5, words="b")
    assert one.entries != other.entries


def test_nothing_is_drawn_where_nothing_runs_or_nothing_was_cosigned(home: Home, tmp_path: Path) -> None:
    told = insyn("log", "challenge", "--home", str(home.root))
    assert (told.status, "do not run" in told.err) == (1, True)
    with pytest.raises(LogUnavailable, match="no file"):
        keys_in(tmp_path / "nothing")
    (tmp_path / "other").write_bytes(b"no database at all" * 100)
    with pytest.raises(LogUnavailable, match="cannot be read"):
        keys_in(tmp_path / "other")


def test_the_vaults_copies_are_listed_and_mended(home: Home) -> None:
    told = insyn("vault", "inventory", "--home", str(home.root))
    assert told.status == 0, told.err
    assert "days" in told.out
    (home.vault_twin / "keys").unlink()
    told = insyn("vault", "inventory", "--home", str(home.root))
    assert (told.status, "repair" in told.err) == (1, True)
    assert insyn("vault", "repair", "--home", str(home.root)).status == 0
    assert insyn("vault", "inventory", "--home", str(home.root)).status == 0


def test_the_processes_run_on_a_rotated_key_and_on_the_next_log_and_answer_the_challenge() -> None:
    with TemporaryDirectory(prefix="home") as short:
        home = a_home(Path(short))
        at = ("--home", str(home.root))
        assert insyn("log", "rotate-key", *at).status == 0
        with served(home):  # the old key is pinned, and both sign
            assert insyn("log", "challenge", *at).status == 0
        assert insyn("log", "close-year", *at, "--origin", NEXT, "--pin").status == 0
        with running(home):
            pass
        with served(home):
            told = insyn("log", "challenge", *at, "--count", "1000")
        assert told.status == 0, told.out + told.err
        make_removable(home)
