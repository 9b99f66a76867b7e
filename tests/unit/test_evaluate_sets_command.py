"""`insyn evaluate accuracy|bias|blufr|fetch` on sets of their own names: what is there is used, what is not is said."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.data.lfw import open_lfw
from benchmarks.data.pictures import PictureSet
from insyn.command_line import app
from insyn.commands import evaluate_runs, evaluate_sets
from insyn.commands.evaluate_sets import fetch_lfw
from insyn.downloads import DownloadBroken, Published
from insyn.errors import InsynError
from tests.builders_accuracy import a_profile, a_sample
from tests.builders_downloads import Serving, a_server
from tests.builders_sets import a_folder, a_zip, pictures, rfw, survface

pytestmark = pytest.mark.law("D1", "D3")
FACE, PROFILE = a_sample(0.0), a_profile()


def told(*words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["evaluate", *words], env={"COLUMNS": "200"})
    assert "Traceback" not in answer.output
    return answer.exit_code, answer.output


def stands_in(of: PictureSet, _profile: str, _home: Path | None) -> Embedded:
    """Every person at a place of their own, without any model."""
    people = sorted({one.person or one.name for one in of.pictures})
    templates = np.zeros((len(of.pictures), 4), dtype=np.float32)
    templates[:, 0] = [people.index(one.person or one.name) for one in of.pictures]
    return Embedded(
        of.pictures,
        (FACE,) * len(of.pictures),
        templates,
        PROFILE,
        "manifest",
        tuple(f"{at:064x}" for at in range(len(of.pictures))),
    )


@pytest.fixture
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate_sets, "embedded", stands_in)
    monkeypatch.setattr(evaluate_runs, "_embedded", stands_in)


@pytest.mark.usefixtures("without_models")
def test_a_set_with_parts_is_told_part_by_part(tmp_path: Path) -> None:
    a_folder(tmp_path / "rfw", rfw())
    status, said = told("accuracy", "--set", "rfw", "--data", str(tmp_path), "--json", str(tmp_path / "out.json"))
    assert status == 0
    assert "RFW, African" in said
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["verification"]["set"] == "rfw"
    assert {one["pairs"] for one in found["verification"]["parts"].values()} == {20}
    assert found["verification"]["parts"]["Indian"]["errors"] == 0
    assert len(found["data"][0]["read"]) == 4


@pytest.mark.usefixtures("without_models")
def test_view_1_is_told_as_what_it_is(tmp_path: Path) -> None:
    people = pictures(f"lfw/{who}/{who}_{at:04d}.jpg" for who in ("AA", "BB") for at in (1, 2))
    lists = {"pairsDevTrain.txt": b"1\nAA\t1\t2\nAA\t1\tBB\t1\n", "pairsDevTest.txt": b"1\nBB\t1\t2\nAA\t2\tBB\t1\n"}
    a_folder(tmp_path / "lfw", {**people, **lists})
    status, said = told("accuracy", "--view", "1", "--data", str(tmp_path))
    assert status == 0
    assert "development, not to be reported" in said
    status, said = told("accuracy", "--view", "1", "--set", "calfw", "--data", str(tmp_path))
    assert status == 1
    assert "LFW alone has a View 1" in said


@pytest.mark.usefixtures("without_models")
@pytest.mark.parametrize("name", ["rfw", "table"])
def test_probes_of_another_set_are_searched_for_once_each(tmp_path: Path, name: str) -> None:
    a_folder(tmp_path / "lfw", pictures(f"{who}/{who}_{at:04d}.jpg" for who in ("AA", "BB", "CC") for at in (1, 2)))
    a_folder(tmp_path / "rfw", rfw())
    rows = b"image,person,sex\na.jpg,p,female\nb.jpg,p,female\nc.jpg,q,\n"
    a_folder(tmp_path / "table", {"own.csv": rows, **pictures(["a.jpg", "b.jpg", "c.jpg"])})
    given = ["bias", "--probes", name, "--data", str(tmp_path), "--list", "2", "--json", str(tmp_path / "out.json")]
    status, said = told(*given)
    assert status == 0, said
    found = json.loads((tmp_path / "out.json").read_text())
    everybody = found["bias"]["everybody"]["with_overlap"]["rate"]
    assert everybody["denominator"] == everybody["people"] == (12 if name == "rfw" else 2)
    if name == "table":
        names = {one["name"] for crossing in found["bias"]["crossings"] for one in crossing["groups"]}
        assert "unknown" in names, "whoever has no label is a group of their own"


@pytest.mark.usefixtures("without_models")
def test_a_set_with_its_own_gallery_is_searched_in_it(tmp_path: Path) -> None:
    a_folder(tmp_path / "survface", survface())
    given = ["identify", "--set", "survface", "--data", str(tmp_path), "--json", str(tmp_path / "out.json")]
    status, said = told(*given)
    assert status == 0, said
    assert "2 of 2" in said
    found = json.loads((tmp_path / "out.json").read_text())["open_set"]
    assert (found["enrolled"], found["product"]["tpir"]["numerator"]) == (2, 2)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("identify", "--set", "ijbs"), "there are: lfw, survface"),
        (("accuracy", "--set", "ijb"), "there are: agedb, calfw, cfp, cplfw, lfw, rfw"),
        (("bias", "--probes", "morph"), "there are: bfw, demogpairs, fairface, rfw, utkface, table"),
        (("bias", "--probes", "table", "--labels", "guessed"), "self-declared"),
        (("accuracy", "--set", "calfw"), "There is no folder calfw"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    status, said = told(*words, "--data", str(tmp_path))
    assert status == 1
    assert sentence in said


@pytest.mark.usefixtures("without_models")
def test_too_small_a_set_for_blufr_is_said(tmp_path: Path) -> None:
    a_folder(tmp_path / "lfw", pictures(["AA/AA_0001.jpg"]))
    status, said = told("blufr", "--data", str(tmp_path))
    assert status == 1
    assert "1500 people to leave out" in said


def a_tgz(contents: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


@pytest.fixture
def server() -> Iterator[Serving]:
    with a_server(a_tgz(pictures(["lfw/AA/AA_0001.jpg", "lfw/AA/AA_0002.jpg"]))) as serving:
        yield serving


def an_archive(server: Serving) -> Published:
    return replace(server.published(), name="lfw.tgz")


def test_lfw_is_fetched_unpacked_once_and_read(server: Serving, tmp_path: Path) -> None:
    for _ in range(2):
        assert fetch_lfw(tmp_path / "lfw", [an_archive(server)]) == tmp_path / "lfw"
    assert len(open_lfw(tmp_path / "lfw").pictures) == 2
    assert [path.name for path in (tmp_path / "lfw").iterdir()] == ["lfw.tar"]
    assert len(server.ranges) == 1


def test_a_fetch_that_breaks_off_is_taken_up_by_the_next(server: Serving, tmp_path: Path) -> None:
    server.stops_after = 50
    with pytest.raises(DownloadBroken, match="the same command goes on"):
        fetch_lfw(tmp_path, [an_archive(server)])
    server.stops_after = None
    fetch_lfw(tmp_path, [an_archive(server)])
    assert server.ranges == [None, "bytes=50-"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no archive", "not compressed as it should be"),
        (gzip.compress(b"no tar", mtime=0), "is no tar archive"),
        (gzip.compress(bytes(4096), mtime=0)[:-12], "cut off"),
    ],
    ids=["no-archive", "no-tar", "cut-off"],
)
def test_an_archive_that_cannot_be_unpacked_is_said_and_leaves_nothing_half_done(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    with a_server(content) as server, pytest.raises(InsynError, match=sentence):
        fetch_lfw(tmp_path, [an_archive(server)])
    assert {path.name for path in tmp_path.iterdir()} <= {"lfw.tgz"}


def test_a_bomb_ends_early(server: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate_sets, "_UNPACKED_MOST", 1000)
    with pytest.raises(InsynError, match="unpacks to more"):
        fetch_lfw(tmp_path, [an_archive(server)])


def test_only_lfw_is_fetched(tmp_path: Path) -> None:
    status, said = told("fetch", "ijbc", "--data", str(tmp_path))
    assert status == 1
    assert "only lfw" in said


@pytest.mark.usefixtures("without_models")
def test_an_archive_that_climbs_out_is_refused_by_the_command(tmp_path: Path) -> None:
    (tmp_path / "cplfw").mkdir()
    a_zip(tmp_path / "cplfw" / "set.zip", {"../pairs_CPLFW.txt": b""})
    status, said = told("accuracy", "--set", "cplfw", "--data", str(tmp_path))
    assert status == 1
    assert "climb out" in said
