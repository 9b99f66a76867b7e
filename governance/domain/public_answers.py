"""What the public is told of a camera warns nobody: only of deployments that ended, and after a delay (C15)."""

from datetime import datetime

from governance.domain.decisions import Decision, allow, deny
from governance.domain.legal_profile import LegalProfile


def may_answer_publicly(ended_at: datetime | None, legal: LegalProfile, *, now: datetime) -> Decision:
    """C15: a deployment is told of once it ended and the delay is over. The refusal is the same in each case.

    It must not tell whether there is a deployment at all.
    """
    if ended_at is None or now < ended_at + legal.public_answer_delay:
        return deny("C15", "There is nothing that can be told of this place and time yet.")
    return allow("C15")
