"""What use comes to, month by month: deployments, faces, alerts, what became of them, and rows that do not agree.

The definitions are those of `benchmarks.metrics`: false alerts over faces, true alerts over alerts, exact limits. Faces
are counted in more than one way; each row says how, and rows that were counted differently are never added up.

An alert is counted where it came to its end, its outcome where it was told. *True* is what a patrol found right and a
second person confirmed; *false* is what the reviewers dismissed or a patrol found wrong; the rest is *unconfirmed*.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from governance.domain.proportions import Limits, limits

DISMISSED_BY_REVIEWERS: Final = "A15"
"""The rule that the log gives in clear where two people dismissed an alert; time and the warrant's end have others."""
REVIEWERS_DISAGREE: Final = "E6"
"""The rule that the log gives in clear with the answer by which the first two of an alert's reviewers differ."""
FOUND_WRONG: Final = "B12"
"""The rule that the log gives in clear where a patrol found that it was somebody else."""
UNSEEN: Final = frozenset({"C5", "rescore"})
"""The rules by which a candidate ends that nobody was shown: it never was an alert."""
_HUNDREDTH_OF_A_PERCENT: Final = Decimal("0.01")
_PERCENT: Final = Decimal(1)
_FEWEST_RECEIPTS: Final = 0.99
"""Of the leases that sites took, so many have a receipt of their end, or the month's faces are too few."""


class Flag(StrEnum):
    """What does not agree in a row, or with the row before it."""

    ALERTS_DO_NOT_SUM = "alerts-do-not-sum"
    """True, false and unconfirmed are not all alerts."""
    COUNTED_DIFFERENTLY = "counted-differently"
    """Faces were counted in another way than in the row before: the two rates cannot be compared."""
    DATE_OUT_OF_ORDER = "date-out-of-order"
    MORE_ALERTS_THAN_FACES = "more-alerts-than-faces"
    NO_FACES = "no-faces"
    """There are alerts, and no face is counted: there is no rate."""
    OUTCOME_CHANGED = "outcome-changed"
    """Another row says otherwise of the same: what became of an alert was changed, or told in a later month."""
    PRECISION_DIFFERS = "published-precision-differs"
    RATE_DIFFERS = "published-rate-differs"
    RECEIPTS_MISSING = "receipts-missing"
    """Sites did not sign how leases ended, so their faces are not counted."""
    TOO_MANY_OVERTURNED = "more-overturned-than-alerts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One month, or one line of a table that somebody else published.

    `overturned` are alerts of which the first and the second reviewer said different things; `None` is not known.
    `published_rate` and `published_precision` are per cent as they were printed, with the places that they had.
    """

    label: str
    begins: date
    faces: int
    counted_how: str
    alerts: int
    true_alerts: int
    false_alerts: int
    unconfirmed: int
    deployments: int = 1
    overturned: int | None = None
    threshold: str = ""
    published_rate: Decimal | None = None
    published_precision: Decimal | None = None
    told_of_earlier: int = 0
    """Outcomes that were told here of alerts of a row before."""
    leases_taken: int = 0
    leases_ended: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`part` of `whole` with exact limits; `limits` is `None` where there is no whole, or less than the part."""

    part: int
    whole: int
    limits: Limits | None

    @property
    def value(self) -> float | None:
        """The fraction; `None` where there is none."""
        return None if self.limits is None else self.part / self.whole

    @property
    def one_in(self) -> int | None:
        """One in how many, as people say it; `None` where nothing happened or nothing was counted."""
        return round(self.whole / self.part) if self.part and self.limits is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Rows that count faces in one way, together."""

    counted_how: str
    deployments: int
    faces: int
    alerts: int
    true_alerts: int
    false_alerts: int

    @property
    def false_per_face(self) -> Share:
        """False alerts over faces."""
        return share(self.false_alerts, self.faces)

    @property
    def precision(self) -> Share:
        """True alerts over all alerts, whether or not anybody found out what they were."""
        return share(self.true_alerts, self.alerts)

    @property
    def precision_of_adjudicated(self) -> Share:
        """True alerts over those that were found to be true or false."""
        return share(self.true_alerts, self.true_alerts + self.false_alerts)


def share(part: int, whole: int) -> Share:
    """Return a share with its limits; none where it cannot be one."""
    return Share(part=part, whole=whole, limits=limits(part, whole) if 0 <= part <= whole and whole else None)


def false_per_face(row: Row) -> Share:
    """C7, D1: return false alerts over faces of one row."""
    return share(row.false_alerts, row.faces)


def precision(row: Row) -> Share:
    """C7: return true alerts over alerts of one row. It depends on how many listed people pass: it is no accuracy."""
    return share(row.true_alerts, row.alerts)


def flags(rows: Sequence[Row]) -> tuple[frozenset[Flag], ...]:
    """C7: return for each row what does not agree in it or with those before it, in the order given."""
    found: list[frozenset[Flag]] = []
    before: Row | None = None
    latest: date | None = None
    for row in rows:
        of_order = set(_of_order(row, before, latest))
        found.append(frozenset(of_order | set(_of_row(row))))
        before, latest = row, row.begins if latest is None else max(latest, row.begins)
    return tuple(found)


def outcomes_changed(before: Sequence[Row], now: Sequence[Row]) -> frozenset[str]:
    """C7: return the labels of rows of which an earlier table said otherwise, or that it had and this one lacks."""
    known = {(row.label, row.counted_how): _said(row) for row in now}
    return frozenset(row.label for row in before if known.get((row.label, row.counted_how)) != _said(row))


def add_up(rows: Iterable[Row]) -> tuple[Sum, ...]:
    """C7: add up what was counted in one way, and nothing else; a sum for each way, in the order of the rows."""
    return tuple(_sum(how, of) for how, of in _by(rows, lambda row: row.counted_how).items())


def by_threshold(rows: Iterable[Row]) -> Mapping[str, tuple[Sum, ...]]:
    """C6: return the sums for each threshold; rows of different ones are different systems."""
    return {threshold: add_up(of) for threshold, of in _by(rows, lambda row: row.threshold).items()}


def by_month(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return one row for each month and way of counting faces, in the months' order; what was published falls away."""
    months: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        months[f"{row.begins:%Y-%m}", row.counted_how].append(row)
    return tuple(_month(month, how, of) for (month, how), of in sorted(months.items()))


