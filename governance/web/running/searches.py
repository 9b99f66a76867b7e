"""Searches of recordings: who asked, who approved, how each ended, in numbers; the form to ask, the button to approve.

No picture and no recording comes in here: a search has the one enrolled photograph of its warrant, and a recording is
named by the SHA-256 of its file (A12).
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from governance.application import search_queries, search_recording
from governance.application.accounts import Principal
from governance.application.errors import BadInput
from governance.application.search_recording import ApproveSearch, AskSearch
from governance.domain.events import Event
from governance.domain.identifiers import SearchId, WarrantId
from governance.domain.roles import Action, may
from governance.domain.searches import Recording
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/running/post-remote")

_TIME = "Write times as 2026-03-01T10:00, with their offset from UTC, such as +01:00, or Z."


@router.get("", dependencies=[records_nothing("It lists opaque ids, times and numbers of searches, and nobody.")])
def searches_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.SEARCH_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """Show every search, and who may do what about it."""
    may_ask = may(principal.roles, Action.SEARCH_ASK).allowed
    return render(
        request,
        "running/searches.html",
        lines=search_queries.list_searches(governance, principal.account_id),
        warrants=search_queries.list_searchable(governance, principal.account_id) if may_ask else (),
        may_ask=may_ask,
        may_approve=may(principal.roles, Action.SEARCH_APPROVE).allowed,
    )


@router.post("", dependencies=[records(Event.OBJECT_READ, Event.SEARCH_ASK)])
def ask(
    principal: Annotated[Principal, Depends(permits(Action.SEARCH_ASK))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Ask to have one recording searched."""
    search_recording.ask_search(
        governance,
        AskSearch(
            actor=principal.account_id,
            warrant_id=WarrantId(text(form, "warrant")),
            recording=Recording(
                camera_id=text(form, "camera").strip(),
                sha256=text(form, "sha256").strip().lower(),
                recorded_from=_instant(form, "from"),
                recorded_until=_instant(form, "until"),
            ),
        ),
    )
    return _back()


@router.post("/{search_id}/approve", dependencies=[records(Event.SEARCH_APPROVE)])
def approve(
    search_id: str,
    principal: Annotated[Principal, Depends(permits(Action.SEARCH_APPROVE))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Approve one that somebody else asked for."""
    search_recording.approve_search(
        governance, ApproveSearch(actor=principal.account_id, search_id=SearchId(search_id))
    )
    return _back()


def _instant(form: FormData, name: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text(form, name).strip())
    except ValueError as error:
        raise BadInput(_TIME) from error
    if instant.tzinfo is None:
        raise BadInput(_TIME)
    return instant


def _back() -> Response:
    return RedirectResponse("/running/post-remote", status_code=HTTPStatus.SEE_OTHER)
