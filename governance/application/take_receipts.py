"""Take in what a site signs of its leases: that it took one, and how each ended (A13, A16)."""

from dataclasses import replace

from contracts.canonical import decode, encode
from contracts.lease_receipts import EndedLease, LeaseReceipts, TakenLease
from contracts.signature import Purpose, Signed
from governance.application.governance import Governance
from governance.application.ports import LogValue, Transaction
from governance.application.site_records import from_site
from governance.domain.deployments import IssuedLease, ended_in_time
from governance.domain.events import Event
from governance.domain.identifiers import LeaseId, SiteId


def take_receipts(governance: Governance, signed: Signed) -> int:
    """Take in a site's receipts, each once; those of leases that were not lent to this site are passed over.

    Return how many were new.

    Raises:
        NotUnderstood: the record is malformed, or not signed by the pinned key of the site that it names.
    """
    read, site_id = from_site(
        governance, signed, Purpose.LEASE_RECEIPTS, LeaseReceipts.from_bytes, lambda one: one.site_id
    )
    with governance.database.transaction() as tx:
        taken = sum(_take(governance, tx, one, site_id, signed) for one in read.taken)
        ended = sum(_end(tx, one, site_id, signed) for one in read.ended)
        tx.commit()
    return taken + ended


def _take(governance: Governance, tx: Transaction, taken: TakenLease, site_id: SiteId, signed: Signed) -> bool:
    lease = _lent_to(tx, taken.lease_id, site_id)
    if lease is None or lease.acknowledged_at is not None:
        return False
    if Signed.from_json(decode(lease.record)).sha256 != taken.lease_sha256:
        return False
    tx.leases.save(replace(lease, acknowledged_at=governance.clock.now()))
    tx.log.append(Event.LEASE_ACKNOWLEDGE, _about(lease, signed))
    return True


def _end(tx: Transaction, ended: EndedLease, site_id: SiteId, signed: Signed) -> bool:
    lease = _lent_to(tx, ended.lease_id, site_id)
    if lease is None or lease.ended_at is not None:
        return False
    in_time = ended_in_time(lease, last_compared_at=ended.last_compared_at)
    tx.leases.save(
        replace(
            lease,
            ended_at=ended.ended_at,
            last_compared_at=ended.last_compared_at,
            comparisons=ended.comparisons,
            end_receipt=encode(signed.to_json()),
        )
    )
    tx.log.append(
        Event.LEASE_END,
        {**_about(lease, signed), "allowed": in_time.allowed, "count": ended.comparisons, "rule": in_time.rule},
    )
    return True


def _lent_to(tx: Transaction, lease_id: str, site_id: SiteId) -> IssuedLease | None:
    lease = tx.leases.find(LeaseId(lease_id))
    return lease if lease is not None and lease.site_id == site_id else None


def _about(lease: IssuedLease, signed: Signed) -> dict[str, LogValue]:
    return {
        "camera": lease.camera_id,
        "deployment": lease.deployment_id,
        "document": signed.sha256,
        "lease": lease.lease_id,
        "site": lease.site_id,
        "warrant": lease.warrant_id,
    }
