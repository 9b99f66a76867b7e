"""An admission from its first signature to its pin: two roles, for one class, in its time (P4, C10)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.admission import ProfileAdmission
from contracts.canonical import decode
from contracts.model_profile import ProfileClass
from contracts.pinned_files import read_trusted
from contracts.trust import PinnedKey, TrustedKeys
from insyn.commands.admission import app
from tests.builders_commands import CommandLine
from tests.builders_contracts import an_admission

pytestmark = pytest.mark.law("P4", "C10")
NOW = datetime.now(UTC).replace(microsecond=0)
KEYS = {"lab": ("evaluator", "OPERATIONAL"), "officer": ("model-officer", "OPERATIONAL"), "demo": ("evaluator", "DEMO")}


def in_time() -> ProfileAdmission:
    return an_admission(
        measured_on=(NOW - timedelta(days=2)).date(),
        admitted_at=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=30),
    )


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    """Return the commands, with a key of each holder, and a home that pins them."""
    line = CommandLine(app, tmp_path)
    pinned = []
    for name, (role, use) in KEYS.items():
        line.must("keygen", tmp_path / f"{name}.key", "--name", name, "--role", role, "--use", use)
        pinned.append(PinnedKey.from_json(json.loads((tmp_path / f"{name}.key.public.json").read_bytes())))
    (tmp_path / "trust.json").write_bytes(TrustedKeys(tuple(pinned)).to_bytes())
    return line


def signed(line: CommandLine, *signers: str, admission: ProfileAdmission | None = None) -> Path:
    """Return an admission as somebody typed it, signed by these one after the other."""
    path = line.folder / "admission.json"
    path.write_text(json.dumps(decode((admission or in_time()).to_bytes()), indent=2), encoding="utf-8")
    for number, name in enumerate(signers):
        out = line.folder / f"signed-{number}.json"
        line.must("sign", path, "--key", line.folder / f"{name}.key", "--out", out, "--yes")
        path = out
    return path


def test_both_roles_sign_and_it_is_believed_beside_the_keys(line: CommandLine) -> None:
    path = signed(line, "lab", "officer")
    assert "up to 100" in line.must("show", path).output
    line.must("pin", path, "--home", line.folder)
    assert read_trusted(line.folder / "trust.json").admission == in_time()


@pytest.mark.parametrize("signers", [(), ("lab",), ("officer",)])
def test_less_than_both_is_not_pinned(line: CommandLine, signers: tuple[str, ...]) -> None:
    line.refused("pin", signed(line, *signers), "--home", line.folder)
    assert not (line.folder / "profile-admission.json").exists()


def test_nobody_signs_twice(line: CommandLine) -> None:
    out = line.folder / "twice.json"
    said = line.refused("sign", signed(line, "lab"), "--key", line.folder / "lab.key", "--out", out, "--yes")
    assert "has signed this already; now somebody else signs." in said
    assert not out.exists()


def test_what_is_not_signed_yet_says_so_where_it_is_pinned(line: CommandLine) -> None:
    said = line.refused("pin", signed(line), "--home", line.folder)
    assert "is not an admission that `insyn admission sign` signed." in said


@pytest.mark.parametrize(("content", "sentence"), [(b"{}", "is no file of pinned keys"), (None, "cannot be read")])
def test_a_machine_without_pinned_keys_says_which_file_it_lacks(
    line: CommandLine, content: bytes | None, sentence: str
) -> None:
    trust = line.folder / "trust.json"
    trust.unlink()
    if content is not None:
        trust.write_bytes(content)
    said = line.refused("pin", signed(line, "lab", "officer"), "--home", line.folder)
    assert sentence in said
    assert "trust.json" in said


def test_a_demo_key_admits_no_operational_profile(line: CommandLine) -> None:
    out = line.folder / "out.json"
    said = line.refused("sign", signed(line), "--key", line.folder / "demo.key", "--out", out, "--yes")
    assert "DEMO" in said
    assert not out.exists()


def test_what_is_over_is_not_pinned(line: CommandLine) -> None:
    over = an_admission(
        measured_on=(NOW - timedelta(days=200)).date(),
        admitted_at=NOW - timedelta(days=200),
        expires_at=NOW - timedelta(days=1),
    )
    assert "time" in line.refused("pin", signed(line, "lab", "officer", admission=over), "--home", line.folder)


def test_keys_say_what_they_are_for(line: CommandLine) -> None:
    line.must("keygen", line.folder / "t.key", "--name", "t", "--role", "evaluator", "--use", "TRIAL")
    half = PinnedKey.from_json(json.loads((line.folder / "t.key.public.json").read_bytes()))
    assert (half.use, half.demo) == (ProfileClass.TRIAL, True)


@pytest.mark.parametrize("content", ["", "[1", "{}", '{"payload":"x"}', "[" * 100_000])
def test_what_is_no_admission_is_one_sentence(line: CommandLine, content: str) -> None:
    path = line.folder / "other.json"
    path.write_text(content, encoding="utf-8")
    line.refused("show", path)
