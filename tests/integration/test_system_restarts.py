"""Log, vault and governance as the running system has them: watched, started anew after a crash, and stopped in order.

A stand-in answers for the viewer; the rest are the real programs of `insyn.system` under the real `ProcessGroup`.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from governance.adapters.log.log_file import open_log_file
from governance.adapters.log.sqlite_store import SqliteStore
from governance.audit.leaf import Leaf
from governance.sequencer_service import EXIT_ENDED
from insyn import system
from insyn.commands.log import verify_log
from insyn.demonstration.visitor import Refusal, Visitor
from insyn.home import Home
from insyn.processes import ProcessGroup
from insyn.system import System
from matcher.models.shipped_profiles import DEFAULT_PROFILE
from tests.builders_contracts import CAMERA, LOG_ORIGIN, SITE
from tests.builders_server import a_viewer, an_unused_port
from tests.builders_web import PASSWORD, a_web_house

pytestmark = pytest.mark.slow

NEW_PASSWORD = "another horse, another battery"


@dataclass(frozen=True, kw_only=True)
class Centre:
    home: Home
    system: System
    processes: ProcessGroup

    def await_under_watch(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Do what whoever runs the system does: watch, until something is true."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come true"
            self.processes.watch()
            time.sleep(0.05)

    def kill(self, name: str) -> int:
        pid = self.processes.pid(name)
        os.kill(pid, signal.SIGKILL)
        self.await_end(name)
        return pid

    def await_end(self, name: str) -> None:
        deadline = time.monotonic() + 20
        while self.processes.is_running(name):
            assert time.monotonic() < deadline, "it did not end"
            time.sleep(0.02)

    def leaves(self) -> list[Leaf]:
        with open_log_file(self.home.log / "database" / "log.db") as log:
            return [Leaf.from_bytes(leaf) for leaf in log.entries(first=0, count=log.size)]


@pytest.fixture
def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Centre]:
    monkeypatch.setattr(system, "LOG_ORIGIN", LOG_ORIGIN)
    a_web_house(tmp_path, monkeypatch).running.close()
    home = Home(tmp_path)
    home.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = System(home=home, site_id=SITE, cameras=(CAMERA,), port=an_unused_port(), profile=DEFAULT_PROFILE)
    with a_viewer(home.sockets), ProcessGroup(home.logs) as processes:
        for program in (made.sequencer(), made.vault(), made.governance()):
            processes.start(program)
        yield Centre(home=home, system=made, processes=processes)


def makes_account(centre: Centre, login: str) -> bool:
    """Say whether an account can be made now."""
    try:
        with Visitor(centre.system.address, "adam", PASSWORD) as adam:
            fields = {"login": login, "password": NEW_PASSWORD, "role": "operator"}
            adam.post("/administration/accounts", fields, page="/administration")
    except Refusal as refusal:
        if refusal.status != 503:
            raise
        return False
    return True


@pytest.mark.parametrize("name", ["sequencer", "vault"])
def test_a_crash_is_mended_by_the_watch_and_governance_goes_on_as_the_same_process(centre: Centre, name: str) -> None:
    governance = centre.processes.pid("governance")
    assert makes_account(centre, "before")
    killed = centre.kill(name)
    assert not makes_account(centre, "meanwhile")
    centre.await_under_watch(lambda: centre.processes.pid(name) != killed)
    centre.await_under_watch(lambda: makes_account(centre, "after"))
    assert centre.processes.pid("governance") == governance
    assert centre.processes.is_running("governance")
    verify_log(centre.home)


def test_a_sequencer_that_ends_itself_is_started_anew_at_once_and_that_is_no_failure(centre: Centre) -> None:
    assert centre.system.sequencer().expected_exits == {EXIT_ENDED}
    first = centre.processes.pid("sequencer")
    store = SqliteStore(centre.home.log / "database" / "log.db")
    store.claim()  # as a second sequencer does that takes the log over
    store.close()
    assert not makes_account(centre, "meanwhile")
    centre.await_end("sequencer")
    assert centre.processes.exit_status("sequencer") == EXIT_ENDED
    centre.processes.watch()
    assert centre.processes.pid("sequencer") != first, "started anew without a pause"
    assert centre.processes._children["sequencer"].failures == 0
    centre.await_under_watch(lambda: makes_account(centre, "after"))
    verify_log(centre.home)


def test_stopped_together_the_log_hears_of_the_end_before_it_ends_and_no_process_is_left(centre: Centre) -> None:
    assert makes_account(centre, "before")
    pids = [centre.processes.pid(name) for name in ("sequencer", "vault", "governance")]
    began = time.monotonic()
    centre.processes.stop()
    assert time.monotonic() - began < 10
    assert centre.leaves()[-1].event == "log.stop"
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            assert psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    verify_log(centre.home)
