"""The log's benchmark runs and has its ten figures. No timing is judged here: `insyn bench log` is for that."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.log.targets import TARGETS
from insyn.commands.bench import app

KEYS = {
    "appends_per_commit",
    "audit_per_s",
    "growth_ratio",
    "p99_ms",
    "postgresql_appends_per_s",
    "receipt_check_ms",
    "replay_per_s",
    "restart_s",
    "sqlite_appends_per_s",
    "sqlite_ratio_vs_unbatched",
}


@pytest.mark.slow
def test_quick_log_benchmark_has_its_ten_figures(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    result = CliRunner().invoke(app, ["log", "--quick", "--json", str(file)])
    assert result.exit_code == 0, result.output
    report = json.loads(file.read_bytes())
    assert report.keys() == KEYS == {target.key for target in TARGETS}
    measured = {key for key, value in report.items() if value is not None}
    assert KEYS - measured <= {"postgresql_appends_per_s"}
    assert all(report[key] > 0 for key in measured)


@pytest.mark.slow
def test_a_database_that_is_not_there_is_told_and_the_rest_is_measured(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    result = CliRunner().invoke(app, ["log", "--quick", "--json", str(file), "--postgresql", nowhere])
    assert result.exit_code == 0, result.output
    assert "PostgreSQL was not measured." in result.output
    assert json.loads(file.read_bytes())["postgresql_appends_per_s"] is None
