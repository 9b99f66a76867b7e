"""Lay an evaluator's report on the model profile before the authority: its hash is an entry of the log (C10, A17)."""

from dataclasses import dataclass

from contracts.admission import is_stricter
from contracts.errors import ContractError
from contracts.evaluation_report import EvaluationReport, believed_report
from contracts.signature import Signed
from contracts.trust import TrustedRole
from governance.application.errors import NotUnderstood
from governance.application.governance import Governance
from governance.application.procedure import acting, require
from governance.domain.evaluation_reports import LaidReport, may_lay_report
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.legal_time import legal_day
from governance.domain.roles import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class LayReport:
    """Lay one report down: its signed statement, which names every file of it."""

    actor: AccountId
    statement: Signed


def lay_report(governance: Governance, command: LayReport) -> str:
    """Enter it; return the SHA-256 by which the log names the report.

    Raises:
        NotUnderstood: it is no report's statement, or no evaluator who is pinned here signed it.
        Refused: it is of another profile, too old, or signed with a key that is for demonstrations.
    """
    statement = _believed(governance, command.statement)
    pinned = governance.trusted.find(TrustedRole.EVALUATOR, command.statement.key)
    report = LaidReport(
        profile_sha256=statement.profile_sha256,
        measured_on=statement.measured_on,
        for_less=pinned is None or is_stricter(governance.environment, pinned.use),
    )
    about = {
        "actor": command.actor,
        "document": statement.report_sha256,
        "key": command.statement.key,
        "profile": statement.profile_sha256,
    }
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.EVALUATION_LAY)
        today = legal_day(governance.clock.now(), governance.legal)
        decision = may_lay_report(report, in_use=governance.profile_sha256, today=today)
        require(tx, decision, about=about)
        tx.log.append(Event.EVALUATION_REPORT, about)
        tx.commit()
    return statement.report_sha256


def _believed(governance: Governance, signed: Signed) -> EvaluationReport:
    try:
        return believed_report(signed, governance.trusted.of(TrustedRole.EVALUATOR))
    except ContractError as error:
        raise NotUnderstood(str(error)) from error
