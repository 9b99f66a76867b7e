"""When use itself suspends a model profile: more false alerts than the limit allows, or drift nobody explained (A18).

Item 15 of the gate. Its two conditions:

* The *lower* limit (one-sided, 95 of 100) of false alerts over faces exceeds the limit of the profile's envelope, and
  never a limit above one in a thousand. The lower limit, since one false alert among few faces is no finding; asked of
  all that the profile was used for since two people last let it go on, and of each month of it by itself.
* Two months of use, one after the other, drift from the evaluation's report, and two people explained neither. A month
  drifts where its whole interval lies outside the report's, above or below: fewer false alerts than were tested may
  mean that faces are counted in another way.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Final

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.identifiers import AccountId
from governance.domain.in_operation import Flag, Row, add_up, flags, share
from governance.domain.proportions import lower_limit

MOST: Final = Fraction(1, 1000)
"""No envelope allows more false alerts over faces."""
LATER: Final = timedelta(days=2)
"""A month's outcomes are in so long after its end: a review takes a day at most, and a patrol another."""
_NO_DRIFT_IN: Final = frozenset({Flag.ALERTS_DO_NOT_SUM, Flag.MORE_ALERTS_THAN_FACES, Flag.NO_FACES})
"""What does not agree with itself is compared with nothing; it is told as such."""


class Drift(StrEnum):
    """How a month lies to the report."""

    ABOVE = "above"
    BELOW = "below"
    NONE = "none"
    UNKNOWN = "unknown"
    """There is no report with an interval, or the month has no rate."""


_SAYS: Final = frozenset({Drift.ABOVE, Drift.BELOW, Drift.NONE})


class Explanation(StrEnum):
    """What two people may say that a month's drift came from. A closed list: none of it is about anybody."""

    CAMERAS_CHANGED = "cameras-changed"
    CROWD_CHANGED = "crowd-changed"
    FACES_COUNTED_DIFFERENTLY = "faces-counted-differently"
    LIST_LENGTH = "list-length"
    """A shorter list than the tested one makes fewer false alerts, a longer one more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the evaluation's report says of one profile: the limit of its envelope, and the interval that it measured.

    `lower` and `upper` are the fractions between which its false alerts over people lie; `None` where it names none.
    `of_months` are the two for months of which is known how long the lists were; all others are held to the former.
    """

    profile_sha256: str
    report_sha256: str
    limit: Fraction
    lower: float | None
    upper: float | None
    of_months: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def interval_of(self, month: str) -> tuple[float, float] | None:
        """Return the two fractions that a month is held to; nothing where the report names none."""
        if self.lower is None or self.upper is None:
            return None
        return self.of_months.get(month, (self.lower, self.upper))


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftExplanation:
    """What was said of one profile's month; it counts once a second person, of another organisation, agreed."""

    profile_sha256: str
    month: str
    explanation: Explanation
    explained_by: AccountId
    agreed_by: AccountId | None
    created_at: datetime
    expires_at: datetime


def lowest_share(rows: Sequence[Row]) -> float:
    """Return the lower limit of false alerts over faces. An alert whose face was not counted was a face too."""
    false = sum(row.false_alerts for row in rows)
    faces = max(sum(row.faces for row in rows), sum(row.alerts for row in rows), false)
    return lower_limit(false, faces) if faces else 0.0


def stays_within(rows: Sequence[Row], limit: Fraction) -> Decision:
    """A18: decide whether false alerts stay within the limit, in all rows counted alike and in each by itself."""
    most = min(limit, MOST)
    together = [[row for row in rows if row.counted_how == of.counted_how] for of in add_up(rows)]
    if any(lowest_share(of) > most for of in (*together, *([row] for row in rows))):
        return deny("A18", "In use there are surely more false alerts than the limit allows; the profile is suspended.")
    return allow("A18")


def drift(row: Row, declared: Declared | None) -> Drift:
    """A18: say how a month lies to the report: it drifts where the two intervals have nothing in common."""
    found = share(row.false_alerts, row.faces).limits
    expected = None if declared is None else declared.interval_of(row.label)
    if expected is None or found is None or flags([row])[0] & _NO_DRIFT_IN:
        return Drift.UNKNOWN
    lower, upper = expected
    if found.lower > upper:
        return Drift.ABOVE
    return Drift.BELOW if found.upper < lower else Drift.NONE


def stays_as_tested(
    rows: Sequence[Row], declared: Declared | None, explained: Collection[str], *, now: date
) -> Decision:
    """A18: decide whether no two months of use, one after the other, drift unexplained. A month that runs is not asked.

    A month without use, or without a rate, says nothing either way: it lies between them and parts them not.
    """
    known = sorted(
        (row.label, lies) for row in rows if is_settled(row, now) and (lies := drift(row, declared)) in _SAYS
    )
    drifts = [lies is not Drift.NONE and label not in explained for label, lies in known]
    if any(one and following for one, following in pairwise(drifts)):
        return deny("A18", "For two months use was not as it was tested, and nobody explained it: it is suspended.")
    return allow("A18")


def is_settled(row: Row, now: date) -> bool:
    """Say whether a month is over, and so long that its outcomes are in."""
    following = date.fromisoformat(f"{month_after(row.label)}-01")
    return now >= following + LATER


def month_after(month: str) -> str:
    """Return the month that follows one, both as `2026-03`."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def may_explain(month: str, existing: DriftExplanation | None, *, now: date) -> Decision:
    """A18: decide whether a month's drift may be explained now: once, and when the month is over."""
    return refuse_where(
        "A18",
        (existing is not None, "A18", "This month was explained already; a second organisation agrees or does not."),
        (month >= f"{now:%Y-%m}", "A18", "A month is explained when it is over."),
    )


def may_agree_to_explanation(
    given: DriftExplanation, *, agrees: AccountId, organisation: str, explained_from: str
) -> Decision:
    """A18: decide whether this person's word makes an explanation count: a second person, of a second organisation."""
    return refuse_where(
        "A18",
        (given.agreed_by is not None, "A18", "It was agreed to already."),
        (given.explained_by == agrees, "A18", "Whoever explained it does not agree to it: two people."),
        (organisation == explained_from, "A18", "The second person must be of another organisation than the first."),
    )
