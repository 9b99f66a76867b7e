"""The auditor's routes. All of them read; the log's own text and proofs are verified before they are shown."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from contracts.errors import ReceiptRefused
from contracts.receipt import LogReceipt, verify_receipt
from governance.application import queries
from governance.application.accounts import Principal
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.log_reading import open_lines, read_lines
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.auditor.alert_log import alerts_of, is_of_an_alert
from governance.web.auditor.entries import newest, read
from governance.web.pages import render

router = APIRouter(prefix="/auditor")

_PAGE: Final = 50
_WINDOW: Final = 20_000
"""How far back refusals are gathered; the page says so."""
_OPENED: Final = 2_000
"""How far back entries are opened for the page of alerts; the page says so."""


Reader = Annotated[Principal, Depends(permits(Action.LOG_READ))]


@router.get("")
def overview(request: Request, principal: Reader, governance: GovernanceDependency) -> Response:
    """Show the log's state and how to check it without us."""
    queries.require_log_reader(governance, principal.account_id)
    return render(
        request,
        "auditor/overview.html",
        checkpoint=governance.log.checkpoint(),
        size=governance.log.size(),
        key=governance.log_key.hex(),
    )


@router.get("/checkpoint")
def checkpoint(principal: Reader, governance: GovernanceDependency) -> Response:
    """Hand out the signed checkpoint, to be kept elsewhere."""
    queries.require_log_reader(governance, principal.account_id)
    return Response(
        governance.log.checkpoint(),
        media_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="checkpoint.txt"'},
    )


@router.get("/log")
def log_page(
    request: Request, principal: Reader, governance: GovernanceDependency, before: int | None = None
) -> Response:
    """Show a page of entries, the newest first."""
    queries.require_log_reader(governance, principal.account_id)
    size = governance.log.size()
    end = size if before is None else max(0, min(before, size))
    entries = newest(governance, before=end, count=_PAGE)
    return render(request, "auditor/log.html", entries=entries, size=size, end=end, page=_PAGE)


@router.get("/log/{index}")
def entry_page(request: Request, index: int, principal: Reader, governance: GovernanceDependency) -> Response:
    """Show one entry with its inclusion proof, verified here once more by the recipients' code."""
    queries.require_log_reader(governance, principal.account_id)
    if not 0 <= index < governance.log.size():
        raise NotFound("The log has no such entry.")
    lines = read_lines(governance, first=index, count=1)
    (opened,) = open_lines(governance, principal.account_id, lines, purpose="entry").value
    receipt = governance.log.receipt(index)
    return render(
        request,
        "auditor/entry.html",
        entry=read(opened),
        leaf=receipt.leaf.decode("ascii", "replace"),
        receipt=receipt,
        proof=[node.hex() for node in receipt.proof],
        verified=_verifies(receipt, governance),
    )


@router.get("/refusals")
def refusals_page(request: Request, principal: Reader, governance: GovernanceDependency) -> Response:
    """Show what was refused, and by which rule."""
    queries.require_log_reader(governance, principal.account_id)
    entries = [entry for entry in newest(governance, before=governance.log.size(), count=_WINDOW) if entry.refuses]
    return render(request, "auditor/refusals.html", entries=entries, window=_WINDOW)


@router.get("/alerts")
def alerts_page(request: Request, principal: Reader, governance: GovernanceDependency) -> Response:
    """Show what became of each alert."""
    queries.require_log_reader(governance, principal.account_id)
    size = governance.log.size()
    first = max(0, size - _OPENED)
    told = [line for line in read_lines(governance, first=first, count=size - first) if is_of_an_alert(line)]
    entries = [read(line) for line in open_lines(governance, principal.account_id, told, purpose="alerts").value]
    return render(request, "auditor/alerts.html", alerts=alerts_of(entries), window=_OPENED)


def _verifies(receipt: LogReceipt, governance: Governance) -> bool:
    try:
        verify_receipt(receipt, origin=governance.log_origin, log_key=governance.log_key)
    except ReceiptRefused:
        return False
    return True
