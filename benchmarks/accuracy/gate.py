"""The gate: may this profile, at this threshold and list, be used? Fifteen items: PASS, FAIL, NOT DEMONSTRATED.

The last two both block. A limit marked *policy* is a default for the authority to sign; the others come from the
source that the item names. The worse of the figures with and without the exclusion of overlap counts. Nothing is read
off a report: the values come from the runs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from benchmarks.metrics.differences import max_over_min_bound
from benchmarks.metrics.groups import GroupRate, Status
from benchmarks.metrics.intervals import clopper_pearson, upper_limit
from benchmarks.metrics.rates import Rate
from benchmarks.metrics.sample_size import smallest_ratio_seen

FPIR_LIMIT: Final = 1e-3
LFW_LIMIT: Final = 0.990
TPIR_LIMIT: Final = 0.80
RATIO_OF_FALSE_ALARMS: Final = (3.0, 10.0)
RATIO_OF_MISSES: Final = 3.0
RATIO_TO_SEE: Final = 3.0
LICENCES_FOR_ANY_USE: Final = frozenset({"Apache-2.0", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "MIT"})
"""Licences of models that forbid no use. A licence that is not here has to be read first."""
LONGEST_AGE: Final = timedelta(days=365)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What the profile is meant for. None is what nobody has said yet: it cannot pass."""

    enrolled: int
    threshold: float
    profile_sha256: str | None = None
    expected_groups: frozenset[str] | None = None
    alerts_a_day: float | None = None
    reviewed_a_day: float | None = None
    reviewers_recorded: bool | None = None
    false_alerts: tuple[int, int] | None = None
    """In operation: false alerts, and the faces among which they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the runs found. Thresholds are on the scale where higher is more alike."""

    profile_sha256: str
    licences: frozenset[str]
    """Of every file of the chain (SPDX)."""
    measured_on: date
    lfw_accuracy: float | None
    enrolled: int
    threshold: float
    chosen_on_others: bool | None
    """Whether nobody who was tested had a part in choosing the threshold; None where nobody has put that on record."""
    false_positive_searches: Sequence[Rate]
    """Over people, with overlap excluded and with it counted."""
    found_people: Rate | None
    false_alarms_by_group: Sequence[Sequence[GroupRate]]
    """All crossed groups, with overlap excluded and with it counted."""
    misses_by_group: Sequence[GroupRate]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fifteen items, and what they come to together."""

    items: tuple[Item, ...]
    verdict: Verdict


_Found = tuple[Verdict, str, str]
"""A verdict, what was found, and why."""


def gate(evidence: Evidence, use: Use, *, today: date) -> Outcome:
    """Judge every item. One FAIL fails the whole; without one, whatever was not demonstrated blocks it."""
    items = tuple(_items(evidence, use, today))
    found = {item.verdict for item in items}
    whole = next(one for one in (Verdict.FAILED, Verdict.NOT_DEMONSTRATED, Verdict.PASSED) if one in found)
    return Outcome(items, whole)


def _items(evidence: Evidence, use: Use, today: date) -> Iterator[Item]:
    for number, (asks, limit, source, judge) in enumerate(_ASKED, start=1):
        verdict, found, why = judge(evidence, use, today)
        yield Item(number, asks, verdict, found, limit, source, why)


def _same_chain(evidence: Evidence, use: Use, _today: date) -> _Found:
    if use.profile_sha256 is not None and use.profile_sha256 != evidence.profile_sha256:
        return Verdict.FAILED, "another profile", "What was measured is not what would run."
    if forbidding := evidence.licences - LICENCES_FOR_ANY_USE:
        return Verdict.FAILED, ", ".join(sorted(forbidding)), "It is not known that this licence allows the use."
    if use.profile_sha256 is None:
        return Verdict.NOT_DEMONSTRATED, "not said", "Nobody has said which profile would run."
    return Verdict.PASSED, "the same", "Every file that was measured is bound by its hash."


def _integration(evidence: Evidence, _use: Use, _today: date) -> _Found:
    if evidence.lfw_accuracy is None:
        return Verdict.NOT_DEMONSTRATED, "not measured", "LFW View 2 was not run."
    found = f"{evidence.lfw_accuracy:.4f}"
    if evidence.lfw_accuracy < LFW_LIMIT:
        return Verdict.FAILED, found, "The chain does not reach what its models can: look for a fault in preprocessing."
    return Verdict.PASSED, found, "The chain does what its models can. It says no more than that."


def _false_alarms(evidence: Evidence, _use: Use, _today: date) -> _Found:
    worst = max(evidence.false_positive_searches, key=_upper, default=None)
    if worst is None or worst.value is None:
        return Verdict.NOT_DEMONSTRATED, "not measured", "Nobody was searched for who is not on the list."
    limit, found = _upper(worst), f"{worst.numerator} of {worst.denominator}"
    if limit <= FPIR_LIMIT:
        return Verdict.PASSED, found, f"At most {_one_in(limit)}: the upper limit, one side, of 95 in 100 such tests."
    lower = clopper_pearson(worst.numerator, worst.denominator, 0.90).lower
    if lower > FPIR_LIMIT:
        return (
            Verdict.FAILED,
            found,
            f"At least {_one_in(lower)}, by the lower limit of 95 in 100 such tests: too many.",
        )
    return Verdict.NOT_DEMONSTRATED, found, f"It may be as many as {_one_in(limit)}: too few people were searched for."


def _upper(rate: Rate) -> float:
    return upper_limit(rate.numerator, rate.denominator) if rate.denominator else 1.0


def _one_in(rate: float) -> str:
    return f"1 in {round(1 / rate):,}" if rate > 0 else "none"


def _list_length(evidence: Evidence, use: Use, _today: date) -> _Found:
    found = f"{evidence.enrolled} tested, {use.enrolled} wanted"
    if evidence.enrolled >= 0.9 * use.enrolled:
        return Verdict.PASSED, found, "The list that was tested is long enough."
    return Verdict.FAILED, found, "A longer list alarms more; test one of that length."


def _every_group(evidence: Evidence, use: Use, _today: date) -> _Found:
    eligible = [one for groups in evidence.false_alarms_by_group for one in groups if one.status is Status.ELIGIBLE]
    above = {one.name for one in eligible if _lower(one.rate) > FPIR_LIMIT}
    if above:
        return (
            Verdict.FAILED,
            f"{len(above)} groups above",
            f"More than 1 in 1,000 by the lower limit: {_named(above)}.",
        )
    if use.expected_groups is None:
        return Verdict.NOT_DEMONSTRATED, "not said", "Nobody has said, from documents, which groups pass this site."
    tables = evidence.false_alarms_by_group
    shown = {name for name in use.expected_groups if tables and all(_kept_in(table, name) for table in tables)}
    open_ = use.expected_groups - shown
    if open_:
        return Verdict.NOT_DEMONSTRATED, f"{len(open_)} groups open", f"Too few people of: {_named(open_)}."
    return Verdict.PASSED, f"{len(use.expected_groups)} groups", "Every group that is expected keeps the limit."


def _kept_in(groups: Sequence[GroupRate], name: str) -> bool:
    """Whether a group is there, large enough, and below the limit with 95 % confidence."""
    return any(one.name == name and one.status is Status.ELIGIBLE and _upper(one.rate) <= FPIR_LIMIT for one in groups)


def _lower(rate: Rate) -> float:
    return clopper_pearson(rate.numerator, rate.denominator, 0.90).lower if rate.denominator else 0.0


def _named(groups: set[str] | frozenset[str]) -> str:
    some = sorted(groups)[:5]
    return ", ".join(some) + (f" and {len(groups) - 5} more" if len(groups) > 5 else "")


def _ratio_of_false_alarms(evidence: Evidence, _use: Use, _today: date) -> _Found:
    return _ratio([list(groups) for groups in evidence.false_alarms_by_group], *RATIO_OF_FALSE_ALARMS)


def _ratio_of_misses(evidence: Evidence, _use: Use, _today: date) -> _Found:
    return _ratio([list(evidence.misses_by_group)], RATIO_OF_MISSES, RATIO_OF_MISSES)


def _ratio(tables: Sequence[Sequence[GroupRate]], passes: float, fails: float) -> _Found:
    """By the outer limits of the worst and the best eligible group.

    Wider than any joint interval, so never too sure.
    """
    found = [_bounds(groups) for groups in tables]
    known = [one for one in found if one is not None]
    if not known:
        return Verdict.NOT_DEMONSTRATED, "not measured", "Fewer than two groups are large enough to be compared."
    lower, upper = max(low for low, _ in known), max(high for _, high in known)
    shown = f"between {lower:.1f} and " + (f"{upper:.1f}" if upper != float("inf") else "no limit")
    if lower > fails:
        return Verdict.FAILED, shown, f"The worst group is more than {fails:g} times worse than the best."
    if upper <= passes:
        return Verdict.PASSED, shown, f"No group is more than {passes:g} times worse than another."
    return Verdict.NOT_DEMONSTRATED, shown, f"It cannot be excluded that a group is {passes:g} times worse, or more."


def _bounds(groups: Sequence[GroupRate]) -> tuple[float, float] | None:
    rates = [one.rate for one in groups if one.status is Status.ELIGIBLE]
    if len(rates) < 2:
        return None
    worst, best = max(rates, key=_value), min(rates, key=_value)
    of_worst, of_best = (clopper_pearson(one.numerator, one.denominator) for one in (worst, best))
    lower = max_over_min_bound(of_worst.lower, of_best.upper).value or 0.0
    return lower, (of_worst.upper / of_best.lower if of_best.lower > 0 else float("inf"))


def _value(rate: Rate) -> float:
    return rate.value or 0.0


def _power(evidence: Evidence, _use: Use, _today: date) -> _Found:
    best = [min(rates, key=_value) for groups in evidence.false_alarms_by_group if (rates := _eligible(groups))]
    if not best:
        return Verdict.NOT_DEMONSTRATED, "not measured", "Fewer than two groups are large enough to be compared."
    alarms = min(one.numerator for one in best)
    if alarms == 0:
        return Verdict.NOT_DEMONSTRATED, "no alarm in the best group", "Without an alarm no difference can be seen."
    seen = smallest_ratio_seen(alarms)
    verdict = Verdict.PASSED if seen <= RATIO_TO_SEE else Verdict.NOT_DEMONSTRATED
    return (
        verdict,
        f"a ratio of {seen:.1f}",
        f"A difference by {seen:.1f} or more would have been seen four times in five.",
    )


def _eligible(groups: Sequence[GroupRate]) -> list[Rate]:
    rates = [one.rate for one in groups if one.status is Status.ELIGIBLE]
    return rates if len(rates) > 1 else []


def _finds(evidence: Evidence, _use: Use, _today: date) -> _Found:
    found = evidence.found_people
    if found is None or found.value is None:
        return Verdict.NOT_DEMONSTRATED, "not measured", "Nobody on a list was searched for."
    shown = f"{found.numerator} of {found.denominator}"
    if found.value < TPIR_LIMIT:
        return Verdict.FAILED, shown, "It misses too many of those who are looked for to justify looking at everybody."
    return Verdict.PASSED, shown, "It finds those who are looked for often enough."


def _capacity(_evidence: Evidence, use: Use, _today: date) -> _Found:
    if use.alerts_a_day is None or use.reviewed_a_day is None:
        return Verdict.NOT_DEMONSTRATED, "not said", "The site's alerts a day and its reviewers are not known."
    found = f"{use.alerts_a_day:g} a day, {use.reviewed_a_day:g} can be reviewed"
    if use.alerts_a_day > use.reviewed_a_day:
        return Verdict.FAILED, found, "Reviewers in a hurry confirm what they should not."
    return Verdict.PASSED, found, "Every alert can be looked at in time."


def _threshold(evidence: Evidence, use: Use, _today: date) -> _Found:
    found = f"{use.threshold:g} wanted, {evidence.threshold:g} tested"
    if use.threshold < evidence.threshold:
        return Verdict.FAILED, found, "Below the threshold that was tested."
    return Verdict.PASSED, found, "Not below the threshold that was tested, and one for all."


def _held_out(evidence: Evidence, _use: Use, _today: date) -> _Found:
    if evidence.chosen_on_others is None:
        return Verdict.NOT_DEMONSTRATED, "not on record", "Nobody has recorded on whom the threshold was chosen."
    if not evidence.chosen_on_others:
        return Verdict.FAILED, "the same people", "The threshold was chosen on the people that it is reported on."
    return Verdict.PASSED, "other people", "Nobody who was tested had a part in choosing the threshold."


def _two_people(_evidence: Evidence, use: Use, _today: date) -> _Found:
    if use.reviewers_recorded is None:
        return Verdict.NOT_DEMONSTRATED, "not said", "No record of reviewers was given."
    if not use.reviewers_recorded:
        return Verdict.FAILED, "no", "Two people must confirm, separately, and it must be on record."
    return Verdict.PASSED, "yes", "Two people confirm each alert, separately, and it is on record."


def _age(evidence: Evidence, _use: Use, today: date) -> _Found:
    found = evidence.measured_on.isoformat()
    if evidence.measured_on > today:
        return Verdict.FAILED, found, "It was measured tomorrow or later; correct the date."
    if today - evidence.measured_on > LONGEST_AGE:
        return Verdict.FAILED, found, "The evidence is older than twelve months; measure again."
    return Verdict.PASSED, found, "The evidence is not older than twelve months."


def _operation(_evidence: Evidence, use: Use, _today: date) -> _Found:
    if use.false_alerts is None:
        return Verdict.NOT_DEMONSTRATED, "not in operation", "There is no operation to look at yet."
    alerts, faces = use.false_alerts
    found = f"{alerts} of {faces}"
    if faces and clopper_pearson(alerts, faces, 0.90).lower > FPIR_LIMIT:
        return Verdict.FAILED, found, "In operation there are more false alerts than the limit allows."
    return Verdict.PASSED, found, "Operation does not show more false alerts than the limit allows."


_NIST: Final = "NIST SP 800-63A-4, 3.11"
_POLICY: Final = "policy"
_ASKED: Final[tuple[tuple[str, str, str, Callable[[Evidence, Use, date], _Found]], ...]] = (
    ("What was measured is what would run, and its licences allow it.", "exact", "EU act, Art. 11 and 15", _same_chain),
    ("LFW View 2 in the product's own chain.", f"at least {LFW_LIMIT}", "the models' published figures", _integration),
    (
        "False alarms, upper 95 % limit over people.",
        "1 in 1,000",
        f"{_NIST}; Bridges [2020] EWCA Civ 1058",
        _false_alarms,
    ),
    ("The list that was tested is as long as the one wanted.", "at least nine tenths", _NIST, _list_length),
    ("False alarms in every group that is expected at the site.", "1 in 1,000 each", _NIST, _every_group),
    (
        "How many times worse the worst group is, false alarms.",
        "passes at 3, fails at 10",
        "NISTIR 8280",
        _ratio_of_false_alarms,
    ),
    ("How many times worse the worst group is, misses.", "3", f"NISTIR 8280; {_POLICY}", _ratio_of_misses),
    ("A difference by three would have been seen.", "80 % power", "exact conditional test", _power),
    ("Those who are looked for are found.", f"at least {TPIR_LIMIT}", _POLICY, _finds),
    ("Alerts a day can be reviewed.", "the site's own", _POLICY, _capacity),
    ("The threshold is not below the tested one, and one for all.", "exact", "own", _threshold),
    ("The threshold was chosen on other people.", "exact", "own", _held_out),
    ("Two people confirm, separately, on record.", "yes", "EU act, Art. 14(5)", _two_people),
    ("The evidence is fresh.", "twelve months", f"{_NIST}; {_POLICY}", _age),
    ("In operation, lower limit of false alerts over faces.", "1 in 1,000", _POLICY, _operation),
)
