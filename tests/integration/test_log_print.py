"""`insyn log print` on a folder as the system lays it out, and the sequencer as the witnesses' source."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from governance.adapters.log.anchors import Anchors
from governance.adapters.log.witnessing import Witnessing
from governance.adapters.signatures import ed25519_verifies
from governance.audit.cosignature import Verifiers
from governance.audit.note import parse_note
from governance.audit.policy import KnownLog, Policy, Witness
from governance.witness.service import answer
from governance.witness.witness import Witness as RunningWitness
from insyn.commands import log_print
from tests.builders_sequencer import NOON, LogFolder, drafts
from tests.builders_witness import WitnessHouse

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    app = typer.Typer()
    log_print.add_to(app)
    app.callback()(lambda: None)

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(app, ["print", *map(str, words)])

    return invoke


@pytest.fixture
def house(tmp_path: Path) -> WitnessHouse:
    return WitnessHouse(tmp_path / "witness", now_s=lambda: int(NOON.timestamp()))


@pytest.fixture
def home(tmp_path: Path, house: WitnessHouse) -> Path:
    """A folder with a log of three entries, and a pinned policy with one witness."""
    folder = LogFolder(tmp_path / "home" / "log")
    sequencer = folder.start()
    try:
        sequencer.append("first", drafts(1, 3))
    finally:
        sequencer.halt()
    (tmp_path / "home" / "log-policy").write_text(policy(folder, house).to_text(), encoding="utf-8")
    return tmp_path / "home"


def policy(folder: LogFolder, house: WitnessHouse) -> Policy:
    return Policy(
        logs=tuple(KnownLog(key=key) for key in folder.signer.verifiers),
        witnesses=(Witness(name="w", key=house.key, url="http://w"),),
        quorum="w",
    )


def test_the_newest_checkpoint_is_printed_from_the_database(run: Run, home: Path, tmp_path: Path) -> None:
    for name in ("sheet.svg", "sheet.html"):
        done = run("--home", home, "--out", tmp_path / name)
        assert done.exit_code == 0, done.output
        assert "3 entries" in done.output
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert LogFolder(home / "log").head().root.hex()[:8] in page
    again = run("--home", home, "--out", tmp_path / "sheet.svg")
    assert again.exit_code == 1
    assert "not overwritten" in again.output


def test_a_sequencers_log_is_cosigned_as_it_grows_and_the_cosigned_checkpoint_is_printed(
    run: Run, home: Path, house: WitnessHouse, tmp_path: Path
) -> None:
    folder = LogFolder(home / "log")
    origin, keys = folder.origin, tuple(folder.signer.verifiers)
    witness = RunningWitness(house.file, {origin: keys}, now_s=lambda: int(NOON.timestamp()))

    def ask(_address: str, body: bytes) -> tuple[int, bytes]:
        found = answer(witness, body)
        return found.status_code, bytes(found.body)

    sequencer = folder.start()
    try:
        witnessing = Witnessing(
            policy=policy(folder, house),
            log_source=sequencer,
            anchors=Anchors(home / "log"),
            verify=Verifiers(ed25519=ed25519_verifies),
            ask=ask,
            now=lambda: NOON + timedelta(seconds=1),
        )
        for first, count in ((4, 5), (9, 5), (14, 300)):
            sequencer.append(f"request-{first}", drafts(first, count))
            witnessing.require_cosigned(sequencer.size())
            assert house.file.read().seen[origin].size == sequencer.size()
        size = sequencer.size()
        sequencer.append("last", drafts(314, 1))
    finally:
        sequencer.halt()
    done = run("--home", home, "--out", tmp_path / "sheet.html")
    assert done.exit_code == 0, done.output
    assert f"{size} entries" in done.output, "the cosigned one, not the newest"
    assert parse_note(witnessing.newest() or "").signatures[1].name == house.name
    assert f"— {house.name} " in (tmp_path / "sheet.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("spoil", ["suffix", "key", "none", "trust", "cosigned"])
def test_what_cannot_be_printed_is_one_sentence(
    run: Run, home: Path, house: WitnessHouse, tmp_path: Path, spoil: str
) -> None:
    out = tmp_path / "sheet.svg"
    match spoil:
        case "suffix":
            out = tmp_path / "sheet.pdf"
        case "key":
            other = Policy(logs=(), witnesses=(Witness(name="w", key=house.key),), quorum="w")
            (home / "log-policy").write_text(other.to_text(), encoding="utf-8")
        case "none":
            (home / "log" / "database" / "log.db").unlink()
        case "trust":
            (home / "log-policy").unlink()
        case _:
            (home / "log" / "cosigned.note").write_text("nonsense", encoding="utf-8")
    done = run("--home", home, "--out", out)
    assert done.exit_code == 1
    assert done.stderr.startswith("insyn: ")
    assert not out.exists()
