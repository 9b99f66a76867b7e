"""An alert that nobody answers is escalated before its time is over (E6)."""

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum

from governance.domain.legal_profile import LegalProfile
from governance.domain.review import Alert, AlertState, Review, reviewers_wanted


class Escalation(IntEnum):
    """Who is called to an alert that waits."""

    NONE = 0
    FURTHER_REVIEWERS = 1
    """Every reviewer whom the warrant does not bar, on shift or not."""
    SENIOR_OPERATOR = 2


def escalation_of(alert: Alert, given: Sequence[Review], *, legal: LegalProfile, now: datetime) -> Escalation:
    """E6: return who is to be called to an alert by now. What was escalated stays so until it is answered.

    It is counted from when the alert arrived, or from the last answer to it: a third reviewer has the same time.
    """
    waits = alert.state in {AlertState.OPEN, AlertState.DISPUTED} and len(given) < reviewers_wanted(given)
    if not waits:
        return Escalation(alert.escalated)
    waited = now - max([alert.created_at, *(review.created_at for review in given)])
    if waited >= legal.second_escalation:
        return Escalation.SENIOR_OPERATOR
    if waited >= legal.first_escalation:
        return Escalation(max(alert.escalated, Escalation.FURTHER_REVIEWERS))
    return Escalation(alert.escalated)
