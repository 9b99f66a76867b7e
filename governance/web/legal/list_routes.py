"""The routes of a warrant's list before it is put into use: its report, and the legal officer's approval (C2, C5)."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from governance.application import approve_watchlist
from governance.application.accounts import Principal
from governance.application.approve_watchlist import ApproveList, PrepareListReport
from governance.domain.events import Event
from governance.domain.identifiers import ListReportId, WarrantId
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, text, whole_number
from governance.web.pages import render
from governance.web.recording import records

list_router = APIRouter(prefix="/legal")


@list_router.post("/warrants/{warrant_id}/list", dependencies=[records(Event.OBJECT_READ, Event.WATCHLIST_REPORT)])
def prepare(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WATCHLIST_APPROVE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Have the list compared with itself, and lead to what was found."""
    command = PrepareListReport(
        actor=principal.account_id,
        warrant_id=WarrantId(warrant_id),
        passages_per_day=whole_number(
            form, "passages", "Give the expected passages a day as a whole number.", digits=9
        ),
    )
    approve_watchlist.prepare_list_report(governance, command)
    return RedirectResponse(f"/legal/warrants/{warrant_id}/list", status_code=HTTPStatus.SEE_OTHER)


@list_router.get("/warrants/{warrant_id}/list", dependencies=[records(Event.WATCHLIST_READ)])
def list_page(
    request: Request,
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WATCHLIST_APPROVE))],
    governance: GovernanceDependency,
) -> Response:
    """Show the newest report on the list; that it is read is logged first."""
    page = approve_watchlist.read_list_report(governance, principal.account_id, WarrantId(warrant_id)).value
    return render(request, "legal/list.html", page=page, warrant_id=warrant_id)


@list_router.post(
    "/warrants/{warrant_id}/list/approve",
    dependencies=[
        records(
            Event.WATCHLIST_APPROVE,
            sometimes=(Event.OBJECT_READ, Event.WATCHLIST_BUILD, Event.WATCHLIST_DESTROY, Event.WATCHLIST_REFUSE),
        )
    ],
)
def approve(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WATCHLIST_APPROVE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Approve the list as the report shows it."""
    command = ApproveList(
        actor=principal.account_id, report_id=ListReportId(text(form, "report")), reason=text(form, "reason")
    )
    approve_watchlist.approve_list(governance, command)
    return RedirectResponse(f"/legal/warrants/{warrant_id}", status_code=HTTPStatus.SEE_OTHER)
