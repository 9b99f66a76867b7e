"""Who may review what comes of a warrant, and how many of them are there now (A15, E6)."""

from datetime import datetime

from governance.application.ports import Transaction
from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import AccountId
from governance.domain.review import Barred
from governance.domain.warrants import Warrant


def reviewers_on_shift(tx: Transaction, warrant: Warrant, *, now: datetime) -> int:
    """Count the reviewers on shift, certified, whom this warrant does not bar (E6, E7)."""
    barred = barred_from(tx, warrant)
    return sum(account.is_on_shift(now) and not barred.bars(account.account_id) for account in tx.accounts.where())


def barred_from(tx: Transaction, warrant: Warrant) -> Barred:
    """Return who had a hand in a warrant."""
    return Barred(
        applicant=warrant.applicant,
        legal_officer=warrant.legal_officer,
        enrollers=frozenset(one.enrolled_by for one in tx.references.where(warrant_id=warrant.warrant_id)),
        searchers=frozenset(
            person
            for one in tx.searches.where(warrant_id=warrant.warrant_id)
            for person in (one.asked_by, one.approved_by)
            if person is not None
        ),
        latecomers=frozenset(one.account_id for one in tx.accounts.where() if one.came_after(warrant.created_at)),
    )


def has_not_reviewed(tx: Transaction, warrant: Warrant, actor: AccountId) -> Decision:
    """A15, B14: whoever answered about a candidate of this warrant does not enrol under it afterwards."""
    for alert in tx.alerts.where(warrant_id=warrant.warrant_id):
        if tx.reviews.where(alert_id=alert.alert_id, reviewer=actor):
            return deny("B14", "Whoever reviewed a candidate of this warrant does not enrol under it.")
    return allow("B14")
