"""Whether quality tells which comparisons fail: error versus discard (ISO/IEC 29794-1)."""

from dataclasses import dataclass

import numpy as np

from benchmarks.metrics.errors import MetricError
from benchmarks.metrics.scores import Scores, ScoresLike, as_scores


@dataclass(frozen=True, slots=True)
class ErrorVersusDiscard:
    """FNMR of the pairs left (`fnmr`) after the worst `discarded` fraction went.

    From 0 upwards, constant until the next step.
    """

    discarded: Scores
    fnmr: Scores

    def partial_area(self, until: float = 0.2) -> float:
        """The area below the steps from nothing discarded to `until`: smaller is better."""
        edges = np.append(self.discarded[self.discarded < until], until)
        return float((np.diff(edges) * self.fnmr[: edges.size - 1]).sum())


def error_versus_discard(mated: ScoresLike, quality: ScoresLike, threshold: float) -> ErrorVersusDiscard:
    """Discard mated pairs by their lower quality, worst first; pairs of equal quality leave together.

    `quality` has the smaller of the two samples' qualities for each pair. The last step, where nothing is left,
    is not on the curve.
    """
    scores, qualities = as_scores(mated, "mated"), as_scores(quality, "quality")
    if scores.shape != qualities.shape:
        raise MetricError("Each mated pair needs one quality: the smaller of its two samples'.")
    order = np.argsort(qualities, kind="stable")
    misses_from = np.cumsum((scores[order] < threshold)[::-1])[::-1]
    first = np.unique(qualities[order], return_index=True)[1]
    return ErrorVersusDiscard(first / scores.size, misses_from[first] / (scores.size - first))
