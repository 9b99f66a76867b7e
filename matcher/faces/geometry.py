"""Similarity transforms: turning, scaling and moving points, without mirroring."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


def similarity(from_xy: npt.ArrayLike, to_xy: npt.ArrayLike) -> Points:
    """Return the 2 x 3 matrix of the similarity that brings `from_xy` nearest to `to_xy` (both (n, 2)).

    The least-squares solution without mirroring: S. Umeyama, "Least-squares estimation of transformation parameters
    between two point patterns", 1991, which in the plane has this closed form.
    """
    source, target = np.asarray(from_xy, dtype=np.float64), np.asarray(to_xy, dtype=np.float64)
    source_middle, target_middle = source.mean(axis=0), target.mean(axis=0)
    s, t = source - source_middle, target - target_middle
    spread = float(np.sum(s * s))
    if spread == 0.0:
        raise ValueError("a similarity needs at least two different points")
    cosine = float(np.sum(s * t)) / spread
    sine = float(np.sum(s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0])) / spread
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, target_middle - turn @ source_middle])


def apply(matrix: Points, points_xy: npt.ArrayLike | Sequence[tuple[float, float]]) -> Points:
    """Map points (n, 2) by a 2 x 3 matrix."""
    mapped: Points = np.asarray(points_xy, dtype=np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return mapped
