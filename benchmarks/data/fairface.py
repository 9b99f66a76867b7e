"""FairFace: faces with race, sex and age as others judged them, and without identities (Kärkkäinen and Joo, WACV 2021).

The layout that is read, as its own repository and a dozen readers have it:

* `fairface_label_train.csv` and `fairface_label_val.csv` (either will do): the columns `file`, `age`, `gender`,
  `race`, where a file is `train/1.jpg` or `val/1.jpg`.
* pictures: those paths, in the folder of the lists or below it.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.lists import Listed, label, of_lists, open_place, require_pictures
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet

SHEET: Final = DataSheet(
    name="FairFace",
    source="University of California, Los Angeles; Kärkkäinen and Joo 2021; pictures of Flickr and others",
    licence="CC BY 4.0",
    labels=LabelOrigin.ANNOTATED,
    what="108,501 faces in seven words for race, two sexes, nine bands of age",
    caveats=(
        "No identities: each picture counts as a person of its own, which some are not.",
        "Three annotators judged each face; where they disagreed a model helped. Nobody was asked.",
        "One band is 10 to 19: children cannot be told from adults by it.",
        "Take the pictures with the wide margin (1.25): in the narrow ones a detector misses faces.",
    ),
)
_LISTS: Final = ("fairface_label_train.csv", "fairface_label_val.csv")
_SEXES: Final = MappingProxyType({"Male": "male", "Female": "female"})
_RACES: Final = MappingProxyType(
    {
        name: name.replace("_", " ")
        for name in (
            "White", "Black", "Latino_Hispanic", "East Asian", "Southeast Asian", "Indian", "Middle Eastern",
        )
    }
)  # fmt: skip
_AGES: Final = MappingProxyType(
    {
        **{
            name: name.replace("-", "–")
            for name in ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69")
        },
        "more than 70": "70–120",
    }
)


def open_fairface(folder: Path) -> PictureSet:
    """Read FairFace from its folder or archive, by whichever of its two lists is there.

    Raises:
        DataRefused: it is not there, lacks a picture that a list names, or a label is none of the set's.
    """
    place = open_place(folder)
    lists = [found for name in _LISTS if (found := place.find(name)) is not None]
    if not lists:
        raise DataRefused(f"There is no {' or '.join(_LISTS)} in {folder.name}; it belongs to this set.")
    names = {PurePosixPath(name).parts[-2:]: name for name in place.files.names if name.endswith(".jpg")}
    pictures = sorted((one for listed in lists for one in _pictures(listed, names)), key=lambda one: one.name)
    return PictureSet(of_lists(SHEET, lists), tuple(pictures), place.files)


def _pictures(listed: Listed, names: dict[tuple[str, ...], str]) -> Iterator[Picture]:
    rows = [
        (number, PurePosixPath(row["file"]).parts[-2:], _labels(listed, number, row))
        for number, row in listed.rows("file", "age", "gender", "race")
    ]
    require_pictures(listed, [number for number, path, _ in rows if path not in names])
    for _, path, groups in rows:
        yield Picture(names[path], None, groups)


def _labels(listed: Listed, number: int, row: dict[str, str]) -> dict[str, str]:
    return {
        "sex": label(row["gender"], _SEXES, listed, number),
        "ethnicity": label(row["race"], _RACES, listed, number),
        "age": label(row["age"], _AGES, listed, number),
    }
