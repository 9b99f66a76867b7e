"""What use came to, as a report: counts with their parts, natural frequencies, small counts withheld (A18, C7)."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.application.reports.operation import FLAGS, OperationFacts, operation_report
from governance.application.reports.page import html_page
from governance.application.reports.report import Language, Phrase, Report, Unsaid, read_report
from governance.domain.in_operation import Flag, Row
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.publications import may_publish_year, may_tell_month
from tests.builders_contracts import NOON
from tests.builders_operation import a_month, a_report, a_suspension, some_false

pytestmark = pytest.mark.law("A18", "C7")

SMALLEST = SWEDEN_2026.smallest_public_count


def facts(*rows: Row, **values: object) -> OperationFacts:
    made = OperationFacts(
        rows=rows, limit=Fraction(1, 1000), declared=a_report(), explained=frozenset(), suspensions=()
    )
    return replace(made, **values)  # type: ignore[arg-type]  # whatever a test changes


def made(of: OperationFacts, *, public: bool = False) -> Report:
    return operation_report(of, SWEDEN_2026, public=public, demo=False, now=NOON)


def cells(report: Report, section: int = 1) -> list[list[object]]:
    table = report.sections[section].table
    assert table is not None
    return [
        [cell.en if isinstance(cell, Phrase) else None if isinstance(cell, Unsaid) else cell for cell in row]
        for row in table.rows
    ]


def test_a_month_is_said_in_whole_numbers_and_as_one_in_so_many() -> None:
    (row,) = cells(made(facts(a_month(overturned=2, deployments=3))))
    assert row[:3] == ["2026-01", 3, 100_000]
    assert row[4:8] == [10, 8, 1, 1]
    assert row[8] == "8 of 10"
    assert row[9] == "1 in 100,000 (1 in 3,949,790 to 1 in 17,948)"
    assert row[10:] == [2, "below what was tested", "–"]


def test_nought_is_said_with_what_it_may_still_be() -> None:
    (row,) = cells(made(facts(some_false("2026-01", 0, 3000))))
    assert row[9] == "none; at most 1 in 814"
    (empty,) = cells(made(facts(some_false("2026-01", 0, 0))))
    assert empty[8:10] == [None, None]


def test_every_flag_has_words_in_both_languages_and_is_told() -> None:
    assert set(FLAGS) == set(Flag)
    (row,) = cells(made(facts(a_month(unconfirmed=5, faces=3))))
    assert row[12] == f"{FLAGS[Flag.ALERTS_DO_NOT_SUM].en}; {FLAGS[Flag.MORE_ALERTS_THAN_FACES].en}"
    page = html_page(made(facts(a_month(unconfirmed=5))), Language.SWEDISH)
    assert FLAGS[Flag.ALERTS_DO_NOT_SUM].sv in page
    assert "1 på 100 000" in page


def test_what_two_people_explained_is_said_beside_the_drift() -> None:
    (row,) = cells(made(facts(some_false("2026-01", 100), explained=frozenset({"2026-01"}))))
    assert row[11] == "above what was tested; explained by two people"


def test_a_suspension_is_told_to_the_authority_and_to_nobody_else() -> None:
    of = facts(a_month(), suspensions=(a_suspension(),))
    assert cells(made(of), 3)[0][1] == "by rule: too many false alerts"
    told = made(of, public=True).to_json().decode()
    assert "is suspended:" not in told
    assert "is suspended: nothing is lent" in made(of).to_json().decode()
    assert "not suspended" in made(facts()).to_json().decode()


def test_what_is_public_withholds_small_counts_and_what_would_tell_them() -> None:
    report = made(facts(a_month(deployments=3, overturned=1)), public=True)
    (row,) = cells(report)
    assert row == ["2026-01", None, None, a_month().counted_how, *[None] * 9]
    assert report.months is None
    (total,) = cells(report, 2)
    assert total[1:] == [None] * 6
    large = a_month(alerts=30, true_alerts=20, false_alerts=5, unconfirmed=5, deployments=9, overturned=0)
    (row,) = cells(made(facts(large), public=True))
    assert row[1:9] == [9, 100_000, large.counted_how, 30, 20, 5, 5, "20 of 30"]


COUNTS = st.one_of(st.integers(0, 9), st.integers(20, 60))


@st.composite
def a_year(draw: st.DrawFn) -> list[Row]:
    """Some months of one year, in their order."""
    labels = draw(st.lists(st.integers(1, 12), min_size=1, max_size=6, unique=True).map(sorted))
    return [
        a_month(
            f"2026-{label:02}",
            deployments=draw(COUNTS),
            alerts=sum(parts := [draw(COUNTS), draw(COUNTS), draw(COUNTS)]) + draw(st.integers(0, 1)),
            true_alerts=parts[0],
            false_alerts=parts[1],
            unconfirmed=parts[2],
            overturned=draw(COUNTS),
        )
        for label in labels
    ]


def counts_of(row: Row) -> list[int]:
    assert row.overturned is not None
    outcomes = [row.alerts, row.true_alerts, row.false_alerts, row.unconfirmed, row.overturned]
    return [row.deployments, row.faces, *outcomes]


@given(a_year())
def test_no_small_count_is_public_nor_follows_from_what_all_of_the_year_come_to(rows: list[Row]) -> None:
    report = made(facts(*rows), public=True)
    told = {str(one[0]): one for one in cells(report)}
    hidden = [row for row in rows if told[row.label][1] is None]
    for row in rows:
        if row in hidden:
            assert [one for place, one in enumerate(told[row.label]) if place not in {0, 3}] == [None] * 11
        else:
            assert not any(0 < count < SMALLEST for count in counts_of(row))
    # Who knows what the year came to, and takes away what is told, knows what all hidden months came to together.
    for column in zip(*map(counts_of, hidden), strict=True):
        assert len(hidden) == len(rows) or not 0 < sum(column) < SMALLEST
    assert len(hidden) != 1 or len(rows) == 1
    (total,) = cells(report, 2)
    assert (total[1:] == [None] * 6) is bool(hidden)


def test_a_month_that_the_annual_report_would_tell_takes_another_with_it() -> None:
    large = [a_month(f"2026-0{one}", true_alerts=80, false_alerts=10 * one, unconfirmed=10) for one in (1, 2, 3)]
    rows = [replace(one, alerts=90 + one.false_alerts, deployments=9, overturned=0) for one in large]
    small = replace(rows[1], true_alerts=3, alerts=rows[1].alerts - 77)
    assert [one[1] for one in cells(made(facts(*rows), public=True))] == [9, 9, 9]
    assert [one[1] for one in cells(made(facts(rows[0], small, rows[2]), public=True))] == [None, None, 9]
    other_year = replace(small, label="2025-02", begins=date(2025, 2, 1))
    assert [one[1] for one in cells(made(facts(other_year, *rows), public=True))] == [None, 9, 9, 9]


def test_the_figures_for_programs_lie_beside_the_words_and_are_read_back() -> None:
    report = made(facts(a_month(overturned=2)))
    (said,) = json.loads(report.to_json())["operation"]
    assert (said["month"], said["faces"], said["alerts"], said["true"], said["false"]) == (
        "2026-01",
        100_000,
        10,
        8,
        1,
    )
    assert (said["precision"], said["overturned"], said["flags"]) == (0.8, 2, [])
    assert read_report(report.to_json()) == report


@pytest.mark.law("C15")
def test_a_month_is_told_to_the_public_when_nothing_of_it_can_be_withheld() -> None:
    def told(month: date, untold_since: date | None = None) -> bool:
        return may_tell_month(month, SWEDEN_2026, untold_since=untold_since, now=NOON).allowed

    before = date(NOON.year - 1, 3, 1)
    settled = date(NOON.year - 2, 3, 1)
    assert told(settled)
    assert told(settled, date(NOON.year - 1, 1, 1))
    assert not told(settled, date(NOON.year - 2, 12, 31))
    assert not told(settled, date(NOON.year - 3, 1, 1))
    assert not told(date(NOON.year, 1, 1))
    assert told(before) is may_publish_year(NOON.year - 1, SWEDEN_2026, published=False, now=NOON).allowed
