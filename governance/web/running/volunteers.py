"""Runs of seeded volunteers: proposed from the trustee's file, approved by another, seeded pass by pass (C11, C16).

No name comes in here, and no picture stays: volunteers are pseudonyms, a photograph passes through unopened, and who
was found is told when the run is over.
"""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from contracts.errors import ContractError
from contracts.run_papers import RunPapers
from governance.application import end_volunteer_run, seeded_passes, volunteer_queries, volunteer_runs
from governance.application.accounts import Principal
from governance.application.end_volunteer_run import EndRun, WithdrawVolunteer
from governance.application.enrol_volunteer import EnrolVolunteer, enrol_volunteer
from governance.application.errors import BadInput
from governance.application.seeded_passes import AnnouncePass
from governance.application.volunteer_runs import ApproveRun, ProposeRun
from governance.domain.events import Event
from governance.domain.identifiers import CameraId, VolunteerId
from governance.domain.roles import Action, may
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, files, instant, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/running/volunteers")

_FORGETTING: Final = (Event.ERASURE_COMPLETE, Event.ERASURE_INTEND, Event.VOLUNTEER_STOP)
"""What is written where somebody was enrolled, and lent to a camera."""


@router.get("", dependencies=[records_nothing("It lists pseudonyms, times and numbers of runs, and nobody.")])
def runs_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.VOLUNTEER_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """Show every run, and who may do what about it."""
    return render(
        request,
        "running/volunteers.html",
        lines=volunteer_queries.list_runs(governance, principal.account_id),
        may_propose=may(principal.roles, Action.VOLUNTEER_PROPOSE).allowed,
        may_approve=may(principal.roles, Action.VOLUNTEER_APPROVE).allowed,
        may_end=may(principal.roles, Action.VOLUNTEER_END).allowed,
    )


@router.post("", dependencies=[records(Event.VOLUNTEER_PROPOSE)])
def propose(
    principal: Annotated[Principal, Depends(permits(Action.VOLUNTEER_PROPOSE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Take in the trustee's file."""
    given = files(form, "papers")
    try:
        papers = RunPapers.from_bytes(given[0] if given else b"")
    except ContractError as error:
        raise BadInput("This is no file of a volunteers' run; choose the one that the trustee handed over.") from error
    volunteer_runs.propose_run(governance, ProposeRun(actor=principal.account_id, papers=papers))
    return _back()


@router.post("/{run_id}/approve", dependencies=[records(Event.VOLUNTEER_APPROVE)])
def approve(
    run_id: str,
    principal: Annotated[Principal, Depends(permits(Action.VOLUNTEER_APPROVE))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Approve one that somebody else proposed."""
    volunteer_runs.approve_run(governance, ApproveRun(actor=principal.account_id, run_id=run_id))
    return _back()


@router.post("/{run_id}/passes", dependencies=[records(Event.VOLUNTEER_SEED)])
def announce(
    run_id: str,
    principal: Annotated[Principal, Depends(permits(Action.VOLUNTEER_PROPOSE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Announce a pass before it is made."""
    command = AnnouncePass(
        actor=principal.account_id,
        run_id=run_id,
        volunteer_id=VolunteerId(text(form, "volunteer")),
        camera_id=CameraId(text(form, "camera")),
        begins_at=instant(form, "from"),
        ends_at=instant(form, "until"),
    )
    seeded_passes.announce_pass(governance, command)
    return _back()


@router.post("/people/{volunteer_id}/photograph", dependencies=[records(Event.VOLUNTEER_ENROL)])
def enrol(
    request: Request,
    volunteer_id: str,
    principal: Annotated[Principal, Depends(permits(Action.VOLUNTEER_PROPOSE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Enrol a volunteer from their photograph, which passes through unopened, and show what was found about it."""
    given = files(form, "photograph")
    if len(given) != 1:
        raise BadInput("Choose one photograph: the one that the volunteer consented to.")
    command = EnrolVolunteer(actor=principal.account_id, volunteer_id=VolunteerId(volunteer_id), photograph=given[0])
    findings = enrol_volunteer(governance, command)
    return render(request, "running/volunteer_enrolled.html", findings=findings)


@router.post("/{run_id}/end", dependencies=[records(Event.VOLUNTEER_END, sometimes=_FORGETTING)])
def end(
    run_id: str,
    principal: Annotated[Principal, Depends(permits(Action.VOLUNTEER_END))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """End a run now, and count it."""
    end_volunteer_run.end_run(governance, EndRun(actor=principal.account_id, run_id=run_id))
    return _back()


@router.post(
    "/people/{volunteer_id}/withdraw",
    dependencies=[records(Event.VOLUNTEER_WITHDRAW, sometimes=(*_FORGETTING, Event.VOLUNTEER_END))],
)
def withdraw(
    volunteer_id: str,
    principal: Annotated[Principal, Depends(permits(Action.VOLUNTEER_END))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Forget a volunteer who withdrew."""
    command = WithdrawVolunteer(actor=principal.account_id, volunteer_id=VolunteerId(volunteer_id))
    end_volunteer_run.withdraw_volunteer(governance, command)
    return _back()


def _back() -> Response:
    return RedirectResponse("/running/volunteers", status_code=HTTPStatus.SEE_OTHER)
