"""AgeDB-30: pairs of AgeDB's pictures, thirty years between them (Moschoglou et al., CVPR workshops 2017).

The layout that is read:

* pictures as AgeDB names them, `NUMBER_PersonName_AGE_SEX.jpg` with `m` or `f`: person, age and sex are read from the
  name. Pictures with other names are taken without labels.
* `agedb_30_pair.txt`, `PICTURE PICTURE LABEL` parted by blanks, 1 for one person, 0 or -1 for two, ten times 600
  lines: the list that readers of the common packed file make of it (wujiyang's Face_Pytorch, `dataset/agedb.py`).
  AgeDB's own files of its protocols were not met, and are not read.

The packed file itself (`agedb_30.bin`) is a Python pickle, which runs whatever its maker wanted when it is opened. It
is not read.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.lists import Listed, of_lists, open_place, require_pictures
from benchmarks.data.pairs import Pair, Verification, in_order
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet
from benchmarks.data.utkface import age_band
from benchmarks.metrics.groups import UNKNOWN

SHEET: Final = DataSheet(
    name="AgeDB-30",
    source="Imperial College London; Moschoglou et al. 2017",
    licence="for non-commercial research, on request",
    labels=LabelOrigin.ANNOTATED,
    what="16,488 pictures of 568 people, collected by hand; 6,000 pairs, thirty years between them",
    caveats=(
        "Celebrities, mostly of film: models were trained on some of these people.",
        "Ages are the year of the picture less that of birth, as its collectors found them.",
        "Pairs come from the common packed file, not from AgeDB's own protocol.",
    ),
)
_LIST: Final = "agedb_30_pair.txt"
_NAME: Final = re.compile(r"^\d+_(?P<person>.+)_(?P<age>\d{1,3})_(?P<sex>[mf])\.jpg$")
_SEXES: Final = {"f": "female", "m": "male"}
_SAME: Final = {"1": True, "0": False, "-1": False}


def open_agedb(folder: Path) -> Verification:
    """Read AgeDB-30 from its folder or archive.

    Raises:
        DataRefused: it is not there, is not laid out so, or lacks a picture that a pair names.
    """
    place = open_place(folder)
    listed = place.find(_LIST)
    if listed is None:
        raise DataRefused(
            f"There is no {_LIST} in {folder.name}; a packed .bin is a Python pickle and is not opened: "
            "unpack it elsewhere into pictures and this list."
        )
    pictures = {PurePosixPath(name).name: _picture(name) for name in place.files.names if name.endswith(".jpg")}
    lines = list(_lines(listed))
    require_pictures(listed, [number for number, one, other, _ in lines if not {one, other} <= pictures.keys()])
    pairs = [Pair(pictures[one].name, pictures[other].name, same) for _, one, other, same in lines]
    ordered = tuple(sorted(pictures.values(), key=lambda one: one.name))
    whole = PictureSet(of_lists(SHEET, [listed]), ordered, place.files)
    return Verification(whole, {"all": in_order(listed, pairs)}).named_alone()


def _picture(name: str) -> Picture:
    match = _NAME.match(PurePosixPath(name).name)
    if match is None:
        return Picture(name, None, {"sex": UNKNOWN, "age": UNKNOWN})
    return Picture(name, match["person"], {"sex": _SEXES[match["sex"]], "age": age_band(int(match["age"])) or UNKNOWN})


def _lines(listed: Listed) -> Iterator[tuple[int, str, str, bool]]:
    for number, line in listed.lines():
        match line.split():
            case [one, other, label] if label in _SAME:
                yield number, PurePosixPath(one).name, PurePosixPath(other).name, _SAME[label]
            case _:
                raise DataRefused(
                    f"Line {number} of {listed.name} is no pair: two pictures, and 1, 0 or -1; correct it."
                )
