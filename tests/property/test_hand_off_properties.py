"""A9b, B12, C5: whatever happens to a hand-off, no word of one person credits it and no silence hides a wrong stop."""

from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.budget import Verdict
from governance.domain.hand_offs import (
    LIVE,
    Found,
    HandOff,
    HandOffState,
    Intervention,
    VerifiedBy,
    leaves_a_record,
    may_confirm,
    may_tell_late,
    verdict,
)
from governance.domain.identifiers import AccountId, AlertId, ObjectId, WarrantId
from governance.domain.legal_profile import SWEDEN_2026
from tests.builders_contracts import NOON
from tests.builders_hand_offs import a_hand_off, an_alert

PEOPLE = [AccountId(one) for one in ("pia", "bea", "cai", "lex", "sten")]
people = st.sampled_from(PEOPLE)
ended = st.sampled_from(
    [
        *((HandOffState.CONCLUDED, found) for found in Found),
        (HandOffState.OVERDUE, Found.UNKNOWN),
        (HandOffState.RECALLED, None),
    ]
)
going = st.sampled_from([(state, None) for state in sorted(LIVE)])
shown = st.sampled_from([None, 7])


def one(state: tuple[HandOffState, Found | None], shown_at: int | None, sender: AccountId = PEOPLE[1]) -> HandOff:
    return a_hand_off(state=state[0], found=state[1], opened_index=shown_at, sent_by=sender, patrol=PEOPLE[0])


@pytest.mark.law("C5")
@given(state=ended | going, shown_at=shown, confirmed=st.booleans())
def test_right_takes_two_words(
    *, state: tuple[HandOffState, Found | None], shown_at: int | None, confirmed: bool
) -> None:
    counts_as = verdict(one(state, shown_at), an_alert(), SWEDEN_2026, confirmed=confirmed, now=NOON)
    right = state == (HandOffState.CONCLUDED, Found.IDENTITY_RIGHT)
    assert (counts_as is Verdict.RIGHT) is (right and confirmed)
    assert (counts_as is Verdict.PENDING) is (state[0] in LIVE or (right and not confirmed))


@pytest.mark.law("C5")
@given(
    state=ended | going,
    sender=people,
    confirms=people,
    reviewers=st.frozensets(people, max_size=2),
    number=st.text(max_size=70),
    confirmed=st.booleans(),
)
def test_nobody_confirms_what_they_had_a_part_in(
    *,
    state: tuple[HandOffState, Found | None],
    sender: AccountId,
    confirms: AccountId,
    reviewers: frozenset[AccountId],
    number: str,
    confirmed: bool,
) -> None:
    hand_off = one(state, 7, sender)
    allowed = may_confirm(
        hand_off, confirms=confirms, reviewers=reviewers, register_number=number, confirmed=confirmed
    ).allowed
    if allowed:
        assert hand_off.found is Found.IDENTITY_RIGHT
        assert confirms not in {hand_off.patrol, sender, *reviewers}
        assert any(letter.isdigit() for letter in number)
        assert not confirmed


@pytest.mark.law("B12")
@given(ended | going, shown)
def test_a_record_stays_exactly_where_somebody_was_or_may_have_been_stopped_wrongly(
    state: tuple[HandOffState, Found | None], shown_at: int | None
) -> None:
    silent = state[0] in {HandOffState.OVERDUE, HandOffState.RECALLED} and shown_at is not None
    assert leaves_a_record(one(state, shown_at)) is (silent or state[1] is Found.IDENTITY_WRONG)


@pytest.mark.law("B12")
@given(
    state=ended | going,
    shown_at=shown,
    patrol=people,
    found=st.sampled_from(list(Found)),
    verified_by=st.sampled_from([None, *VerifiedBy]),
    known=st.booleans(),
)
def test_a_late_word_comes_from_the_patrol_once_and_only_where_nobody_knew(
    *,
    state: tuple[HandOffState, Found | None],
    shown_at: int | None,
    patrol: AccountId,
    found: Found,
    verified_by: VerifiedBy | None,
    known: bool,
) -> None:
    hand_off = one(state, shown_at)
    kept = Intervention(
        record=ObjectId("intervention.1.00000000"),
        alert_id=AlertId("a"),
        warrant_id=WarrantId("w"),
        said=Found.IDENTITY_WRONG if known else Found.UNKNOWN,
        created_at=NOON,
        expires_at=NOON + timedelta(days=365),
    )
    tell = partial(may_tell_late, hand_off, patrol=patrol, found=found, verified_by=verified_by)
    assert not tell(kept=None).allowed
    if tell(kept=kept).allowed:
        assert leaves_a_record(hand_off)
        assert patrol == hand_off.patrol
        assert not known
        assert found is not Found.UNKNOWN
        assert found is not Found.IDENTITY_RIGHT or (verified_by and state[0] is HandOffState.OVERDUE)
