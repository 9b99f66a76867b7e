"""What the gate judges, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from benchmarks.accuracy.use_file import Use
from benchmarks.metrics.rates import Rate

Group = tuple[tuple[str, str], ...]
"""The labels of a group by their kind, in the order of the kinds."""

PHOTOGRAPHS: Final = "photographs"
"""The class of camera of sets of photographs from the press and the web: no camera of a site is of it."""


class Verdict(StrEnum):
    """What an item, or the gate as a whole, comes to."""

    PASSED = "PASS"
    FAILED = "FAIL"
    NOT_DEMONSTRATED = "NOT DEMONSTRATED"


@dataclass(frozen=True, slots=True)
class Item:
    """One item: what was found, beside what is asked, and in a sentence why it comes to its verdict."""

    number: int
    asks: str
    verdict: Verdict
    found: str
    limit: str
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fifteen items, and what they come to together."""

    items: tuple[Item, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class GroupTable:
    """The groups of one crossing of labels, counted in one way: with one list, with overlap or without it."""

    kinds: tuple[str, ...]
    groups: tuple[tuple[Group, Rate], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the scores give at the threshold that is wanted. Thresholds are on the scale where higher is more alike.

    Each of `searches`, `on_one_list`, `found`, `false_alarms` and `misses` has one entry for each way to count; the
    worst counts. Groups whose labels a model predicted, or of which nobody says where they come from, are in none.
    """

    profile_sha256: str
    pipeline_sha256: str
    licences: frozenset[str]
    """Of every file of the chain (SPDX)."""
    measured_on: date
    camera_class: str
    lfw_accuracy: float | None
    enrolled: int
    """The length of the tested list that speaks for the wanted one."""
    lists: int
    """How many lists of each length that speaks were drawn, by seeds that nobody chooses (`evaluation.md` 1.6)."""
    threshold: float
    wanted_threshold: float
    chosen_on_others: bool | None
    """Whether nobody who was tested had a part in choosing the threshold; None where nobody has put that on record."""
    searches: Sequence[Rate]
    """People who alarmed on any list of a length: never too few, so upper limits are theirs."""
    on_one_list: Sequence[Rate]
    """The same people, each on one list alone: an estimate of FPIR, so lower limits are theirs."""
    found: Sequence[Rate]
    false_alarms: Sequence[GroupTable]
    misses: Sequence[GroupTable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The use, the day, and the code between a picture and its template that would run (None: not known here)."""

    use: Use
    today: date
    pipeline_sha256: str | None
