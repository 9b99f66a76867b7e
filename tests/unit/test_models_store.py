"""The model store: files by their hash, self-contained or refused."""

import errno
import hashlib
import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from matcher.errors import ModelMissing, ModelRefused, StoreUnwritable
from matcher.models.runtime import open_session
from matcher.models.store import ModelStore


def a_model(*, domain: str = "", external: bool = False) -> onnx.ModelProto:
    weight = numpy_helper.from_array(np.ones(3, dtype=np.float32), "w")
    if external:
        onnx.external_data_helper.set_external_data(weight, location="elsewhere.bin")
        weight.data_location = TensorProto.EXTERNAL
    node = helper.make_node("Add", ["x", "w"], ["y"], domain=domain)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [3]) for name in "xy")
    graph = helper.make_graph([node], "g", [x], [y], [weight])
    imports = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def test_what_is_added_is_read_back_by_its_hash(tmp_path: Path) -> None:
    store, content = ModelStore(tmp_path), a_model().SerializeToString()
    sha256 = store.add(content)
    assert sha256 == hashlib.sha256(content).hexdigest() == store.add(content)
    assert store.read(sha256) == content
    assert store.stored() == [sha256]
    assert list(open_session(store.read(sha256), threads=1).run(None, {"x": np.zeros(3, np.float32)})[0]) == [1, 1, 1]


def test_one_flipped_byte_on_disk_is_refused(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    sha256 = store.add(a_model().SerializeToString())
    content = bytearray(store.path(sha256).read_bytes())
    for at in range(0, len(content), 7):
        content[at] ^= 1
        store.path(sha256).write_bytes(content)
        with pytest.raises(ModelRefused, match="altered"):
            store.read(sha256)
        content[at] ^= 1


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="insyn models build"):
        ModelStore(tmp_path).read("0" * 64)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_name_that_is_no_hash_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelRefused, match="SHA-256"):
        ModelStore(tmp_path).read(name)


def test_external_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="other files"):
        ModelStore(tmp_path).add(a_model(external=True).SerializeToString())


def test_external_data_within_a_branch_is_refused(tmp_path: Path) -> None:
    inner = a_model(external=True).graph
    condition = numpy_helper.from_array(np.array(1, dtype=bool), "c")
    node = helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner)
    z = helper.make_tensor_value_info("z", TensorProto.FLOAT, [3])
    model = helper.make_model(helper.make_graph([node], "g", [], [z], [condition]))
    with pytest.raises(ModelRefused, match="other files"):
        ModelStore(tmp_path).add(model.SerializeToString())


def test_custom_operators_are_refused(tmp_path: Path) -> None:
    for domain in ("com.example", "com.microsoft"):
        with pytest.raises(ModelRefused, match="operators of its own"):
            ModelStore(tmp_path).add(a_model(domain=domain).SerializeToString())


def test_functions_of_its_own_are_refused(tmp_path: Path) -> None:
    model = a_model()
    node = helper.make_node("Relu", ["a"], ["b"])
    model.functions.append(helper.make_function("", "F", ["a"], ["b"], [node], [helper.make_opsetid("", 17)]))
    with pytest.raises(ModelRefused, match="operators of its own"):
        ModelStore(tmp_path).add(model.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x00" * 100, b"\x08\x08"])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelRefused):
        ModelStore(tmp_path).add(content)


def test_a_file_put_into_the_store_by_hand_is_still_checked(tmp_path: Path) -> None:
    store, content = ModelStore(tmp_path), a_model(external=True).SerializeToString()
    sha256 = hashlib.sha256(content).hexdigest()
    store.path(sha256).parent.mkdir()
    store.path(sha256).write_bytes(content)
    with pytest.raises(ModelRefused, match="other files"):
        store.read(sha256)


def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StoreUnwritable, match="No space left"):
        ModelStore(tmp_path).add(a_model().SerializeToString())
    assert list((tmp_path / "models").iterdir()) == []


def test_a_model_that_the_runtime_cannot_load_is_refused() -> None:
    model = a_model()
    model.graph.node[0].op_type = "NoSuchOperator"
    with pytest.raises(ModelRefused, match="cannot load"):
        open_session(model.SerializeToString(), threads=1)
