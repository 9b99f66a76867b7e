"""The operator's console: the queue, one candidate at a time, and the outcome once both have answered (A15, E1, E2).

What is withheld is not hidden by a style: the use cases leave it out, so it never reaches a page.
"""

import base64
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from governance.application import accounts, queries, review_candidate
from governance.application.accounts import ChangeShift, Principal
from governance.application.errors import Refused
from governance.application.governance import Governance
from governance.application.review_candidate import RecordReview, ViewCandidate
from governance.domain.events import Event
from governance.domain.identifiers import AlertId
from governance.domain.review import Feature, Observation, Support
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, text
from governance.web.operator import findings, hand_offs
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/operator")
_INCOMPLETE: Final = "Say for each component what you observed, and choose a step of the scale."
router.routes.extend([*findings.router.routes, *hand_offs.router.routes])


@router.get("", dependencies=[records_nothing("It lists alerts without a picture, a person or a score (E1).")])
def queue(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.ALERT_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """Show the alerts: where, when, how long there is left. No picture, no person, no score."""
    return render(
        request,
        "operator/queue.html",
        alerts=queries.list_alerts(governance, principal.account_id),
        on_shift=principal.on_shift,
    )


@router.post("/shift", dependencies=[records(sometimes=(Event.SHIFT_BEGIN, Event.SHIFT_END))])
def change_shift(
    principal: Annotated[Principal, Depends(permits(Action.SHIFT_CHANGE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Come on shift or go off it."""
    accounts.change_shift(governance, ChangeShift(actor=principal.account_id, begin=text(form, "shift") == "begin"))
    return RedirectResponse("/operator", status_code=HTTPStatus.SEE_OTHER)


@router.get(
    "/alerts/{alert_id}",
    dependencies=[
        records(sometimes=(Event.WARRANT_READ,), silent="While anything is withheld, nothing personal is told (E1).")
    ],
)
def alert_page(
    request: Request,
    alert_id: str,
    principal: Annotated[Principal, Depends(permits(Action.ALERT_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """Show what this reader may know of one alert, without pictures."""
    page = queries.read_alert(governance, principal.account_id, AlertId(alert_id))
    return render(request, "operator/alert.html", page=page)


@router.post("/alerts/{alert_id}/look", dependencies=[records(Event.CANDIDATE_VIEW)])
def look(
    request: Request,
    alert_id: str,
    principal: Annotated[Principal, Depends(permits(Action.ALERT_VIEW))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Show the two pictures once, with the form to answer. The use case logs the view before it returns them."""
    return _review_page(request, governance, principal, AlertId(alert_id))


@router.post(
    "/alerts/{alert_id}/review",
    dependencies=[
        records(
            sometimes=(
                Event.CANDIDATE_DISMISS,
                Event.CANDIDATE_REVIEW,
                Event.CANDIDATE_VIEW,
                Event.ERASURE_COMPLETE,
                Event.ERASURE_INTEND,
                Event.LEAD_CONFIRM,
                Event.WARRANT_NARROW,
            )
        )
    ],
)
def answer(
    request: Request,
    alert_id: str,
    principal: Annotated[Principal, Depends(permits(Action.ALERT_REVIEW))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Record the answer. One that is not complete, or came too soon, is shown again, which is a view of its own."""
    observations, support = _observations(form), _support(form)
    if support is None or len(observations) < len(Feature):
        return _review_page(request, governance, principal, AlertId(alert_id), given=form, problem=_INCOMPLETE)
    command = RecordReview(
        actor=principal.account_id, alert_id=AlertId(alert_id), observations=observations, support=support
    )
    try:
        review_candidate.record_review(governance, command)
    except Refused as refusal:
        if refusal.rule != "E4":
            raise
        return _review_page(request, governance, principal, AlertId(alert_id), given=form, problem=str(refusal))
    return RedirectResponse(f"/operator/alerts/{alert_id}", status_code=HTTPStatus.SEE_OTHER)


def _review_page(
    request: Request,
    governance: Governance,
    principal: Principal,
    alert_id: AlertId,
    *,
    given: FormData | None = None,
    problem: str = "",
) -> Response:
    page = queries.read_alert(governance, principal.account_id, alert_id)
    command = ViewCandidate(actor=principal.account_id, alert_id=alert_id)
    pictures = review_candidate.view_candidate(governance, command).value
    return render(
        request,
        "operator/review.html",
        status_code=HTTPStatus.OK if given is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        line=page.line,
        probe=_embedded(pictures.probe_png),
        reference=_embedded(pictures.reference_png),
        features=list(Feature),
        observations=list(Observation),
        scale=sorted(Support),
        chosen=_chosen(given),
        problem=problem,
    )


def _embedded(png: bytes) -> str:
    """Return a picture as a data URI: it has no address of its own, so it cannot be asked for without a log entry."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _chosen(form: FormData | None) -> dict[str, str]:
    return {} if form is None else {name: value for name, value in form.items() if isinstance(value, str)}


def _observations(form: FormData) -> dict[Feature, Observation]:
    words = {observation.value: observation for observation in Observation}
    return {feature: words[text(form, feature)] for feature in Feature if text(form, feature) in words}


def _support(form: FormData) -> Support | None:
    steps = {str(step.value): step for step in Support}
    return steps.get(text(form, "support"))
