"""The server process itself: one per data folder, and one sentence wherever it cannot start."""

import socket
import time
from pathlib import Path

import httpx
import pytest

from governance.adapters.log.anchors import Anchors
from governance.verifier.time_stamp import PinnedAuthority, open_stamp
from tests.builders_authority import StampHouse, require_openssl, served
from tests.builders_server import a_log_and_a_vault, a_viewer, an_unused_port, refusal_of_server, start_server
from tests.builders_web import WebHouse, a_web_house


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WebHouse:
    return a_web_house(tmp_path, monkeypatch)


@pytest.mark.slow
def test_a_server_ends_on_a_signal_and_starts_again_after_being_killed(house: WebHouse, tmp_path: Path) -> None:
    house.running.close()
    port = an_unused_port()
    with a_viewer(tmp_path), a_log_and_a_vault(tmp_path):
        killed = start_server(tmp_path, port)
        assert "Another server runs on the data folder" in refusal_of_server(tmp_path, an_unused_port())
        killed.kill()
        killed.wait(20)
        again = start_server(tmp_path, port)
        page = httpx.get(f"http://127.0.0.1:{port}/login", trust_env=False)
        assert "Log in" in page.text
        assert "server" not in page.headers
        again.terminate()
        assert again.wait(20) == 0
    assert "Traceback" not in (tmp_path / "server.log").read_text()


@pytest.mark.slow
def test_a_second_server_on_the_same_folder_says_so_and_ends(house: WebHouse, tmp_path: Path) -> None:
    assert "Another server runs on the data folder" in refusal_of_server(tmp_path, an_unused_port())
    assert house.stranger().get("/api/health").status_code == httpx.codes.OK
    house.running.close()


@pytest.mark.slow
def test_a_server_without_its_viewer_says_so_and_ends(house: WebHouse, tmp_path: Path) -> None:
    house.running.close()
    with a_log_and_a_vault(tmp_path):
        assert "viewer does not answer" in refusal_of_server(tmp_path, an_unused_port())


@pytest.mark.slow
def test_a_server_has_the_log_dated_by_the_authorities_that_are_named(house: WebHouse, tmp_path: Path) -> None:
    require_openssl()
    house.running.close()
    stamps = StampHouse.build(tmp_path / "authority")
    (tmp_path / "authority.pem").write_bytes(b"".join(stamps.pinned))
    port = an_unused_port()
    with a_viewer(tmp_path), a_log_and_a_vault(tmp_path), served(stamps) as authority:
        (tmp_path / "time-stamps").write_text(f"local {authority.url} authority.pem\n", encoding="ascii")
        server = start_server(tmp_path, port)
        anchors = Anchors(tmp_path / "log")
        deadline = time.monotonic() + 60
        while not any(anchors.is_stamped(size) for size in anchors.sizes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        server.terminate()
        assert server.wait(20) == 0
    (size,) = (size for size in anchors.sizes() if anchors.is_stamped(size))
    stamp = anchors.stamp(size)
    note = anchors.note(size)
    assert stamp is not None
    assert note is not None
    open_stamp(stamp[0], note.encode(), pinned=PinnedAuthority.from_pem(stamps.pinned))


@pytest.mark.slow
def test_another_profile_than_the_one_that_is_named_is_one_sentence(house: WebHouse, tmp_path: Path) -> None:
    house.running.close()
    (tmp_path / "profile.json").write_bytes(b"another")
    with a_viewer(tmp_path), a_log_and_a_vault(tmp_path):
        assert "not the profile that the settings name" in refusal_of_server(tmp_path, an_unused_port())


@pytest.mark.slow
def test_time_stamping_authorities_that_cannot_be_read_are_one_sentence(house: WebHouse, tmp_path: Path) -> None:
    house.running.close()
    (tmp_path / "time-stamps").write_text("local\n", encoding="ascii")
    with a_viewer(tmp_path), a_log_and_a_vault(tmp_path):
        assert "Line 1 of the time-stamping authorities" in refusal_of_server(tmp_path, an_unused_port())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["LOG_ORIGIN", "SEQUENCER_SOCKET", "VAULT_SOCKET"])
def test_missing_settings_are_named(tmp_path: Path, name: str) -> None:
    sentence = refusal_of_server(tmp_path, an_unused_port(), without=name)
    assert sentence == f"These settings are missing or wrong: INSYN_GOVERNANCE_{name}."


def test_a_port_in_use_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from governance import serve  # noqa: PLC0415 (the module reads no environment until main)

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve._listening(taken.getsockname()[1])
