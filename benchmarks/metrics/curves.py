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


def det(mated: ScoresLike, non_mated: ScoresLike) -> Det:
    """The detection error trade-off: FMR(t) = P(i >= t), FNMR(t) = P(g < t) (ISO/IEC 19795-1)."""
    same, other = np.sort(as_scores(mated, "mated")), np.sort(as_scores(non_mated, "non-mated"))
    thresholds = np.append(np.unique(np.concatenate((same, other))), np.inf)
    above = other.size - np.searchsorted(other, thresholds, side="left")
    below = np.searchsorted(same, thresholds, side="left")
    return Det(thresholds, above / other.size, below / same.size)
