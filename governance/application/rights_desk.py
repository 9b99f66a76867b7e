"""What stands at the rights desk: the overdue first, for data-protection officer and auditor alike (B10, B13)."""

from dataclasses import dataclass

from governance.application.governance import Governance
from governance.application.interventions import InterventionLine
from governance.application.procedure import acting
from governance.application.released import Released, release
from governance.application.vault import for_step, is_standing, reveal_all
from governance.domain.decisions import Decision
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, RightsRequestId
from governance.domain.rights_requests import RightsRequest, in_order, is_answered_in_time
from governance.domain.roles import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """One request with its times and whether they are kept; not who asks nor what was said."""

    request: RightsRequest
    in_time: Decision


def list_rights_requests(governance: Governance, actor: AccountId) -> tuple[RequestLine, ...]:
    """B13: list the requests: the overdue first, then the open, then the closed.

    Raises:
        Refused: this role has no part in the desk.
    """
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.RIGHTS_LIST)
        found = in_order(tx.rights_requests.where(), now=now)
    return tuple(RequestLine(request=one, in_time=is_answered_in_time(one, now=now)) for one in found)


def list_records_of_interventions(governance: Governance, actor: AccountId) -> tuple[InterventionLine, ...]:
    """B12: list which records of wrong interventions are kept, by number and time: what an answer can name.

    Raises:
        Refused: this role answers no requests.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.RIGHTS_ANSWER)
        return tuple(
            InterventionLine(record=one.record, said=one.said, kept_since=one.created_at, kept_until=one.expires_at)
            for one in tx.interventions.where()
            if is_standing(governance, tx, one.record)
        )


def read_rights_request(governance: Governance, actor: AccountId, request_id: RightsRequestId) -> Released[str]:
    """Open what somebody wrote to the desk. The log says so, provably, first.

    Raises:
        Refused: this role opens none.
        NotFound: there is no such request, or its words were erased.
        StorageFailed: log or vault do not answer; nothing is shown.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.RIGHTS_READ)
        request = tx.rights_requests.get(request_id)
        about = {"actor": actor, "request": request.request_id}
        (words,), recorded = reveal_all(governance, tx, [request.words], for_step("rights", about))
    return release(governance, words.decode(), recorded, events=[Event.OBJECT_READ])
