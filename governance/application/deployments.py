"""Put a warrant into use, stop it, let it go on, revoke it (A8, A16)."""

from dataclasses import dataclass

from governance.application.governance import Governance
from governance.domain.identifiers import AccountId, DeploymentId, WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class StartDeployment:
    """Put an issued warrant into use."""

    actor: AccountId
    warrant_id: WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendDeployment:
    """Stop: leases are no longer renewed."""

    actor: AccountId
    deployment_id: DeploymentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeDeployment:
    """Go on after a stop: a legal officer's decision, the warrant checked anew."""

    actor: AccountId
    deployment_id: DeploymentId


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeWarrant:
    """Revoke: the deployment ends, references and open alerts are erased."""

    actor: AccountId
    warrant_id: WarrantId


def start_deployment(governance: Governance, command: StartDeployment) -> DeploymentId:
    """Start, and return the deployment's id."""
    raise NotImplementedError


def suspend_deployment(governance: Governance, command: SuspendDeployment) -> None:
    """Suspend."""
    raise NotImplementedError


def resume_deployment(governance: Governance, command: ResumeDeployment) -> None:
    """Resume."""
    raise NotImplementedError


def revoke_warrant(governance: Governance, command: RevokeWarrant) -> None:
    """Revoke and erase."""
    raise NotImplementedError
