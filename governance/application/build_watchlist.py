"""Build a deployment's lists from the sealed templates, by an entry in the log; end them when they are over (C1, C2).

A list is never prolonged. It is built anew, with everybody's age counted on the day on which that is done, and the one
before is destroyed; where it is not built, it is over after a day and nothing is lent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from contracts.canonical import sha256_hex
from contracts.warrant import Warrant as Act
from governance.application.admissions import admitted_bands
from governance.application.findings import KnownPhotograph
from governance.application.galleries import build_gallery
from governance.application.governance import Governance
from governance.application.narrow_warrant import lost
from governance.application.ports import LogValue, Transaction
from governance.application.vault import for_step, is_standing, reveal_all
from governance.domain.ages import has_admitted_age, is_minor
from governance.domain.decisions import Decision, deny
from governance.domain.deployments import Deployment, DeploymentState
from governance.domain.events import Event
from governance.domain.identifiers import SiteId, SlotId, WatchlistId
from governance.domain.legal_time import legal_day
from governance.domain.list_reports import approved_references, is_not_approved
from governance.domain.narrowing import NarrowedKind
from governance.domain.references import Reference
from governance.domain.registers import Site
from governance.domain.retention import DataClass, expiry
from governance.domain.warrants import Warrant
from governance.domain.watchlists import Watchlist, is_due, list_end, newest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A reference with what was sealed of it."""

    reference: Reference
    boxes: bytes
    known: KnownPhotograph


def standing_references(governance: Governance, tx: Transaction, warrant: Warrant) -> tuple[Reference, ...]:
    """Return the references of a warrant that may be compared with: live, not erased, and not taken off the list."""
    off = lost(tx, warrant.warrant_id, NarrowedKind.SLOT)
    found = [one for one in tx.references.where(warrant_id=warrant.warrant_id) if one.slot_id not in off]
    return tuple(one for one in found if one.is_live and is_standing(governance, tx, one.boxes))


def current_list(governance: Governance, tx: Transaction, deployment: Deployment, site_id: SiteId) -> Watchlist | None:
    """Return the list that may be lent to a site now, if there is one."""
    lists = tx.watchlists.where(deployment_id=deployment.deployment_id, site_id=site_id)
    return newest(lists, now=governance.clock.now())


def renew_watchlists(governance: Governance) -> int:
    """Build every list that is due. To be run every minute; doing it twice changes nothing. Return how many."""
    with governance.database.transaction() as tx:
        running = tx.deployments.where(state=DeploymentState.RUNNING)
    return sum(_renew(governance, deployment) for deployment in running)


def _renew(governance: Governance, seen: Deployment) -> int:
    with governance.database.transaction() as tx:
        deployment = tx.deployments.get(seen.deployment_id)
        warrant = tx.warrants.get(deployment.warrant_id)
        over = governance.clock.now() >= warrant.not_after
        if deployment.state is not DeploymentState.RUNNING or over or not _any_due(governance, tx, deployment, warrant):
            return 0
        built = build_watchlists(governance, tx, deployment, warrant)
        tx.commit()
    return built


def build_watchlists(governance: Governance, tx: Transaction, deployment: Deployment, warrant: Warrant) -> int:
    """Build a deployment's list for each of its sites, in the transaction that needs it. Return how many were built.

    Whoever is not admitted today is left out, which the log says by its rule; the legal officer hears of it there.
    """
    now, kept = governance.clock.now(), []
    bands, opened = _open(governance, tx, deployment, warrant)
    approved = approved_references(tx.list_reports.where(warrant_id=warrant.warrant_id))
    for one in opened:
        is_approved = one.reference.reference_id in approved
        band = bands[one.reference.slot_id]
        refused = kept_off(governance, one.reference, one.known, band) if is_approved else is_not_approved()
        if refused is None:
            kept.append(one)
        else:
            about = {"reference": one.reference.reference_id, "slot": one.reference.slot_id}
            fields = {**_about(deployment), **about, "allowed": False, "rule": refused.rule}
            tx.log.append(Event.WATCHLIST_REFUSE, fields)
    sites = _sites(tx, deployment)
    destroy_watchlists(governance, tx, deployment)
    ends_at = list_end(warrant, governance.legal, now=now)
    for site in sites:
        boxes = {one.reference.reference_id: one.boxes for one in kept}
        gallery = build_gallery(deployment.deployment_id, site, boxes, built_at=now)
        watchlist = Watchlist(
            watchlist_id=WatchlistId(governance.randomness.identifier()),
            deployment_id=deployment.deployment_id,
            warrant_id=warrant.warrant_id,
            site_id=site.site_id,
            listed=frozenset(boxes),
            left_out=frozenset(one.reference.reference_id for one in opened) - frozenset(boxes),
            gallery_sha256=sha256_hex(gallery.to_bytes()),
            created_at=now,
            ends_at=ends_at,
            destroyed_at=None,
            expires_at=expiry(DataClass.LEASE, created_at=now, no_later_than=warrant.expires_at),
        )
        tx.watchlists.add(watchlist)
        tx.log.append(
            Event.WATCHLIST_BUILD,
            {
                **_about(deployment),
                "count": len(kept),
                "gallery": watchlist.gallery_sha256,
                "profile": deployment.profile_sha256,
                "site": site.site_id,
            },
        )
    return len(sites)


