"""`insyn law profile` and `insyn law attest`: from the built-in table to files that a centre believes, step by step."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from contracts.trust import PinnedKey, TrustedKeys
from governance.adapters.legal_files import read_attestation, read_legal_profile
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.operation import may_operate
from insyn.commands.law import app

pytestmark = pytest.mark.law("0.1", "A1", "A2")


def run(*arguments: object, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=answer)


def done(*arguments: object, answer: str | None = None) -> str:
    result = run(*arguments, answer=answer)
    assert result.exit_code == 0, result.output
    return result.output


def edited(path: Path, name: str, **entry: object) -> Path:
    table: dict[str, Any] = json.loads(path.read_bytes())
    table["parameters"][name] |= entry
    path.write_text(json.dumps(table, indent=2))
    return path


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    made = {}
    for name, role in (("police", "organisation"), ("court", "organisation"), ("lawyer", "lawyer")):
        made[name] = tmp_path / f"{name}.key"
        done("profile", "new-key", made[name], "--name", name, "--role", role)
    return made


def test_from_the_built_in_table_to_an_attested_narrower_one(tmp_path: Path, keys: dict[str, Path]) -> None:
    draft, checked, once, twice = (
        tmp_path / name for name in ("draft.json", "checked.json", "once.json", "twice.json")
    )
    done("profile", "export", draft)
    edited(draft, "longest_window", value=86_400_000, source="lag (2026:1), 9 §", status="text")
    said = done("profile", "check", draft, "--out", checked)
    assert "longest_window" in said
    assert "most_persons" not in said
    assert "1 of 2" in done("profile", "sign", checked, "--key", keys["police"], "--out", once, "--yes")
    assert "2 of 2" in done("profile", "sign", once, "--key", keys["court"], "--out", twice, answer="y\n")
    statute = tmp_path / "statute.pdf"
    statute.write_bytes(b"the text")
    answers = ("--lawyer", "A. Lawyer", "--statute", "lag (2026:1)", "--text", statute)
    attestation = tmp_path / "legal-attestation.json"
    shown = done(
        "attest",
        twice,
        *answers,
        "--controller",
        "police-authority",
        "--key",
        keys["lawyer"],
        "--out",
        attestation,
        "--yes",
    )
    assert hashlib.sha256(b"the text").hexdigest()[:40] in shown
    twice.rename(tmp_path / "legal-profile.json")
    public = [PinnedKey.from_json(json.loads(Path(f"{key}.public.json").read_bytes())) for key in keys.values()]
    trusted = TrustedKeys(tuple(public))
    profile = read_legal_profile(tmp_path / "trust.json", trusted, demo=False)
    assert profile.longest_window.days == 1
    attested = read_attestation(tmp_path / "trust.json", trusted, demo=False)
    assert may_operate(profile, attested, demo=False, now=datetime.now(UTC)).allowed
    assert not may_operate(SWEDEN_2026, attested, demo=False, now=datetime.now(UTC)).allowed


def test_a_file_that_widens_is_refused_before_anybody_signs(tmp_path: Path, keys: dict[str, Path]) -> None:
    draft = tmp_path / "draft.json"
    done("profile", "export", draft)
    edited(draft, "most_persons", value=11)
    for arguments in (("check", draft), ("sign", draft, "--key", keys["court"], "--out", tmp_path / "out", "--yes")):
        result = run("profile", *arguments)
        assert result.exit_code == 1
        assert "widen" in result.output
    assert not (tmp_path / "out").exists()


def test_without_a_yes_nothing_is_signed_or_attested(tmp_path: Path, keys: dict[str, Path]) -> None:
    draft, checked, out = tmp_path / "draft.json", tmp_path / "checked.json", tmp_path / "out.json"
    done("profile", "export", draft)
    done("profile", "check", draft, "--out", checked)
    assert run("profile", "sign", checked, "--key", keys["court"], "--out", out, answer="n\n").exit_code == 1
    answers = ("--lawyer", "A", "--statute", "lag", "--text", draft, "--controller", "police-authority")
    assert run("attest", "sweden-police", *answers, "--key", keys["lawyer"], "--out", out, answer="n\n").exit_code == 1
    assert not out.exists()


@pytest.mark.parametrize(("controller", "key"), [("security-service", "lawyer"), ("police-authority", "court")])
def test_nobody_attests_for_another_authority_or_with_another_key(
    tmp_path: Path, keys: dict[str, Path], controller: str, key: str
) -> None:
    out = tmp_path / "out.json"
    answers = ("--lawyer", "A", "--statute", "lag", "--text", keys["court"], "--controller", controller)
    assert run("attest", "sweden-police", *answers, "--key", keys[key], "--out", out, "--yes").exit_code == 1
    assert not out.exists()


@pytest.mark.parametrize("name", ["sweden-police", "eu-ai-act"])
def test_a_built_in_table_is_shown_with_its_sources(name: str) -> None:
    said = done("profile", "show", name)
    for word in ("longest_window", "A4", "design", "brottsbalken"):
        assert word in said


def test_what_is_no_profile_is_refused_by_a_sentence(tmp_path: Path) -> None:
    for arguments in (("show", tmp_path / "none.json"), ("export", tmp_path / "x", "--name", "sverige")):
        result = run("profile", *arguments)
        assert result.exit_code == 1
        assert "Traceback" not in result.output
