"""Recall what a warrant's patrols were handed, when the warrant is rejected or revoked (A8)."""

from dataclasses import replace

from governance.application.charge_budget import settle
from governance.application.governance import Governance
from governance.application.interventions import keep_intervention
from governance.application.ports import Transaction
from governance.domain.events import Event
from governance.domain.hand_offs import HandOffState, leaves_a_record, may_recall
from governance.domain.identifiers import WarrantId


def recall_hand_offs(governance: Governance, tx: Transaction, warrant_id: WarrantId) -> int:
    """A8: recall every hand-off of a warrant that is on its way; its patrol's page says so. Return how many.

    B12: where the patrol had been shown the crop, a sealed minimal record stays until it says what it did.
    """
    live = [one for one in tx.hand_offs.where(warrant_id=warrant_id) if may_recall(one).allowed]
    for one in live:
        recalled = replace(one, state=HandOffState.RECALLED, concluded_at=governance.clock.now())
        if leaves_a_record(recalled):
            keep_intervention(governance, tx, recalled, tx.alerts.get(one.alert_id))
        tx.hand_offs.save(recalled)
        tx.log.append(Event.HAND_OFF_RECALL, {"alert": one.alert_id, "rule": "A8", "warrant": warrant_id})
        settle(governance, tx, tx.alerts.get(one.alert_id))
    return len(live)
