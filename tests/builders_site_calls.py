"""What a site's matcher posts to governance, as JSON, for the calls of `tests.builders_calls`."""

import secrets
from datetime import timedelta

from contracts.authorisation import Lease
from contracts.canonical import sha256_hex
from contracts.lease_receipts import EndedLease, LeaseEnding, LeaseReceipts, TakenLease
from contracts.signature import Purpose
from contracts.site_stop import SiteStop
from contracts.stop import StopPoll
from tests.builders_contracts import SITE
from tests.builders_web import WebHouse


def stop_poll(web: WebHouse, *, ago: timedelta = timedelta(0)) -> object:
    poll = StopPoll(site_id=SITE, nonce=secrets.token_hex(32), asked_at=web.clock.now() - ago)
    return web.world.site.sign(Purpose.STOP_POLL, poll.to_bytes()).to_json()


def pressed(web: WebHouse) -> object:
    stop = SiteStop(site_id=SITE, stop_id="pressed", pressed_at=web.clock.now())
    return web.world.site.sign(Purpose.SITE_STOP, stop.to_bytes()).to_json()


def receipt(web: WebHouse, lease: Lease) -> object:
    ended = EndedLease(
        lease_id=lease.lease_id,
        ending=LeaseEnding.RENEWED,
        ended_at=web.clock.now(),
        comparisons=1,
        last_compared_at=web.clock.now(),
    )
    taken = TakenLease(lease_id=lease.lease_id, lease_sha256=sha256_hex(lease.to_bytes()))
    receipts = LeaseReceipts(site_id=SITE, taken=(taken,), ended=(ended,), written_at=web.clock.now())
    return web.world.site.sign(Purpose.LEASE_RECEIPTS, receipts.to_bytes()).to_json()
