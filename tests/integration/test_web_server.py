"""The server process itself: one per data folder, and one sentence wherever it cannot start."""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

import httpx
import pytest

from tests.builders_contracts import LOG_ORIGIN, PROFILE_SHA256
from tests.builders_web import WebHouse, a_web_house


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WebHouse:
    return a_web_house(tmp_path, monkeypatch)


def environment(folder: Path, **changes: str) -> dict[str, str]:
    settings = {
        "DATA": str(folder / "governance"),
        "ENROLMENT_SOCKET": str(folder / "enrolment.sock"),
        "LOG_ORIGIN": LOG_ORIGIN,
        "PORT": "1",
        "PROFILE_SHA256": PROFILE_SHA256,
        "TRUST": str(folder / "trust.json"),
        "VIEWER_SOCKET": str(folder / "viewer.sock"),
    }
    given = {f"INSYN_GOVERNANCE_{name}": value for name, value in {**settings, **changes}.items() if value}
    return {**{key: value for key, value in os.environ.items() if not key.startswith("INSYN_")}, **given}


def refusal(folder: Path, **changes: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "governance.serve"],
        env=environment(folder, **changes),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1
    return ran.stderr


class ViewerDouble(BaseHTTPRequestHandler):
    """Answers the one question that governance asks at its start."""

    def do_GET(self) -> None:
        body = json.dumps({"reference": base64.b64encode(b"\x09" * 32).decode()}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def address_string(self) -> str:
        return "unix"


@pytest.fixture
def viewer(tmp_path: Path) -> Iterator[None]:
    with ThreadingUnixStreamServer(str(tmp_path / "viewer.sock"), ViewerDouble) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join(10)


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    with (folder / "server.log").open("ab") as said:
        command = [sys.executable, "-m", "governance.serve"]
        process = subprocess.Popen(command, env=environment(folder, PORT=str(port)), stderr=said)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=2, trust_env=False).is_success:
                return process
        except httpx.TransportError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError((folder / "server.log").read_text())


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@pytest.mark.slow
@pytest.mark.usefixtures("viewer")
def test_a_server_ends_on_a_signal_and_starts_again_after_being_killed(house: WebHouse, tmp_path: Path) -> None:
    house.running.close()
    port = a_free_port()
    killed = start(tmp_path, port)
    assert "Another server runs on the data folder" in refusal(tmp_path, PORT=str(a_free_port()))
    killed.kill()
    killed.wait(20)
    again = start(tmp_path, port)
    page = httpx.get(f"http://127.0.0.1:{port}/login", trust_env=False)
    assert "Log in" in page.text
    assert "server" not in page.headers
    again.terminate()
    assert again.wait(20) == 0
    assert "Traceback" not in (tmp_path / "server.log").read_text()


@pytest.mark.slow
def test_a_second_server_on_the_same_folder_says_so_and_ends(house: WebHouse, tmp_path: Path) -> None:
    assert "Another server runs on the data folder" in refusal(tmp_path)
    assert house.stranger().get("/api/health").status_code == httpx.codes.OK
    house.running.close()


@pytest.mark.slow
def test_a_server_without_its_viewer_says_so_and_ends(house: WebHouse, tmp_path: Path) -> None:
    house.running.close()
    assert "viewer does not answer" in refusal(tmp_path)


@pytest.mark.slow
def test_missing_settings_are_named(tmp_path: Path) -> None:
    assert "INSYN_GOVERNANCE_LOG_ORIGIN" in refusal(tmp_path, LOG_ORIGIN="")


def test_a_port_in_use_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from governance import serve  # noqa: PLC0415 (the module reads no environment until main)

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve._listening(taken.getsockname()[1])
