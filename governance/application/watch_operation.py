"""Watch the profile in use by what the log says of its use, and suspend it where the rules say so (item 15; A18)."""

from datetime import datetime
from fractions import Fraction
from typing import Final

from governance.application.count_operation import OperationCount
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.suspend_admission import suspend_by_rule
from governance.domain.admissions import BY_RULE, SuspensionGround
from governance.domain.false_alerts import of_search
from governance.domain.in_operation import Row
from governance.domain.legal_time import legal_day
from governance.domain.operation_limit import MOST, Declared, stays_as_tested, stays_within

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
            since = counted_since(governance, tx)
        if self._counted is None or self._counted.since != since:
            self._counted = OperationCount(since)
        self._counted.read_on(governance, most=_AT_ONCE)
        rows = self._counted.rows()
        with governance.database.transaction() as tx:
            suspended = counted_since(governance, tx) == since and suspend_where_due(governance, tx, rows)
            if suspended:
                tx.commit()
        return suspended


def counted_since(governance: Governance, tx: Transaction) -> datetime | None:
    """Return since when use counts: the profile's announcement, or when two people last let it go on."""
    profile = governance.profile_sha256
    announced = [one.created_at for one in tx.model_announcements.where(profile_sha256=profile)]
    lifted = [
        one.lifted_at
        for one in tx.profile_suspensions.where(profile_sha256=profile)
        if one.lifted_at is not None and one.ground in BY_RULE
    ]
    return max([*announced, *lifted], default=None)


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
    """Return what the report leads to expect of searches in lists as long as those in use; `None` without a report."""
    measured = governance.measured_rate
    if measured is None:
        return None
    lengths = [len(one.listed) for one in tx.watchlists.where() if one.listed] or [1]
    return Declared(
        profile_sha256=governance.profile_sha256,
        report_sha256=measured.source,
        limit=limit,
        lower=of_search(measured.low, min(lengths)),
        upper=of_search(measured.high, max(lengths)),
    )
