"""How errors change when the threshold, the picture or the quality gate does: one sample, one change at a time.

The list is of people with a second picture; that picture, and one of everybody else in the sample, is made worse and
goes through the product's own chain. References stay as they were enrolled. The sample is drawn once, by a seed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.degradation import GRADES, SIZE, Grade, worsened_set
from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.accuracy.template import Sample
from benchmarks.accuracy.watchlist_protocol import Half
from benchmarks.data.pictures import PictureSet
from benchmarks.metrics.identification import NOT_ENROLLED, Searches, fnir, fpir
from benchmarks.metrics.intervals import Interval
from benchmarks.metrics.quality import error_versus_discard
from contracts.model_profile import ScoreKind

LISTED: Final = 300
OTHERS: Final = 300
SEED: Final = 1
AS_IT_IS: Final = "as photographed"
NO_LEVEL: Final = "–"
THRESHOLD: Final = "threshold"
GATE_OFF: Final = "quality gate off"
_STEPS: Final = (-0.1, -0.05, -0.02, 0.02, 0.05, 0.1)
_FRACTIONS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom a run looks at, by the places of their pictures: references, their second pictures, others' one picture."""

    references: tuple[int, ...]
    second: tuple[int, ...]
    others: tuple[int, ...]

    @property
    def probes(self) -> tuple[int, ...]:
        """Every picture that is made worse."""
        return (*self.second, *self.others)


@dataclass(frozen=True, slots=True)
class Row:
    """One change and what came of it, at the level of the system: who gives no template alarms nobody and is missed."""

    what: str
    level: float | str
    unit: str
    people: int
    searches: int
    false_alarms: int
    fpir: float | None
    interval: Interval | None
    listed_searches: int
    missed: int
    fnir: float | None
    fnir_interval: Interval | None
    not_acquired: int


def choose(embedded: Embedded, *, listed: int = LISTED, others: int = OTHERS, seed: int = SEED) -> Chosen:
    """Draw the sample.

    Raises:
        NotEnoughPeople: the set has too few people, or too few with a second picture.
    """
    places: dict[str, list[int]] = {}
    for at, picture in enumerate(embedded.pictures):
        if picture.person is not None:
            places.setdefault(picture.person, []).append(at)
    dice = np.random.default_rng(seed)
    several = [name for name in sorted(places) if len(places[name]) > 1 and embedded.accepted[places[name]].any()]
    if len(several) < listed or len(places) < listed + others:
        raise NotEnoughPeople(
            f"It takes {listed} people with a second picture and {others} others; here are {len(several)} of "
            f"{len(places)}."
        )
    named = [several[at] for at in dice.permutation(len(several))[:listed]]
    strangers = sorted(set(places) - set(named))
    passing = [strangers[at] for at in dice.permutation(len(strangers))[:others]]
    references = tuple(int(dice.choice([at for at in places[name] if embedded.accepted[at]])) for name in named)
    second = tuple(
        int(dice.choice([at for at in places[name] if at != reference]))
        for name, reference in zip(named, references, strict=True)
    )
    return Chosen(references, second, tuple(int(dice.choice(places[name])) for name in passing))


def worse_pictures(
    pictures: PictureSet, embedded: Embedded, chosen: Chosen, grades: Sequence[Grade] = GRADES
) -> PictureSet:
    """The sample's pictures in every grade, to be embedded; a face that was not found is taken for a middling one."""
    middle = float(np.median([one.size_px for one in embedded.samples if np.isfinite(one.size_px)]))
    sizes = {embedded.pictures[at].name: _size(embedded.samples[at], middle) for at in chosen.probes}
    return worsened_set(pictures, [embedded.pictures[at] for at in chosen.probes], grades, sizes)


def _size(sample: Sample, middle: float) -> float:
    return sample.size_px if np.isfinite(sample.size_px) else middle


def measure(embedded: Embedded, worse: Embedded, chosen: Chosen, grades: Sequence[Grade] = GRADES) -> tuple[Row, ...]:
    """Every row. `worse` is of `worse_pictures`."""
    return tuple(_rows(_Sample(embedded, chosen), worse, grades))


