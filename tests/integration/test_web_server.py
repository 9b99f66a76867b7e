"""The server process itself: one per data folder, and one sentence wherever it cannot start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

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