def _by(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _sum(how: str, rows: Sequence[Row]) -> Sum:
    return Sum(
        counted_how=how,
        deployments=sum(row.deployments for row in rows),
        faces=sum(row.faces for row in rows),
        alerts=sum(row.alerts for row in rows),
        true_alerts=sum(row.true_alerts for row in rows),
        false_alerts=sum(row.false_alerts for row in rows),
    )


def _month(month: str, how: str, rows: Sequence[Row]) -> Row:
    overturned = [row.overturned for row in rows if row.overturned is not None]
    return Row(
        label=month,
        begins=min(row.begins for row in rows).replace(day=1),
        faces=sum(row.faces for row in rows),
        counted_how=how,
        alerts=sum(row.alerts for row in rows),
        true_alerts=sum(row.true_alerts for row in rows),
        false_alerts=sum(row.false_alerts for row in rows),
        unconfirmed=sum(row.unconfirmed for row in rows),
        deployments=sum(row.deployments for row in rows),
        overturned=sum(overturned) if len(overturned) == len(rows) else None,
        threshold=" ".join(sorted({row.threshold for row in rows if row.threshold})),
        told_of_earlier=sum(row.told_of_earlier for row in rows),
        leases_taken=sum(row.leases_taken for row in rows),
        leases_ended=sum(row.leases_ended for row in rows),
    )


def _of_order(row: Row, before: Row | None, latest: date | None) -> Iterator[Flag]:
    if latest is not None and row.begins < latest:
        yield Flag.DATE_OUT_OF_ORDER
    if before is not None and row.counted_how != before.counted_how:
        yield Flag.COUNTED_DIFFERENTLY


def _of_row(row: Row) -> Iterator[Flag]:
    if row.true_alerts + row.false_alerts + row.unconfirmed != row.alerts:
        yield Flag.ALERTS_DO_NOT_SUM
    if row.alerts and not row.faces:
        yield Flag.NO_FACES
    elif row.alerts > row.faces:
        yield Flag.MORE_ALERTS_THAN_FACES
    if row.told_of_earlier:
        yield Flag.OUTCOME_CHANGED
    if row.overturned is not None and row.overturned > row.alerts:
        yield Flag.TOO_MANY_OVERTURNED
    if row.leases_ended < _FEWEST_RECEIPTS * row.leases_taken - 1:
        yield Flag.RECEIPTS_MISSING
    if _differs(row.published_rate, row.false_alerts, row.faces, coarsest=_HUNDREDTH_OF_A_PERCENT):
        yield Flag.RATE_DIFFERS
    if _differs(row.published_precision, row.true_alerts, row.alerts, coarsest=_PERCENT):
        yield Flag.PRECISION_DIFFERS


def _differs(published: Decimal | None, part: int, whole: int, *, coarsest: Decimal) -> bool:
    """Say whether a published percentage is another than its counts make, by a unit of its last place or more.

    A unit, so that cutting off passes as rounding does; at most `coarsest`, so that few places hide nothing.
    """
    if published is None:
        return False
    if not whole:
        return published != 0
    places = published.as_tuple().exponent
    unit = min(coarsest, Decimal(1).scaleb(places)) if isinstance(places, int) else coarsest
    return abs(published - 100 * Decimal(part) / Decimal(whole)) >= unit


def _said(row: Row) -> tuple[object, ...]:
    return row.faces, row.alerts, row.true_alerts, row.false_alerts, row.unconfirmed
