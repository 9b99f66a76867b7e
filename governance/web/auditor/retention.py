"""What is kept how long, what is late, and the sealed records of wrong interventions (B1, B11, B12)."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from governance.application import interventions, retention_standing
from governance.application.accounts import Principal
from governance.domain.events import Event
from governance.domain.identifiers import ObjectId
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/auditor")

Complaints = Annotated[Principal, Depends(permits(Action.INTERVENTION_READ))]


@router.get("/retention", dependencies=[records_nothing("It lists classes of data, their rules and numbers.")])
def retention_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.LOG_READ))],
    governance: GovernanceDependency,
) -> Response:
    """Show every class with its rule, and what is late."""
    page = retention_standing.read_retention(governance, principal.account_id)
    return render(request, "auditor/retention.html", page=page)


@router.get("/interventions", dependencies=[records_nothing("It lists that records are kept, and until when.")])
def interventions_page(request: Request, principal: Complaints, governance: GovernanceDependency) -> Response:
    """List the records of wrong interventions, closed."""
    lines = interventions.list_interventions(governance, principal.account_id)
    return render(request, "auditor/interventions.html", lines=lines, opened=None)


@router.post("/interventions", dependencies=[records(Event.INTERVENTION_READ)])
def open_intervention(
    request: Request, principal: Complaints, governance: GovernanceDependency, form: OwnForm
) -> Response:
    """Open one record, for a complaint or a defence."""
    actor = principal.account_id
    record = interventions.read_intervention(governance, actor, ObjectId(text(form, "record"))).value
    opened = json.dumps(json.loads(record), indent=2, sort_keys=True, ensure_ascii=False)
    lines = interventions.list_interventions(governance, actor)
    return render(request, "auditor/interventions.html", lines=lines, opened=opened)
