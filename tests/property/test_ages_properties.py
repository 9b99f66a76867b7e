"""Ages on legal days: monotone, in step with the calendar, and never kinder than the day itself (C2)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.ages import age_on, band_of, band_on, is_minor
from governance.domain.eu_floor import Provenance
from governance.domain.legal_profile import SWEDEN_2026, AgeBand
from governance.domain.legal_time import legal_day
from governance.domain.provenance import Release, may_use_photograph
from tests.builders_watchlist import an_origin

pytestmark = pytest.mark.law("C2", "C13")

DAYS = st.dates(date(1930, 1, 1), date(2060, 12, 31))
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (Hypothesis adds it)


@given(DAYS, DAYS)
def test_nobody_grows_younger(born_on: date, day: date) -> None:
    assert age_on(born_on, day) <= age_on(born_on, day + timedelta(days=1)) <= age_on(born_on, day) + 1


@given(DAYS, st.integers(1, 100))
def test_an_age_begins_on_the_birthday_or_the_day_after_in_a_year_without_it(born_on: date, years: int) -> None:
    try:
        birthday = born_on.replace(year=born_on.year + years)
    except ValueError:
        birthday = date(born_on.year + years, 3, 1)
    assert age_on(born_on, birthday) == years
    assert age_on(born_on, birthday - timedelta(days=1)) == years - 1


@given(INSTANTS)
def test_a_legal_day_is_utcs_or_the_next(instant: datetime) -> None:
    day = legal_day(instant, SWEDEN_2026)
    assert day in {instant.date(), instant.date() + timedelta(days=1)}
    assert legal_day(instant + timedelta(days=1, hours=1), SWEDEN_2026) > day


@given(st.sampled_from([*AgeBand, "nonsense"]), DAYS, DAYS)
def test_a_known_day_of_birth_decides_but_unknown_to_the_issuer_stays_a_minor(
    signed: str, born_on: date, day: date
) -> None:
    age = age_on(born_on, day)
    assert band_on(signed, born_on, day) is band_of(age)
    unknown = signed in {AgeBand.UNKNOWN, "nonsense"}
    assert is_minor(signed, born_on, day) is (unknown or not 18 <= age <= 130)


@given(
    st.sampled_from([*(one.value for one in Provenance), "x"]), st.sampled_from([*Release, "", "y"]), st.none() | DAYS
)
@pytest.mark.law("A19")
def test_nothing_releases_what_is_forbidden(provenance: str, release: str, taken_on: date | None) -> None:
    origin = an_origin(provenance=provenance, release=release, taken_on=taken_on)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    decisions = may_use_photograph(origin, objective="victim-search", minor=False, legal=SWEDEN_2026, now=now)
    if all(decision.allowed for decision in decisions):
        assert provenance not in {"scraped", "unknown", "x"}
        assert provenance != "open-profile" or release in {"seized", "by-its-owner"}
        assert taken_on is not None
        assert taken_on <= date(2026, 3, 2)
