"""Tell sites to stop at once a volunteers' run that they were lent (C11, C16): somebody withdrew, or it may not go on.

The order names the lease. What still stands of the run is lent anew when the site asks again; a site that cannot be
reached stops within one lease, by its own clocks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.errors import ContractError
from contracts.signature import Purpose, Signed
from contracts.stop import RunStop, StopAnswer
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.vocabulary import SiteId as ContractSiteId
from governance.application.errors import GovernanceError
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.run_conditions import RunCase, may_lend_here
from governance.application.stop_leases import stops_for
from governance.application.volunteer_runs import about_run
from governance.domain.decisions import Decision, deny
from governance.domain.events import Event
from governance.domain.identifiers import SiteId
from governance.domain.run_leases import IssuedRunLease
from governance.domain.volunteers import VolunteerRun


@dataclass(frozen=True, slots=True, kw_only=True)
class _Over:
    """A lease that may not be used any more, and by which rule."""

    lease: IssuedRunLease
    run: VolunteerRun
    rule: str


def run_stops_for(governance: Governance, site_id: SiteId) -> tuple[Signed, ...]:
    """Return a signed order for each running lease of a run at this site that may not be used any more.

    Each is an entry of the log, once. Where the log cannot be written the orders go out all the same: stopping waits
    for nothing.
    """
    with governance.database.transaction() as tx:
        now = governance.clock.now()
        over = [one for one in _asked(governance, tx, site_id, now) if one is not None]
        try:
            if any(one.lease.stopped_at is None for one in over):
                _record(tx, over, now)
                tx.commit()
        except GovernanceError:
            tx.discard()
    return tuple(_order(governance, one, now) for one in over)


def answer_about_stops(governance: Governance, site_id: SiteId) -> StopAnswer:
    """Return all orders for a site. What goes wrong about a run holds up no order to stop what a warrant lent (A8)."""
    orders = stops_for(governance, site_id)
    try:
        return StopAnswer(orders=orders, runs=run_stops_for(governance, site_id))
    except (ContractError, GovernanceError):
        if not orders:
            raise
        return StopAnswer(orders=orders)


def stop_leases_of(tx: Transaction, run: VolunteerRun, *, rule: str, now: datetime) -> None:
    """Have the sites told to stop all that is lent of a run, in the transaction that ends it or changes its list."""
    running = [one for one in tx.run_leases.where(run_id=run.run_id) if one.is_running(now)]
    _record(tx, [_Over(lease=one, run=run, rule=rule) for one in running], now)


def _asked(governance: Governance, tx: Transaction, site_id: SiteId, now: datetime) -> Iterable[_Over | None]:
    for lease in tx.run_leases.where(site_id=site_id):
        if not lease.is_running(now):
            continue
        run = tx.volunteer_runs.get(lease.run_id)
        if lease.stopped_by is not None:
            yield _Over(lease=lease, run=run, rule=lease.stopped_by)
            continue
        answer = _may_go_on(governance, tx, lease, run, now)
        yield None if answer.allowed else _Over(lease=lease, run=run, rule=answer.rule)


def _may_go_on(
    governance: Governance, tx: Transaction, lease: IssuedRunLease, run: VolunteerRun, now: datetime
) -> Decision:
    camera = tx.cameras.find(lease.camera_id)
    if camera is None:
        return deny("C16", "This camera is not in the register any more.")
    return may_lend_here(governance, tx, RunCase(run=run, camera=camera, now=now))


def _record(tx: Transaction, over: Iterable[_Over], now: datetime) -> None:
    for one in over:
        if one.lease.stopped_at is not None:
            continue
        tx.run_leases.save(replace(one.lease, stopped_at=now, stopped_by=one.rule))
        about = {"camera": one.lease.camera_id, "lease": one.lease.lease_id, "rule": one.rule}
        tx.log.append(Event.VOLUNTEER_STOP, {**about_run(one.run, None), **about})


def _order(governance: Governance, over: _Over, now: datetime) -> Signed:
    order = RunStop(
        site_id=ContractSiteId(over.lease.site_id),
        camera_id=ContractCameraId(over.lease.camera_id),
        run_id=over.run.run_id,
        lease_id=over.lease.lease_id,
        rule=over.rule,
        issued_at=now,
    )
    return governance.lease_key.sign(Purpose.VOLUNTEER_STOP, order.to_bytes())
