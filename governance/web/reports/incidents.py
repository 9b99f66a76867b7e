"""The register of serious incidents: what is late stands first, for auditors too (A18)."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from governance.application.accounts import Principal
from governance.application.errors import BadInput
from governance.application.make_incident_report import make_incident_report
from governance.application.register_incident import (
    RegisterIncident,
    ReportIncident,
    list_incidents,
    register_incident,
    report_incident,
)
from governance.domain.events import Event
from governance.domain.identifiers import IDENTIFIER, IncidentId
from governance.domain.roles import Action, may
from governance.domain.serious_incidents import IncidentKind, ToldAuthority
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, instant, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing
from governance.web.reports.formats import asked, handed_out

router = APIRouter(prefix="/reports/incidents")

_PAGE = "/reports/incidents"
Reader = Annotated[Principal, Depends(permits(Action.INCIDENT_READ))]
Registrar = Annotated[Principal, Depends(permits(Action.INCIDENT_REGISTER))]


@router.get("", dependencies=[records_nothing("It lists incidents by opaque id, kind and times; not what happened.")])
def incidents_page(request: Request, principal: Reader, governance: GovernanceDependency) -> Response:
    """Show every incident with its time, and the form for a new one."""
    return render(
        request,
        "reports/incidents.html",
        incidents=list_incidents(governance, principal.account_id),
        may_register=may(principal.roles, Action.INCIDENT_REGISTER).allowed,
        kinds=list(IncidentKind),
        authorities=list(ToldAuthority),
        legal=governance.legal,
    )


@router.post("", dependencies=[records(Event.INCIDENT_REGISTER)])
def register(principal: Registrar, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Register an incident (A18)."""
    command = RegisterIncident(
        actor=principal.account_id,
        kinds=frozenset(kind for kind in IncidentKind if text(form, f"kind_{kind.value}")),
        known_at=instant(form, "known_at"),
        what=text(form, "what"),
    )
    register_incident(governance, command)
    return RedirectResponse(_PAGE, status_code=HTTPStatus.SEE_OTHER)


@router.post("/told", dependencies=[records(Event.INCIDENT_REPORT)])
def told(principal: Registrar, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Enter that an incident was reported, and to whom (A18)."""
    authorities = frozenset(one for one in ToldAuthority if text(form, f"told_{one.value}"))
    report_incident(
        governance, ReportIncident(actor=principal.account_id, incident_id=_incident(form), told=authorities)
    )
    return RedirectResponse(_PAGE, status_code=HTTPStatus.SEE_OTHER)


@router.post("/report", dependencies=[records(Event.REPORT_MAKE, sometimes=[Event.OBJECT_READ])])
def report(request: Request, principal: Reader, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Hand out the report of one incident (A18)."""
    language, as_what = asked(form)
    made = make_incident_report(governance, principal.account_id, _incident(form)).value
    return handed_out(request, made, language, as_what)


def _incident(form: FormData) -> IncidentId:
    sent = text(form, "incident")
    if not IDENTIFIER.fullmatch(sent):
        raise BadInput("Choose the incident from the list.")
    return IncidentId(sent)
