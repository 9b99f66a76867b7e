"""References: one person slot of a warrant, filled once, from a photograph that the issuer saw (A3, C1, C2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.eu_floor import Provenance
from governance.domain.identifiers import AccountId, ObjectId, ReferenceId, SlotId, WarrantId
from governance.domain.legal_profile import LegalProfile
from governance.domain.warrants import Warrant


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One enrolled reference. `boxes` is a sealed object: what the enrolment matcher answered, for others to open.

    `origin` is the sealed account of where the photograph comes from. A minor's slot is live only once somebody else
    has confirmed it (`confirmed_by`).
    """

    reference_id: ReferenceId
    warrant_id: WarrantId
    slot_id: SlotId
    photograph_sha256: str
    provenance: Provenance
    minor: bool
    enrolled_by: AccountId
    confirmed_by: AccountId | None
    boxes: ObjectId
    origin: ObjectId
    created_at: datetime
    expires_at: datetime

    @property
    def is_live(self) -> bool:
        """Whether it may be compared with: a minor's needs two signatures (C2)."""
        return not self.minor or self.confirmed_by is not None


def may_enrol(
    *, seen_by_issuer: Collection[str], photograph_sha256: str, filled: Collection[SlotId], slot_id: SlotId
) -> Decision:
    """A3: decide whether this photograph may fill this slot: it is one the issuer saw, and the slot is empty."""
    if photograph_sha256 not in seen_by_issuer:
        return deny("A3", "This is not one of the photographs that the issuer saw for this person.")
    if slot_id in filled:
        return deny("A3", "This person slot is filled already; another picture needs a new warrant.")
    return allow("A3")


def may_enrol_another(enrolled_at: Collection[datetime], *, legal: LegalProfile, now: datetime) -> Decision:
    """B2: there is no bulk import: one photograph at a time, and so many an hour by one account."""
    recent = sum(timedelta(0) <= now - at < timedelta(hours=1) or at > now for at in enrolled_at)
    if recent >= legal.enrolments_per_hour:
        return deny("B2", f"One account enrols at most {legal.enrolments_per_hour} photographs an hour.")
    return allow("B2")


def may_confirm(reference: Reference, warrant: Warrant, actor: AccountId) -> Decision:
    """C2: a minor's slot is confirmed once, by somebody who neither applied, nor approved, nor enrolled."""
    return refuse_where(
        "C2",
        (not reference.minor, "C2", "This person slot needs no second signature."),
        (reference.confirmed_by is not None, "C2", "This person slot was confirmed already."),
        (
            actor in {reference.enrolled_by, warrant.applicant, warrant.legal_officer},
            "C2",
            "The second signature is that of somebody who neither applied, nor approved, nor enrolled the photograph.",
        ),
    )
