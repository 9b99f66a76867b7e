"""`insyn evaluate keys`: public halves become the one file that says whose signatures count (A17, C10)."""

from pathlib import Path

import pytest

from contracts.trust import TrustedKeys, TrustedRole
from insyn.command_line import app
from tests.builders_commands import CommandLine

pytestmark = pytest.mark.law("A17", "C10")


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    """Return the commands, with the keys of an evaluator, of two organisations and of a lawyer."""
    line = CommandLine(app, tmp_path)
    line.must("evaluate", "new-key", tmp_path / "lab", "--name", "lab", "--demo")
    for name in ("police", "region"):
        line.must("authority", "list", "keygen", tmp_path / name, "--name", name)
    line.must("law", "profile", "new-key", tmp_path / "lawyer", "--name", "lawyer", "--role", "lawyer")
    return line


def half(line: CommandLine, name: str) -> Path:
    return line.folder / f"{name}.public.json"


def test_halves_become_the_file_of_pinned_keys(line: CommandLine) -> None:
    out = line.folder / "trust.json"
    said = line.must(
        "evaluate", "keys", *(half(line, one) for one in ("region", "lab", "police")), "--out", out, "--yes"
    )
    assert "evaluator lab, DEMO" in said.output
    trusted = TrustedKeys.from_bytes(out.read_bytes())
    assert [(one.role.value, one.name) for one in trusted.keys] == [
        ("evaluator", "lab"),
        ("organisation", "police"),
        ("organisation", "region"),
    ]
    assert all(one.id in said.output for one in trusted.keys)
    again = line.folder / "again.json"
    line.must("evaluate", "keys", *(half(line, one) for one in ("lab", "police", "region")), "--out", again, "--yes")
    assert again.read_bytes() == out.read_bytes(), "in whatever order they are named"


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("lawyer",), "is of the role lawyer; here evaluators and organisations are believed."),
        (("lab", "lab"), "names one key twice"),
        (("nobody",), "cannot be read"),
    ],
)
def test_what_is_not_believed_here_is_not_pinned(line: CommandLine, names: tuple[str, ...], sentence: str) -> None:
    out = line.folder / "trust.json"
    said = line.refused("evaluate", "keys", *(half(line, one) for one in names), "--out", out, "--yes")
    assert sentence in said
    assert not out.exists()


def test_a_secret_key_is_no_public_half_and_a_public_half_no_secret_key(line: CommandLine) -> None:
    out, lab = line.folder / "trust.json", line.folder / "lab"
    assert "is not the public half of a key" in line.refused("evaluate", "keys", lab, "--out", out, "--yes")
    (line.folder / "report").mkdir()
    given = ("evaluate", "sign-report", "--report", line.folder / "report", "--key", half(line, "lab"), "--yes")
    assert "name the secret key's file, and not its public half" in line.refused(*given)


def test_a_no_pins_nothing(line: CommandLine) -> None:
    out = line.folder / "trust.json"
    result = line.run("evaluate", "keys", half(line, "lab"), "--out", out, answer="n\n")
    assert result.exit_code == 1
    assert "evaluator lab" in result.output
    assert not out.exists()


def test_what_is_pinned_is_what_check_report_asks(line: CommandLine) -> None:
    out = line.folder / "trust.json"
    line.must("evaluate", "keys", half(line, "lab"), "--out", out, "--yes")
    assert set(TrustedKeys.from_bytes(out.read_bytes()).of(TrustedRole.EVALUATOR)) != set()
    (line.folder / "report").mkdir()
    said = line.refused("evaluate", "check-report", "--report", line.folder / "report", "--keys", out)
    assert "is not signed" in said
