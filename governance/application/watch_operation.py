"""Watch the profile in use by what the log says of its use, and suspend it where the rules say so (item 15; A18)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from governance.application.count_operation import OperationCount
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.suspend_admission import suspend_by_rule
from governance.domain.admissions import BY_RULE, SuspensionGround
from governance.domain.false_alerts import MeasuredRate, of_search
from governance.domain.in_operation import Row
from governance.domain.legal_time import legal_day
from governance.domain.model_announcements import Period, announced_in
from governance.domain.operation_limit import MOST, Declared, month_after, stays_as_tested, stays_within
from governance.domain.watchlists import Watchlist

_AT_ONCE: Final = 50_000
"""So many entries one round reads at most; a long log is caught up with in several."""


class WatchOfUse:
    """What was counted so far. It belongs to the one job that asks it."""

    def __init__(self) -> None:
        self._counted: OperationCount | None = None

    def look(self, governance: Governance) -> bool:
        """Count on, judge, and suspend if that is due; return whether it was.

        Raises:
            StorageFailed: log or database do not answer; nothing is judged by half, and it is tried again.
        """
        with governance.database.transaction() as tx:
            periods = counted_in(governance, tx)
        if self._counted is None or self._counted.periods != periods:
            self._counted = OperationCount(periods)
        self._counted.read_on(governance, most=_AT_ONCE)
        rows = self._counted.rows()
        with governance.database.transaction() as tx:
            suspended = counted_in(governance, tx) == periods and suspend_where_due(governance, tx, rows)
            if suspended:
                tx.commit()
        return suspended


def counted_in(governance: Governance, tx: Transaction) -> tuple[Period, ...]:
    """Return when the profile in use counts: while it was the announced one, since two people last let it go on.

    Another profile that was announced between is no new beginning: what came of this one before still counts, and what
    came of the other never does.
    """
    profile = governance.profile_sha256
    lifted = max(
        (
            one.lifted_at
            for one in tx.profile_suspensions.where(profile_sha256=profile)
            if one.lifted_at is not None and one.ground in BY_RULE
        ),
        default=None,
    )
    return announced_in(tx.model_announcements.where(), profile, since=lifted)


def suspend_where_due(governance: Governance, tx: Transaction, rows: tuple[Row, ...]) -> bool:
    """A18: judge the profile in use by what came of it, and suspend it if the rules say so. Return whether they did.

    Of a demonstration, without legal force and with a handful of faces, the share of false alerts is told and suspends
    nothing, as with its budgets (C5). A trial is held to its evaluation like any other use.
    """
    profile, now = governance.profile_sha256, governance.clock.now()
    limit = limit_of(tx, profile)
    if not governance.asks_for_no_evaluation and not stays_within(rows, limit).allowed:
        return suspend_by_rule(governance, tx, SuspensionGround.FALSE_ALERTS) is not None
    explained = {one.month for one in tx.drift_explanations.where(profile_sha256=profile) if one.agreed_by is not None}
    day = legal_day(now, governance.legal)
    if not stays_as_tested(rows, declared_of(governance, tx, limit), explained, now=day).allowed:
        return suspend_by_rule(governance, tx, SuspensionGround.DRIFT) is not None
    return False


def limit_of(tx: Transaction, profile_sha256: str) -> Fraction:
    """Return the share above which the profile's use is suspended: the highest that any of its budgets allows."""
    return min(MOST, max((one.rate for one in tx.budgets.where(profile_sha256=profile_sha256)), default=MOST))


def declared_of(governance: Governance, tx: Transaction, limit: Fraction) -> Declared | None:
    """Return what the report leads to expect of searches in lists as long as those in use; `None` without a report.

    Each month is held to the lists that were in use in it; one of which no list is kept any more, to all that are.
    """
    measured = governance.measured_rate
    if measured is None:
        return None
    lists = [one for one in tx.watchlists.where() if one.listed and _is_of(tx, one, governance.profile_sha256)]
    lower, upper = _interval(measured, lists)
    return Declared(
        profile_sha256=governance.profile_sha256,
        report_sha256=measured.source,
        limit=limit,
        lower=lower,
        upper=upper,
        of_months={month: _interval(measured, of) for month, of in _by_month(governance, lists).items()},
    )


def _is_of(tx: Transaction, watchlist: Watchlist, profile_sha256: str) -> bool:
    deployment = tx.deployments.find(watchlist.deployment_id)
    return deployment is not None and deployment.profile_sha256 == profile_sha256


def _by_month(governance: Governance, lists: Iterable[Watchlist]) -> Mapping[str, list[Watchlist]]:
    """Return the lists that were in use in each month, as far as they are kept."""
    now, months = governance.clock.now(), defaultdict[str, list[Watchlist]](list)
    for one in lists:
        ended = min(now, one.ends_at, one.destroyed_at or now)
        month, last = (f"{legal_day(at, governance.legal):%Y-%m}" for at in (one.created_at, ended))
        while month <= last:
            months[month].append(one)
            month = month_after(month)
    return months


def _interval(measured: MeasuredRate, lists: Iterable[Watchlist]) -> tuple[float, float]:
    """Return between which shares a search in one of these lists makes a false alert; without a list, in one of one."""
    lengths = [len(one.listed) for one in lists] or [1]
    return of_search(measured.low, min(lengths)), of_search(measured.high, max(lengths))
