"""Labeled Faces in the Wild: 13,233 pictures of 5,749 people, and its View 2 of ten times 600 pairs.

Huang, Ramesh, Berg and Learned-Miller, University of Massachusetts, Technical Report 07-49 (2007).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.files import open_files
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet

SHEET: Final = DataSheet(
    name="LFW",
    source="University of Massachusetts; Huang et al. 2007 (deep-funneled: Huang et al. 2012)",
    licence="for research; no formal licence",
    labels=LabelOrigin.ANNOTATED,
    what="13,233 pictures of 5,749 people from the news, 1,680 of them with two or more",
    caveats=(
        "Celebrities, mostly white men: no claim about groups rests on it.",
        "Saturated, and models were trained on some of its people: it tests that a pipeline is put together rightly.",
        "Sex is labelled for each picture by others; it was not declared.",
    ),
)
_ARCHIVES: Final = ("lfw-deepfunneled.tar", "lfw.tar", "lfw-deepfunneled.zip", "lfw.zip", "lfw-deepfunneled", "lfw")
_PICTURE: Final = re.compile(r"^(?P<person>[^/]+)_(?P<number>\d{4})\.jpg$")


def open_lfw(folder: Path) -> PictureSet:
    """Read LFW from the folder of its archive or its pictures, with the lists of names by sex where there are any.

    Raises:
        DataRefused: it is not there, or its archive cannot be used.
    """
    place = next((folder / name for name in _ARCHIVES if (folder / name).exists()), folder)
    files = open_files(place)
    sexes = {**_listed(folder / "male_names.txt", "male"), **_listed(folder / "female_names.txt", "female")}
    for name in _both(folder):
        sexes[name] = "unknown"
    pictures = tuple(_pictures(files.names, sexes))
    if not pictures:
        raise DataRefused(
            f"There are no pictures of LFW in {place.name}; its layout is Person_Name/Person_Name_0001.jpg."
        )
    return PictureSet(SHEET, pictures, files)


def _pictures(names: tuple[str, ...], sexes: dict[str, str]) -> Iterator[Picture]:
    for name in names:
        path = PurePosixPath(name)
        match = _PICTURE.match(path.name)
        if match is not None and path.parent.name == match["person"]:
            yield Picture(name, match["person"], {"sex": sexes.get(path.name, "unknown")})


def _listed(path: Path, sex: str) -> dict[str, str]:
    return dict.fromkeys(path.read_text(encoding="utf-8").split(), sex) if path.is_file() else {}


def _both(folder: Path) -> set[str]:
    """Pictures that stand in both lists: nobody knows."""
    return set(_listed(folder / "male_names.txt", "")) & set(_listed(folder / "female_names.txt", ""))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures by name, and whether they show one person."""

    first: str
    second: str
    same: bool


def read_pairs(path: Path, pictures: PictureSet) -> tuple[tuple[Pair, ...], ...]:
    """The ten sets of View 2, each of as many pairs of one person as of two.

    Raises:
        DataRefused: it is not such a file, or names a picture that the set does not have.
    """
    try:
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        folds, each = (int(number) for number in head.split())
    except (OSError, ValueError) as error:
        raise DataRefused(
            f"{path.name} is no list of pairs of LFW; its first line says how many: 10 and 300."
        ) from error
    if len(lines) != folds * each * 2:
        raise DataRefused(f"{path.name} has {len(lines)} pairs where its first line promises {folds * each * 2}.")
    names = {PurePosixPath(one.name).name: one.name for one in pictures.pictures}
    pairs = [_pair(line, names) for line in lines]
    return tuple(tuple(pairs[at : at + 2 * each]) for at in range(0, len(pairs), 2 * each))


def _pair(line: str, names: dict[str, str]) -> Pair:
    match line.split("\t"):
        case [person, one, other]:
            return Pair(_name(names, person, one), _name(names, person, other), same=True)
        case [person, one, stranger, other]:
            return Pair(_name(names, person, one), _name(names, stranger, other), same=False)
        case _:
            raise DataRefused("A line of the pairs has neither three nor four parts; download the list again.")


def _name(names: dict[str, str], person: str, number: str) -> str:
    short = f"{person}_{int(number):04d}.jpg" if number.isdecimal() else ""
    if short not in names:
        raise DataRefused("The pairs name a picture that this copy of LFW does not have; the copy is not whole.")
    return names[short]
