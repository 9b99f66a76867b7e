"""The report: sixteen pages from its JSON alone, the same bytes again, what was not measured said (A17, C10)."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks.accuracy import evaluation
from benchmarks.accuracy.evaluation import Material, evaluate, misses_by_sex, trade_off
from benchmarks.accuracy.overlap import Overlap
from benchmarks.accuracy.watchlist_protocol import searches, split
from benchmarks.data.pairs import Pair
from benchmarks.metrics.identification import Searches
from benchmarks.report.blocks import Lead, Page, Table
from benchmarks.report.derived import complete
from benchmarks.report.files import report_files
from benchmarks.report.pages import pages as pages_of
from benchmarks.report.plots import Line
from benchmarks.report.plots import trade_off as drawn
from benchmarks.report.words import counted, interval, one_in
from tests.builders_accuracy import SHEET, a_sample, embedded

pytestmark = pytest.mark.law("A17", "C10")
DAY = date(2026, 11, 26)
PLOTS = ["by-age", "by-list", "by-threshold", "false-alarms", "flagged", "found", "trade-off"]


def pages(found: Mapping[str, Any]) -> tuple[Page, ...]:
    return pages_of(complete(found))


def material() -> Material:
    """Sixty people of three pictures, and forty others of whom thirty look like one of them."""
    names = [f"p{person:03d}" for person in range(60) for _ in range(3)]
    sexes = [{"sex": "female" if person % 2 else "male"} for person in range(60) for _ in range(3)]
    lfw = embedded(names, [a_sample(at // 3 + (at % 3) / 100) for at in range(180)], sexes)
    groups = [{"sex": "female", "ethnicity": "A" if at % 2 else "B", "age": "25–34"} for at in range(40)]
    others = embedded([None] * 40, [a_sample(float(at) if at < 30 else 500.0 + at) for at in range(40)], groups)
    pair = Pair("00000.jpg", "00001.jpg", same=True), Pair("00000.jpg", "00003.jpg", same=False)
    nobody = np.zeros(40, dtype=bool)
    return Material(lfw, [pair] * 10, others, Overlap(nobody, nobody, 0.0), (SHEET,))


def evaluated() -> dict[str, Any]:
    return evaluate(material(), measured_on=DAY, progress=lambda _done, _all: None, lists=(10, 20))


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
    monkeypatch.setattr(evaluation, "OPERATIONAL_LIST", 20)
    return evaluated()


def test_the_file_has_what_machines_ask_for(found: Mapping[str, Any]) -> None:
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert {"accuracy", "standard_error", "failures_to_detect"} <= set(found["lfw_view2"])
    assert [one["enrolled"] for one in found["identification"]] == [10, 20]
    assert len(found["gate"]["items"]) == 15
    assert found["gate"]["verdict"] == "FAIL", "so many of forty are more than one in a thousand"
    assert {"group", "people", "searches", "false_alarms", "fpir", "interval", "status"} <= set(found["groups"][0])
    assert (
        sum(one["false_alarms"] for one in found["groups"])
        == found["bias"]["everybody"]["without_overlap"]["rate"]["numerator"]
    )


def test_no_name_of_a_person_or_a_picture_is_in_it(found: Mapping[str, Any]) -> None:
    text = "".join(content.decode() for content in report_files(found).values())
    assert not [word for word in ("p001", "p059", "00001.jpg") if word in text]


def test_the_same_figures_give_the_same_bytes(found: Mapping[str, Any]) -> None:
    again = evaluated()
    assert report_files(again) == report_files(found)
    assert report_files(json.loads(json.dumps(found))) == report_files(found), "from nothing but its JSON"


def test_there_are_sixteen_pages_and_each_says_something(found: Mapping[str, Any]) -> None:
    made = pages(found)
    assert len(made) == 16
    assert all(page.blocks for page in made)
    open_pages = {
        page.title
        for page in made
        for block in page.blocks
        if isinstance(block, Lead) and "not measured" in block.words
    }
    assert open_pages == {"Sensitivity and video", "In operation"}


def test_every_plot_is_well_formed_and_has_a_table_beside_it(found: Mapping[str, Any]) -> None:
    files = report_files(found)
    plots = [name for name in files if name.endswith(".svg")]
    assert sorted(plots) == [f"{name}.svg" for name in PLOTS]
    for name in plots:
        ET.fromstring(files[name])  # noqa: S314 (our own)
    for page in pages(found):
        kinds = [type(block).__name__ for block in page.blocks]
        assert "Picture" not in kinds or "Table" in kinds


def test_the_page_needs_nothing_from_elsewhere(found: Mapping[str, Any]) -> None:
    page = report_files(found)["evaluation.html"].decode()
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "src=" not in page


def test_labels_of_a_set_are_text_and_never_markup(found: Mapping[str, Any]) -> None:
    text = json.dumps(found, ensure_ascii=False)
    hostile = json.loads(text.replace("25–34", "<b onload=x>").replace('"a test"', '"<b onload=y>"'))
    page = report_files(hostile)["evaluation.html"].decode()
    assert "<b onload" not in page
    assert {"&lt;b onload=x&gt;", "&lt;b onload=y&gt;"} <= set(re.findall(r"&lt;b onload=.&gt;", page))


def test_a_group_whose_errors_were_dropped_is_not_the_sum(found: Mapping[str, Any]) -> None:
    everybody = found["bias"]["everybody"]["without_overlap"]["rate"]["numerator"]
    for crossing in found["bias"]["crossings"]:
        assert sum(one["without_overlap"]["rate"]["numerator"] for one in crossing["groups"]) == everybody > 0


def test_the_gate_page_has_every_item_as_it_was_judged(found: Mapping[str, Any]) -> None:
    _, table = pages(found)[14].blocks
    assert isinstance(table, Table)
    assert [row[1] for row in table.rows] == [one["verdict"] for one in found["gate"]["items"]]


def test_misses_are_told_by_sex() -> None:
    lfw = material().lfw
    half = split(lfw, 10, seed=1).test
    told = misses_by_sex(lfw, searches(lfw, half), half.probes, -0.45)
    assert [one.name for one in told] == ["female", "male"]
    assert [one.rate.numerator for one in told] == [0, 0]


def test_a_trade_off_falls_and_ends_at_the_operating_point() -> None:
    test = Searches.of([[-0.1], [-0.5], [-0.4], [-0.9]], [0, 0, -1, -1], [1, 1, 2, 3])
    told = trade_off(test, -0.45)
    assert told["operating"] == {"fpir": 0.5, "fnir": 0.5, "threshold": -0.45}
    assert [one["fpir"] for one in told["points"]] == sorted((one["fpir"] for one in told["points"]), reverse=True)


def test_a_rate_of_zero_is_not_drawn_and_the_ground_is_grey_where_little_is_known() -> None:
    svg = drawn("t", [Line("a", [(0.0, 0.5), (0.0005, 0.4), (0.01, 0.2)], (0.0, 0.5), people=1000)])
    assert svg.count("<circle") == 1, "only in the legend"
    (curve,) = re.findall(r'd="(M[^"]*)" fill="none" stroke="#1c2126" stroke-width="1.6"/><path', svg)
    assert "L" not in curve, "one point alone lies where a thousand people can show it"
    ground = re.findall(r'<rect x="76.0" y="20.0" width="([0-9.]+)"', svg)
    assert ground == [f"{624 * np.log10(3) / 3:.1f}"], "as far as three of a thousand"


def test_numbers_are_said_in_whole_people_and_never_as_zero() -> None:
    rate = {"numerator": 3, "denominator": 4749, "interval": {"lower": 0.00013, "upper": 0.00185}, "reason": None}
    assert counted(rate) == "3 of 4,749"
    assert interval(rate) == "1 in 7,692 to 1 in 541"
    assert (one_in(0.0), one_in(None), one_in(0.5)) == ("none seen", "not known", "1 in 2.0")
    assert (
        interval({**rate, "interval": None, "reason": "There is no search to count."}) == "There is no search to count."
    )
    assert interval({**rate, "interval": {"lower": 0, "upper": 0.001}}) == "none to 1 in 1,000"
