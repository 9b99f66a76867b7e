"""Both errors at every threshold that can change them."""

from dataclasses import dataclass

import numpy as np

from benchmarks.metrics.scores import Scores, ScoresLike, as_scores


@dataclass(frozen=True, slots=True)
class Det:
    """FMR and FNMR at rising thresholds.

    Every distinct score, and infinity, where nothing matches. Three axes of one length.
    """

    thresholds: Scores
    fmr: Scores
    fnmr: Scores


def det(genuine: ScoresLike, impostor: ScoresLike) -> Det:
    """The detection error trade-off: FMR(t) = P(i >= t), FNMR(t) = P(g < t) (ISO/IEC 19795-1)."""
    same, other = np.sort(as_scores(genuine, "genuine")), np.sort(as_scores(impostor, "impostor"))
    thresholds = np.append(np.unique(np.concatenate((same, other))), np.inf)
    above = other.size - np.searchsorted(other, thresholds, side="left")
    below = np.searchsorted(same, thresholds, side="left")
    return Det(thresholds, above / other.size, below / same.size)
