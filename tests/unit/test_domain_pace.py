"""Nobody reviews more than twenty alerts an hour, or for more than two hours without a break (E4)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.pace import may_answer_more, may_answer_yet, may_look_at_more
from tests.builders_contracts import NOON

pytestmark = pytest.mark.law("E4")


def ago(*minutes: float) -> list[datetime]:
    return [NOON - timedelta(minutes=one) for one in minutes]


def allowed(*, answered: list[datetime] | None = None, looked: list[datetime] | None = None) -> bool:
    return may_look_at_more(answered=answered or [], looked=looked or [], legal=SWEDEN_2026, now=NOON).allowed


def test_twenty_in_an_hour_and_no_more() -> None:
    assert allowed(answered=ago(*range(19)))
    assert not allowed(answered=ago(*range(20)))
    assert allowed(answered=ago(*range(19), 60, 61, 62))


def test_whoever_looked_at_many_first_answers_no_more_of_them() -> None:
    assert may_answer_more(ago(*range(19)), legal=SWEDEN_2026, now=NOON).allowed
    assert not may_answer_more(ago(*range(20)), legal=SWEDEN_2026, now=NOON).allowed


def test_two_hours_without_a_break_and_no_longer() -> None:
    assert allowed(looked=ago(*range(0, 120, 10)))
    assert not allowed(looked=ago(*range(0, 121, 10)))
    assert allowed(looked=ago(*range(15, 200, 10))), "a quarter of an hour is a break"
    assert not allowed(looked=ago(*range(14, 200, 10)))


@given(looked=st.lists(st.floats(0, 60), min_size=1, max_size=20))
def test_nobody_answers_within_ten_seconds_of_their_first_look(looked: list[float]) -> None:
    seen = [NOON - timedelta(seconds=one) for one in looked]
    answer = may_answer_yet(seen, legal=SWEDEN_2026, now=NOON)
    assert answer.allowed == (NOON - min(seen) >= timedelta(seconds=10))
    ahead = [NOON + timedelta(hours=1), *seen]
    assert may_answer_yet(ahead, legal=SWEDEN_2026, now=NOON) == answer
    assert not may_answer_yet(ahead[:1], legal=SWEDEN_2026, now=NOON).allowed


@given(looked=st.lists(st.floats(0, 600), max_size=80), extra=st.lists(st.floats(0, 600), max_size=20))
def test_more_work_never_makes_more_work_allowed(looked: list[float], extra: list[float]) -> None:
    if not allowed(looked=ago(*looked)):
        assert not allowed(looked=ago(*looked, *extra))
    if not allowed(answered=ago(*looked)):
        assert not allowed(answered=ago(*looked, *extra))


def test_what_lies_ahead_of_a_clock_that_was_set_back_counts_for_nothing() -> None:
    assert allowed(looked=ago(*range(-600, 0, 5)), answered=ago(*range(-600, 0, 5)))
