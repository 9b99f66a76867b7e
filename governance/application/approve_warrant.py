"""Approve or reject an application: a legal officer, never the applicant (B14)."""

from dataclasses import dataclass

from governance.application.governance import Governance
from governance.domain.identifiers import AccountId, WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveWarrant:
    """Approve a submitted application: its canonical bytes are fixed here."""

    actor: AccountId
    warrant_id: WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectWarrant:
    """Reject a submitted or approved application."""

    actor: AccountId
    warrant_id: WarrantId


def approve_warrant(governance: Governance, command: ApproveWarrant) -> None:
    """Approve. The rules are asked again, with the present time."""
    raise NotImplementedError


def reject_warrant(governance: Governance, command: RejectWarrant) -> None:
    """Reject. All that the application said is erased."""
    raise NotImplementedError
