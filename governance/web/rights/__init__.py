"""The rights desk: requests and complaints of those concerned, and whether they are answered in time (B10, B13).

Nobody sends a request through the web: who asks came on paper or by mail, and the data-protection officer enters it.
"""

from datetime import date
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from governance.application.accounts import Principal
from governance.application.answer_rights_request import AnswerRightsRequest, answer_rights_request
from governance.application.errors import BadInput
from governance.application.extend_rights_request import ExtendRightsRequest, extend_rights_request
from governance.application.governance import Governance
from governance.application.make_answer_letter import make_answer_letter
from governance.application.register_rights_request import (
    LONGEST_WORDS,
    RegisterRightsRequest,
    register_rights_request,
)
from governance.application.reports.answer import last_day
from governance.application.rights_desk import (
    list_records_of_interventions,
    list_rights_requests,
    read_rights_request,
)
from governance.domain.events import Event
from governance.domain.identifiers import IDENTIFIER, ObjectId, RightsRequestId
from governance.domain.legal_time import legal_day
from governance.domain.rights_requests import RequestKind, RightsOutcome
from governance.domain.roles import Action, may
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing
from governance.web.reports.formats import asked, handed_out

router = APIRouter(prefix="/rights")

_PAGE = "/rights"
Lister = Annotated[Principal, Depends(permits(Action.RIGHTS_LIST))]
Reader = Annotated[Principal, Depends(permits(Action.RIGHTS_READ))]
Officer = Annotated[Principal, Depends(permits(Action.RIGHTS_ANSWER))]
Chosen = TypeVar("Chosen", RequestKind, RightsOutcome)


@router.get("", dependencies=[records_nothing("It lists requests by opaque id, kind and days; not who asks.")])
def desk(request: Request, principal: Lister, governance: GovernanceDependency) -> Response:
    """Show the requests: the overdue first. Not who asks, nor what was said."""
    return _desk(request, principal, governance)


@router.post("", dependencies=[records(Event.RIGHTS_REGISTER)])
def register(principal: Officer, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Register a request (B13)."""
    command = RegisterRightsRequest(
        actor=principal.account_id,
        kind=_choice(form, "kind", RequestKind),
        received_on=_day(form),
        words=text(form, "words"),
    )
    register_rights_request(governance, command)
    return RedirectResponse(_PAGE, status_code=HTTPStatus.SEE_OTHER)


@router.post("/read", dependencies=[records(Event.OBJECT_READ)])
def read(request: Request, principal: Reader, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Open what somebody wrote; the entry comes first."""
    opened = read_rights_request(governance, principal.account_id, _request(form))
    return _desk(request, principal, governance, opened=opened.value)


@router.post("/extend", dependencies=[records(Event.RIGHTS_EXTEND)])
def extend(principal: Officer, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Extend a request's time, once and with a reason (B13)."""
    command = ExtendRightsRequest(actor=principal.account_id, request_id=_request(form), why=text(form, "why"))
    extend_rights_request(governance, command)
    return RedirectResponse(_PAGE, status_code=HTTPStatus.SEE_OTHER)


@router.post("/answer", dependencies=[records(Event.RIGHTS_ANSWER)])
def answer(principal: Officer, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Answer a request, and close it for good (B13)."""
    command = AnswerRightsRequest(
        actor=principal.account_id,
        request_id=_request(form),
        outcome=_choice(form, "outcome", RightsOutcome),
        answer=text(form, "answer"),
        intervention=ObjectId(text(form, "intervention")) if text(form, "intervention") else None,
    )
    answer_rights_request(governance, command)
    return RedirectResponse(_PAGE, status_code=HTTPStatus.SEE_OTHER)


@router.post("/letter", dependencies=[records(Event.REPORT_MAKE, sometimes=[Event.OBJECT_READ])])
def letter(request: Request, principal: Reader, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Hand out the letter to whoever asked (B13)."""
    language, as_what = asked(form)
    made = make_answer_letter(governance, principal.account_id, _request(form)).value
    return handed_out(request, made, language, as_what)


def _desk(request: Request, principal: Principal, governance: Governance, *, opened: str | None = None) -> Response:
    answers = may(principal.roles, Action.RIGHTS_ANSWER).allowed
    return render(
        request,
        "rights/desk.html",
        lines=list_rights_requests(governance, principal.account_id),
        records=list_records_of_interventions(governance, principal.account_id) if answers else (),
        may_answer=answers,
        opened=opened,
        kinds=list(RequestKind),
        outcomes=list(RightsOutcome),
        legal=governance.legal,
        last_day=last_day,
        today=legal_day(governance.clock.now(), governance.legal),
        longest=LONGEST_WORDS,
    )


def _request(form: FormData) -> RightsRequestId:
    sent = text(form, "request")
    if not IDENTIFIER.fullmatch(sent):
        raise BadInput("Choose the request from the list.")
    return RightsRequestId(sent)


def _choice(form: FormData, name: str, choices: type[Chosen]) -> Chosen:
    try:
        return choices(text(form, name))
    except ValueError as error:
        raise BadInput("Choose from the list.") from error


def _day(form: FormData) -> date:
    try:
        return date.fromisoformat(text(form, "received_on"))
    except ValueError as error:
        raise BadInput("Give the day on which it was received.") from error
