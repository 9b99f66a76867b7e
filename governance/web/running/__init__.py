"""What runs now: deployments, with the button that stops one, and the counts of each camera. For every console but one.

The region's people have pages of their own (`site`), which never tell of a candidate.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from governance.application import deployments, queries
from governance.application.accounts import Principal
from governance.application.deployments import ResumeDeployment, SuspendDeployment
from governance.application.stop_at_site import ReleaseSite, release_site
from governance.domain.events import Event
from governance.domain.identifiers import DeploymentId
from governance.domain.roles import Action, may
from governance.web.access import GovernanceDependency, permits
from governance.web.counts import busiest, newest
from governance.web.forms import OwnForm
from governance.web.pages import render
from governance.web.recording import records, records_nothing
from governance.web.running import budgets, holds, model, operation, searches, volunteers

router = APIRouter(prefix="/running")
router.routes.extend([*budgets.router.routes, *holds.router.routes, *model.router.routes])
router.routes.extend([*operation.router.routes, *searches.router.routes, *volunteers.router.routes])


@router.get("/deployments", dependencies=[records_nothing("It lists opaque ids, states and counts.")])
def deployments_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.DEPLOYMENT_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """Show every deployment, and who may stop it or let it go on."""
    return render(
        request,
        "running/deployments.html",
        deployments=queries.list_deployments(governance, principal.account_id),
        stops=queries.list_site_stops(governance, principal.account_id),
        may_stop=may(principal.roles, Action.DEPLOYMENT_SUSPEND).allowed,
        may_resume=may(principal.roles, Action.DEPLOYMENT_RESUME).allowed,
    )


@router.post("/deployments/{deployment_id}/stop", dependencies=[records(Event.DEPLOYMENT_SUSPEND)])
def stop(
    deployment_id: str,
    principal: Annotated[Principal, Depends(permits(Action.DEPLOYMENT_SUSPEND))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Stop a deployment: no lease is renewed from now on (A16)."""
    command = SuspendDeployment(actor=principal.account_id, deployment_id=DeploymentId(deployment_id))
    deployments.suspend_deployment(governance, command)
    return RedirectResponse("/running/deployments", status_code=HTTPStatus.SEE_OTHER)


@router.post(
    "/deployments/{deployment_id}/resume",
    dependencies=[
        records(
            Event.DEPLOYMENT_RESUME,
            Event.OBJECT_READ,
            Event.WATCHLIST_BUILD,
            sometimes=(Event.WATCHLIST_DESTROY, Event.WATCHLIST_REFUSE),
        )
    ],
)
def resume(
    deployment_id: str,
    principal: Annotated[Principal, Depends(permits(Action.DEPLOYMENT_RESUME))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Let a stopped deployment go on (A16)."""
    command = ResumeDeployment(actor=principal.account_id, deployment_id=DeploymentId(deployment_id))
    deployments.resume_deployment(governance, command)
    return RedirectResponse("/running/deployments", status_code=HTTPStatus.SEE_OTHER)


@router.post("/stops/{stop_id}/release", dependencies=[records(Event.SITE_RELEASE)])
def release(
    stop_id: str,
    principal: Annotated[Principal, Depends(permits(Action.DEPLOYMENT_RESUME))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Let a site go on after a stop that was pressed there (A16)."""
    release_site(governance, ReleaseSite(actor=principal.account_id, stop_id=stop_id))
    return RedirectResponse("/running/deployments", status_code=HTTPStatus.SEE_OTHER)


@router.get("/cameras", dependencies=[records_nothing("It shows numbers of each camera, and nobody.")])
def cameras_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.DEPLOYMENT_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """Show the latest counts of each camera, candidates among them: never to the region."""
    lines = newest(queries.read_counts(governance, principal.account_id))
    return render(request, "running/cameras.html", lines=lines, busiest=busiest(lines))
