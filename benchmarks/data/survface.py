"""QMUL-SurvFace: faces from surveillance cameras, with a gallery, people who are in it and people who are not.

Cheng, Zhu and Gong 2018 (arXiv 1804.09691).

The layout that is read, as an audit of the published archive and several readers have it:

* `Face_Identification_Test_Set/gallery`, `mated_probe` and `unmated_probe`, each with pictures and no folders below.
* `gallery_img_ID_pairs.mat` with `gallery_set` and `gallery_ids`, `mated_probe_img_ID_pairs.mat` with
  `mated_probe_set` and `mated_probe_ids`: the name of each picture, and the number of its person. Somebody in
  `unmated_probe` is not in the gallery.
"""

import io
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from benchmarks.data.errors import DataRefused
from benchmarks.data.lists import Listed, of_lists, open_place, require_pictures
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet

SHEET: Final = DataSheet(
    name="QMUL-SurvFace",
    source="Queen Mary University of London; Cheng, Zhu and Gong 2018",
    licence="for research; built from sets made to find people again across cameras",
    labels=LabelOrigin.NONE,
    what="463,507 small faces of 15,573 people from cameras; here its test of open-set identification",
    caveats=(
        "Faces of about 24 by 20 pixels, below what any profile here compares: most give no template, and that counts.",
        "Some unmated pictures are called distractors and have no person: whether two show one person is not known.",
        "Counts in the published archive differ a little from those on its page.",
    ),
)
_ROOM: Final = "Face_Identification_Test_Set"


@dataclass(frozen=True)
class OpenSet:
    """A set with its own gallery and probes, by the names of pictures; of `strangers` the gallery has nobody."""

    pictures: PictureSet
    gallery: tuple[str, ...]
    mated: tuple[str, ...]
    strangers: tuple[str, ...]


def open_survface(folder: Path) -> OpenSet:
    """Read SurvFace's identification test from its folder or archive.

    Raises:
        DataRefused: it is not there, is not laid out so, lacks a picture, or has mated probes of strangers.
    """
    place = open_place(folder)
    lists = [place.need(f"{role}_img_ID_pairs.mat") for role in ("gallery", "mated_probe")]
    names = {PurePosixPath(name).parts[-2:]: name for name in place.files.names if _ROOM in PurePosixPath(name).parts}
    gallery = _listed(lists[0], "gallery", names)
    mated = _listed(lists[1], "mated_probe", names)
    strangers = [Picture(name, None) for (room, _), name in sorted(names.items()) if room == "unmated_probe"]
    if not strangers or not {one.person for one in mated} <= {one.person for one in gallery}:
        raise DataRefused("This copy of SurvFace has no unmated probes, or mated ones of whom the gallery has nobody.")
    ordered = tuple(sorted([*gallery, *mated, *strangers], key=lambda one: one.name))
    whole = PictureSet(of_lists(SHEET, lists), ordered, place.files)
    return OpenSet(whole, *(tuple(one.name for one in kind) for kind in (gallery, mated, strangers)))


def _listed(listed: Listed, role: str, names: dict[tuple[str, ...], str]) -> list[Picture]:
    table = _table(listed)
    try:
        short = [str(np.asarray(cell).item()).strip() for cell in np.ravel(table[f"{role}_set"])]
        people = [int(number) for number in np.ravel(table[f"{role}_ids"])]
    except (KeyError, ValueError, TypeError) as error:
        raise DataRefused(f"{listed.name} lacks the names or the numbers that it should have.") from error
    if len(short) != len(people):
        raise DataRefused(f"{listed.name} has {len(short)} names and {len(people)} numbers of people.")
    require_pictures(listed, [at for at, name in enumerate(short, start=1) if (role, name) not in names])
    return [Picture(names[role, name], str(person)) for name, person in zip(short, people, strict=True)]


def _table(listed: Listed) -> dict[str, Any]:
    try:
        return dict(loadmat(io.BytesIO(listed.content)))  # type: ignore[arg-type]  # its stubs know names of files alone
    except (MatReadError, ValueError, TypeError, NotImplementedError, OSError, zlib.error) as error:
        raise DataRefused(f"{listed.name} is no MATLAB file that can be read; download it again.") from error
