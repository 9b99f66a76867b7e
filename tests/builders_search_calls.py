"""The calls of searches of recordings: the page, the request, the approval, and what a site says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from contracts.search_records import SearchEnding, SearchReceipt, SearchRequest
from contracts.signature import Purpose, Signed
from governance.application.search_recording import ApproveSearch, AskSearch, approve_search, ask_search
from governance.domain.identifiers import SearchId, WarrantId
from governance.domain.searches import Recording
from tests.builders_call import Call, a_get, a_machine, a_post
from tests.builders_contracts import CAMERA, NOON, SITE, a_hash
from tests.builders_web import WebHouse

FILM: Final = a_hash("film")
DAY: Final = timedelta(days=1)
_PAGE: Final = "/running/post-remote"
_ORDERS: Final = "/api/site/post-remote/orders"
_RECEIPTS: Final = "/api/site/post-remote/receipts"
RECORDED: Final = (NOON - 2 * DAY - timedelta(hours=1), NOON - 2 * DAY)


def search_calls(web: WebHouse) -> list[Call]:
    """Ask, approve, order, end; and an order that is asked for twice."""
    warrant_id = web.enrolled(warrant_type="post-remote", recorded_until=NOON - DAY)
    # What bears an order is lent as a lease is, and no lease of these calls is of this warrant.
    web.apart.add(warrant_id)
    to_approve, to_order = asked(web, warrant_id), asked(web, warrant_id)
    approve_search(web.running.governance, ApproveSearch(actor=web.people["lisa"], search_id=to_order))
    form = {
        "warrant": warrant_id,
        "camera": CAMERA,
        "from": RECORDED[0].isoformat(),
        "until": RECORDED[1].isoformat(),
        "sha256": FILM,
    }
    order, ended = a_search_request(web, to_order).to_json(), a_search_receipt(web, to_order).to_json()
    return [
        a_get("lisa", _PAGE),
        a_post("otto", _PAGE, _PAGE, form),
        a_post("lisa", f"{_PAGE}/{to_approve}/approve", f"{_PAGE}/{{search_id}}/approve"),
        a_machine(_ORDERS, order),
        a_machine(_ORDERS, lambda: _renewal(web, to_order), "(goes on)"),
        _answered(a_machine(_ORDERS, order, "(again)"), 403),
        _answered(a_machine(_RECEIPTS, ended), 204),
        _answered(a_machine(_RECEIPTS, ended, "(known)"), 204),
    ]


def asked(web: WebHouse, warrant_id: WarrantId) -> SearchId:
    """Let an operator ask for the search of one recording."""
    recording = Recording(camera_id=CAMERA, sha256=FILM, recorded_from=RECORDED[0], recorded_until=RECORDED[1])
    command = AskSearch(actor=web.people["otto"], warrant_id=warrant_id, recording=recording)
    return ask_search(web.running.governance, command)


def _renewal(web: WebHouse, search_id: SearchId) -> object:
    with web.running.governance.database.transaction() as tx:
        newest = tx.searches.get(search_id).order_sha256
    return a_search_request(web, search_id, nonce=a_hash("renews"), renews=newest).to_json()


def a_search_request(web: WebHouse, search_id: SearchId, **changes: Any) -> Signed:
    """Return the site's signed request for the order of an approved search, or for one that renews it."""
    request = SearchRequest(
        site_id=SITE,
        search_id=search_id,
        recording_sha256=FILM,
        nonce=a_hash("a search's nonce"),
        asked_at=web.clock.now(),
    )
    return web.world.site.sign(Purpose.SEARCH_REQUEST, replace(request, **changes).to_bytes())


def a_search_receipt(web: WebHouse, search_id: SearchId) -> Signed:
    """Return the site's signed word that a search is over."""
    receipt = SearchReceipt(
        site_id=SITE,
        search_id=search_id,
        ending=SearchEnding.COMPLETE,
        ended_at=web.clock.now(),
        frames=10,
        faces=1,
        compared=1,
        candidates=0,
    )
    return web.world.site.sign(Purpose.SEARCH_RECEIPT, receipt.to_bytes())


def _answered(call: Call, status: int) -> Call:
    return replace(call, expected=status)
