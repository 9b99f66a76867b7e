"""A report that was downloaded is read as a file, alone: on a telephone as on a screen, and nothing is asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from benchmarks.report.files import PAGE_FILE, report_files
from governance.application.reports.admitted import AdmittedModel
from governance.application.reports.page import html_page
from governance.application.reports.report import Language
from governance.application.reports.technical import technical_documentation
from governance.domain.legal_profile import SWEDEN_2026
from tests.builders_contracts import NOON, PROFILE_SHA256
from tests.builders_report import an_evaluation

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason="There is no Chromium at /usr/bin/chromium to show pages in."),
]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OUTSIDE = """[...document.querySelectorAll("table, svg, p, code")].filter(
    one => !one.closest(".wide") && one.getBoundingClientRect().right > innerWidth + 1).length"""
WIDE = "[...document.querySelectorAll('.wide')].filter(one => one.scrollWidth > one.clientWidth).length"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def technical() -> bytes:
    model = AdmittedModel(profile_sha256=PROFILE_SHA256, admissions=(), demo=True)
    report = technical_documentation(SWEDEN_2026, model=model, demo=True, now=NOON)
    return html_page(report, Language.ENGLISH).encode()


def opened(chromium: Chromium, path: Path, width: int) -> tuple[Page, list[str]]:
    page, asked = chromium.new_page(viewport={"width": width, "height": 900}), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    return page, asked


@pytest.mark.parametrize("kind", ["evaluation", "technical"])
def test_a_page_is_as_wide_as_the_screen_and_its_tables_move_inside_themselves(
    chromium: Chromium, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(report_files(an_evaluation())[PAGE_FILE] if kind == "evaluation" else technical())
    for width, moves in ((390, True), (1280, False)):
        page, asked = opened(chromium, path, width)
        assert (page.evaluate(SIDEWAYS), page.evaluate(OUTSIDE)) == (0, 0), width
        assert bool(page.evaluate(WIDE)) is moves
        assert page.evaluate("getComputedStyle(document.querySelector('td')).textAlign") == "left"
        assert asked == [path.as_uri()], "it asks for nothing but itself"
        page.close()
