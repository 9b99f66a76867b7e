"""Stops that somebody pressed at a site, without asking anybody; only a legal officer lets the site go on (A16)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import AccountId, SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSiteStop:
    """One stop, until it is released and after. `record` is what the site signed."""

    stop_id: str
    site_id: SiteId
    pressed_at: datetime
    record: bytes
    released_at: datetime | None
    released_by: AccountId | None
    created_at: datetime
    expires_at: datetime


def site_may_go_on(stops: Iterable[KeptSiteStop]) -> Decision:
    """A16: nothing is lent to a site while a stop that was pressed there is not released."""
    if any(one.released_at is None for one in stops):
        return deny("A16", "Somebody pressed stop at this site; a legal officer has to release it.")
    return allow("A16")


def may_release(stop: KeptSiteStop) -> Decision:
    """A16: a stop is released once."""
    return deny("A16", "This stop was released already.") if stop.released_at is not None else allow("A16")
