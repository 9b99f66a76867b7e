"""`insyn models`: what is there, under which hash and licence."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from insyn.commands.models import app
from matcher.models.shipped_profiles import shipped_names, shipped_profile
from matcher.models.store import ModelStore


def test_every_bound_file_is_listed_with_path_hash_licence_and_profiles(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["list", "--json", "--home", str(tmp_path)])
    assert answer.exit_code == 0
    rows = {row["sha256"]: row for row in json.loads(answer.stdout)}
    for profile in map(shipped_profile, shipped_names()):
        for part, file in profile.files.items():
            row = rows[file.sha256]
            assert profile.name in row["profiles"]
            assert (row["part"], row["licence"], row["present"]) == (part, file.licence, False)
            assert row["path"] == str(tmp_path / "models" / f"{file.sha256}.onnx")


def test_the_table_says_the_same(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["list", "--home", str(tmp_path)])
    assert answer.exit_code == 0
    assert "yunet" in answer.stdout


@pytest.mark.slow
def test_build_makes_every_model_of_the_default_profile(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["build", "--home", str(tmp_path)])
    assert answer.exit_code == 0
    store = ModelStore(tmp_path)
    assert store.stored() == sorted(file.sha256 for file in shipped_profile().files.values())
    assert all(store.read(sha256) for sha256 in store.stored())


def test_what_is_no_model_is_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"nonsense")
    answer = CliRunner().invoke(app, ["add", str(file), "--home", str(tmp_path)])
    assert answer.exit_code == 1
    assert "not an ONNX model" in answer.stderr
    assert "Traceback" not in answer.output


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["add", str(tmp_path / "no.onnx"), "--home", str(tmp_path)])
    assert answer.exit_code == 1
    assert "cannot be read" in answer.stderr
