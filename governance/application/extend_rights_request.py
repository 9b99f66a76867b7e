"""Extend the time of a request at the rights desk: once, with a reason that whoever asked is told (B13)."""

from dataclasses import dataclass, replace

from governance.application.governance import Governance
from governance.application.procedure import acting, require
from governance.application.register_rights_request import KEEPING, bounded
from governance.application.vault import keep
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, RightsRequestId
from governance.domain.rights_requests import may_be_extended, request_due_at
from governance.domain.roles import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendRightsRequest:
    """Put the last day off by the law's extension, for a reason, which is kept sealed."""

    actor: AccountId
    request_id: RightsRequestId
    why: str


def extend_rights_request(governance: Governance, command: ExtendRightsRequest) -> None:
    """B13: extend a request's time.

    Raises:
        Refused: this role extends none; it was extended or closed, its time is over, or there is no reason.
        NotFound: there is no such request.
        BadInput: the words are too many.
    """
    why = bounded(command.why)
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.RIGHTS_ANSWER)
        request = tx.rights_requests.get(command.request_id)
        about = {"actor": command.actor, "request": request.request_id}
        require(tx, may_be_extended(request, why, now=now), about=about)
        tx.rights_requests.save(
            replace(
                request,
                due_at=request_due_at(request.received_on, governance.legal, extended=True),
                extension=keep(governance, tx, why.encode(), KEEPING),
                extended_by=command.actor,
                extended_at=now,
            )
        )
        tx.log.append(Event.RIGHTS_EXTEND, about)
        tx.commit()
