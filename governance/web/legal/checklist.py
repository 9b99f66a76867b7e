"""The checklist as the page shows it: each rule's answer beside the question that it answers."""

from dataclasses import dataclass

from governance.application.governance import Governance
from governance.application.warrant_checklist import check_application
from governance.domain.warrants import Application


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question of the checklist, the rule that answers it, and what it says."""

    question: str
    rule: str
    met: bool
    reason: str


def checklist(governance: Governance, application: Application | None, *, attached: bool) -> tuple[Check, ...]:
    """Return what every rule says of this application now. What was erased has no checklist."""
    if application is None:
        return ()
    return tuple(
        Check(question=question, rule=answer.rule, met=answer.allowed, reason=answer.reason)
        for question, answer in check_application(governance, application, attached=attached)
    )
