"""Every number of an evaluation in one table for spreadsheets: where it stands in the JSON, and the number."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

_NAMES: Final = ("group", "name", "enrolled", "seed", "number", "month", "unit", "cause")
"""What an element of a list is known by; the first that it has."""


def as_csv(found: Mapping[str, Any]) -> str:
    """Lines of `where,number`, in the order of the JSON with sorted keys; the same JSON gives the same bytes."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("where", "number"))
    lines.writerows(_numbers("", found))
    return text.getvalue()


def _numbers(where: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name in sorted(value):
            yield from _numbers(f"{where}.{name}" if where else name, value[name])
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _numbers(f"{where}[{_known_by(at, one)}]", one)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield where, repr(value)


def _known_by(at: int, one: Any) -> str:
    if not isinstance(one, Mapping):
        return str(at)
    if "labels" in one and "group" not in one:
        words = " × ".join(one["labels"])
        return f"{words}, {one['overlap']}" if "overlap" in one else words
    return next((str(one[name]) for name in _NAMES if name in one), str(at))
