"""`insyn edge run`: what it refuses before anything is read, in one sentence each."""

from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from contracts.vocabulary import SourceKind
from edge.source import CameraSource
from insyn.command_line import app
from insyn.demonstration import volunteer
from insyn.errors import InsynError
from insyn.home import Home

WEBCAM = CameraSource(kind=SourceKind.DEVICE, location="0")
FILM = CameraSource(kind=SourceKind.FILE, location="film.mp4")


def run(home: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.setenv("INSYN_HOME", str(home))
    result = CliRunner().invoke(app, ["edge", "run", *arguments])
    return result.exit_code, result.output


def test_without_a_running_system_one_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, words = run(tmp_path, monkeypatch, "--camera", "0")
    assert status == 1
    assert "make run" in words
    assert "Traceback" not in words


def test_a_scheme_that_is_not_on_the_list_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, words = run(tmp_path, monkeypatch, "--camera", "ftp://camera.example/stream")
    assert status == 1
    assert "http, https, rtsp and rtsps" in words
    assert "camera.example" not in words


def test_nobody_is_enrolled_from_anything_but_a_local_webcam(tmp_path: Path) -> None:
    with pytest.raises(InsynError, match="local webcam"), volunteer.enrol_volunteer(Home(tmp_path), FILM, Console()):
        pytest.fail("somebody was enrolled from a film")


def test_without_consent_no_photograph_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_device: int) -> bytes:
        pytest.fail("a photograph was taken without consent")

    monkeypatch.setattr(volunteer, "take_photograph", never)
    for answer in ("", "no", "yes", "i consent"):
        monkeypatch.setattr(volunteer.typer, "prompt", lambda *_words, given=answer, **_more: given)
        with (
            pytest.raises(InsynError, match="did not consent"),
            volunteer.enrol_volunteer(Home(tmp_path), WEBCAM, Console()),
        ):
            pytest.fail("somebody was enrolled without consent")


def test_a_webcam_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(InsynError, match="gives no picture"):
        volunteer.take_photograph(63)
