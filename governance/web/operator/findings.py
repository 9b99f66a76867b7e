"""What patrols found right, until somebody who had no part in it confirms it from the police's own report (C5)."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from governance.application import confirm_found
from governance.application.accounts import Principal
from governance.application.confirm_found import ConfirmFound
from governance.domain.events import Event
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/operator")

Confirming = Annotated[Principal, Depends(permits(Action.HAND_OFF_CONFIRM))]


@router.get("/findings", dependencies=[records_nothing("It lists where and when leads were found right, and nobody.")])
def findings_page(request: Request, principal: Confirming, governance: GovernanceDependency) -> Response:
    """Show what waits for a second person's word."""
    lines = confirm_found.list_unconfirmed(governance, principal.account_id)
    return render(request, "operator/findings.html", lines=lines)


@router.post("/findings", dependencies=[records(Event.HAND_OFF_CONFIRM)])
def confirm(principal: Confirming, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Confirm one, with the register number of the police's own report."""
    command = ConfirmFound(
        actor=principal.account_id,
        hand_off_id=text(form, "hand_off"),
        register_number=text(form, "register_number"),
    )
    confirm_found.confirm_found(governance, command)
    return RedirectResponse("/operator/findings", status_code=HTTPStatus.SEE_OTHER)
