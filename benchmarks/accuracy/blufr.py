"""LFW as BLUFR uses it (Liao, Lei, Yi and Li, IJCB 2014): all pictures, ten trials, verification and open set.

"BLUFR-style", because BLUFR's own ten splits are a MATLAB file that is older than LFW's last corrections: ours are
drawn by the seeds 1 to 10, and who draws them again gets the same. In each trial 1,500 people are left to training,
which nothing here needs, and the others are tested:

* verification: VR at FAR 0.1 %, over every pair of the tested pictures;
* open set: a gallery of 1,000 people with a picture each, out of those who have two or more; their other pictures are
  the mated probes, all pictures of everybody else the strangers'; DIR at rank 1 and FAR 1 %.

As BLUFR has it, thresholds are chosen on the very pictures they are reported on, so these figures compare chains with
published ones and carry no claim. The figure is the mean less one standard deviation of the trials.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import floor, nextafter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.metrics.identification import NOT_ENROLLED
from benchmarks.metrics.scores import Scores

SEEDS: Final = tuple(range(1, 11))
TRAINING: Final = 1500
GALLERY: Final = 1000
FAR: Final = 1e-3
OPEN_SET_FAR: Final = 1e-2
_ROWS: Final = 128
"""Pictures that are compared with all others at once: 128 rows of 13,233 scores are 7 MB."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One seed's tested pictures by place, the gallery's among them, and the probes with each one's column, or -1."""

    seed: int
    tested: NDArray[np.intp]
    gallery: NDArray[np.intp]
    probes: NDArray[np.intp]
    mates: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What one trial gave. Rates with the counts behind them; a picture without a template matches nothing."""

    seed: int
    vr: float
    threshold: float
    mated_pairs: int
    other_pairs: int
    dir: float
    open_set_threshold: float
    mated_probes: int
    strangers_probes: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Figures of trials: their mean, their standard deviation over one degree fewer, and the one less the other.

    One trial alone has no deviation.
    """

    mean: float
    deviation: float | None
    mean_less_deviation: float | None


@dataclass(frozen=True, slots=True)
class BlufrResult:
    """All trials, and both figures over them."""

    vr_at_far_1e3: Spread
    dir_at_far_1e2: Spread
    trials: tuple[TrialResult, ...]


def trial(embedded: Embedded, seed: int, *, training: int = TRAINING, gallery: int = GALLERY) -> Trial:
    """Draw one trial.

    Raises:
        NotEnoughPeople: fewer people than the training and the gallery take.
    """
    dice = np.random.default_rng(seed)
    people = _people(embedded)
    tested = [people[at] for at in dice.permutation(len(people))[training:]]
    several = [places for places in tested if places.size > 1]
    if len(several) < gallery or len(tested) <= gallery:
        raise NotEnoughPeople(
            f"This needs {training} people to leave out, {gallery} with two pictures each for the gallery, and others."
        )
    chosen = [several[at] for at in dice.permutation(len(several))[:gallery]]
    references = np.array([int(dice.choice(places)) for places in chosen], dtype=np.intp)
    column = {int(place): row for row, places in enumerate(chosen) for place in places}
    whole = np.sort(np.concatenate(tested))
    probes = np.setdiff1d(whole, references)
    mates = np.array([column.get(int(place), NOT_ENROLLED) for place in probes], dtype=np.intp)
    return Trial(seed, whole, references, probes, mates)


def _people(embedded: Embedded) -> list[NDArray[np.intp]]:
    places: dict[str, list[int]] = {}
    for at, picture in enumerate(embedded.pictures):
        if picture.person is not None:
            places.setdefault(picture.person, []).append(at)
    return [np.array(places[name], dtype=np.intp) for name in sorted(places)]


def blufr(
    embedded: Embedded,
    *,
    trials: Sequence[Trial],
    progress: Callable[[int, int], None],
    far: float = FAR,
    open_set_far: float = OPEN_SET_FAR,
) -> BlufrResult:
    """Score every pair once, block by block, and let each trial take what is its own.

    Memory: the highest scores of strangers that a threshold can hang on, and the mated ones; never all.
    """
    verification = [_Verification(embedded, one, far) for one in trials]
    for done, (first, scores) in enumerate(_blocks(embedded)):
        for one in verification:
            one.take(first, scores)
        progress(min((done + 1) * _ROWS, len(embedded.pictures)), len(embedded.pictures))
    found = tuple(_result(embedded, one, open_set_far) for one in verification)
    return BlufrResult(_spread([one.vr for one in found]), _spread([one.dir for one in found]), found)


