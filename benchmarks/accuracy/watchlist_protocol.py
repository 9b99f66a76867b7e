"""Our open-set protocol on a set with identities: a watchlist of N, everybody else a passer-by, the product's own rule.

Ten seeds. The *people* are halved: on one half the threshold is chosen for the target FPIR, on the other it is
reported. Each half has a gallery of its own. Every person who is not enrolled is searched for once; pictures of
enrolled people beyond their reference are mated searches, several for one person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.metrics.identification import NOT_ENROLLED, Searches

SEEDS: Final = tuple(range(1, 11))
LISTS: Final = (100, 500, 1000)


@dataclass(frozen=True, slots=True)
class Split:
    """One seed's people: for each half, who is enrolled (by the place of the reference), and the probes by place.

    No person is in both halves.
    """

    seed: int
    calibration: "Half"
    test: "Half"


@dataclass(frozen=True, slots=True)
class Half:
    """A gallery and the searches against it. `mates` has the column of each probe's own person, or -1."""

    references: NDArray[np.intp]
    probes: NDArray[np.intp]
    mates: NDArray[np.intp]
    people: NDArray[np.intp]


def split(embedded: Embedded, enrolled: int, seed: int, *, halved_by: int | None = None) -> Split:
    """Halve the people and enrol N of each half, one picture each; who has several pictures is enrolled first.

    Where one half chose a threshold, `halved_by` is the seed of that halving: further seeds then draw further lists
    of the same halves, and nobody changes sides.

    Only pictures in which the product would find an acceptable face become references, as at enrolment.

    Raises:
        NotEnoughPeople: a half has too few people for a list of this length and somebody beside it.
    """
    people = _people(embedded)
    order = np.random.default_rng(seed if halved_by is None else halved_by).permutation(len(people))
    middle = len(people) // 2
    halves = [[people[at] for at in sorted(part)] for part in (order[:middle], order[middle:])]
    dice = np.random.default_rng((seed, enrolled))
    calibration, test = (_half(embedded, half, enrolled, dice) for half in halves)
    return Split(seed, calibration, test)


def _people(embedded: Embedded) -> list[NDArray[np.intp]]:
    """The places of each person's pictures, by the person's name."""
    places: dict[str, list[int]] = {}
    for at, picture in enumerate(embedded.pictures):
        if picture.person is not None:
            places.setdefault(picture.person, []).append(at)
    return [np.array(places[name], dtype=np.intp) for name in sorted(places)]


def _half(embedded: Embedded, people: Sequence[NDArray[np.intp]], enrolled: int, dice: np.random.Generator) -> Half:
    may_enrol = [at for at, pictures in enumerate(people) if embedded.accepted[pictures].any()]
    if len(may_enrol) < enrolled or len(people) <= enrolled:
        raise NotEnoughPeople(
            f"A list of {enrolled} needs more than {enrolled} people in each half; here are {len(people)}."
        )
    several = [at for at in may_enrol if people[at].size > 1]
    single = [at for at in may_enrol if people[at].size == 1]
    chosen = [*dice.permutation(several)[:enrolled], *dice.permutation(single)][:enrolled]
    column = {int(at): row for row, at in enumerate(chosen)}
    references = np.array([_reference(embedded, people[at], dice) for at in column], dtype=np.intp)
    probes = list(_probes(people, column, references, dice))
    places, mates, who = (np.array(part, dtype=np.intp) for part in zip(*probes, strict=True))
    return Half(references, places, mates, who)


def _reference(embedded: Embedded, pictures: NDArray[np.intp], dice: np.random.Generator) -> int:
    return int(dice.choice(pictures[embedded.accepted[pictures]]))


def _probes(
    people: Sequence[NDArray[np.intp]], column: dict[int, int], references: NDArray[np.intp], dice: np.random.Generator
) -> Iterator[tuple[int, int, int]]:
    """Place, mate and person of each probe: all other pictures of who is enrolled, one of everybody else."""
    for at, pictures in enumerate(people):
        if at in column:
            reference = references[column[at]]
            yield from ((int(place), column[at], at) for place in pictures if place != reference)
        else:
            yield int(dice.choice(pictures)), NOT_ENROLLED, at


def searches(embedded: Embedded, half: Half) -> Searches:
    """The half's searches, by the product's scores.

    A probe that the product would not have compared gave no template.
    """
    scores = embedded.scores(half.probes.tolist(), half.references.tolist()).astype(np.float64)
    scores[~embedded.accepted[half.probes]] = np.nan
    return Searches.of(scores, half.mates.tolist(), half.people.tolist())
