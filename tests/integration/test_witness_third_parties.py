"""A witness that others wrote, unmodified, cosigns our log; its name stands in the policy like any other's."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.clock import read_clocks
from governance.adapters.log.anchors import Anchors
from governance.adapters.log.witness_http import WitnessHttp
from governance.adapters.log.witnessing import Gathered, Witnessing
from governance.audit.note import VerifierKey
from governance.audit.policy import KnownLog, Policy, Witness
from tests.builders_tiles import LOG_VKEY, ORIGIN
from tests.builders_town import VERIFY
from tests.builders_witness import GrowingLog


@pytest.fixture(scope="module")
def python() -> str:
    """A Python that has aics-witness, which asks for 3.12 or later."""
    named = [os.environ.get("INSYN_AICS_PYTHON"), *map(shutil.which, ("python3.12", "python3.13", "python3.14"))]
    for python in filter(None, named):
        if subprocess.run([python, "-c", "import aics_witness"], capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip("no Python 3.12 with aics-witness (INSYN_AICS_PYTHON may name one): no other witness is asked here")


@pytest.fixture
def other(python: str, tmp_path: Path) -> Iterator[Witness]:
    """Somebody else's witness on a free port, told of our log."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = str(tmp_path / "witness.json")

    def run(*words: str) -> str:
        command = [python, "-m", "aics_witness", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path).stdout

    said = run("init", "-c", config, "--name", "witness.example/aics", "--listen", f"127.0.0.1:{port}")
    vkey = next(word for word in said.split() if word.startswith("witness.example/aics+"))
    run("add-log", "-c", config, "--origin", ORIGIN, "--vkey", LOG_VKEY.text)
    with subprocess.Popen(
        [python, "-m", "aics_witness", "serve", "-c", config], stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline()
        yield Witness(name="aics", key=VerifierKey.parse(vkey), url=f"http://127.0.0.1:{port}")
        process.terminate()
        process.communicate(timeout=30)


def asked(log: GrowingLog, other: Witness, folder: Path) -> Gathered:
    policy = Policy(logs=(KnownLog(key=LOG_VKEY),), witnesses=(other,), quorum="aics")
    with closing(WitnessHttp(timeout_s=10)) as ask:
        return Witnessing(
            policy=policy,
            log_source=log,
            anchors=Anchors(folder),
            verify=VERIFY,
            ask=ask,
            now=lambda: read_clocks().now,
        ).refresh()


def test_another_witness_cosigns_our_log_as_it_grows_and_refuses_it_when_it_is_rewritten(
    other: Witness, tmp_path: Path
) -> None:
    log = GrowingLog(5)
    for more in (0, 1, 7, 300):
        log.grow(more)
        gathered = asked(log, other, tmp_path / "log")
        assert gathered.head is not None, gathered.refusals
        assert gathered.head.checkpoint.size == len(log.leaves)
        assert abs(gathered.head.time - read_clocks().now) < timedelta(minutes=1)
    log.rewrite(3)
    # tlog-witness asks for 409 here; a witness that answers 422 says the same.
    (forked,) = asked(log, other, tmp_path / "log").alarms
    assert "another tree of 313 entries" in forked or "holds another past of this log" in forked
    log.grow(2)
    (rewritten,) = asked(log, other, tmp_path / "log").alarms
    assert "holds another past of this log" in rewritten
    log.leaves = GrowingLog(200).leaves
    (cut,) = asked(log, other, tmp_path / "fresh").alarms
    assert "cosigned 313 entries of this log, and here it has 200" in cut
