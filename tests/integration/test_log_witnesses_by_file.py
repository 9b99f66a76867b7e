"""A witness without a network, asked by the commands of the log and of the witness; the log is read as published."""

from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from governance.adapters.log.anchors import Anchors
from governance.adapters.log.published import PublishedLog
from governance.audit.errors import LogUnavailable
from governance.audit.note import parse_note
from governance.audit.verify import verify_consistency
from insyn.commands import log_witnesses, witness
from tests.builders_tiles import LOG_VKEY, numbered, tiled_log
from tests.builders_witness import GrowingLog, WitnessHouse, two_of_three

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    app = typer.Typer()
    log_witnesses.add_to(app)
    app.add_typer(witness.app, name="witness")
    return lambda *words: CliRunner().invoke(app, list(map(str, words)))


@pytest.fixture
def houses(tmp_path: Path) -> list[WitnessHouse]:
    houses = [WitnessHouse(tmp_path / f"w{n}", name=f"witness.example/{n}") for n in range(3)]
    for house in houses:
        (house.folder / "logs").write_text(LOG_VKEY.text + "\n", encoding="ascii")
    return houses


@pytest.fixture
def home(tmp_path: Path, houses: list[WitnessHouse]) -> Path:
    home = tmp_path / "home"
    tiled_log(numbered(300)).write(home / "log" / "public")
    policy = two_of_three([house.key for house in houses])
    (home / "log-policy").write_text(policy.to_text(), encoding="utf-8")
    return home


def carried(run: Run, home: Path, house: WitnessHouse, name: str, folder: Path) -> Result:
    folder.mkdir()
    asked = run("ask-witness", name, "--home", home, "--out", folder / "request")
    assert asked.exit_code == 0, asked.output
    signed = run("witness", "sign", folder / "request", "--folder", house.folder, "--out", folder / "answer", "--yes")
    assert signed.exit_code == 0, signed.output
    return run("take-answer", name, folder / "request", folder / "answer", "--home", home)


def test_two_answers_carried_back_are_a_quorum(
    run: Run, home: Path, houses: list[WitnessHouse], tmp_path: Path
) -> None:
    first = carried(run, home, houses[0], "w0", tmp_path / "a")
    assert first.exit_code == 1
    assert "not yet the quorum" in first.stderr
    second = carried(run, home, houses[2], "w2", tmp_path / "b")
    assert second.exit_code == 0, second.output
    assert "the quorum has cosigned 300 entries" in second.output
    assert len(parse_note(Anchors(home / "log").newest() or "").signatures) == 3
    tiled_log(numbered(700)).write(home / "log" / "public")
    later = carried(run, home, houses[2], "w2", tmp_path / "c")
    assert "not yet the quorum" in later.stderr
    assert "proven from 300" in run("ask-witness", "w0", "--home", home, "--out", tmp_path / "d").output
    assert "proven from 700" in run("ask-witness", "w2", "--home", home, "--out", tmp_path / "e").output
    assert "proven from 0" in run("ask-witness", "w1", "--home", home, "--out", tmp_path / "f").output
    assert "proven from 5" in run("ask-witness", "w1", "--home", home, "--out", tmp_path / "g", "--old", 5).output


def test_what_cannot_be_asked_or_taken_is_one_sentence(
    run: Run, home: Path, houses: list[WitnessHouse], tmp_path: Path
) -> None:
    out = tmp_path / "request"
    for words in (
        ("ask-witness", "nobody", "--home", home, "--out", out),
        ("ask-witness", "w0", "--home", tmp_path / "nowhere", "--out", out),
        ("ask-witness", "w0", "--home", home, "--out", out, "--old", 301),
        ("take-answer", "w0", out, out, "--home", home),
    ):
        refused = run(*words)
        assert refused.exit_code == 1
        assert refused.stderr.startswith("insyn: ")
        assert refused.stderr.count("\n") == 1
        assert not out.exists()


@pytest.mark.parametrize("old", [0, 1, 2, 255, 256, 257, 299, 300, 512, 699, 700])
def test_a_published_log_proves_what_it_extends(tmp_path: Path, old: int) -> None:
    leaves = numbered(700)
    log = PublishedLog(tiled_log(leaves).write(tmp_path))
    proof = log.consistency(old, 700)
    before, now = tiled_log(leaves[:old]).checkpoint, tiled_log(leaves).checkpoint
    verify_consistency(old=old, old_root=before.root, new=700, new_root=now.root, proof=proof)


def test_a_published_log_that_was_changed_proves_nothing(tmp_path: Path) -> None:
    log = PublishedLog(tiled_log(numbered(700)).write(tmp_path))
    for wrong in ((701, 700), (5, 699), (5, 701), (-1, 700)):
        with pytest.raises(LogUnavailable):
            log.consistency(*wrong)
    tile = tmp_path / "tile" / "0" / "000"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    with pytest.raises(LogUnavailable, match="proves nothing"):
        log.consistency(5, 700)
    tile.unlink()
    with pytest.raises(LogUnavailable, match="proves nothing"):
        log.consistency(5, 700)
    (tmp_path / "checkpoint").write_text("nonsense", encoding="utf-8")
    with pytest.raises(LogUnavailable, match="damaged"):
        log.consistency(5, 700)
    (tmp_path / "checkpoint").unlink()
    with pytest.raises(LogUnavailable, match="cannot be read"):
        log.checkpoint()


def test_the_witness_cosigns_from_the_published_proof(tmp_path: Path, houses: list[WitnessHouse]) -> None:
    log = GrowingLog(300)
    houses[1].witness().add_checkpoint(log.request(0))
    log.grow(400)
    published = PublishedLog(log.tree.write(tmp_path / "public"))
    assert published.consistency(300, 700) == log.consistency(300, 700)
