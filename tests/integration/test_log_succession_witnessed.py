"""One log after another with witnesses: they see the end before the vault follows, and say what is trusted."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.clock import read_clocks
from governance.adapters.log.log_file import open_log_file
from governance.audit.leaf import Leaf
from governance.audit.note import parse_note
from governance.audit.policy import KnownLog, Policy
from insyn.home import Home
from insyn.log_succession import running_place
from tests.builders_home import NEXT, a_home, insyn, make_removable, newest_key, running, running_log
from tests.builders_vault import Organisations

OTHERS = Organisations()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole system, stopped, whose people pinned a policy of two out of three witnesses that no network reaches."""
    home = a_home(tmp_path_factory.mktemp("home") / "home")
    with running(home):
        pass
    log = KnownLog(key=newest_key(running_place(home)))
    policy = Policy(logs=(log,), witnesses=OTHERS.policy.witnesses, groups=OTHERS.policy.groups, quorum="most")
    home.log_policy.write_text(policy.to_text())
    return home.root


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Iterator[Home]:
    """A copy of it."""
    root = tmp_path / "home"
    shutil.copytree(template, root, symlinks=True)
    yield Home(root)
    make_removable(Home(root))


def cosign(home: Home, *names: str) -> int:
    """Let witnesses sign the newest checkpoint by file; return its size."""
    place = running_place(home)
    with open_log_file(place.database) as log:
        note, size = log.checkpoint(), log.size
    time_s = int(read_clocks().now.timestamp())
    place.anchors.mkdir(exist_ok=True)
    (place.anchors / f"{size}.note").write_text(OTHERS.cosigned(note, **dict.fromkeys(names, time_s)))
    return size


def test_a_year_is_finished_once_the_witnesses_saw_its_end(home: Home) -> None:
    at = ("log", "close-year", "--home", str(home.root), "--origin", NEXT, "--pin")
    told = insyn(*at)
    assert (told.status, "Too few witnesses cosigned" in told.err) == (1, True)
    assert home.log_name == "log"
    cosign(home, "a")
    assert insyn(*at).status == 1
    cosign(home, "a", "b")
    told = insyn(*at)
    assert told.status == 0, told.err
    assert home.log_name == "log.2"
    archived = (home.log_archive / "insyn.invalid-tests-2026" / "anchors").iterdir()
    assert any(len(parse_note(path.read_bytes()).signatures) == 3 for path in archived)
    assert newest_key(running_place(home)).text in home.log_policy.read_text()


def test_a_fork_stands_on_the_last_checkpoint_that_a_quorum_cosigned(home: Home) -> None:
    trusted = cosign(home, "b", "c")
    with running(home):
        pass
    cosign(home, "a")  # one alone is no quorum
    at = ("log", "declare-fork", "--home", str(home.root), "--origin", NEXT, "--pin")
    told = insyn(*at)
    assert told.status == 0, told.err
    first = Leaf.from_bytes(running_log(home).entries[0])
    assert (first.event, first.body["size"]) == ("log.fork", trusted)
    assert f"its first {trusted} entries" in told.out