def _rows(sample: "_Sample", worse: Embedded, grades: Sequence[Grade]) -> Iterator[Row]:
    rule = sample.embedded.profile.comparison
    own = list(sample.chosen.probes)
    yield sample.row(AS_IT_IS, NO_LEVEL, "", sample.searches(sample.embedded, own))
    for step in _STEPS:
        changed = rule.threshold + step
        likeness = -changed if rule.score is ScoreKind.EUCLIDEAN_DISTANCE else changed
        yield sample.row(
            THRESHOLD, round(changed, 6), rule.score.value, sample.searches(sample.embedded, own), likeness
        )
    for number, grade in enumerate(grades):
        places = list(range(number * len(own), (number + 1) * len(own)))
        yield sample.row(grade.what, grade.level, grade.unit, sample.searches(worse, places))
    yield sample.row(GATE_OFF, NO_LEVEL, "", sample.searches(sample.embedded, own, gate=False))
    for number, grade in enumerate(grades):
        if grade.what == SIZE:
            places = list(range(number * len(own), (number + 1) * len(own)))
            yield sample.row(f"{SIZE}, {GATE_OFF}", grade.level, grade.unit, sample.searches(worse, places, gate=False))


@dataclass(frozen=True, slots=True)
class _Sample:
    embedded: Embedded
    chosen: Chosen

    def searches(self, probes: Embedded, places: Sequence[int], *, gate: bool = True) -> Searches:
        """Search for pictures of a set; without the gate whatever has a face is compared."""
        scores = probes.scores_with(self.embedded, places, self.chosen.references).astype(np.float64)
        compared = probes.accepted if gate else probes.detected
        scores[~compared[list(places)]] = np.nan
        mates = [*range(len(self.chosen.second)), *([NOT_ENROLLED] * len(self.chosen.others))]
        return Searches.of(scores, mates)

    def row(self, what: str, level: float | str, unit: str, found: Searches, threshold: float | None = None) -> Row:
        """Count at a threshold; the profile's own where none is given."""
        at = self.embedded.profile.comparison.least_likeness if threshold is None else threshold
        false, missed = fpir(found, at).system, fnir(found, at).system
        return Row(
            what=what,
            level=level,
            unit=unit,
            people=false.denominator,
            searches=false.denominator,
            false_alarms=false.numerator,
            fpir=false.value,
            interval=false.interval,
            listed_searches=missed.denominator,
            missed=missed.numerator,
            fnir=missed.value,
            fnir_interval=missed.interval,
            not_acquired=int((~found.acquired).sum()),
        )


_QUALITIES: Final[Mapping[str, Callable[[Sample], float]]] = {
    "face size": lambda sample: sample.size_px,
    "sharpness": lambda sample: sample.sharpness,
    "frontal pose": lambda sample: -sample.turn,
}


def errors_by_quality(embedded: Embedded, half: Half) -> list[dict[str, Any]]:
    """Misses among the mated pairs that are left when the poorest leave first (ISO/IEC 29794-1), at the own threshold.

    A pair's quality is the poorer of its two pictures'. A curve that does not fall says that this quality does not tell
    which comparisons fail.
    """
    rows = [row for row in np.flatnonzero(half.mates != NOT_ENROLLED) if embedded.detected[half.probes[row]]]
    pairs = [(int(half.probes[row]), int(half.references[half.mates[row]])) for row in rows]
    if not pairs:
        return []
    scores = np.array([float(embedded.scores([probe], [reference])[0, 0]) for probe, reference in pairs])
    return [_curve(name, embedded, pairs, scores) for name in _QUALITIES]


def _curve(
    name: str, embedded: Embedded, pairs: Sequence[tuple[int, int]], scores: NDArray[np.float64]
) -> dict[str, Any]:
    of = _QUALITIES[name]
    quality = [min(of(embedded.samples[one]), of(embedded.samples[other])) for one, other in pairs]
    curve = error_versus_discard(scores, quality, embedded.profile.comparison.least_likeness)
    steps = [int(np.flatnonzero(curve.discarded <= fraction)[-1]) for fraction in _FRACTIONS]
    points = [
        {"discarded": fraction, "fnmr": float(curve.fnmr[step])}
        for fraction, step in zip(_FRACTIONS, steps, strict=True)
    ]
    return {"quality": name, "pairs": len(pairs), "points": points, "area_to_a_fifth": curve.partial_area()}
