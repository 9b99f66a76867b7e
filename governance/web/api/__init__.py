"""What machines call. Bodies are signed by keys that are pinned; there are no cookies and no sessions."""

import asyncio
import json
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from contracts.fields import Fields
from contracts.lease_request import LeaseAnswer
from contracts.signature import Signed
from contracts.stop import StopAnswer
from governance.application import accept_candidate as candidates
from governance.application.accept_candidate import Acceptance, AcceptCandidate
from governance.application.errors import BadInput
from governance.application.governance import Governance
from governance.application.issue_lease import issue_leases
from governance.application.order_search import order_search, take_search_receipt
from governance.application.seeded_passes import take_sightings
from governance.application.stop_at_site import take_site_stop
from governance.application.stop_leases import open_question
from governance.application.stop_runs import answer_about_stops
from governance.application.take_receipts import take_receipts
from governance.application.tell_endings import endings_for
from governance.domain.events import Event
from governance.domain.identifiers import SiteId
from governance.web.access import GovernanceDependency, open_to_all
from governance.web.forms import read_body, read_report
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/api")

_GLANCE_EVERY: Final = 0.05
_LOOK_EVERY: Final = 1.0
"""What time alone ends is noticed within this many seconds."""

_SIGNED = Depends(open_to_all("The body is signed; the use case verifies it against the pinned keys."))
Body = Annotated[bytes, Depends(read_body)]
Report = Annotated[bytes, Depends(read_report)]


@router.get(
    "/health",
    dependencies=[
        Depends(open_to_all("It says that the server answers, and nothing else.")),
        records_nothing("It says that the server answers, and nothing else."),
    ],
)
def health() -> Response:
    """Say that the server answers."""
    return JSONResponse({"status": "ok"})


@router.post(
    "/site/leases",
    dependencies=[
        _SIGNED,
        records(
            sometimes=(
                Event.LEASE_ISSUE,
                Event.LEASE_REFUSE,
                Event.OBJECT_READ,
                Event.VOLUNTEER_LEASE,
                Event.VOLUNTEER_REFUSE,
            ),
            silent="An empty answer lends nothing.",
        ),
    ],
)
def lease(governance: GovernanceDependency, body: Body) -> Response:
    """Lend what is live to one camera; an empty answer authorises nothing."""
    request = Signed.from_json(_json(body))
    lent = issue_leases(governance, request)
    answer = LeaseAnswer(authorisations=()) if lent is None else lent.value
    answer = replace(answer, stops=endings_for(governance, request))
    return Response(answer.to_bytes(), media_type="application/json")


@router.post(
    "/site/post-remote/orders",
    dependencies=[
        _SIGNED,
        records(Event.OBJECT_READ, sometimes=(Event.SEARCH_BEGIN, Event.SEARCH_REFUSE, Event.SEARCH_RENEW)),
    ],
)
def order(governance: GovernanceDependency, body: Body) -> Response:
    """Order the search of one recording, or let it go on; the entry that says so stands in the log first."""
    answer = order_search(governance, Signed.from_json(_json(body)))
    return Response(answer.value.to_bytes(), media_type="application/json")


@router.post(
    "/site/post-remote/receipts",
    dependencies=[
        _SIGNED,
        records(sometimes=(Event.SEARCH_END,), silent="A search that has ended does not end again."),
    ],
)
def take_search_end(governance: GovernanceDependency, body: Body) -> Response:
    """Take in a site's word that a search is over."""
    take_search_receipt(governance, Signed.from_json(_json(body)))
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post(
    "/site/candidates",
    dependencies=[
        _SIGNED,
        records(
            sometimes=(
                Event.BUDGET_STOP,
                Event.CANDIDATE_ACCEPT,
                Event.CANDIDATE_DISMISS,
                Event.CANDIDATE_JOIN,
                Event.CANDIDATE_REFUSE,
                Event.DEPLOYMENT_SUSPEND,
                Event.ERASURE_INTEND,
                Event.OBJECT_READ,
                Event.WARRANT_NARROW,
            ),
            silent="A report that was taken in before is not taken in again.",
        ),
    ],
)
def take_candidate(governance: GovernanceDependency, body: Report) -> Response:
    """Take in a candidate report, once. The answer never says what came of it."""
    acceptance = candidates.accept_candidate(governance, _candidate(_json(body)))
    known = acceptance is Acceptance.KNOWN
    return JSONResponse({"accepted": True}, status_code=HTTPStatus.OK if known else HTTPStatus.CREATED)


