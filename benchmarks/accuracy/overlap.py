"""Do two sets share pictures or people? A false alarm on the same person is none, and must not be called one.

Three rules, stated in every report; figures are given with what they exclude and without, and the worse of both counts:

* *same photograph*: the aligned faces in grey, 24 pixels square, correlate at or above `SAME_PHOTOGRAPH`. It does not
ask the model that is measured.
* *same person*: the **other** profile's score, which is not measured here, reaches what only one in a million
comparisons of different people of the first set reaches.
* nobody is excluded by the scores of the model that is measured: that would drop its own errors.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.metrics.verification import threshold_for_fmr

SAME_PHOTOGRAPH: Final = 0.95
ONE_IN: Final = 1_000_000
_AT_ONCE: Final = 512


@dataclass(frozen=True)
class Overlap:
    """For each probe, whether the gallery's set shows the same photograph, or seems to show the same person."""

    same_photograph: NDArray[np.bool_]
    same_person: NDArray[np.bool_]
    person_threshold: float

    @property
    def either(self) -> NDArray[np.bool_]:
        """Probes that are left out of the figures with exclusions."""
        return np.asarray(self.same_photograph | self.same_person, dtype=np.bool_)


def find_overlap(probes: Embedded, gallery: Embedded) -> Overlap:
    """Compare every probe with every picture of the gallery's set; both were embedded by the *other* profile."""
    threshold = _person_threshold(gallery)
    best = _best(probes, gallery)
    return Overlap(_same_photograph(probes, gallery), np.asarray(best >= threshold, dtype=np.bool_), threshold)


def _best(probes: Embedded, gallery: Embedded) -> NDArray[np.float64]:
    known = np.flatnonzero(gallery.detected).tolist()
    best = np.full(len(probes.pictures), -np.inf)
    for first in range(0, len(probes.pictures), _AT_ONCE):
        places = list(range(first, min(first + _AT_ONCE, len(probes.pictures))))
        best[places] = np.nan_to_num(probes.scores_with(gallery, places, known), nan=-np.inf).max(axis=1)
    return best


def _person_threshold(gallery: Embedded) -> float:
    """The score that one in a million comparisons of different people of the set reaches.

    One picture of each person.
    """
    first = {picture.person: at for at, picture in reversed(list(enumerate(gallery.pictures))) if gallery.detected[at]}
    places = sorted(first.values())
    scores = gallery.scores(places, places)
    return threshold_for_fmr(scores[np.triu_indices(len(places), 1)], 1 / ONE_IN).value


def _same_photograph(probes: Embedded, gallery: Embedded) -> NDArray[np.bool_]:
    theirs, ours = _flat(gallery), _flat(probes)
    found = np.zeros(len(probes.pictures), dtype=np.bool_)
    for first in range(0, len(ours), _AT_ONCE):
        part = ours[first : first + _AT_ONCE]
        found[first : first + len(part)] = (part @ theirs.T).max(axis=1) >= SAME_PHOTOGRAPH
    return found


def _flat(embedded: Embedded) -> NDArray[np.float32]:
    """Each thumbnail with mean 0 and length 1, a row each; zeros where there is none, which correlate with nothing."""
    rows = []
    for sample in embedded.samples:
        pixels = np.zeros(1) if sample.thumbnail is None else sample.thumbnail.astype(np.float32).ravel()
        rows.append(pixels - pixels.mean())
    width = max(row.size for row in rows)
    table = np.stack([row if row.size == width else np.zeros(width) for row in rows]).astype(np.float32)
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table / np.maximum(lengths, 1e-6), dtype=np.float32)
