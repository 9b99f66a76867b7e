"""Make the record of one deployment (C7): for its staff at any time, for the public once it ended, and later (C15)."""

from collections.abc import Iterable, Mapping

from contracts.canonical import decode
from contracts.errors import ContractError
from contracts.notification import Notification
from contracts.signature import Signed
from contracts.site_report import CameraCounts
from contracts.warrant import Warrant as Act
from governance.application.governance import Governance
from governance.application.make_report import hand_out
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import acting, require
from governance.application.released import Released
from governance.application.reports.codes import in_words
from governance.application.reports.deployment import DeploymentFacts, ListSize, deployment_record
from governance.application.reports.report import Report
from governance.application.vault import for_step, is_standing, reveal
from governance.application.what_admitted import what_admitted
from governance.domain.decisions import Decision, allow
from governance.domain.deployment_record import (
    CameraSession,
    Faces,
    ended_at,
    ends_of,
    faces_of,
    hours_of,
    is_kept_whole,
    lent_time,
    outcomes_of,
)
from governance.domain.deployments import Deployment
from governance.domain.hand_offs import Found
from governance.domain.identifiers import AccountId, CameraId, DeploymentId, SiteId
from governance.domain.public_answers import may_answer_publicly
from governance.domain.review import Alert, AlertState
from governance.domain.roles import Action


def make_deployment_record(
    governance: Governance, actor: AccountId, deployment_id: DeploymentId, *, public: bool
) -> Released[Report]:
    """C7, C15: count what one deployment came to.

    Raises:
        Refused: this role makes no reports, or the public may not be told of it yet.
        NotFound: there is no such deployment here, or no longer.
        StorageFailed: log or vault do not answer; nothing is shown.
    """
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.REPORT_MAKE)
        deployment = tx.deployments.get(deployment_id)
        about: dict[str, LogValue] = {
            "actor": actor,
            "deployment": deployment.deployment_id,
            "warrant": deployment.warrant_id,
        }
        require(tx, _may_be_made(governance, tx, deployment, public=public), about=about)
        offence = offence_of(governance, tx, deployment, about)
        facts = facts_of(governance, tx, deployment, offence)
    report = deployment_record(facts, governance.legal, public=public, demo=governance.demo, now=now)
    return hand_out(governance, actor, report, {"deployment": deployment.deployment_id})


def _may_be_made(governance: Governance, tx: Transaction, deployment: Deployment, *, public: bool) -> Decision:
    if not public:
        return allow("C7")
    over = ended_at(tx.transitions.where(warrant_id=deployment.warrant_id))
    return may_answer_publicly(over, governance.legal, now=governance.clock.now())


def offence_of(
    governance: Governance, tx: Transaction, deployment: Deployment, about: Mapping[str, LogValue]
) -> str | None:
    """Return the offence that the act names, if the act still stands; opening it is an entry."""
    act = tx.warrants.get(deployment.warrant_id).act
    if not is_standing(governance, tx, act):
        return None
    read = Act.from_bytes(reveal(governance, tx, act, for_step("record", about)))
    return f"{read.offence_code} ({read.statute})"


def facts_of(governance: Governance, tx: Transaction, deployment: Deployment, offence: str | None) -> DeploymentFacts:
    """Return what the record of a deployment is made of, from what is kept."""
    now, one = governance.clock.now(), deployment.deployment_id
    whole = is_kept_whole(deployment, now=now)
    leases = tx.leases.where(deployment_id=one)
    alerts = tx.alerts.where(deployment_id=one)
    account = tx.lease_account(one, now)
    told = told_to_authorities(tx, deployment)
    over = ended_at(tx.transitions.where(warrant_id=deployment.warrant_id)) or now
    return DeploymentFacts(
        state=deployment.state.value,
        hours=hours_of(tx.transitions.where(warrant_id=deployment.warrant_id), now=now),
        lent=lent_time(leases, now=now) if whole else None,
        places=_places(tx, deployment),
        objective=None if told is None else in_words(told.objective),
        offence=offence,
        type=None if told is None else in_words(told.type),
        model=what_admitted(governance, tx, deployment.profile_sha256, begins=deployment.created_at, ends=over),
        lists=_lists(tx, deployment) if whole else None,
        faces=_faces(tx, deployment) if whole else None,
        comparisons=account.comparisons if whole else None,
        leases=account.issued if whole else None,
        leases_without_receipt=account.without_receipt if whole else None,
        ends=ends_of(alerts, {a.alert_id: tx.reviews.where(alert_id=a.alert_id) for a in alerts}) if whole else None,
        outcomes=_outcomes(tx, alerts) if whole else None,
        joined=sum(alert.joined for alert in alerts) if whole else None,
    )


def _outcomes(tx: Transaction, alerts: Iterable[Alert]) -> Mapping[Found | None, int]:
    """Return what the patrols found, lead by lead."""
    leads = [alert.alert_id for alert in alerts if alert.state is AlertState.CONFIRMED_LEAD]
    found = {one.alert_id: one.found for lead in leads for one in tx.hand_offs.where(alert_id=lead)}
    return outcomes_of(leads, found)


def told_to_authorities(tx: Transaction, deployment: Deployment) -> Notification | None:
    """Return what the authorities were told of the use: its objective and type, in clear."""
    for kept in tx.notifications.where(deployment_id=deployment.deployment_id):
        try:
            return Notification.from_bytes(Signed.from_json(decode(kept.record)).payload)
        except ContractError:
            continue
    return None


def _places(tx: Transaction, deployment: Deployment) -> tuple[tuple[str, tuple[str, ...]], ...]:
    views: dict[SiteId, list[str]] = {}
    for camera_id in sorted(deployment.cameras):
        camera = tx.cameras.find(camera_id)
        if camera is not None:
            views.setdefault(camera.site_id, []).append(camera.view)
    return tuple((_title(tx, site_id), tuple(seen)) for site_id, seen in sorted(views.items()))


def _title(tx: Transaction, site_id: SiteId) -> str:
    site = tx.sites.find(site_id)
    return site_id if site is None else site.title


def _lists(tx: Transaction, deployment: Deployment) -> tuple[ListSize, ...]:
    return tuple(
        ListSize(
            site=_title(tx, one.site_id),
            begins=one.created_at,
            ends=min(one.ends_at, one.destroyed_at or one.ends_at),
            listed=len(one.listed),
            left_out=len(one.left_out),
        )
        for one in tx.watchlists.where(deployment_id=deployment.deployment_id)
    )


def _faces(tx: Transaction, deployment: Deployment) -> Faces | None:
    leases = [lease for camera_id in deployment.cameras for lease in tx.leases.where(camera_id=camera_id)]
    sessions = [one for camera_id in sorted(deployment.cameras) for one in _sessions(tx, camera_id)]
    return faces_of(deployment.deployment_id, sessions, leases)


def _sessions(tx: Transaction, camera_id: CameraId) -> list[CameraSession]:
    """Return what each of a camera's workers counted, in the order in which they were last heard of."""
    heard = [CameraCounts.from_json(decode(kept.counts)) for kept in tx.counts.where(camera_id=camera_id)]
    heard.sort(key=lambda one: one.measured_at)
    ends = [None, *(one.measured_at for one in heard)]
    return [
        CameraSession(
            camera_id=camera_id,
            after=after,
            until=counts.measured_at,
            tracks=counts.tracks,
            probed=counts.probed,
            not_compared={reason.value: count for reason, count in counts.not_compared},
        )
        for after, counts in zip(ends, heard, strict=False)
    ]
