"""Item 15: use suspends a profile by itself, for surely too many false alerts or for drift nobody explained (A18)."""

from datetime import date
from fractions import Fraction

import pytest

from governance.domain.admissions import has_its_report
from governance.domain.identifiers import AccountId
from governance.domain.operation_limit import (
    Drift,
    DriftExplanation,
    Explanation,
    drift,
    is_settled,
    lowest_share,
    may_agree_to_explanation,
    may_explain,
    month_after,
    stays_as_tested,
    stays_within,
)
from tests.builders_contracts import NOON
from tests.builders_operation import PROFILE, REPORT, a_month, a_report, some_false

pytestmark = pytest.mark.law("A17", "A18")

LATE = date(2027, 1, 1)
LIMIT = Fraction(1, 1000)


@pytest.mark.parametrize(
    ("false", "faces", "goes_on"),
    [
        # The edges by scipy: the largest n at which beta.ppf(0.05, k, n - k + 1) is above 0.001.
        (1, 52, True),
        (1, 51, False),
        (2, 356, True),
        (2, 355, False),
        (3, 1_650, True),
        (1, 798, True),
        (3, 819, True),
        (3, 818, False),
        (10, 5_428, True),
        (10, 5_427, False),
        (100, 84_147, True),
        (100, 84_146, False),
        (0, 5, True),
    ],
)
def test_the_lower_limit_trips_and_the_point_value_does_not(false: int, faces: int, goes_on: bool) -> None:  # noqa: FBT001
    assert stays_within([some_false("2026-01", false, faces)], LIMIT).allowed is goes_on


def test_no_envelope_allows_more_than_one_in_a_thousand() -> None:
    month = some_false("2026-01", 100, 80_000)
    assert not stays_within([month], Fraction(1, 100)).allowed
    assert not stays_within([some_false("2026-01", 30, 100_000)], Fraction(1, 10_000)).allowed
    assert stays_within([some_false("2026-01", 30, 100_000)], Fraction(1, 1000)).allowed


def test_all_months_together_trip_where_none_does_alone() -> None:
    months = [some_false(f"2026-{number:02}", 12, 8_000) for number in range(1, 13)]
    assert all(stays_within([month], LIMIT).allowed for month in months)
    assert not stays_within(months, LIMIT).allowed


def test_one_month_alone_trips_where_years_of_quiet_would_hide_it() -> None:
    quiet = [some_false(f"2025-{number:02}", 0, 1_000_000) for number in range(1, 13)]
    assert not stays_within([*quiet, some_false("2026-01", 20, 8_000)], LIMIT).allowed


def test_faces_that_were_counted_differently_do_not_thin_each_other_out() -> None:
    bad = [some_false(f"2026-{number:02}", 12, 8_000) for number in range(1, 13)]
    frames = a_month("2027-01", faces=10**9, counted_how="frames")
    assert not stays_within([*bad, frames], LIMIT).allowed


def test_an_alert_whose_face_was_not_counted_was_a_face() -> None:
    assert lowest_share([some_false("2026-01", 1, 0)]) == pytest.approx(0.05)
    many = a_month(faces=0, alerts=100, true_alerts=50, false_alerts=1, unconfirmed=49)
    assert lowest_share([many]) == pytest.approx(1 - 0.95 ** (1 / 100))
    assert lowest_share([]) == 0
    assert lowest_share([a_month(faces=0, alerts=0, true_alerts=0, false_alerts=0, unconfirmed=0)]) == 0
    assert stays_within([], LIMIT).allowed


def test_a_month_drifts_where_its_interval_and_the_reports_have_nothing_in_common() -> None:
    report = a_report(1e-4, 5e-4)
    assert drift(some_false("2026-01", 30), report) is Drift.NONE
    assert drift(some_false("2026-01", 100), report) is Drift.ABOVE
    assert drift(some_false("2026-01", 0), report) is Drift.BELOW
    assert drift(some_false("2026-01", 0, 10_000), report) is Drift.NONE
    assert drift(some_false("2026-01", 60), report) is Drift.NONE


