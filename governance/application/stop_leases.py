"""Tell sites to stop at once whatever may not be lent any more (A6, A8, A16).

A site keeps a question open; whenever something changes here, and every second for what time alone ends, the conditions
of all its running leases are asked anew. A site that cannot be reached stops within one lease, by its own clocks.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from contracts.signature import Purpose, Signed
from contracts.stop import StopOrder, StopPoll
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.vocabulary import DeploymentId as ContractDeploymentId
from contracts.vocabulary import SiteId as ContractSiteId
from governance.application.errors import GovernanceError
from governance.application.governance import Governance
from governance.application.lease_conditions import LeaseCase, may_lend, remember_answer
from governance.application.ports import Transaction
from governance.application.site_records import from_site, use_nonce
from governance.domain.decisions import Decision, deny
from governance.domain.deployments import IssuedLease
from governance.domain.events import Event
from governance.domain.identifiers import SiteId


def open_question(governance: Governance, signed: Signed) -> SiteId:
    """Verify a site's question about stops, and return the site.

    Raises:
        NotUnderstood: it is malformed, or not signed by the pinned key of the site that it names.
        Refused: its nonce was used before, or it is too old.
    """
    poll, site_id = from_site(governance, signed, Purpose.STOP_POLL, StopPoll.from_bytes, lambda one: one.site_id)
    with governance.database.transaction() as tx:
        use_nonce(tx, poll.nonce, poll.asked_at, governance.clock.now(), about={"site": site_id})
        tx.commit()
    return site_id


def stops_for(governance: Governance, site_id: SiteId) -> tuple[Signed, ...]:
    """Return a signed order for each running lease of a site that may not be lent any more; none if all may.

    Each is an entry of the log, once. Where the log cannot be written the orders go out all the same: stopping waits
    for nothing.
    """
    with governance.database.transaction() as tx:
        now = governance.clock.now()
        over = _over(governance, tx, tx.running_leases(site_id, now), now)
        try:
            if any(lease.stopped_at is None for lease, _ in over):
                _record(tx, over, now)
                tx.commit()
        except GovernanceError:
            tx.discard()
    return _orders(governance, over, now)


def _over(
    governance: Governance, tx: Transaction, running: Iterable[IssuedLease], now: datetime
) -> list[tuple[IssuedLease, Decision]]:
    """Return the leases that may not be lent any more, and by which rule."""
    over = []
    for lease in running:
        camera = tx.cameras.find(lease.camera_id)
        if camera is None:
            over.append((lease, deny("A4", "This camera is not in the register any more.")))
            continue
        deployment = tx.deployments.get(lease.deployment_id)
        case = LeaseCase(deployment=deployment, warrant=tx.warrants.get(lease.warrant_id), camera=camera, now=now)
        answer = may_lend(governance, tx, case)
        if not answer.allowed:
            remember_answer(tx, case, answer)
            over.append((lease, answer))
    return over


def _record(tx: Transaction, over: Iterable[tuple[IssuedLease, Decision]], now: datetime) -> None:
    for lease, answer in over:
        if lease.stopped_at is not None:
            continue
        tx.leases.save(replace(lease, stopped_at=now, stopped_by=answer.rule))
        tx.log.append(
            Event.LEASE_STOP,
            {
                "camera": lease.camera_id,
                "deployment": lease.deployment_id,
                "lease": lease.lease_id,
                "rule": answer.rule,
                "site": lease.site_id,
                "warrant": lease.warrant_id,
            },
        )


def _orders(governance: Governance, over: Iterable[tuple[IssuedLease, Decision]], now: datetime) -> tuple[Signed, ...]:
    named = {(lease.camera_id, lease.deployment_id): (lease, answer) for lease, answer in over}
    return tuple(
        governance.lease_key.sign(
            Purpose.STOP,
            StopOrder(
                site_id=ContractSiteId(lease.site_id),
                camera_id=ContractCameraId(lease.camera_id),
                deployment_id=ContractDeploymentId(lease.deployment_id),
                rule=answer.rule,
                issued_at=now,
            ).to_bytes(),
        )
        for lease, answer in named.values()
    )
