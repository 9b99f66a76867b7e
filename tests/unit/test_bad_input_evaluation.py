"""What is wrong with data is one sentence at the command line, with the list's line and without anybody's name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.accuracy import embedding_run
from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.data.pictures import PictureSet
from insyn.command_line import app
from tests.builders_accuracy import a_profile, a_sample
from tests.builders_sets import a_folder, a_tar, a_zip, pictures

pytestmark = pytest.mark.law("D1", "D3")
FACE, NOBODY, PROFILE = a_sample(0.0), a_sample(None), a_profile()
LFW = pictures(f"{who}/{who}_{at:04d}.jpg" for who in ("AA", "BB", "CC") for at in (1, 2))


def told(*words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["evaluate", *words], env={"COLUMNS": "200"})
    assert "Traceback" not in answer.output
    return answer.exit_code, " ".join(answer.output.split())


def refused(*words: str) -> str:
    status, said = told(*words)
    assert status == 1
    _bar, _, sentence = said.partition("insyn: ")
    assert sentence.endswith(".")
    assert "insyn: " not in sentence
    return sentence


@pytest.fixture
def faces(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Stands in for the models: each picture a face at a place of its own, or no face in any."""
    state = {"found": True}

    def embed(of: PictureSet, *_models: object, **_rest: Any) -> Embedded:
        templates = np.zeros((len(of.pictures), 4), dtype=np.float32)
        templates[:, 0] = np.arange(len(of.pictures)) if state["found"] else np.nan
        sample = FACE if state["found"] else NOBODY
        return Embedded(
            of.pictures,
            (sample,) * len(of.pictures),
            templates,
            PROFILE,
            "manifest",
            tuple(f"{at:064x}" for at in range(len(of.pictures))),
        )

    monkeypatch.setattr(embedding_run, "embed", embed)
    return state


def test_missing_pictures(tmp_path: Path) -> None:
    a_folder(tmp_path / "lfw", {**LFW, "pairs.txt": b"2\t1\nAA\t1\t9\nAA\t1\tBB\t1\nBB\t1\t2\nAA\t2\tZZ\t1\n"})
    said = refused("accuracy", "--data", str(tmp_path))
    assert "pairs.txt names pictures that are not there in 2 lines, first in 2, 5" in said
    assert "ZZ" not in said


@pytest.mark.usefixtures("faces")
def test_a_misspelt_label_has_its_line_and_an_unknown_one_its_group(tmp_path: Path) -> None:
    a_folder(tmp_path / "lfw", LFW)
    head = "file,age,gender,race,service_test\n"
    rows = "val/1.jpg,20-29,Male,White,True\nval/2.jpg,20-29,,White,True\n"
    labels = tmp_path / "fairface" / "fairface_label_val.csv"
    a_folder(tmp_path / "fairface", pictures(["val/1.jpg", "val/2.jpg"]))
    given = ("bias", "--probes", "fairface", "--data", str(tmp_path), "--list", "2")
    labels.write_text(head + rows.replace("White", "Whte", 1))
    assert "Line 2 of fairface_label_val.csv has a label that is none of the set's: 'Whte'" in refused(*given)
    labels.write_text(head + rows)
    status, said = told(*given, "--json", str(tmp_path / "out.json"))
    assert status == 0, said
    found = json.loads((tmp_path / "out.json").read_text())["bias"]
    by_sex = next(one for one in found["crossings"] if one["labels"] == ["sex"])
    assert {one["name"] for one in by_sex["groups"]} == {"male", "unknown"}


@pytest.mark.usefixtures("faces")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"1\t1\nAA\t1\t2\nAA\t1\tBB\t1\n", "pairs.txt has one set of pairs, and none by which it is judged"),
        (b"0\t0\n", "pairs.txt is no list of pairs of LFW"),
        (b"0\t1\n", "pairs.txt is no list of pairs of LFW"),
        (b"10\t300\n", "pairs.txt has 0 pairs where its first line promises 6000; download it again."),
    ],
)
def test_a_list_of_pairs_that_judges_nothing(tmp_path: Path, content: bytes, sentence: str) -> None:
    a_folder(tmp_path / "lfw", {**LFW, "pairs.txt": content})
    out = tmp_path / "out.json"
    assert sentence in refused("accuracy", "--data", str(tmp_path), "--json", str(out))
    assert sentence in refused("manifest", "make", "lfw", "--data", str(tmp_path), "--out", str(out))
    assert not out.exists()


