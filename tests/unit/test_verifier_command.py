"""`insyn-verify`: what it takes, what it prints, and the exit status."""

import io
import json
from pathlib import Path

import pytest

from governance.adapters.log.export import write_folder, write_zip
from governance.verifier.command import main
from governance.verifier.progress import progress_on
from governance.verifier.wording import duration
from tests.builders_honest_log import HonestLog, a_policy

NOW = ("--now", "2026-01-01T12:00:00Z")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with an export as folder and zip, its policy, and a kept checkpoint."""
    log = HonestLog(seed=8).live(25)
    files = log.files(folder=tmp_path / "beside", policy=a_policy())
    write_folder(files.items(), tmp_path / "export")
    write_zip(files.items(), tmp_path / "export.zip")
    (tmp_path / "policy").write_text(a_policy().to_text())
    (tmp_path / "kept.note").write_bytes(next(iter(log.anchors.values())))
    log.warrant(fails=True)
    log.beat()
    log.anchor()
    write_folder(log.files(folder=tmp_path / "beside2", policy=a_policy()).items(), tmp_path / "asked")
    return tmp_path


def run(house: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main([*words, "--policy", str(house / "policy")])
    told = capsys.readouterr()
    return int(status), told.out, told.err


@pytest.mark.parametrize("name", ["export", "export.zip"])
def test_an_export_in_order_ends_with_status_zero(name: str, house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (str(house / name), "--kept", str(house / "kept.note"), *NOW)
    status, out, err = run(house, *words, capsys=capsys)
    assert (status, err) == (0, "")
    assert "Confirmed by others" in out
    assert "No cryptography proves that no copy of a key exists elsewhere." in out
    assert out.endswith("nothing is to be asked about.\n")


def test_json_says_the_same_for_machines(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(house, str(house / "export"), "--json", *NOW, capsys=capsys)
    told = json.loads(out)
    assert (status, told["verified"], told["wrong"], told["kind"]) == (0, True, [], "insyn/verification/1")
    assert told["now_ms"] == 1767268800000
    assert {"anchors", "brackets", "entries", "findings", "not_checked", "retention", "root", "size"} <= told.keys()


def test_a_finding_leaves_status_zero_unless_strict(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(house, str(house / "asked"), *NOW, capsys=capsys)
    assert status == 0
    assert "To be asked about (1):" in out
    assert run(house, str(house / "asked"), "--strict", *NOW, capsys=capsys)[0] == 1


def test_what_is_wrong_ends_with_status_one_and_its_sentence(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "export" / "vkeys").write_text("x\n")
    status, out, _ = run(house, str(house / "export"), *NOW, capsys=capsys)
    assert status == 1
    assert "[manifest] vkeys: vkeys was altered" in out
    assert "Result: NOT IN ORDER. 2 things wrong" in out


@pytest.mark.parametrize(
    "words",
    [
        ("nowhere",),
        ("export", "--now", "noon"),
        ("export", "--tsa", "nothing.pem"),
        ("export", "--tsa", "policy"),
        ("export", "--kept", "nothing.note"),
        (),
        ("--bundle", "export"),
        ("--bundle", "export", "--trust", "policy"),
    ],
)
def test_what_cannot_be_read_ends_with_status_two(
    words: tuple[str, ...], house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house)
    status, out, err = run(house, *words, capsys=capsys)
    assert (status, out) == (2, "")
    assert err.startswith("insyn-verify: ")
    status, out, _ = run(house, *words, "--json", capsys=capsys)
    assert (status, json.loads(out)["verified"]) == (2, False)


def test_a_policy_that_is_none_ends_with_status_two(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "policy").write_text("log nonsense\n")
    assert run(house, str(house / "export"), capsys=capsys)[0] == 2


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_bar_is_for_terminals_and_leaves_nothing_behind() -> None:
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        show = progress_on(stream, "Reading")
        for done in range(0, 1001, 10):
            show(done, 1000)
    assert file.getvalue() == ""
    assert " 50 %" in terminal.getvalue()
    assert terminal.getvalue().endswith(" \r")


def test_lengths_of_time_are_said_in_two_units() -> None:
    assert [duration(one) for one in (0, 61_000, 3_660_000, 90_000_000)] == [
        "0 min 0 s",
        "1 min 1 s",
        "1 h 1 min",
        "1 d 1 h",
    ]
