"""To the issuing authority and back: export the approved bytes, import them signed (A6, P1)."""

from dataclasses import dataclass

from contracts.signature import Signed
from governance.application.governance import Governance
from governance.domain.identifiers import AccountId, WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWarrant:
    """Take out what the issuer is asked to sign."""

    actor: AccountId
    warrant_id: WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWarrant:
    """Bring back the issuer's signed warrant (Purpose.WARRANT)."""

    actor: AccountId
    record: Signed


def export_warrant(governance: Governance, command: ExportWarrant) -> bytes:
    """Return the canonical bytes of the approved warrant, for `insyn authority show` and `sign`."""
    raise NotImplementedError


def import_warrant(governance: Governance, command: ImportWarrant) -> WarrantId:
    """Accept the signed warrant if the pinned issuer signed exactly the approved bytes."""
    raise NotImplementedError
