"""What a site and its cameras need before anything is lent there: evidence, documents, signs (B7, B8, C9, C14)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import AccountId, CameraId, SiteId
from governance.domain.registers import Camera, may_be_lent


class DocumentKind(StrEnum):
    """The documents that each camera needs (B5, B7, C9). Each is kept by the region; here is its SHA-256."""

    BALANCING = "balancing"
    """The documented balancing of interests."""
    IMPACT_ASSESSMENT = "impact-assessment"
    SIGN = "sign"
    """A photograph of the sign in its place."""


NAMES = {
    DocumentKind.BALANCING: "the documented balancing of interests",
    DocumentKind.IMPACT_ASSESSMENT: "the impact assessment",
    DocumentKind.SIGN: "the photograph of its sign",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEvidence:
    """What the newest import says of one site. `counts` is JSON: sums by offence, month and hour, and what was ignored.

    `hot_spot` says that the statistic met the threshold on the day of the import; nothing can set it later.
    """

    site_id: SiteId
    document: str
    counted: int
    total: int
    places: int
    ratio: float
    ratio_low: float
    ratio_high: float
    p_value: float
    threshold: float
    hot_spot: bool
    counts: str
    imported_by: AccountId
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraDocument:
    """One document of one camera, by its SHA-256. A changed camera needs its documents anew (A5)."""

    camera_id: CameraId
    kind: DocumentKind
    sha256: str
    handed_in_by: AccountId
    created_at: datetime
    expires_at: datetime


def has_live_evidence(evidence: SiteEvidence | None, *, now: datetime) -> Decision:
    """C14, B7: a site is used while its evidence lives, and no longer. Missing evidence stops the whole site."""
    if evidence is None:
        return deny("C14", "No evidence says that this site needs watching; import its incidents.")
    if now >= evidence.expires_at:
        return deny("C14", "The evidence for this site is too old; import its incidents anew.")
    if not evidence.hot_spot:
        return deny("C14", "The incidents of this site do not reach the authority's threshold.")
    return allow("C14")


def has_live_documents(documents: Iterable[CameraDocument], *, now: datetime) -> Decision:
    """B5, B7, C9: a camera is used while each of its documents lives. What is missing stops this camera alone."""
    live = {one.kind for one in documents if now < one.expires_at}
    for kind in DocumentKind:
        if kind not in live:
            rule = "C9" if kind is DocumentKind.SIGN else "B7"
            return deny(rule, f"This camera lacks {NAMES[kind]}, or it ran out; hand it in.")
    return allow("B7")


def may_be_used(
    camera: Camera, evidence: SiteEvidence | None, documents: Iterable[CameraDocument], *, now: datetime
) -> Decision:
    """B7, B8, C9, C14: the first reason why this camera is inactive, or that it is not."""
    for decision in (
        may_be_lent(camera),
        has_live_evidence(evidence, now=now),
        has_live_documents(documents, now=now),
    ):
        if not decision.allowed:
            return decision
    return allow("B7")
