"""CALFW and CPLFW: people of LFW with years between two pictures, or turned otherwise.

Zheng, Deng and Hu 2017 (arXiv 1708.08197); Zheng and Deng 2018, Beijing University of Posts and Telecommunications.

The layout that is read, as it was met in others' readers of these sets (FaceX-Zoo's cropping and scoring of both, an
audit of CALFW's list, a copy of CPLFW described on a data hub):

* `pairs_CALFW.txt`, `pairs_CPLFW.txt`: two lines a pair, each `PICTURE TOKEN` parted by a blank, the token the same
  on both; 0 is two people, any other one. CALFW's tokens 1 to 10 are its folds, but its pairs of two people have
  none, so both kinds are cut into ten in the list's order, which for CALFW's pairs of one person gives its folds.
* pictures: the original ones of CALFW in `images&landmarks/…/images`, of CPLFW in `images`, both `Person_Name_N.jpg`;
  or cut ones in `aligned images`. Where both are there, the originals are taken: the chain finds and aligns faces
  itself.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.lists import Listed, of_lists, open_place, require_pictures
from benchmarks.data.pairs import Pair, Verification, in_order
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet

_CELEBRITIES: Final = "Celebrities, as LFW: models were trained on some of these people."
CALFW: Final = DataSheet(
    name="CALFW",
    source="Beijing University of Posts and Telecommunications; Zheng, Deng and Hu 2017",
    licence="for research; no formal licence",
    labels=LabelOrigin.NONE,
    what="6,000 pairs of LFW's people: of one person with years between, of two of the same sex and race",
    caveats=(
        _CELEBRITIES,
        "Its list does not say to which fold a pair of two people belongs: the list's order decides.",
    ),
)
CPLFW: Final = DataSheet(
    name="CPLFW",
    source="Beijing University of Posts and Telecommunications; Zheng and Deng 2018",
    licence="for research; no formal licence",
    labels=LabelOrigin.NONE,
    what="6,000 pairs of LFW's people: of one person turned differently, of two of the same sex and race",
    caveats=(
        _CELEBRITIES,
        "Four of its pictures have misspelt names; no pair names them.",
        "Its authors changed the pairs once: the hash of the list says which were read.",
    ),
)
_PERSON: Final = re.compile(r"^(?P<person>.+)_\d+\.jpg$")
_CUT: Final = "aligned images"


def open_calfw(folder: Path) -> Verification:
    """Read CALFW from its folder or archive.

    Raises:
        DataRefused: it is not there, is not laid out so, or lacks a picture that a pair names.
    """
    return _open(folder, CALFW, "pairs_CALFW.txt")


def open_cplfw(folder: Path) -> Verification:
    """Read CPLFW from its folder or archive.

    Raises:
        DataRefused: as for CALFW.
    """
    return _open(folder, CPLFW, "pairs_CPLFW.txt")


def _open(folder: Path, sheet: DataSheet, name: str) -> Verification:
    place = open_place(folder)
    listed = place.need(name)
    pictures = _pictures(place.files.names)
    lines = list(_lines(listed))
    require_pictures(listed, [number for number, one, other, _ in lines if not {one, other} <= pictures.keys()])
    pairs = [Pair(pictures[one].name, pictures[other].name, same) for _, one, other, same in lines]
    whole = PictureSet(of_lists(sheet, [listed]), tuple(sorted(pictures.values(), key=_by_name)), place.files)
    return Verification(whole, {"all": in_order(listed, pairs)}).named_alone()


def _by_name(picture: Picture) -> str:
    return picture.name


def _pictures(names: tuple[str, ...]) -> dict[str, Picture]:
    """The picture of each short name: the original, where a cut one is there beside it."""
    found: dict[str, Picture] = {}
    for name in sorted(names, key=lambda one: _CUT not in PurePosixPath(one).parts):
        short = PurePosixPath(name).name
        match = _PERSON.match(short)
        if match is not None:
            found[short] = Picture(name, match["person"])
    return found


def _lines(listed: Listed) -> Iterator[tuple[int, str, str, bool]]:
    """The number of each pair's first line, its pictures, and whether they show one person."""
    lines = listed.lines()
    if len(lines) % 2:
        raise DataRefused(f"{listed.name} has {len(lines)} lines, and a pair takes two; download it again.")
    for (number, first), (_, second) in zip(lines[::2], lines[1::2], strict=True):
        one, other = first.split(), second.split()
        if len(one) != 2 or len(other) != 2 or one[1] != other[1] or not one[1].isdecimal():
            raise DataRefused(
                f"Lines {number} and the next of {listed.name} are no pair: a picture and the same number each; "
                "download the list again."
            )
        yield number, one[0], other[0], one[1] != "0"
