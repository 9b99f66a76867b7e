"""Charge alerts to their budget, count passages, and stop what spent it: the reference first, then the whole (C5)."""

from dataclasses import replace
from datetime import datetime

from governance.application.governance import Governance
from governance.application.move_warrant import Step, move
from governance.application.narrow_warrant import narrow_by_rule
from governance.application.ports import Transaction
from governance.domain.budget import (
    Budget,
    BudgetKey,
    Charge,
    Verdict,
    goes_on,
    may_settle,
    reference_goes_on,
    tolerating_no_more,
)
from governance.domain.deployments import DeploymentState
from governance.domain.events import Event
from governance.domain.hand_offs import verdict
from governance.domain.identifiers import AlertId, CameraId, DeploymentId
from governance.domain.narrowing import NarrowedByRule
from governance.domain.registers import Camera
from governance.domain.retention import DataClass, expiry
from governance.domain.review import Alert
from governance.domain.warrants import NEXT, WarrantState


def charge(governance: Governance, tx: Transaction, alert: Alert, profile_sha256: str) -> None:
    """Charge an alert when it is taken in, and stop what this spends."""
    now = governance.clock.now()
    one = _charge_of(governance, tx, alert, profile_sha256)
    tx.charges.add(one)
    if verdict(None, alert, governance.legal, confirmed=False, now=now) is Verdict.FALSE:
        _settle(governance, tx, one, Verdict.FALSE)
    enforce(governance, tx, one.key)


def charge_joined(governance: Governance, tx: Transaction, alert: Alert, *, report_id: AlertId) -> None:
    """Charge a candidate that joins an alert: it has the alert's end, and counts once that was false."""
    of_alert = tx.charges.get(alert.alert_id)
    joined = _charge_of(governance, tx, alert, of_alert.profile_sha256)
    tx.charges.add(replace(joined, alert_id=report_id, joins=alert.alert_id))


def settle(governance: Governance, tx: Transaction, alert: Alert) -> None:
    """Say what became of an alert, as far as the budget goes; stop what this spends."""
    one = tx.charges.find(alert.alert_id)
    if one is None:
        return
    hand_off = next(iter(tx.hand_offs.where(alert_id=alert.alert_id)), None)
    confirmed = hand_off is not None and tx.confirmations.find(hand_off.hand_off_id) is not None
    counts_as = verdict(hand_off, alert, governance.legal, confirmed=confirmed, now=governance.clock.now())
    if counts_as is not Verdict.PENDING and may_settle(one, counts_as).allowed:
        _settle(governance, tx, one, counts_as)
        enforce(governance, tx, one.key)


def settle_all(governance: Governance, tx: Transaction) -> int:
    """Settle every charge whose alert has come to an end, by time above all. Return how many."""
    pending = tx.charges.where(verdict=Verdict.PENDING, joins=None)
    for one in pending:
        alert = tx.alerts.find(one.alert_id)
        if alert is not None:
            settle(governance, tx, alert)
    return len(pending) - len(tx.charges.where(verdict=Verdict.PENDING, joins=None))


def count_passages(tx: Transaction, camera: Camera, compared: int, *, since: datetime, until: datetime) -> None:
    """Add faces that were compared at a camera to the budgets of the deployments that were lent there meanwhile.

    A deployment that runs and was not lent compared nobody: without a lease that the site took, nothing is added.
    """
    if compared <= 0:
        return
    for deployment in tx.deployments.where(state=DeploymentState.RUNNING):
        if tx.was_lent(deployment.deployment_id, CameraId(camera.camera_id), since=since, until=until):
            budget = tx.budgets.find((deployment.warrant_id, camera.site_id, deployment.profile_sha256))
            if budget is not None:
                tx.budgets.save(replace(budget, passages=budget.passages + compared))


def charges_of(tx: Transaction, key: BudgetKey) -> tuple[Charge, ...]:
    """Return what is charged to one budget."""
    warrant_id, site_id, profile_sha256 = key
    return tx.charges.where(warrant_id=warrant_id, site_id=site_id, profile_sha256=profile_sha256)


def enforce(governance: Governance, tx: Transaction, key: BudgetKey) -> None:
    """Stop what has spent its budget, in the very transaction in which it did."""
    budget = tx.budgets.find(key)
    if budget is None or budget.stopped_at is not None or not NEXT[tx.warrants.get(budget.warrant_id).state]:
        return
    if not goes_on(budget, charges_of(tx, key), governance.legal).allowed:
        _stop(governance, tx, budget)


def _charge_of(governance: Governance, tx: Transaction, alert: Alert, profile_sha256: str) -> Charge:
    now, warrant = governance.clock.now(), tx.warrants.get(alert.warrant_id)
    return Charge(
        alert_id=alert.alert_id,
        warrant_id=alert.warrant_id,
        site_id=alert.site_id,
        profile_sha256=profile_sha256,
        reference_id=alert.reference_id,
        verdict=Verdict.PENDING,
        created_at=now,
        expires_at=expiry(DataClass.WARRANT, created_at=now, no_later_than=warrant.expires_at),
    )


def _settle(governance: Governance, tx: Transaction, one: Charge, counts_as: Verdict) -> None:
    for charged in (one, *tx.charges.where(joins=one.alert_id)):
        tx.charges.save(replace(charged, verdict=counts_as))
    budget = tx.budgets.find(one.key)
    if budget is not None:
        tx.budgets.save(tolerating_no_more(budget, charges_of(tx, one.key)))
    if not NEXT[tx.warrants.get(one.warrant_id).state]:
        # Its references may be gone, and there is no list left to take anybody off.
        return
    of_reference = tx.charges.where(reference_id=one.reference_id)
    if not reference_goes_on(of_reference, governance.legal).allowed:
        reference = tx.references.get(one.reference_id)
        narrow_by_rule(governance, tx, one.warrant_id, reference.slot_id, NarrowedByRule.FALSE_ALERTS)


def _stop(governance: Governance, tx: Transaction, budget: Budget) -> None:
    now = governance.clock.now()
    tx.budgets.save(replace(budget, stopped_at=now, resume_asked_by=None, resumed_by=None))
    about = {"profile": budget.profile_sha256, "site": budget.site_id, "warrant": budget.warrant_id}
    tx.log.append(Event.BUDGET_STOP, {**about, "rule": "C5"})
    for deployment in tx.deployments.where(warrant_id=budget.warrant_id, state=DeploymentState.RUNNING):
        warrant = tx.warrants.get(deployment.warrant_id)
        tx.deployments.save(replace(deployment, state=DeploymentState.SUSPENDED))
        if warrant.state is WarrantState.ACTIVE:
            move(governance, tx, warrant, Step(to=WarrantState.SUSPENDED, actor=None, why="", rule="C5"))
        tx.log.append(
            Event.DEPLOYMENT_SUSPEND,
            {"deployment": DeploymentId(deployment.deployment_id), "rule": "C5", "warrant": warrant.warrant_id},
        )


def verdict_of(tx: Transaction, alert_id: AlertId) -> Verdict:
    """Return what an alert counts as; what was never charged is pending."""
    one = tx.charges.find(alert_id)
    return Verdict.PENDING if one is None else one.verdict
