"""Any set of faces, told by a table: a column for the picture, one for the person, and one for each kind of group."""

import csv
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Final

from benchmarks.data.errors import DataRefused
from benchmarks.data.files import open_files
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet

IMAGE: Final = "image"
PERSON: Final = "person"


def open_table(table: Path, pictures: Path, *, labels: LabelOrigin) -> PictureSet:
    """Read a CSV with the columns `image` (a name in `pictures`), `person` (may be empty), and any others: groups.

    An empty group is `unknown`. Every named picture must be there.

    Raises:
        DataRefused: a column is missing, a row is short, a picture is named twice or is not there, or it is not UTF-8.
    """
    files = open_files(pictures)
    rows = _rows(table)
    kinds = [column for column in rows[0] if column not in {IMAGE, PERSON}]
    found = tuple(
        Picture(row[IMAGE], row[PERSON] or None, {kind: row[kind].strip() or "unknown" for kind in kinds})
        for row in rows
    )
    _require_each_once(table, found)
    missing = {one.name for one in found} - set(files.names)
    if missing:
        raise DataRefused(f"{len(missing)} pictures that {table.name} names are not there, such as {min(missing)}.")
    sheet = DataSheet(
        name=table.stem,
        source=f"the table {PurePosixPath(table.name)} of whoever ran this",
        licence="not stated",
        labels=labels,
        what=f"{len(found)} pictures",
        caveats=("Described by nobody but the table.",),
    )
    return PictureSet(sheet, tuple(sorted(found, key=lambda one: one.name)), files)


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
            columns = set(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataRefused(f"{table.name} cannot be read as a table; save it as CSV in UTF-8.") from error
    if not {IMAGE, PERSON} <= columns:
        raise DataRefused(
            f"{table.name} needs a column `image` and a column `person`; it has {', '.join(sorted(columns))}."
        )
    if not rows:
        raise DataRefused(f"{table.name} has no row.")
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise DataRefused(f"Row {number} of {table.name} has another number of columns than its head.")
    return rows


def _require_each_once(table: Path, pictures: tuple[Picture, ...]) -> None:
    twice = [name for name, count in Counter(one.name for one in pictures).items() if count > 1]
    if twice:
        raise DataRefused(f"{table.name} names {len(twice)} pictures more than once, such as {min(twice)}.")
