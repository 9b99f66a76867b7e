import json
from pathlib import Path
from typing import Any

import pytest

from insyn.demonstration.errors import GroundTruthUnreadableError
from insyn.demonstration.truth import Truth, nobody_between, read_truth, true_passes, truth_document
from insyn.demonstration.walk import DEFAULT_SEED, DURATION_SECONDS, plan


@pytest.fixture
def truth() -> Truth:
    passes = true_passes(plan(DEFAULT_SEED))
    return Truth(
        video_sha256="00" * 32,
        renderer_sha256="33" * 32,
        seed=DEFAULT_SEED,
        inputs_sha256=("11" * 32, "22" * 32),
        passes=passes,
        nobody=nobody_between(passes),
    )


def test_truth_read_is_the_truth_written(tmp_path: Path, truth: Truth) -> None:
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(truth_document(truth)))
    assert read_truth(path) == truth


def test_truth_knows_what_it_was_made_from(truth: Truth) -> None:
    made = {"renderer_sha256": "33" * 32, "seed": DEFAULT_SEED, "inputs_sha256": ["11" * 32, "22" * 32]}
    assert truth.made_from(**made)  # type: ignore[arg-type]  # one dictionary, several kinds of value
    changed: list[tuple[str, Any]] = [("renderer_sha256", "44" * 32), ("seed", 1), ("inputs_sha256", ["11" * 32])]
    for key, value in changed:
        assert not truth.made_from(**{**made, key: value})


def test_nobody_and_somebody_fill_the_film(truth: Truth) -> None:
    for start, end in truth.nobody:
        assert all(one.ends_at <= start or one.starts_at >= end for one in truth.passes)
    assert truth.nobody[0][0] == 0.0
    assert truth.nobody[-1][1] == DURATION_SECONDS


@pytest.mark.parametrize(
    "content", ["", "[]", "null", '{"schema": "insyn-demonstration-truth", "version": 2}', '{"version": 1}']
)
def test_damaged_or_other_truth_is_refused_in_one_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "truth.json"
    path.write_text(content)
    with pytest.raises(GroundTruthUnreadableError, match="run the set-up again"):
        read_truth(path)


def test_missing_truth_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(GroundTruthUnreadableError, match="run the set-up again"):
        read_truth(tmp_path / "truth.json")
