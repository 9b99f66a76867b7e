"""View one candidate and answer, each reviewer alone; combine the answers; conclude (invariants 4 and 7)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from contracts.canonical import encode
from contracts.signature import Signed
from governance.application.boxes import Boxes
from governance.application.conclude import confirm, dismiss
from governance.application.governance import Governance
from governance.application.kept_records import View
from governance.application.picture_ports import Pictures
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.released import Released, release
from governance.application.reviewers import barred_from
from governance.application.vault import Keeping, Reading, finish_erasures, keep, reveal_all
from governance.domain.accounts import is_certified
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, AlertId
from governance.domain.in_operation import DISMISSED_BY_REVIEWERS, REVIEWERS_DISAGREE
from governance.domain.pace import may_answer_more, may_answer_yet, may_look_at_more
from governance.domain.post_remote import method_of
from governance.domain.retention import DataClass, expiry
from governance.domain.review import (
    Alert,
    AlertState,
    Barred,
    Feature,
    Observation,
    Outcome,
    Review,
    Support,
    combine,
    is_complete,
    may_look,
    may_review,
)
from governance.domain.roles import Action


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


def view_candidate(governance: Governance, command: ViewCandidate) -> Released[Pictures]:
    """Log the view, prove the entry, and only then return the pictures (invariant 4).

    Raises:
        Refused: barred, not certified, concluded, out of time, or this reviewer has reviewed too much (E4).
        StorageFailed: the log cannot be written; nothing is shown.
        Unavailable: the viewer does not answer; the log says that the pictures may have been shown.
    """
    with governance.database.transaction() as tx:
        reviewer = acting(tx, command.actor, Action.ALERT_VIEW)
        alert, barred = _load(tx, command.alert_id)
        about = {"actor": command.actor, "alert": alert.alert_id, **method_of(alert)}
        now = governance.clock.now()
        pace = may_look_at_more(
            answered=[one.created_at for one in tx.reviews.where(reviewer=command.actor)],
            looked=[one.created_at for one in tx.views.where(reviewer=command.actor)],
            legal=governance.legal,
            now=now,
        )
        require(tx, is_certified(reviewer, now=now), may_look(alert, command.actor, barred, now=now), pace, about=about)
        entry = {**about, "crops": alert.crops_sha256, "reference": alert.reference_id, "warrant": alert.warrant_id}
        objects = [tx.references.get(alert.reference_id).boxes, alert.report, alert.crops]
        # No key is given out without this entry's receipt, and without it the viewer opens nothing.
        opened, recorded = reveal_all(governance, tx, objects, Reading(event=Event.CANDIDATE_VIEW, about=entry))
        view = View(
            alert_id=alert.alert_id,
            reviewer=command.actor,
            log_index=recorded.index,
            created_at=now,
            expires_at=expiry(DataClass.REVIEW, created_at=now, no_later_than=alert.expires_at),
        )
        tx.views.add(view)
        tx.commit()
    boxes, report = Boxes.from_bytes(opened[0]), Signed.from_json(json.loads(opened[1]))
    pictures = governance.viewer.view(
        receipt=recorded.receipt,
        report=report,
        crops=opened[2],
        enrolment=boxes.enrolment,
        sealed_crop=boxes.sealed_crop,
    )
    return release(governance, pictures, recorded, events=[Event.CANDIDATE_VIEW])


def record_review(governance: Governance, command: RecordReview) -> Outcome:
    """Record an answer, once, and conclude where all are in.

    Raises:
        Refused: barred, not certified, twice, without having looked long enough, incomplete, concluded, or out of time.
    """
    with governance.database.transaction() as tx:
        reviewer = acting(tx, command.actor, Action.ALERT_REVIEW)
        alert, barred = _load(tx, command.alert_id)
        given = tx.reviews.where(alert_id=alert.alert_id)
        looked = [one.created_at for one in tx.views.where(alert_id=alert.alert_id, reviewer=command.actor)]
        now = governance.clock.now()
        require(
            tx,
            is_certified(reviewer, now=now),
            may_review(alert, command.actor, given, barred, viewed=bool(looked), now=now),
            is_complete(command.observations),
            may_answer_yet(looked, legal=governance.legal, now=now),
            may_answer_more(
                [one.created_at for one in tx.reviews.where(reviewer=command.actor)], legal=governance.legal, now=now
            ),
            about={"actor": command.actor, "alert": alert.alert_id},
        )
        earlier = [one.support for one in sorted(given, key=lambda one: one.ordinal)]
        outcome = combine([*earlier, command.support])
        # In clear stands that the two differ, and not how (E6): what reviewers overturn is counted by it.
        rule = {"rule": REVIEWERS_DISAGREE} if outcome is Outcome.DISPUTED else {}
        _add_review(governance, tx, alert, command, ordinal=len(given) + 1, rule=rule)
        _conclude(governance, tx, alert, outcome)
        tx.commit()
    finish_erasures(governance)
    return outcome


def _load(tx: Transaction, alert_id: AlertId) -> tuple[Alert, Barred]:
    alert = tx.alerts.get(alert_id)
    return alert, barred_from(tx, tx.warrants.get(alert.warrant_id))


def _add_review(
    governance: Governance,
    tx: Transaction,
    alert: Alert,
    command: RecordReview,
    *,
    ordinal: int,
    rule: Mapping[str, str],
) -> None:
    """Keep the answer sealed, with its salt; the log holds a commitment to it and nothing of what it says."""
    now = governance.clock.now()
    observed = {feature.value: observation.value for feature, observation in command.observations.items()}
    salt = governance.randomness.salt()
    keeping = Keeping(data_class=DataClass.REVIEW, warrant=alert.warrant_id, no_later_than=alert.expires_at)
    said = encode({"observations": observed, "salt": salt, "support": command.support.value})
    review = Review(
        alert_id=alert.alert_id,
        reviewer=command.actor,
        ordinal=ordinal,
        support=command.support,
        answer=keep(governance, tx, said, keeping),
        created_at=now,
        expires_at=expiry(DataClass.REVIEW, created_at=now, no_later_than=alert.expires_at),
    )
    tx.reviews.add(review)
    tx.log.append(
        Event.CANDIDATE_REVIEW,
        {
            "actor": command.actor,
            "alert": alert.alert_id,
            "d": hashlib.sha256(said).hexdigest(),
            **method_of(alert),
            **rule,
        },
    )


def _conclude(governance: Governance, tx: Transaction, alert: Alert, outcome: Outcome) -> None:
    match outcome:
        case Outcome.CONFIRMED_LEAD:
            confirm(governance, tx, alert)
        case Outcome.DISMISSED:
            dismiss(governance, tx, alert, rule=DISMISSED_BY_REVIEWERS, reason="decision")
        case Outcome.DISPUTED:
            tx.alerts.save(replace(alert, state=AlertState.DISPUTED))
        case Outcome.PENDING:
            pass