def _blocks(embedded: Embedded) -> Iterator[tuple[int, Scores]]:
    """The first row of each block, and its scores with all pictures from that row on; minus infinity without a face."""
    many = len(embedded.pictures)
    for first in range(0, many, _ROWS):
        rows = range(first, min(first + _ROWS, many))
        yield first, np.nan_to_num(embedded.scores(rows, range(first, many)), nan=-np.inf)


class _Verification:
    """What one trial keeps of all pairs: every mated score, how many others there were, and the highest of those."""

    def __init__(self, embedded: Embedded, of: Trial, far: float) -> None:
        self.trial, self._far = of, far
        self._tested = np.zeros(len(embedded.pictures), dtype=np.bool_)
        self._tested[of.tested] = True
        self._person = np.unique([one.person or "" for one in embedded.pictures], return_inverse=True)[1]
        counts = np.unique(self._person[of.tested], return_counts=True)[1]
        self.mated_pairs = int((counts * (counts - 1) // 2).sum())
        self.other_pairs = of.tested.size * (of.tested.size - 1) // 2 - self.mated_pairs
        self._keep = floor(far * self.other_pairs) + 1
        self._highest: Scores = np.empty(0, dtype=np.float64)
        self._mated: list[Scores] = []

    def take(self, first: int, scores: Scores) -> None:
        """Look at one block of rows, whose columns begin with its own first picture."""
        rows = np.flatnonzero(self._tested[first : first + len(scores)])
        columns = np.flatnonzero(self._tested[first:])
        block = scores[np.ix_(rows, columns)]
        later = columns[None, :] > rows[:, None]
        same = self._person[first + rows][:, None] == self._person[first + columns][None, :]
        self._mated.append(block[later & same])
        self._highest = _highest(np.concatenate((self._highest, block[later & ~same])), self._keep)

    def threshold(self) -> float:
        """The lowest score of two people at or above which no more than the target lie, or just above the highest."""
        return threshold_among(self._highest, floor(self._far * self.other_pairs))

    def vr(self) -> float:
        """Mated pairs at or above that, of all."""
        # In double precision: the number just above a score is none of its own in single precision.
        mated = np.concatenate(self._mated).astype(np.float64)
        return float((mated >= self.threshold()).sum() / self.mated_pairs)


def _highest(scores: Scores, keep: int) -> Scores:
    return scores if scores.size <= keep else np.partition(scores, scores.size - keep)[-keep:]


def threshold_among(highest: Scores, allowed: int) -> float:
    """The lowest score at or above which no more than `allowed` lie; `highest` holds one more than those, or all."""
    falling = -np.sort(-highest.astype(np.float64))
    if falling.size <= allowed:
        return float(falling[-1])
    above = falling[falling > falling[allowed]]  # what is as high as the first that is too many must stay out
    return float(above[-1]) if above.size else nextafter(float(falling[0]), float("inf"))


def _result(embedded: Embedded, of: _Verification, far: float) -> TrialResult:
    best, own, rank_one = _searched(embedded, of.trial)
    strangers = of.trial.mates == NOT_ENROLLED
    threshold = threshold_among(best[strangers], floor(far * int(strangers.sum())))
    found = rank_one & (own >= threshold)
    return TrialResult(
        seed=of.trial.seed,
        vr=of.vr(),
        threshold=of.threshold(),
        mated_pairs=of.mated_pairs,
        other_pairs=of.other_pairs,
        dir=float(found[~strangers].mean()),
        open_set_threshold=threshold,
        mated_probes=int((~strangers).sum()),
        strangers_probes=int(strangers.sum()),
    )


def _searched(embedded: Embedded, of: Trial) -> tuple[Scores, Scores, NDArray[np.bool_]]:
    """For each probe the highest score, the own person's, and whether that is the highest alone."""
    best = np.empty(of.probes.size, dtype=np.float64)
    own = np.full(of.probes.size, -np.inf)
    alone = np.zeros(of.probes.size, dtype=np.bool_)
    for first in range(0, of.probes.size, _ROWS):
        part = slice(first, min(first + _ROWS, of.probes.size))
        scores = np.nan_to_num(embedded.scores(of.probes[part].tolist(), of.gallery.tolist()), nan=-np.inf)
        best[part] = scores.max(axis=1)
        mated = np.flatnonzero(of.mates[part] != NOT_ENROLLED)
        own[first + mated] = scores[mated, of.mates[part][mated]]
        alone[first + mated] = (scores[mated] >= own[first + mated][:, None]).sum(axis=1) == 1
    return best, own, alone


def _spread(values: Sequence[float]) -> Spread:
    mean = float(np.mean(values))
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return Spread(mean, deviation, None if deviation is None else mean - deviation)
