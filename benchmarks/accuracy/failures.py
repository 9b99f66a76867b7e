"""What went wrong, by cause: false alarms and misses under numbers that stand for nobody, and no picture.

A cause is what the program can see of itself: it does not say why two people look alike.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.overlap import Overlap
from benchmarks.metrics.identification import Searches

WORST: Final = 10
SAME_PHOTOGRAPH: Final = "the same photograph is in both sets"
SAME_PERSON: Final = "seems to be the same person in both sets"
SMALL: Final = "a smaller face than three in four of its set"
BLURRED: Final = "a less sharp picture than three in four of its set"
ALIKE: Final = "none of these: two faces that score alike"
OTHER_FIRST: Final = "somebody else scored as high or higher"
BELOW: Final = "the own reference was first, below the threshold"


def false_alarms(probes: Embedded, best: NDArray[np.float64], overlap: Overlap, threshold: float) -> dict[str, Any]:
    """Probes that alarmed, by the first cause that fits, and those with the highest scores."""
    size, sharp = _quarter(probes, "size_px"), _quarter(probes, "sharpness")
    rows = [int(row) for row in np.flatnonzero(best >= threshold)]
    causes = {row: _cause(probes, row, overlap, size, sharp) for row in rows}
    worst = sorted(rows, key=lambda row: (-best[row], row))[:WORST]
    return _told(causes, [(row, float(best[row]) - threshold) for row in worst], "F")


def misses(lfw: Embedded, test: Searches, probes: NDArray[np.intp], threshold: float) -> dict[str, Any]:
    """Searches for people on the list that did not find them, by cause, and those with the lowest scores."""
    causes, short = dict[int, str](), dict[int, float]()
    for row in np.flatnonzero(test.mated).tolist():
        sample, own = lfw.samples[int(probes[row])], float(test.scores[row, test.mate[row]])
        if not test.acquired[row]:
            causes[row] = f"no search: {sample.failure or sample.refused}"
        elif (test.scores[row] >= own).sum() > 1:
            causes[row], short[row] = OTHER_FIRST, own - threshold
        elif own < threshold:
            causes[row], short[row] = BELOW, own - threshold
    worst = sorted(short, key=lambda row: (short[row], row))[:WORST]
    return _told(causes, [(row, short[row]) for row in worst], "M")


def _cause(probes: Embedded, row: int, overlap: Overlap, size: float, sharp: float) -> str:
    sample = probes.samples[row]
    fits = (
        (bool(overlap.same_photograph[row]), SAME_PHOTOGRAPH),
        (bool(overlap.same_person[row]), SAME_PERSON),
        (sample.size_px < size, SMALL),
        (sample.sharpness < sharp, BLURRED),
    )
    return next((cause for holds, cause in fits if holds), ALIKE)


def _quarter(probes: Embedded, name: str) -> float:
    values = [getattr(sample, name) for sample in probes.samples if sample.failure is None]
    return float(np.quantile(values, 0.25)) if values else 0.0


def _told(causes: Mapping[int, str], worst: Sequence[tuple[int, float]], letter: str) -> dict[str, Any]:
    counted = Counter(causes.values())
    return {
        "by_cause": [
            {"cause": cause, "searches": many}
            for cause, many in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
        ],
        "worst": [
            {"number": f"{letter}{at}", "cause": causes[row], "above_threshold": round(apart, 4)}
            for at, (row, apart) in enumerate(worst, start=1)
        ],
    }
