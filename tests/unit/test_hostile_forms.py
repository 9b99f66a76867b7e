"""What a form or a file can hold that nobody means: one sentence, and nothing is kept that cannot be read again."""

from datetime import UTC, datetime, timedelta

import pytest

from governance.application.details import require_bounded
from governance.application.errors import BadInput
from governance.domain.holds import may_ask
from governance.domain.legal_profile import SWEDEN_2026
from governance.web.legal.routes import signed_file
from governance.web.running import budgets, holds
from tests.builders_contracts import NOON
from tests.builders_governance import an_application


@pytest.mark.law("A4", "F3")
@pytest.mark.parametrize("name", ["not_before", "not_after", "recorded_until"])
@pytest.mark.parametrize("written", ["0001-01-01T00:00+05:00", "9999-12-31T23:59-05:00", "9999-12-31T23:59+00:00"])
def test_a_time_outside_the_calendar_is_refused_before_a_row_holds_it(name: str, written: str) -> None:
    # Such a row could be written and not be read: the round that ends and erases everything would fail at it.
    with pytest.raises(BadInput, match="between the years"):
        require_bounded(an_application(**{name: datetime.fromisoformat(written)}))


@pytest.mark.law("B15")
@pytest.mark.parametrize("day", ["9999-12-31", "2999-01-01", "0001-01-01"])
def test_a_hold_until_the_end_of_the_calendar_is_refused(day: str) -> None:
    decision = may_ask(
        object_ends_at=NOON + timedelta(days=1),
        until_day=holds._day(day),
        held_before=False,
        of_same_day=0,
        legal=SWEDEN_2026,
        now=NOON.astimezone(UTC),
    )
    assert decision.rule == "B15"
    assert not decision.allowed


@pytest.mark.law("C5")
@pytest.mark.parametrize("word", ["9e999999", "1e-999999", "NaN", "sNaN", "Infinity", "-1", "", "1,5"])
def test_false_alerts_a_day_are_a_number_that_can_be_meant(word: str) -> None:
    with pytest.raises(BadInput):
        budgets._thousandths(word)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"7" * 5000, b"", b"null", b'{"signature": 1}', b"\xff"])
def test_a_signed_file_that_is_none_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(BadInput):
        signed_file((content,))
