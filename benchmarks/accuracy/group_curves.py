"""Each group's false alarms at other thresholds and on shorter lists, and both errors by sex: what plots are drawn of.

Counts, never rates alone: whoever reads them can compute the limits anew. A shorter list is a part of the longer one,
so that its false alarms can only be fewer.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.overlap import Overlap
from benchmarks.metrics.groups import UNKNOWN, crossed
from benchmarks.metrics.identification import Searches

LENGTHS: Final = (1, 10, 50, 100, 250, 500, 1000)
"""Lengths of lists that false alarms are counted on, as far as the list goes."""
THRESHOLDS: Final = 20
"""Places along the scores, besides the profile's own threshold."""
ALL: Final = "everybody"
_PLOTTED: Final = ("ethnicity", "sex")
_AT_ONCE: Final = 512

Flags = NDArray[np.bool_]
Counts = dict[str, Any]


def by_threshold(probes: Embedded, best: NDArray[np.float64], overlap: Overlap, threshold: float) -> Counts:
    """False alarms of each group at thresholds from the middle of the scores to their top, overlap left out."""
    known = best[np.isfinite(best)]
    low, high = (float(np.median(known)), float(known.max())) if known.size else (threshold, threshold)
    places = sorted({threshold, *(round(float(one), 4) for one in np.linspace(low, high, THRESHOLDS))})
    alarmed = np.stack([best >= place for place in places])
    return {"labels": _kinds(probes), "thresholds": places, "groups": _told(probes, alarmed, ~overlap.either)}


def by_list(probes: Embedded, gallery: Embedded, listed: Sequence[int], overlap: Overlap, threshold: float) -> Counts:
    """False alarms of each group on lists that are parts of one another, at one threshold, overlap left out.

    `with_overlap` has the same counts of people and false alarms where it is counted.
    """
    order = np.random.default_rng(1).permutation(np.asarray(listed, dtype=np.intp))
    lengths = sorted({min(length, order.size) for length in LENGTHS})
    alarmed = np.zeros((len(lengths), len(probes.pictures)), dtype=np.bool_)
    places = np.flatnonzero(probes.accepted)
    for part in np.array_split(places, max(1, places.size // _AT_ONCE)):
        reached = probes.scores_with(gallery, part.tolist(), order.tolist()) >= threshold
        for row, length in enumerate(lengths):
            alarmed[row, part] = reached[:, :length].any(axis=1)
    everybody = np.ones(len(probes.pictures), dtype=np.bool_)
    left_out, counted = (_told(probes, alarmed, kept) for kept in (~overlap.either, everybody))
    groups = [{**one, "with_overlap": other} for one, other in zip(left_out, counted, strict=True)]
    return {"labels": _kinds(probes), "lengths": lengths, "groups": groups}


def searches_by_sex(lfw: Embedded, test: Searches, probes: NDArray[np.intp]) -> dict[str, Searches]:
    """The searches of each sex that LFW's lists state, against the one list of all."""
    sexes = np.array([lfw.pictures[place].groups.get("sex", UNKNOWN) for place in probes])
    parts = {sex: sexes == sex for sex in sorted(set(sexes.tolist()))}
    both = {sex: rows for sex, rows in parts.items() if test.mated[rows].any() and (~test.mated[rows]).any()}
    return {sex: Searches(test.scores[rows], test.mate[rows], test.people[rows]) for sex, rows in both.items()}


def _kinds(probes: Embedded) -> list[str]:
    """The kinds of label that are plotted, of those that the probes have."""
    there = {kind for one in probes.pictures for kind in one.groups}
    return [kind for kind in _PLOTTED if kind in there]


def _told(probes: Embedded, alarmed: Flags, kept: Flags) -> list[Counts]:
    """Everybody and each group: its people, of those who are kept, and how many alarmed in each row."""
    kinds = _kinds(probes)
    groups = {ALL: kept}
    if kinds:
        names = np.array(crossed({kind: [one.groups.get(kind, "") for one in probes.pictures] for kind in kinds}))
        groups |= {str(name): kept & (names == name) for name in np.unique(names)}
    return [
        {"group": name, "people": int(members.sum()), "false_alarms": (alarmed & members).sum(axis=1).tolist()}
        for name, members in groups.items()
    ]
