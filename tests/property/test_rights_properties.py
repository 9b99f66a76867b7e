"""The times of the rights desk for any day: never before the month is over, never longer than the law's (B13)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.legal_time import legal_day
from governance.domain.rights_requests import RequestKind, request_due_at
from tests.unit.test_rights_requests import A_REQUEST

pytestmark = pytest.mark.law("B13")

DAYS = st.dates(date(1999, 1, 1), date(2036, 6, 1))
DAY = timedelta(days=1)


def last(due: datetime) -> date:
    """The legal day that ends at an instant."""
    return legal_day(due - timedelta(milliseconds=1), SWEDEN_2026)


@given(DAYS, st.booleans())
def test_the_last_day_has_the_same_date_or_is_the_last_of_its_month(received: date, extended: bool) -> None:  # noqa: FBT001 (drawn)
    day = last(request_due_at(received, SWEDEN_2026, extended=extended))
    months = (day.year - received.year) * 12 + day.month - received.month
    assert months == (3 if extended else 1)
    assert day.day == received.day or (day.day < received.day and (day + DAY).day == 1)


@given(DAYS)
def test_an_extension_gives_at_most_two_months_of_31_days_and_a_night_on_which_the_clock_changes(
    received: date,
) -> None:
    first, extended = (request_due_at(received, SWEDEN_2026, extended=one) for one in (False, True))
    assert timedelta(days=59, hours=-1) <= extended - first <= timedelta(days=62, hours=1)
    begun = datetime(received.year, received.month, received.day, tzinfo=UTC)
    assert first - begun <= timedelta(days=32, hours=1)


@given(DAYS, DAYS)
def test_whoever_asks_earlier_is_never_answered_later(one: date, other: date) -> None:
    earlier, later = sorted((one, other))
    assert request_due_at(earlier, SWEDEN_2026, extended=False) <= request_due_at(later, SWEDEN_2026, extended=False)
    assert A_REQUEST.kind is RequestKind.ACCESS
