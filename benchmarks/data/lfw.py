"""Labeled Faces in the Wild: 13,233 pictures of 5,749 people, its View 2 of ten times 600 pairs, and its View 1.

Huang, Ramesh, Berg and Learned-Miller, University of Massachusetts, Technical Report 07-49 (2007).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.files import open_files
from benchmarks.data.lists import Listed, of_lists, require_pictures
from benchmarks.data.pairs import Folds, Pair, Verification, numbered_pairs
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


def open_view2(folder: Path) -> Verification:
    """LFW with the ten sets of pairs of its View 2, on which accuracy is reported.

    Raises:
        DataRefused: it is not there, cannot be used, or lacks a picture that a pair names.
    """
    pictures, path = open_lfw(folder), folder / "pairs.txt"
    parts = {"all": read_view2(path, pictures)}
    return Verification(replace(pictures, sheet=of_lists(pictures.sheet, [Listed.at(path)])), parts)


def read_view2(path: Path, pictures: PictureSet) -> Folds:
    """The ten sets of pairs of View 2, each of which is judged by the others.

    Raises:
        DataRefused: it is not such a file, names a picture that the set does not have, or has one set alone.
    """
    folds = read_pairs(path, pictures)
    if len(folds) < 2:
        raise DataRefused(f"{path.name} has one set of pairs, and none by which it is judged; download View 2's list.")
    return folds


def open_view1(folder: Path) -> tuple[PictureSet, tuple[Pair, ...], tuple[Pair, ...]]:
    """LFW with the two lists of its View 1, which is for development alone: pairs to choose on, and pairs to judge.

    Raises:
        DataRefused: it is not there, cannot be used, or lacks a picture that a pair names.
    """
    pictures, paths = open_lfw(folder), [folder / "pairsDevTrain.txt", folder / "pairsDevTest.txt"]
    train, test = (read_pairs(path, pictures)[0] for path in paths)
    return replace(pictures, sheet=of_lists(pictures.sheet, map(Listed.at, paths))), train, test


def read_pairs(path: Path, pictures: PictureSet) -> Folds:
    """The sets of pairs of a list: View 2 has ten of 300 and 300 each; the lists of View 1 are one each.

    Raises:
        DataRefused: it is not such a file, or names a picture that the set does not have.
    """
    listed = Listed.at(path)
    (_, head), *lines = listed.lines()
    folds, each = _promised(listed, head)
    if len(lines) != folds * each * 2:
        raise DataRefused(
            f"{listed.name} has {len(lines)} pairs where its first line promises {folds * each * 2}; download it again."
        )
    names = {PurePosixPath(one.name).name: one.name for one in pictures.pictures}
    pairs = list(numbered_pairs(listed, lines))
    require_pictures(listed, [one.line for one in pairs if not {_short(one.first), _short(one.second)} <= names.keys()])
    found = [Pair(names[_short(one.first)], names[_short(one.second)], one.same) for one in pairs]
    return tuple(tuple(found[at : at + 2 * each]) for at in range(0, len(found), 2 * each))


def _promised(listed: Listed, head: str) -> tuple[int, int]:
    """How many sets of how many pairs of each kind."""
    numbers = head.split()
    if len(numbers) not in {1, 2} or not all(number.isdecimal() and int(number) for number in numbers):
        raise DataRefused(
            f"{listed.name} is no list of pairs of LFW; its first line says how many: 10 and 300, or 1100."
        )
    return (1 if len(numbers) == 1 else int(numbers[0])), int(numbers[-1])


def _short(of: tuple[str, int]) -> str:
    person, number = of
    return f"{person}_{number:04d}.jpg"
