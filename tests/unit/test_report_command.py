"""`insyn report`: the same forms as the pages send, and nothing written where something is missing."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
from typer.testing import CliRunner, Result

from insyn.command_line import app
from insyn.demonstration import visitor

ASKED = ["--address", "http://127.0.0.1:9", "--login", "lisa"]


class FakeVisitor:
    """Somebody who logs in and notes what they send."""

    sent: list[tuple[str, Mapping[str, Any], str]] = []  # noqa: RUF012 (each test begins with its own)

    def __init__(self, address: str, login: str, password: str) -> None:
        self.sent.append((address, {"login": login, "password": password}, ""))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def post(self, path: str, fields: Mapping[str, str] | None = None, *, page: str = "/") -> SimpleNamespace:
        """Answer each form with its path."""
        self.sent.append((path, dict(fields or {}), page))
        return SimpleNamespace(content=path.encode())


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Mapping[str, Any], str]]:
    monkeypatch.setattr(FakeVisitor, "sent", [])
    monkeypatch.setattr(visitor, "Visitor", FakeVisitor)
    return FakeVisitor.sent


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["report", *words], input="a password\n")


def test_every_report_is_listed_with_what_it_needs() -> None:
    listed = run("list").stdout
    for word in ("annual", "A11", "deployment", "C7", "disclosure", "E8", "incident", "A18", "notification", "A10"):
        assert word in listed
    asked = "insyn report make notification --deployment ID --authority data-protection|market-surveillance --address"
    assert asked in " ".join(listed.split())


def test_the_form_of_the_page_is_sent_and_its_answer_written(
    tmp_path: Path, sent: list[tuple[str, Mapping[str, Any], str]]
) -> None:
    out = tmp_path / "record.json"
    answer = run("make", "deployment", "--deployment", "d1", "--format", "json", "--out", str(out), *ASKED)
    assert answer.exit_code == 0, answer.output
    assert out.read_bytes() == b"/reports/deployment"
    (_, who, _), (path, form, page), (last, _, _) = sent
    assert who == {"login": "lisa", "password": "a password"}
    assert (path, page, last) == ("/reports/deployment", "/reports", "/logout")
    assert (form["deployment"], form["format"], form["language"], form["audience"]) == ("d1", "json", "sv", "public")


@pytest.mark.parametrize(
    "words", [["deployment"], ["notification", "--deployment", "d1"], ["disclosure"], ["incident"]]
)
def test_what_is_missing_is_said_before_anybody_logs_in(
    tmp_path: Path, sent: list[tuple[str, Mapping[str, Any], str]], words: list[str]
) -> None:
    answer = run("make", *words, "--out", str(tmp_path / "x"), *ASKED)
    assert answer.exit_code == 1
    assert "needs --" in answer.stderr
    assert not sent


def test_nothing_is_overwritten(tmp_path: Path, sent: list[tuple[str, Mapping[str, Any], str]]) -> None:
    out = tmp_path / "x"
    out.write_bytes(b"before")
    assert run("make", "technical", "--out", str(out), *ASKED).exit_code == 1
    assert out.read_bytes() == b"before"
    assert not sent


def test_where_no_server_answers_one_sentence_says_so(tmp_path: Path) -> None:
    out = tmp_path / "x"
    answer = run("make", "technical", "--out", str(out), *ASKED)
    assert answer.exit_code == 1
    assert "No server answers" in answer.stderr
    assert not out.exists()
