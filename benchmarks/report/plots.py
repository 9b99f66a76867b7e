"""Plots as SVG, drawn here.

The same numbers give the same bytes, in any year and on any machine. Black on white tells all that colour does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Final

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 20, 60
_DASHES: Final = ("", "6 3", "2 2", "8 3 2 3", "1 3", "10 4")
_INK, _GREY, _WASH = "#1c2126", "#9aa4ad", "#eceff1"


@dataclass(frozen=True, slots=True)
class Line:
    """One curve, and the point on it at which the system works."""

    name: str
    points: Sequence[tuple[float, float]]
    operating: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float

    def place(self, value: float, first: float, length: float) -> float:
        """Where a value lies, by its logarithm."""
        return first + length * (log10(value) - log10(self.low)) / (log10(self.high) - log10(self.low))

    def decades(self) -> list[float]:
        """The powers of ten on it."""
        return [
            10.0**power
            for power in range(floor(log10(self.low)), floor(log10(self.high)) + 1)
            if self.low <= 10.0**power
        ]


def trade_off(title: str, lines: Sequence[Line], *, smallest_shown: float, smallest_sure: float) -> str:
    """A detection error trade-off on two logarithmic axes: false alarms to the right, misses upwards.

    Rates of zero are not drawn. Left of `smallest_sure` (three divided by the people) the ground is grey; nothing
    is drawn left of `smallest_shown`.
    """
    across = _Axis(smallest_shown, 1.0)
    drawn = [y for line in lines for x, y in line.points if x >= smallest_shown and y > 0]
    up = _Axis(10.0 ** floor(log10(min([*drawn, 0.1]))), 1.0)
    parts = [_opening(title), _ground(across, smallest_sure)]
    parts += [_across(across, one) for one in across.decades()] + [_up(up, one) for one in up.decades()]
    for at, line in enumerate(lines):
        parts += _curve(line, across, up, at, smallest_shown)
    parts.append(_label(_WIDTH / 2, _HEIGHT - 14, "false alarms among those who are not on the list (FPIR)", "middle"))
    y = _HEIGHT / 2 - 20
    parts.append(f'<text x="16" y="{y}" text-anchor="middle" transform="rotate(-90 16 {y})">misses (FNIR)</text>')
    return "".join([*parts, "</svg>\n"])


def bars(title: str, values: Sequence[tuple[str, float, float, float]], limit: float) -> str:
    """For each name its rate (a dot) between its limits (a line), and the limit that is asked (dashed).

    By logarithm.
    """
    lowest = min([low for _, _, low, _ in values if low > 0] + [limit]) / 2
    axis, step = _Axis(10.0 ** floor(log10(lowest)), 1.0), 22
    height = _TOP + _BOTTOM + step * len(values)
    parts = [_opening(title, height)]
    left, length = 210, _WIDTH - 210 - _RIGHT
    for one in axis.decades():
        x = axis.place(one, left, length)
        parts.append(f'<path d="M{x:.1f} {_TOP}V{height - _BOTTOM}" stroke="{_WASH}"/>')
        parts.append(_label(x, height - 40, _short(one), "middle"))
    x = axis.place(limit, left, length)
    parts.append(f'<path d="M{x:.1f} {_TOP}V{height - _BOTTOM}" stroke="{_INK}" stroke-dasharray="4 3"/>')
    for at, (name, rate, low, high) in enumerate(values):
        y = _TOP + step * at + step / 2
        first, last = (axis.place(max(one, axis.low), left, length) for one in (low, high))
        parts.append(_label(left - 8, y + 4, name, "end"))
        parts.append(f'<path d="M{first:.1f} {y}H{last:.1f}" stroke="{_INK}" stroke-width="2"/>')
        if rate >= axis.low:
            parts.append(f'<circle cx="{axis.place(rate, left, length):.1f}" cy="{y}" r="4" fill="{_INK}"/>')
    parts.append(_label(_WIDTH / 2, height - 14, f"{title}; dashed: the limit of {_short(limit)}", "middle"))
    return "".join([*parts, "</svg>\n"])


def _opening(title: str, height: float = _HEIGHT) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" role="img" font-size="12" '
        f'font-family="sans-serif" fill="{_INK}"><title>{escape(title)}</title>'
        f'<rect width="{_WIDTH}" height="{height:g}" fill="#ffffff"/>'
    )


def _ground(axis: _Axis, sure: float) -> str:
    if not axis.low < sure < 1:
        return ""
    width = axis.place(sure, _LEFT, _plot_width()) - _LEFT
    return f'<rect x="{_LEFT}" y="{_TOP}" width="{width:.1f}" height="{_plot_height()}" fill="{_WASH}"/>'


def _across(axis: _Axis, value: float) -> str:
    x = axis.place(value, _LEFT, _plot_width())
    line = f'<path d="M{x:.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="{_GREY}" stroke-width="0.5"/>'
    return line + _label(x, _HEIGHT - _BOTTOM + 18, _short(value), "middle")


def _up(axis: _Axis, value: float) -> str:
    y = _HEIGHT - _BOTTOM - (axis.place(value, 0, _plot_height()))
    line = f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="{_GREY}" stroke-width="0.5"/>'
    return line + _label(_LEFT - 8, y + 4, _short(value), "end")


def _curve(line: Line, across: _Axis, up: _Axis, at: int, smallest: float) -> list[str]:
    places = [_point(across, up, x, y) for x, y in line.points if x >= smallest and y > 0]
    parts = []
    if places:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(_stroke(f"M{path}", at))
    if line.operating is not None and line.operating[0] >= smallest and line.operating[1] > 0:
        x, y = _point(across, up, *line.operating)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#ffffff" stroke="{_INK}" stroke-width="2"/>')
    y = _TOP + 16 + 16 * at
    return [*parts, _stroke(f"M{_WIDTH - 200} {y - 4}h34", at), _label(_WIDTH - 160, y, line.name, "start")]


def _stroke(path: str, at: int) -> str:
    dashes = _DASHES[at % len(_DASHES)]
    return f'<path d="{path}" fill="none" stroke="{_INK}" stroke-width="1.6" stroke-dasharray="{dashes}"/>'


def _point(across: _Axis, up: _Axis, x: float, y: float) -> tuple[float, float]:
    return across.place(x, _LEFT, _plot_width()), _HEIGHT - _BOTTOM - up.place(y, 0, _plot_height())


def _plot_width() -> int:
    return _WIDTH - _LEFT - _RIGHT


def _plot_height() -> int:
    return _HEIGHT - _TOP - _BOTTOM


def _label(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _short(rate: float) -> str:
    return "all" if rate >= 1 else f"1 in {1 / rate:,.0f}"
