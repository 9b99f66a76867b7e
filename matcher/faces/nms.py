"""Non-maximum suppression: of boxes that overlap, the best alone stays."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from matcher.faces.face import FloatArray

Boxes = npt.NDArray[np.float64]

#: How far one box (4,) and each of others (n, 4) overlap, 0 to 1.
Overlap = Callable[[Boxes, Boxes], npt.NDArray[np.float64]]


def over_union(box: Boxes, others: Boxes) -> npt.NDArray[np.float64]:
    """The intersection's part of the union, as almost everybody measures overlap."""
    inner = _intersection(box, others)
    return _part(inner, _area(box) + _area(others) - inner)


def over_enclosure(box: Boxes, others: Boxes) -> npt.NDArray[np.float64]:
    """The intersection's part of the smallest box that encloses both, as dlib measures it."""
    corners = np.concatenate([np.minimum(box[:2], others[:, :2]), np.maximum(box[2:], others[:, 2:])], axis=1)
    return _part(_intersection(box, others), _area(corners))


def suppress(boxes_xyxy: Boxes, scores: FloatArray, *, limit: float, overlap: Overlap = over_union) -> list[int]:
    """Return the indices of the boxes that stay, best score first.

    `boxes_xyxy` has shape (n, 4), right and bottom exclusive. A box goes when it overlaps one that stays by more than
    `limit`.
    """
    waiting = np.argsort(-scores, kind="stable")
    stay: list[int] = []
    while waiting.size:
        best, rest = int(waiting[0]), waiting[1:]
        stay.append(best)
        waiting = rest[overlap(boxes_xyxy[best], boxes_xyxy[rest]) <= limit]
    return stay


def _intersection(box: Boxes, others: Boxes) -> npt.NDArray[np.float64]:
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    inner: npt.NDArray[np.float64] = np.prod(np.clip(sides, 0, None), axis=1)
    return inner


def _area(boxes: Boxes) -> npt.NDArray[np.float64]:
    area: npt.NDArray[np.float64] = np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1)
    return area


def _part(inner: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The quotient, and zero where nothing is shared: two empty boxes have no area to divide by."""
    return np.divide(inner, whole, out=np.zeros_like(inner), where=inner > 0)
