"""A report as one page of HTML: plain, without script, style or link; the same page becomes a PDF."""

from collections.abc import Iterator
from html import escape
from typing import Final

from governance.application.reports.report import Cell, Language, Phrase, Report, Section, Table, Unsaid

_WITHHELD: Final = Phrase(en="withheld", sv="redovisas inte")
_UNSAID: Final = Phrase(en="cannot be said", sv="kan inte sägas")
_MADE: Final = Phrase(en="Made", sv="Framställd")
_ASKED_BY: Final = Phrase(en="Asked for by", sv="Krävs av")
_PUBLIC: Final = Phrase(en="For the public: small counts are withheld.", sv="För allmänheten: små tal redovisas inte.")
_INTERNAL: Final = Phrase(
    en="Not for the public: no count is withheld.", sv="Inte för allmänheten: inga tal hålls inne."
)
_DEMO: Final = Phrase(
    en="DEMO: of a demonstration, without legal force.", sv="DEMO: ur en demonstration, utan rättslig verkan."
)


def html_page(report: Report, language: Language) -> str:
    """Return the page of a report in one language."""
    return "\n".join(_lines(report, language)) + "\n"


def _lines(report: Report, language: Language) -> Iterator[str]:
    title = escape(report.title.words(language))
    yield f'<!doctype html>\n<html lang="{language.value}">\n<head><meta charset="utf-8"><title>{title}</title></head>'
    yield f"<body>\n<h1>{title}</h1>"
    if report.demo:
        yield f"<p><strong>{escape(_DEMO.words(language))}</strong></p>"
    made = f"{_MADE.words(language)} {report.made_at:%Y-%m-%d %H:%M} UTC. {_ASKED_BY.words(language)} {report.law}. "
    yield f"<p>{escape(made + (_PUBLIC if report.public else _INTERNAL).words(language))}</p>"
    yield f"<p>SHA-256 (JSON) <code>{report.sha256}</code></p>"
    for section in report.sections:
        yield from _section(section, language)
    yield "</body>\n</html>"


def _section(section: Section, language: Language) -> Iterator[str]:
    yield f"<h2>{escape(section.title.words(language))}</h2>"
    for paragraph in section.paragraphs:
        yield f"<p>{escape(paragraph.words(language))}</p>"
    if section.table is not None:
        yield from _table(section.table, language)


def _table(table: Table, language: Language) -> Iterator[str]:
    headings = "".join(f'<th scope="col">{escape(one.words(language))}</th>' for one in table.headings)
    yield f"<table>\n<thead><tr>{headings}</tr></thead>\n<tbody>"
    for row in table.rows:
        yield "<tr>" + "".join(f"<td>{escape(_cell(cell, language))}</td>" for cell in row) + "</tr>"
    yield "</tbody>\n</table>"


def _cell(cell: Cell, language: Language) -> str:
    if cell is None:
        return _WITHHELD.words(language)
    if isinstance(cell, Unsaid):
        return f"{_UNSAID.words(language)}: {cell.why.words(language)}"
    return cell.words(language) if isinstance(cell, Phrase) else str(cell)
