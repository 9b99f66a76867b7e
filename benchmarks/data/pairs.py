"""Verification: pairs of pictures in folds, as LFW's View 2 has them. Other sets took its protocol over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.lists import Listed
from benchmarks.data.pictures import PictureSet

FOLDS: Final = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures by name, and whether they show one person."""

    first: str
    second: str
    same: bool


Folds = tuple[tuple[Pair, ...], ...]
"""Sets of pairs, each judged at the threshold that the others chose."""


@dataclass(frozen=True)
class Verification:
    """A set with its pairs. Each of its parts is judged apart: most sets have one, called `all`."""

    pictures: PictureSet
    parts: Mapping[str, Folds]

    def named_alone(self) -> "Verification":
        """The same with those pictures alone that a pair names."""
        pairs = [pair for folds in self.parts.values() for fold in folds for pair in fold]
        names = {name for pair in pairs for name in (pair.first, pair.second)}
        kept = tuple(one for one in self.pictures.pictures if one.name in names)
        return replace(self, pictures=replace(self.pictures, pictures=kept))


def in_order(listed: Listed, pairs: Sequence[Pair], folds: int = FOLDS) -> Folds:
    """Cut the pairs of one person and those of two into as many blocks each, in the list's order.

    The first block of both is the first fold, and so on.

    Raises:
        DataRefused: they cannot be cut evenly.
    """
    kinds = [[pair for pair in pairs if pair.same is same] for same in (True, False)]
    same, other = (len(kind) for kind in kinds)
    if not same or same != other or same % folds:
        raise DataRefused(
            f"{listed.name} has {same} pairs of one person and {other} of two; "
            f"as many of each are needed, in {folds} equal parts."
        )
    each = same // folds
    return tuple(tuple(pair for kind in kinds for pair in kind[at : at + each]) for at in range(0, same, each))


@dataclass(frozen=True, slots=True)
class NumberedPair:
    """A pair as LFW writes it: by people and the numbers of their pictures."""

    line: int
    first: tuple[str, int]
    second: tuple[str, int]

    @property
    def same(self) -> bool:
        """Whether the line has one person."""
        return self.first[0] == self.second[0]


def numbered_pairs(listed: Listed, lines: Sequence[tuple[int, str]]) -> Iterator[NumberedPair]:
    """Lines as LFW has them, parted by tabs: a person and two numbers, or a person and a number twice.

    Raises:
        DataRefused: a line is otherwise.
    """
    for line, text in lines:
        match text.rstrip("\n").split("\t"):
            case [person, one, other] if one.isdecimal() and other.isdecimal():
                yield NumberedPair(line, (person, int(one)), (person, int(other)))
            case [person, one, stranger, other] if one.isdecimal() and other.isdecimal() and person != stranger:
                yield NumberedPair(line, (person, int(one)), (stranger, int(other)))
            case _:
                raise DataRefused(
                    f"Line {line} of {listed.name} is no pair: neither a person and two numbers, nor two of each; "
                    "download the list again."
                )
