"""B12: where somebody was stopped who was not the one, a sealed minimal record stays until the complaint period ends.

Where a patrol was shown a face and said nothing, nobody knows; the record stays until it says that nobody was stopped.
It holds what a complaint or a defence needs to know of the system's part, and no picture. Only the auditor opens it,
and hands it on to whoever complains or defends.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.candidate_report import CandidateReport
from contracts.canonical import encode
from contracts.fields import format_instant
from contracts.signature import Signed
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting
from governance.application.released import Released, release
from governance.application.vault import (
    Keeping,
    Reading,
    for_step,
    intend_erasure,
    is_standing,
    keep,
    reveal,
    reveal_all,
)
from governance.domain.events import Event
from governance.domain.hand_offs import Found, HandOff, Intervention
from governance.domain.identifiers import AccountId, AlertId, ObjectId
from governance.domain.retention import DataClass, expiry
from governance.domain.review import Alert
from governance.domain.roles import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class InterventionLine:
    """One record in the auditor's list: that there is one, until when, and whether the patrol has said anything."""

    record: ObjectId
    said: Found
    kept_since: datetime
    kept_until: datetime


def keep_intervention(governance: Governance, tx: Transaction, hand_off: HandOff, alert: Alert) -> None:
    """Seal the minimal record of a wrong intervention, or of one that nobody tells of, before the report is erased."""
    found = Found.UNKNOWN if hand_off.found is None else hand_off.found
    said: dict[str, object] = {
        "alert": alert.alert_id,
        "camera": alert.camera_id,
        "captured_at": format_instant(alert.captured_at),
        "crops_sha256": alert.crops_sha256,
        "handed_off_at": format_instant(hand_off.created_at),
        "found": found.value,
        "kind": "insyn/intervention/1",
        "patrol": hand_off.patrol,
        "salt": governance.randomness.salt(),
        "sent_by": hand_off.sent_by,
        "site": alert.site_id,
        "supports": [one.support.value for one in tx.reviews.where(alert_id=alert.alert_id)],
        "warrant": alert.warrant_id,
    }
    if is_standing(governance, tx, alert.report):
        about = {"alert": alert.alert_id, "warrant": alert.warrant_id}
        signed = Signed.from_json(json.loads(reveal(governance, tx, alert.report, for_step("intervention", about))))
        report = CandidateReport.from_bytes(signed.payload)
        said |= {"profile": report.profile_sha256, "score": report.score, "threshold": report.threshold}
    now = governance.clock.now()
    # It bears no warrant's tag: what a rejection or a revocation erases, this outlives.
    keeping = Keeping(
        data_class=DataClass.INTERVENTION, warrant=None, no_later_than=now + governance.legal.complaint_period
    )
    tx.interventions.add(
        Intervention(
            record=keep(governance, tx, encode(said), keeping),
            alert_id=alert.alert_id,
            warrant_id=alert.warrant_id,
            said=found,
            created_at=now,
            expires_at=expiry(keeping.data_class, created_at=now, no_later_than=keeping.no_later_than),
        )
    )


def intervention_of(tx: Transaction, alert_id: AlertId) -> Intervention | None:
    """Return the record that is kept about an alert."""
    return next(iter(tx.interventions.where(alert_id=alert_id)), None)


def settle_intervention(governance: Governance, tx: Transaction, kept: Intervention, found: Found) -> None:
    """Take in, late, what a patrol says: a wrong stop stays on record, anything else ends the record."""
    if found is Found.IDENTITY_WRONG:
        tx.interventions.save(replace(kept, said=found))
        return
    tx.interventions.remove(kept.record)
    intend_erasure(governance, tx, kept.record, reason="decision")


def list_interventions(governance: Governance, actor: AccountId) -> tuple[InterventionLine, ...]:
    """List the records that are kept: nothing of what they say."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.INTERVENTION_READ)
        return tuple(
            InterventionLine(record=one.record, said=one.said, kept_since=one.created_at, kept_until=one.expires_at)
            for one in tx.interventions.where()
            if is_standing(governance, tx, one.record)
        )


def read_intervention(governance: Governance, actor: AccountId, record: ObjectId) -> Released[bytes]:
    """Open one record, for a complaint or a defence. The log says so, provably, first.

    Raises:
        NotFound: there is none, or its time is over.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.INTERVENTION_READ)
        found = tx.interventions.find(record)
        if found is None:
            raise NotFound("There is no such record.")
        about = {"actor": actor, "alert": found.alert_id, "warrant": found.warrant_id}
        reading = Reading(event=Event.INTERVENTION_READ, about=about)
        (opened,), recorded = reveal_all(governance, tx, [found.record], reading)
    return release(governance, opened, recorded, events=[Event.INTERVENTION_READ])
