"""Draft an application for a warrant. Anything can be drafted; the rules speak when it is submitted."""

from dataclasses import dataclass

from governance.application.governance import Governance
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.warrants import Application


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftWarrant:
    """Keep an application. Slot ids are given by governance: those in `application` may be empty strings."""

    actor: AccountId
    application: Application


def draft_warrant(governance: Governance, command: DraftWarrant) -> WarrantId:
    """Keep the application, sealed, and return the warrant's id."""
    raise NotImplementedError
