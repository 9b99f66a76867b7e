"""The log itself: its state, its entries in clear, each with its proof, and what an entry seals, opened on purpose."""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from governance.application import queries
from governance.application.accounts import Principal
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.log_reading import LogLine, open_lines, read_lines
from governance.application.log_search import LOOKED_AT, proven, require_log_opener, search
from governance.domain.events import Event
from governance.domain.roles import Action, may
from governance.web.access import GovernanceDependency, permits
from governance.web.auditor.entries import ReadEntry, newest, read
from governance.web.auditor.search_form import FIELDS, read_number, read_search
from governance.web.downloads import download
from governance.web.forms import OwnForm
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/auditor")

_PAGE: Final = 50
_WINDOW: Final = 20_000
"""How far back refusals are gathered; the page says so."""

Reader = Annotated[Principal, Depends(permits(Action.LOG_READ))]
Opener = Annotated[Principal, Depends(permits(Action.LOG_OPEN))]

_IN_CLEAR: Final = records_nothing("What stands in the log in clear is about nobody.")


@router.get("", dependencies=[_IN_CLEAR])
def overview(request: Request, principal: Reader, governance: GovernanceDependency) -> Response:
    """Show the log's state and how to check it without us."""
    queries.require_log_reader(governance, principal.account_id)
    return render(
        request,
        "auditor/overview.html",
        checkpoint=governance.log.checkpoint(),
        size=governance.log.size(),
        key=governance.log_key.hex(),
        cosigned=governance.witnesses.newest(),
    )


@router.get("/checkpoint", dependencies=[_IN_CLEAR])
def checkpoint(principal: Reader, governance: GovernanceDependency) -> Response:
    """Hand out the signed checkpoint, to be kept elsewhere."""
    queries.require_log_reader(governance, principal.account_id)
    return download(governance.log.checkpoint(), "checkpoint.txt", "text/plain; charset=utf-8")


@router.get("/log", dependencies=[_IN_CLEAR])
def log_page(request: Request, principal: Reader, governance: GovernanceDependency) -> Response:
    """Show a page of entries, the newest first, all or those that are searched for."""
    queries.require_log_reader(governance, principal.account_id)
    sent = {name: request.query_params.get(name, "").strip() for name in FIELDS}
    wanted = read_search(sent)
    before = read_number(request.query_params.get("before", ""))
    found = search(governance, wanted, before=before, most=_PAGE)
    asked = {name: value for name, value in sent.items() if value}
    return render(
        request,
        "auditor/log.html",
        entries=[read(line) for line in found.lines],
        size=governance.log.size(),
        sent=sent,
        searching=bool(asked),
        events=[event.value for event in Event],
        newest="/auditor/log?" + urlencode(asked) if before is not None else "",
        older="/auditor/log?" + urlencode({**asked, "before": found.looked_down_to}) if found.goes_on else "",
        looked_at=LOOKED_AT,
    )


@router.get("/log/{index}", dependencies=[_IN_CLEAR])
def entry_page(request: Request, index: int, principal: Reader, governance: GovernanceDependency) -> Response:
    """Show one entry as it stands in clear, with its inclusion proof, verified here by the recipients' code."""
    queries.require_log_reader(governance, principal.account_id)
    line = _line(governance, index)
    return _entry_page(request, governance, principal, line, read(line))


@router.post("/log/{index}/open", dependencies=[records(Event.LOG_READ)])
def open_entry(
    request: Request, index: int, principal: Opener, governance: GovernanceDependency, _form: OwnForm
) -> Response:
    """Open what one entry seals. An entry of its own says so first."""
    require_log_opener(governance, principal.account_id)
    line = _line(governance, index)
    (opened,) = open_lines(governance, principal.account_id, [line], purpose="entry").value
    return _entry_page(request, governance, principal, line, read(opened), opened=True)


@router.get("/refusals", dependencies=[_IN_CLEAR])
def refusals_page(request: Request, principal: Reader, governance: GovernanceDependency) -> Response:
    """Show what was refused, and by which rule."""
    queries.require_log_reader(governance, principal.account_id)
    entries = [entry for entry in newest(governance, before=governance.log.size(), count=_WINDOW) if entry.refuses]
    return render(request, "auditor/refusals.html", entries=entries, window=_WINDOW)


def _line(governance: Governance, index: int) -> LogLine:
    if not 0 <= index < governance.log.size():
        raise NotFound("The log has no such entry.")
    (line,) = read_lines(governance, first=index, count=1)
    return line


def _entry_page(
    request: Request,
    governance: Governance,
    principal: Principal,
    line: LogLine,
    entry: ReadEntry,
    *,
    opened: bool = False,
) -> Response:
    receipt = governance.log.receipt(line.index)
    return render(
        request,
        "auditor/entry.html",
        entry=entry,
        leaf=line.leaf.to_bytes().decode("ascii"),
        receipt=receipt,
        proof=[node.hex() for node in receipt.proof],
        verified=line.index in proven(governance, [line]),
        opened=opened,
        may_open=may(principal.roles, Action.LOG_OPEN).allowed and entry.has_sealed_groups and not opened,
        size=governance.log.size(),
    )
