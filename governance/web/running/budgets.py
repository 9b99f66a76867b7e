"""Budgets of false alerts: what was approved, what is spent, what stopped, and who lets it go on (C5)."""

from decimal import Decimal, DecimalException
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from governance.application import budgets
from governance.application.accounts import Principal
from governance.application.budgets import ApproveBudget, ResumeBudget
from governance.application.errors import BadInput
from governance.domain.events import Event
from governance.domain.identifiers import SiteId, WarrantId
from governance.domain.roles import Action, may
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, text, whole_number
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/running/budgets")

_MOST_PASSAGES = 100_000_000
_PASSAGES = "Give the passages that were measured at this site in a day as a whole number."


@router.get("", dependencies=[records_nothing("It lists opaque ids and numbers of false alerts, and nobody.")])
def budgets_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.BUDGET_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """Show every budget, and who may do what about it."""
    lines = budgets.list_budgets(governance, principal.account_id)
    may_approve = may(principal.roles, Action.BUDGET_APPROVE).allowed
    lacking = budgets.list_lacking_budgets(governance, principal.account_id) if may_approve else ()
    return render(
        request,
        "running/budgets.html",
        lines=lines,
        limit=governance.legal.false_alert_tail,
        cap=governance.legal.false_alert_cap,
        most=governance.legal.false_alerts_per_day_milli / 1000,
        warrants=lacking,
        sites=sorted({site: title for one in lacking for site, title in one.sites.items()}.items()),
        may_ask=may(principal.roles, Action.BUDGET_ASK).allowed,
        may_agree=may(principal.roles, Action.BUDGET_AGREE).allowed,
    )


@router.post("", dependencies=[records(Event.BUDGET_APPROVE)])
def approve(
    principal: Annotated[Principal, Depends(permits(Action.BUDGET_APPROVE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Approve a budget."""
    command = ApproveBudget(
        actor=principal.account_id,
        warrant_id=WarrantId(text(form, "warrant")),
        site_id=SiteId(text(form, "site")),
        expected_milli=_thousandths(text(form, "expected")),
        passages_per_day=whole_number(form, "passages", _PASSAGES, digits=len(str(_MOST_PASSAGES))),
    )
    budgets.approve_budget(governance, command)
    return _back()


@router.post("/ask", dependencies=[records(Event.BUDGET_ASK)])
def ask(
    principal: Annotated[Principal, Depends(permits(Action.BUDGET_ASK))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Ask to let a stopped budget go on."""
    budgets.ask_to_resume(governance, _resume(principal, form))
    return _back()


@router.post("/agree", dependencies=[records(Event.BUDGET_RESUME)])
def agree(
    principal: Annotated[Principal, Depends(permits(Action.BUDGET_AGREE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Agree, for a second organisation."""
    budgets.agree_to_resume(governance, _resume(principal, form))
    return _back()


def _resume(principal: Principal, form: FormData) -> ResumeBudget:
    return ResumeBudget(
        actor=principal.account_id, warrant_id=WarrantId(text(form, "warrant")), site_id=SiteId(text(form, "site"))
    )


def _thousandths(word: str) -> int:
    """Read false alerts per day exactly, in thousandths.

    Raises:
        BadInput: it is no such number.
    """
    sentence = "Give the false alerts that may be expected in a day as a number such as 1 or 0.25, in thousandths."
    try:
        milli = Decimal(word) * 1000
    except DecimalException as error:
        raise BadInput(sentence) from error
    if not milli.is_finite() or milli != milli.to_integral_value() or not 0 <= milli <= _MOST_PASSAGES:
        raise BadInput(sentence)
    return int(milli)


def _back() -> Response:
    return RedirectResponse("/running/budgets", status_code=HTTPStatus.SEE_OTHER)
