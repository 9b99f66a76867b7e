"""How many false alerts a day a list is expected to make, before anybody approves it (C5, D1)."""

from dataclasses import dataclass
from math import expm1, log1p

from governance.domain.decisions import Decision, allow, deny

MOST_PASSAGES: int = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRate:
    """The false match rate of one comparison with one reference, from an evaluation, with its 95 % interval."""

    likely: float
    low: float
    high: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedFalseAlerts:
    """What is expected of a list of so many persons at so many passages a day.

    Without an evaluation the three figures are `None`: nobody knows. `most_allowed_rate` is the rate for one passage at
    which the approved budget is just kept; above it the budget stops the deployment.
    """

    passages_per_day: int
    persons: int
    likely: float | None
    low: float | None
    high: float | None
    allowed_per_day: float
    most_allowed_rate: float
    source: str


def are_meant(passages_per_day: int) -> Decision:
    """C5: the expected passages are a number that a camera can see."""
    if not 1 <= passages_per_day <= MOST_PASSAGES:
        return deny("C5", "Say how many people are expected to pass these cameras a day, from 1 to ten million.")
    return allow("C5")


def expect_false_alerts(
    *, passages_per_day: int, persons: int, allowed_per_day: float, measured: MeasuredRate | None
) -> ExpectedFalseAlerts:
    """C5, D1: say what is expected. A passage makes a false alert where it matches any of the list's persons."""
    return ExpectedFalseAlerts(
        passages_per_day=passages_per_day,
        persons=persons,
        likely=None if measured is None else passages_per_day * of_search(measured.likely, persons),
        low=None if measured is None else passages_per_day * of_search(measured.low, persons),
        high=None if measured is None else passages_per_day * of_search(measured.high, persons),
        allowed_per_day=allowed_per_day,
        most_allowed_rate=min(1.0, allowed_per_day / passages_per_day),
        source="" if measured is None else measured.source,
    )


def of_comparison(share: float, persons: int) -> float:
    """D1: return the rate of one comparison whose searches among so many persons alarm at this share, below one."""
    return -expm1(log1p(-share) / persons) if share < 1 else 1.0


def of_search(rate: float, persons: int) -> float:
    """D1: return the rate of a search among so many persons, each comparison taken as independent."""
    return 1.0 - (1.0 - rate) ** persons