def test_where_nothing_can_be_compared_no_drift_is_claimed() -> None:
    assert drift(some_false("2026-01", 100), None) is Drift.UNKNOWN
    assert drift(some_false("2026-01", 100), a_report(None, None)) is Drift.UNKNOWN
    assert drift(some_false("2026-01", 0, 0), a_report()) is Drift.UNKNOWN
    assert drift(a_month(unconfirmed=7), a_report()) is Drift.UNKNOWN


def test_two_months_of_drift_suspend_and_one_does_not() -> None:
    january, february, april = (some_false(f"2026-{month}", 100) for month in ("01", "02", "04"))
    fine, report = some_false("2026-03", 30), a_report()
    assert stays_as_tested([january], report, (), now=LATE).allowed
    assert stays_as_tested([february, fine, april], report, (), now=LATE).allowed
    assert not stays_as_tested([january, february], report, (), now=LATE).allowed
    assert not stays_as_tested([february, january], report, (), now=LATE).allowed
    assert not stays_as_tested([january, some_false("2026-02", 0)], report, (), now=LATE).allowed


def test_what_two_people_explained_does_not_count_as_drift() -> None:
    months, report = [some_false(f"2026-{month:02}", 100) for month in (1, 2, 3)], a_report()
    assert not stays_as_tested(months, report, {"2026-01"}, now=LATE).allowed
    assert stays_as_tested(months, report, {"2026-02"}, now=LATE).allowed


def test_a_month_without_use_or_rate_between_two_that_drift_parts_them_not() -> None:
    drifting, report = [some_false("2026-01", 100), some_false("2026-04", 100)], a_report()
    assert not stays_as_tested(drifting, report, (), now=LATE).allowed
    assert not stays_as_tested([*drifting, a_month("2026-02", faces=0)], report, (), now=LATE).allowed
    assert stays_as_tested([*drifting, some_false("2026-02", 30)], report, (), now=LATE).allowed


def test_a_month_is_asked_when_it_is_over_and_its_outcomes_are_in() -> None:
    months, report = [some_false("2026-01", 100), some_false("2026-02", 100)], a_report()
    assert stays_as_tested(months, report, (), now=date(2026, 2, 28)).allowed
    assert stays_as_tested(months, report, (), now=date(2026, 3, 2)).allowed
    assert not stays_as_tested(months, report, (), now=date(2026, 3, 3)).allowed
    assert is_settled(a_month("2025-12"), date(2026, 1, 3))
    assert [month_after(one) for one in ("2026-01", "2026-11", "2026-12")] == ["2026-02", "2026-12", "2027-01"]


@pytest.mark.law("P4")
def test_what_was_suspended_goes_on_by_a_report_that_both_named() -> None:
    def goes_on(standing: str | None, named: str | None = None, *, demo: bool = False) -> bool:
        return has_its_report(standing, demo=demo, named=named).allowed

    assert goes_on(REPORT)
    assert goes_on(REPORT, REPORT)
    assert not goes_on(None)
    assert not goes_on(None, REPORT)
    assert not goes_on("d" * 64, REPORT)
    assert goes_on(None, demo=True)


def an_explanation(agreed_by: str | None = None) -> DriftExplanation:
    return DriftExplanation(
        profile_sha256=PROFILE,
        month="2026-01",
        explanation=Explanation.LIST_LENGTH,
        explained_by=AccountId("ada"),
        agreed_by=None if agreed_by is None else AccountId(agreed_by),
        created_at=NOON,
        expires_at=NOON,
    )


def test_a_month_is_explained_once_when_it_is_over_and_by_two_people() -> None:
    assert may_explain("2026-01", None, now=date(2026, 2, 1)).allowed
    assert not may_explain("2026-02", None, now=date(2026, 2, 28)).allowed
    assert not may_explain("2026-01", an_explanation(), now=date(2026, 2, 1)).allowed

    def agrees(given: DriftExplanation, who: str, whence: str) -> bool:
        return may_agree_to_explanation(
            given, agrees=AccountId(who), organisation=whence, explained_from="police"
        ).allowed

    assert agrees(an_explanation(), "bea", "supervisory-authority")
    assert not agrees(an_explanation(), "ada", "supervisory-authority")
    assert not agrees(an_explanation(), "bea", "police")
    assert not agrees(an_explanation("cid"), "bea", "supervisory-authority")
