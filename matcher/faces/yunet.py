"""YuNet, a small face detector that also gives five landmarks.

Source: W. Wu, H. Peng and S. Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023. The model's three strides and
its way to write boxes are those of the file in OpenCV's model zoo (2023mar).
"""

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from matcher.faces.face import BgrImage, DetectedFace, FloatArray
from matcher.faces.nms import suppress
from matcher.models.runtime import open_session

_STRIDES = (8, 16, 32)
_OUTPUTS = tuple(f"{part}_{stride}" for part in ("cls", "obj", "bbox", "kps") for stride in _STRIDES)
#: Only so many of the best boxes are compared with one another.
_MOST_BOXES = 5000


def open_yunet(content: bytes, *, threads: int, least_score: float, overlap: float) -> "YunetDetector":
    """Load YuNet for pictures of any size.

    Raises:
        ModelRefused: the runtime cannot load it.
    """
    session = open_session(_of_any_size(content), threads=threads)
    return YunetDetector(session, least_score=least_score, overlap=overlap)


class YunetDetector:
    """Finds faces of about 10 to 300 pixels, with landmarks. Not safe to share between threads."""

    def __init__(self, session: onnxruntime.InferenceSession, *, least_score: float, overlap: float) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._least_score = least_score
        self._overlap = overlap

    def detect(self, image_bgr: BgrImage) -> list[DetectedFace]:
        """Return the faces, best first: eye on the picture's left, on its right, nose, corners of the mouth."""
        pixels = _padded(image_bgr)
        outputs = dict(zip(_OUTPUTS, self._session.run(list(_OUTPUTS), {self._input: pixels}), strict=True))
        columns = pixels.shape[3]
        found = [self._of_stride(outputs, stride, columns // stride) for stride in _STRIDES]
        scores, boxes, points = (np.concatenate(parts) for parts in zip(*found, strict=True))
        best = np.argsort(-scores, kind="stable")[:_MOST_BOXES]
        scores, boxes, points = scores[best], boxes[best], points[best]
        return [
            _face(scores[at], boxes[at], points[at])
            for at in suppress(boxes.astype(np.float64), scores, limit=self._overlap)
        ]

    def _of_stride(
        self, outputs: dict[str, FloatArray], stride: int, columns: int
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Scores (n,), boxes (n, 4) and points (n, 5, 2) of one stride, above the least score."""
        classes, objects = outputs[f"cls_{stride}"][0, :, 0], outputs[f"obj_{stride}"][0, :, 0]
        scores = np.sqrt(np.clip(classes, 0, 1) * np.clip(objects, 0, 1))
        cells = np.flatnonzero(scores >= self._least_score)
        corner = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
        shape = outputs[f"bbox_{stride}"][0, cells]
        centres, halves = (corner + shape[:, :2]) * stride, np.exp(shape[:, 2:]) * (stride / 2)
        boxes = np.concatenate([centres - halves, centres + halves], axis=1)
        points = (outputs[f"kps_{stride}"][0, cells].reshape(-1, 5, 2) + corner[:, None, :]) * stride
        return scores[cells], boxes, points


def _face(score: np.float32, box: FloatArray, points: FloatArray) -> DetectedFace:
    left, top, right, bottom = (float(number) for number in box)
    return DetectedFace(
        box_xyxy=(left, top, right, bottom), detector_score=float(score), landmarks_xy=points.astype(np.float32)
    )


def _padded(image_bgr: BgrImage) -> FloatArray:
    """The picture as (1, 3, height, width), filled up with black to whole strides at the right and below."""
    height, width = image_bgr.shape[:2]
    largest = _STRIDES[-1]
    shape = (1, 3, -(-height // largest) * largest, -(-width // largest) * largest)
    pixels: npt.NDArray[np.float32] = np.zeros(shape, dtype=np.float32)
    pixels[0, :, :height, :width] = image_bgr.transpose(2, 0, 1)
    return pixels


def _of_any_size(content: bytes) -> bytes:
    """Free the sizes that the model states for its input and outputs; its operators work at any.

    The weights and operators stay those of the bytes that were hashed.
    """
    model = onnx.ModelProto.FromString(content)
    height, width = model.graph.input[0].type.tensor_type.shape.dim[2:4]
    height.dim_param, width.dim_param = "height", "width"
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    freed: bytes = model.SerializeToString()
    return freed
