"""Groups of people: who is in one, which may be compared, and which may not be called equal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from benchmarks.metrics.differences import max_over_geomean, max_over_min, max_over_min_bound
from benchmarks.metrics.errors import MetricError
from benchmarks.metrics.intervals import clopper_pearson
from benchmarks.metrics.rates import Figure, Rate, undefined

UNKNOWN: Final = "unknown"
"""The group of whoever has no label. It is a group like any other."""


class Status(StrEnum):
    """Whether a group can bear a claim at the target rate."""

    ELIGIBLE = "ok"
    EMPTY = "empty"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True)
class GroupRate:
    """One group's rate and whether it is large enough for the target: at least 3 / target people."""

    name: str
    rate: Rate
    status: Status


def standing(name: str, rate: Rate, target: float) -> GroupRate:
    """Empty is listed and never 0; too few are listed and left out of every ratio (rule of three)."""
    if not 0 < target < 1:
        raise MetricError(f"A target of {target} cannot be; give a fraction between 0 and 1.")
    if rate.denominator == 0:
        return GroupRate(name, rate, Status.EMPTY)
    people = rate.denominator if rate.people is None else min(rate.people, rate.denominator)
    return GroupRate(name, rate, Status.ELIGIBLE if people >= 3 / target else Status.INSUFFICIENT)


def crossed(labels: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The name of each sample's crossed group, such as `female × Asian × 25–34`.

    A missing label is `unknown`, which crosses too.
    """
    columns = list(labels.values())
    if not columns or any(len(column) != len(columns[0]) for column in columns):
        raise MetricError("Every kind of label needs one label for each sample.")
    return tuple(" × ".join(label or UNKNOWN for label in row) for row in zip(*columns, strict=True))


def all_cells(labels: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Every crossed group that the labels could make, also those in which there is nobody, in order."""
    return tuple(
        " × ".join(cell)
        for cell in product(*(sorted({one or UNKNOWN for one in column}) for column in labels.values()))
    )


def worst_first(groups: Sequence[GroupRate]) -> tuple[GroupRate, ...]:
    """Eligible groups by falling rate, then insufficient ones by falling upper limit, then the empty."""
    place = {Status.ELIGIBLE: 0, Status.INSUFFICIENT: 1, Status.EMPTY: 2}
    return tuple(sorted(groups, key=lambda one: (place[one.status], -_weight(one), one.name)))


def _weight(group: GroupRate) -> float:
    if group.status is Status.INSUFFICIENT and group.rate.interval is not None:
        return group.rate.interval.upper
    return group.rate.value or 0.0


@dataclass(frozen=True, slots=True)
class Differences:
    """How far the eligible groups lie apart; `bound` is what remains to be said where the best has no error."""

    worst: str | None
    best: str | None
    ratio: Figure
    to_typical: Figure
    bound: Figure


def differences(groups: Sequence[GroupRate]) -> Differences:
    """The ratios over eligible groups only; undefined, with the reason, for fewer than two."""
    eligible = {one.name: one.rate for one in groups if one.status is Status.ELIGIBLE}
    if len(eligible) < 2:
        nothing = undefined("Fewer than two groups are large enough to be compared.")
        return Differences(None, None, nothing, nothing, nothing)
    values = {name: rate.value or 0.0 for name, rate in eligible.items()}
    worst, best = max(values, key=lambda name: values[name]), min(values, key=lambda name: values[name])
    limits = {name: clopper_pearson(eligible[name].numerator, eligible[name].denominator) for name in (worst, best)}
    return Differences(
        worst,
        best,
        max_over_min(list(values.values())),
        max_over_geomean(list(values.values())),
        max_over_min_bound(limits[worst].lower, limits[best].upper),
    )
