"""The console of accounts and certificates: who proposes, who confirms, and nothing that accounts may see."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from governance.application import accounts
from governance.application.accounts import CreateAccount, Principal
from governance.application.certify_reviewer import (
    ConfirmCertificate,
    ProposeCertificate,
    confirm_certificate,
    propose_certificate,
)
from governance.application.confirm_account import (
    ConfirmAccount,
    WithdrawAccount,
    confirm_account,
    withdraw_account,
)
from governance.application.errors import BadInput
from governance.application.list_accounts import list_accounts
from governance.domain.accounts import OPENING_TIME
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, CertificateId
from governance.domain.roles import Action, Role, may
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, secret, text, whole_number
from governance.web.pages import ROLE_TITLES, render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/administration")

_OPENING_HOURS: Final = OPENING_TIME // timedelta(hours=1)


@router.get(
    "", dependencies=[records_nothing("It lists the accounts of staff and their roles, and nobody who is looked for.")]
)
def accounts_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.ACCOUNT_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """List the accounts, and what waits for a second person."""
    return render(
        request,
        "administration/accounts.html",
        accounts=list_accounts(governance, principal.account_id),
        titles=ROLE_TITLES,
        longest=governance.legal.certificate_life.days,
        may_do={action.value: may(principal.roles, action).allowed for action in Action},
    )


@router.post("/accounts", dependencies=[records(Event.ACCOUNT_CREATE)])
def create(
    principal: Annotated[Principal, Depends(permits(Action.ACCOUNT_CREATE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Propose an account."""
    try:
        roles = frozenset(Role(value) for value in form.getlist("role") if isinstance(value, str))
    except ValueError as error:
        raise BadInput("Choose roles from the list.") from error
    command = CreateAccount(
        actor=principal.account_id, login=text(form, "login"), password=secret(form, "password"), roles=roles
    )
    accounts.create_account(governance, command)
    return _back()


@router.post("/accounts/{account_id}/confirm", dependencies=[records(Event.ACCOUNT_CONFIRM)])
def confirm(
    request: Request,
    account_id: str,
    principal: Annotated[Principal, Depends(permits(Action.ACCOUNT_CONFIRM))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Confirm a proposed account, as the second person, who alone is shown the opening code, on this answer alone."""
    code = confirm_account(governance, ConfirmAccount(actor=principal.account_id, account_id=AccountId(account_id)))
    return render(request, "administration/opening.html", code=_in_fours(code), hours=_OPENING_HOURS)


@router.post("/accounts/{account_id}/withdraw", dependencies=[records(Event.ACCOUNT_WITHDRAW)])
def withdraw(
    account_id: str,
    principal: Annotated[Principal, Depends(permits(Action.ACCOUNT_WITHDRAW))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """End an account at once."""
    withdraw_account(governance, WithdrawAccount(actor=principal.account_id, account_id=AccountId(account_id)))
    return _back()


@router.post("/accounts/{account_id}/certificate", dependencies=[records(Event.CERTIFICATE_PROPOSE)])
def certify(
    account_id: str,
    principal: Annotated[Principal, Depends(permits(Action.CERTIFICATE_PROPOSE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Propose a reviewer's certificate."""
    days = whole_number(form, "days", "Give the certificate's length as a whole number of days.", digits=len("365"))
    command = ProposeCertificate(actor=principal.account_id, account_id=AccountId(account_id), days=days)
    propose_certificate(governance, command)
    return _back()


@router.post("/certificates/{certificate_id}/confirm", dependencies=[records(Event.CERTIFICATE_CONFIRM)])
def confirm_the_certificate(
    certificate_id: str,
    principal: Annotated[Principal, Depends(permits(Action.CERTIFICATE_CONFIRM))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Put a proposed certificate in force, as the second person."""
    command = ConfirmCertificate(actor=principal.account_id, certificate_id=CertificateId(certificate_id))
    confirm_certificate(governance, command)
    return _back()


def _in_fours(code: str) -> str:
    """Write a code so that it can be read out and copied."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _back() -> Response:
    return RedirectResponse("/administration", status_code=HTTPStatus.SEE_OTHER)
