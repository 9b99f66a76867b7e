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
from governance.domain.publications import may_tell_month
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
    assert row == ["2026-01", None, 100_000, a_month().counted_how, 10, *[None] * 8]
    assert report.months is None
    (total,) = cells(report, 2)
    assert total[1:] == [None, 100_000, 10, None, None, None]
    large = a_month(alerts=30, true_alerts=20, false_alerts=5, unconfirmed=5, deployments=9, overturned=0)
    (row,) = cells(made(facts(large), public=True))
    assert row[1:9] == [9, 100_000, large.counted_how, 30, 20, 5, 5, "20 of 30"]


@given(
    st.lists(
        st.builds(
            lambda true, false, unconfirmed, more: a_month(
                alerts=true + false + unconfirmed + more,
                true_alerts=true,
                false_alerts=false,
                unconfirmed=unconfirmed,
            ),
            *[st.integers(min_value=0, max_value=9)] * 3,
            st.integers(min_value=0, max_value=1),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_small_count_is_public_nor_follows_from_a_sum_beside_it(rows: list[Row]) -> None:
    report = made(facts(*rows), public=True)
    for row, told in zip(rows, cells(report), strict=True):
        parts = [row.true_alerts, row.false_alerts, row.unconfirmed]
        for count, shown in zip(parts, told[5:8], strict=True):
            assert shown in {None, count}
            assert not (0 < count < SMALLEST and shown is not None)
        hidden = [count for count, shown in zip(parts, told[5:8], strict=True) if shown is None]
        if hidden and told[4] is not None:
            assert sum(hidden) - (len(hidden) - 1) >= SMALLEST
        if hidden:
            assert told[8:10] == [None, None]
            assert told[11:13] == [None, None]
    (total,) = cells(report, 2)
    if any(told[6] is None for told in cells(report)):
        assert total[5:] == [None, None]


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
    def told(following: date, untold_since: date | None = None) -> bool:
        return may_tell_month(following, SWEDEN_2026, untold_since=untold_since, now=NOON).allowed

    year_ago = date(NOON.year - 1, 1, 1)
    assert told(year_ago)
    assert told(year_ago, date(NOON.year, 1, 1))
    assert told(year_ago, year_ago)
    assert not told(year_ago, date(NOON.year - 2, 12, 31))
    assert not told(date(NOON.year, NOON.month, 1) if NOON.day < 28 else NOON.date())
