"""Hand a confirmed lead to one patrol, show it once, and take in what the patrol found (A9, A9b, B12)."""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.signature import Signed
from governance.application.boxes import Boxes
from governance.application.charge_budget import settle
from governance.application.conclude import erase_results
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.interventions import intervention_of, keep_intervention, settle_intervention
from governance.application.narrow_warrant import lost, narrow_by_rule
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.released import Released, release
from governance.application.reviewers import barred_from
from governance.application.vault import Reading, finish_erasures, is_standing, reveal_all
from governance.domain.accounts import Account
from governance.domain.decisions import Decision, allow, deny
from governance.domain.events import Event
from governance.domain.hand_offs import (
    Corroboration,
    Found,
    HandOff,
    HandOffState,
    VerifiedBy,
    ends_the_search,
    erases_results,
    is_overdue,
    leaves_a_record,
    may_acknowledge,
    may_conclude,
    may_hand_off,
    may_open,
    may_tell_late,
)
from governance.domain.identifiers import AccountId, AlertId
from governance.domain.in_operation import FOUND_WRONG
from governance.domain.narrowing import NarrowedByRule, NarrowedKind
from governance.domain.retention import DataClass, expiry
from governance.domain.review import Alert
from governance.domain.roles import Action, Role
from governance.domain.warrants import NEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class SendHandOff:
    """Hand a confirmed lead to a named patrol."""

    actor: AccountId
    alert_id: AlertId
    patrol: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHandOff:
    """One patrol at one hand-off: to look, or to acknowledge."""

    actor: AccountId
    hand_off_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludeHandOff:
    """What the patrol found, and how an identity was verified where one was. There is no field for anything else."""

    actor: AccountId
    hand_off_id: str
    found: Found
    verified_by: VerifiedBy | None


def send_hand_off(governance: Governance, command: SendHandOff) -> str:
    """Hand a lead to a patrol, once. Return the hand-off's id.

    Raises:
        Refused: it is no confirmed lead, somebody has it, or the patrol had a hand in it.
    """
    hand_off_id, now = governance.randomness.identifier(), governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.HAND_OFF_SEND)
        alert = tx.alerts.get(command.alert_id)
        reference, warrant = tx.references.get(alert.reference_id), tx.warrants.get(alert.warrant_id)
        patrol = tx.accounts.find(command.patrol)
        about = {"actor": command.actor, "alert": alert.alert_id}
        if patrol is not None:
            # Only whoever there is: the log keeps no words that somebody typed in place of an account.
            about["subject"] = patrol.account_id
        require(
            tx,
            _is_patrol(patrol),
            may_hand_off(
                alert,
                sender=command.actor,
                patrol=command.patrol,
                reviewers={one.reviewer for one in tx.reviews.where(alert_id=alert.alert_id)},
                barred=barred_from(tx, warrant),
                handed_off=bool(tx.hand_offs.where(alert_id=alert.alert_id)),
                slot_suspended=reference.slot_id in lost(tx, warrant.warrant_id, NarrowedKind.SLOT),
                crop_there=is_standing(governance, tx, alert.crops) and is_standing(governance, tx, alert.report),
            ),
            about=about,
        )
        tx.hand_offs.add(
            HandOff(
                hand_off_id=hand_off_id,
                alert_id=alert.alert_id,
                warrant_id=warrant.warrant_id,
                slot_id=reference.slot_id,
                reference_id=reference.reference_id,
                patrol=command.patrol,
                sent_by=command.actor,
                state=HandOffState.SENT,
                found=None,
                opened_index=None,
                created_at=now,
                due_at=now + governance.legal.hand_off_time,
                concluded_at=None,
                expires_at=expiry(DataClass.REVIEW, created_at=now, no_later_than=alert.expires_at),
            )
        )
        tx.log.append(Event.HAND_OFF_SEND, {**about, "warrant": warrant.warrant_id})
        tx.commit()
    return hand_off_id


