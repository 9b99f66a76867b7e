"""Writing an ONNX graph so that the same weights always give the same bytes.

Nothing that changes from day to day goes in: no date, no library version, no path. Names are counted, the operator set
and the format's version are fixed, and tensors are written in one order.
"""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from matcher.models.arrays import FloatArray

OPERATOR_SET = 17
FORMAT_VERSION = 8
_PRODUCER = "insyn"


class OnnxGraph:
    """Collects nodes and weights, one after another; every method returns the name of its output."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []
        self._labels: dict[int, tuple[str, np.ndarray]] = {}  # the arrays are kept, so that no id is used again

    def node(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Add one operator of the standard set."""
        label = output or f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [label], **attributes))
        return label

    def weight(
        self, numbers: np.ndarray[tuple[int, ...], np.dtype[np.float32 | np.float64 | np.int32 | np.int64]]
    ) -> str:
        """Add one constant; the same array is kept only once."""
        if id(numbers) not in self._labels:
            label = f"weight_{len(self._weights)}"
            self._weights.append(numpy_helper.from_array(np.ascontiguousarray(numbers), label))
            self._labels[id(numbers)] = (label, numbers)
        return self._labels[id(numbers)][0]

    def whole(self, numbers: list[int]) -> str:
        """Add a constant of whole numbers."""
        return self.weight(np.array(numbers, dtype=np.int64))

    def convolution(
        self,
        source: str,
        filters: FloatArray,
        biases: FloatArray | None = None,
        *,
        stride: int,
        padding: int,
        output: str | None = None,
    ) -> str:
        """Add a convolution with square windows."""
        inputs = [source, self.weight(filters)]
        if biases is not None:
            inputs.append(self.weight(biases))
        size = filters.shape[2]
        return self.node(
            "Conv",
            *inputs,
            output=output,
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[padding] * 4,
        )

    def model_bytes(
        self, *, takes: list[onnx.ValueInfoProto], gives: onnx.ValueInfoProto, metadata: dict[str, str]
    ) -> bytes:
        """Check the graph and serialise it."""
        graph = helper.make_graph(self._nodes, self._name, takes, [gives], self._weights)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPERATOR_SET)],
            ir_version=FORMAT_VERSION,
            producer_name=_PRODUCER,
        )
        helper.set_model_props(model, dict(sorted(metadata.items())))
        onnx.checker.check_model(model, full_check=True)
        serialised: bytes = model.SerializeToString(deterministic=True)
        return serialised


def tensor_info(name: str, kind: type[np.uint8 | np.float32], shape: list[int | str]) -> onnx.ValueInfoProto:
    """Describe an input or an output; a size given as a word is free."""
    element = TensorProto.UINT8 if kind is np.uint8 else TensorProto.FLOAT
    return helper.make_tensor_value_info(name, element, shape)
