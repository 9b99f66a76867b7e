"""Make the report on what use came to: for its staff at any time, for the public the months that may be told (C7)."""

from datetime import date

from governance.application.count_operation import OperationCount
from governance.application.governance import Governance
from governance.application.make_report import hand_out
from governance.application.procedure import acting
from governance.application.publish_records import untold_since
from governance.application.released import Released
from governance.application.reports.operation import OperationFacts, operation_report
from governance.application.reports.report import Report
from governance.application.watch_operation import declared_of, limit_of
from governance.domain.identifiers import AccountId
from governance.domain.publications import may_tell_month
from governance.domain.roles import Action


def make_operation_report(governance: Governance, actor: AccountId, *, public: bool) -> Released[Report]:
    """A18, C7: count the whole log for an auditor or a legal officer, and say what suspends and what does not agree.

    Raises:
        Refused: this role makes no reports.
        StorageFailed: the log does not answer; nothing is shown.
    """
    profile, now = governance.profile_sha256, governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.REPORT_MAKE)
        limit, untold = limit_of(tx, profile), untold_since(governance, tx)
        declared = declared_of(governance, tx, limit)
        explained = tx.drift_explanations.where(profile_sha256=profile)
        suspensions = tx.profile_suspensions.where(profile_sha256=profile)
    count = OperationCount(None)
    count.read_on(governance)
    facts = OperationFacts(
        rows=tuple(
            row
            for row in count.rows()
            if not public
            or may_tell_month(
                date.fromisoformat(f"{row.label}-01"), governance.legal, untold_since=untold, now=now
            ).allowed
        ),
        limit=limit,
        declared=declared,
        explained=frozenset(one.month for one in explained if one.agreed_by is not None),
        suspensions=suspensions,
    )
    report = operation_report(facts, governance.legal, public=public, demo=governance.demo, now=now)
    return hand_out(governance, actor, report)