def open_hand_off(governance: Governance, command: AtHandOff) -> Released[bytes]:
    """Show the crop to the named patrol, once: by an entry of the log for which the vault lets its key out.

    Raises:
        Refused: another patrol's, shown before, recalled, or out of time.
        NotFound: the crop was erased.
        Unavailable: the viewer does not answer; nothing was shown, and it can be asked for again.
    """
    with governance.database.transaction() as tx:
        hand_off, alert = _require_openable(governance, tx, command)
        reading = Reading(
            event=Event.HAND_OFF_OPEN,
            about={
                "actor": command.actor,
                "alert": alert.alert_id,
                "crops": alert.crops_sha256,
                "warrant": alert.warrant_id,
            },
        )
        objects = [tx.references.get(alert.reference_id).boxes, alert.report, alert.crops]
        opened, recorded = reveal_all(governance, tx, objects, reading)
    boxes, report = Boxes.from_bytes(opened[0]), Signed.from_json(json.loads(opened[1]))
    pictures = governance.viewer.view(
        receipt=recorded.receipt,
        report=report,
        crops=opened[2],
        enrolment=boxes.enrolment,
        sealed_crop=boxes.sealed_crop,
    )
    # Asked again: of two that look at the same moment, one is shown it.
    with governance.database.transaction() as tx:
        hand_off, _ = _require_openable(governance, tx, command)
        tx.hand_offs.save(replace(hand_off, state=HandOffState.OPENED, opened_index=recorded.index))
        tx.log.append(Event.HAND_OFF_SHOW, {"actor": command.actor, "alert": hand_off.alert_id})
        tx.commit()
    return release(governance, pictures.probe_png, recorded, events=[Event.HAND_OFF_OPEN])


