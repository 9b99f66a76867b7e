"""The pictures of evidence: nothing but labels and numbers, and every month in its place."""

from xml.etree import ElementTree as ET

import pytest

from governance.web.site.chart import bar_chart
from governance.web.site.evidence import _without_gaps

pytestmark = pytest.mark.law("C14")
SVG = "{http://www.w3.org/2000/svg}"


def bars(chart: str) -> dict[str, float]:
    found = {}
    for rect in ET.fromstring(chart).iter(f"{SVG}rect"):  # noqa: S314 (made here)
        title = rect.find(f"{SVG}title")
        if title is not None:
            found[str(title.text)] = float(rect.attrib["height"])
    return found


def test_heights_are_in_proportion_and_begin_at_zero() -> None:
    found = bars(bar_chart("A title", {"00": 4, "01": 2, "02": 0}))
    assert list(found) == ["00: 4", "01: 2", "02: 0"]
    assert found["00: 4"] == pytest.approx(2 * found["01: 2"], abs=0.1)
    assert found["02: 0"] == 0


def test_a_month_without_incidents_is_a_bar_of_no_height() -> None:
    filled = _without_gaps({"2025-11": 3, "2026-02": 1})
    assert filled == {"2025-11": 3, "2025-12": 0, "2026-01": 0, "2026-02": 1}
    assert _without_gaps({}) == {}


def test_what_looks_like_markup_is_written_as_text() -> None:
    chart = bar_chart("<script>", {"<b>": 1})
    assert "<script>" not in chart
    assert bars(chart) == {"<b>: 1": pytest.approx(39.5, abs=0.1)}
