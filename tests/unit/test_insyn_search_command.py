"""`insyn search`: what it refuses before anything is asked of anybody, in one sentence each."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.canonical import sha256_hex
from insyn.command_line import app

FILM = b"not really a film"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["search", *arguments])
    return result.exit_code, result.output


def at(home: Path, file: str) -> tuple[int, str]:
    where = ("--governance", "http://127.0.0.1:1", "--home", str(home))
    return run("recording", file, "--search", "search-1", "--site", "site-1", *where)


@pytest.mark.law("A12")
@pytest.mark.parametrize("live", ["rtsp://camera.example/live", "https://camera.example/film.mp4", "0"])
def test_a_live_stream_is_no_recording(tmp_path: Path, live: str) -> None:
    status, words = at(tmp_path, live)
    assert status == 1
    assert "Only a recording is searched" in words
    assert "camera.example" not in words
    assert "Traceback" not in words


@pytest.mark.law("A12")
def test_a_folder_and_a_file_that_is_not_there_are_one_sentence(tmp_path: Path) -> None:
    assert "Only a recording is searched" in at(tmp_path, str(tmp_path))[1]
    status, words = at(tmp_path, str(tmp_path / "missing.mp4"))
    assert (status, "no such file" in words, str(tmp_path) in words) == (1, True, False)


def test_at_a_site_without_keys_one_sentence_says_what_is_missing(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(FILM)
    status, words = at(tmp_path, str(film))
    assert status == 1
    assert "trust.json" in words
    assert "Traceback" not in words
    assert len(words.strip().splitlines()) == 1


def test_its_hash_is_what_whoever_asks_enters(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(FILM)
    assert run("hash", str(film)) == (0, sha256_hex(FILM) + "\n")


def test_its_help_says_what_it_is_for() -> None:
    status, words = run("recording", "--help")
    assert status == 0
    assert "without the order nothing is read" in " ".join(words.split())
