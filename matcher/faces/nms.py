"""Non-maximum suppression: of boxes that overlap, the best alone stays."""

import numpy as np
import numpy.typing as npt

from matcher.faces.face import FloatArray


def suppress(
    boxes_xyxy: npt.NDArray[np.float64], scores: FloatArray, *, overlap: float, covered: float = 1.0
) -> list[int]:
    """Return the indices of the boxes that stay, best score first.

    `boxes_xyxy` has shape (n, 4), right and bottom exclusive. A box goes when its intersection with one that stays is
    more than `overlap` of their union, or more than `covered` of either.
    """
    waiting = np.argsort(-scores, kind="stable")
    stay: list[int] = []
    while waiting.size:
        best, rest = int(waiting[0]), waiting[1:]
        stay.append(best)
        waiting = rest[~_overlaps(boxes_xyxy[best], boxes_xyxy[rest], overlap, covered)]
    return stay


def _overlaps(
    box: npt.NDArray[np.float64], others: npt.NDArray[np.float64], overlap: float, covered: float
) -> npt.NDArray[np.bool_]:
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    inner = np.prod(np.clip(sides, 0, None), axis=1)
    area = float(np.prod(box[2:] - box[:2]))
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    # Written without a quotient: an empty box overlaps nothing, and nothing is divided by its area.
    found: npt.NDArray[np.bool_] = (
        (inner > overlap * (area + areas - inner)) | (inner > covered * area) | (inner > covered * areas)
    )
    return found
