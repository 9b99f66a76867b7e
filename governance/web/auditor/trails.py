"""What the log tells of alerts, of one match, of one person and of one account. Each page is an entry of its own.

An opaque id of a person or an account is sent by a form and never stands in an address.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from governance.application.accounts import Principal
from governance.application.errors import BadInput
from governance.application.governance import Governance
from governance.application.log_reading import LogLine, OpenedLine, open_lines, read_lines
from governance.application.log_search import (
    LOOKED_AT,
    MOST_OPENED,
    Chosen,
    acted_upon_or_by_somebody,
    proven,
    require_log_opener,
    with_groups_alone,
    worth_opening,
)
from governance.application.log_trail import (
    FREQUENT,
    RARE,
    Link,
    Trail,
    chain_of,
    trail_of_account,
    trail_of_person,
)
from governance.application.match_bundle import match_bundle
from governance.domain.events import Event
from governance.domain.identifiers import AlertId
from governance.domain.log_fields import Group
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.auditor.alert_log import alerts_of, is_of_an_alert
from governance.web.auditor.entries import ReadEntry, read
from governance.web.auditor.search_form import read_number
from governance.web.downloads import download
from governance.web.forms import OwnForm, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing
from governance.web.zips import zipped

router = APIRouter(prefix="/auditor")

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", re.ASCII)
_MOST_PROVEN: Final = 500
"""So many entries of a trail are proven anew for one page; the page says so."""

Opener = Annotated[Principal, Depends(permits(Action.LOG_OPEN))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """The entries that a page looked at (in clear), which of them it opened, and what it had to leave closed."""

    first: int
    end: int
    size: int
    chosen: Chosen
    most: int = MOST_OPENED
    looked_at: int = LOOKED_AT


@router.get("/alerts", dependencies=[records(Event.LOG_READ)])
def alerts_page(request: Request, principal: Opener, governance: GovernanceDependency) -> Response:
    """Show what became of each alert."""
    require_log_opener(governance, principal.account_id)
    size = governance.log.size()
    first = max(0, size - MOST_OPENED)
    told = [line for line in read_lines(governance, first=first, count=size - first) if is_of_an_alert(line)]
    lines = with_groups_alone(told, Group.CONTEXT, Group.SUBJECT)
    entries = [read(line) for line in open_lines(governance, principal.account_id, lines, purpose="alerts").value]
    return render(
        request,
        "auditor/alerts.html",
        alerts=alerts_of(entries),
        window=MOST_OPENED,
        erased=sum(Group.SUBJECT.value in entry.closed for entry in entries),
    )


@router.get("/alerts/{alert}", dependencies=[records(Event.LOG_READ)])
def match_page(request: Request, alert: str, principal: Opener, governance: GovernanceDependency) -> Response:
    """Show one match's chain, from the authority behind it to the erasure of what was kept."""
    require_log_opener(governance, principal.account_id)
    window = _window(governance, read_number(request.query_params.get("before", "")))
    opened = open_lines(governance, principal.account_id, window.chosen.lines, purpose="match").value
    chain = chain_of(_checked(alert), opened, issuers=_issuers(governance))
    told = {line.index for link in chain for line in link.lines}
    return render(
        request,
        "auditor/match.html",
        alert=alert,
        chain=[(link, [read(line) for line in link.lines]) for link in chain],
        proven=_proven(governance, window.chosen.lines, told),
        window=window,
        erased=_erased(opened, Group.SUBJECT),
        groups=list(Group),
        gone=[link.link for link in chain if link.link is not Link.ERASURE and link.problems],
    )


@router.post("/alerts/{alert}/bundle", dependencies=[records(Event.LOG_READ, sometimes=[Event.OBJECT_READ])])
def bundle(
    request: Request, alert: str, principal: Opener, governance: GovernanceDependency, form: OwnForm
) -> Response:
    """Hand out the proof bundle of one match, with the groups that were chosen opened, as a zip file."""
    require_log_opener(governance, principal.account_id)
    window = _window(governance, read_number(text(form, "before")))
    opened = open_lines(governance, principal.account_id, window.chosen.lines, purpose="bundle").value
    chain = chain_of(_checked(alert), opened, issuers=_issuers(governance))
    groups = frozenset(group for group in Group if text(form, group.value))
    made = match_bundle(
        governance,
        principal.account_id,
        chain,
        alert_id=AlertId(alert),
        groups=groups,
        log_files=request.app.state.log_files,
    )
    return download(zipped(made.value), "match-bundle.zip", "application/zip")


@router.get("/trail", dependencies=[records_nothing("An empty form says nothing about anybody.")])
def trail_form(request: Request, principal: Opener, governance: GovernanceDependency) -> Response:
    """Show the form that asks for one person's or one account's trail."""
    require_log_opener(governance, principal.account_id)
    return render(request, "auditor/trail_form.html", window=MOST_OPENED, looked_at=LOOKED_AT)


@router.post("/trail", dependencies=[records(Event.LOG_READ)])
def trail_page(request: Request, principal: Opener, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Show every entry about one person or one account, in order."""
    require_log_opener(governance, principal.account_id)
    kind, asked, before = text(form, "kind"), _checked(text(form, "id")), read_number(text(form, "before"))
    if kind not in {"person", "account"}:
        raise BadInput("Choose whose trail it is: a person's or an account's.")
    window = _window(governance, before, of_accounts=kind == "account")
    groups = (Group.OPERATOR,) if kind == "account" else (Group.CONTEXT, Group.SUBJECT)
    lines = with_groups_alone(window.chosen.lines, *groups)
    opened = open_lines(governance, principal.account_id, lines, purpose=f"trail-{kind}").value
    trail = trail_of_account(asked, opened) if kind == "account" else trail_of_person(asked, opened)
    return render(
        request,
        "auditor/trail.html",
        kind=kind,
        asked=asked,
        own=_read(trail.own),
        of_case=_read(trail.of_case),
        leases=trail.leases,
        unreadable=_read(trail.unreadable),
        voided=trail.voided,
        proven=_proven(governance, window.chosen.lines, _indices(trail)),
        most_proven=_MOST_PROVEN,
        window=window,
    )


def _issuers(governance: Governance) -> Mapping[str, str]:
    listed = governance.trusted.issuers
    return listed.names if listed is not None else {}


def _window(governance: Governance, before: int | None, *, of_accounts: bool = False) -> _Window:
    size = governance.log.size()
    end = size if before is None else min(before, size)
    first = max(0, end - LOOKED_AT)
    lines = read_lines(governance, first=first, count=end - first)
    chosen = acted_upon_or_by_somebody(lines) if of_accounts else worth_opening(lines, RARE, FREQUENT)
    return _Window(first=first, end=end, size=size, chosen=chosen)


def _checked(asked: str) -> str:
    if not _ID.fullmatch(asked):
        raise BadInput("Give the opaque id as an entry, a warrant or a list of accounts shows it; never a name.")
    return asked


def _read(lines: Iterable[OpenedLine]) -> list[ReadEntry]:
    return [read(line) for line in lines]


def _indices(trail: Trail) -> set[int]:
    return {line.index for line in (*trail.own, *trail.of_case)}


def _proven(governance: Governance, lines: Sequence[LogLine], indices: Iterable[int]) -> frozenset[int]:
    wanted = set(sorted(indices)[:_MOST_PROVEN])
    return proven(governance, [line for line in lines if line.index in wanted])


def _erased(lines: Sequence[OpenedLine], group: Group) -> int:
    return sum(group.value in line.closed for line in lines)
