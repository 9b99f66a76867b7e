"""Handing a confirmed lead to a patrol, and how each hand-off stands (A9b)."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from governance.application import hand_off, hand_off_queries, queries
from governance.application.accounts import Principal
from governance.application.hand_off import SendHandOff
from governance.application.hand_off_queries import HandOffLine
from governance.domain.events import Event
from governance.domain.hand_offs import HandOffState
from governance.domain.identifiers import AccountId, AlertId
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/operator")


@router.get(
    "/hand-offs", dependencies=[records_nothing("It lists where and when leads were handed off, and how they stand.")]
)
def hand_offs_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.HAND_OFF_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """Show every hand-off: what nobody tells of first, then what is overdue."""
    lines = hand_off_queries.list_hand_offs(governance, principal.account_id)
    return render(request, "operator/hand_offs.html", hand_offs=sorted(lines, key=_urgency))


def _urgency(line: HandOffLine) -> tuple[bool, bool]:
    return not line.unreported, line.state is not HandOffState.OVERDUE


@router.get(
    "/alerts/{alert_id}/hand-off",
    dependencies=[records_nothing("It lists patrols, and where and when a lead was seen.")],
)
def hand_off_form(
    request: Request,
    alert_id: str,
    principal: Annotated[Principal, Depends(permits(Action.HAND_OFF_SEND))],
    governance: GovernanceDependency,
) -> Response:
    """Let the operator choose a patrol."""
    actor = principal.account_id
    lines = {line.alert_id: line for line in queries.list_alerts(governance, actor)}
    return render(
        request,
        "operator/hand_off.html",
        line=lines.get(AlertId(alert_id)),
        patrols=hand_off_queries.list_patrols(governance, actor),
    )


@router.post("/alerts/{alert_id}/hand-off", dependencies=[records(Event.HAND_OFF_SEND)])
def send(
    alert_id: str,
    principal: Annotated[Principal, Depends(permits(Action.HAND_OFF_SEND))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Hand the lead to the patrol that was chosen."""
    command = SendHandOff(
        actor=principal.account_id, alert_id=AlertId(alert_id), patrol=AccountId(text(form, "patrol"))
    )
    hand_off.send_hand_off(governance, command)
    return RedirectResponse("/operator/hand-offs", status_code=HTTPStatus.SEE_OTHER)
