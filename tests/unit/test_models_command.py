"""`insyn models`: what is there, under which hash and licence."""

import json
from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest
from typer.testing import CliRunner

from insyn.commands import models
from insyn.commands.models import app, fetch_model
from insyn.errors import InsynError
from insyn.home import Home
from matcher.errors import ModelRefused
from matcher.models.shipped_profiles import shipped_names, shipped_profile
from matcher.models.store import ModelStore
from tests.builders_downloads import Serving, a_server


def test_every_bound_file_is_listed_with_path_hash_licence_and_profiles(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["list", "--json", "--home", str(tmp_path)])
    assert answer.exit_code == 0
    rows = {row["sha256"]: row for row in json.loads(answer.stdout)}
    for profile in map(shipped_profile, shipped_names()):
        for part, file in profile.files.items():
            row = rows[file.sha256]
            assert profile.name in row["profiles"]
            assert (row["part"], row["licence"], row["present"]) == (part, file.licence, False)
            assert row["path"] == str(tmp_path / "models" / f"{file.sha256}.onnx")


def test_the_table_says_the_same(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["list", "--home", str(tmp_path)])
    assert answer.exit_code == 0
    assert "yunet" in answer.stdout


@pytest.mark.slow
def test_build_makes_every_model_of_the_default_profile(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["build", "--home", str(tmp_path)])
    assert answer.exit_code == 0
    store = ModelStore(tmp_path)
    assert store.stored() == sorted(file.sha256 for file in shipped_profile().files.values())
    assert all(store.read(sha256) for sha256 in store.stored())


def test_what_is_no_model_is_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"nonsense")
    answer = CliRunner().invoke(app, ["add", str(file), "--home", str(tmp_path)])
    assert answer.exit_code == 1
    assert "not an ONNX model" in answer.stderr
    assert "Traceback" not in answer.output


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["add", str(tmp_path / "no.onnx"), "--home", str(tmp_path)])
    assert answer.exit_code == 1
    assert "cannot be read" in answer.stderr


def a_model() -> bytes:
    """The smallest model that the store takes."""
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "g", [value], [value])
    return bytes(onnx.helper.make_model(graph).SerializeToString())


@pytest.fixture
def server() -> Iterator[Serving]:
    with a_server(a_model()) as serving:
        yield serving


def test_what_no_profile_names_is_refused_in_one_sentence_and_not_kept(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(a_model())
    answer = CliRunner().invoke(app, ["add", str(tmp_path / "model.onnx"), "--home", str(tmp_path)])
    assert answer.exit_code == 1
    assert "No profile names this file" in answer.stderr
    assert ModelStore(tmp_path).stored() == []


def test_a_site_without_a_network_adds_what_was_carried_in(
    server: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "MODELS", {"small": server.published()})
    (tmp_path / "model.onnx").write_bytes(a_model())
    answer = CliRunner().invoke(app, ["add", str(tmp_path / "model.onnx"), "--home", str(tmp_path)])
    assert answer.exit_code == 0
    assert ModelStore(tmp_path).read(server.published().sha256) == a_model()
    assert server.ranges == []


def test_a_published_model_is_fetched_once_into_the_store(server: Serving, tmp_path: Path) -> None:
    for _ in range(2):
        sha256 = fetch_model("small", Home(tmp_path), {"small": server.published()})
        assert ModelStore(tmp_path).read(sha256) == a_model()
    assert len(server.ranges) == 1
    assert list((tmp_path / "downloads").iterdir()) == []


def test_what_is_fetched_is_looked_at_as_what_is_added(tmp_path: Path) -> None:
    with a_server(b"no model") as server, pytest.raises(ModelRefused, match="not an ONNX model"):
        fetch_model("small", Home(tmp_path), {"small": server.published()})
    assert ModelStore(tmp_path).stored() == []


def test_an_unknown_name_says_which_there_are(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["fetch", "arcface", "--home", str(tmp_path)])
    assert answer.exit_code == 1
    assert "there are: sface, yunet" in answer.stderr
    with pytest.raises(InsynError, match="small"):
        fetch_model("arcface", Home(tmp_path), {"small": models.MODELS["yunet"]})


def test_what_is_published_as_a_part_of_a_profile_is_the_file_that_it_binds() -> None:
    bound = {file.sha256: file.licence for name in shipped_names() for file in shipped_profile(name).files.values()}
    assert bound[models.MODELS["yunet"].sha256] == models.MODELS["yunet"].licence


def test_the_published_detector_is_the_file_at_hand(test_data: Path) -> None:
    content = (test_data / "models" / models.MODELS["yunet"].name).read_bytes()
    assert len(content) == models.MODELS["yunet"].size
