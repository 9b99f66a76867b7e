"""Any set of faces, told by a table: a column for the picture, one for the person, and one for each kind of group."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.files import open_files
from benchmarks.data.lists import Listed, require_pictures
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet
from benchmarks.metrics.groups import UNKNOWN

IMAGE: Final = "image"
PERSON: Final = "person"


def open_table(table: Path, pictures: Path, *, labels: LabelOrigin) -> PictureSet:
    """Read a CSV with the columns `image` (a name in `pictures`), `person` (may be empty), and any others: groups.

    An empty group is `unknown`. Every named picture must be there, and a label be spelt in one way.

    Raises:
        DataRefused: a column is missing, or any for a group, a row is short, a picture is named twice or is not there,
        a label is spelt in two ways, or it is not UTF-8.
    """
    files, listed = open_files(pictures), Listed.at(table)
    rows = _rows(listed)
    kinds = [column for column in rows[0][1] if column not in {IMAGE, PERSON}]
    _require_one_spelling(listed, kinds, rows)
    found = tuple(Picture(row[IMAGE], row[PERSON] or None, _groups(kinds, row)) for _, row in rows)
    _require_each_once(listed, rows)
    known = set(files.names)
    require_pictures(listed, [number for number, row in rows if row[IMAGE] not in known])
    if not kinds:
        raise DataRefused(f"{listed.name} has no column for a group of people; add one, such as `sex`.")
    sheet = DataSheet(
        name=table.stem,
        source=f"the table {PurePosixPath(table.name)} of whoever ran this",
        licence="not stated",
        labels=labels,
        what=f"{len(found)} pictures",
        caveats=("Described by nobody but the table.",),
        read={listed.name: listed.sha256},
    )
    return PictureSet(sheet, tuple(sorted(found, key=lambda one: one.name)), files)


def _rows(listed: Listed) -> list[tuple[int, dict[str, str]]]:
    rows = list(listed.rows(IMAGE, PERSON))
    if not rows:
        raise DataRefused(f"{listed.name} has no row; it has one for each picture.")
    return rows


def _groups(kinds: Sequence[str], row: Mapping[str, str]) -> dict[str, str]:
    words = {kind: row[kind].strip() for kind in kinds}
    return {kind: UNKNOWN if word.casefold() in {"", UNKNOWN} else word for kind, word in words.items()}


def _require_one_spelling(listed: Listed, kinds: Sequence[str], rows: Sequence[tuple[int, dict[str, str]]]) -> None:
    """A label that is spelt in two ways would make two groups of one, each too small to be judged."""
    first: dict[tuple[str, str], tuple[str, int]] = {}
    for number, row in rows:
        for kind, word in _groups(kinds, row).items():
            letters = "".join(letter for letter in word.casefold() if letter.isalnum())
            spelt, line = first.setdefault((kind, letters), (word, number))
            if spelt != word:
                raise DataRefused(
                    f"Line {number} of {listed.name} spells a label of the column `{kind}` otherwise than line {line} "
                    "does; write it in one way."
                )


def _require_each_once(listed: Listed, rows: Sequence[tuple[int, dict[str, str]]]) -> None:
    seen: dict[str, int] = {}
    for number, row in rows:
        line = seen.setdefault(row[IMAGE], number)
        if line != number:
            raise DataRefused(f"Line {number} of {listed.name} names the picture of line {line} once more.")
