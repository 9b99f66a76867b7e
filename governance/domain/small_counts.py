"""Small counts in what is public: few enough to be somebody are not told, nor can they be worked out (C7, A11)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A total and its parts as the public sees them; `None` is withheld. Nothing is never withheld: it is nobody."""

    total: int | None
    parts: tuple[int | None, ...]


def withhold(parts: Sequence[int], *, smallest: int) -> Published:
    """C7: withhold each part below `smallest`, and as many more that none can be worked out from the total.

    Of what is withheld, each part could be anything from one up to at least `smallest`, given the total and the rest.
    Where no further part can hide one, the total is withheld too.
    """
    hidden = {place for place, part in enumerate(parts) if 0 < part < smallest}
    while hidden and not _is_hidden(parts, hidden, smallest):
        others = [place for place, part in enumerate(parts) if part and place not in hidden]
        if not others:
            return _published(parts, hidden, total=None)
        hidden.add(min(others, key=lambda place: (parts[place], place)))
    return _published(parts, hidden, total=sum(parts))


def withhold_single(count: int, *, smallest: int) -> int | None:
    """C7: withhold a count that stands in no sum."""
    return None if 0 < count < smallest else count


def withheld_rows(rows: Sequence[Sequence[int]], *, smallest: int) -> frozenset[int]:
    """C7: return which rows of a table are withheld whole, where the sum of each column is told elsewhere.

    Rows with a small count are, and as many more that no column comes to a small count over all of them, which takes
    two at least: whoever takes what is told from the sum learns of no row, and of nobody. Where there are no more rows
    all are withheld, and what is left is the sum, which whoever tells it withholds where it is small.
    """
    hidden = {place for place, row in enumerate(rows) if any(0 < count < smallest for count in row)}
    while _come_to_a_small_count([rows[place] for place in hidden], smallest):
        others = [place for place in range(len(rows)) if place not in hidden]
        if not others:
            break
        hidden.add(min(others, key=lambda place: (not any(rows[place]), sum(rows[place]), place)))
    return frozenset(hidden)


def _come_to_a_small_count(rows: Sequence[Sequence[int]], smallest: int) -> bool:
    return any(0 < sum(column) < smallest for column in zip(*rows, strict=True))


def _is_hidden(parts: Sequence[int], hidden: set[int], smallest: int) -> bool:
    """Say whether a hidden part, which is at least one, could still be as large as `smallest`."""
    together = sum(parts[place] for place in hidden)
    return together - (len(hidden) - 1) >= smallest


def _published(parts: Sequence[int], hidden: set[int], *, total: int | None) -> Published:
    return Published(total=total, parts=tuple(None if place in hidden else part for place, part in enumerate(parts)))
