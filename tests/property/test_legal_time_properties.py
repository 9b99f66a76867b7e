"""Legal time by another road: the directive's rule, computed without a table of time zones (A4)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

# Directive 2000/84/EC: from 1996 on summer time lasts from the last Sunday of March to the last of October, 01:00 UTC.
YEARS = st.integers(1997, 2036)
INSTANTS = st.datetimes(datetime(1997, 1, 1), datetime(2036, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 (Hypothesis adds it)
LOCALS = st.datetimes(datetime(1997, 1, 1), datetime(2036, 12, 1))  # noqa: DTZ001 (what forms send)


def last_sunday(year: int, month: int) -> datetime:
    day = date(year, month, 31)
    day -= timedelta(days=(day.weekday() + 1) % 7)
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC)


def offset_by_the_directive(instant: datetime) -> timedelta:
    summer = last_sunday(instant.year, 3) <= instant < last_sunday(instant.year, 10)
    return timedelta(hours=2 if summer else 1)


@given(INSTANTS)
def test_the_zone_keeps_the_directive(instant: datetime) -> None:
    assert local_time(instant, SWEDEN_2026).utcoffset() == offset_by_the_directive(instant)


@given(LOCALS)
def test_a_local_time_is_an_instant_exactly_where_one_instant_shows_it(local: datetime) -> None:
    as_utc = local.replace(tzinfo=UTC)
    showing = [
        as_utc - timedelta(hours=hours)
        for hours in (1, 2)
        if offset_by_the_directive(as_utc - timedelta(hours=hours)) == timedelta(hours=hours)
    ]
    if len(showing) == 1:
        assert instant_of(local, SWEDEN_2026) == showing[0]
    else:
        with pytest.raises(LocalTimeRefused):
            instant_of(local, SWEDEN_2026)


@given(YEARS, st.sampled_from([3, 10]), st.integers(0, 59))
def test_the_hour_of_the_change_is_always_refused(year: int, month: int, minute: int) -> None:
    change = last_sunday(year, month)
    with pytest.raises(LocalTimeRefused):
        instant_of(datetime(year, month, change.day, 2, minute), SWEDEN_2026)  # noqa: DTZ001 (what a form sends)


@given(INSTANTS)
def test_an_instant_lies_in_its_day(instant: datetime) -> None:
    day = legal_day(instant, SWEDEN_2026)
    assert day_begins(day, SWEDEN_2026) <= instant < day_begins(day + timedelta(days=1), SWEDEN_2026)


@given(INSTANTS, st.integers(0, 60))
@pytest.mark.law("A7")
def test_so_many_legal_days_are_never_fewer(instant: datetime, days: int) -> None:
    over = after_legal_days(instant, days, SWEDEN_2026)
    assert timedelta(days=days) - timedelta(hours=1) < over - instant <= timedelta(days=days + 1, hours=1)
    assert legal_day(over, SWEDEN_2026) == legal_day(instant, SWEDEN_2026) + timedelta(days=days + 1)
