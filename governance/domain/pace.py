"""How much one reviewer reviews: accuracy falls with haste and with hours, and rest does not restore it (E4)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.legal_profile import LegalProfile

_HOUR: Final = timedelta(hours=1)


def may_look_at_more(
    *, answered: Collection[datetime], looked: Collection[datetime], legal: LegalProfile, now: datetime
) -> Decision:
    """E4: decide whether a reviewer who answered and looked at these times may look at another candidate now.

    A stretch of work goes on while no pause in it is as long as a break.
    """
    enough = may_answer_more(answered, legal=legal, now=now)
    if not enough.allowed:
        return enough
    if now - _begun(looked, legal, now) >= legal.longest_review_stretch:
        minutes = int(legal.review_break.total_seconds() // 60)
        return deny("E4", f"You have reviewed for too long; take a break of {minutes} minutes.")
    return allow("E4")


def may_answer_more(answered: Collection[datetime], *, legal: LegalProfile, now: datetime) -> Decision:
    """E4: decide whether somebody who answered at these times may give one more answer now, however many they saw."""
    if sum(timedelta(0) <= now - one < _HOUR for one in answered) >= legal.most_reviews_per_hour:
        return deny("E4", "You have answered as many alerts as one person may in an hour; leave this one to another.")
    return allow("E4")


def may_answer_yet(looked: Collection[datetime], *, legal: LegalProfile, now: datetime) -> Decision:
    """E4: decide whether somebody who looked at this candidate at these times may answer about it now.

    Who has not looked at all is another rule's business (E2). A clock that was set back lets nobody answer sooner.
    """
    if looked and now < min(looked) + legal.shortest_look:
        seconds = int(legal.shortest_look.total_seconds())
        return deny("E4", f"Look at both pictures for at least {seconds} seconds; then give your answer again.")
    return allow("E4")


def _begun(looked: Collection[datetime], legal: LegalProfile, now: datetime) -> datetime:
    """Return when the stretch of work began that still goes on now."""
    begun: datetime = now
    for one in sorted((at for at in looked if at <= now), reverse=True):
        if begun - one >= legal.review_break:
            break
        begun = one
    return begun
