"""The wire between a site that searches a recording and governance, cut short: the use cases, without a server."""

import json

import httpx

from contracts.fields import Fields
from contracts.signature import Signed
from governance.application.accept_candidate import AcceptCandidate, accept_candidate
from governance.application.errors import GovernanceError, Refused
from governance.application.governance import Governance
from governance.application.order_search import order_search, take_search_receipt


def a_wire(governance: Governance) -> httpx.MockTransport:
    """Return what answers the site's client as governance's routes do."""
    return httpx.MockTransport(lambda request: _answer(governance, request))


def _answer(governance: Governance, request: httpx.Request) -> httpx.Response:
    body = json.loads(request.content)
    try:
        match request.url.path:
            case "/api/site/post-remote/orders":
                answer = order_search(governance, Signed.from_json(body)).value
                return httpx.Response(200, content=answer.to_bytes())
            case "/api/site/candidates":
                crops = None if body["crops"] is None else Fields(body, "candidate").binary("crops")
                accept_candidate(governance, AcceptCandidate(report=Signed.from_json(body["report"]), crops=crops))
                return httpx.Response(201)
            case "/api/site/post-remote/receipts":
                take_search_receipt(governance, Signed.from_json(body))
                return httpx.Response(204)
    except Refused as error:
        return httpx.Response(403, json={"detail": str(error)})
    except GovernanceError as error:
        return httpx.Response(503, json={"detail": str(error)})
    return httpx.Response(404, json={})
