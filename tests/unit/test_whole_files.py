"""What a command writes is whole or not there, and what was there before is lost by no failure."""

import errno
import os
from pathlib import Path
from typing import Self

import pytest
from typer.testing import CliRunner

from contracts.trust import TrustedRole
from insyn.command_line import app
from insyn.commands import signing
from insyn.commands.signing import make_pinned_key, write_new
from insyn.errors import InsynError
from insyn.key_files import public_half
from insyn.whole_files import require_place, write_whole


def full_disk(*_arguments: object, **_more: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class FullFile:
    """A file on a full disk: it opens, and takes nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    write = full_disk


def test_a_file_is_written_over_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "made" / "figures.json"
    for content in (b"one", b"two"):
        write_whole(path, content, "The figures")
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_on_a_full_disk_what_was_there_is_there_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "figures.json"
    path.write_bytes(b"before")
    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(InsynError, match=r"^The figures cannot be written to .*: No space left on device\.$"):
        write_whole(path, b"after", "The figures")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    pipe, folder = tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe)
    folder.mkdir()
    for path in (pipe, folder):
        with pytest.raises(InsynError, match="there is something else, which is never replaced"):
            write_whole(path, b"after", "The figures")
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("place", "why"),
    [("file/below", "is no folder that you may write in"), ("x" * 300, "File name too long")],
)
def test_a_place_that_cannot_be_written_is_told_beforehand(tmp_path: Path, place: str, why: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InsynError, match=why):
        require_place(tmp_path / place, "The figures")
    require_place(tmp_path / "new" / "folder", "The figures", folder=True)
    with pytest.raises(InsynError, match="something else"):
        require_place(tmp_path / "file", "The report", folder=True)


def test_nothing_is_measured_for_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for words in (("accuracy", "--json"), ("scores", "--out"), ("publish", "--out")):
        given = ["evaluate", *words, str(tmp_path / "file" / "below"), "--data", str(tmp_path)]
        answer = CliRunner().invoke(app, given)
        assert answer.exit_code == 1, answer.output
        assert answer.output.startswith("insyn: The "), answer.output
        assert "is no folder that you may write in" in answer.output


def test_a_signed_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "act.json"
    really = Path.open

    def opened(self: Path, mode: str = "r", **_more: object) -> FullFile:
        really(self, mode).close()
        return FullFile()

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(InsynError, match="No space left on device"):
        write_new(path, b"whole")
    assert not path.exists()


@pytest.mark.parametrize("name", ["", "two words", "a/b", ".", "-x", "x" * 65, "é"])
def test_a_name_that_is_no_word_makes_no_key(tmp_path: Path, name: str) -> None:
    with pytest.raises(InsynError, match="A name is one word"):
        make_pinned_key(tmp_path / "a.key", TrustedRole.EVALUATOR, name, demo=True)
    assert list(tmp_path.iterdir()) == []


def test_a_key_comes_with_its_public_half_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.key"
    public_half(path).write_bytes(b"another's")
    with pytest.raises(InsynError, match="no key was made"):
        make_pinned_key(path, TrustedRole.EVALUATOR, "lab", demo=True)
    assert not path.exists()
    public_half(path).unlink()

    def unwritable(path: Path, _data: bytes) -> None:
        raise InsynError(f"The file {path} cannot be written.")

    monkeypatch.setattr(signing, "write_new", unwritable)
    with pytest.raises(InsynError, match="cannot be written"):
        make_pinned_key(path, TrustedRole.EVALUATOR, "lab", demo=True)
    assert list(tmp_path.iterdir()) == []
