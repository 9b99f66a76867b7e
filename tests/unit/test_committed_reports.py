"""The committed reports are of the models and the code that ship: a changed chain is measured again (C10, A17)."""

import json
from pathlib import Path

import pytest

from benchmarks.accuracy.pipeline_hash import pipeline_sha256
from matcher.models.shipped_profiles import shipped_names, shipped_profile

pytestmark = pytest.mark.law("A17", "C10")
REPORTS = sorted((Path(__file__).resolve().parents[2] / "docs" / "evaluation").glob("*/evaluation.json"))


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.parent.name)
def test_a_committed_report_is_of_the_profile_and_the_code_that_ship(path: Path) -> None:
    found = json.loads(path.read_bytes())
    assert found["profile"] == path.parent.name
    assert found["profile"] in shipped_names()
    profile = shipped_profile(found["profile"])
    said = "was changed after it was measured: make evaluation DATA=FOLDER"
    assert found["profile_sha256"] == profile.profile_sha256, f"The profile {said}"
    assert found["pipeline_sha256"] == pipeline_sha256(profile), f"The code before a template {said}"
