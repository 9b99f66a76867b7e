"""What every data set is to those who measure.

Pictures with a person, groups, and a sheet that says where they come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from benchmarks.data.files import Files


class LabelOrigin(StrEnum):
    """Who said which group a person is of. Predicted labels never gate."""

    ANNOTATED = "annotated by others"
    DOCUMENT = "from documents"
    NONE = "none"
    PREDICTED = "predicted by a model"
    SELF_DECLARED = "self-declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSheet:
    """What a reader must know of a set before believing a number from it.

    `read` has the SHA-256 of each list that was read, by its name; that of the pictures is each run's own.
    """

    name: str
    source: str
    licence: str
    labels: LabelOrigin
    what: str
    caveats: tuple[str, ...]
    read: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its name in the set, its person where the set says who it is, and the groups of that person."""

    name: str
    person: str | None
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PictureSet:
    """A set.

    Its sheet, its pictures in the order of their names, and their files. `refused` counts what had no usable
    label.
    """

    sheet: DataSheet
    pictures: tuple[Picture, ...]
    files: Files
    refused: Mapping[str, int] = field(default_factory=dict)

    def by_person(self) -> dict[str, list[Picture]]:
        """The pictures of each known person, in order."""
        people: dict[str, list[Picture]] = {}
        for picture in self.pictures:
            if picture.person is not None:
                people.setdefault(picture.person, []).append(picture)
        return people

    def one_each(self, seed: int) -> "PictureSet":
        """One picture of each person, drawn by the seed; pictures of nobody known all stay.

        A person counts once, however many pictures there are: only then are searches independent.
        """
        dice = np.random.default_rng(seed)
        drawn = {person: many[int(dice.integers(len(many)))].name for person, many in sorted(self.by_person().items())}
        kept = (one for one in self.pictures if one.person is None or drawn[one.person] == one.name)
        return replace(self, pictures=tuple(kept))

    def of(self, names: Sequence[str]) -> tuple[Picture, ...]:
        """The pictures of these names."""
        known = {picture.name: picture for picture in self.pictures}
        return tuple(known[name] for name in names)
