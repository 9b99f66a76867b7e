"""What the model profile would be used for, all told: all lists at a camera, all cameras and faces of a site (P4, C13).

Whoever passes a camera is compared with every list that is lent for it, and a site's hours are those of all its
cameras. So no use is judged by its own part: what is in use beside it is counted here, once, for whoever asks.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from governance.application.admissions import is_admitted_for
from governance.application.build_watchlist import standing_references
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.domain.decisions import Decision
from governance.domain.deployments import Deployment, DeploymentState
from governance.domain.identifiers import CameraId, SiteId
from governance.domain.registers import Camera


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What somebody would use the profile for: so many persons, of these age bands, at these cameras.

    `of` is the deployment that it is, where there is one: what was put into use after it does not stop it.
    """

    persons: int
    cameras: Collection[Camera]
    age_bands: Collection[str] = ()
    of: Deployment | None = None


def is_admitted_beside_all(governance: Governance, tx: Transaction, use: Use, *, now: datetime) -> Decision:
    """P4, C13: say whether the profile is admitted for this use together with all that is in use already."""
    running = _in_use_before(tx, use.of)
    sites = {camera.site_id for camera in use.cameras}
    return is_admitted_for(
        governance,
        tx,
        now=now,
        persons=use.persons + _most_listed_beside(governance, tx, use, running),
        cameras=use.cameras,
        beside=_cameras_beside(tx, use, running, sites),
        age_bands=use.age_bands,
        passages_a_day=_passages(governance, tx, use, running, sites),
    )


def _in_use_before(tx: Transaction, of: Deployment | None) -> list[Deployment]:
    """Return the other deployments that run; where it is about one of them, those that were put into use before it."""
    others = (one for one in tx.deployments.where(state=DeploymentState.RUNNING))
    if of is None:
        return list(others)
    return [one for one in others if _rank(one) < _rank(of)]


def _rank(deployment: Deployment) -> tuple[datetime, str]:
    return deployment.created_at, deployment.deployment_id


def _most_listed_beside(governance: Governance, tx: Transaction, use: Use, running: Iterable[Deployment]) -> int:
    """Return how many persons the other lists of one camera hold, of the camera that has the most."""
    here = {CameraId(camera.camera_id) for camera in use.cameras}
    listed = dict.fromkeys(here, 0)
    for one in running:
        at = here & one.cameras
        if at:
            persons = len(standing_references(governance, tx, tx.warrants.get(one.warrant_id)))
            listed |= {camera: listed[camera] + persons for camera in at}
    return max(listed.values(), default=0)


def _cameras_beside(tx: Transaction, use: Use, running: Iterable[Deployment], sites: Iterable[SiteId]) -> list[Camera]:
    """Return the other cameras of the same sites that are in use."""
    own = frozenset() if use.of is None else use.of.cameras
    named = own.union(*(one.cameras for one in running)) - {camera.camera_id for camera in use.cameras}
    return [one for site in sorted(sites) for one in tx.cameras.where(site_id=site) if one.camera_id in named]


def _passages(
    governance: Governance, tx: Transaction, use: Use, running: Iterable[Deployment], sites: Collection[SiteId]
) -> int:
    """Return the passages a day of the busiest site, as the budgets there say: each of them counts the same people."""
    warrants = {one.warrant_id for one in (*running, *(() if use.of is None else (use.of,)))}
    keys = ((warrant, site, governance.profile_sha256) for warrant in warrants for site in sites)
    budgets = (tx.budgets.find(key) for key in keys)
    return max((one.passages_per_day for one in budgets if one is not None), default=0)
