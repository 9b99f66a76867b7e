"""`insyn evaluate calibrate|sensitivity|stream` say what was found, in a sentence or a table, and fill no hole."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from benchmarks.accuracy.sensitivity_run import NO_LEVEL, Row
from benchmarks.accuracy.stream_count import count
from contracts.model_profile import parse_profile
from insyn.command_line import app
from insyn.commands import evaluate_runs
from tests.builders_accuracy import a_set
from tests.unit.test_accuracy_calibration import a_town
from tests.unit.test_accuracy_stream import a_cast
from tests.unit.test_models_profile import toml

pytestmark = pytest.mark.law("D1")


@pytest.fixture(autouse=True)
def sixty_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of LFW and its models."""
    monkeypatch.setattr(evaluate_runs, "_lfw", lambda _data: a_set({}))
    monkeypatch.setattr(evaluate_runs, "_embedded", lambda *_: a_town())


def said(*given: str) -> Result:
    result = CliRunner().invoke(app, ["evaluate", *given])
    assert result.exit_code == 0, result.output
    return result


def test_a_calibration_is_a_table_that_a_profile_takes(tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    result = said("calibrate", "--data", str(tmp_path), "--target", "0.1", "--list", "10", "--json", str(out))
    table = result.stdout[result.stdout.index("[calibration]") : result.stdout.index("Chosen on")]
    threshold = re.search(r"(?m)^threshold = (\S+)$", table)
    assert threshold is not None
    profile = parse_profile(f"{toml()}\n{table}".replace("threshold = 0.44", f"threshold = {threshold[1]}").encode())
    assert profile.calibration is not None
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["calibration"]["record"]["threshold"] == profile.calibration.threshold
    assert (told["calibration"]["resolvable"], told["profile_sha256"]) == (True, a_town().profile.profile_sha256)


def test_where_too_few_were_searched_for_no_threshold_is_named(tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    result = said("calibrate", "--data", str(tmp_path), "--list", "10", "--json", str(out))
    assert "Not resolvable. 20 people cannot show 0.001" in result.stdout
    assert "threshold =" not in result.stdout
    told = json.loads(out.read_text(encoding="utf-8"))["calibration"]
    assert (told["record"], told["on_others"], told["threshold"]["value"]) == (None, None, None)


def test_too_small_a_set_is_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", "calibrate", "--data", str(tmp_path), "--list", "1000"])
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "A list of 1000 needs more than 1000 people in each half" in result.output


def test_each_change_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row("blur", 2.0, "px", 300, 300, 1, 1 / 300, None, 300, 216, 0.72, None, 201)
    rows = (replace(row, what="as photographed", level=NO_LEVEL, unit=""), row)
    monkeypatch.setattr(evaluate_runs, "_sensitivity", lambda *_: rows)
    result = said("sensitivity", "--data", str(tmp_path), "--json", str(tmp_path / "found.json"))
    assert "216 of 300" in result.stdout
    told = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["sensitivity"]
    assert [(one["what"], one["level"]) for one in told] == [("as photographed", "–"), ("blur", 2.0)]


def test_film_is_told_by_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = count([], a_cast({0: 0}, 3), threshold=-0.45, frames=2500)
    monkeypatch.setattr(evaluate_runs, "_stream", lambda *_: found)
    result = said("stream", "--data", str(tmp_path), "--json", str(tmp_path / "found.json"))
    assert "0 of 1 passes of people on the list found" in result.stdout.replace("\n", " ")
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["stream"]["camera_hours"] == 100 / 3600
