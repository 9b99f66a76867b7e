"""The model profile in use: what admits it, and suspending it in doubt (P4, C10)."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from governance.application import suspend_admission
from governance.application.accounts import Principal
from governance.application.errors import BadInput
from governance.application.suspend_admission import LiftSuspension, SuspendAdmission
from governance.domain.admissions import BY_RULE, SuspensionGround
from governance.domain.events import Event
from governance.domain.roles import Action, may
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/running/model")


@router.get("", dependencies=[records_nothing("It says what admits the model profile, and nothing of anybody.")])
def model_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.MODEL_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """Show what admits the profile in use, its suspensions, and who may do what about them."""
    standing = suspend_admission.model_standing(governance, principal.account_id)
    return render(
        request,
        "running/model.html",
        standing=standing,
        model=governance.model,
        report=suspend_admission.standing_report(governance),
        suspended=next((one for one in standing.suspensions if one.lifted_at is None), None),
        grounds=[one for one in SuspensionGround if one not in BY_RULE],
        may_suspend=may(principal.roles, Action.MODEL_SUSPEND).allowed,
        may_ask=may(principal.roles, Action.MODEL_ASK).allowed,
        may_agree=may(principal.roles, Action.MODEL_AGREE).allowed,
    )


@router.post("/suspend", dependencies=[records(Event.MODEL_SUSPEND)])
def suspend(
    principal: Annotated[Principal, Depends(permits(Action.MODEL_SUSPEND))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Suspend the profile in use."""
    command = SuspendAdmission(actor=principal.account_id, ground=_ground(text(form, "ground")))
    suspend_admission.suspend_admission(governance, command)
    return _back()


@router.post("/ask", dependencies=[records(Event.MODEL_ASK)])
def ask(
    principal: Annotated[Principal, Depends(permits(Action.MODEL_ASK))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Ask to let it go on."""
    suspend_admission.ask_to_lift(governance, LiftSuspension(actor=principal.account_id))
    return _back()


@router.post("/agree", dependencies=[records(Event.MODEL_RESUME)])
def agree(
    principal: Annotated[Principal, Depends(permits(Action.MODEL_AGREE))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Agree, for a second organisation."""
    suspend_admission.agree_to_lift(governance, LiftSuspension(actor=principal.account_id))
    return _back()


def _ground(word: str) -> SuspensionGround:
    """Read a ground.

    Raises:
        BadInput: it is none.
    """
    try:
        return SuspensionGround(word)
    except ValueError as error:
        raise BadInput("Choose why the model profile is suspended.") from error


def _back() -> Response:
    return RedirectResponse("/running/model", status_code=HTTPStatus.SEE_OTHER)
