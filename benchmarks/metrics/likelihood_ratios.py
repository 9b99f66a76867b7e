"""How good scores are as evidence: the cost of log-likelihood ratios."""

import numpy as np

from benchmarks.metrics.rates import Figure, undefined
from benchmarks.metrics.scores import Scores, ScoresLike

_ONE_IS_EMPTY = "There are no {} scores, and the cost is a mean over both kinds."


def cllr(mated: ScoresLike, non_mated: ScoresLike) -> Figure:
    """Cllr of scores that *are* natural log-likelihood ratios: 0 is perfect, 1 tells nothing, above 1 misleads.

    Cllr = 1/2 (mean over mated of log2(1 + 1/LR) + mean over non-mated of log2(1 + LR)). A ratio of zero for the
    same person, or an infinite one for a stranger, costs infinitely much, and the figure says so (Brummer and du
    Preez, Computer Speech and Language 20 (2006) 230).
    """
    same, other = np.asarray(mated, dtype=np.float64), np.asarray(non_mated, dtype=np.float64)
    for scores, name in ((same, "mated"), (other, "non-mated")):
        if scores.size == 0:
            return undefined(_ONE_IS_EMPTY.format(name))
    cost = (_mean_cost(-same) + _mean_cost(other)) / 2
    if np.isinf(cost):
        return Figure(
            float("inf"), "A ratio is infinitely wrong: zero for the same person, or infinite for a stranger."
        )
    return Figure(cost)


def _mean_cost(log_ratios: Scores) -> float:
    return float(np.logaddexp(0.0, log_ratios).mean() / np.log(2))
