"""Register what somebody asks for at the rights desk: it came on paper or by mail, and its time runs (B13)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from governance.application.errors import BadInput
from governance.application.governance import Governance
from governance.application.procedure import acting, require
from governance.application.vault import Keeping, keep
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, RightsRequestId
from governance.domain.retention import DataClass, expiry
from governance.domain.rights_requests import RequestKind, RightsRequest, may_be_registered, request_due_at
from governance.domain.roles import Action

LONGEST_WORDS: Final = 4000
# The vault's classes are a closed list of the log's format; the longest that is not for interventions is this one.
KEEPING: Final = Keeping(data_class=DataClass.WARRANT, warrant=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRightsRequest:
    """Take a request into the register. `words` (who asks, what for) are kept sealed."""

    actor: AccountId
    kind: RequestKind
    received_on: date
    words: str


def register_rights_request(governance: Governance, command: RegisterRightsRequest) -> RightsRequestId:
    """B13: register a request, and return its number.

    Raises:
        Refused: this role registers none, it says nothing, or it was received on a day to come.
        BadInput: the words are too many.
    """
    words = bounded(command.words)
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.RIGHTS_ANSWER)
        about = {"actor": command.actor}
        require(tx, may_be_registered(words, command.received_on, governance.legal, now=now), about=about)
        request = RightsRequest(
            request_id=RightsRequestId(governance.randomness.identifier()),
            kind=command.kind,
            received_on=command.received_on,
            words=keep(governance, tx, words.encode(), KEEPING),
            registered_by=command.actor,
            due_at=request_due_at(command.received_on, governance.legal, extended=False),
            extension=None,
            extended_by=None,
            extended_at=None,
            answer=None,
            outcome=None,
            intervention=None,
            closed_by=None,
            closed_at=None,
            created_at=now,
            expires_at=expiry(DataClass.RIGHTS, created_at=now),
        )
        tx.rights_requests.add(request)
        tx.log.append(Event.RIGHTS_REGISTER, {**about, "request": request.request_id})
        tx.commit()
    return request.request_id


def bounded(words: str) -> str:
    """Return words without the space around them.

    Raises:
        BadInput: they are too many.
    """
    if len(words) > LONGEST_WORDS:
        raise BadInput(f"Say it in at most {LONGEST_WORDS} characters.")
    return words.strip()
