"""View one candidate and answer, each reviewer alone; combine the answers; conclude (invariants 4 and 7)."""

from collections.abc import Mapping
from dataclasses import dataclass

from governance.application.governance import Governance
from governance.application.ports import Pictures
from governance.domain.identifiers import AccountId, AlertId
from governance.domain.review import Feature, Observation, Outcome, Support


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewCandidate:
    """See the two pictures once. Every view is logged before its first byte."""

    actor: AccountId
    alert_id: AlertId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReview:
    """Answer, once: what was observed of every component, and the support it gives."""

    actor: AccountId
    alert_id: AlertId
    observations: Mapping[Feature, Observation]
    support: Support


def view_candidate(governance: Governance, command: ViewCandidate) -> Pictures:
    """Log the view, verify its receipt, and only then return the pictures."""
    raise NotImplementedError


def record_review(governance: Governance, command: RecordReview) -> Outcome:
    """Record an answer and conclude where all are in. `PENDING` and `DISPUTED` wait for more reviewers."""
    raise NotImplementedError