@pytest.mark.usefixtures("faces")
@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (b"image,person\na.jpg,p\nb.jpg,q\n", "own.csv has no column for a group of people; add one"),
        (b"image,person,sex,sex\na.jpg,p,x,y\n", "own.csv has two columns of one name; name one of them otherwise."),
    ],
)
def test_a_table_without_groups_or_with_a_column_twice(tmp_path: Path, table: bytes, sentence: str) -> None:
    a_folder(tmp_path / "lfw", LFW)
    a_folder(tmp_path / "table", {"own.csv": table, **pictures(["a.jpg", "b.jpg"])})
    out = tmp_path / "out.json"
    given = ("bias", "--probes", "table", "--data", str(tmp_path), "--list", "2", "--json", str(out))
    assert sentence in refused(*given)
    assert not out.exists()


@pytest.mark.parametrize("by", ["sexx", "", "sex,", "sex,sex"])
def test_lists_by_a_label_that_the_set_has_not(tmp_path: Path, by: str) -> None:
    a_folder(tmp_path / "lfw", LFW)
    said = refused("within-groups", "--data", str(tmp_path), "--by", by)
    assert said == "--by names labels of LFW, each once; there are: sex."


@pytest.mark.parametrize("option", ["--profile", "--overlap-by"])
def test_a_misspelt_profile_is_told_before_any_other_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr(embedding_run, "embed", None)
    said = refused("bias", "--data", str(tmp_path), option, "dlib-resnt")
    assert said.startswith("No model profile has this name; the profiles are: dlib-resnet")


@pytest.mark.usefixtures("faces")
def test_one_group_only_has_no_ratio_and_says_why(tmp_path: Path) -> None:
    a_folder(tmp_path / "lfw", LFW)
    a_folder(
        tmp_path / "table",
        {"own.csv": b"image,person,sex\na.jpg,p,female\nb.jpg,q,female\n", **pictures(["a.jpg", "b.jpg"])},
    )
    status, said = told(
        "bias", "--probes", "table", "--data", str(tmp_path), "--list", "2", "--json", str(tmp_path / "out.json")
    )
    assert status == 0, said
    (crossing,) = json.loads((tmp_path / "out.json").read_text())["bias"]["crossings"]
    assert crossing["differences"]["ratio"]["value"] is None
    assert "Fewer than two groups" in crossing["differences"]["ratio"]["reason"]


@pytest.mark.parametrize("command", ["accuracy", "identify", "bias", "blufr"])
def test_no_faces_found(tmp_path: Path, faces: dict[str, bool], command: str) -> None:
    faces["found"] = False
    a_folder(tmp_path / "lfw", {**LFW, "pairs.txt": b"2\t1\nAA\t1\t2\nAA\t1\tBB\t1\nBB\t1\t2\nAA\t2\tBB\t1\n"})
    a_folder(tmp_path / "utkface", pictures(["26_1_2_20170104.jpg"]))
    assert "found no face in any of the" in refused(command, "--data", str(tmp_path))


@pytest.mark.usefixtures("faces")
def test_a_list_longer_than_the_people(tmp_path: Path) -> None:
    a_folder(tmp_path / "lfw", LFW)
    a_folder(tmp_path / "utkface", pictures(["26_1_2_20170104.jpg"]))
    assert "ask for a shorter list" in refused("bias", "--data", str(tmp_path))


@pytest.mark.parametrize("scores", ["[NaN]", "[0.5, NaN]", "[Infinity]"])
def test_scores_that_are_no_numbers(tmp_path: Path, scores: str) -> None:
    ask = f'{{"id": "a", "metric": "fmr", "non_mated": {scores}, "threshold": 1}}'
    (tmp_path / "asks.json").write_text(f'{{"kind": "insyn/metrics-request/1", "ask": [{ask}]}}')
    said = refused("metrics", "--in", str(tmp_path / "asks.json"), "--out", str(tmp_path / "out.json"))
    assert "asks.json is no request for metrics" in said
    assert not (tmp_path / "out.json").exists()


def test_an_archive_that_climbs_out(tmp_path: Path) -> None:
    (tmp_path / "rfw").mkdir()
    a_zip(tmp_path / "rfw" / "rfw.zip", {"../../etc/African_pairs.txt": b""})
    assert "links or paths that climb out of it" in refused("accuracy", "--set", "rfw", "--data", str(tmp_path))


def test_a_truncated_archive(tmp_path: Path) -> None:
    (tmp_path / "cfp").mkdir()
    path = a_tar(tmp_path / "cfp" / "cfp.tar", {"Data/Images/001/frontal/01.jpg": bytes(50_000)})
    path.write_bytes(path.read_bytes()[:20_000])
    assert "cut off" in refused("accuracy", "--set", "cfp", "--data", str(tmp_path))
