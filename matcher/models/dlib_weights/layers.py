"""The layers of dlib's two networks, as values."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from matcher.models.arrays import FloatArray
from matcher.models.dlib_weights.stream import DlibStream


class Kind(Enum):
    """What a place in a network's plan holds. Tags and skips store nothing: they only name a place."""

    CONVOLUTION = auto()
    AFFINE = auto()
    RELU = auto()
    MAX_POOL = auto()
    AVERAGE_POOL = auto()
    ADD_PREVIOUS = auto()
    FULLY_CONNECTED = auto()
    TAG = auto()
    SKIP = auto()


@dataclass(frozen=True, kw_only=True, eq=False)
class Convolution:
    """Filters of shape (out, in, rows, columns), one bias for each, stride and padding the same both ways."""

    filters: FloatArray
    biases: FloatArray
    stride: int
    padding: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Affine:
    """`gamma * x + beta`, channel by channel; a trained batch normalisation is turned into one."""

    gamma: FloatArray
    beta: FloatArray


@dataclass(frozen=True, kw_only=True)
class Relu:
    """Negative values become zero."""


@dataclass(frozen=True, kw_only=True)
class MaxPool:
    """The largest value of each square window, without padding."""

    size: int
    stride: int


@dataclass(frozen=True, kw_only=True)
class AveragePool:
    """The mean of each square window, without padding; a size of zero means the whole picture."""

    size: int
    stride: int


@dataclass(frozen=True, kw_only=True)
class AddPrevious:
    """Add the tagged input; where the two differ in size, the smaller is filled up with zeros."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FullyConnected:
    """Weights of shape (inputs, outputs), without bias."""

    weights: FloatArray


Layer = Convolution | Affine | Relu | MaxPool | AveragePool | AddPrevious | FullyConnected


def read_layer(stream: DlibStream, kind: Kind) -> Layer:
    """Read the details of one layer.

    Raises:
        ModelRefused: the stream holds something else here.
    """
    reader = _READERS.get(kind)
    if reader is None:
        raise stream.refuse("a plan that reads what is never stored")
    return reader(stream)


def _read_convolution(stream: DlibStream) -> Convolution:
    stream.expect_text("con_4")
    params = stream.tensor().ravel()
    count, rows, columns, stride_y, stride_x, padding_y, padding_x = (stream.count(4096) for _ in range(7))
    filters_shape, biases_shape = stream.alias_shape(), stream.alias_shape()
    stream.reals(4)  # multipliers of learning rate and weight decay: training only
    square = rows == columns and stride_y == stride_x and padding_y == padding_x
    if not square or filters_shape[0] != count or filters_shape[2:] != (rows, columns):
        raise stream.refuse("a convolution of another shape")
    split = int(np.prod(filters_shape))
    if biases_shape != (1, count, 1, 1) or params.size != split + count:
        raise stream.refuse("a convolution whose parameters do not fit")
    return Convolution(
        filters=params[:split].reshape(filters_shape),
        biases=params[split:],
        stride=stride_x,
        padding=padding_x,
    )


def _read_affine(stream: DlibStream) -> Affine:
    version = stream.expect_text("affine_", "bn_con2")
    params = stream.tensor().ravel()
    gamma_shape, beta_shape = stream.alias_shape(), stream.alias_shape()
    channels = gamma_shape[1]
    if gamma_shape != beta_shape or gamma_shape != (1, channels, 1, 1) or params.size != 2 * channels:
        raise stream.refuse("an affine layer of another shape")
    gamma, beta = params[:channels], params[channels:]
    if version == "affine_":
        stream.expect(0)  # mode: one pair of numbers for each channel
        return Affine(gamma=gamma, beta=beta)
    return _read_normalisation(stream, gamma, beta)


def _read_normalisation(stream: DlibStream, gamma: FloatArray, beta: FloatArray) -> Affine:
    """Turn a batch normalisation into the affine layer it is once training has ended."""
    _means, _inverse_deviations, means, variances = (stream.tensor().ravel() for _ in range(4))
    if means.shape != gamma.shape or variances.shape != gamma.shape:
        raise stream.refuse("a normalisation of another shape")
    stream.integer()  # updates so far
    stream.integer()  # window of the running statistics
    stream.reals(4)
    epsilon = stream.real()
    scale = gamma / np.sqrt(variances + np.float64(epsilon))
    return Affine(gamma=scale.astype(np.float32), beta=(beta - scale * means).astype(np.float32))


def _read_pool(stream: DlibStream) -> dict[str, int]:
    rows, columns, stride_y, stride_x = (stream.count(64) for _ in range(4))
    stream.expect(0, 0)  # padding
    if rows != columns or stride_y != stride_x:
        raise stream.refuse("a pooling window that is not square")
    return {"size": rows, "stride": stride_x}


def _read_fully_connected(stream: DlibStream) -> FullyConnected:
    stream.expect_text("fc_2")
    outputs, inputs = stream.count(4096), stream.count(65536)
    params = stream.tensor()
    weights_shape, biases_shape = stream.alias_shape(), stream.alias_shape()
    stream.expect(1)  # without bias
    stream.reals(4)
    if weights_shape != (inputs, outputs, 1, 1) or biases_shape != (0, 0, 0, 0) or params.size != inputs * outputs:
        raise stream.refuse("a fully connected layer of another shape")
    return FullyConnected(weights=params.reshape(inputs, outputs))


def _read_relu(stream: DlibStream) -> Relu:
    stream.expect_text("relu_")
    return Relu()


def _read_add_previous(stream: DlibStream) -> AddPrevious:
    stream.expect_text("add_prev_")
    return AddPrevious()


def _read_max_pool(stream: DlibStream) -> MaxPool:
    stream.expect_text("max_pool_2")
    return MaxPool(**_read_pool(stream))


def _read_average_pool(stream: DlibStream) -> AveragePool:
    stream.expect_text("avg_pool_2")
    return AveragePool(**_read_pool(stream))


_READERS: dict[Kind, Callable[[DlibStream], Layer]] = {
    Kind.CONVOLUTION: _read_convolution,
    Kind.AFFINE: _read_affine,
    Kind.RELU: _read_relu,
    Kind.MAX_POOL: _read_max_pool,
    Kind.AVERAGE_POOL: _read_average_pool,
    Kind.ADD_PREVIOUS: _read_add_previous,
    Kind.FULLY_CONNECTED: _read_fully_connected,
}
