"""What a site says of its leases, for tests: questions about stops, and receipts."""

import secrets
from datetime import datetime

from contracts.authorisation import Lease
from contracts.lease_receipts import EndedLease, LeaseEnding, LeaseReceipts, TakenLease
from contracts.lease_request import LeaseAnswer
from contracts.signature import Purpose, Signed, verified
from contracts.stop import StopOrder, StopPoll
from contracts.trust import TrustedRole
from governance.application.stop_leases import open_question, stops_for
from governance.application.take_receipts import take_receipts
from governance.domain.identifiers import SiteId
from tests.builders_contracts import SITE
from tests.builders_governance import World


def lease_of(answer: LeaseAnswer) -> Lease:
    """Return the first lease of an answer."""
    return Lease.from_bytes(answer.authorisations[0][0].lease.payload)


def a_question(world: World, *, nonce: str | None = None, asked_at: datetime | None = None) -> Signed:
    """Return a site's signed question about stops."""
    poll = StopPoll(site_id=SITE, nonce=nonce or secrets.token_hex(32), asked_at=asked_at or world.clock.now())
    return world.keys.site.sign(Purpose.STOP_POLL, poll.to_bytes())


def stopped(world: World) -> list[StopOrder]:
    """Ask what is to be stopped, as the site does, and verify the answer as the site does."""
    site_id = open_question(world.governance, a_question(world))
    orders = stops_for(world.governance, SiteId(site_id))
    pinned = world.keys.trusted.of(TrustedRole.GOVERNANCE)
    return [StopOrder.from_bytes(verified(order, Purpose.STOP, pinned)) for order in orders]


def an_end(lease: Lease, at: datetime, *, comparisons: int = 3, last: datetime | None = None) -> EndedLease:
    """Return the end of a lease."""
    return EndedLease(
        lease_id=lease.lease_id,
        ending=LeaseEnding.STOPPED,
        ended_at=at,
        comparisons=comparisons,
        last_compared_at=(last or at) if comparisons else None,
    )


def receipts(world: World, *ended: EndedLease, taken: tuple[TakenLease, ...] = ()) -> Signed:
    """Return a site's signed receipts."""
    record = LeaseReceipts(site_id=SITE, taken=taken, ended=ended, written_at=world.clock.now())
    return world.keys.site.sign(Purpose.LEASE_RECEIPTS, record.to_bytes())


def hand_in(world: World, *ended: EndedLease, taken: tuple[TakenLease, ...] = ()) -> int:
    """Hand in receipts; return how many were new."""
    return take_receipts(world.governance, receipts(world, *ended, taken=taken))


def take(world: World, answer: LeaseAnswer) -> None:
    """Let the site say that it took the leases of an answer."""
    records = [unverified.lease for unverified, _ in answer.authorisations]
    taken = [TakenLease(lease_id=Lease.from_bytes(one.payload).lease_id, lease_sha256=one.sha256) for one in records]
    hand_in(world, taken=tuple(taken))
