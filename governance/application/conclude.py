"""End things: an alert, a deployment, a warrant; and what must be erased because of it (A8, E6, invariant 6)."""

from dataclasses import replace

from governance.application.governance import Governance
from governance.application.ports import LogValue, Transaction
from governance.application.vault import intend_erasure
from governance.domain.deployments import Deployment, DeploymentState
from governance.domain.events import Event
from governance.domain.review import Alert, AlertState
from governance.domain.warrants import Warrant, WarrantState


def dismiss(governance: Governance, tx: Transaction, alert: Alert, *, rule: str, reason: str) -> None:
    """Dismiss an alert: pictures, report and answers are erased at once; the bare record says that it was.

    `reason` is `decision` where people ended it, `retention` where its time ran out.
    """
    now = governance.clock.now()
    tx.alerts.save(replace(alert, state=AlertState.DISMISSED, concluded_at=now))
    tx.log.append(
        Event.CANDIDATE_DISMISS,
        {"alert": alert.alert_id, "crops": alert.crops_sha256, "rule": rule, "warrant": alert.warrant_id},
    )
    erase_results(governance, tx, alert, reason=reason)


def erase_results(governance: Governance, tx: Transaction, alert: Alert, *, reason: str) -> None:
    """Erase all that an alert holds of anybody: the report, the crops, and what reviewers wrote."""
    answers = [review.answer for review in tx.reviews.where(alert_id=alert.alert_id)]
    intend_erasure(governance, tx, alert.report, alert.crops, *answers, reason=reason)


def confirm(governance: Governance, tx: Transaction, alert: Alert) -> None:
    """Make a lead of a candidate. It is for people to follow up; it is no identification."""
    tx.alerts.save(replace(alert, state=AlertState.CONFIRMED_LEAD, concluded_at=governance.clock.now()))
    tx.log.append(Event.LEAD_CONFIRM, {"alert": alert.alert_id, "warrant": alert.warrant_id})


def end_warrant(
    governance: Governance, tx: Transaction, warrant: Warrant, *, state: WarrantState, actor: str | None
) -> None:
    """Revoke a warrant or let it run out: its deployment ends, its references and open alerts go (A8).

    After a revocation the confirmed leads' pictures go too: all results and outputs.
    """
    revoked = state is WarrantState.REVOKED
    reason = "decision" if revoked else "retention"
    about: dict[str, LogValue] = {"warrant": warrant.warrant_id}
    if actor is not None:
        about["actor"] = actor
    tx.warrants.save(replace(warrant, state=state))
    tx.log.append(Event.WARRANT_REVOKE if revoked else Event.WARRANT_EXPIRE, about)
    for deployment in tx.deployments.where(warrant_id=warrant.warrant_id):
        _end_deployment(tx, deployment)
    for reference in tx.references.where(warrant_id=warrant.warrant_id):
        intend_erasure(governance, tx, reference.boxes, reference.origin, reason=reason)
    for alert in tx.alerts.where(warrant_id=warrant.warrant_id):
        if alert.state in {AlertState.OPEN, AlertState.DISPUTED}:
            dismiss(governance, tx, alert, rule="A8" if revoked else "A4", reason=reason)
        elif revoked:
            erase_results(governance, tx, alert, reason=reason)
    if revoked:
        intend_erasure(governance, tx, warrant.details, warrant.act, reason=reason)


def _end_deployment(tx: Transaction, deployment: Deployment) -> None:
    if deployment.state is DeploymentState.ENDED:
        return
    tx.deployments.save(replace(deployment, state=DeploymentState.ENDED))
    tx.log.append(Event.DEPLOYMENT_END, {"deployment": deployment.deployment_id, "warrant": deployment.warrant_id})
