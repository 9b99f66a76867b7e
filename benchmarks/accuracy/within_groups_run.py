"""Lists of one group, searched by the same group and by the others: where identities allow it, misses too.

A list of one group is the worst case for that group: false alarms fall inside a group far more often than across
(evaluation of BFW by Robinson et al. 2020). Every list has as many people, because a longer one alarms more. People are
the unit: a stranger is searched for once, by one picture, and whoever is missed in one picture counts as missed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.accuracy.gate_items import MOST_MISSED
from benchmarks.metrics.groups import UNKNOWN, Differences, GroupRate, differences, standing, worst_first
from benchmarks.metrics.rates import Unit, rate
from benchmarks.metrics.scores import Scores


@dataclass(frozen=True, slots=True)
class ListOfGroup:
    """One list, of people of one group: who of each group alarms on it, worst first, and who of it is missed."""

    group: str
    false_alarms: tuple[GroupRate, ...]
    misses: GroupRate


@dataclass(frozen=True, slots=True)
class WithinGroups:
    """Every list at one threshold. `too_small` groups have no list of this length, and are searched for all the same.

    `same_group` and `misses` compare each group with its own list; see `groups.differences`.
    """

    labels: tuple[str, ...]
    enrolled: int
    threshold: float
    seed: int
    target: float
    lists: tuple[ListOfGroup, ...]
    too_small: tuple[str, ...]
    same_group: Differences
    misses: Differences


@dataclass(frozen=True, slots=True)
class _Person:
    group: str
    pictures: NDArray[np.intp]


def within_groups(
    embedded: Embedded, labels: Sequence[str], *, enrolled: int | None, seed: int, target: float
) -> WithinGroups:
    """Make a list of each group and search everybody who is not on it, at the profile's own threshold.

    Without `enrolled` a list has half the people of the smallest group that has four or more.

    Raises:
        NotEnoughPeople: fewer than two groups have people enough for a list.
    """
    people = _people(embedded, labels)
    may_enrol = {group: _may_enrol(embedded, people, group) for group in sorted({one.group for one in people})}
    known = {group: len(many) for group, many in may_enrol.items() if group != UNKNOWN}
    length = enrolled or min((many // 2 for many in known.values() if many >= 4), default=0)
    large = [group for group, many in known.items() if length and many > length]
    if len(large) < 2:
        raise NotEnoughPeople(
            f"Fewer than two groups of {' × '.join(labels)} have people enough for a list of {max(length, 1)}; "
            "ask for a shorter one, or bring more people who have two pictures."
        )
    threshold = embedded.profile.comparison.least_likeness
    dice = np.random.default_rng(seed)
    made = []
    for group in large:
        chosen = _chosen(embedded, people, may_enrol[group], length, dice)
        made.append(_one_list(embedded, people, group, chosen, threshold=threshold, target=target, dice=dice))
    own = [next(one for one in found.false_alarms if one.name == found.group) for found in made]
    return WithinGroups(
        labels=tuple(labels),
        enrolled=length,
        threshold=threshold,
        seed=seed,
        target=target,
        lists=tuple(made),
        too_small=tuple(group for group in may_enrol if group not in large),
        same_group=differences(own),
        misses=differences([found.misses for found in made]),
    )


def _people(embedded: Embedded, labels: Sequence[str]) -> list[_Person]:
    """Each known person, in the one group that their pictures agree on, or `unknown`."""
    places: dict[str, list[int]] = {}
    for at, picture in enumerate(embedded.pictures):
        if picture.person is not None:
            places.setdefault(picture.person, []).append(at)
    found = []
    for _, many in sorted(places.items()):
        agreed = _agreed(embedded.pictures[at].groups for at in many)
        known = all(label in agreed for label in labels)
        group = " × ".join(agreed[label] for label in labels) if known else UNKNOWN
        found.append(_Person(group, np.array(many, dtype=np.intp)))
    return found


def _agreed(groups: Iterator[Mapping[str, str]]) -> dict[str, str]:
    """The labels that a person's pictures agree on."""
    said: dict[str, set[str]] = {}
    for one in groups:
        for kind, word in one.items():
            if word != UNKNOWN:
                said.setdefault(kind, set()).add(word)
    return {kind: next(iter(words)) for kind, words in said.items() if len(words) == 1}


def _may_enrol(embedded: Embedded, people: Sequence[_Person], group: str) -> list[int]:
    """Who of a group has a picture that the product would enrol."""
    return [at for at, one in enumerate(people) if one.group == group and embedded.accepted[one.pictures].any()]


def _chosen(
    embedded: Embedded, people: Sequence[_Person], candidates: Sequence[int], length: int, dice: np.random.Generator
) -> dict[int, int]:
    """People of a list with the place of each one's reference; who has several pictures comes first."""
    several = [at for at in candidates if people[at].pictures.size > 1]
    single = [at for at in candidates if people[at].pictures.size == 1]
    order = [*dice.permutation(several), *dice.permutation(single)][:length]
    acceptable = {int(at): people[int(at)].pictures[embedded.accepted[people[int(at)].pictures]] for at in order}
    return {at: int(dice.choice(places)) for at, places in acceptable.items()}


def _one_list(
    embedded: Embedded,
    people: Sequence[_Person],
    group: str,
    chosen: Mapping[int, int],
    *,
    threshold: float,
    target: float,
    dice: np.random.Generator,
) -> ListOfGroup:
    references = list(chosen.values())
    strangers = [at for at in range(len(people)) if at not in chosen]
    probes = [int(dice.choice(people[at].pictures)) for at in strangers]
    alarmed = _scores(embedded, probes, references).max(axis=1) >= threshold
    of = np.array([people[at].group for at in strangers])
    told = [_alarmed(name, alarmed[of == name], target) for name in sorted(set(of.tolist()))]
    return ListOfGroup(group, worst_first(told), _misses(embedded, people, group, chosen, threshold))


def _alarmed(name: str, alarmed: NDArray[np.bool_], target: float) -> GroupRate:
    many = int(alarmed.size)
    return standing(name, rate(int(alarmed.sum()), many, unit=Unit.PERSON, people=many), target)


def _misses(
    embedded: Embedded, people: Sequence[_Person], group: str, chosen: Mapping[int, int], threshold: float
) -> GroupRate:
    """People of the list who were missed in any of their other pictures: below the threshold, or not alone in front."""
    references = list(chosen.values())
    missed, searched = 0, 0
    for column, (at, reference) in enumerate(chosen.items()):
        probes = [int(place) for place in people[at].pictures if place != reference]
        if probes:
            scores = _scores(embedded, probes, references)
            own = scores[:, column]
            found = (own >= threshold) & ((scores >= own[:, None]).sum(axis=1) == 1)
            missed, searched = missed + int(not found.all()), searched + 1
    return standing(group, rate(missed, searched, unit=Unit.PERSON, people=searched), MOST_MISSED)


def _scores(embedded: Embedded, probes: Sequence[int], references: Sequence[int]) -> Scores:
    """Scores in which a probe that the product would not compare matches nobody."""
    scores = np.nan_to_num(embedded.scores(probes, references).astype(np.float64), nan=-np.inf)
    scores[~embedded.accepted[list(probes)]] = -np.inf
    return scores
