"""The demonstration, whole: every process, real faces, real video, real database. And that its check can fail."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from insyn.demonstration import applications, people
from tests.builders_contracts import NOON
from tests.builders_log_scan import Personal, fractions_in, personal_in, published, said_of_anybody, spelt_out

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


def test_every_expectation_of_the_demonstration_holds_and_its_log_says_nothing_of_anybody() -> None:
    result = demo_check("--keep")
    assert result.returncode == 0, result.stdout + result.stderr
    summary = json.loads(result.stdout)
    assert summary["held"]
    assert len(summary["expectations"]) == 15
    assert all(expectation["held"] for expectation in summary["expectations"])
    kept = re.search(r"the data folder of this check is kept at\s+(\S+)", result.stderr)
    assert kept is not None
    folder = Path(kept.group(1))
    try:
        files = published(folder / "log" / "public")
        assert len(files) > 250, "leaves and tiles of a whole story"
        assert said_of_anybody(files, [*personal_in(folder / "governance" / "insyn.db"), *the_words()]) == []
        assert fractions_in(files) == [], "a score has a point in it, and nothing else that a log may say"
    finally:
        shutil.rmtree(folder)


def the_words() -> list[Personal]:
    """Return what the demonstration's forms say of people, how it calls them, and every photograph that it shows."""
    photographs = sorted((HOME / "demonstration" / "photographs").rglob("*.jpg"))
    assert photographs
    forms = [applications.lawful(b"", now=NOON), *applications.unlawful(b"", now=NOON)]
    words = {f"{number} {name}": spelt for number, form in enumerate(forms) for name, spelt in texts_of(form)}
    return [
        *spelt_out(**{str(path): path.read_bytes() for path in photographs}),
        *spelt_out(**{f"log-in {login}": login for login in people.ROLES}),
        *spelt_out(**words),
        *spelt_out(statute="brottsbalken", person="Person A", offence="kidnapping"),
    ]


def texts_of(form: applications.Form) -> list[tuple[str, str]]:
    """Return what a form says in words of its own; a number or a role is nobody's name."""
    spelt = {name: value for name, value in form.fields.items() if isinstance(value, str)}
    return [(name, value) for name, value in spelt.items() if len(value) > 8 or name == "case_reference"]


@pytest.mark.torture
def test_the_check_fails_with_another_person_enrolled() -> None:
    result = demo_check("--enrol", "person-b")
    assert result.returncode == 1
    held = {one["name"]: one["held"] for one in json.loads(result.stdout)["expectations"]}
    assert not held["every pass of Person A at or above the smallest face becomes exactly one alert"]
    assert not held["nobody else ever becomes an alert"]


@pytest.mark.torture
def test_without_a_warrant_not_one_frame_is_analysed_and_the_check_fails() -> None:
    result = demo_check("--without-warrant")
    assert result.returncode == 1
    assert "Not one frame was analysed" in result.stderr
    assert result.stdout == ""
