"""BFW and DemogPairs: as many people in each crossed group, with their identities.

The layouts that are read:

* BFW (Robinson et al., CVPR workshops 2020): `…/asian_females/n000009/0010_01.jpg`; the folder is the group, of four
  words for ethnicity and two for sex, then the person. Met in the repositories that use its cut faces. Its table of
  pairs (`bfw-v0.1.5-datatable.csv`) is not needed and not read: who is who stands in the folders.
* DemogPairs (Hupont and Fernández, FG 2019): `Asian_Females.txt` and five more lists, `DB_CODE PERSON/NNN.jpg` below
  a head that says so; pictures in `PERSON/NNN.jpg`. Met in the descriptions of two repositories that use it.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.lists import Listed, of_lists, open_place, require_pictures
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet

BFW: Final = DataSheet(
    name="BFW",
    source="Northeastern University; Robinson et al. 2020; pictures of VGGFace2",
    licence="for non-commercial research",
    labels=LabelOrigin.PREDICTED,
    what="8 groups of 100 people, 25 faces each",
    caveats=(
        "100 people in a group can show no false alarm rate of a group below 3 %, whatever its pairs suggest.",
        "Sex and ethnicity were guessed by programs and corrected by eye. Predicted labels gate nothing.",
        "People of VGGFace2, on which models were trained.",
    ),
)
DEMOGPAIRS: Final = DataSheet(
    name="DemogPairs",
    source="Herta Security; Hupont and Fernández 2019; pictures of CASIA-WebFace, VGGFace and VGGFace2",
    licence="for research, on request",
    labels=LabelOrigin.ANNOTATED,
    what="6 groups of 100 people, 18 faces each",
    caveats=(
        "100 people in a group can show no false alarm rate of a group below 3 %.",
        "Sex and ethnicity as others judged them.",
        "People of three sets on which models were trained.",
    ),
)
_SEXES: Final = MappingProxyType({"females": "female", "males": "male"})
_BFW_GROUPS: Final = MappingProxyType(
    {
        f"{ethnicity}_{sex}": {"ethnicity": ethnicity.capitalize(), "sex": _SEXES[sex]}
        for ethnicity, sex in product(("asian", "black", "indian", "white"), _SEXES)
    }
)
_DEMOGPAIRS_GROUPS: Final = MappingProxyType(
    {
        f"{ethnicity}_{sex.capitalize()}": {"ethnicity": ethnicity, "sex": _SEXES[sex]}
        for ethnicity, sex in product(("Asian", "Black", "White"), _SEXES)
    }
)


def open_bfw(folder: Path) -> PictureSet:
    """Read BFW from its folder or archive.

    Raises:
        DataRefused: it is not there, or a picture lies in none of its groups.
    """
    place = open_place(folder)
    paths = [PurePosixPath(name) for name in place.files.names if name.endswith(".jpg")]
    astray = [path for path in paths if path.parent.parent.name not in _BFW_GROUPS]
    if astray or not paths:
        raise DataRefused(
            f"{len(astray)} of {len(paths)} pictures lie in none of BFW's eight groups; its layout is "
            "asian_females/CODE/0001_01.jpg, and a folder that is misspelt is not guessed."
        )
    found = tuple(Picture(str(path), path.parent.name, _BFW_GROUPS[path.parent.parent.name]) for path in paths)
    return PictureSet(BFW, found, place.files)


def open_demogpairs(folder: Path) -> PictureSet:
    """Read DemogPairs from its folder or archive.

    Raises:
        DataRefused: a list is missing, is laid out otherwise, or names a picture that is not there.
    """
    place = open_place(folder)
    lists = {group: place.need(f"{group}.txt") for group in _DEMOGPAIRS_GROUPS}
    names = {PurePosixPath(name).parts[-2:]: name for name in place.files.names if name.endswith(".jpg")}
    found = [one for group, listed in lists.items() for one in _listed(listed, _DEMOGPAIRS_GROUPS[group], names)]
    pictures = tuple(sorted(found, key=lambda one: one.name))
    return PictureSet(of_lists(DEMOGPAIRS, lists.values()), pictures, place.files)


def _listed(listed: Listed, groups: dict[str, str], names: dict[tuple[str, ...], str]) -> Iterator[Picture]:
    _, *lines = listed.lines()
    paths = [(number, PurePosixPath(_path(listed, number, line)).parts) for number, line in lines]
    require_pictures(listed, [number for number, path in paths if path not in names])
    for _, path in paths:
        yield Picture(names[path], path[0], groups)


def _path(listed: Listed, number: int, line: str) -> str:
    match line.split():
        case [_, path] if path.count("/") == 1:
            return path
        case _:
            raise DataRefused(f"Line {number} of {listed.name} is not a code and PERSON/NNN.jpg; correct it.")
