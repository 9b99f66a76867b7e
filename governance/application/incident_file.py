"""Reading a region's file of incidents (CSV), line by line. Nothing about persons comes in (C14, 0.2).

Columns, in any order: `time`, `category`, and either `site` or `latitude` and `longitude`; `count` where a row stands
for several. Any other column is refused by name. UTF-8, UTF-16 (with its mark) or Latin-1; comma, semicolon or tab.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Final, TextIO
from zoneinfo import ZoneInfo

from governance.application.errors import BadInput
from governance.domain.identifiers import IDENTIFIER
from governance.domain.incidents import Incident, Tally

_KNOWN: Final = frozenset({"category", "count", "latitude", "longitude", "site", "time"})
_LARGEST_COUNT: Final = 100_000
_LONGEST_LINE: Final = 2_000
_MOST_SHOWN: Final = 20
_MOST_PLACES: Final = 20_000
_MOST_CATEGORIES: Final = 500
_STEP: Final = 10_000


@dataclass(kw_only=True)
class ReadFile:
    """What came of reading a file. `problems` are the first bad rows, by their line, each with its sentence."""

    tally: Tally
    rows: int = 0
    bad_rows: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


def read_incidents(
    source: BinaryIO, tally: Tally, *, zone: str, now: datetime, progress: Callable[[int], None] | None = None
) -> ReadFile:
    """Count every row of the file into the tally; memory is bounded by the number of places, not of rows.

    Raises:
        BadInput: it is no such file, lacks a column, or has one that does not belong there.
    """
    found = ReadFile(tally=tally)
    source.seek(0)
    encoding = _encoding(source)
    source.seek(0)
    text = io.TextIOWrapper(source, encoding=encoding, newline="")
    reader = csv.reader(_lines(text), delimiter=_delimiter(text), strict=True)
    try:
        read = _RowReader(_header(next(reader, [])), ZoneInfo(zone), now)
        for row in reader:
            if any(row):
                _count(found, reader.line_num, row, read)
                if progress is not None and found.rows % _STEP == 0:
                    progress(found.rows)
    except csv.Error as error:
        raise BadInput(f"Line {reader.line_num} is no row of a table: see to its quotation marks.") from error
    except UnicodeError as error:
        raise BadInput("The file is not in the encoding that its first bytes announce; save it as UTF-8.") from error
    finally:
        text.detach()
    if not found.rows:
        raise BadInput("The file has no row beneath its header.")
    return found


def _count(found: ReadFile, line: int, row: Sequence[str], read: "_RowReader") -> None:
    found.rows += 1
    try:
        found.tally.add(read.incident(row))
    except BadInput as error:
        found.bad_rows += 1
        if len(found.problems) < _MOST_SHOWN:
            found.problems.append((line, str(error)))


def _encoding(source: BinaryIO) -> str:
    """Return the encoding: by its mark, else UTF-8 if the whole file is, else Latin-1."""
    start = source.read(3)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if start == b"\xef\xbb\xbf":
        return "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(start)
        while piece := source.read(1 << 16):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _lines(text: TextIO) -> Iterator[str]:
    while line := text.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            raise BadInput(f"A line has more than {_LONGEST_LINE} characters; this is no file of incidents.")
        if "\0" in line:
            raise BadInput("The file holds bytes that no text has; export it as CSV.")
        yield line


def _delimiter(text: TextIO) -> str:
    try:
        first = text.readline(_LONGEST_LINE)
    except UnicodeError:
        return ","
    text.seek(0)
    return max(";\t,", key=first.count)


def _header(cells: Sequence[str]) -> dict[str, int]:
    names = [cell.strip().casefold() for cell in cells]
    strange = [number for number, name in enumerate(names, start=1) if name not in _KNOWN]
    if strange:
        # By its number: a file without a header has a row of data here.
        raise BadInput(
            f"Column {strange[0]} of the first line does not belong here. An import has time, category, site or"
            " latitude and longitude, and count; take every other column out, those about persons above all."
        )
    if len(set(names)) != len(names):
        raise BadInput("A column stands there twice.")
    missing = [name for name in ("time", "category") if name not in names]
    if missing or not ("site" in names or {"latitude", "longitude"} <= set(names)):
        raise BadInput(f"The column '{(missing or ['site'])[0]}' is missing; an import has time, category and site.")
    return {name: index for index, name in enumerate(names)}


class _RowReader:
    """Reads one row by the file's header."""

    def __init__(self, header: dict[str, int], zone: ZoneInfo, now: datetime) -> None:
        self._header = header
        self._zone = zone
        self._now = now
        self._places: set[str] = set()
        self._categories: set[str] = set()

    def incident(self, row: Sequence[str]) -> Incident:
        """Return the row as an incident.

        Raises:
            BadInput: with one sentence.
        """
        if len(row) != len(self._header):
            raise BadInput(f"The row has {len(row)} cells, the header {len(self._header)}.")
        cells = {name: row[index].strip() for name, index in self._header.items()}
        place = self._few(self._places, cells.get("site", ""), _MOST_PLACES, "sites")
        if place and IDENTIFIER.fullmatch(place) is None:
            raise BadInput("A site's id has letters, digits, dots, hyphens and underscores only.")
        coordinates = None if place else _coordinates(cells)
        if not cells["category"] or len(cells["category"]) > 60 or not cells["category"].isprintable():
            raise BadInput("A category has 1 to 60 characters.")
        category = self._few(self._categories, cells["category"], _MOST_CATEGORIES, "categories")
        at = self._instant(cells["time"])
        return Incident(
            place=place, coordinates=coordinates, at=at, category=category, count=_number(cells.get("count", "1"))
        )

    def _few(self, seen: set[str], value: str, most: int, what: str) -> str:
        """Keep memory bounded, and texts that differ in every row out."""
        seen.add(value)
        if len(seen) > most:
            raise BadInput(f"More than {most} different {what}; the column holds something else.")
        return value

    def _instant(self, text: str) -> datetime:
        try:
            value = datetime.fromisoformat(text)
        except ValueError as error:
            raise BadInput("The time is written as 2026-03-02T14:30, with or without an offset from UTC.") from error
        if value.tzinfo is None:
            value = self._local(value)
        try:
            value = value.astimezone(UTC)
        except OverflowError as error:
            raise BadInput("The time lies outside the calendar.") from error
        if value > self._now + timedelta(days=1):
            raise BadInput("The time lies in the future.")
        return value

    def _local(self, value: datetime) -> datetime:
        """A4: a local time that does not exist is refused; one that comes twice is the same hour and day either way."""
        if not 1900 <= value.year <= 9000:
            raise BadInput("The time lies outside the calendar.")
        there = value.replace(tzinfo=self._zone)
        if there.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != value:
            raise BadInput("This local time does not exist: the clocks were set forward then.")
        return there


def _coordinates(cells: dict[str, str]) -> tuple[float, float]:
    try:
        latitude, longitude = float(cells.get("latitude", "")), float(cells.get("longitude", ""))
    except ValueError as error:
        raise BadInput("The row names no site and no coordinates in degrees.") from error
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise BadInput("Coordinates are degrees: latitude up to 90, longitude up to 180.")
    return latitude, longitude


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and 1 <= int(text) <= _LARGEST_COUNT):
        raise BadInput(f"The count is a whole number from 1 to {_LARGEST_COUNT}.")
    return int(text)
