"""The speed benchmark runs and its report is whole. No timing is judged here: `insyn bench speed` is for that."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from insyn.commands.bench import app
from matcher.models.store import ModelStore

KEYS = {
    "detection_ms",
    "detection_ratio_1t",
    "embedding_ms",
    "embedding_ratio_1t",
    "embedding_ratio_2t",
    "machine",
    "pipeline_fps_default",
    "pipeline_fps_yunet",
    "pss_mb",
}


@pytest.mark.torture
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_quick_speed_benchmark_measures_everything_once(
    built_models: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A home without the demonstration: the benchmark then renders a film of its own.
    monkeypatch.setenv("INSYN_HOME", str(tmp_path))
    file = tmp_path / "speed.json"
    result = CliRunner().invoke(app, ["speed", "--quick", "--json", str(file)])
    assert result.exit_code == 0, result.output
    report = json.loads(file.read_bytes())
    assert report.keys() >= KEYS
    assert report["quick"] is True
    _check_stages(report)
    _check_pipelines(report)
    _check_memory(report)
    assert {target["key"] for target in report["targets"]} <= report.keys()
    assert str(tmp_path) not in file.read_text()


def test_speed_benchmark_explains_itself() -> None:
    result = CliRunner().invoke(app, ["speed", "--help"])
    assert result.exit_code == 0
    assert "dlib" in result.output


def test_speed_benchmark_says_before_it_measures_that_its_report_cannot_be_written(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["speed", "--quick", "--json", str(tmp_path / "no" / "such" / "folder.json")])
    assert result.exit_code == 2
    assert "cannot be written" in result.output


def _check_stages(report: dict[str, Any]) -> None:
    for stage in report["stages"].values():
        assert "1" in stage["threads"]
        for taken in stage["threads"].values():
            assert 0 < taken["insyn"]["min_ms"] <= taken["insyn"]["median_ms"]
    assert report["embedding_ms"] > 0
    assert report["detection_ms"] > report["embedding_ms"]
    # dlib-bin comes with the tests' dependencies; that it is slower is not a matter of the machine's mood.
    assert report["embedding_ratio_1t"] > 1
    assert report["detection_ratio_1t"] > 1


def _check_pipelines(report: dict[str, Any]) -> None:
    default = report["pipeline"]["dlib-resnet"]
    assert default["frames_analysed"] > 0
    assert default["frames_dropped"] == 0
    assert report["pipeline_fps_default"] == default["fps"] > 0
    if os.environ.get("INSYN_TEST_DATA"):
        assert report["pipeline_fps_yunet"] > 0
    else:
        assert report["pipeline_fps_yunet"] is None
        assert "INSYN_TEST_DATA" in report["reasons"]["pipeline_fps_yunet"]


def _check_memory(report: dict[str, Any]) -> None:
    if report["pss_mb"] is None:
        assert "CAP_SYS_PTRACE" in report["reasons"]["pss_mb"]
        return
    assert report["memory"]["by_process_mb"].keys() == {"decoder", "edge", "matcher"}
    assert 50 < report["pss_mb"] < 5000
