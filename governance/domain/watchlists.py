"""Watchlists: who is on one deployment's list at one site, built anew at least once a day, or gone (C1, C13)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.identifiers import DeploymentId, ReferenceId, SiteId, WarrantId, WatchlistId
from governance.domain.legal_profile import LegalProfile
from governance.domain.warrants import Warrant

LONGEST_LIFE: Final = timedelta(hours=24)
"""C1: compiled in; no profile makes a list live longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchlist:
    """One list at one site, as it was built at `created_at` from the sealed templates of the `listed` references.

    `left_out` are those whom a rule kept off it on that day. At `ends_at` it is over, whatever happens. `destroyed_at`
    says when it was replaced or its deployment ended.
    """

    watchlist_id: WatchlistId
    deployment_id: DeploymentId
    warrant_id: WarrantId
    site_id: SiteId
    listed: frozenset[ReferenceId]
    left_out: frozenset[ReferenceId]
    gallery_sha256: str
    created_at: datetime
    ends_at: datetime
    destroyed_at: datetime | None
    expires_at: datetime

    def is_live(self, now: datetime) -> bool:
        """Whether it may be lent: neither over nor destroyed, and not from the future of a clock that was set back."""
        return self.destroyed_at is None and self.created_at <= now < self.ends_at


def list_end(warrant: Warrant, legal: LegalProfile, *, now: datetime) -> datetime:
    """C1: return when a list that is built now is over: after a day at most, and never after the warrant."""
    return min(now + min(legal.watchlist_life, LONGEST_LIFE), warrant.not_after)


def newest(lists: Collection[Watchlist], *, now: datetime) -> Watchlist | None:
    """Return the live list that was built last, if there is one."""
    return max((one for one in lists if one.is_live(now)), key=lambda one: one.created_at, default=None)


def is_due(
    watchlist: Watchlist | None, standing: Collection[ReferenceId], *, legal: LegalProfile, now: datetime
) -> bool:
    """C1: say whether a list must be built: there is none, it grows old, or somebody came or went."""
    if watchlist is None or not watchlist.is_live(now):
        return True
    known = watchlist.listed | watchlist.left_out
    return now - watchlist.created_at >= legal.watchlist_renewal or known != frozenset(standing)


def may_lend_list(watchlist: Watchlist | None, standing: Collection[ReferenceId], *, now: datetime) -> Decision:
    """C1: a lease takes a list that was built within the day, of references that all still stand."""
    if watchlist is None:
        return deny("C1", "There is no list of the last 24 hours for this site; it is built anew within a minute.")
    return refuse_where(
        "C1",
        (not watchlist.is_live(now), "C1", "The list is over; it is built anew within a minute, or stays gone."),
        (not watchlist.listed, "A3", "The list is empty."),
        (
            not watchlist.listed <= frozenset(standing),
            "C1",
            "Somebody on the list is erased; it is built anew within a minute.",
        ),
    )


def is_the_built_one(watchlist: Watchlist, gallery_sha256: str) -> Decision:
    """C1: what is lent is byte for byte what was built and logged."""
    if watchlist.gallery_sha256 != gallery_sha256:
        return deny("C1", "The list is not the one that was built and logged; nothing of it is lent.")
    return allow("C1")
