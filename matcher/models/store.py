"""The model store: files by their SHA-256, checked before they are kept and again whenever they are read.

What the matcher runs is exactly what was hashed: the bytes are read once, hashed, and the model is loaded from those
bytes. A file that names other files (external data) or other code (custom operators) is refused, because then the hash
would not cover what runs.
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it ships no types

from matcher.errors import ModelMissing, ModelRefused, StoreUnwritable

#: The largest file accepted: several times the largest model we know, and still no danger to memory.
LARGEST_BYTES = 512 * 1024 * 1024

_STANDARD_DOMAINS = frozenset({"", "ai.onnx"})
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class ModelStore:
    """A folder of ONNX files, each named by its hash."""

    def __init__(self, home: Path) -> None:
        """Open the store of an `INSYN_HOME`; nothing is created until something is added."""
        self._folder = home / "models"

    def path(self, sha256: str) -> Path:
        """Where the file of this hash lies or would lie."""
        if not _HASH.fullmatch(sha256):
            raise ModelRefused("A model is named by its SHA-256: 64 hexadecimal digits in lower case.")
        return self._folder / f"{sha256}.onnx"

    def has(self, sha256: str) -> bool:
        """Whether a file of this hash was added. Its bytes are checked by `read`."""
        return self.path(sha256).is_file()

    def add(self, content: bytes) -> str:
        """Check a model and keep it; return its SHA-256. Adding it again changes nothing.

        Raises:
            ModelRefused: the bytes are no self-contained ONNX model of standard operators.
            StoreUnwritable: the disk is full, or the folder cannot be written.
        """
        check_self_contained(content)
        sha256 = hashlib.sha256(content).hexdigest()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write_at_once(self.path(sha256), content)
        except OSError as error:
            raise StoreUnwritable(
                f"The model store cannot be written ({error.strerror}); free some space or check its permissions."
            ) from error
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes of this hash, the very ones that were hashed just now.

        Raises:
            ModelMissing: the store does not hold it.
            ModelRefused: the file on disk was altered, or `add` would have refused it.
        """
        try:
            content = self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise ModelMissing(
                f"The model {sha256[:16]}… is not in the store; run `insyn models build`, or `insyn models add FILE`."
            ) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ModelRefused(
                f"The model {sha256[:16]}… was altered on disk; delete it and add it again from its source."
            )
        check_self_contained(content)  # a file of this hash may have been put here by hand
        return content

    def stored(self) -> list[str]:
        """The hashes of all files kept."""
        return sorted(file.stem for file in self._folder.glob("*.onnx") if _HASH.fullmatch(file.stem))


def check_self_contained(content: bytes) -> None:
    """Refuse a model whose hash would not cover everything that runs.

    Raises:
        ModelRefused: not ONNX, with external data, with operators or functions of its own, or too large.
    """
    if not content:
        raise ModelRefused("The model file is empty.")
    if len(content) > LARGEST_BYTES:
        raise ModelRefused(f"The model file is larger than {LARGEST_BYTES // 2**20} MiB.")
    try:
        model = onnx.ModelProto.FromString(content)
    except DecodeError as error:
        raise ModelRefused("The file is not an ONNX model.") from error
    if not model.graph.node:
        raise ModelRefused("The file is not an ONNX model: it has no operators.")
    foreign = {entry.domain for entry in model.opset_import} - _STANDARD_DOMAINS
    if foreign or model.functions:
        raise ModelRefused("The model brings operators of its own; only those of the ONNX standard are run.")
    _check_graph(model.graph)


def _check_graph(graph: onnx.GraphProto) -> None:
    for tensor in [*graph.initializer, *(sparse.values for sparse in graph.sparse_initializer)]:
        _check_tensor(tensor)
    for node in graph.node:
        if node.domain not in _STANDARD_DOMAINS:
            raise ModelRefused("The model brings operators of its own; only those of the ONNX standard are run.")
        for attribute in node.attribute:
            for tensor in [attribute.t, *attribute.tensors]:
                _check_tensor(tensor)
            for inner in [attribute.g, *attribute.graphs]:
                _check_graph(inner)


def _check_tensor(tensor: onnx.TensorProto) -> None:
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise ModelRefused("The model keeps weights in other files, which its hash does not cover.")


def _write_at_once(path: Path, content: bytes) -> None:
    """Write so that a crash leaves the old file or the new one, never half of it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).replace(path)
        except OSError:
            Path(part.name).unlink(missing_ok=True)
            raise
