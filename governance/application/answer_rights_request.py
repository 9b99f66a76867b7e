"""Answer a request at the rights desk, with the reason, and close it for good (B13).

Nothing here compares a face: whether the system holds anything of somebody is found by a number or by the papers of a
case, or it is not found.
"""

from dataclasses import dataclass, replace

from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.procedure import acting, require
from governance.application.register_rights_request import KEEPING, bounded
from governance.application.vault import is_standing, keep
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, ObjectId, RightsRequestId
from governance.domain.rights_requests import RightsOutcome, may_be_answered
from governance.domain.roles import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRightsRequest:
    """Close a request. `answer` is kept sealed; `intervention` is the number of the record that it is about (B12)."""

    actor: AccountId
    request_id: RightsRequestId
    outcome: RightsOutcome
    answer: str
    intervention: ObjectId | None = None


def answer_rights_request(governance: Governance, command: AnswerRightsRequest) -> None:
    """B13: enter the answer. Whether it came in time is the rule's to say.

    Raises:
        Refused: this role answers none, it is closed, or there is no reason.
        NotFound: there is no such request, or no such record of an intervention is kept.
        BadInput: the words are too many.
    """
    answer = bounded(command.answer)
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.RIGHTS_ANSWER)
        request = tx.rights_requests.get(command.request_id)
        about = {"actor": command.actor, "request": request.request_id}
        require(tx, may_be_answered(request, answer), about=about)
        named = command.intervention
        if named is not None and (tx.interventions.find(named) is None or not is_standing(governance, tx, named)):
            raise NotFound("No record of an intervention is kept under this number.")
        tx.rights_requests.save(
            replace(
                request,
                answer=keep(governance, tx, answer.encode(), KEEPING),
                outcome=command.outcome,
                intervention=named,
                closed_by=command.actor,
                closed_at=now,
            )
        )
        tx.log.append(Event.RIGHTS_ANSWER, about)
        tx.commit()
