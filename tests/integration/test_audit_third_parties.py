"""Programs that others wrote audit our log without a change: Go's note and tlog packages, and the package aics-tlog.

Both read a folder in the layout of C2SP tlog-tiles, as an export or any file server has it.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from contracts.signature import SigningKey
from governance.audit.add_checkpoint import format_request
from governance.audit.cosignature import cosign
from governance.audit.merkle import consistency_proof, inclusion_proof
from governance.audit.note import COSIGNATURE_ED25519, VerifierKey
from governance.audit.proof import LogProof, format_proof
from tests.builders_tiles import LOG_VKEY, TiledLog, flipped, numbered, tiled_log

PROGRAMS: Final = Path(__file__).parents[1] / "third_parties"
GO_PACKAGES: Final = Path("/usr/share/gocode")  # where Debian's golang-golang-x-mod-dev lies
SIZES: Final = (0, 1, 2, 255, 256, 257, 1000, 66_000)
PROVEN: Final = (0, 1, 255, 256, 65_535, 65_536, 65_999)

WITNESS: Final = SigningKey.from_seed(b"\x31" * 32)
WITNESS_VKEY: Final = VerifierKey(name="witness.example/w1", algorithm=COSIGNATURE_ED25519, public_key=WITNESS.public)


def _run(command: list[str], **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=240, check=False, env={**os.environ, **environment}
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def go_replay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The replay program, built with the Go packages of Debian."""
    if shutil.which("go") is None or not (GO_PACKAGES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip(
            "Go and Debian's package golang-golang-x-mod-dev are not installed: nobody else replays the log here"
        )
    folder = tmp_path_factory.mktemp("go")
    program = folder / "replay_log"
    code, said = _run(
        ["go", "build", "-o", str(program), str(PROGRAMS / "replay_log.go")],
        GO111MODULE="off",
        GOFLAGS="",
        GOPATH=str(GO_PACKAGES),
        GOCACHE=str(folder / "cache"),
    )
    assert code == 0, said
    return program


@pytest.fixture(scope="module")
def aics_python() -> str:
    """A Python that has aics-tlog, which asks for 3.12 or later."""
    named = [os.environ.get("INSYN_AICS_PYTHON"), *map(shutil.which, ("python3.12", "python3.13", "python3.14"))]
    for python in filter(None, named):
        if _run([python, "-c", "import aics_tlog"])[0] == 0:
            return python
    pytest.skip("no Python 3.12 with aics-tlog (INSYN_AICS_PYTHON may name one): nobody else audits the tiles here")


def _folder(tmp_path: Path, log: TiledLog) -> Path:
    """Write the log as a server has it, the checkpoint cosigned by a witness."""
    folder = log.write(tmp_path / "log")
    line = cosign(log.checkpoint.body(), time_s=1_780_000_000, key=WITNESS_VKEY, sign=WITNESS.private.sign)
    (folder / "checkpoint").write_text(log.note + line, encoding="utf-8")
    return folder


def _add_proofs(folder: Path, log: TiledLog) -> None:
    """Add an inclusion proof for each of some entries, and a consistency proof from each of some sizes."""
    size, note = log.checkpoint.size, (folder / "checkpoint").read_text(encoding="utf-8")
    for name in ("proofs", "requests"):
        (folder / name).mkdir()
    for index in (index for index in PROVEN if index < size):
        hashes = inclusion_proof(log.nodes, index=index, size=size)
        proof = format_proof(LogProof(index=index, hashes=hashes, checkpoint=note))
        (folder / "proofs" / f"{index}.tlog-proof").write_text(proof, encoding="utf-8")
        old = index + 1
        body = format_request(old, consistency_proof(log.nodes, old=old, new=size), note)
        (folder / "requests" / f"{old}").write_bytes(body)


@pytest.mark.parametrize("size", SIZES)
def test_go_replays_every_entry_and_tile_and_checks_our_proofs(go_replay: Path, tmp_path: Path, size: int) -> None:
    log = tiled_log(numbered(size))
    folder = _folder(tmp_path, log)
    _add_proofs(folder, log)
    code, said = _run([str(go_replay), str(folder), LOG_VKEY.text])
    proofs = sum(index < size for index in PROVEN)
    tiles = sum(not path.startswith("tile/entries/") for path in log.files)
    assert said == f"good: {size} entries, {tiles} tiles, {proofs} proofs, {proofs} requests\n"
    assert code == 0


@pytest.mark.parametrize(
    ("path", "offset"),
    [
        ("checkpoint", 30),
        ("tile/1/000", 40),
        ("tile/0/100", 77),
        ("tile/2/000.p/1", 3),
        ("tile/entries/100", 500),
        ("proofs/255.tlog-proof", 60),
        ("requests/256", 20),
    ],
)
def test_go_refuses_what_was_changed(go_replay: Path, tmp_path: Path, path: str, offset: int) -> None:
    log = tiled_log(numbered(66_000))
    folder = _folder(tmp_path, log)
    _add_proofs(folder, log)
    (folder / path).write_bytes(flipped((folder / path).read_bytes(), offset))
    code, said = _run([str(go_replay), str(folder), LOG_VKEY.text])
    assert code == 1
    assert said.startswith("refused: ")


@pytest.mark.parametrize("size", SIZES[1:])
def test_aics_tlog_audits_log_and_witness(aics_python: str, tmp_path: Path, size: int) -> None:
    folder = _folder(tmp_path, tiled_log(numbered(size)))
    program = str(PROGRAMS / "audit_with_aics.py")
    code, said = _run([aics_python, program, str(folder), LOG_VKEY.text, WITNESS_VKEY.text])
    assert said == f"good: {size} entries\n"
    assert code == 0


@pytest.mark.parametrize(
    "path", ["checkpoint", "tile/1/000", "tile/0/100", "tile/1/001.p/1", "tile/2/000.p/1", "tile/entries/100"]
)
def test_aics_tlog_refuses_what_was_changed(aics_python: str, tmp_path: Path, path: str) -> None:
    folder = _folder(tmp_path, tiled_log(numbered(66_000)))
    (folder / path).write_bytes(flipped((folder / path).read_bytes(), 9))
    program = str(PROGRAMS / "audit_with_aics.py")
    code, _said = _run([aics_python, program, str(folder), LOG_VKEY.text, WITNESS_VKEY.text])
    assert code != 0


def test_go_refuses_a_log_of_another_key(go_replay: Path, tmp_path: Path) -> None:
    other = VerifierKey(name=LOG_VKEY.name, algorithm=LOG_VKEY.algorithm, public_key=WITNESS.public)
    code, said = _run([str(go_replay), str(_folder(tmp_path, tiled_log(numbered(5)))), other.text])
    assert code == 1
    assert "checkpoint" in said
