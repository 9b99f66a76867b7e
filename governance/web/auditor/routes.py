"""The auditor's routes. All of them read; the log's own text and proofs are verified before they are shown."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from contracts.errors import ReceiptRefused
from contracts.receipt import LogReceipt, verify_receipt
from governance.application import queries
from governance.application.accounts import Principal
from governance.application.errors import NotFound
from governance.application.log_reading import LogLine, LogReader
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.auditor.alert_log import alerts_of
from governance.web.auditor.entries import newest, read
from governance.web.pages import render

router = APIRouter(prefix="/auditor")

_PAGE: Final = 50
_WINDOW: Final = 20_000
"""How far back refusals and alerts are gathered; the page says so."""


def log_of(request: Request) -> LogReader:
    """Return the log that is plugged in."""
    log: LogReader = request.app.state.log
    return log


Log = Annotated[LogReader, Depends(log_of)]
Reader = Annotated[Principal, Depends(permits(Action.LOG_READ))]


@router.get("")
def overview(request: Request, principal: Reader, governance: GovernanceDependency, log: Log) -> Response:
    """Show the log's state and how to check it without us."""
    queries.require_log_reader(governance, principal.account_id)
    return render(
        request, "auditor/overview.html", checkpoint=log.checkpoint(), size=log.size(), key=log.public_key.hex()
    )


@router.get("/checkpoint")
def checkpoint(principal: Reader, governance: GovernanceDependency, log: Log) -> Response:
    """Hand out the signed checkpoint, to be kept elsewhere."""
    queries.require_log_reader(governance, principal.account_id)
    return Response(
        log.checkpoint(),
        media_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="checkpoint.txt"'},
    )


@router.get("/log")
def log_page(
    request: Request, principal: Reader, governance: GovernanceDependency, log: Log, before: int | None = None
) -> Response:
    """Show a page of entries, the newest first."""
    queries.require_log_reader(governance, principal.account_id)
    size = log.size()
    end = size if before is None else max(0, min(before, size))
    entries = newest(log, before=end, count=_PAGE)
    return render(request, "auditor/log.html", entries=entries, size=size, end=end, page=_PAGE)


@router.get("/log/{index}")
def entry_page(request: Request, index: int, principal: Reader, governance: GovernanceDependency, log: Log) -> Response:
    """Show one entry with its inclusion proof, verified here once more by the recipients' code."""
    queries.require_log_reader(governance, principal.account_id)
    if not 0 <= index < log.size():
        raise NotFound("The log has no such entry.")
    receipt = log.receipt(index)
    return render(
        request,
        "auditor/entry.html",
        entry=read(LogLine(index=index, leaf=receipt.leaf)),
        leaf=receipt.leaf.decode("ascii", "replace"),
        receipt=receipt,
        proof=[node.hex() for node in receipt.proof],
        verified=_verifies(receipt, log),
    )


@router.get("/refusals")
def refusals_page(request: Request, principal: Reader, governance: GovernanceDependency, log: Log) -> Response:
    """Show what was refused, and by which rule."""
    queries.require_log_reader(governance, principal.account_id)
    entries = [entry for entry in newest(log, before=log.size(), count=_WINDOW) if entry.refuses]
    return render(request, "auditor/refusals.html", entries=entries, window=_WINDOW)


@router.get("/alerts")
def alerts_page(request: Request, principal: Reader, governance: GovernanceDependency, log: Log) -> Response:
    """Show what became of each alert."""
    queries.require_log_reader(governance, principal.account_id)
    entries = reversed(newest(log, before=log.size(), count=_WINDOW))
    return render(request, "auditor/alerts.html", alerts=alerts_of(entries), window=_WINDOW)


def _verifies(receipt: LogReceipt, log: LogReader) -> bool:
    try:
        verify_receipt(receipt, origin=log.origin, log_key=log.public_key)
    except ReceiptRefused:
        return False
    return True
