"""The papers of a warrant: what was signed about it after its approval, by whom it binds (A3, A5, A7, A8)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from governance.domain.identifiers import ObjectId, WarrantId


class PaperKind(StrEnum):
    """What a paper is."""

    AMENDMENT = "amendment"
    """A3: further photographs of one person, which the issuer has seen."""
    CLEARANCE = "clearance"
    """A7: the supervisor found no urgent warrant for the same person or case in the days before."""
    CONFIRMATION = "confirmation"
    """A7: the issuer signed the very act that two officers began."""
    COUNTERSIGNATURE = "countersignature"
    """A7: the second officer agreed."""
    RECEIPT = "receipt"
    """A7: the issuer received the application."""
    REGISTRATION = "registration"
    """A5: the registration that an urgent warrant may bring later."""
    REJECTION = "rejection"
    """A8: the issuer said no."""
    REVOCATION = "revocation"
    """The issuer took its warrant back."""
    SIGNED_PDF = "signed-pdf"
    """A6: the PDF under which a court signed the act itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper. `record` is a sealed object, `dated` what the paper itself says, `created_at` when it was taken in.

    `openly` is the signed record itself where it ends the warrant: it names a warrant and its issuer, and nobody else.
    """

    paper_sha256: str
    warrant_id: WarrantId
    kind: PaperKind
    record: ObjectId
    dated: datetime
    created_at: datetime
    expires_at: datetime
    openly: str | None = None


ENDS: Final = frozenset({PaperKind.REJECTION, PaperKind.REVOCATION})
"""The issuer's own end of a warrant. It is not erased with it: it says why."""


def newest(papers: Collection[Paper], kind: PaperKind) -> Paper | None:
    """Return the paper of this kind that was taken in last, if there is one."""
    found = [paper for paper in papers if paper.kind is kind]
    return max(found, key=lambda paper: paper.created_at, default=None)
