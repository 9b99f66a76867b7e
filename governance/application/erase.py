"""Erase what is due: key destroyed, box and row deleted, receipts logged, finished after any crash (invariant 6, F3)."""

from dataclasses import dataclass

from governance.application.governance import Governance


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """How much a round of the expiry job ended."""

    alerts: int
    warrants: int
    objects: int
    records: int


def expire_due(governance: Governance) -> Expired:
    """End and erase everything whose time is over. To be run every few seconds; doing it twice changes nothing."""
    raise NotImplementedError
