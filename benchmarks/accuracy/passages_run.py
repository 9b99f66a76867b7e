"""People who walk past cameras again and again: a list of half of them, everybody's other walks counted three ways.

ChokePoint's frames are labelled with who is in them and where the eyes are; what is cut around them goes through the
product's chain as any picture does. A *passage* is one person before one camera once; a *walk* is the same before all
cameras of a portal, so that nobody is searched for in the walk that gave the reference. Each frame is compared alone:
what a track would fuse is not measured here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from pathlib import PurePosixPath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.data.chokepoint import Passages, Seen
from benchmarks.data.files import Files
from benchmarks.data.pictures import Picture, PictureSet
from benchmarks.metrics.dependence import rate_of_subjects
from benchmarks.metrics.rates import Rate, Unit
from benchmarks.metrics.scores import Scores
from benchmarks.metrics.streams import Sightings, false_alarms, people_alarmed
from matcher.errors import ImageRefused
from matcher.faces.photograph import as_png, open_photograph

EYES_TO_SIDE: Final = 4.0
"""Half the side of what is cut, in distances between the eyes: the whole head, and the face in its middle."""


@dataclass(frozen=True, slots=True)
class PassagesResult:
    """One list, and everybody's walks. Of `people_alarmed` alone, one trial for each, is the interval exact.

    `found` counts passages of listed people of which a frame's first candidate, alone at or above the threshold, is
    they; `wrong_identity` those of which a frame's is somebody else.
    """

    enrolled: int
    seed: int
    threshold: float
    by_frame: Rate
    by_passage: Rate
    people_alarmed: Rate
    found: Rate
    wrong_identity: int
    never_compared: int


def pictures_of(passages: Passages, every: int) -> PictureSet:
    """What is cut around the eyes of whoever is alone in a frame, of every so many such frames of a passage."""
    alone = {
        frame.name: frame.seen[0]
        for frames in passages.sequences.values()
        for frame in [one for one in frames if len(one.seen) == 1][::every]
    }
    pictures = tuple(Picture(name, alone[name].person) for name in sorted(alone))
    return PictureSet(passages.sheet, pictures, _Cut(passages.files, alone))


@dataclass(frozen=True)
class _Cut:
    """Frames, each cut around the eyes of one person."""

    whole: Files
    alone: Mapping[str, Seen]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.alone))

    def read(self, name: str) -> bytes:
        content = self.whole.read(name)
        try:
            frame = open_photograph(content)
        except ImageRefused:
            return content  # it is counted as no picture, with its own hash
        (left, top), (right, bottom) = self.alone[name].left_eye_xy, self.alone[name].right_eye_xy
        half = max(1.0, EYES_TO_SIDE * hypot(right - left, bottom - top))
        x, y = (left + right) / 2, (top + bottom) / 2
        rows, columns = (slice(max(0, round(at - half)), max(1, round(at + half))) for at in (y, x))
        cut = frame[rows, columns]
        return as_png(np.ascontiguousarray(cut)) if cut.size else content


def passages_run(embedded: Embedded, *, enrolled: int | None, seed: int) -> PassagesResult:
    """Draw a list, search every frame of every other walk, and count at the profile's own threshold.

    Without `enrolled` the list has half the people.

    Raises:
        NotEnoughPeople: nobody is left beside the list, or fewer people have a frame that the product would enrol.
    """
    dice = np.random.default_rng(seed)
    references = _references(embedded, enrolled, dice)
    people, walks = _people(embedded), _walks(embedded)
    reference_walks = {person: walks[place] for person, place in references.items()}
    probes = [at for at in range(people.size) if reference_walks.get(int(people[at])) != walks[at]]
    seen = _searched(embedded, probes, people, references)
    threshold = embedded.profile.comparison.least_likeness
    hit = (seen.own >= threshold) & (seen.others < seen.own)
    wrong = seen.sightings.listed & (seen.others >= threshold) & (seen.others >= seen.own)
    compared = np.unique(seen.sightings.transit[~np.isnan(seen.sightings.score)])
    return PassagesResult(
        enrolled=len(references),
        seed=seed,
        threshold=threshold,
        by_frame=false_alarms(seen.sightings, threshold, Unit.FRAME),
        by_passage=false_alarms(seen.sightings, threshold, Unit.TRANSIT),
        people_alarmed=people_alarmed(seen.sightings, threshold),
        found=_found(seen.sightings, hit),
        wrong_identity=int(np.unique(seen.sightings.transit[wrong]).size),
        never_compared=int(np.unique(seen.sightings.transit).size - compared.size),
    )


@dataclass(frozen=True, slots=True)
class _Searched:
    """Every frame with its best score, that with the own person, and the best with anybody else."""

    sightings: Sightings
    own: Scores
    others: Scores


def _references(embedded: Embedded, enrolled: int | None, dice: np.random.Generator) -> dict[int, int]:
    """The place of each listed person's reference, by the person's number."""
    numbers = _people(embedded)
    everybody = np.unique(numbers)
    able = np.unique(numbers[embedded.accepted])
    length = everybody.size // 2 if enrolled is None else enrolled
    if not 0 < length < everybody.size or able.size < length:
        raise NotEnoughPeople(
            f"A list of {length} needs more than {length} people, and as many with a frame that the product would "
            f"enrol; here are {everybody.size}, of whom {able.size} have one."
        )
    chosen = dice.permutation(able)[:length]
    return {int(one): int(dice.choice(np.flatnonzero((numbers == one) & embedded.accepted))) for one in chosen}


def _people(embedded: Embedded) -> NDArray[np.intp]:
    return _numbered([one.person or "" for one in embedded.pictures])


def _numbered(names: Sequence[str]) -> NDArray[np.intp]:
    return np.asarray(np.unique(np.array(names), return_inverse=True)[1], dtype=np.intp)


def _walks(embedded: Embedded) -> NDArray[np.intp]:
    return _numbered([_room(one).rpartition("_C")[0] for one in embedded.pictures])


def _room(picture: Picture) -> str:
    """The folder of a frame: portal, entering or leaving, session, camera."""
    return PurePosixPath(picture.name).parts[-2]


def _searched(
    embedded: Embedded, probes: Sequence[int], people: NDArray[np.intp], references: Mapping[int, int]
) -> _Searched:
    column = {person: at for at, person in enumerate(references)}
    scores = embedded.scores(probes, list(references.values())).astype(np.float64)
    scores[~embedded.accepted[list(probes)]] = np.nan
    who = people[list(probes)]
    mates = np.array([column.get(int(one), -1) for one in who], dtype=np.intp)
    rows = np.flatnonzero(mates >= 0)
    own = np.full(who.size, -np.inf)
    own[rows] = np.nan_to_num(scores[rows, mates[rows]], nan=-np.inf)
    others = np.nan_to_num(scores, nan=-np.inf)
    others[rows, mates[rows]] = -np.inf
    passage = _numbered([f"{_room(embedded.pictures[at])} {people[at]}" for at in probes])
    best = np.where(np.isnan(scores[:, 0]), np.nan, scores.max(axis=1))
    sightings = Sightings(score=best, track=passage, transit=passage, person=who, listed=mates >= 0)
    return _Searched(sightings, own, others.max(axis=1))


def _found(of: Sightings, hit: NDArray[np.bool_]) -> Rate:
    """Passages of listed people with a hit in any frame; several are of one person, and the interval says so."""
    passages, first = np.unique(of.transit[of.listed], return_index=True)
    if not passages.size:
        raise NotEnoughPeople("Nobody on the list passes in another walk than the one that gave the reference.")
    return rate_of_subjects(np.isin(passages, of.transit[hit]), of.person[of.listed][first], unit=Unit.TRANSIT)