def destroy_watchlists(governance: Governance, tx: Transaction, deployment: Deployment) -> None:
    """End every list of a deployment: replaced, or the deployment is over. The entry is the receipt, by count."""
    now = governance.clock.now()
    standing = [one for one in tx.watchlists.where(deployment_id=deployment.deployment_id) if one.destroyed_at is None]
    for one in standing:
        tx.watchlists.save(replace(one, destroyed_at=now))
    if standing:
        tx.log.append(Event.WATCHLIST_DESTROY, {**_about(deployment), "count": len(standing)})


def _about(deployment: Deployment) -> dict[str, LogValue]:
    return {"deployment": deployment.deployment_id, "warrant": deployment.warrant_id}


def _any_due(governance: Governance, tx: Transaction, deployment: Deployment, warrant: Warrant) -> bool:
    """Say whether a site's list must be built. Whoever was left out is tried anew with the next list."""
    now = governance.clock.now()
    standing = {one.reference_id for one in standing_references(governance, tx, warrant)}
    lists = (current_list(governance, tx, deployment, site.site_id) for site in _sites(tx, deployment))
    return any(is_due(one, standing, legal=governance.legal, now=now) for one in lists)


def _sites(tx: Transaction, deployment: Deployment) -> Sequence[Site]:
    """Return the sites of a deployment's cameras."""
    found = {tx.cameras.get(camera_id).site_id for camera_id in deployment.cameras}
    return [tx.sites.get(site_id) for site_id in sorted(found)]


def _open(
    governance: Governance, tx: Transaction, deployment: Deployment, warrant: Warrant
) -> tuple[Mapping[SlotId, str], Sequence[_Opened]]:
    """Open the act, the boxes and the origins by one entry of the log; return each slot's signed band and the rest."""
    references = standing_references(governance, tx, warrant)
    objects = [warrant.act, *(part for one in references for part in (one.boxes, one.origin))]
    (act, *parts), _ = reveal_all(governance, tx, objects, for_step("list", _about(deployment)))
    bands = {SlotId(slot.slot_id): slot.age_band for slot in Act.from_bytes(act).slots}
    pairs = zip(parts[::2], parts[1::2], strict=True)
    opened = [
        _Opened(reference=one, boxes=boxes, known=KnownPhotograph.from_bytes(origin))
        for one, (boxes, origin) in zip(references, pairs, strict=True)
    ]
    return bands, opened


def kept_off(governance: Governance, reference: Reference, known: KnownPhotograph, signed_band: str) -> Decision | None:
    """C2, C13: count the person's age on today's legal day, and see that a minor has two signatures."""
    now, legal, born_on = governance.clock.now(), governance.legal, known.origin.born_on
    decision = has_admitted_age(signed_band, born_on, admitted=admitted_bands(governance), legal=legal, now=now)
    if not decision.allowed:
        return decision
    if is_minor(signed_band, born_on, legal_day(now, legal)) and reference.confirmed_by is None:
        return deny("C2", "This person counts as a minor, and nobody signed second.")
    return None


def references_of(watchlist: Watchlist, references: Sequence[Reference]) -> tuple[Reference, ...]:
    """Return those references that are on a list."""
    return tuple(one for one in references if one.reference_id in watchlist.listed)
