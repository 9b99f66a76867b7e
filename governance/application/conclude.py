"""End things: an alert, a deployment, a warrant; and what must be erased because of it (A8, E6, invariant 6)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from governance.application.build_watchlist import destroy_watchlists
from governance.application.charge_budget import settle
from governance.application.governance import Governance
from governance.application.move_warrant import Step, move
from governance.application.ports import LogValue, Transaction
from governance.application.recall_hand_offs import recall_hand_offs
from governance.application.vault import intend_erasure
from governance.domain.deployments import Deployment, DeploymentState
from governance.domain.events import Event
from governance.domain.post_remote import method_of
from governance.domain.review import Alert, AlertState
from governance.domain.warrants import Warrant, WarrantState


def dismiss(governance: Governance, tx: Transaction, alert: Alert, *, rule: str, reason: str) -> None:
    """Dismiss an alert: pictures, report and answers are erased at once; the bare record says that it was.

    `reason` is `decision` where people ended it, `retention` where its time ran out.
    """
    now = governance.clock.now()
    dismissed = replace(alert, state=AlertState.DISMISSED, concluded_at=now)
    tx.alerts.save(dismissed)
    tx.log.append(
        Event.CANDIDATE_DISMISS,
        {
            "alert": alert.alert_id,
            "crops": alert.crops_sha256,
            "rule": rule,
            "warrant": alert.warrant_id,
            **method_of(alert),
        },
    )
    erase_results(governance, tx, alert, reason=reason)
    settle(governance, tx, dismissed)


def erase_results(governance: Governance, tx: Transaction, alert: Alert, *, reason: str) -> None:
    """Erase all that an alert holds of anybody: the report, the crops, and what reviewers wrote."""
    answers = [review.answer for review in tx.reviews.where(alert_id=alert.alert_id)]
    intend_erasure(governance, tx, alert.report, alert.crops, *answers, reason=reason)


def confirm(governance: Governance, tx: Transaction, alert: Alert) -> None:
    """Make a lead of a candidate. It is for people to follow up; it is no identification."""
    tx.alerts.save(replace(alert, state=AlertState.CONFIRMED_LEAD, concluded_at=governance.clock.now()))
    tx.log.append(Event.LEAD_CONFIRM, {"alert": alert.alert_id, "warrant": alert.warrant_id, **method_of(alert)})


def end_warrant(
    governance: Governance, tx: Transaction, warrant: Warrant, step: Step, *, event: Event | None = None
) -> None:
    """Revoke or reject a warrant, or let it run out: its deployment ends, its references and open alerts go (A8).

    After a revocation or rejection every object that bears the warrant's tag goes: references, results, answers, words.
    The entry that ends it (`event`, where it is another than the state's own) says how many there were. What B12 lets
    stand bears no warrant's tag.
    """
    for_good = step.to is not WarrantState.EXPIRED
    reason = "decision" if for_good else "retention"
    tagged = tx.object_ids(warrant=warrant.warrant_id) if for_good else ()
    about: dict[str, LogValue] = {"rule": step.rule, "warrant": warrant.warrant_id, **method_of(warrant)}
    if step.actor is not None:
        about["actor"] = step.actor
    if for_good:
        about["count"] = len(tagged)
    move(governance, tx, warrant, step)
    tx.log.append(event or _ENDINGS[step.to], about)
    for deployment in tx.deployments.where(warrant_id=warrant.warrant_id):
        _end_deployment(governance, tx, deployment)
    for reference in tx.references.where(warrant_id=warrant.warrant_id):
        intend_erasure(governance, tx, reference.boxes, reference.origin, reason=reason)
    for alert in tx.alerts.where(warrant_id=warrant.warrant_id):
        if alert.state in {AlertState.OPEN, AlertState.DISPUTED}:
            dismiss(governance, tx, alert, rule="A8" if for_good else "A4", reason=reason)
        elif for_good:
            erase_results(governance, tx, alert, reason=reason)
    if for_good:
        recall_hand_offs(governance, tx, warrant.warrant_id)
        # Words and act by name too: objects of before had no tag.
        intend_erasure(governance, tx, *tagged, warrant.details, warrant.act, reason=reason)


_ENDINGS: Final[Mapping[WarrantState, Event]] = {
    WarrantState.EXPIRED: Event.WARRANT_EXPIRE,
    WarrantState.REJECTED: Event.WARRANT_REJECT,
    WarrantState.REVOKED: Event.WARRANT_REVOKE,
}


def _end_deployment(governance: Governance, tx: Transaction, deployment: Deployment) -> None:
    destroy_watchlists(governance, tx, deployment)
    if deployment.state is DeploymentState.ENDED:
        return
    tx.deployments.save(replace(deployment, state=DeploymentState.ENDED))
    tx.log.append(Event.DEPLOYMENT_END, {"deployment": deployment.deployment_id, "warrant": deployment.warrant_id})
