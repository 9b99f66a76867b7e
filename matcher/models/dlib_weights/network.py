"""A whole dlib network: a chain of layers whose plan must be known, because the file does not state it.

dlib writes a network from the outside in: first one version number for each layer, from the output to the input, then
the input layer, then each layer's details from the input to the output, each followed by its state of training.
"""

from collections.abc import Sequence

from matcher.models.dlib_weights.layers import Kind, Layer, read_layer
from matcher.models.dlib_weights.stream import DlibStream

_LAYER_VERSION = 2
_LAYER_ON_INPUT_VERSION = 3
_TAG_VERSION = 1
_STORES_NOTHING = (Kind.TAG, Kind.SKIP)


def read_versions(stream: DlibStream, plan: Sequence[Kind]) -> None:
    """Read the version numbers that come first; `plan` goes from the input to the output."""
    for kind in reversed(plan[1:]):
        stream.expect(_TAG_VERSION if kind in _STORES_NOTHING else _LAYER_VERSION)
    stream.expect(_LAYER_ON_INPUT_VERSION)


def read_layers(stream: DlibStream, plan: Sequence[Kind]) -> list[Layer]:
    """Read the layers that store something, from the input to the output, up to the end of the file.

    Raises:
        ModelRefused: the file does not follow the plan.
    """
    layers = []
    for place, kind in enumerate(plan):
        if kind in _STORES_NOTHING:
            continue
        layers.append(read_layer(stream, kind))
        _read_training_state(stream)
        if place == 0:
            stream.expect(1)  # one network input for each picture
    stream.end()
    return layers


def read_mean_colour(stream: DlibStream) -> tuple[float, float, float]:
    """Read the input layer's mean red, green and blue, which dlib subtracts before it divides by 256."""
    red, green, blue = stream.reals(3)
    return red, green, blue


def _read_training_state(stream: DlibStream) -> None:
    for _ in range(3):
        stream.truth()
    for _ in range(3):  # gradients and outputs: the files that are published hold none
        if stream.tensor().size:
            raise stream.refuse("a layer with left-overs of training")
