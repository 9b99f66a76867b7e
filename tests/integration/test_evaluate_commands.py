"""`insyn evaluate accuracy` on real faces, in real processes; each planted fault of the chain shows (D1)."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.accuracy.template import TemplateMaker
from benchmarks.data.lfw import open_lfw, read_pairs
from benchmarks.metrics.verification import d_prime
from insyn.command_line import app
from matcher.embedding import Embedder, open_embedder
from matcher.faces.detection import open_face_finder
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore

pytestmark = [pytest.mark.slow, pytest.mark.law("D1")]
FOLDS = 10
PAIRS = 3
FAULTS = {"a swapped channel": 0.9, "a shifted alignment": 0.9, "an alignment shifted by four pixels": 0.95}
"""How much of the separation may be left; it was 0.79, 0.57 and 0.91."""


@pytest.fixture(scope="module")
def small(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as LFW's, with the first pairs of each of its folds and their pictures alone."""
    folder = tmp_path_factory.mktemp("data") / "lfw"
    whole = open_lfw(test_data / "lfw")
    lines = (test_data / "lfw" / "pairs.txt").read_text(encoding="utf-8").splitlines()[1:]
    chosen = [lines[fold * 600 + kind * 300 + at] for fold in range(FOLDS) for kind in (0, 1) for at in range(PAIRS)]
    folder.mkdir(parents=True)
    (folder / "pairs.txt").write_text("\n".join([f"{FOLDS}\t{PAIRS}", *chosen]) + "\n", encoding="utf-8")
    names = {
        name for fold in read_pairs(folder / "pairs.txt", whole) for pair in fold for name in (pair.first, pair.second)
    }
    for name in names:
        short = Path(name)
        (folder / "lfw" / short.parent.name).mkdir(parents=True, exist_ok=True)
        (folder / "lfw" / short.parent.name / short.name).write_bytes(whole.files.read(name))
    return folder.parent


def evaluated(small: Path, out: Path) -> dict[str, object]:
    home = os.environ.get("INSYN_HOME") or str(Path(__file__).parents[2] / "var")
    given = ["evaluate", "accuracy", "--data", str(small), "--json", str(out), "--home", home]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.output
    assert "put together rightly" in result.output
    return dict(json.loads(out.read_text(encoding="utf-8")))


def test_the_products_chain_reaches_on_a_part_of_lfw_what_its_models_can(
    small: Path, built_models: ModelStore, tmp_path: Path
) -> None:
    found = evaluated(small, tmp_path / "found.json")
    told = found["lfw_view2"]
    assert isinstance(told, dict)
    assert (told["pairs"], told["failures_to_detect"]) == (60, 0)
    assert told["errors"] <= 2
    assert found["profile_sha256"] == shipped_profile().profile_sha256


class Faulty(Embedder):
    """The product's embedder with a fault planted between a face and its chip."""

    def __init__(self, whole: Embedder, fault: str) -> None:
        self.__dict__.update(whole.__dict__)
        self._fault = fault

    def align(self, image_bgr: np.ndarray, landmarks_xy: np.ndarray) -> np.ndarray:
        """Cut the chip wrongly."""
        match self._fault:
            case "a swapped channel":
                return np.ascontiguousarray(super().align(image_bgr, landmarks_xy)[:, :, ::-1])
            case "a shifted alignment":
                return super().align(image_bgr, landmarks_xy + np.float32(12))
            case "an alignment shifted by four pixels":
                return super().align(image_bgr, landmarks_xy + np.float32(4))
            case _:
                return super().align(image_bgr, landmarks_xy)


@pytest.fixture(scope="module")
def separation(small: Path, built_models: ModelStore) -> Mapping[str, float]:
    """How far the same people's scores lie from strangers' (d'), without and with each fault."""
    profile, pictures = shipped_profile(), open_lfw(small / "lfw")
    finder, embedder = (
        open_face_finder(profile, built_models, threads=2),
        open_embedder(profile, built_models, threads=2),
    )
    pairs = [pair for fold in read_pairs(small / "lfw" / "pairs.txt", pictures) for pair in fold]
    found = {}
    for fault in ("none", *FAULTS):
        maker = TemplateMaker(finder, Faulty(embedder, fault), profile)
        templates = {one.name: maker.of(pictures.files.read(one.name)).template for one in pictures.pictures}
        scores = [
            float(embedder.scores(templates[pair.first][None], templates[pair.second][None])[0, 0]) for pair in pairs
        ]
        same = np.array([pair.same for pair in pairs])
        distance = d_prime(np.array(scores)[same], np.array(scores)[~same]).value
        assert distance is not None
        found[fault] = distance
    return found


def test_without_a_fault_the_same_people_lie_far_from_strangers(separation: Mapping[str, float]) -> None:
    assert separation["none"] > 4


@pytest.mark.parametrize(("fault", "most"), FAULTS.items())
def test_a_fault_in_the_chain_shows(separation: Mapping[str, float], fault: str, most: float) -> None:
    assert separation[fault] < most * separation["none"]


@pytest.mark.parametrize("missing", ["lfw", "pairs"])
def test_data_that_is_not_there_is_one_sentence(small: Path, tmp_path: Path, missing: str) -> None:
    if missing == "pairs":
        (tmp_path / "lfw").mkdir()
        (tmp_path / "lfw" / "lfw").symlink_to(small / "lfw" / "lfw")
    result = CliRunner().invoke(app, ["evaluate", "accuracy", "--data", str(tmp_path), "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1


def test_a_model_that_is_not_there_is_one_sentence(small: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", "accuracy", "--data", str(small), "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert result.output.strip().splitlines()[-1].startswith("insyn: The model")
