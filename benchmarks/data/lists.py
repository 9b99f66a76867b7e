"""The lists of a data set: text that names pictures, pairs, labels. Each is read once, hashed, and told by its lines.

A sentence about a list names the line and never what stands in it: that is a person's name, often enough.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final, Self

from benchmarks.data.errors import DataRefused
from benchmarks.data.files import Files, open_files
from benchmarks.data.pictures import DataSheet
from benchmarks.metrics.groups import UNKNOWN

_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Listed:
    """A list by its short name: its content, and the hash of it."""

    name: str
    content: bytes

    @classmethod
    def at(cls, path: Path) -> Self:
        """Read one.

        Raises:
            DataRefused: it is not there, or cannot be read.
        """
        try:
            return cls(path.name, path.read_bytes())
        except OSError as error:
            raise DataRefused(f"There is no {path.name} that can be read; it belongs to this set.") from error

    @property
    def sha256(self) -> str:
        """The hash of what was read."""
        return hashlib.sha256(self.content).hexdigest()

    def lines(self) -> list[tuple[int, str]]:
        """Each line that is not empty, with its number from 1.

        Raises:
            DataRefused: it is no text in UTF-8, or there is no line.
        """
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DataRefused(f"{self.name} is no text in UTF-8; download it again.") from error
        found = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        if not found:
            raise DataRefused(f"{self.name} is empty; download it again.")
        return found

    def rows(self, *columns: str) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row of a table with these columns, by the number of its line.

        Raises:
            DataRefused: a column is missing or there twice, or a row has another number of columns than the head.
        """
        numbered = self.lines()
        reader = csv.DictReader((line for _, line in numbered), strict=True)
        if not set(columns) <= set(reader.fieldnames or ()):
            raise DataRefused(f"{self.name} needs the columns {', '.join(columns)}.")
        if len(set(reader.fieldnames or ())) != len(reader.fieldnames or ()):
            raise DataRefused(f"{self.name} has two columns of one name; name one of them otherwise.")
        try:
            rows = list(reader)
        except csv.Error as error:
            raise DataRefused(f"{self.name} cannot be read as a table; download it again.") from error
        for (number, _), row in zip(numbered[1:], rows, strict=False):
            if None in row or None in row.values():
                raise DataRefused(f"Line {number} of {self.name} has another number of columns than its head.")
            yield number, row


@dataclass(frozen=True)
class Place:
    """A data set where its user has it: a folder with the files, or with one archive and perhaps lists beside it."""

    folder: Path
    files: Files

    def find(self, name: str) -> Listed | None:
        """The list whose path ends so, out of the folder or the archive; None where there is none.

        Raises:
            DataRefused: there are several, and they differ.
        """
        beside = self.folder / name
        if beside.is_file():
            return Listed.at(beside)
        end = PurePosixPath(name).parts
        found = {self.files.read(one) for one in self.files.names if PurePosixPath(one).parts[-len(end) :] == end}
        if len(found) > 1:
            raise DataRefused(f"There are {len(found)} files {end[-1]} that differ; leave the one that counts.")
        return Listed(end[-1], found.pop()) if found else None

    def need(self, name: str) -> Listed:
        """The same, where the set is nothing without it.

        Raises:
            DataRefused: there is none, or several that differ.
        """
        found = self.find(name)
        if found is None:
            raise DataRefused(f"There is no {PurePosixPath(name).name} in {self.folder.name}; it belongs to this set.")
        return found


def open_place(folder: Path) -> Place:
    """Open the one archive in a folder, or the folder itself.

    Raises:
        DataRefused: there are several archives, or the one there is is damaged or climbs.
    """
    archives = [*folder.glob("*.tar"), *folder.glob("*.zip")]
    if len(archives) > 1:
        raise DataRefused(f"{folder.name} has {len(archives)} archives; leave one, or unpack them all.")
    return Place(folder, open_files(archives[0] if archives else folder))


def of_lists(sheet: DataSheet, lists: Iterable[Listed]) -> DataSheet:
    """The sheet of a set with the hashes of the lists that were read."""
    return replace(sheet, read={one.name: one.sha256 for one in lists})


def require_pictures(listed: Listed, missing: Sequence[int]) -> None:
    """Refuse a list of which some lines, by their numbers, name pictures that are not there.

    Raises:
        DataRefused: some do.
    """
    if missing:
        where = ", ".join(str(number) for number in missing[:_SHOWN])
        raise DataRefused(
            f"{listed.name} names pictures that are not there in {len(missing)} lines, first in {where}; "
            "this copy of the set is not whole."
        )


def label(value: str, words: Mapping[str, str], listed: Listed, line: int) -> str:
    """Our word for a label of a list: none, or `unknown`, is a group of its own.

    Raises:
        DataRefused: it is none of the set's words; the sentence names the line.
    """
    bare = value.strip()
    if bare.casefold() in {"", UNKNOWN}:
        return UNKNOWN
    if bare not in words:
        raise DataRefused(
            f"Line {line} of {listed.name} has a label that is none of the set's: {bare[:30]!r}; correct its spelling."
        )
    return words[bare]
