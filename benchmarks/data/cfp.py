"""CFP-FP: celebrities from the front and in profile (Sengupta et al., WACV 2016).

The layout that is read, as it was met in a dozen readers of this set:

* `Protocol/Pair_list_F.txt` and `Pair_list_P.txt`: `NUMBER PATH`, the path from the folder of the list, such as
  `../Data/Images/001/frontal/01.jpg`. The front is F, the profile P.
* `Protocol/Split/FP/01` … `10`, each with `same.txt` and `diff.txt`: `NUMBER,NUMBER`, a front and a profile, from 1.
* pictures: `Data/Images/PERSON/frontal/NN.jpg` and `…/profile/NN.jpg`.
"""

from pathlib import Path, PurePosixPath
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.lists import Listed, Place, of_lists, open_place, require_pictures
from benchmarks.data.pairs import FOLDS, Folds, Pair, Verification
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet

SHEET: Final = DataSheet(
    name="CFP-FP",
    source="University of Maryland; Sengupta et al. 2016",
    licence="for research, on request",
    labels=LabelOrigin.NONE,
    what="500 people, ten pictures from the front and four in profile each; 7,000 pairs of a front and a profile",
    caveats=(
        "Celebrities: models were trained on some of these people.",
        "A detector that finds no profile fails here: the failures to detect are told beside the accuracy.",
    ),
)
_TAIL: Final = 3
"""A picture's path ends in its person, the kind of view, and its number."""


def open_cfp(folder: Path) -> Verification:
    """Read CFP-FP from its folder or archive.

    Raises:
        DataRefused: it is not there, is not laid out so, or lacks a picture that a pair names.
    """
    place = open_place(folder)
    pictures = {_tail(name): Picture(name, _tail(name)[0]) for name in place.files.names if name.endswith(".jpg")}
    lists = [place.need(f"Protocol/Pair_list_{view}.txt") for view in ("F", "P")]
    front, profile = (_pictures(listed, pictures) for listed in lists)
    folds: Folds = ()
    for at in range(1, FOLDS + 1):
        same, other = (place.need(f"Protocol/Split/FP/{at:02d}/{kind}.txt") for kind in ("same", "diff"))
        lists += [same, other]
        folds += ((*_pairs(same, front, profile, same=True), *_pairs(other, front, profile, same=False)),)
    return Verification(_set(place, lists, pictures), {"all": folds}).named_alone()


def _set(place: Place, lists: list[Listed], pictures: dict[tuple[str, ...], Picture]) -> PictureSet:
    ordered = tuple(sorted(pictures.values(), key=lambda one: one.name))
    named = [Listed(f"{at:02d} {one.name}", one.content) for at, one in enumerate(lists)]
    return PictureSet(of_lists(SHEET, named), ordered, place.files)


def _tail(path: str) -> tuple[str, ...]:
    return PurePosixPath(path).parts[-_TAIL:]


def _pictures(listed: Listed, pictures: dict[tuple[str, ...], Picture]) -> dict[int, Picture]:
    """The picture of each number of a list."""
    found, missing = {}, []
    for line, text in listed.lines():
        number, *rest = text.split(maxsplit=1)
        if not number.isdecimal() or not rest:
            raise DataRefused(f"Line {line} of {listed.name} is not a number and a path; download the list again.")
        tail = _tail(rest[0].strip())
        if tail in pictures:
            found[int(number)] = pictures[tail]
        else:
            missing.append(line)
    require_pictures(listed, missing)
    return found


def _pairs(listed: Listed, front: dict[int, Picture], profile: dict[int, Picture], *, same: bool) -> list[Pair]:
    pairs, missing = [], []
    for line, text in listed.lines():
        one, _, other = text.strip().partition(",")
        if not one.isdecimal() or not other.isdecimal():
            raise DataRefused(f"Line {line} of {listed.name} is not two numbers and a comma; download the list again.")
        if int(one) in front and int(other) in profile:
            pairs.append(Pair(front[int(one)].name, profile[int(other)].name, same))
        else:
            missing.append(line)
    require_pictures(listed, missing)
    return pairs
