"""A report as one page of HTML that needs nothing from elsewhere; the same page becomes a PDF.

It is kept as a file and read years later, so its style stands in it. There is no script, no link and no picture.
"""

from collections.abc import Iterator
from html import escape
from typing import Final

from governance.application.reports.report import Cell, Language, Phrase, Report, Section, Table, Unsaid

STYLE: Final = """
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem; font: 1rem/1.5 system-ui, sans-serif; color: #1c2126;
background: #fff; overflow-wrap: break-word; }
h1, h2 { line-height: 1.25; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #d9dee3; }
p { max-width: 46rem; } code { overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; min-width: 100%; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #d9dee3; text-align: left; vertical-align: top; }
td { font-variant-numeric: tabular-nums; min-width: 5rem; max-width: 24rem; }
@media (max-width: 40rem) { body { padding: 1rem; } th, td { padding: .25rem .4rem; font-size: .9rem; }
td.said { min-width: 14rem; } }
@media print { body { max-width: none; padding: 0; } .wide { overflow: visible; }
td { min-width: 0; max-width: none; } }
"""
"""On a telephone a table is moved sideways inside itself; on paper it is as wide as the sheet."""
_SAID: Final = 40
"""So many letters are a sentence, which is not squeezed to a word a line."""
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
    yield f'<!doctype html>\n<html lang="{language.value}">\n<head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>\n<style>{STYLE}</style></head>"
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
    yield f'<div class="wide"><table>\n<thead><tr>{headings}</tr></thead>\n<tbody>'
    for row in table.rows:
        yield "<tr>" + "".join(_td(_cell(cell, language)) for cell in row) + "</tr>"
    yield "</tbody>\n</table></div>"


def _td(words: str) -> str:
    said = ' class="said"' if len(words) >= _SAID else ""
    return f"<td{said}>{escape(words)}</td>"


def _cell(cell: Cell, language: Language) -> str:
    if cell is None:
        return _WITHHELD.words(language)
    if isinstance(cell, Unsaid):
        return f"{_UNSAID.words(language)}: {cell.why.words(language)}"
    return cell.words(language) if isinstance(cell, Phrase) else str(cell)
