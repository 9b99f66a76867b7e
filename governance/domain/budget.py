"""The budget of false alerts: what was approved, what was spent, and when it stops (C5).

An approved rate is a budget (false alerts expected per site and day) divided by the passages that were measured there.
Each alert is charged when it is taken in; only the outcome *right* of a hand-off, confirmed by a second person,
credits it back. Each candidate that joins it is charged beside it, as it was a passage of its own, and counts when the
alert turns out to be false. Everything here belongs to one warrant, one site and one model profile, so that a new
deployment begins with what the last one spent.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from math import exp, lgamma, log
from typing import Final

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.identifiers import AccountId, AlertId, ReferenceId, SiteId, WarrantId
from governance.domain.legal_profile import LegalProfile

_NEGLIGIBLE: Final = 1e-18
BudgetKey = tuple[WarrantId, SiteId, str]


class Verdict(StrEnum):
    """What became of a charged alert, as far as the budget goes."""

    PENDING = "pending"
    FALSE = "false"
    """Dismissed, out of time, or handed off with any outcome but *right*."""
    RIGHT = "right"
    """A patrol found that it was this person, and a second person confirmed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What was approved for one warrant at one site with one model profile, and how much of it is used.

    `expected_milli` are thousandths of a false alert per day, `passages_per_day` the faces that were measured to be
    compared there in a day, `passages` those that were compared so far. `tolerated` is how many charges stood when two
    people last let it go on; `stopped_at` when it stopped, if it did and nobody let it go on since.
    """

    warrant_id: WarrantId
    site_id: SiteId
    profile_sha256: str
    expected_milli: int
    passages_per_day: int
    passages: int
    tolerated: int
    approved_by: AccountId
    stopped_at: datetime | None
    resume_asked_by: AccountId | None
    resumed_by: AccountId | None
    created_at: datetime
    expires_at: datetime

    @property
    def key(self) -> BudgetKey:
        """What the budget belongs to."""
        return self.warrant_id, self.site_id, self.profile_sha256

    @property
    def rate(self) -> Fraction:
        """The approved false alerts per passage."""
        return Fraction(self.expected_milli, 1000 * self.passages_per_day)

    def expected(self, charged: int) -> Fraction:
        """Return the false alerts expected so far. Alerts that came before their site's counts were passages too."""
        return self.rate * max(self.passages, charged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One alert on the account of its budget, or one candidate that joined an alert (`joins`) and shares its end."""

    alert_id: AlertId
    warrant_id: WarrantId
    site_id: SiteId
    profile_sha256: str
    reference_id: ReferenceId
    verdict: Verdict
    created_at: datetime
    expires_at: datetime
    joins: AlertId | None = None

    @property
    def key(self) -> BudgetKey:
        """Whose budget it is charged to."""
        return self.warrant_id, self.site_id, self.profile_sha256

    @property
    def counts(self) -> bool:
        """Whether it counts against its budget: an alert until it is credited, what joined one when that was false.

        Before, whoever waits in the picture would stop the deployment while nobody has looked at the one alert.
        """
        return self.verdict is Verdict.FALSE or (self.verdict is Verdict.PENDING and self.joins is None)


def tail(count: int, mean: Fraction) -> float:
    """Return P(X >= count) of a Poisson variable: the sum from `count` up where that is the smaller side.

    Neither side is a difference of nearly equal numbers where it is small, so small tails keep their digits.
    """
    if count <= 0:
        return 1.0
    expected = float(mean)
    if expected <= 0:
        return 0.0
    if count > expected:
        return _upwards(count, expected)
    return max(0.0, 1.0 - _downwards(count - 1, expected))


def may_approve(*, expected_milli: int, passages_per_day: int, legal: LegalProfile, demo: bool) -> Decision:
    """C5: decide whether this budget may be approved: somebody measured, within the day's limit and the outer limit.

    The outer limit is a rate per passage. A demonstration's warrant is without legal force and its site has a handful
    of passages a day; there the day's limit alone holds. A trial is no demonstration.
    """
    if passages_per_day < 1:
        return deny("C5", "Say how many passages a day were measured at this site; without it there is no rate.")
    rate = Fraction(expected_milli, 1000 * passages_per_day)
    return refuse_where(
        "C5",
        (expected_milli < 1, "C5", "A budget is more than nothing: at least one thousandth of a false alert a day."),
        (
            expected_milli > legal.false_alerts_per_day_milli,
            "C5",
            f"At most {legal.false_alerts_per_day_milli / 1000:g} false alerts may be expected at a site in a day.",
        ),
        (
            not demo and rate > Fraction(1, legal.least_passages_per_false_alert),
            "C5",
            f"At most one false alert in {legal.least_passages_per_false_alert} passages is lawful at all.",
        ),
    )


def uncredited(charges: Iterable[Charge]) -> int:
    """Return how many alerts count: those nobody has an outcome for, and those that were false with all that joined."""
    return sum(one.counts for one in charges)


def tolerating_no_more(budget: Budget, charges: Iterable[Charge]) -> Budget:
    """C5: return the budget with no more tolerated than still counts: what was credited back makes room for nothing."""
    return replace(budget, tolerated=min(budget.tolerated, uncredited(charges)))


def goes_on(budget: Budget, charges: Collection[Charge], legal: LegalProfile) -> Decision:
    """C5: decide whether a budget still lets its deployment go on.

    It stops at the absolute cap, and when so many alerts would come about by the approved rate with less than the
    least chance (the exact Poisson tail). What two people let go on stops again at the next alert that is not right.
    """
    spent = uncredited(one for one in charges if one.key == budget.key)
    if spent <= budget.tolerated:
        return allow("C5")
    if budget.tolerated > 0:
        return deny("C5", "It was let go on with the alerts that stood, and another has come; the deployment stops.")
    if spent >= legal.false_alert_cap:
        return deny("C5", "As many alerts as may ever be false under this budget have come; the deployment stops.")
    if tail(spent, budget.expected(spent)) < legal.false_alert_tail:
        return deny("C5", "More alerts have come than the approved rate makes plausible; the deployment stops.")
    return allow("C5")


def may_lend_from(budget: Budget | None, charges: Collection[Charge], legal: LegalProfile) -> Decision:
    """C5: decide whether anything may be compared under a budget: approved, not stopped, not used up."""
    if budget is None:
        return deny("C5", "No budget of false alerts was approved for this warrant at this site.")
    if budget.stopped_at is not None:
        return deny("C5", "The budget of false alerts is used up; a legal officer and a second organisation decide.")
    return goes_on(budget, charges, legal)


def reference_goes_on(charges: Iterable[Charge], legal: LegalProfile) -> Decision:
    """C5: decide, from the charges of one reference, whether it stays on the list. It goes first, before the whole.

    Alerts are counted here, not what joined them: one look-alike who stays takes nobody off a list.
    """
    false = sum(one.verdict is Verdict.FALSE and one.joins is None for one in charges)
    if false >= legal.false_alerts_per_reference:
        return deny("C5", "This reference has caused as many false alerts as one may; it is taken off the list.")
    return allow("C5")


def may_settle(charge: Charge, verdict: Verdict) -> Decision:
    """C5: decide whether a charge may get this verdict. A verdict is given once."""
    if charge.verdict is not Verdict.PENDING or verdict is Verdict.PENDING:
        return deny("C5", "What became of this alert is settled.")
    return allow("C5")


def may_join(charge: Charge | None) -> Decision:
    """C5: decide whether a further candidate joins this alert. After its end it is an alert of its own, charged."""
    if charge is None or charge.verdict is not Verdict.PENDING:
        return deny("C5", "What became of this alert is settled; a further candidate is an alert of its own.")
    return allow("C5")


def may_ask_to_resume(budget: Budget) -> Decision:
    """C5: decide whether a legal officer may ask to let a stopped budget go on."""
    if budget.stopped_at is None:
        return deny("C5", "This budget has not stopped anything.")
    if budget.resume_asked_by is not None:
        return deny("C5", "It was asked for already; a person of a second organisation decides.")
    return allow("C5")


def may_agree_to_resume(budget: Budget, *, agrees: AccountId, organisation: str, asked_from: str) -> Decision:
    """C5: decide whether this person's word lets it go on: a second person, of a second organisation."""
    if budget.stopped_at is None or budget.resume_asked_by is None:
        return deny("C5", "No legal officer has asked to let this budget go on.")
    if agrees == budget.resume_asked_by:
        return deny("C5", "Whoever asked does not agree to it: two people, of two organisations.")
    if organisation == asked_from:
        return deny("C5", "The second person must be of another organisation than the first.")
    return allow("C5")


def _upwards(count: int, mean: float) -> float:
    term = total = exp(count * log(mean) - mean - lgamma(count + 1))
    number = count
    while term > total * _NEGLIGIBLE:
        number += 1
        term *= mean / number
        total += term
    return min(1.0, total)


def _downwards(count: int, mean: float) -> float:
    term = total = exp(count * log(mean) - mean - lgamma(count + 1))
    for number in range(count, 0, -1):
        term *= number / mean
        total += term
    return total
