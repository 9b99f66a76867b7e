"""Sets with pairs through the product's whole chain: each part judged as LFW's View 2 is; and LFW's View 1.

Like View 2 it says whether a chain is put together rightly, and how much harder age or pose make it. It is one-to-one:
no rate of a watchlist follows from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.view2 import View2, best_threshold, scores_of_pairs, view2
from benchmarks.data.pairs import Pair, Verification


def judge(embedded: Embedded, verification: Verification) -> dict[str, View2]:
    """Each part of a set by its own ten folds, by its name."""
    return {name: view2(embedded, folds) for name, folds in verification.parts.items()}


@dataclass(frozen=True, slots=True)
class View1:
    """LFW View 1: the threshold that one list chose, and how the other fared at it. For development, never reported."""

    accuracy: float
    errors: int
    pairs: int
    threshold: float
    failures_to_detect: int


def view1(embedded: Embedded, train: Sequence[Pair], test: Sequence[Pair]) -> View1:
    """Choose on `train` and judge `test`; a pair without a face counts as a distance without end."""
    place = {picture.name: at for at, picture in enumerate(embedded.pictures)}
    train_scores, test_scores = (
        np.nan_to_num(scores_of_pairs(embedded, place, pairs), nan=-np.inf) for pairs in (train, test)
    )
    chosen = best_threshold(train_scores, np.array([pair.same for pair in train]))
    right = (test_scores >= chosen) == np.array([pair.same for pair in test])
    named = {name for pair in test for name in (pair.first, pair.second)}
    return View1(
        accuracy=float(right.mean()),
        errors=int((~right).sum()),
        pairs=len(test),
        threshold=chosen,
        failures_to_detect=sum(not embedded.detected[place[name]] for name in named),
    )
