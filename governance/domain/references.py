"""References: one person slot of a warrant, filled once, from a photograph that the issuer saw (A3, C1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import AccountId, ObjectId, ReferenceId, SlotId, WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One enrolled reference. `boxes` is a sealed object: what the enrolment matcher answered, for others to open."""

    reference_id: ReferenceId
    warrant_id: WarrantId
    slot_id: SlotId
    photograph_sha256: str
    enrolled_by: AccountId
    boxes: ObjectId
    created_at: datetime
    expires_at: datetime


def may_enrol(
    *, seen_by_issuer: Collection[str], photograph_sha256: str, filled: Collection[SlotId], slot_id: SlotId
) -> Decision:
    """Decide whether this photograph may fill this slot: it is one the issuer saw, and the slot is empty (A3)."""
    if photograph_sha256 not in seen_by_issuer:
        return deny("A3", "This is not one of the photographs that the issuer saw for this person.")
    if slot_id in filled:
        return deny("A3", "This person slot is filled already; another picture needs a new warrant.")
    return allow("A3")
