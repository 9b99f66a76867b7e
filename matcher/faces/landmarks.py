"""dlib's five landmarks, by an ensemble of regression trees."""

import numpy as np
import onnxruntime

from matcher.faces.face import BgrImage, BoxXyxy, FloatArray


class TreeLandmarks:
    """Locates five points: outer and inner corner of the eye on the picture's right, of the eye on its left, nose.

    Whole pixels, equal to those of `dlib.shape_predictor`. Not safe to share between threads.
    """

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    def locate(self, image_bgr: BgrImage, box_xyxy: BoxXyxy) -> FloatArray:
        """Return the points as (5, 2) float32, x then y, in pixels of the picture."""
        left, top, right, bottom = box_xyxy
        # dlib's corners are pixels inside the box, ours end one pixel later.
        box = np.array([left, top, right - 1, bottom - 1], dtype=np.float32)
        image = np.ascontiguousarray(image_bgr)
        points: FloatArray = self._session.run(None, {"image_bgr": image, "box": box})[0]
        return points
