"""The governance server as a real process on a real folder, with a stand-in for the viewer's socket.

with a_viewer(folder), a_log_and_a_vault(folder) as centre:
    server = start_server(folder, port)
    centre.sequencer.kill()
"""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

import httpx

from governance.vault.hygiene import CLEANING_ENVIRONMENT
from tests import warm_process
from tests.builders_contracts import LOG_ORIGIN, PROFILE_SHA256
from tests.warm_process import WarmProcess


class _ViewerDouble(BaseHTTPRequestHandler):
    """Answers the one question that governance asks at its start."""

    def do_GET(self) -> None:
        """Give the key that references are sealed to."""
        body = json.dumps({"reference": base64.b64encode(b"\x09" * 32).decode()}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def address_string(self) -> str:
        """Name the peer, which a Unix socket does not."""
        return "unix"


@contextmanager
def a_viewer(folder: Path) -> Iterator[None]:
    """Listen where governance looks for its viewer."""
    with ThreadingUnixStreamServer(str(folder / "viewer.sock"), _ViewerDouble) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join(10)
    (folder / "viewer.sock").unlink()


class CentreProcess:
    """The sequencer or the key vault as a process of its own: started, killed and started again by a test."""

    def __init__(self, folder: Path, name: str, settings: Mapping[str, object]) -> None:
        self.socket = folder / f"{name}.sock"
        self._folder, self._name = folder, name
        self._settings = settings
        self._process: subprocess.Popen[bytes] | WarmProcess | None = None

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process is not None
        return self._process.pid

    def said(self) -> str:
        """Return all that it said so far."""
        return (self._folder / f"{self._name}.log").read_text()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        self.await_answer()

    def launch(self) -> None:
        """Start it."""
        with (self._folder / f"{self._name}.log").open("ab") as said:
            if self._name == "vault":  # what it holds wants an allocator of its own, from its first moment on
                self._process = subprocess.Popen(self._command(), env=self._environment(), stderr=said)
            else:
                self._process = warm_process.start(self._program, self._environment(), stderr=said)

    def await_answer(self) -> None:
        """Wait until it answers."""
        assert self._process is not None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            if self.answers():
                return
            time.sleep(0.02)
        self._process.kill()
        self._process.wait()
        raise AssertionError(self.said())

    def answers(self) -> bool:
        """Say whether it answers."""
        with socket.socket(socket.AF_UNIX) as trial:
            # The HTTP library leaves the socket of a connection that was refused to the garbage collector.
            if trial.connect_ex(str(self.socket)) != 0:
                return False
        path = "/size" if self._name == "sequencer" else "/health"
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.socket))) as client:
            try:
                return client.get(f"http://process{path}", timeout=2).is_success
            except httpx.TransportError:
                return False

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def wait(self) -> int:
        """Wait until it has ended by itself, and return its exit status."""
        assert self._process is not None
        return self._process.wait(60)

    def stop(self) -> int:
        """Tell it to stop, and return its exit status."""
        assert self._process is not None
        self._process.terminate()
        return self.wait()

    def refusal(self) -> str:
        """Start it where it must refuse; return its one sentence."""
        ran = self._run() if self._name == "vault" else warm_process.run(self._program, self._environment())
        assert ran.returncode == 2, ran.stderr
        return _one_sentence(ran.stderr)

    def repair(self) -> str:
        """Do what a vault's sentence tells a person to do; return what is said then."""
        ran = self._run("repair")
        assert ran.returncode == 0, ran.stderr
        return _one_sentence(ran.stdout)

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [*self._command(), *words]
        return subprocess.run(command, env=self._environment(), capture_output=True, text=True, timeout=60, check=False)

    @property
    def _program(self) -> str:
        return f"governance.{self._name}_service"

    def _command(self) -> list[str]:
        return [sys.executable, "-m", self._program]

    def _environment(self) -> dict[str, str]:
        given = {**self._settings, "SOCKET": self.socket}
        prefix = f"INSYN_{self._name.upper()}_"
        cleaning = CLEANING_ENVIRONMENT if self._name == "vault" else {}
        return {**_surroundings(), **cleaning, **{f"{prefix}{key}": str(value) for key, value in given.items()}}