def acknowledge_hand_off(governance: Governance, command: AtHandOff) -> None:
    """The patrol says that it takes this on."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.HAND_OFF_RECEIVE)
        hand_off = _own(tx, command.actor, command.hand_off_id)
        about = {"actor": command.actor, "alert": hand_off.alert_id}
        require(tx, may_acknowledge(hand_off, patrol=command.actor, now=governance.clock.now()), about=about)
        tx.hand_offs.save(replace(hand_off, state=HandOffState.ACKNOWLEDGED))
        tx.log.append(Event.HAND_OFF_ACKNOWLEDGE, about)
        tx.commit()


def conclude_hand_off(governance: Governance, command: ConcludeHandOff) -> None:
    """Take in what the patrol found, and do at once what follows from it.

    *Right* takes the person off the list; everything else erases the results; *wrong* leaves a sealed minimal record.
    After a recall or its time a patrol that had seen the crop still says whether somebody was stopped.
    """
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.HAND_OFF_RECEIVE)
        hand_off = _own(tx, command.actor, command.hand_off_id)
        about = {"actor": command.actor, "alert": hand_off.alert_id}
        if hand_off.state in {HandOffState.RECALLED, HandOffState.OVERDUE}:
            _tell_late(governance, tx, hand_off, command)
            finish_erasures(governance)
            return
        decision = may_conclude(
            hand_off, patrol=command.actor, found=command.found, verified_by=command.verified_by, now=now
        )
        require(tx, decision, about=about)
        if command.verified_by is not None:
            _corroborate(tx, hand_off, command.verified_by, now=now)
        concluded = replace(hand_off, state=HandOffState.CONCLUDED, found=command.found, concluded_at=now)
        _end(governance, tx, concluded)
        tx.commit()
    finish_erasures(governance)


def _tell_late(governance: Governance, tx: Transaction, hand_off: HandOff, command: ConcludeHandOff) -> None:
    """B12: take in whether somebody was stopped, after a recall or after the time; the outcome stays what it was."""
    about = {"actor": hand_off.patrol, "alert": hand_off.alert_id}
    kept, found, verified_by = intervention_of(tx, hand_off.alert_id), command.found, command.verified_by
    decision = may_tell_late(hand_off, patrol=command.actor, found=found, verified_by=verified_by, kept=kept)
    require(tx, decision, about=about)
    if kept is None:
        raise NotFound("There is no such record.")
    settle_intervention(governance, tx, kept, found)
    if verified_by is not None:
        _corroborate(tx, hand_off, verified_by, now=governance.clock.now())
    tx.log.append(
        Event.HAND_OFF_CONCLUDE, {**about, "outcome": found.value, "warrant": hand_off.warrant_id, **_rule_of(found)}
    )
    if ends_the_search(found) and NEXT[tx.warrants.get(hand_off.warrant_id).state]:
        narrow_by_rule(governance, tx, hand_off.warrant_id, hand_off.slot_id, NarrowedByRule.FOUND)
    tx.commit()


def lapse_hand_offs(governance: Governance, tx: Transaction) -> int:
    """A9b: end every hand-off without an outcome in time; it counts as unknown. Return how many.

    B12: where the patrol had been shown the crop, a sealed minimal record stays until it says what it did.
    """
    now = governance.clock.now()
    late = [one for one in tx.hand_offs.where() if is_overdue(one, now=now)]
    for one in late:
        _end(governance, tx, replace(one, state=HandOffState.OVERDUE, found=Found.UNKNOWN, concluded_at=now))
    return len(late)


def _end(governance: Governance, tx: Transaction, hand_off: HandOff) -> None:
    """Write an outcome, and what follows from it, in one change."""
    alert = tx.alerts.get(hand_off.alert_id)
    found = hand_off.found
    if leaves_a_record(hand_off):
        keep_intervention(governance, tx, hand_off, alert)
    tx.hand_offs.save(hand_off)
    overdue = hand_off.state is HandOffState.OVERDUE
    tx.log.append(
        Event.HAND_OFF_LAPSE if overdue else Event.HAND_OFF_CONCLUDE,
        {
            "actor": hand_off.patrol,
            "alert": alert.alert_id,
            "outcome": str(found),
            "warrant": alert.warrant_id,
            **_rule_of(found),
        },
    )
    if found is not None and ends_the_search(found):
        narrow_by_rule(governance, tx, alert.warrant_id, hand_off.slot_id, NarrowedByRule.FOUND)
    if erases_results(found):
        erase_results(governance, tx, alert, reason="decision")
    settle(governance, tx, alert)


def _rule_of(found: Found | None) -> dict[str, str]:
    """A18: return what stands in clear of an outcome: that it was somebody else, which is counted, and nothing else."""
    return {"rule": FOUND_WRONG} if found is Found.IDENTITY_WRONG else {}


def _corroborate(tx: Transaction, hand_off: HandOff, verified_by: VerifiedBy, *, now: datetime) -> None:
    tx.corroborations.add(
        Corroboration(
            hand_off_id=hand_off.hand_off_id,
            recorded_by=hand_off.patrol,
            verified_by=verified_by,
            created_at=now,
            expires_at=hand_off.expires_at,
        )
    )


def _require_openable(governance: Governance, tx: Transaction, command: AtHandOff) -> tuple[HandOff, Alert]:
    acting(tx, command.actor, Action.HAND_OFF_RECEIVE)
    hand_off = _own(tx, command.actor, command.hand_off_id)
    about = {"actor": command.actor, "alert": hand_off.alert_id}
    require(tx, may_open(hand_off, patrol=command.actor, now=governance.clock.now()), about=about)
    return hand_off, tx.alerts.get(hand_off.alert_id)


def _own(tx: Transaction, actor: AccountId, hand_off_id: str) -> HandOff:
    """Return a patrol's own hand-off; another's does not exist for it."""
    found = tx.hand_offs.find(hand_off_id)
    if found is None or found.patrol != actor:
        raise NotFound("There is no such hand-off.")
    return found


def _is_patrol(account: Account | None) -> Decision:
    if account is None or not account.is_in_force or Role.PATROL not in account.roles:
        return deny("A9b", "A lead is handed to a named patrol, and to nobody else.")
    return allow("A9b")
