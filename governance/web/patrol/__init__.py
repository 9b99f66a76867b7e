"""The patrol's console, for a telephone: what was handed to it, the crop once, and what it found (A9, A9b).

There is no field for a coercive step, because before an identity is verified there is none.
"""

import base64
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from governance.application import hand_off, hand_off_queries
from governance.application.accounts import Principal
from governance.application.hand_off import AtHandOff, ConcludeHandOff
from governance.domain.events import Event
from governance.domain.hand_offs import Found, VerifiedBy
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, choice, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/patrol")

Receiver = Annotated[Principal, Depends(permits(Action.HAND_OFF_RECEIVE))]
_VERIFIED: Final = "Choose how the identity was verified, or leave it empty where nobody was stopped."
_PLACES: Final = records_nothing("It tells a patrol where and when it was sent; no picture, no person, no score.")


@router.get("", dependencies=[_PLACES])
def hand_offs_page(request: Request, principal: Receiver, governance: GovernanceDependency) -> Response:
    """Show what this patrol was handed."""
    lines = hand_off_queries.list_own_hand_offs(governance, principal.account_id)
    return render(request, "patrol/hand_offs.html", hand_offs=lines)


@router.get("/{hand_off_id}", dependencies=[_PLACES])
def hand_off_page(
    request: Request, hand_off_id: str, principal: Receiver, governance: GovernanceDependency
) -> Response:
    """Show one hand-off without its crop, and what can be done with it now."""
    line = hand_off_queries.read_own_hand_off(governance, principal.account_id, hand_off_id)
    return _page(request, line, crop=None)


@router.post("/{hand_off_id}/open", dependencies=[records(Event.HAND_OFF_OPEN, Event.HAND_OFF_SHOW)])
def show(
    request: Request, hand_off_id: str, principal: Receiver, governance: GovernanceDependency, _form: OwnForm
) -> Response:
    """Show the crop, this once. The use case logs it before it returns anything."""
    command = AtHandOff(actor=principal.account_id, hand_off_id=hand_off_id)
    crop = hand_off.open_hand_off(governance, command).value
    line = hand_off_queries.read_own_hand_off(governance, principal.account_id, hand_off_id)
    return _page(request, line, crop="data:image/png;base64," + base64.b64encode(crop).decode("ascii"))


@router.post("/{hand_off_id}/acknowledge", dependencies=[records(Event.HAND_OFF_ACKNOWLEDGE)])
def acknowledge(hand_off_id: str, principal: Receiver, governance: GovernanceDependency, _form: OwnForm) -> Response:
    """Take the hand-off on."""
    hand_off.acknowledge_hand_off(governance, AtHandOff(actor=principal.account_id, hand_off_id=hand_off_id))
    return RedirectResponse(f"/patrol/{hand_off_id}", status_code=HTTPStatus.SEE_OTHER)


@router.post(
    "/{hand_off_id}/outcome",
    dependencies=[
        records(
            Event.HAND_OFF_CONCLUDE,
            sometimes=(Event.ERASURE_COMPLETE, Event.ERASURE_INTEND, Event.OBJECT_READ, Event.WARRANT_NARROW),
        )
    ],
)
def conclude(hand_off_id: str, principal: Receiver, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Take in what the patrol found."""
    command = ConcludeHandOff(
        actor=principal.account_id,
        hand_off_id=hand_off_id,
        found=choice(form, "found", Found, "Choose what you found."),
        verified_by=choice(form, "verified_by", VerifiedBy, _VERIFIED) if text(form, "verified_by") else None,
    )
    hand_off.conclude_hand_off(governance, command)
    return RedirectResponse(f"/patrol/{hand_off_id}", status_code=HTTPStatus.SEE_OTHER)


def _page(request: Request, line: hand_off_queries.HandOffLine, *, crop: str | None) -> Response:
    return render(request, "patrol/hand_off.html", line=line, crop=crop, outcomes=list(Found), ways=list(VerifiedBy))
