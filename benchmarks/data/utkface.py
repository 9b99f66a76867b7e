"""UTKFace: faces with age, sex and ethnicity in their file names, and without identities.

Zhang, Song and Qi, "Age Progression/Regression by Conditional Adversarial Autoencoder", CVPR 2017.
"""

import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.files import open_files
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet

SHEET: Final = DataSheet(
    name="UTKFace",
    source="University of Tennessee; Zhang et al. 2017",
    licence="for non-commercial research",
    labels=LabelOrigin.ANNOTATED,
    what="cut faces of 200 pixels with age, sex and ethnicity as others judged them",
    caveats=(
        "No identities: each picture counts as a person of its own, which some are not.",
        "It shares people, and even pictures, with LFW: overlap is looked for before a false alarm is counted.",
        "Ethnicity in five words that others chose; nobody was asked.",
    ),
)
SEXES: Final = ("male", "female")
ETHNICITIES: Final = ("White", "Black", "Asian", "Indian", "other")
BANDS: Final = ((0, 12), (13, 17), (18, 24), (25, 34), (35, 49), (50, 64), (65, 120))
"""First and last year of each age band. Children stand by themselves (law.md C13)."""
_NAME: Final = re.compile(r"^(?P<age>\d{1,3})_(?P<sex>\d+)_(?P<ethnicity>\d+)_\d+\.jpg(\.chip\.jpg)?$")


def open_utkface(folder: Path) -> PictureSet:
    """Read UTKFace from its archive or folder. Files whose name lacks a label are counted in `refused` and left out.

    Raises:
        DataRefused: it is not there, or nothing in it is named as UTKFace names its pictures.
    """
    archives = [*sorted(folder.glob("*.tar")), *sorted(folder.glob("*.zip"))] if folder.is_dir() else []
    files = open_files(archives[0] if archives else folder)
    pictures, refused = [], Counter[str]()
    for name in files.names:
        groups = labels(PurePosixPath(name).name)
        if isinstance(groups, str):
            refused[groups] += 1
        else:
            pictures.append(Picture(name, None, groups))
    if not pictures:
        raise DataRefused("Nothing here is named as UTKFace names its pictures: age_sex_ethnicity_time.jpg.")
    return PictureSet(SHEET, tuple(pictures), files, dict(refused))


def labels(name: str) -> dict[str, str] | str:
    """The groups that a file's name states, or why there are none."""
    match = _NAME.match(name)
    if match is None:
        return "a name without three labels"
    age, sex, ethnicity = (int(match[part]) for part in ("age", "sex", "ethnicity"))
    if sex >= len(SEXES):
        return "a sex that is not in the list"
    if ethnicity >= len(ETHNICITIES):
        return "an ethnicity that is not in the list"
    band = age_band(age)
    if band is None:
        return "an age that nobody reaches"
    return {"sex": SEXES[sex], "ethnicity": ETHNICITIES[ethnicity], "age": band}


def age_band(age: int) -> str | None:
    """The band of an age in years, such as `25–34`; None beyond all bands."""
    return next((f"{first}–{last}" for first, last in BANDS if first <= age <= last), None)
