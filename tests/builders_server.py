"""The governance server as a real process on a real folder, with a stand-in for the viewer's socket.

with a_viewer(folder), a_log_and_a_vault(folder):
    server = start_server(folder, port)
"""

import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

import httpx

from tests.builders_contracts import LOG_ORIGIN, PROFILE_SHA256


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


@contextmanager
def a_log_and_a_vault(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]]:
    """Run the sequencer and the key vault as processes of their own, where the server looks for them."""
    settings = {
        "sequencer": {"HOME": folder / "log", "GUARD": folder / "log-guard" / "log.guard", "ORIGIN": LOG_ORIGIN},
        "vault": {
            "HOME": folder / "vault",
            "LOG_ORIGIN": LOG_ORIGIN,
            "TRUST": folder / "trust.json",
            "TWIN": folder / "vault-twin",
        },
    }
    with contextlib.ExitStack() as running:
        processes = [running.enter_context(_a_process(folder, name, given)) for name, given in settings.items()]
        yield processes[0], processes[1]


@contextmanager
def _a_process(folder: Path, name: str, settings: Mapping[str, object]) -> Iterator[subprocess.Popen[bytes]]:
    prefix, path = f"INSYN_{name.upper()}_", folder / f"{name}.sock"
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("INSYN_")}
    given = {f"{prefix}{key}": str(value) for key, value in {**settings, "SOCKET": path}.items()}
    with (folder / f"{name}.log").open("ab") as said:
        command = [sys.executable, "-m", f"governance.{name}_service"]
        process = subprocess.Popen(command, env={**surroundings, **given}, stderr=said)
    try:
        _await_socket(process, path, folder / f"{name}.log")
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _await_socket(process: subprocess.Popen[bytes], path: Path, said: Path) -> None:
    deadline = time.monotonic() + 60
    address = "http://process/size" if path.stem == "sequencer" else "http://process/health"
    while time.monotonic() < deadline and process.poll() is None:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
            with contextlib.suppress(httpx.TransportError):
                if client.get(address, timeout=2).is_success:
                    return
        time.sleep(0.02)
    raise AssertionError(said.read_text())


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
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("INSYN_")}
    return {**surroundings, **{f"INSYN_GOVERNANCE_{name}": value for name, value in settings.items()}}


def start_server(folder: Path, port: int, *, viewer: Path | None = None) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers; what it says goes to `server.log` in the folder."""
    with (folder / "server.log").open("ab") as said:
        command = [sys.executable, "-m", "governance.serve"]
        process = subprocess.Popen(command, env=server_environment(folder, port, viewer), stderr=said)
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


def refusal_of_server(folder: Path, port: int, *, viewer: Path | None = None) -> str:
    """Start a server that must refuse; return its one sentence."""
    ran = subprocess.run(
        [sys.executable, "-m", "governance.serve"],
        env=server_environment(folder, port, viewer),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr
    (sentence,) = ran.stderr.strip().splitlines()
    return sentence


def an_unused_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
