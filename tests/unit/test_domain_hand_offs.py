"""The rules of hand-offs at their very edges: one lead, one patrol, shown once, answered in time (A9, A9b, B12, C5)."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.budget import Verdict
from governance.domain.decisions import Decision
from governance.domain.hand_offs import (
    LIVE,
    Found,
    HandOff,
    HandOffState,
    Intervention,
    VerifiedBy,
    is_overdue,
    may_acknowledge,
    may_conclude,
    may_hand_off,
    may_open,
    may_recall,
    may_tell_late,
    verdict,
)
from governance.domain.identifiers import AccountId, AlertId, ObjectId, ReferenceId, SlotId, WarrantId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.review import Alert, AlertState, Barred
from tests.builders_contracts import NOON
from tests.unit.test_domain_rules import an_alert_record

pytestmark = pytest.mark.law("A9", "A9b")

LEAST, HOUR = timedelta(milliseconds=1), timedelta(hours=1)
PIA, BEA, CAI, DAG = AccountId("pia"), AccountId("bea"), AccountId("cai"), AccountId("dag")
ADA, LEX, EVA, NEW = AccountId("ada"), AccountId("lex"), AccountId("eva"), AccountId("new")
BARRED = Barred(applicant=ADA, legal_officer=LEX, enrollers=frozenset({EVA}), latecomers=frozenset({NEW}))
LEAD = an_alert_record(state=AlertState.CONFIRMED_LEAD, concluded_at=NOON)
DUE = NOON + SWEDEN_2026.hand_off_time

SENT = HandOff(
    hand_off_id="h",
    alert_id=AlertId("a"),
    warrant_id=WarrantId("w"),
    slot_id=SlotId("s"),
    reference_id=ReferenceId("r"),
    patrol=PIA,
    sent_by=DAG,
    state=HandOffState.SENT,
    found=None,
    opened_index=None,
    created_at=NOON,
    due_at=DUE,
    concluded_at=None,
    expires_at=NOON + timedelta(days=183),
)
OPENED = replace(SENT, state=HandOffState.OPENED, opened_index=7)
TAKEN = replace(OPENED, state=HandOffState.ACKNOWLEDGED)
RECALLED = replace(OPENED, state=HandOffState.RECALLED)
KEPT = Intervention(
    record=ObjectId("o"),
    alert_id=AlertId("a"),
    warrant_id=WarrantId("w"),
    said=Found.UNKNOWN,
    created_at=NOON,
    expires_at=NOON + timedelta(days=183),
)


def sending(
    *,
    sender: AccountId = DAG,
    patrol: AccountId = PIA,
    state: AlertState = AlertState.CONFIRMED_LEAD,
    handed_off: bool = False,
    slot_suspended: bool = False,
    crop_there: bool = True,
) -> Decision:
    return may_hand_off(
        replace(LEAD, state=state),
        sender=sender,
        patrol=patrol,
        reviewers={BEA, CAI},
        barred=BARRED,
        handed_off=handed_off,
        slot_suspended=slot_suspended,
        crop_there=crop_there,
    )


def test_a_lead_goes_to_a_patrol_with_no_hand_in_it() -> None:
    assert sending().allowed
    # One of the reviewers may send it.
    assert sending(sender=BEA).allowed
    for patrol in (DAG, BEA, CAI, ADA, LEX, EVA, NEW):
        assert not sending(patrol=patrol).allowed, patrol
    for sender in (ADA, LEX, EVA, NEW):
        assert not sending(sender=sender).allowed, sender


def test_only_a_lead_goes_once_while_its_person_is_looked_for_and_its_crop_is_there() -> None:
    for state in AlertState:
        assert sending(state=state).allowed is (state is AlertState.CONFIRMED_LEAD)
    assert not sending(handed_off=True).allowed
    assert not sending(slot_suspended=True).allowed
    assert not sending(crop_there=False).allowed


def test_a_crop_is_shown_to_its_patrol_once_and_in_time() -> None:
    assert may_open(SENT, patrol=PIA, now=DUE - LEAST).allowed
    assert not may_open(SENT, patrol=PIA, now=DUE).allowed
    assert not may_open(SENT, patrol=BEA, now=NOON).allowed
    assert not may_open(replace(SENT, opened_index=7), patrol=PIA, now=NOON).allowed
    for state in HandOffState:
        assert may_open(replace(SENT, state=state), patrol=PIA, now=NOON).allowed is (state is HandOffState.SENT)


def test_it_is_acknowledged_by_its_patrol_after_a_look_and_in_time() -> None:
    assert may_acknowledge(OPENED, patrol=PIA, now=DUE - LEAST).allowed
    assert not may_acknowledge(OPENED, patrol=PIA, now=DUE).allowed
    assert not may_acknowledge(OPENED, patrol=BEA, now=NOON).allowed
    for state in HandOffState:
        acknowledged = may_acknowledge(replace(OPENED, state=state), patrol=PIA, now=NOON)
        assert acknowledged.allowed is (state is HandOffState.OPENED)


def test_an_outcome_comes_from_its_patrol_after_it_took_it_on_and_in_time() -> None:
    def concluding(hand_off: HandOff, *, patrol: AccountId = PIA, after: timedelta = HOUR) -> bool:
        return may_conclude(
            hand_off, patrol=patrol, found=Found.IDENTITY_WRONG, verified_by=None, now=NOON + after
        ).allowed

    assert concluding(TAKEN, after=DUE - NOON - LEAST)
    assert not concluding(TAKEN, after=DUE - NOON)
    assert not concluding(TAKEN, patrol=BEA)
    for state in HandOffState:
        assert concluding(replace(TAKEN, state=state)) is (state is HandOffState.ACKNOWLEDGED)


def test_known_answers_of_what_was_found_and_how_it_was_verified() -> None:
    """Right only verified; where nobody was stopped, nothing was verified; wrong may have been verified or not."""
    allowed = {
        (found, by)
        for found, by in product(Found, (*VerifiedBy, None))
        if may_conclude(TAKEN, patrol=PIA, found=found, verified_by=by, now=NOON).allowed
    }
    assert allowed == {
        *((Found.IDENTITY_RIGHT, by) for by in VerifiedBy),
        *((Found.IDENTITY_WRONG, by) for by in (*VerifiedBy, None)),
        (Found.NOT_STOPPED, None),
        (Found.UNKNOWN, None),
    }


@pytest.mark.law("B12")
def test_what_was_done_is_told_late_once_and_only_by_the_patrol_that_had_seen_it() -> None:
    def telling(
        hand_off: HandOff = RECALLED,
        *,
        patrol: AccountId = PIA,
        found: Found = Found.IDENTITY_WRONG,
        kept: Found | None,
    ) -> bool:
        record = None if kept is None else replace(KEPT, said=kept)
        return may_tell_late(hand_off, patrol=patrol, found=found, verified_by=None, kept=record).allowed

    silent = Found.UNKNOWN
    assert telling(kept=silent)
    assert not telling(kept=silent, patrol=BEA)
    assert not telling(kept=None)
    for said in set(Found) - {silent}:
        assert not telling(kept=said), "an outcome is given once"
    assert not telling(replace(RECALLED, opened_index=None), kept=silent)
    for found in Found:
        assert telling(found=found, kept=silent) is (found in {Found.IDENTITY_WRONG, Found.NOT_STOPPED})
    for state in set(HandOffState) - {HandOffState.RECALLED, HandOffState.OVERDUE}:
        assert not telling(replace(RECALLED, state=state), kept=silent)


@pytest.mark.law("A8")
@pytest.mark.parametrize("state", HandOffState)
def test_what_is_on_its_way_is_recalled_and_runs_out_and_nothing_else(state: HandOffState) -> None:
    hand_off = replace(SENT, state=state)
    live = state in {HandOffState.SENT, HandOffState.OPENED, HandOffState.ACKNOWLEDGED}
    assert (state in LIVE) is may_recall(hand_off).allowed is live
    assert not is_overdue(hand_off, now=DUE - LEAST)
    assert is_overdue(hand_off, now=DUE) is live


@pytest.mark.law("C5")
def test_known_answers_of_what_an_alert_counts_as() -> None:
    """Right by two people's words; false by every other end, and a day after a lead that nobody handed off."""

    def counts_as(
        hand_off: HandOff | None, alert: Alert = LEAD, *, confirmed: bool = False, now: datetime = NOON
    ) -> Verdict:
        return verdict(hand_off, alert, SWEDEN_2026, confirmed=confirmed, now=now)

    assert counts_as(TAKEN, now=DUE + HOUR) is Verdict.PENDING
    for found, confirmed in product(Found, (False, True)):
        by_two = Verdict.RIGHT if confirmed else Verdict.PENDING
        expected = by_two if found is Found.IDENTITY_RIGHT else Verdict.FALSE
        ended = replace(TAKEN, state=HandOffState.CONCLUDED, found=found)
        assert counts_as(ended, confirmed=confirmed) is expected
    assert counts_as(replace(SENT, state=HandOffState.RECALLED)) is Verdict.FALSE
    assert counts_as(None, now=DUE - LEAST) is Verdict.PENDING
    assert counts_as(None, now=DUE) is Verdict.FALSE
    assert counts_as(None, replace(LEAD, state=AlertState.DISMISSED)) is Verdict.FALSE
    assert counts_as(None, replace(LEAD, state=AlertState.OPEN, concluded_at=None), now=DUE + HOUR) is Verdict.PENDING


@given(
    sender=st.sampled_from([DAG, BEA, ADA, LEX, EVA, NEW, PIA]),
    patrol=st.sampled_from([DAG, BEA, CAI, ADA, LEX, EVA, NEW, PIA]),
    state=st.sampled_from(AlertState),
    facts=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_whatever_is_handed_off_is_a_lead_and_goes_to_a_stranger_to_it(
    sender: AccountId, patrol: AccountId, state: AlertState, facts: tuple[bool, bool, bool]
) -> None:
    handed_off, suspended, there = facts
    hands = {ADA, LEX, EVA, NEW}
    wanted = (
        state is AlertState.CONFIRMED_LEAD
        and not handed_off
        and not suspended
        and there
        and sender not in hands
        and patrol not in hands | {BEA, CAI, sender}
    )
    decision = sending(
        sender=sender, patrol=patrol, state=state, handed_off=handed_off, slot_suspended=suspended, crop_there=there
    )
    assert decision.allowed is wanted
