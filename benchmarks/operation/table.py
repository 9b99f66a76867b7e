"""Deployments or months as somebody wrote them down: a CSV in our layout, or as the Metropolitan Police publish theirs.

docs/operation.md has the layout. A number that is missing is refused, never taken for nought.
"""

import csv
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, DecimalException
from pathlib import Path
from typing import Final

from benchmarks.data.errors import DataRefused
from governance.domain.in_operation import Row

NEEDED: Final = ("date", "faces", "counted_how", "alerts", "true", "false", "unconfirmed")
_MET: Final = frozenset(
    {
        "date",
        "faces_seen_estimate",
        "false_confirmed",
        "false_unconfirmed",
        "min_threshold",
        "published_false_alert_rate",
        "row",
        "total_alerts",
        "true_confirmed",
        "true_unconfirmed",
    }
)
"""The columns of the published table, as it was taken from the force's PDF files."""
_MET_COUNTS: Final = "estimate of faces seen, as published; how it was made is not stated"
_MOST_ROWS: Final = 1_000_000
_MOST: Final = 2**53 - 1
_Given = Mapping[str, str]


def read_rows(table: Path) -> tuple[Row, ...]:
    """Read every row, in the table's order, which is part of what is judged.

    Raises:
        DataRefused: it is no table, a column or a number is missing, or something is no number or date.
    """
    columns, rows = _read(table)
    read = _of_met if columns >= _MET else _of_ours
    if read is _of_ours and not columns.issuperset(NEEDED):
        lacking = ", ".join(name for name in NEEDED if name not in columns)
        raise DataRefused(f"{table.name} lacks the columns {lacking}; docs/operation.md has the layout.")
    try:
        return tuple(read(number, row) for number, row in enumerate(rows, start=1))
    except DataRefused as error:
        raise DataRefused(f"{table.name}: {error}") from error


def _read(table: Path) -> tuple[frozenset[str], list[dict[str, str]]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = [row for row, _ in zip(reader, range(_MOST_ROWS + 1), strict=False)]
            columns = frozenset(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataRefused(f"{table.name} cannot be read as a table; save it as CSV in UTF-8.") from error
    if not rows or len(rows) > _MOST_ROWS:
        raise DataRefused(f"{table.name} has no row, or more than {_MOST_ROWS:,}.")
    for number, row in enumerate(rows, start=1):
        if None in row or None in row.values():
            raise DataRefused(f"Row {number} of {table.name} has another number of columns than its head.")
    return columns, rows


def _of_ours(number: int, row: _Given) -> Row:
    if not row["counted_how"].strip():
        raise DataRefused(f"row {number} does not say how its faces were counted; without it they are no denominator.")
    return Row(
        label=row.get("row") or str(number),
        begins=_date(number, row["date"]),
        deployments=_count(number, row, "deployments") if row.get("deployments") else 1,
        faces=_count(number, row, "faces"),
        counted_how=row["counted_how"].strip(),
        alerts=_count(number, row, "alerts"),
        true_alerts=_count(number, row, "true"),
        false_alerts=_count(number, row, "false"),
        unconfirmed=_count(number, row, "unconfirmed"),
        overturned=_count(number, row, "overturned") if row.get("overturned") else None,
        threshold=row.get("threshold", "").strip(),
        published_rate=_percent(number, row.get("published_rate", "")),
        published_precision=_percent(number, row.get("published_precision", "")),
    )


def _of_met(number: int, row: _Given) -> Row:
    """Read a row of the Met's: an empty cell there is nought, and every alert is called true or false."""
    true, false = (
        sum(_count(number, row, f"{one}_{how}") if row[f"{one}_{how}"] else 0 for how in ("confirmed", "unconfirmed"))
        for one in ("true", "false")
    )
    return Row(
        label=row["row"],
        begins=_date(number, row["date"]),
        faces=_count(number, row, "faces_seen_estimate"),
        counted_how=_MET_COUNTS,
        alerts=_count(number, row, "total_alerts"),
        true_alerts=true,
        false_alerts=false,
        unconfirmed=0,
        threshold=row["min_threshold"].strip(),
        published_rate=_percent(number, row["published_false_alert_rate"]),
    )


def _date(number: int, word: str) -> date:
    try:
        return date.fromisoformat(word if len(word) > len("2026-01") else f"{word}-01")
    except ValueError as error:
        raise DataRefused(f"the date of row {number} is none; write it as 2026-01-31 or 2026-01.") from error


def _count(number: int, row: _Given, column: str) -> int:
    word = row[column].strip()
    if not (word.isascii() and word.isdigit()) or len(word) > len(str(_MOST)) or int(word) > _MOST:
        raise DataRefused(f"`{column}` of row {number} is no count; write a whole number, and 0 for none.")
    return int(word)


def _percent(number: int, word: str) -> Decimal | None:
    if not word.strip():
        return None
    try:
        found = Decimal(word.strip().removesuffix("%").strip())
    except DecimalException as error:
        raise DataRefused(f"A published share of row {number} is no percentage; write it as 0.08%.") from error
    if not found.is_finite() or not 0 <= found <= 100:
        raise DataRefused(f"A published share of row {number} is no percentage; write it as 0.08%.")
    return found
