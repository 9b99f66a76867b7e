"""The rules of legal holds at their very edges: three people, before the due time, with an end, once (B15)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.decisions import Decision
from governance.domain.holds import (
    MOST_A_DAY,
    Basis,
    Hold,
    HoldState,
    is_held,
    is_held_before,
    is_over,
    may_approve,
    may_ask,
    may_clear,
    may_read_held,
)
from governance.domain.identifiers import AccountId, ObjectId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.organisations import Organisation
from governance.domain.retention import due_day
from governance.domain.roles import Role
from tests.builders_contracts import NOON
from tests.property.test_hold_properties import an_account

pytestmark = pytest.mark.law("B15")

LEAST, DAY = timedelta(milliseconds=1), timedelta(days=1)
TODAY = due_day(NOON)
LIV, OLA, LEX = AccountId("liv"), AccountId("ola"), AccountId("lex")
POLICE, SUPERVISOR = Organisation.POLICE, Organisation.SUPERVISORY_AUTHORITY

HOLD = Hold(
    object_id=ObjectId("o"),
    state=HoldState.ASKED,
    basis=Basis.COMPLAINT,
    reason=ObjectId("r"),
    until_day=TODAY + 5,
    asked_by=LIV,
    first_approver=OLA,
    second_approver=None,
    placed_at=None,
    in_force_at=None,
    set_apart=False,
    erase_after="",
    created_at=NOON,
    expires_at=NOON + 730 * DAY,
)
MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC) + (TODAY + 6) * DAY
"""From this instant the hold above holds nothing."""


def asked(
    *,
    object_ends_at: datetime = NOON + DAY,
    until_day: int = TODAY + 5,
    held_before: bool = False,
    of_same_day: int = 0,
) -> Decision:
    return may_ask(
        object_ends_at=object_ends_at,
        until_day=until_day,
        held_before=held_before,
        of_same_day=of_same_day,
        legal=SWEDEN_2026,
        now=NOON,
    )


def test_a_hold_is_asked_for_before_the_due_time_and_not_at_it() -> None:
    assert asked(object_ends_at=NOON + LEAST).allowed
    assert not asked(object_ends_at=NOON).allowed


def test_a_hold_lasts_beyond_the_objects_own_end() -> None:
    assert asked(object_ends_at=MIDNIGHT - LEAST).allowed
    assert not asked(object_ends_at=MIDNIGHT).allowed


def test_a_hold_ends_within_183_days() -> None:
    """Noon and 183 days is within the 183rd day from today: its last whole day is the one before."""
    assert asked(until_day=TODAY + 182).allowed
    for until_day in (TODAY + 183, TODAY + 184, 10**9, 10**18):
        assert not asked(until_day=until_day).allowed


def test_so_many_of_a_class_and_day_are_held_and_no_more() -> None:
    assert asked(of_same_day=MOST_A_DAY - 1).allowed
    assert not asked(of_same_day=MOST_A_DAY).allowed


def test_what_was_held_is_not_held_again() -> None:
    assert not asked(held_before=True).allowed


def test_only_what_was_asked_for_gives_way_and_only_to_whoever_asks_for_longer() -> None:
    assert not is_held_before(None, until_day=TODAY + 5)
    assert is_held_before(HOLD, until_day=TODAY + 5)
    assert not is_held_before(HOLD, until_day=TODAY + 6)
    for state in (HoldState.IN_FORCE, HoldState.CLEARED):
        assert is_held_before(replace(HOLD, state=state), until_day=TODAY + 6)


@pytest.mark.parametrize(
    ("approver", "state", "object_ends_at", "allowed"),
    [
        (LEX, HoldState.ASKED, NOON + LEAST, True),
        (LEX, HoldState.ASKED, NOON, False),
        (LIV, HoldState.ASKED, NOON + DAY, False),
        (OLA, HoldState.ASKED, NOON + DAY, False),
        (LEX, HoldState.IN_FORCE, NOON + DAY, False),
        (LEX, HoldState.CLEARED, NOON + DAY, False),
    ],
)
def test_known_answers_of_an_approval(
    approver: AccountId, state: HoldState, object_ends_at: datetime, *, allowed: bool
) -> None:
    hold = replace(HOLD, state=state)
    assert may_approve(hold, approver=approver, object_ends_at=object_ends_at, now=NOON).allowed is allowed


@given(
    people=st.tuples(*[st.sampled_from([LIV, OLA, LEX])] * 3),
    ends=st.timedeltas(timedelta(-2), timedelta(2)),
    state=st.sampled_from(HoldState),
)
def test_whatever_is_approved_was_asked_for_and_approved_by_different_people_in_time(
    people: tuple[AccountId, AccountId, AccountId], ends: timedelta, state: HoldState
) -> None:
    asker, first, second = people
    hold = replace(HOLD, asked_by=asker, first_approver=first, state=state)
    decision = may_approve(hold, approver=second, object_ends_at=NOON + ends, now=NOON)
    assert decision.allowed is (second not in {asker, first} and ends > timedelta(0) and state is HoldState.ASKED)


@pytest.mark.parametrize(
    ("clears", "asked_from", "allowed"),
    [
        (POLICE, POLICE, True),
        (SUPERVISOR, POLICE, True),
        (SUPERVISOR, SUPERVISOR, True),
        (POLICE, SUPERVISOR, False),
        (Organisation.REGION, SUPERVISOR, False),
        (POLICE, None, True),
    ],
)
def test_known_answers_of_ending_a_hold(
    clears: Organisation, asked_from: Organisation | None, *, allowed: bool
) -> None:
    in_force = replace(HOLD, state=HoldState.IN_FORCE)
    assert may_clear(in_force, clears_from=clears, asked_from=asked_from).allowed is allowed
    for state in (HoldState.ASKED, HoldState.CLEARED):
        assert not may_clear(replace(HOLD, state=state), clears_from=clears, asked_from=asked_from).allowed


def test_a_hold_is_over_at_the_end_of_its_last_day_and_not_before() -> None:
    in_force = replace(HOLD, state=HoldState.IN_FORCE)
    assert in_force.ends_at == MIDNIGHT
    assert not is_over(in_force, now=MIDNIGHT - LEAST)
    assert is_over(in_force, now=MIDNIGHT)
    assert not is_over(HOLD, now=MIDNIGHT)


@pytest.mark.parametrize("state", HoldState)
def test_only_a_hold_in_force_keeps_anything_and_opens_anything(state: HoldState) -> None:
    hold, reader = replace(HOLD, state=state), an_account(1, Role.AUDITOR, in_force=True)
    assert is_held(hold) is may_read_held(hold, reader=reader).allowed is (state is HoldState.IN_FORCE)
    assert not is_held(None)
    assert not may_read_held(None, reader=reader).allowed
