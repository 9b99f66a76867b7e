"""The demonstration, whole: every process, real faces, real video, real database. And that its check can fail."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("INSYN_HOME") or ROOT / "var")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not (HOME / "demonstration" / "footage" / "truth.json").exists(),
        reason="The demonstration's film is not rendered: run `insyn setup` first.",
    ),
]


def demo_check(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "insyn", "demo", "check", *options],
        cwd=ROOT,
        env=os.environ | {"INSYN_HOME": str(HOME)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_expectation_of_the_demonstration_holds() -> None:
    result = demo_check()
    assert result.returncode == 0, result.stdout + result.stderr
    summary = json.loads(result.stdout)
    assert summary["held"]
    assert len(summary["expectations"]) == 13
    assert all(expectation["held"] for expectation in summary["expectations"])


def test_the_check_fails_with_another_person_enrolled() -> None:
    result = demo_check("--enrol", "person-b")
    assert result.returncode == 1
    held = {one["name"]: one["held"] for one in json.loads(result.stdout)["expectations"]}
    assert not held["every pass of Person A at or above the smallest face becomes exactly one alert"]
    assert not held["nobody else ever becomes an alert"]


def test_without_a_warrant_not_one_frame_is_analysed_and_the_check_fails() -> None:
    result = demo_check("--without-warrant")
    assert result.returncode == 1
    assert "Not one frame was analysed" in result.stderr
    assert result.stdout == ""
