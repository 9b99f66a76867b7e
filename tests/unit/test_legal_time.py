"""Legal time in Stockholm, on nights whose changes of the clock are known from outside (A4, A7)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.legal_time import (
    LocalTimeRefused,
    after_legal_days,
    day_begins,
    instant_of,
    legal_day,
    local_time,
)

pytestmark = pytest.mark.law("A4")

# The last Sundays of March and of October, read off a calendar; clocks in the EU change then at 01:00 UTC
# (Directive 2000/84/EC).
FORWARD = [date(2023, 3, 26), date(2024, 3, 31), date(2025, 3, 30), date(2026, 3, 29)]
BACK = [date(2023, 10, 29), date(2024, 10, 27), date(2025, 10, 26), date(2026, 10, 25)]


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 (what a form sends)


@pytest.mark.parametrize("day", FORWARD)
def test_the_hour_that_never_is_names_no_instant(day: date) -> None:
    for minute in (0, 30, 59):
        with pytest.raises(LocalTimeRefused, match="never shows 02"):
            instant_of(local(day, 2, minute), SWEDEN_2026)
    change = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    assert instant_of(local(day, 3), SWEDEN_2026) == change
    assert instant_of(local(day, 1, 59), SWEDEN_2026) == change - timedelta(minutes=1)


@pytest.mark.parametrize("day", BACK)
def test_the_hour_that_comes_twice_names_no_instant(day: date) -> None:
    for minute in (0, 30, 59):
        with pytest.raises(LocalTimeRefused, match="twice"):
            instant_of(local(day, 2, minute), SWEDEN_2026)
    change = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    assert instant_of(local(day, 3), SWEDEN_2026) == change + timedelta(hours=1)
    assert instant_of(local(day, 1, 59), SWEDEN_2026) == change - timedelta(hours=1, minutes=1)


@pytest.mark.parametrize("day", FORWARD)
def test_a_day_in_spring_has_23_hours(day: date) -> None:
    assert day_begins(day + timedelta(days=1), SWEDEN_2026) - day_begins(day, SWEDEN_2026) == timedelta(hours=23)


@pytest.mark.parametrize("day", BACK)
def test_a_day_in_autumn_has_25_hours(day: date) -> None:
    assert day_begins(day + timedelta(days=1), SWEDEN_2026) - day_begins(day, SWEDEN_2026) == timedelta(hours=25)


@pytest.mark.law("A7")
def test_thirty_legal_days_count_from_the_day_after_to_the_end_of_the_last() -> None:
    """By hand: an end on 1 March 2026, at noon in Stockholm; day 1 is 2 March, day 30 is 31 March, in summer time."""
    end = datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert after_legal_days(end, 30, SWEDEN_2026) == datetime(2026, 3, 31, 22, tzinfo=UTC)
    # Half past eleven in the evening UTC is the next day in Stockholm.
    assert after_legal_days(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), 30, SWEDEN_2026) == datetime(
        2026, 4, 1, 22, tzinfo=UTC
    )


def test_a_legal_day_begins_an_hour_or_two_before_utcs() -> None:
    assert day_begins(date(2026, 1, 1), SWEDEN_2026) == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert day_begins(date(2026, 7, 1), SWEDEN_2026) == datetime(2026, 6, 30, 22, tzinfo=UTC)


def test_what_has_no_offset_or_has_one_already_is_refused() -> None:
    with pytest.raises(LocalTimeRefused, match="without an offset"):
        instant_of(datetime(2026, 3, 1, tzinfo=UTC), SWEDEN_2026)
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 (what is refused)
    with pytest.raises(ValueError, match="offset"):
        legal_day(naive, SWEDEN_2026)
    with pytest.raises(ValueError, match="offset"):
        local_time(naive, SWEDEN_2026)
