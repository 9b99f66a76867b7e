"""A checkpoint on paper: what nobody can edit from afar. As text for people, and as a QR code for machines.

The code holds the signed note byte for byte, with the Ed25519 lines alone: an ML-DSA-44 signature does not fit on it.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Final

import segno

from governance.audit.checkpoint import Checkpoint, parse_body
from governance.audit.errors import CheckpointRefused, LogUnavailable, NoteRefused
from governance.audit.note import format_note, parse_note

_ED25519_LINES: Final = frozenset({64, 72})
"""Bytes behind the key's id: a log's signature, and a witness's with its time. ML-DSA-44 has 2,420 and more."""

_QUIET: Final = 4
_CODE_MM: Final = 100.0
_PAGE_MM: Final = (210, 297)
_COLUMNS: Final = 92
HOW_TO_CHECK: Final = (
    "Keep this sheet where nobody who runs the log can reach it. To check later that the log still has the past that "
    "it had then: read the code into a file with any scanner (it holds the signed checkpoint, byte for byte), and run "
    "insyn-verify on an export of the log with --kept and that file. A log that was cut, rewritten or put back cannot "
    "also be this one."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is printed: the note as the code holds it, what it says, and the code's modules, row by row."""

    note: str
    checkpoint: Checkpoint
    modules: tuple[bytes, ...]

    @classmethod
    def of(cls, note: str) -> "Sheet":
        """Prepare a signed checkpoint for printing.

        Raises:
            LogUnavailable: it is no checkpoint, bears no Ed25519 signature, or too many for a code.
        """
        try:
            parsed = parse_note(note)
            checkpoint = parse_body(parsed.text)
            short = tuple(one for one in parsed.signatures if len(one.signature) in _ED25519_LINES)
            text = format_note(replace(parsed, signatures=short))
        except (NoteRefused, CheckpointRefused) as error:
            raise LogUnavailable(
                f"What is to be printed is no checkpoint with an Ed25519 signature. {error}"
            ) from error
        try:
            code = segno.make_qr(text.encode(), error="m", boost_error=False)
        except segno.DataOverflowError as error:
            raise LogUnavailable("This checkpoint bears more cosignatures than a printed code can hold.") from error
        return cls(note=text, checkpoint=checkpoint, modules=tuple(map(bytes, code.matrix)))


def svg_page(sheet: Sheet, *, printed: datetime) -> str:
    """Return an A4 page as SVG."""
    width, height = _PAGE_MM
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
            f'viewBox="0 0 {width} {height}">'
        ),
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        _text("A checkpoint of a transparency log", 15, 22, size=7, weight="bold"),
    ]
    row = 32.0
    for name, value in _facts(sheet, printed):
        lines.append(_text(name, 15, row, size=3.6, weight="bold"))
        for part in textwrap.wrap(value, 62, break_long_words=True) or [""]:
            lines.append(_text(part, 50, row, size=3.6, family="monospace"))
            row += 5.4
    lines.append(f'<g transform="translate({(width - _CODE_MM) / 2} {row})">{_code(sheet, _CODE_MM)}</g>')
    row += _CODE_MM + 6
    for part in textwrap.wrap(HOW_TO_CHECK, 96):
        lines.append(_text(part, 15, row, size=3.8))
        row += 5.2
    row += 4
    lines.append(_text("The signed checkpoint (long lines are broken here, not in the code)", 15, row, size=3.2))
    for part in _broken(sheet.note):
        row += 4.2
        lines.append(_text(part, 15, row, size=3.2, family="monospace"))
    return "\n".join([*lines, "</svg>"]) + "\n"


def html_page(sheet: Sheet, *, printed: datetime) -> str:
    """Return a page as HTML that needs nothing else."""
    facts = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in _facts(sheet, printed)
    )
    side = len(sheet.modules) + 2 * _QUIET
    style = (
        "body{font:11pt sans-serif;margin:2cm;color:#000;background:#fff}th{text-align:left;padding-right:1em;"
        "vertical-align:top}td,pre{font-family:monospace}pre{white-space:pre-wrap;word-break:break-all;font-size:9pt}"
        "svg{display:block;margin:1em auto}"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>A checkpoint of a transparency log</title>'
        f"<style>{style}</style></head><body>\n<h1>A checkpoint of a transparency log</h1>\n<table>{facts}</table>\n"
        f'<svg width="{_CODE_MM:g}mm" height="{_CODE_MM:g}mm" viewBox="0 0 {side} {side}">{_code(sheet, side)}</svg>\n'
        f"<p>{escape(HOW_TO_CHECK)}</p>\n<pre>{escape(sheet.note)}</pre>\n</body></html>\n"
    )


def _facts(sheet: Sheet, printed: datetime) -> Iterator[tuple[str, str]]:
    root = sheet.checkpoint.root.hex()
    yield "Log", sheet.checkpoint.origin
    yield "Entries", str(sheet.checkpoint.size)
    yield "Root", " ".join(root[start : start + 8] for start in range(0, len(root), 8))
    yield "Signed by", ", ".join(one.name for one in parse_note(sheet.note).signatures)
    yield "Printed", printed.strftime("%Y-%m-%d %H:%M UTC")


def _code(sheet: Sheet, side: float) -> str:
    """Return the code as one path over a white square of this side, its quiet zone included."""
    step = side / (len(sheet.modules) + 2 * _QUIET)
    dark = "".join(
        f"M{column + _QUIET} {row + _QUIET}h1v1h-1z"
        for row, modules in enumerate(sheet.modules)
        for column, module in enumerate(modules)
        if module
    )
    white = f'<rect width="{side:g}" height="{side:g}" fill="#fff"/>'
    return f'{white}<path transform="scale({step:.6f})" shape-rendering="crispEdges" d="{dark}"/>'


def _text(words: str, x: float, y: float, *, size: float, weight: str = "normal", family: str = "sans-serif") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" font-family="{family}" '
        f'xml:space="preserve">{escape(words)}</text>'
    )


def _broken(note: str) -> Iterator[str]:
    for line in note.split("\n")[:-1]:
        for start in range(0, max(len(line), 1), _COLUMNS):
            yield line[start : start + _COLUMNS]
