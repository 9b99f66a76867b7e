"""The rights desk in tests: a request of each standing, and a call of each of its routes (B13)."""

from dataclasses import replace
from datetime import date
from typing import Final

from governance.application.answer_rights_request import AnswerRightsRequest, answer_rights_request
from governance.application.extend_rights_request import ExtendRightsRequest, extend_rights_request
from governance.application.register_rights_request import RegisterRightsRequest, register_rights_request
from governance.domain.identifiers import ObjectId, RightsRequestId
from governance.domain.legal_time import legal_day
from governance.domain.rights_requests import RequestKind, RightsOutcome
from tests.builders_call import Call, a_get, a_post
from tests.builders_web import WebHouse

ASKED: Final = "Eva Ek of these tests asks what is held about her; answer by letter."
ANSWER: Final = "Nothing is held that can be found as hers."
WHY: Final = "A case of another authority has to be asked first."


def a_request(
    web: WebHouse, *, kind: RequestKind = RequestKind.ACCESS, received_on: date | None = None
) -> RightsRequestId:
    """Register a request, received today where no day is given."""
    governance = web.running.governance
    today = legal_day(web.clock.now(), governance.legal)
    command = RegisterRightsRequest(actor=web.people["dora"], kind=kind, received_on=received_on or today, words=ASKED)
    return register_rights_request(governance, command)


def extended(web: WebHouse, request: RightsRequestId) -> None:
    """Extend a request's time."""
    command = ExtendRightsRequest(actor=web.people["dora"], request_id=request, why=WHY)
    extend_rights_request(web.running.governance, command)


def answered(web: WebHouse, request: RightsRequestId, intervention: ObjectId | None = None) -> None:
    """Answer a request, and so close it."""
    command = AnswerRightsRequest(
        actor=web.people["dora"],
        request_id=request,
        outcome=RightsOutcome.NOTHING_FOUND,
        answer=ANSWER,
        intervention=intervention,
    )
    answer_rights_request(web.running.governance, command)


def rights_calls(web: WebHouse) -> list[Call]:
    """Return a call of each route of the desk."""
    one, other, done = a_request(web), a_request(web, kind=RequestKind.COMPLAINT), a_request(web)
    answered(web, done)
    today = legal_day(web.clock.now(), web.running.governance.legal).isoformat()
    of_it = {"request": one}
    return [
        a_get("dora", "/rights"),
        a_post("dora", "/rights", "/rights", {"kind": "erasure", "received_on": today, "words": ASKED}),
        replace(a_post("arne", "/rights/read", "/rights/read", of_it), expected=200),
        a_post("dora", "/rights/extend", "/rights/extend", {**of_it, "why": WHY}),
        a_post("dora", "/rights/answer", "/rights/answer", {"request": other, "outcome": "refused", "answer": ANSWER}),
        replace(
            a_post("dora", "/rights/letter", "/rights/letter", {"request": done, "language": "sv", "format": "html"}),
            expected=200,
        ),
    ]
