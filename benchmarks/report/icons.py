"""Natural frequencies as people who can be counted: one sign for one person, told apart without colour.

Limits are whole people, outwards, so the drawing never promises more than the interval does.
"""

from typing import Final

from benchmarks.report.drawing import CLOSING, GREY, INK, WASH, label, opening, stroke

_SIDE: Final = 10
_FIELD: Final = 100
_STEP: Final = 4
_PERSON: Final = "M0 -9a3.2 3.2 0 1 1 -.01 0zM-5 10v-8q0 -4 5 -4t5 4v8z"


def hundred(title: str, name: str, low: int, high: int, words: tuple[str, str, str]) -> str:
    """A hundred people: filled as far as `low`, hatched as far as `high`, empty beyond; `words` say what each is."""
    parts = [opening(title, 340, name), _hatch(name)]
    paints = (f'fill="{INK}"', f'fill="url(#{name}-hatch)" stroke="{INK}"', f'fill="#ffffff" stroke="{INK}"')
    for kind, (first, last) in enumerate(((0, low), (low, high), (high, 100))):
        signs = "".join(_sign(20 + 34 * (at % _SIDE), 22 + 31 * (at // _SIDE)) for at in range(first, last))
        parts.append(f"<g {paints[kind]}>{signs}</g>")
    return "".join([*parts, *_legend(paints, words, (low, high - low, 100 - high)), CLOSING])


def ten_thousand(title: str, name: str, low: int, high: int, words: tuple[str, str, str]) -> str:
    """Ten thousand as a field of a hundred by a hundred dots, of which the first are dark, the next hatched."""
    side = _FIELD * _STEP
    parts = [
        opening(title, side + 20, name),
        _hatch(name),
        _dots(name),
        f'<rect x="8" y="8" width="{side}" height="{side}" fill="url(#{name}-dots)"/>',
        f'<path d="{_cells(0, low)}" fill="{INK}"/>',
        f'<path d="{_cells(low, high)}" fill="#ffffff" stroke="{INK}" stroke-width="0.8"/>',
    ]
    paints = (f'fill="{INK}"', f'fill="#ffffff" stroke="{INK}"', f'fill="{GREY}" stroke="none"')
    counts = (low, high - low, 10_000 - high)
    for at, (paint, what, many) in enumerate(zip(paints, words, counts, strict=True)):
        y = 40 + 44 * at
        parts += [f'<rect x="430" y="{y - 10}" width="12" height="12" {paint}/>', label(452, y, f"{many:,} {what}")]
    return "".join([*parts, CLOSING])


def _cells(first: int, last: int) -> str:
    return "".join(
        f"M{8.5 + _STEP * (at % _FIELD):g} {8.5 + _STEP * (at // _FIELD):g}h3v3h-3z" for at in range(first, last)
    )


def _sign(x: float, y: float) -> str:
    return f'<path transform="translate({x:g} {y:g})" d="{_PERSON}"/>'


def _dots(name: str) -> str:
    return (
        f'<defs><pattern id="{name}-dots" width="{_STEP}" height="{_STEP}" patternUnits="userSpaceOnUse">'
        f'<rect x="1" y="1" width="2" height="2" fill="{GREY}"/></pattern></defs>'
    )


def _hatch(name: str) -> str:
    return (
        f'<defs><pattern id="{name}-hatch" width="4" height="4" patternUnits="userSpaceOnUse">'
        f'<rect width="4" height="4" fill="{WASH}"/>{stroke("M0 4L4 0", width=1)}</pattern></defs>'
    )


def _legend(paints: tuple[str, str, str], words: tuple[str, str, str], counts: tuple[int, int, int]) -> list[str]:
    parts = []
    for at, (paint, what, many) in enumerate(zip(paints, words, counts, strict=True)):
        y = 40 + 50 * at
        parts += [f"<g {paint}>{_sign(400, y)}</g>", label(422, y + 4, f"{many} {what}")]
    return parts
