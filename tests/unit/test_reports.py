"""The reports themselves: counted from the log, in both languages, as page, PDF and JSON of the same data."""

import base64
import hashlib
import json
import re
import socket
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.adapters.report_pdf import print_pdf
from governance.application.errors import Unavailable
from governance.application.log_reading import LogLine
from governance.application.reports.admitted import AdmittedModel
from governance.application.reports.annual import annual_report, tally
from governance.application.reports.page import html_page
from governance.application.reports.report import Language, Phrase, Report, Section, Table
from governance.application.reports.swedish import SWEDISH
from governance.application.reports.technical import technical_documentation
from governance.audit.leaf import Leaf
from governance.domain.events import Event
from governance.domain.legal_profile import ENTRIES, SWEDEN_2026
from governance.domain.roles import Action
from governance.web.security import POLICY
from tests.builders_contracts import NOON, PROFILE_SHA256

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def a_line(event: str, at: datetime = NOON, **body: object) -> LogLine:
    leaf = Leaf(
        event=event,
        time_ms=(at - _EPOCH) // timedelta(milliseconds=1),
        src="governance-1",
        sn=1,
        body=body,
        compartments=(),
    )
    return LogLine(index=0, leaf=leaf)


LINES = [
    *[a_line("warrant.draft")] * 7,
    *[a_line("warrant.refuse", rule="A2")] * 6,
    *[a_line("warrant.refuse", rule="A3")] * 2,
    *[a_line("lead.confirm")] * 2,
    *[a_line("log.beat")] * 9,
    a_line("something.else"),
]


def annual(*, public: bool, year: int = 2026) -> Report:
    counted = tally(LINES, year, SWEDEN_2026)
    return annual_report(counted, SWEDEN_2026, public=public, demo=True, now=NOON)


def rows(report: Report) -> dict[tuple[object, object], object]:
    found: dict[tuple[object, object], object] = {}
    event: object = None
    for section in report.sections:
        for first, _, rule, count in section.table.rows if section.table else ():
            event = first if isinstance(first, str) else event
            found[event, rule] = count
    return found


@pytest.mark.law("A11", "A12")
def test_every_decision_and_refusal_is_counted_by_its_rule() -> None:
    told = rows(annual(public=False))
    assert told["warrant.draft", ""] == 7
    assert told["warrant.refuse", ""] == 8
    assert (told["warrant.refuse", "A2"], told["warrant.refuse", "A3"]) == (6, 2)
    assert told["lead.confirm", ""] == 2
    assert told["warrant.revoke", ""] == 0
    assert "1 entries are of kinds unknown" in html_page(annual(public=False), Language.ENGLISH)


@pytest.mark.law("A11")
def test_every_event_has_a_row_of_its_own_but_signs_of_life() -> None:
    told = {event for event, _ in rows(annual(public=False))}
    assert told == {event.value for event in Event} - {"log.beat", "records.change"}


@pytest.mark.law("A11", "C7")
def test_the_public_is_told_no_small_count() -> None:
    told = rows(annual(public=True))
    assert told["lead.confirm", ""] is None
    assert (told["warrant.refuse", ""], told["warrant.refuse", "A2"], told["warrant.refuse", "A3"]) == (8, None, None)
    assert "redovisas inte" in html_page(annual(public=True), Language.SWEDISH)


def apart(lines: list[LogLine], *, public: bool = False) -> dict[object, tuple[object, object]]:
    counted = tally(lines, 2026, SWEDEN_2026)
    report = annual_report(counted, SWEDEN_2026, public=public, demo=True, now=NOON)
    (section,) = [one for one in report.sections if one.title.en == "Real time and afterwards, apart"]
    assert section.table is not None
    return {event: (live, later) for event, _, live, later in section.table.rows}


@pytest.mark.law("A11", "A12")
def test_real_time_use_and_later_searches_are_told_apart() -> None:
    """By hand: seven warrants live and six afterwards, of each a lead; two refusals, by different rules."""
    lines = [
        *[a_line("warrant.import")] * 7,
        *[a_line("warrant.import", method="afterwards")] * 6,
        a_line("lead.confirm"),
        a_line("lead.confirm", method="afterwards"),
        a_line("warrant.refuse", rule="A2"),
        a_line("warrant.refuse", rule="A12", method="afterwards"),
        a_line("search.begin"),
        a_line("lease.issue"),
    ]
    told = apart(lines)
    assert told["warrant.import"] == (7, 6)
    assert told["lead.confirm"] == (1, 1)
    assert told["warrant.refuse"] == (1, 1)
    assert told["candidate.accept"] == (0, 0)
    assert not {"search.begin", "lease.issue"} & set(told)
    shown = apart(lines, public=True)
    assert shown["warrant.import"] == (7, 6)
    assert shown["lead.confirm"] == shown["warrant.refuse"] == (None, None)


