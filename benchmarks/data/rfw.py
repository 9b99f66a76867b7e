"""RFW, "Racial Faces in the Wild": four sets of pairs, one for each of four words for race (Wang et al., ICCV 2019).

The layout that is read, as it was met in a dozen readers of this set; `RACE` is African, Asian, Caucasian or Indian:

* pictures: `data/RACE/PERSON/PERSON_0001.jpg`, a person being an opaque code.
* `txts/RACE/RACE_pairs.txt`: as LFW's, parted by tabs, without its first line; ten times 300 pairs of one person and
  300 of two.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.lists import Listed, Place, of_lists, open_place, require_pictures
from benchmarks.data.pairs import Folds, Pair, Verification, in_order, numbered_pairs
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet

SHEET: Final = DataSheet(
    name="RFW",
    source="Beijing University of Posts and Telecommunications; Wang et al. 2019; pictures of MS-Celeb-1M",
    licence="for research, on request; MS-Celeb-1M was withdrawn by its maker",
    labels=LabelOrigin.PREDICTED,
    what="about 3,000 people and 6,000 pairs for each of four words for race",
    caveats=(
        "Race came from a country of birth or a program, and then from others' eyes. Predicted labels gate nothing.",
        "Pairs of two people were chosen to be hard: its accuracy is below what strangers at random would give.",
        "Celebrities of MS-Celeb-1M, on which many models were trained.",
    ),
)
RACES: Final = ("African", "Asian", "Caucasian", "Indian")
_PICTURE: Final = re.compile(r"^(?P<person>.+)_\d{4}\.jpg$")


def open_rfw(folder: Path) -> PictureSet:
    """Read RFW's pictures, with race as the group `ethnicity`.

    Raises:
        DataRefused: it is not there, or is not laid out so.
    """
    return _pictures(open_place(folder), [])


def open_rfw_pairs(folder: Path) -> Verification:
    """Read RFW with its pairs, a part for each race.

    Raises:
        DataRefused: as above, or a list is missing or names a picture that is not there.
    """
    place = open_place(folder)
    lists = {race: place.need(f"{race}_pairs.txt") for race in RACES}
    pictures = _pictures(place, list(lists.values()))
    return Verification(pictures, {race: _folds(lists[race], race, pictures) for race in RACES}).named_alone()


def _pictures(place: Place, lists: list[Listed]) -> PictureSet:
    found = tuple(_of(place.files.names))
    if not found:
        raise DataRefused("There are no pictures of RFW here; its layout is data/African/CODE/CODE_0001.jpg.")
    return PictureSet(of_lists(SHEET, lists), found, place.files)


def _of(names: tuple[str, ...]) -> Iterator[Picture]:
    for name in names:
        path = PurePosixPath(name)
        match = _PICTURE.match(path.name)
        if match is not None and path.parent.name == match["person"] and path.parent.parent.name in RACES:
            yield Picture(name, match["person"], {"ethnicity": path.parent.parent.name})


def _folds(listed: Listed, race: str, pictures: PictureSet) -> Folds:
    names = {PurePosixPath(one.name).name: one.name for one in pictures.pictures if one.groups["ethnicity"] == race}
    pairs = list(numbered_pairs(listed, listed.lines()))
    short = [(_short(one.first), _short(one.second)) for one in pairs]
    missing = [one.line for one, both in zip(pairs, short, strict=True) if not set(both) <= names.keys()]
    require_pictures(listed, missing)
    return in_order(
        listed, [Pair(names[one], names[other], pair.same) for pair, (one, other) in zip(pairs, short, strict=True)]
    )


def _short(of: tuple[str, int]) -> str:
    person, number = of
    return f"{person}_{number:04d}.jpg"