@router.post(
    "/site/stops",
    dependencies=[
        _SIGNED,
        records(
            sometimes=(Event.LEASE_REFUSE, Event.LEASE_STOP, Event.VOLUNTEER_STOP),
            silent="Nothing is to be stopped, or it was told.",
        ),
    ],
)
async def await_stops(request: Request, governance: GovernanceDependency, body: Body) -> Response:
    """Say what a site has to stop, at once when something is; after a while, that nothing is."""
    site_id = await run_in_threadpool(open_question, governance, Signed.from_json(_json(body)))
    patience = request.app.state.settings.stop_patience
    answer = await _awaited_stops(request, governance, site_id, patience)
    return Response(answer.to_bytes(), media_type="application/json")


async def _awaited_stops(request: Request, governance: Governance, site_id: SiteId, patience: float) -> StopAnswer:
    loop = asyncio.get_running_loop()
    end, seen, look_at = loop.time() + patience, -1, 0.0
    while not await request.is_disconnected():
        if governance.database.changes != seen or loop.time() >= look_at:
            seen, look_at = governance.database.changes, loop.time() + _LOOK_EVERY
            answer = await run_in_threadpool(answer_about_stops, governance, site_id)
            if answer.orders or answer.runs:
                return answer
        if loop.time() >= end:
            break
        await asyncio.sleep(_GLANCE_EVERY)
    return StopAnswer(orders=())


@router.post(
    "/site/button",
    dependencies=[
        _SIGNED,
        records(sometimes=(Event.DEPLOYMENT_SUSPEND, Event.SITE_STOP), silent="A known stop is not logged again."),
    ],
)
def take_stop(governance: GovernanceDependency, body: Body) -> Response:
    """Take in that somebody pressed stop at a site; answer with the release, once a legal officer decided it."""
    release = take_site_stop(governance, Signed.from_json(_json(body)))
    return JSONResponse({"release": None if release is None else release.to_json()})


@router.post(
    "/site/receipts",
    dependencies=[
        _SIGNED,
        records(
            sometimes=(Event.LEASE_ACKNOWLEDGE, Event.LEASE_END),
            silent="A report that was taken in before is not taken in again.",
        ),
    ],
)
def take_lease_receipts(governance: GovernanceDependency, body: Body) -> Response:
    """Take in what a site signs of its leases."""
    take_receipts(governance, Signed.from_json(_json(body)))
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/site/volunteer-sightings", dependencies=[_SIGNED, records(Event.VOLUNTEER_SIGHT)])
def take_volunteer_sightings(governance: GovernanceDependency, body: Body) -> Response:
    """Take in when a camera saw volunteers, once. No alert comes of it, and nobody is told before the run is over."""
    take_sightings(governance, Signed.from_json(_json(body)))
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post(
    "/site/reports",
    dependencies=[
        _SIGNED,
        records(sometimes=(Event.COUNTS_ACCEPT,), silent="A report that was taken in before is not taken in again."),
    ],
)
def take_counts(governance: GovernanceDependency, body: Body) -> Response:
    """Take in a site's counts."""
    candidates.accept_site_report(governance, Signed.from_json(_json(body)))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not JSON.") from error


def _candidate(value: object) -> AcceptCandidate:
    fields = Fields(value, "candidate request")
    report = fields.record("report", Signed.from_json)
    crops = fields.record("crops", _optional_bytes)
    fields.end()
    return AcceptCandidate(report=report, crops=crops)


def _optional_bytes(value: object) -> bytes | None:
    return None if value is None else Fields({"crops": value}, "candidate request").binary("crops")
