"""The administrator's console: accounts and their roles, and nothing that accounts may see."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from governance.application import accounts, queries
from governance.application.accounts import CreateAccount, Principal
from governance.application.errors import BadInput
from governance.domain.events import Event
from governance.domain.roles import Action, Role, may
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, text
from governance.web.pages import ROLE_TITLES, render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/administration")


@router.get(
    "", dependencies=[records_nothing("It lists the accounts of staff and their roles, and nobody who is looked for.")]
)
def accounts_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.ACCOUNT_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """List the accounts."""
    return render(
        request,
        "administration/accounts.html",
        accounts=queries.list_accounts(governance, principal.account_id),
        titles=ROLE_TITLES,
        may_create=may(principal.roles, Action.ACCOUNT_CREATE).allowed,
    )


@router.post("/accounts", dependencies=[records(Event.ACCOUNT_CREATE)])
def create(
    principal: Annotated[Principal, Depends(permits(Action.ACCOUNT_CREATE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Make an account."""
    try:
        roles = frozenset(Role(value) for value in form.getlist("role") if isinstance(value, str))
    except ValueError as error:
        raise BadInput("Choose roles from the list.") from error
    password = form.get("password", "")
    if not isinstance(password, str):
        raise BadInput("Give a password.")
    command = CreateAccount(actor=principal.account_id, login=text(form, "login"), password=password, roles=roles)
    accounts.create_account(governance, command)
    return RedirectResponse("/administration", status_code=HTTPStatus.SEE_OTHER)
