"""What use comes to: the flags of rows that do not agree, sums of what was counted alike, and the command (C7)."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.metrics import intervals, streams
from benchmarks.operation.page import page, read_months
from benchmarks.operation.table import read_rows
from governance.domain.in_operation import (
    Flag,
    add_up,
    by_month,
    false_per_face,
    flags,
    outcomes_changed,
    precision,
    share,
)
from governance.domain.proportions import NotCounts, limits, lower_limit, upper_limit
from insyn.command_line import app
from tests.builders_operation import TRACKS, a_month

pytestmark = pytest.mark.law("C7", "D1")

HEAD = "row,date,deployments,faces,counted_how,alerts,true,false,unconfirmed,overturned,threshold,published_rate"
SMALL = (
    f"{HEAD}\n"
    "a,2026-01-05,1,4000,tracks,10,9,1,0,2,0.60,0.025%\n"
    "b,2026-01-20,1,3940,tracks,3,2,1,0,0,0.60,0.01%\n"  # 0.025 %, not 0.01 %
    "c,2025-12-31,1,500,tracks,0,0,0,0,0,0.60,\n"  # before the row above it
    "d,2026-02-01,1,800,transits,2,2,1,0,0,0.64,\n"  # three of two
    "e,2026-02-10,1,0,transits,1,0,0,1,,0.64,\n"
)


def row_flags(**values: Any) -> frozenset[Flag]:
    return flags([a_month(**values)])[0]


@pytest.mark.parametrize(
    ("values", "flag"),
    [
        ({"unconfirmed": 2}, Flag.ALERTS_DO_NOT_SUM),
        ({"faces": 0}, Flag.NO_FACES),
        ({"faces": 9}, Flag.MORE_ALERTS_THAN_FACES),
        ({"overturned": 11}, Flag.TOO_MANY_OVERTURNED),
        ({"told_of_earlier": 1}, Flag.OUTCOME_CHANGED),
        ({"leases_taken": 1000, "leases_ended": 980}, Flag.RECEIPTS_MISSING),
        ({"published_rate": Decimal("0.002")}, Flag.RATE_DIFFERS),
        ({"published_rate": Decimal("0.1")}, Flag.RATE_DIFFERS),
        ({"published_precision": Decimal(81)}, Flag.PRECISION_DIFFERS),
        ({"published_precision": Decimal("80.1")}, Flag.PRECISION_DIFFERS),
        ({"faces": 0, "alerts": 0, "true_alerts": 0, "false_alerts": 0, "published_rate": Decimal(1)}, None),
    ],
)
def test_a_row_that_does_not_agree_is_flagged(values: dict[str, Any], flag: Flag | None) -> None:
    found = row_flags(**values)
    assert flag in found if flag else Flag.RATE_DIFFERS in found


def test_a_row_that_agrees_is_not_flagged() -> None:
    """A rate may be rounded or cut off in its last place; a few leases may still run when a month ends."""
    assert not row_flags(
        published_rate=Decimal("0.001"),
        published_precision=Decimal(80),
        overturned=10,
        leases_taken=1000,
        leases_ended=990,
    )
    assert not row_flags(true_alerts=0, false_alerts=10, unconfirmed=0, faces=103_000, published_rate=Decimal("0.009"))
    assert not row_flags(true_alerts=0, false_alerts=10, unconfirmed=0, faces=103_000, published_rate=Decimal("0.010"))


def test_rows_are_held_against_those_before_them() -> None:
    rows = [
        a_month("2026-01"),
        a_month("2025-06"),
        a_month("2026-02", counted_how="frames"),
        a_month("2026-03", counted_how="frames"),
    ]
    assert flags(rows) == (
        frozenset(),
        frozenset({Flag.DATE_OUT_OF_ORDER}),
        frozenset({Flag.COUNTED_DIFFERENTLY}),
        frozenset(),
    )


def test_what_was_counted_differently_is_never_added_up() -> None:
    sums = add_up([a_month("2026-01"), a_month("2026-02", counted_how="frames"), a_month("2026-03")])
    assert [(one.counted_how, one.faces, one.false_alerts) for one in sums] == [
        (TRACKS, 200_000, 2),
        ("frames", 100_000, 1),
    ]
    months = by_month([a_month("2026-01"), a_month("2026-01", counted_how="frames"), a_month("2026-01")])
    assert [(one.label, one.counted_how, one.faces) for one in months] == [
        ("2026-01", "frames", 100_000),
        ("2026-01", TRACKS, 200_000),
    ]


def test_an_outcome_that_was_changed_later_is_told() -> None:
    before = [a_month("2026-01"), a_month("2026-02"), a_month("2026-03")]
    now = [a_month("2026-01"), a_month("2026-02", true_alerts=9, false_alerts=0)]
    assert outcomes_changed(before, now) == {"2026-02", "2026-03"}
    assert outcomes_changed(before, before) == set()


def test_no_number_is_made_where_nothing_was_counted() -> None:
    assert share(0, 0).value is None
    assert share(0, 0).one_in is None
    assert share(3, 2).value is None
    assert share(0, 10).value == 0
    assert share(0, 10).one_in is None
    assert share(44, 2_529_031).one_in == 57_478
    for events, trials in ((0, 0), (-1, 2), (3, 2)):
        with pytest.raises(NotCounts):
            lower_limit(events, trials)
        with pytest.raises(NotCounts):
            upper_limit(events, trials)


@pytest.mark.parametrize("trials", [1, 2, 50, 616, 3940, 2_529_031])
@pytest.mark.parametrize("events", [0, 1, 2, 3, 44, 500])
def test_limits_are_those_by_which_a_profile_was_tested(events: int, trials: int) -> None:
    if events > trials:
        return
    for confidence in (0.9, 0.95, 0.99):
        assert lower_limit(events, trials, confidence) == pytest.approx(
            intervals.lower_limit(events, trials, confidence), rel=1e-9
        )
        assert upper_limit(events, trials, confidence) == pytest.approx(
            intervals.upper_limit(events, trials, confidence), rel=1e-9
        )
    both, tested = limits(events, trials), intervals.clopper_pearson(events, trials)
    assert (both.lower, both.upper) == pytest.approx((tested.lower, tested.upper), rel=1e-9)


@pytest.mark.parametrize(
    ("events", "trials", "lower", "upper"),
    # By the closed forms: of none or all, 1 - (a/2)^(1/n); the middle one from Clopper and Pearson's own table.
    [
        (0, 10, 0.0, 0.30850),
        (10, 10, 0.69150, 1.0),
        (5, 10, 0.18709, 0.81291),
        (1, 1, 0.025, 1.0),
        (50, 100, 0.39832, 0.60168),
        (2600, 5200, 0.48632, 0.51368),
    ],
)
def test_the_exact_limits_are_the_known_ones(events: int, trials: int, lower: float, upper: float) -> None:
    found = limits(events, trials)
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=1e-5)
    for more, of in ((1, 0), (0, 0), (-1, 2), (3, 2)):
        with pytest.raises(NotCounts):
            limits(more, of)


def test_limits_of_many_events_keep_their_digits() -> None:
    for events, trials in ((5000, 20_000), (15_000, 20_000), (199_999, 200_000), (20_000, 20_000)):
        assert lower_limit(events, trials) == pytest.approx(intervals.lower_limit(events, trials), rel=1e-7)
        assert upper_limit(events, trials) == pytest.approx(intervals.upper_limit(events, trials), rel=1e-7)


def test_precision_is_the_tests_definition() -> None:
    month, tested = a_month(), streams.precision(8, 10)
    found = precision(month)
    assert tested.interval is not None
    assert found.limits is not None
    assert (found.value, found.part, found.whole) == (tested.value, tested.numerator, tested.denominator)
    assert found.limits.lower == pytest.approx(tested.interval.lower)
    assert false_per_face(month).value == 1e-5


def a_file(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_small_table_is_read_added_up_and_flagged(tmp_path: Path) -> None:
    found = page(read_rows(a_file(tmp_path, SMALL)))
    assert found["operation_flagged"] == [
        {"row": "b", "flags": ["published-rate-differs"]},
        {"row": "c", "flags": ["date-out-of-order"]},
        {"row": "d", "flags": ["alerts-do-not-sum", "counted-differently"]},
        {"row": "e", "flags": ["no-faces"]},
    ]
    assert [(one["counted_how"], one["faces"], one["false"]) for one in found["operation_sums"]] == [
        ("tracks", 8440, 2),
        ("transits", 800, 1),
    ]
    december, january, february = found["operation"]
    assert (january["month"], january["deployments"], january["faces"], january["alerts"]) == ("2026-01", 2, 7940, 13)
    assert (january["true"], january["false"], january["unconfirmed"], january["overturned"]) == (11, 2, 0, 2)
    assert january["precision"] == pytest.approx(11 / 13)
    assert january["flags"] == ["published-rate-differs"]
    assert january["false_per_face"]["one_in"] == 3970
    assert (december["precision"], december["flags"]) == (None, ["date-out-of-order"])
    assert february["overturned"] is None
    assert found["operation_above_limit"] == [{"row": "d", "faces": 800, "false": 1, "lower_limit_exceeds": False}]
    assert sorted(found["operation_by_threshold"]) == ["0.60", "0.64"]


def test_months_are_read_back_and_counted_anew(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    found = page([a_month("2026-01", overturned=3), a_month("2026-02", told_of_earlier=1)])
    found["operation"][0]["precision"] = 1.0
    path.write_text(json.dumps(found), encoding="utf-8")
    again = page(read_months(path))
    assert again["operation"][0]["precision"] == 0.8
    assert again["operation"][1]["flags"] == ["outcome-changed"]


def test_the_command_says_it_in_sentences_and_writes_it(tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    said = CliRunner().invoke(app, ["evaluate", "operation", "--csv", str(a_file(tmp_path, SMALL)), "--json", str(out)])
    assert said.exit_code == 0, said.output
    words = " ".join(said.output.split())
    assert "Row c: date-out-of-order." in words
    assert "cannot be added up" in words
    assert "of 0 the lower limit does" in words
    again = CliRunner().invoke(app, ["evaluate", "operation", "--log", str(out)])
    assert again.exit_code == 0, again.output
    changed = SMALL.replace("a,2026-01-05,1,4000,tracks,10,9,1,0,2", "a,2026-01-05,1,4000,tracks,10,10,0,0,2")
    told = CliRunner().invoke(
        app, ["evaluate", "operation", "--csv", str(a_file(tmp_path, changed)), "--before", str(out)]
    )
    assert "2026-01 is told otherwise than before." in told.output
    assert "2026-02 is told otherwise" not in told.output
    for given in ([], ["--csv", str(out), "--log", str(out)]):
        assert CliRunner().invoke(app, ["evaluate", "operation", *given]).exit_code == 1


GOOD = "date,faces,counted_how,alerts,true,false,unconfirmed\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no row"),
        (GOOD, "no row"),
        ("date,faces\n2026-01,5\n", "lacks the columns counted_how, alerts"),
        (f"{GOOD}2026-01,5,,0,0,0,0\n", "does not say how"),
        (f"{GOOD}2026-01,,tracks,0,0,0,0\n", "`faces` of row 1 is no count"),
        (f"{GOOD}2026-01,-5,tracks,0,0,0,0\n", "no count"),
        (f"{GOOD}2026-01,1e3,tracks,0,0,0,0\n", "no count"),
        (f"{GOOD}2026-01,{'9' * 40},tracks,0,0,0,0\n", "no count"),
        (f"{GOOD}31/1/2026,5,tracks,0,0,0,0\n", "date of row 1"),
        (f"{GOOD}2026-01,5,tracks,0,0,0\n", "another number of columns"),
        (f"{HEAD}\na,2026-01,1,5,tracks,0,0,0,0,,,nan\n", "no percentage"),
        (f"{HEAD}\na,2026-01,1,5,tracks,0,0,0,0,,,several\n", "no percentage"),
    ],
)
def test_a_table_that_lacks_something_is_refused_in_one_sentence(text: str, says: str, tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["evaluate", "operation", "--csv", str(a_file(tmp_path, text))])
    assert said.exit_code == 1
    assert says in " ".join(said.output.split())


@pytest.mark.parametrize("said", ["", "[]", "{}", '{"operation": [{}]}', '{"operation": [{"month": "x"}]}', "5"])
def test_what_holds_no_months_is_refused(said: str, tmp_path: Path) -> None:
    path = tmp_path / "said.json"
    path.write_text(said, encoding="utf-8")
    assert CliRunner().invoke(app, ["evaluate", "operation", "--log", str(path)]).exit_code == 1


def test_a_count_that_is_no_whole_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "said.json"
    month = page([a_month()])["operation"][0]
    for bad in (True, 1.5, -1, "5", None):
        path.write_text(json.dumps({"operation": [{**month, "faces": bad}]}), encoding="utf-8")
        assert CliRunner().invoke(app, ["evaluate", "operation", "--log", str(path)]).exit_code == 1


def test_a_month_begins_on_its_first_day() -> None:
    assert by_month([a_month(begins=date(2026, 1, 31))])[0].begins == date(2026, 1, 1)
