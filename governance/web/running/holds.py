"""Legal holds: asked for by one person, approved by two others, with a reason and an end (B15)."""

import base64
import json
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from contracts.signature import Signed
from governance.application import holds
from governance.application.accounts import Principal
from governance.application.errors import BadInput
from governance.application.governance import Governance
from governance.application.holds import AskHold, AtHold
from governance.domain.events import Event
from governance.domain.holds import Basis
from governance.domain.identifiers import ObjectId
from governance.domain.retention import due_day
from governance.domain.roles import Action, Role, may
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, choice, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/running/holds")


@router.get(
    "", dependencies=[records_nothing("It lists which kinds of objects are held, on which ground, until when.")]
)
def holds_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.HOLD_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """Show every hold, and what this person may do about it."""
    return _page(request, principal, governance, opened=None)


@router.post("", dependencies=[records(Event.HOLD_ASK)])
def ask(
    principal: Annotated[Principal, Depends(permits(Action.HOLD_ASK))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Ask for a hold on what an alert's report says, or on one sealed record."""
    actor = principal.account_id
    command = AskHold(
        actor=actor,
        object_id=holds.object_named(governance, actor, text(form, "what")),
        basis=choice(form, "basis", Basis, "Choose the ground on which it is held."),
        until_day=_day(text(form, "until")),
        why=text(form, "why"),
    )
    holds.ask_hold(governance, command)
    return _back()


@router.post("/approve", dependencies=[records(sometimes=(Event.HOLD_APPROVE, Event.HOLD_SET))])
def approve(
    principal: Annotated[Principal, Depends(permits(Action.HOLD_APPROVE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Approve a hold; the second approval sets it."""
    holds.approve_hold(governance, _at(principal, form))
    return _back()


@router.post("/end", dependencies=[records(Event.HOLD_CLEAR)])
def end(
    principal: Annotated[Principal, Depends(permits(Action.HOLD_CLEAR))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """End a hold before its day."""
    holds.clear_hold(governance, _at(principal, form))
    return _back()


@router.post("/open", dependencies=[records(Event.OBJECT_READ)])
def open_held(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.HOLD_READ))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Open what is held, also past its own end. The use case logs it before it returns anything."""
    opened = holds.read_held(governance, _at(principal, form)).value
    return _page(request, principal, governance, opened=_readable(opened))


def _page(request: Request, principal: Principal, governance: Governance, *, opened: str | None) -> Response:
    roles = principal.roles
    return render(
        request,
        "running/holds.html",
        lines=holds.list_holds(governance, principal.account_id),
        grounds=list(Basis),
        longest=governance.legal.longest_hold.days,
        may_ask=may(roles, Action.HOLD_ASK).allowed,
        may_end=may(roles, Action.HOLD_CLEAR).allowed,
        is_auditor=Role.AUDITOR in roles,
        opened=opened,
    )


def _readable(opened: bytes) -> str:
    """Return what was sealed as text: what a site signed by its own words, a document as base64."""
    try:
        value = json.loads(opened)
    except ValueError:
        return _text(opened)
    if isinstance(value, dict) and "payload" in value:
        value = json.loads(Signed.from_json(value).payload)
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)


def _text(opened: bytes) -> str:
    try:
        return opened.decode()
    except UnicodeDecodeError:
        return base64.encodebytes(opened).decode("ascii")


def _at(principal: Principal, form: FormData) -> AtHold:
    return AtHold(actor=principal.account_id, object_id=ObjectId(text(form, "object")))


def _day(word: str) -> int:
    try:
        day = date.fromisoformat(word)
    except ValueError as error:
        raise BadInput("Give the last day of the hold, such as 2026-06-01.") from error
    return due_day(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _back() -> Response:
    return RedirectResponse("/running/holds", status_code=HTTPStatus.SEE_OTHER)
