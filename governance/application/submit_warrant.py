"""Submit an application: here the law's rules are asked, and a refusal is logged before it is told."""

from dataclasses import dataclass

from governance.application.governance import Governance
from governance.domain.identifiers import AccountId, WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitWarrant:
    """Submit what one drafted."""

    actor: AccountId
    warrant_id: WarrantId


def submit_warrant(governance: Governance, command: SubmitWarrant) -> None:
    """Submit the application. Raises `Refused` with every rule that says no (A1 to A6, B8, C13)."""
    raise NotImplementedError
