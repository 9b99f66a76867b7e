"""Put a warrant into use, stop it, let it go on, revoke it (A8, A16)."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.vocabulary import WarrantType
from contracts.warrant import Warrant as Act
from governance.application.admitted_use import Use, is_admitted_beside_all
from governance.application.build_watchlist import build_watchlists, standing_references
from governance.application.conclude import end_warrant
from governance.application.governance import Governance
from governance.application.move_warrant import Step, move
from governance.application.named_cameras import keep_named
from governance.application.notify_authorities import may_be_told, mint
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.vault import finish_erasures, for_step, reveal
from governance.domain.decisions import Decision, allow, deny
from governance.domain.deployments import Deployment, DeploymentState, may_resume, may_start
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, CameraId, DeploymentId, WarrantId
from governance.domain.list_reports import has_approved_list
from governance.domain.model_announcements import may_use_model
from governance.domain.post_remote import is_live_type
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.transitions import says_why
from governance.domain.warrants import Warrant, WarrantState, may_revoke


@dataclass(frozen=True, slots=True, kw_only=True)
class StartDeployment:
    """Put an issued warrant into use."""

    actor: AccountId
    warrant_id: WarrantId
    why: str = "It is issued, in its time, and its list is filled."


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendDeployment:
    """Stop: leases are no longer renewed. Nobody is kept from stopping by a question, so a reason is offered."""

    actor: AccountId
    deployment_id: DeploymentId
    why: str = "Stopped as a precaution."


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeDeployment:
    """Go on after a stop: a legal officer's decision, the warrant checked anew."""

    actor: AccountId
    deployment_id: DeploymentId
    why: str = "The warrant was checked anew and is live."


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeWarrant:
    """Revoke: the deployment ends, everything that bears the warrant's tag is erased. `why` is kept, sealed."""

    actor: AccountId
    warrant_id: WarrantId
    why: str


def start_deployment(governance: Governance, command: StartDeployment) -> DeploymentId:
    """Put an issued warrant into use, and return the deployment's id."""
    now = governance.clock.now()
    deployment_id = DeploymentId(governance.randomness.identifier())
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.DEPLOYMENT_START)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        live = sum(one.is_live for one in tx.references.where(warrant_id=warrant.warrant_id))
        standing = [one.reference_id for one in standing_references(governance, tx, warrant)]
        approved = has_approved_list(tx.list_reports.where(warrant_id=warrant.warrant_id), standing)
        allowed = may_start(warrant, references=live, now=now)
        public = may_use_model(tx.model_announcements.where(), governance.profile_sha256, now=now)
        require(tx, is_live_type(warrant), allowed, may_be_told(governance), approved, public, about=about)
        act = Act.from_bytes(reveal(governance, tx, warrant.act, for_step("start", about)))
        require(tx, _names_records(act), _is_admitted(governance, tx, act, now), about=about)
        move(governance, tx, warrant, Step(to=WarrantState.ACTIVE, actor=command.actor, why=command.why))
        deployment = Deployment(
            deployment_id=deployment_id,
            warrant_id=warrant.warrant_id,
            state=DeploymentState.RUNNING,
            started_by=command.actor,
            cameras=frozenset(CameraId(named.camera_id) for named in act.cameras),
            profile_sha256=act.profile_sha256,
            urgent=act.type is WarrantType.URGENT,
            created_at=now,
            expires_at=expiry(DataClass.WARRANT, created_at=now, no_later_than=warrant.expires_at),
        )
        tx.deployments.add(deployment)
        keep_named(tx, deployment, act)
        tx.log.append(Event.DEPLOYMENT_START, {**about, "deployment": deployment_id})
        build_watchlists(governance, tx, *_load(tx, deployment_id))
        mint(governance, tx, deployment, warrant.act_sha256 or "", act)
        tx.commit(witnessed=True)
    return deployment_id


def _names_records(act: Act) -> Decision:
    """A4: an act of the version before names its cameras by their ids alone, and is put into use nowhere."""
    if act.names_records:
        return allow("A4")
    return deny("A4", "This act does not name the records of its cameras; a warrant that is written now does.")


def _is_admitted(governance: Governance, tx: Transaction, act: Act, now: datetime) -> Decision:
    """P4, C13: the profile is admitted for the act's persons and ages, at its cameras, beside all in use there."""
    named = {CameraId(camera.camera_id) for camera in act.cameras}
    use = Use(
        persons=len(act.slots),
        cameras=[camera for camera in tx.cameras.where() if camera.camera_id in named],
        age_bands=[slot.age_band for slot in act.slots],
    )
    return is_admitted_beside_all(governance, tx, use, now=now)


def suspend_deployment(governance: Governance, command: SuspendDeployment) -> None:
    """Stop: leases are no longer renewed, so within one lease nothing is compared any more."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.DEPLOYMENT_SUSPEND)
        deployment, warrant = _load(tx, command.deployment_id)
        about = {"actor": command.actor, "deployment": deployment.deployment_id, "warrant": warrant.warrant_id}
        runs = deployment.state is DeploymentState.RUNNING
        require(tx, allow("A16") if runs else deny("A16", "This deployment does not run."), about=about)
        tx.deployments.save(replace(deployment, state=DeploymentState.SUSPENDED))
        step = Step(to=WarrantState.SUSPENDED, actor=command.actor, why=command.why, rule="A16")
        move(governance, tx, warrant, step)
        tx.log.append(Event.DEPLOYMENT_SUSPEND, about)
        tx.commit()


def resume_deployment(governance: Governance, command: ResumeDeployment) -> None:
    """Go on after a stop: a legal officer's logged decision, the warrant checked anew."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.DEPLOYMENT_RESUME)
        deployment, warrant = _load(tx, command.deployment_id)
        about = {"actor": command.actor, "deployment": deployment.deployment_id, "warrant": warrant.warrant_id}
        stopped = [one for one in tx.budgets.where(warrant_id=warrant.warrant_id) if one.stopped_at is not None]
        used_up = deny("C5", "A budget of false alerts is used up; a second organisation agrees first.")
        require(
            tx,
            may_resume(deployment, warrant, now=governance.clock.now()),
            used_up if stopped else allow("C5"),
            about=about,
        )
        tx.deployments.save(replace(deployment, state=DeploymentState.RUNNING))
        move(governance, tx, warrant, Step(to=WarrantState.ACTIVE, actor=command.actor, why=command.why, rule="A16"))
        tx.log.append(Event.DEPLOYMENT_RESUME, about)
        # Built anew: whoever may not be on it today is not, however long the stop was (C1).
        build_watchlists(governance, tx, *_load(tx, deployment.deployment_id))
        tx.commit(witnessed=True)


def revoke_warrant(governance: Governance, command: RevokeWarrant) -> None:
    """Revoke: the deployment ends; references, results and the application's words are erased (A8)."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_REVOKE)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        require(tx, may_revoke(warrant), says_why(command.why), about=about)
        end_warrant(governance, tx, warrant, Step(to=WarrantState.REVOKED, actor=command.actor, why=command.why))
        tx.commit()
    finish_erasures(governance)


def _load(tx: Transaction, deployment_id: DeploymentId) -> tuple[Deployment, Warrant]:
    deployment = tx.deployments.get(deployment_id)
    return deployment, tx.warrants.get(deployment.warrant_id)
