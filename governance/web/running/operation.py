"""What a month's drift came from: said by one person, agreed to by another (A18)."""

import re
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from governance.application import explain_drift
from governance.application.accounts import Principal
from governance.application.errors import BadInput
from governance.application.explain_drift import AgreeToExplanation, ExplainMonth
from governance.domain.events import Event
from governance.domain.operation_limit import Explanation
from governance.domain.roles import Action, may
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, choice, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/running/operation")

_MONTH: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
Explains = Annotated[Principal, Depends(permits(Action.MODEL_ASK))]
Agrees = Annotated[Principal, Depends(permits(Action.MODEL_AGREE))]


@router.get("", dependencies=[records_nothing("It lists months and what was said of them, and nobody.")])
def operation_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.MODEL_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """Show what was said of months of the profile in use."""
    return render(
        request,
        "running/operation.html",
        explanations=explain_drift.list_explanations(governance, principal.account_id),
        reasons=list(Explanation),
        may_explain=may(principal.roles, Action.MODEL_ASK).allowed,
        may_agree=may(principal.roles, Action.MODEL_AGREE).allowed,
    )


@router.post("/explain", dependencies=[records(Event.OPERATION_EXPLAIN)])
def explain(principal: Explains, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Say what a month's drift came from."""
    reason = choice(form, "explanation", Explanation, "Choose what it came from.")
    command = ExplainMonth(actor=principal.account_id, month=_month(form), explanation=reason)
    explain_drift.explain_month(governance, command)
    return _back()


@router.post("/explained", dependencies=[records(Event.OPERATION_AGREE)])
def explained(principal: Agrees, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Agree to what was said of a month."""
    command = AgreeToExplanation(actor=principal.account_id, month=_month(form))
    explain_drift.agree_to_explanation(governance, command)
    return _back()


def _month(form: FormData) -> str:
    month = text(form, "month")
    if not _MONTH.fullmatch(month):
        raise BadInput("Give the month as 2026-03.")
    return month


def _back() -> Response:
    return RedirectResponse("/running/operation", status_code=HTTPStatus.SEE_OTHER)
