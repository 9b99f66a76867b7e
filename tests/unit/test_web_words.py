"""How pages write instants and what comes next for people."""

from datetime import UTC, datetime

import pytest

from governance.web.pages import amount, clock


@pytest.mark.law("A4")
@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "2026-03-29 01:59"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29 03:00"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "2027-01-01 00:30"),
    ],
)
def test_a_time_is_also_written_as_the_clocks_of_the_zone_show_it(instant: datetime, shown: str) -> None:
    assert clock(instant, "Europe/Stockholm") == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (2e-9, "under 0.001"),
        (0.001, "0.001"),
        (0.25, "0.25"),
        (1, "1"),
        (6.04, "6"),
        (55.26, "55.3"),
        (1234.5, "1234.5"),
    ],
)
def test_a_number_is_written_without_an_exponent_and_a_small_one_is_not_none(number: float, shown: str) -> None:
    assert amount(number) == shown
