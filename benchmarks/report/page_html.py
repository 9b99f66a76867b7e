"""Pages as one HTML file that needs nothing from elsewhere: no script, no font, no picture that is not in it.

It is read on a screen, on a telephone (tables and plots are moved sideways there) and on paper, in black and white.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

from benchmarks.report.blocks import Block, Command, Lead, Page, Picture, Table, Text

_STYLE: Final = """
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; font: 1rem/1.5 system-ui, "Noto Sans", "DejaVu Sans",
sans-serif; color: #1c2126; background: #fff; overflow-wrap: break-word; }
h1 { line-height: 1.2; } h2 { border-bottom: 1px solid #d9dee3; padding-bottom: .3rem; line-height: 1.25; }
section { margin-top: 3rem; } nav ol { columns: 18rem; padding-left: 1.6rem; } nav li { margin: .1rem 0; }
a { color: #1c4f82; } p { max-width: 46rem; }
.lead { font-size: 1.15rem; border-left: 5px solid #59636e; padding: .1rem 0 .1rem .8rem; }
.pass { border-color: #1f6b3d; } .fail { border-color: #a1232b; border-left-style: double; border-left-width: 8px; }
.open { border-color: #8a4b00; border-left-style: dashed; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-size: .92rem; }
caption { text-align: left; color: #424b54; padding: .3rem 0; font-weight: 600; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #d9dee3; vertical-align: top; }
th[scope=row] { font-weight: 600; } td { font-variant-numeric: tabular-nums; }
td.long { overflow-wrap: anywhere; } td.short { white-space: nowrap; }
td:not(.long) { overflow-wrap: break-word; } figure { margin: 1rem 0; } figcaption { color: #424b54; font-size: .92em; }
svg { width: 100%; min-width: 34rem; height: auto; display: block; }
code { display: block; padding: .5rem .8rem; background: #f4f6f8; border: 1px solid #d9dee3; overflow-wrap: anywhere;
font: .88rem/1.4 ui-monospace, "DejaVu Sans Mono", monospace; }
@media (max-width: 40rem) { body { padding: 1rem; } table { font-size: .85rem; } th, td { padding: .25rem .4rem; }
th[scope=row] { min-width: 6.5rem; } td:not(.short) { min-width: 8.5rem; } td.said { min-width: 15rem; }
svg { min-width: 40rem; }
.wide { background: linear-gradient(90deg, #fff 1rem, #fff0) 0 / 3rem 100% no-repeat local,
linear-gradient(-90deg, #fff 1rem, #fff0) 100% / 3rem 100% no-repeat local,
linear-gradient(90deg, #59636e66, #fff0) 0 / .7rem 100% no-repeat,
linear-gradient(-90deg, #59636e66, #fff0) 100% / .7rem 100% no-repeat; } }
@media print { body { max-width: none; padding: 0; font-size: 9.5pt; } section { break-before: page; margin-top: 0; }
#p1 { break-before: auto; margin-top: 1cm; }
h2, caption { break-after: avoid; } tr, figure { break-inside: avoid; } thead { display: table-header-group; }
.wide { overflow: visible; } table { font-size: 8.5pt; } svg { min-width: 0; max-height: 15cm; } a { color: inherit; }
p { max-width: none; } }
@page { size: A4; margin: 16mm 15mm; }
""".strip()
_LONG: Final = 40
"""A word of so many letters, such as a hash, may be broken anywhere."""
_SHORT: Final = 13
"""What is no longer than a count or a rate stays on one line."""
_SAID: Final = 60
"""A sentence is not squeezed to a word a line where a table is moved sideways anyway."""


def as_html(title: str, pages: Sequence[Page]) -> str:
    """The whole report."""
    contents = "".join(f'<li><a href="#p{at}">{escape(page.title)}</a></li>' for at, page in enumerate(pages, start=1))
    body = "".join(_section(at, page) for at, page in enumerate(pages, start=1))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f'<nav aria-label="Pages"><ol>{contents}</ol></nav>\n<main>{body}</main></body></html>\n'
    )


def _section(number: int, page: Page) -> str:
    blocks = "\n".join(_block(block) for block in page.blocks)
    return f'<section id="p{number}"><h2>{number}. {escape(page.title)}</h2>\n{blocks}</section>\n'


def _block(block: Block) -> str:
    match block:
        case Text(words):
            return f"<p>{escape(words)}</p>"
        case Lead(words, standing):
            return f'<p class="lead {escape(standing)}">{escape(words)}</p>'
        case Command(line):
            return f"<code>{escape(line)}</code>"
        case Table():
            return _table(block)
        case Picture(_, shows, svg):
            return f'<figure><div class="wide">{svg}</div><figcaption>{escape(shows)}</figcaption></figure>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.head)
    named = f"<thead><tr>{head}</tr></thead>" if any(table.head) else ""
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(_cell(cell) for cell in row[1:]) + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="wide"><table><caption>{escape(table.caption)}</caption>{named}<tbody>{rows}</tbody></table></div>'
    )


def _cell(cell: str) -> str:
    if any(len(word) >= _LONG for word in cell.split()):
        return f'<td class="long">{escape(cell)}</td>'
    kind = ' class="short"' if len(cell) <= _SHORT else ' class="said"' if len(cell) >= _SAID else ""
    return f"<td{kind}>{escape(cell)}</td>"
