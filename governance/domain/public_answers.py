"""What the public is told of a camera warns nobody: only of deployments that ended, and after a delay (C15)."""

from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.legal_profile import SWEDEN_2026, LegalProfile
from governance.domain.legal_time import day_begins

_DAY: Final = timedelta(days=1)
_NOTHING_YET: Final = "There is nothing that can be told of this place and time yet."


class PublicAnswer(StrEnum):
    """What is answered to: was this camera matching on that day?"""

    MATCHED = "matched"
    NOT_MATCHED = "not-matched"
    NOTHING_YET = "nothing-yet"
    """None, one that runs and one that ended lately: the same, so that it warns nobody."""
    NO_LONGER_KEPT = "no-longer-kept"


def may_answer_publicly(ended_at: datetime | None, legal: LegalProfile, *, now: datetime) -> Decision:
    """C15: a deployment is told of once it ended and the delay is over. The refusal is the same in each case.

    It must not tell whether there is a deployment at all.
    """
    if ended_at is None or now < ended_at + legal.public_answer_delay:
        return deny("C15", _NOTHING_YET)
    return allow("C15")


def is_settled(day: date, legal: LegalProfile, *, now: datetime) -> Decision:
    """C15: whether every deployment that ran on a legal day must have been told of by now.

    A warrant of that day is over within the longest window, and told of after the delay; a day more is for the work.
    The window is that of the built-in table where a file has a shorter one: an older warrant may still have it.
    """
    longest = max(legal.longest_window, SWEDEN_2026.longest_window)
    if now < day_begins(day + _DAY, legal) + longest + legal.public_answer_delay + _DAY:
        return deny("C15", _NOTHING_YET)
    return allow("C15")


def public_answer(
    published: AbstractSet[date],
    day: date,
    legal: LegalProfile,
    *,
    untold_since: date | None,
    kept_since: date,
    now: datetime,
) -> PublicAnswer:
    """C15: say whether a camera was matching on a day, from what was published of it alone.

    `untold_since` is the first day of any deployment that is not published yet: from it on no day is called free. While
    everything is in time those days are not settled anyway, so that it tells nothing; where an end was entered late
    it keeps the answer from being wrong.
    """
    if day in published:
        return PublicAnswer.MATCHED
    if day < kept_since:
        return PublicAnswer.NO_LONGER_KEPT
    untold = untold_since is not None and day >= untold_since
    if not untold and is_settled(day, legal, now=now).allowed:
        return PublicAnswer.NOT_MATCHED
    return PublicAnswer.NOTHING_YET
