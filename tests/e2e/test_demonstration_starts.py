"""`insyn demo run` as a visitor meets it after the first time: up in seconds, nothing replayed, gone at Ctrl-C."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from contracts.vocabulary import SourceKind
from governance.adapters.log.log_file import open_log_file
from governance.audit.leaf import Leaf
from insyn.commands.log import verify_log
from insyn.demonstration.register import VISITORS
from insyn.home import Home
from insyn.worker_state import newest_state
from tests.builders_edge import background
from tests.builders_processes import as_jpeg, wait_for

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("INSYN_HOME") or ROOT / "var")
SECONDS_TO_STOP = 15
CHILDREN = {"sequencer", "vault", "viewer", "enrolment", "governance", "matcher"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (HOME / "demonstration" / "footage" / "truth.json").exists(),
        reason="The demonstration's film is not rendered: run `insyn setup` first.",
    ),
]


@pytest.fixture
def home() -> Iterator[Home]:
    """A folder whose story was begun before, so that a start shows no film."""
    folder = Path(tempfile.mkdtemp(prefix="insyn-start-"))
    (folder / "models").symlink_to(HOME.absolute() / "models")
    (folder / "demonstration").mkdir()
    for name in ("footage", "packages", "photographs"):
        (folder / "demonstration" / name).symlink_to(HOME.absolute() / "demonstration" / name)
    (folder / "demonstration" / "begun").touch()
    yield Home(folder)
    shutil.rmtree(folder)


def insyn(home: Home, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "insyn", *arguments],
        cwd=ROOT,
        env=os.environ | {"INSYN_HOME": str(home.root), "COLUMNS": "200"},
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests may ignore Ctrl-C; the system that is started must not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509  # one thread
    )


def running(system: subprocess.Popen[str]) -> str:
    """Wait until the system says that it runs; return all that it said until then."""
    assert system.stderr is not None
    said = ""
    for line in system.stderr:
        said += line
        if "running: http://" in line:
            return said
    raise AssertionError(said)


def stopped(system: subprocess.Popen[str]) -> float:
    """Press Ctrl-C; see that no process is left, and return how many seconds it took."""
    children = psutil.Process(system.pid).children(recursive=True)
    assert len(children) >= len(CHILDREN)
    began = time.monotonic()
    system.send_signal(signal.SIGINT)
    _, said = system.communicate(timeout=60)
    seconds = time.monotonic() - began
    assert system.returncode == 0, said
    assert "Traceback" not in said
    gone, alive = psutil.wait_procs(children, timeout=0)
    assert alive == []
    assert len(gone) == len(children)
    return seconds


def events(home: Home) -> list[str]:
    with open_log_file(home.log / "database" / "log.db") as log:
        return [Leaf.from_bytes(leaf).event for leaf in log.entries(first=0, count=log.size)]


def test_it_stops_at_ctrl_c_and_starts_again_with_nothing_replayed_and_a_camera_beside_it(home: Home) -> None:
    first = insyn(home, "demo", "run", "--port", "0")
    assert "nothing is replayed" in running(first)
    assert stopped(first) < SECONDS_TO_STOP
    assert events(home)[-1] == "log.stop"
    size = verify_log(home)
    began = time.monotonic()
    second = insyn(home, "demo", "run", "--port", "0")
    assert "nothing is replayed" in running(second)
    assert time.monotonic() - began < 60
    assert set(events(home)[size:]) <= {"log.begin", "vault.inventory", "log.beat", "lease.refuse"}
    (home.root / "pictures").mkdir()
    (home.root / "pictures" / "one.jpg").write_bytes(as_jpeg(background(320, 240)))
    camera = insyn(home, "edge", "run", "--camera", str(home.root / "pictures"))
    worker = home.logs / f"edge-{VISITORS[SourceKind.FOLDER]}.log"
    wait_for(lambda: worker.exists() and newest_state(worker).get("seconds_without_warrant", 0) > 0)
    camera.send_signal(signal.SIGINT)
    _, said = camera.communicate(timeout=20)
    assert "Traceback" not in said
    assert second.poll() is None
    assert stopped(second) < SECONDS_TO_STOP
    assert events(home)[-1] == "log.stop"
    verify_log(home)