@pytest.mark.law("A11", "C7")
@given(live=st.integers(0, 30), later=st.integers(0, 30), rules=st.integers(1, 4))
def test_what_is_told_apart_gives_no_withheld_count_away(live: int, later: int, rules: int) -> None:
    lines = [
        a_line("warrant.import", rule=f"A{number % rules}", **({"method": "afterwards"} if number < later else {}))
        for number in range(live + later)
    ]
    counted = tally(lines, 2026, SWEDEN_2026)
    totals = rows(annual_report(counted, SWEDEN_2026, public=True, demo=True, now=NOON))
    total, told = totals["warrant.import", ""], apart(lines, public=True)["warrant.import"]
    smallest = SWEDEN_2026.smallest_public_count
    assert all(part is None or part == 0 or part >= smallest for part in told)
    if total is None:
        assert told == tuple(None if part else 0 for part in (live, later))
    elif None in told:
        # Whoever knows the sum cannot tell that either of the two is small.
        hidden = [part for part, shown in zip((live, later), told, strict=True) if shown is None]
        assert sum(hidden) - (len(hidden) - 1) >= smallest


@pytest.mark.law("A11")
def test_a_year_is_a_legal_year() -> None:
    """In Stockholm a year ends at 23:00 UTC."""
    last, first = datetime(2026, 12, 31, 22, 59, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC)
    lines = [a_line("warrant.draft", last), a_line("warrant.draft", first)]
    for year in (2026, 2027):
        assert sum(tally(lines, year, SWEDEN_2026).counts.values()) == 1
    assert sum(tally(lines, 2025, SWEDEN_2026).counts.values()) == 0


def test_a_page_has_its_style_in_itself_and_where_it_is_shown_that_style_alone_is_allowed() -> None:
    page = html_page(annual(public=True), Language.SWEDISH)
    (style,) = re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'self' 'sha256-{hashed}';" in POLICY
    assert page.count("<table>") == page.count('<div class="wide"><table>') == page.count("</table></div>")


@pytest.mark.law("A20")
def test_the_technical_documentation_tells_the_tables_that_run() -> None:
    model = AdmittedModel(profile_sha256=PROFILE_SHA256, admissions=(), demo=True)
    report = technical_documentation(SWEDEN_2026, model=model, demo=True, now=NOON)
    page = html_page(report, Language.ENGLISH)
    for word in [*ENTRIES, *(action.value for action in Action), *(event.value for event in Event)]:
        assert word in page
    assert SWEDEN_2026.sha256 in page
    assert PROFILE_SHA256 in page
    assert "nothing admitted it" in page


def test_page_and_json_tell_the_same_in_both_languages() -> None:
    report = annual(public=False)
    told = json.loads(report.to_json())
    assert told["kind"] == "insyn/report/annual/1"
    for language in Language:
        page = html_page(report, language)
        assert f'lang="{language.value}"' in page
        for section in told["sections"]:
            assert section["title"][language.value] in page
        assert page.count("<tr>") == sum(
            len(section.get("rows", ())) + ("rows" in section) for section in told["sections"]
        )
    assert "DEMO" in html_page(report, Language.SWEDISH)


def test_a_page_has_no_script_or_address_and_escapes_what_it_says() -> None:
    told = Section(
        title=Phrase(en="<script>", sv="<b>"),
        table=Table(headings=(Phrase(en="&", sv="&"),), rows=(("<i>",), (None,), (3,))),
    )
    page = html_page(Report(**{**_fields(annual(public=True)), "sections": (told,)}), Language.ENGLISH)
    assert "<script>" not in page
    assert "<i>" not in page
    assert not re.search(r"<(link|img|iframe|script|a)\b|\sstyle=|https?:|url\(|@import", page)


def _fields(report: Report) -> dict[str, object]:
    return {name: getattr(report, name) for name in ("kind", "law", "title", "made_at", "public", "demo", "sections")}


def test_the_same_report_has_the_same_hash_and_another_one_another() -> None:
    assert annual(public=True).sha256 == annual(public=True).sha256
    assert annual(public=True).sha256 != annual(public=False).sha256


def test_every_event_has_its_sentence_in_swedish() -> None:
    assert set(SWEDISH) == set(Event)
    assert all(sentence.endswith(".") for sentence in SWEDISH.values())


def test_a_page_becomes_a_pdf() -> None:
    pytest.importorskip("weasyprint", reason="the extra pdf is not installed", exc_type=(ImportError, OSError))
    content = print_pdf(html_page(annual(public=False), Language.SWEDISH))
    assert content.startswith(b"%PDF-")


def test_a_pdf_fetches_nothing() -> None:
    pytest.importorskip("weasyprint", reason="the extra pdf is not installed", exc_type=(ImportError, OSError))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        page = f'<img src="http://127.0.0.1:{server.getsockname()[1]}/x.png"><img src="file:///etc/hostname"><p>å</p>'
        assert print_pdf(page).startswith(b"%PDF-")
        with pytest.raises(BlockingIOError):
            server.accept()


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(Unavailable, match="libpango"):
        print_pdf("<p></p>")
