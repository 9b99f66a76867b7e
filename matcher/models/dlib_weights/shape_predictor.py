"""dlib's five-point landmark predictor, a cascade of regression forests, as ONNX.

Source of the method: V. Kazemi and J. Sullivan, "One Millisecond Face Alignment with an Ensemble of Regression Trees",
CVPR 2014. In each stage of the cascade some hundred pixels are looked up at places that move with the present
estimate; every tree compares pairs of them, ends at one leaf, and all leaves together correct the estimate.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from matcher.models.arrays import FloatArray
from matcher.models.dlib_weights.onnx_graph import OnnxGraph, tensor_info
from matcher.models.dlib_weights.stream import DlibStream

POINTS = 5
_MOST = 4096

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage:
    """One stage of the cascade, with t trees of depth d over f pixels.

    `firsts`, `seconds` (t, 2**d - 1): which two pixels a node compares; `thresholds` (same): the left child follows
    where their difference is larger. `leaves` (t * 2**d, 10): corrections. `anchors` (f,) and `offsets` (f, 2): a
    pixel lies at an offset, in the frame of the mean face, from one of the five points.
    """

    firsts: Whole
    seconds: Whole
    thresholds: FloatArray
    leaves: FloatArray
    anchors: Whole
    offsets: FloatArray

    @property
    def depth(self) -> int:
        """How many comparisons lead to a leaf."""
        return int(self.firsts.shape[1] + 1).bit_length() - 1


def landmarks_onnx(weights: bytes, metadata: dict[str, str]) -> bytes:
    """Turn `shape_predictor_5_face_landmarks.dat` into ONNX.

    The model takes `image_bgr`, uint8 of shape (height, width, 3), and `box`, float32 of shape (4,): left, top, right,
    bottom in pixels, the last two inside the box as dlib has it. It gives `landmarks_xy`, float32 of shape (5, 2):
    the outer and inner corner of the eye on the picture's right, of the eye on its left, and the base of the nose.

    Raises:
        ModelRefused: the file is not laid out as this one is.
    """
    stream = DlibStream(weights, "the landmark predictor's weights file")
    stream.expect(1)
    mean_shape = _matrix(stream)
    forests = [_forest(stream) for _ in range(stream.count(64))]
    anchors = [
        np.array([stream.count(POINTS - 1) for _ in range(stream.count(_MOST))], dtype=np.int64)
        for _ in range(stream.count(64))
    ]
    offsets = [
        np.array([stream.reals(2) for _ in range(stream.count(_MOST))], dtype=np.float32)
        for _ in range(stream.count(64))
    ]
    stream.end()
    if not len(forests) == len(anchors) == len(offsets):
        raise stream.refuse("stages that do not fit together")
    stages = [
        Stage(**forest, anchors=anchor, offsets=offset)
        for forest, anchor, offset in zip(forests, anchors, offsets, strict=True)
    ]
    return _Writer(mean_shape).write(stages, metadata)


def _matrix(stream: DlibStream) -> FloatArray:
    """Read a column of coordinates; dlib writes the sizes of such a matrix as negative numbers."""
    stream.expect(-2 * POINTS, -1)
    return np.array(stream.reals(2 * POINTS), dtype=np.float32)


def _forest(stream: DlibStream) -> dict[str, np.ndarray]:
    splits, leaves = [], []
    for _ in range(stream.count(_MOST)):
        splits.append([(stream.count(_MOST), stream.count(_MOST), stream.real()) for _ in range(stream.count(_MOST))])
        leaves.append([_matrix(stream) for _ in range(stream.count(_MOST))])
    if len({len(tree) for tree in splits}) != 1 or {len(tree) for tree in leaves} != {len(splits[0]) + 1}:
        raise stream.refuse("trees of different sizes")
    nodes = np.array(splits, dtype=np.float64)
    return {
        "firsts": nodes[:, :, 0].astype(np.int64),
        "seconds": nodes[:, :, 1].astype(np.int64),
        "thresholds": nodes[:, :, 2].astype(np.float32),
        "leaves": np.array(leaves, dtype=np.float32).reshape(-1, 2 * POINTS),
    }


class _Writer:
    """Writes the cascade. A `shape` is five points, (5, 2), in the frame of the box: 0 to 1 each way."""

    def __init__(self, mean_shape: FloatArray) -> None:
        self._graph = OnnxGraph("dlib_five_landmarks")
        self._mean = mean_shape.reshape(POINTS, 2)
        self._turned = self._graph.weight(_similarity_rows(self._mean.astype(np.float64)))
        self._limits = ""
        self._corner = ""
        self._sides = ""

    def write(self, stages: list[Stage], metadata: dict[str, str]) -> bytes:
        self._read_inputs()
        shape = self._graph.weight(self._mean)
        for stage in stages:
            shape = self._step(stage, shape)
        self._graph.node("Cast", self._rounded(self._in_pixels(shape)), output="landmarks_xy", to=TensorProto.FLOAT)
        return self._graph.model_bytes(
            takes=[
                tensor_info("image_bgr", np.uint8, ["height", "width", 3]),
                tensor_info("box", np.float32, [4]),
            ],
            gives=tensor_info("landmarks_xy", np.float32, [POINTS, 2]),
            metadata=metadata,
        )

    def _read_inputs(self) -> None:
        graph = self._graph
        box = graph.node("Cast", "box", to=TensorProto.DOUBLE)  # dlib maps to pixels in double precision
        self._corner = graph.node("Slice", box, self._graph.whole([0]), self._graph.whole([2]))
        self._sides = graph.node(
            "Sub", graph.node("Slice", box, self._graph.whole([2]), self._graph.whole([4])), self._corner
        )
        size = graph.node("Slice", graph.node("Shape", "image_bgr"), self._graph.whole([0]), self._graph.whole([2]))
        width_first = graph.node("Gather", size, self._graph.whole([1, 0]))
        self._limits = graph.node("Sub", width_first, self._graph.whole([1]))

    def _step(self, stage: Stage, shape: str) -> str:
        graph = self._graph
        pixels = self._intensities(self._places(stage, shape))
        first = graph.node("Gather", pixels, graph.weight(stage.firsts))
        second = graph.node("Gather", pixels, graph.weight(stage.seconds))
        left = graph.node("Greater", graph.node("Sub", first, second), graph.weight(stage.thresholds))
        # The children of node n are 2n + 1 and 2n + 2: the next node is 2n + 2 less one where left follows.
        rights = graph.node("Sub", self._graph.whole([2]), graph.node("Cast", left, to=TensorProto.INT64))
        leaf = self._leaf(stage, rights)
        corrections = graph.node("Gather", graph.weight(stage.leaves), leaf)
        # A running sum adds one tree after another in single precision, as dlib does: another order would round
        # otherwise, and a pixel looked up one place further can change a leaf.
        before = graph.node("Reshape", shape, self._graph.whole([1, 2 * POINTS]))
        sums = graph.node("CumSum", graph.node("Concat", before, corrections, axis=0), self._graph.whole([0]))
        last = graph.node("Gather", sums, self._graph.whole([stage.firsts.shape[0]]), axis=0)
        return graph.node("Reshape", last, self._graph.whole([POINTS, 2]))

    def _places(self, stage: Stage, shape: str) -> str:
        """Where the pixels of this stage lie: anchors, and offsets turned and scaled as the estimate is."""
        graph = self._graph
        exact = graph.node(
            "Cast", graph.node("Reshape", shape, self._graph.whole([2 * POINTS, 1])), to=TensorProto.DOUBLE
        )
        turn = graph.node("Cast", graph.node("MatMul", self._turned, exact), to=TensorProto.FLOAT)
        rotation = graph.node("Reshape", turn, self._graph.whole([2]))  # cosine and sine times scale
        x, y = stage.offsets[:, 0], stage.offsets[:, 1]
        spread = graph.weight(np.stack([np.stack([x, -y], axis=1), np.stack([y, x], axis=1)], axis=1))
        moved = graph.node("ReduceSum", graph.node("Mul", spread, rotation), self._graph.whole([2]), keepdims=0)
        places = graph.node("Add", moved, graph.node("Gather", shape, graph.weight(stage.anchors)))
        return self._in_pixels(places)

    def _in_pixels(self, places: str) -> str:
        exact = self._graph.node("Cast", places, to=TensorProto.DOUBLE)
        return self._graph.node("Add", self._graph.node("Mul", exact, self._sides), self._corner)

    def _rounded(self, places: str) -> str:
        half = self._graph.weight(np.array([0.5], dtype=np.float64))
        return self._graph.node("Floor", self._graph.node("Add", places, half))

    def _intensities(self, places: str) -> str:
        """The whole mean of red, green and blue at each place; black outside the picture."""
        graph = self._graph
        whole = graph.node("Cast", self._rounded(places), to=TensorProto.INT64)
        inside = graph.node("Min", graph.node("Max", whole, self._graph.whole([0])), self._limits)
        is_inside = graph.node("Cast", graph.node("Equal", inside, whole), to=TensorProto.FLOAT)
        both = graph.node("ReduceMin", is_inside, axes=[1], keepdims=0)
        row_first = graph.node("Gather", inside, self._graph.whole([1, 0]), axis=1)
        colours = graph.node("Cast", graph.node("GatherND", "image_bgr", row_first), to=TensorProto.INT32)
        total = graph.node("ReduceSum", colours, self._graph.whole([1]), keepdims=0)
        mean = graph.node("Div", total, graph.weight(np.array([3], dtype=np.int32)))
        return graph.node("Mul", graph.node("Cast", mean, to=TensorProto.FLOAT), both)

    def _leaf(self, stage: Stage, steps: str) -> str:
        """Follow every tree to its leaf; gives the leaves' rows in `stage.leaves`."""
        graph = self._graph
        trees, nodes = stage.firsts.shape
        node = graph.weight(np.zeros((trees, 1), dtype=np.int64))
        for _ in range(stage.depth):
            step = graph.node("GatherElements", steps, node, axis=1)
            node = graph.node("Add", graph.node("Add", node, node), step)
        # Leaf rows of tree t start at t * leaves; the first leaf comes after all inner nodes.
        starts = np.arange(trees, dtype=np.int64) * (nodes + 1) - nodes
        return graph.node("Add", graph.node("Reshape", node, self._graph.whole([trees])), graph.weight(starts))


def _similarity_rows(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Two rows that, times other points, give cosine and sine times scale of the least-squares similarity.

    They are centred, so the other points need not be.
    """
    x, y = (points - points.mean(axis=0)).T
    rows = np.stack([np.stack([x, y], axis=1).ravel(), np.stack([-y, x], axis=1).ravel()])
    turned: npt.NDArray[np.float64] = rows / np.sum(x * x + y * y)
    return turned
