"""One entry of the table of legal parameters: its value, where it comes from, how sure we are, and what narrows it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from governance.domain.eu_floor import Annex, Objective

T = TypeVar("T")
_ENTRY: Final = "legal"


class Status(StrEnum):
    """How sure we are of an entry."""

    TEXT = "text"
    """Read in the law's text."""
    SECONDARY = "secondary"
    """Read in another's account of it."""
    GENERAL = "general"
    """General knowledge, to be confirmed against the text."""
    DESIGN = "design"
    """Our own: no law says it."""


class Narrower(StrEnum):
    """Which way a value may be moved by a profile file: only ever towards less power over people."""

    LOWER = "lower"
    HIGHER = "higher"
    FEWER = "fewer"
    """A list of what is allowed: entries may go."""
    MORE = "more"
    """A list of what is refused: entries may come."""
    OFFENCES = "offences"
    """The table of offences: rows may go, and rows may serve fewer objectives."""
    NEVER = "never"
    """Not by a file at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Why an entry has its value: the requirement in docs/law.md, the source, and how sure we are."""

    law: str
    source: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the table says of a parameter besides its value. `limit` is where HIGHER ends: nothing is kept for ever."""

    basis: Basis
    narrower: Narrower
    limit: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offence:
    """One pair of offence and statute (A2). A pair that is not in the table does not exist here.

    `maximum_penalty_years` is the longest fixed term; imprisonment for life is not needed to pass four years.
    """

    code: Annex
    statute: str
    maximum_penalty_years: int
    objectives: frozenset[Objective]
    source: str
    status: Status


def parameter(value: T, law: str, status: Status, source: str, narrower: Narrower, *, limit: T | None = None) -> T:
    """Declare a parameter of the table, as a field of `LegalProfile`."""
    basis = Basis(law=law, source=source, status=status)
    return field(default=value, metadata={_ENTRY: Entry(basis=basis, narrower=narrower, limit=limit)})


def entry_of(metadata: Mapping[Any, Any]) -> Entry | None:
    """Return what was declared beside a field, if it is a parameter."""
    found = metadata.get(_ENTRY)
    return found if isinstance(found, Entry) else None


def is_narrower(value: Any, base: Any, entry: Entry) -> bool:
    """Say whether a value gives no more power over people than the base's. What cannot be compared does not."""
    match entry.narrower:
        case Narrower.LOWER:
            return bool(value <= base)
        case Narrower.HIGHER:
            return bool(base <= value) and (entry.limit is None or bool(value <= entry.limit))
        case Narrower.FEWER:
            return _as_set(value) <= _as_set(base)
        case Narrower.MORE:
            return _as_set(value) >= _as_set(base)
        case Narrower.OFFENCES:
            return all(_has_its_like(row, base) for row in value)
        case Narrower.NEVER:
            return bool(value == base)


def _as_set(value: AbstractSet[Any]) -> AbstractSet[Any]:
    return value


def _has_its_like(row: Offence, base: tuple[Offence, ...]) -> bool:
    """Say whether the base has this pair, for these objectives at least. The penalty is a fact: it may be corrected."""
    return any(
        row.code is other.code and row.statute == other.statute and row.objectives <= other.objectives for other in base
    )


def is_positive(value: Any) -> bool:
    """Say whether a number or duration is more than nothing; other values always are."""
    if isinstance(value, bool):
        return True
    if isinstance(value, timedelta):
        return value > timedelta(0)
    if isinstance(value, int | float):
        return value > 0
    return True
