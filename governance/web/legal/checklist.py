"""The checklist as the page shows it: each rule's answer beside the question that it answers."""

from dataclasses import dataclass
from typing import Final

from governance.application.governance import Governance
from governance.application.warrant_checklist import check_application
from governance.domain.warrants import Application

_QUESTIONS: Final = (
    "The objective is one of the three that the law knows",
    "The offence, its statute and its penalty stand in the table",
    "Each slot is one person, with photographs and a reason of its own",
    "Each camera is named, with a reason why this person is expected there",
    "The window is bounded in time",
    "Impact assessment, registration and reasoned request are on file",
    "The issuing authority is known here",
    "The model profile is the admitted one, for every age band",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question of the checklist, the rule that answers it, and what it says."""

    question: str
    rule: str
    met: bool
    reason: str


def checklist(governance: Governance, application: Application | None) -> tuple[Check, ...]:
    """Return what every rule says of this application now. What was erased has no checklist."""
    if application is None:
        return ()
    decisions = check_application(governance, application)
    return tuple(
        Check(question=question, rule=decision.rule, met=decision.allowed, reason=decision.reason)
        for question, decision in zip(_QUESTIONS, decisions, strict=True)
    )
