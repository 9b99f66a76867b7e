"""The longest list whose false alarms keep a target in each group: by point, and as far as the people can show it.

Ten lists are drawn, each longer one holding the shorter ones; the list that alarms most counts. A probe needs only a
group label. Whoever is in both sets by the rules of `overlap` is left out, and counted; at each length the worse of
both stands, as at the gate. Nobody who calibrated is on a list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.bias_run import ALL
from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.accuracy.overlap import Overlap
from benchmarks.metrics.groups import crossed
from benchmarks.metrics.intervals import upper_limit
from benchmarks.metrics.sample_size import people_for_claim

LADDER: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
LISTS: Final = 10
_AT_ONCE: Final = 256
_MOST_LABELS: Final = 2
"""Groups by one kind of label or two: with three crossed nobody can be shown anything."""


@dataclass(frozen=True, slots=True)
class Step:
    """One length of list: the alarms of the worst of the lists, and the upper limit of their rate, one side.

    Of `people` with overlap left out or counted, whichever has the higher upper limit.
    """

    enrolled: int
    people: int
    false_alarms: int
    fpir: float
    upper_limit: float


@dataclass(frozen=True, slots=True)
class GroupLimit:
    """One group: the longest list that is `demonstrated`, and the longest `by_point`; None is not even one person.

    `people` are those without overlap: with it there are as many or more.
    """

    group: str
    labels: tuple[str, ...]
    people: int
    demonstrated: int | None
    by_point: int | None
    why: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ListLimits:
    """Every group at one threshold (higher is more alike), the one with the shortest list first."""

    which: str
    threshold: float
    groups: tuple[GroupLimit, ...]


@dataclass(frozen=True)
class Ladder:
    """The highest score of each probe with the first people of each list, (lists, lengths, probes)."""

    lengths: tuple[int, ...]
    best: NDArray[np.float64]

    def alarms(self, members: NDArray[np.bool_], threshold: float) -> list[int]:
        """For each length, the alarms of these probes with the list that alarms most of them."""
        return [int(one) for one in (self.best[:, :, members] >= threshold).sum(axis=2).max(axis=0)]


def climb(
    probes: Embedded, gallery: Embedded, references: Sequence[int], *, seed: int, ladder: Sequence[int] = LADDER
) -> Ladder:
    """Search every probe in lists of `references` drawn by `seed`, from the shortest to the longest.

    Raises:
        NotEnoughPeople: there are fewer references than the shortest list takes.
    """
    lengths = tuple(one for one in ladder if one <= len(references))
    if not lengths:
        raise NotEnoughPeople("Nobody is left to make a list of; use a larger set.")
    dice = np.random.default_rng(seed)
    orders = [dice.permutation(len(references))[: lengths[-1]] for _ in range(LISTS)]
    best = np.full((LISTS, len(lengths), len(probes.pictures)), -np.inf)
    places = np.flatnonzero(probes.accepted)
    for part in np.array_split(places, max(1, len(places) // _AT_ONCE)):
        scores = probes.scores_with(gallery, part.tolist(), references)
        for number, order in enumerate(orders):
            highest = np.maximum.accumulate(scores[:, order], axis=1)
            best[number][:, part] = highest[:, [one - 1 for one in lengths]].T
    return Ladder(lengths, best)


def list_limits(
    probes: Embedded, overlap: Overlap, ladder: Ladder, *, which: str, threshold: float, target: float
) -> ListLimits:
    """Judge every group at one threshold."""
    found = [
        _limit(name, labels, ladder, (members & ~overlap.either, members), threshold=threshold, target=target)
        for labels, name, members in _groups(probes)
    ]
    order = sorted(found, key=lambda one: (one.by_point or 0, -(one.steps[-1].upper_limit if one.steps else 0)))
    return ListLimits(which, threshold, tuple(order))


def _groups(probes: Embedded) -> Iterator[tuple[tuple[str, ...], str, NDArray[np.bool_]]]:
    yield (), ALL, np.ones(len(probes.pictures), dtype=np.bool_)
    kinds = sorted({kind for one in probes.pictures for kind in one.groups})
    for many in range(1, min(_MOST_LABELS, len(kinds)) + 1):
        for chosen in combinations(kinds, many):
            names = np.array(crossed({kind: [one.groups.get(kind, "") for one in probes.pictures] for kind in chosen}))
            for name in np.unique(names):
                yield chosen, str(name), names == name


def _limit(
    name: str,
    labels: tuple[str, ...],
    ladder: Ladder,
    ways: Sequence[NDArray[np.bool_]],
    *,
    threshold: float,
    target: float,
) -> GroupLimit:
    people = min(int(members.sum()) for members in ways)
    if people == 0:
        return GroupLimit(name, labels, 0, None, None, "There is nobody in this group; nothing is known of it.", ())
    counted = [_steps(ladder, members, threshold) for members in ways]
    steps = tuple(max(of, key=lambda one: one.upper_limit) for of in zip(*counted, strict=True))
    demonstrated = _longest(steps, [step.upper_limit <= target for step in steps])
    by_point = _longest(steps, [max(one.fpir for one in of) <= target for of in zip(*counted, strict=True)])
    return GroupLimit(name, labels, people, demonstrated, by_point, _why(demonstrated, people, target, steps), steps)


def _steps(ladder: Ladder, members: NDArray[np.bool_], threshold: float) -> list[Step]:
    people = int(members.sum())
    counted = zip(ladder.lengths, ladder.alarms(members, threshold), strict=True)
    return [Step(length, people, alarms, alarms / people, upper_limit(alarms, people)) for length, alarms in counted]


def _longest(steps: Sequence[Step], kept: Sequence[bool]) -> int | None:
    """The longest list below which every shorter one keeps it too."""
    broken = kept.index(False) if False in kept else len(kept)
    return steps[broken - 1].enrolled if broken else None


def _why(demonstrated: int | None, people: int, target: float, steps: Sequence[Step]) -> str:
    if demonstrated is not None:
        beyond = " or more: no longer list was tried" if demonstrated == steps[-1].enrolled else ""
        return f"A list of {demonstrated:,}{beyond} keeps 1 in {1 / target:,.0f}, by the upper limit of 95 in 100."
    needed = people_for_claim(target)
    if people < needed:
        return f"Not demonstrable with {people:,} people, whatever they do: without a single alarm it takes {needed:,}."
    return f"Not even a list of one keeps 1 in {1 / target:,.0f} by the upper limit of 95 in 100."