@dataclass(frozen=True, kw_only=True)
class LogAndVault:
    """What governance leans on."""

    sequencer: CentreProcess
    vault: CentreProcess


def log_and_vault_on(folder: Path) -> LogAndVault:
    """Return sequencer and vault of a folder, neither of them started."""
    log = {"HOME": folder / "log", "GUARD": folder / "log-guard" / "log.guard", "ORIGIN": LOG_ORIGIN}
    vault = {
        "HOME": folder / "vault",
        "LOG_ORIGIN": LOG_ORIGIN,
        "TRUST": folder / "trust.json",
        "TWIN": folder / "vault-twin",
    }
    return LogAndVault(sequencer=CentreProcess(folder, "sequencer", log), vault=CentreProcess(folder, "vault", vault))


@contextmanager
def a_log_and_a_vault(folder: Path) -> Iterator[LogAndVault]:
    """Run the sequencer and the key vault as processes of their own, where the server looks for them.

    Whatever a test does to them, none is left behind.
    """
    both = log_and_vault_on(folder)
    try:
        both.sequencer.launch()
        both.vault.launch()
        both.sequencer.await_answer()
        both.vault.await_answer()
        yield both
    finally:
        for process in (both.sequencer._process, both.vault._process):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(20)


def server_environment(folder: Path, port: int, viewer: Path | None = None) -> dict[str, str]:
    """Return the settings of a server on `folder / "governance"`, and nothing of the surroundings' own."""
    settings = {
        "DATA": str(folder / "governance"),
        "ENROLMENT_SOCKET": str(folder / "enrolment.sock"),
        "LOG_ORIGIN": LOG_ORIGIN,
        "PORT": str(port),
        "PROFILE_SHA256": PROFILE_SHA256,
        "SEQUENCER_SOCKET": str(folder / "sequencer.sock"),
        "VAULT_SOCKET": str(folder / "vault.sock"),
        "TRUST": str(folder / "trust.json"),
        "VIEWER_SOCKET": str((viewer or folder) / "viewer.sock"),
    }
    if (folder / "profile.json").exists():
        settings["PROFILE"] = str(folder / "profile.json")
    if (folder / "time-stamps").exists():
        settings |= {"TIME_STAMPS": str(folder / "time-stamps"), "ANCHORS": str(folder / "log")}
    return {**_surroundings(), **{f"INSYN_GOVERNANCE_{name}": value for name, value in settings.items()}}


def _surroundings() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("INSYN_")}


def _one_sentence(said: str) -> str:
    assert "Traceback" not in said
    (sentence,) = said.strip().splitlines()
    return sentence


def start_server(folder: Path, port: int, *, viewer: Path | None = None) -> WarmProcess:
    """Start the server and wait until it answers; what it says goes to `server.log` in the folder."""
    with (folder / "server.log").open("ab") as said:
        process = warm_process.start("governance.serve", server_environment(folder, port, viewer), stderr=said)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=2, trust_env=False).is_success:
                return process
        except httpx.TransportError:
            time.sleep(0.02)
    process.kill()
    process.wait()
    raise AssertionError((folder / "server.log").read_text())


def refusal_of_server(folder: Path, port: int, *, viewer: Path | None = None, without: str = "") -> str:
    """Start a server that must refuse, without one of its settings where a name is given; return its one sentence."""
    environment = server_environment(folder, port, viewer)
    environment.pop(f"INSYN_GOVERNANCE_{without}", None)
    ran = warm_process.run("governance.serve", environment)
    assert ran.returncode == 2, ran.stderr
    return _one_sentence(ran.stderr)


def an_unused_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
