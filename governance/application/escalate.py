"""Escalate alerts that wait too long, before they time out (E6)."""

from dataclasses import replace

from governance.application.governance import Governance
from governance.domain.escalation import escalation_of
from governance.domain.events import Event
from governance.domain.post_remote import method_of
from governance.domain.review import AlertState


def escalate_waiting(governance: Governance) -> int:
    """Mark and log each alert that reached the next step; return how many. To be run every few seconds."""
    escalated = 0
    with governance.database.transaction() as tx:
        now = governance.clock.now()
        for alert in (*tx.alerts.where(state=AlertState.OPEN), *tx.alerts.where(state=AlertState.DISPUTED)):
            level = escalation_of(alert, tx.reviews.where(alert_id=alert.alert_id), legal=governance.legal, now=now)
            if level <= alert.escalated:
                continue
            tx.alerts.save(replace(alert, escalated=int(level)))
            tx.log.append(
                Event.CANDIDATE_ESCALATE,
                {
                    "alert": alert.alert_id,
                    "count": int(level),
                    "rule": "E6",
                    "warrant": alert.warrant_id,
                    **method_of(alert),
                },
            )
            escalated += 1
        tx.commit()
    return escalated
