"""Pages as one HTML file that needs nothing from elsewhere: no script, no font, no picture that is not in it."""

from collections.abc import Sequence
from html import escape
from typing import Final

from benchmarks.report.blocks import Block, Lead, Page, Picture, Table, Text

_STYLE: Final = """
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; font: 1rem/1.5 system-ui, "Noto Sans", "DejaVu Sans",
sans-serif; color: #1c2126; } section { break-before: page; margin-top: 3rem; } h2 { border-bottom: 1px solid #d9dee3;
padding-bottom: .3rem; } .lead { font-size: 1.15rem; border-left: 4px solid #59636e; padding-left: .8rem; } .pass {
border-color: #1f6b3d; } .fail { border-color: #a1232b; } .open { border-color: #8a4b00; } table { border-collapse:
collapse; width: 100%; margin: 1rem 0; font-size: .92rem; } caption { text-align: left; color: #59636e; padding: .3rem
0; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #d9dee3; vertical-align: top; } figure
{ margin: 1rem 0; } svg { width: 100%; height: auto; } nav li { margin: .1rem 0; }
""".strip()


def as_html(title: str, pages: Sequence[Page]) -> str:
    """The whole report."""
    contents = "".join(f'<li><a href="#p{at}">{escape(page.title)}</a></li>' for at, page in enumerate(pages, start=1))
    body = "".join(_section(at, page) for at, page in enumerate(pages, start=1))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{escape(title)}</h1><nav><ol>{contents}</ol></nav><main>{body}</main></body></html>\n"
    )


def _section(number: int, page: Page) -> str:
    blocks = "".join(_block(block) for block in page.blocks)
    return f'<section id="p{number}"><h2>{number}. {escape(page.title)}</h2>{blocks}</section>\n'


def _block(block: Block) -> str:
    match block:
        case Text(words):
            return f"<p>{escape(words)}</p>"
        case Lead(words, standing):
            return f'<p class="lead {escape(standing)}">{escape(words)}</p>'
        case Table():
            return _table(block)
        case Picture(_, shows, svg):
            return f'<figure aria-label="{escape(shows, quote=True)}">{svg}</figure>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.head)
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in table.rows
    )
    return (
        f"<table><caption>{escape(table.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
