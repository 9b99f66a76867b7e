"""Enrol: one person slot of an issued warrant is filled, once, from a photograph the issuer saw (A3, C1)."""

from dataclasses import dataclass

from governance.application.governance import Governance
from governance.application.ports import Finding
from governance.domain.identifiers import AccountId, ReferenceId, SlotId, WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolReference:
    """Fill a slot. The photograph's bytes are passed on unopened and kept nowhere."""

    actor: AccountId
    warrant_id: WarrantId
    slot_id: SlotId
    photograph: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """The new reference, and what was found about the photograph's quality."""

    reference_id: ReferenceId
    findings: tuple[Finding, ...]


def enrol_reference(governance: Governance, command: EnrolReference) -> Enrolled:
    """Enrol. Raises `EnrolmentRefused` for what the photograph lacks, `Refused` for what the rules forbid."""
    raise NotImplementedError
