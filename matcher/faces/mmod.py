"""dlib's max-margin face detector, run as one ONNX graph over an image pyramid.

Source: D. E. King, "Max-Margin Object Detection", 2015, and dlib's `loss_mmod`. Boxes and scores equal those of
`dlib.cnn_face_detection_model_v1` (see `docs/models.md` for what was measured).
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from matcher.errors import ModelRefused
from matcher.faces.face import BgrImage, BoxXyxy, DetectedFace, FloatArray
from matcher.faces.nms import Boxes, over_enclosure, suppress
from matcher.faces.pyramid import Layout, draw, lay_out

#: Three convolutions of width 5 and stride 2 without padding: one score stands for this many pixels each way,
_STRIDE = 8
#: and the first stands for the window whose centre is here.
_FIRST_CENTRE = 14

#: The canvas must hold six rows of windows (the network works in six bands) and one column.
_LEAST_WIDTH = 2 * _FIRST_CENTRE + 1
_LEAST_HEIGHT = _LEAST_WIDTH + 5 * _STRIDE

WINDOW_KEY = "insyn.mmod_window"

#: Rows or columns of scores, (n,).
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Window:
    """What the detector needs beside its network, as the model's metadata state it."""

    width: int
    height: int
    overlap: float
    mean_rgb: tuple[float, float, float]

    @classmethod
    def of(cls, session: onnxruntime.InferenceSession) -> "Window":
        """Read the metadata of a model that `matcher.models.dlib_weights.detector` wrote."""
        try:
            stated: dict[str, Any] = json.loads(session.get_modelmeta().custom_metadata_map[WINDOW_KEY])
            red, green, blue = stated.pop("mean_rgb")
            return cls(mean_rgb=(red, green, blue), **stated)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelRefused(
                "The detector's model does not state its window; build it with `insyn models build`."
            ) from error


class MmodDetector:
    """Finds faces of about 80 pixels and more. Not safe to share between threads."""

    def __init__(self, session: onnxruntime.InferenceSession, *, least_score: float = 0.0) -> None:
        self._session = session
        self._window = Window.of(session)
        self._least_score = least_score

    def detect(self, image_bgr: BgrImage) -> list[DetectedFace]:
        """Return the faces, best first, without landmarks; boxes may reach past the edge of the picture."""
        height, width = image_bgr.shape[:2]
        layout = lay_out(width, height)
        if layout.height < _LEAST_HEIGHT or layout.width < _LEAST_WIDTH:
            return []  # far too small to hold the window of a face
        canvas = draw(image_bgr, layout, self._window.mean_rgb)
        scores = self._session.run(None, {"canvas_rgb": canvas})[0][0, 0]
        return self._faces(scores, layout)

    def _faces(self, scores: FloatArray, layout: Layout) -> list[DetectedFace]:
        rows, columns = np.nonzero(scores > self._least_score)
        if rows.size == 0:
            return []
        found = scores[rows, columns]
        boxes = self._boxes(rows, columns, layout)
        kept = suppress(boxes, found, limit=self._window.overlap, overlap=over_enclosure)
        return [
            DetectedFace(box_xyxy=_as_box(boxes[at]), detector_score=float(found[at]), landmarks_xy=None) for at in kept
        ]

    def _boxes(self, rows: Places, columns: Places, layout: Layout) -> Boxes:
        """The windows around scores, (n, 4) in pixels of the picture, rounded as dlib rounds them."""
        centres = np.stack([columns, rows], axis=1) * _STRIDE + _FIRST_CENTRE
        half = np.array([self._window.width - 1, self._window.height - 1]) / 2
        boxes = _rounded(layout.to_image(np.concatenate([centres - half, centres + half], axis=1)))
        # dlib's corners are pixels inside the box; ours end one pixel later.
        boxes[:, 2:] += 1.0
        return boxes


def _rounded(values: Boxes) -> Boxes:
    """The nearest whole numbers; a half goes away from zero."""
    rounded: Boxes = np.copysign(np.floor(np.abs(values) + 0.5), values)
    return rounded


def _as_box(numbers: np.ndarray) -> BoxXyxy:
    left, top, right, bottom = (float(number) for number in numbers)
    return left, top, right, bottom
