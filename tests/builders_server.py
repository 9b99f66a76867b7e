"""The governance server as a real process on a real folder, with a stand-in for the viewer's socket.

with a_viewer(folder):
    server = start_server(folder, port)
"""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
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


def server_environment(folder: Path, port: int, viewer: Path | None = None) -> dict[str, str]:
    """Return the settings of a server on `folder / "governance"`, and nothing of the surroundings' own."""
    settings = {
        "DATA": str(folder / "governance"),
        "ENROLMENT_SOCKET": str(folder / "enrolment.sock"),
        "LOG_ORIGIN": LOG_ORIGIN,
        "PORT": str(port),
        "PROFILE_SHA256": PROFILE_SHA256,
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
