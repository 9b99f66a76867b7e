"""What every data set is to those who measure.

Pictures with a person, groups, and a sheet that says where they come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

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
    """What a reader must know of a set before believing a number from it."""

    name: str
    source: str
    licence: str
    labels: LabelOrigin
    what: str
    caveats: tuple[str, ...]


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

    def of(self, names: Sequence[str]) -> tuple[Picture, ...]:
        """The pictures of these names."""
        known = {picture.name: picture for picture in self.pictures}
        return tuple(known[name] for name in names)
