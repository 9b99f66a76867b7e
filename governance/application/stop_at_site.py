"""Take in that somebody pressed stop at a site, and let the site go on by a legal officer's decision (A16).

The stop holds at the site whether or not it is reported. Reported, it suspends every deployment there: each of them
goes on only when a legal officer resumes it, its warrant checked anew, and releases the site.
"""

from dataclasses import dataclass, replace

from contracts.canonical import encode
from contracts.signature import Purpose, Signed
from contracts.site_stop import SiteRelease, SiteStop
from contracts.vocabulary import SiteId as ContractSiteId
from governance.application.governance import Governance
from governance.application.move_warrant import Step, move
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.site_records import from_site
from governance.domain.deployments import Deployment, DeploymentState
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, CameraId, SiteId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.site_stops import KeptSiteStop, may_release
from governance.domain.warrants import WarrantState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSite:
    """Let a site ask for leases again after a stop that was pressed there."""

    actor: AccountId
    stop_id: str


def take_site_stop(governance: Governance, signed: Signed) -> Signed | None:
    """Take in a stop, once; return the signed release, where a legal officer decided it.

    Raises:
        NotUnderstood: it is malformed, or not signed by the pinned key of the site that it names.
    """
    stop, site_id = from_site(governance, signed, Purpose.SITE_STOP, SiteStop.from_bytes, lambda one: one.site_id)
    with governance.database.transaction() as tx:
        known = tx.site_stops.find(stop.stop_id)
        if known is None:
            _keep(governance, tx, stop, site_id, signed)
            for deployment in tx.deployments.where(state=DeploymentState.RUNNING):
                if _is_at(tx, deployment, site_id):
                    _suspend(governance, tx, deployment)
            tx.commit()
            return None
    if known.released_at is None or known.site_id != site_id:
        return None
    release = SiteRelease(site_id=ContractSiteId(site_id), stop_id=stop.stop_id, released_at=known.released_at)
    return governance.lease_key.sign(Purpose.SITE_RELEASE, release.to_bytes())


def release_site(governance: Governance, command: ReleaseSite) -> None:
    """Release a site: a legal officer's logged decision. It resumes no deployment by itself."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.DEPLOYMENT_RESUME)
        stop = tx.site_stops.get(command.stop_id)
        about = {"actor": command.actor, "site": stop.site_id}
        require(tx, may_release(stop), about=about)
        tx.site_stops.save(replace(stop, released_at=governance.clock.now(), released_by=command.actor))
        tx.log.append(Event.SITE_RELEASE, about)
        tx.commit(witnessed=True)


def _keep(governance: Governance, tx: Transaction, stop: SiteStop, site_id: SiteId, signed: Signed) -> None:
    now = governance.clock.now()
    tx.site_stops.add(
        KeptSiteStop(
            stop_id=stop.stop_id,
            site_id=site_id,
            pressed_at=stop.pressed_at,
            record=encode(signed.to_json()),
            released_at=None,
            released_by=None,
            created_at=now,
            expires_at=expiry(DataClass.REGISTER, created_at=now),
        )
    )
    tx.log.append(Event.SITE_STOP, {"document": signed.sha256, "site": site_id})


def _is_at(tx: Transaction, deployment: Deployment, site_id: SiteId) -> bool:
    cameras = (tx.cameras.find(CameraId(one)) for one in deployment.cameras)
    return any(camera is not None and camera.site_id == site_id for camera in cameras)


def _suspend(governance: Governance, tx: Transaction, deployment: Deployment) -> None:
    warrant = tx.warrants.get(deployment.warrant_id)
    tx.deployments.save(replace(deployment, state=DeploymentState.SUSPENDED))
    if warrant.state is WarrantState.ACTIVE:
        step = Step(to=WarrantState.SUSPENDED, actor=None, why="Somebody pressed stop at the site.", rule="A16")
        move(governance, tx, warrant, step)
    tx.log.append(Event.DEPLOYMENT_SUSPEND, {"deployment": deployment.deployment_id, "warrant": deployment.warrant_id})
