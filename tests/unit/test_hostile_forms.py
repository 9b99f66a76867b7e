"""What a form or a file can hold that nobody means: one sentence, and nothing is kept that cannot be read again."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from governance.application.details import require_bounded
from governance.application.errors import BadInput
from governance.domain.holds import may_ask
from governance.domain.legal_profile import SWEDEN_2026
from governance.web.auditor.search_form import read_search
from governance.web.forms import instant, utc_of
from governance.web.legal.routes import signed_file
from governance.web.running import budgets, holds
from tests.builders_applications import an_application
from tests.builders_contracts import NOON


@pytest.mark.law("A4", "F3")
@pytest.mark.parametrize("name", ["not_before", "not_after", "recorded_until"])
@pytest.mark.parametrize("written", ["0001-01-01T00:00+05:00", "9999-12-31T23:59-05:00", "9999-12-31T23:59+00:00"])
def test_a_time_outside_the_calendar_is_refused_before_a_row_holds_it(name: str, written: str) -> None:
    # Such a row could be written and not be read: the round that ends and erases everything would fail at it.
    with pytest.raises(BadInput, match="between the years"):
        require_bounded(an_application(**{name: datetime.fromisoformat(written)}))


TYPED = [
    # Worked out by hand. Clocks in Stockholm are put back on 2026-10-25 and forward on 2026-03-29, each at 01:00 UTC.
    ("2026-03-02T12:00", (2026, 3, 2, 12, 0)),
    ("2026-03-02T12:00Z", (2026, 3, 2, 12, 0)),
    ("2026-03-02T12:00+01:00", (2026, 3, 2, 11, 0)),
    ("2026-03-02T00:30+01:00", (2026, 3, 1, 23, 30)),
    ("2026-03-02T12:00-05:30", (2026, 3, 2, 17, 30)),
    ("2026-10-25T02:30+02:00", (2026, 10, 25, 0, 30)),
    ("2026-10-25T02:30+01:00", (2026, 10, 25, 1, 30)),
    ("2026-10-25T02:30", (2026, 10, 25, 2, 30)),
    ("2026-03-29T01:59+01:00", (2026, 3, 29, 0, 59)),
    ("2026-03-29T03:00+02:00", (2026, 3, 29, 1, 0)),
    ("2026-03-29T02:30", (2026, 3, 29, 2, 30)),
]


@pytest.mark.parametrize(("written", "meant"), TYPED)
def test_an_offset_that_was_typed_is_not_dropped(written: str, meant: tuple[int, int, int, int, int]) -> None:
    assert utc_of(written) == datetime(*meant, tzinfo=UTC)
    assert instant(FormData([("at", written)]), "at") == datetime(*meant, tzinfo=UTC)
    assert read_search({"since": written}).since == datetime(*meant, tzinfo=UTC)


@given(
    meant=st.datetimes(datetime(1971, 1, 1), datetime(9997, 12, 31)),  # noqa: DTZ001 (the strategy adds the zone)
    minutes=st.integers(-23 * 60, 23 * 60),
)
def test_whatever_the_offset_it_is_the_same_instant(meant: datetime, minutes: int) -> None:
    exactly = meant.replace(tzinfo=UTC)
    zone = timezone(timedelta(minutes=minutes))
    assert utc_of(exactly.astimezone(zone).isoformat()) == exactly


@pytest.mark.parametrize(
    "written",
    [
        "",
        "noon",
        "2026-13-01T00:00",
        "0001-01-01T00:00+05:00",
        "9999-12-31T23:59-05:00",
        "9999-12-31T23:59",
        "0001-01-01",
    ],
)
def test_what_is_no_time_of_any_case_is_refused_in_a_sentence(written: str) -> None:
    with pytest.raises(BadInput, match=r"\.$"):
        utc_of(written)


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
