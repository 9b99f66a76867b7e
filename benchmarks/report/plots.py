"""The trade-off and the intervals of groups, as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Final

from benchmarks.report.drawing import (
    CLOSING,
    GREY,
    INK,
    WASH,
    WIDTH,
    LogAxis,
    ground,
    label,
    opening,
    polyline,
    short,
    stroke,
    upright,
)

_HEIGHT: Final = 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 20, 20, 60
_ACROSS, _UP = WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_DASHES: Final = ("", "7 3", "2 2", "9 3 2 3", "1 3", "11 4")
_NAMES_LEFT: Final = 210
_ROW: Final = 22


@dataclass(frozen=True, slots=True)
class Line:
    """One curve, and the point on it at which the system works.

    `people` are those that its false alarms were counted among: a point left of one of them is not drawn.
    """

    name: str
    points: Sequence[tuple[float, float]]
    operating: tuple[float, float]
    people: int


def trade_off(title: str, lines: Sequence[Line]) -> str:
    """A detection error trade-off on two logarithmic axes: false alarms to the right, misses upwards.

    Rates of zero are not drawn, nor anything left of one divided by a curve's people. The ground is grey left of
    three divided by the people of the first curve. The operating points, one threshold for all, are joined.
    """
    most = max(line.people for line in lines)
    across = LogAxis(1 / most, 1.0, _LEFT, _ACROSS)
    drawn = [y for line in lines for _, y in line.points if y > 0]
    up = LogAxis(10.0 ** floor(log10(min([*drawn, 0.1]))), 1.0, _HEIGHT - _BOTTOM, -_UP)
    sure = across.place(3 / lines[0].people)
    parts = [opening(title, _HEIGHT, "trade-off"), ground(_LEFT, _TOP, sure - _LEFT, _UP)]
    for one in across.decades():
        x = across.place(one)
        parts += [
            stroke(f"M{x:.1f} {_TOP}v{_UP}", ink=GREY, width=0.5),
            label(x, _TOP + _UP + 18, short(one), "middle"),
        ]
    for one in up.decades():
        y = up.place(one)
        parts += [
            stroke(f"M{_LEFT} {y:.1f}h{_ACROSS}", ink=GREY, width=0.5),
            label(_LEFT - 8, y + 4, short(one), "end"),
        ]
    for at, line in enumerate(lines):
        parts += _curve(line, across, up, at)
    known = [(across.place(line.operating[0]), up.place(line.operating[1])) for line in lines if _shown(line)]
    if len(known) > 1:
        parts.append(stroke(polyline(known), ink=INK, width=0.8, dashes="1 2"))
    parts += [_mark(x, y, at) for at, (x, y) in _marks(lines, across, up)]
    parts.append(label(_LEFT + _ACROSS / 2, _HEIGHT - 14, "false alarms among those who are not on the list", "middle"))
    parts.append(upright(14, _TOP + _UP / 2, "misses among those who are on it"))
    return "".join([*parts, CLOSING])


def intervals(title: str, name: str, values: Sequence[tuple[str, float, float, float]], limit: float) -> str:
    """For each name its rate (a dot) between its limits (a line), and the limit that is asked (dashed).

    By logarithm. A rate of zero has no dot: what is known of it is its upper limit.
    """
    lowest = min([low for _, _, low, _ in values if low > 0] + [limit]) / 2
    axis = LogAxis(10.0 ** floor(log10(lowest)), 1.0, _NAMES_LEFT, WIDTH - _NAMES_LEFT - _RIGHT)
    foot = _TOP + _ROW * len(values)
    parts = [opening(title, foot + _BOTTOM, name)]
    for one in axis.decades():
        x = axis.place(one)
        parts += [stroke(f"M{x:.1f} {_TOP}V{foot}", ink=WASH, width=1), label(x, foot + 18, short(one), _anchor(one))]
    parts.append(stroke(f"M{axis.place(limit):.1f} {_TOP}V{foot}", width=1, dashes="4 3"))
    for at, (group, rate, low, high) in enumerate(values):
        y = _TOP + _ROW * at + _ROW / 2
        first, last = axis.place(low or axis.low), axis.place(high)
        parts.append(label(_NAMES_LEFT - 8, y + 4, group, "end"))
        parts.append(stroke(f"M{first:.1f} {y:g}H{last:.1f}", width=2))
        if low > 0:
            parts.append(stroke(f"M{first:.1f} {y - 4:g}v8", width=2))
        parts.append(stroke(f"M{last:.1f} {y - 4:g}v8", width=2))
        if rate > 0:
            parts.append(f'<circle cx="{axis.place(rate):.1f}" cy="{y:g}" r="4" fill="{INK}"/>')
    parts.append(label(WIDTH / 2, foot + 44, f"{title}; dashed: the limit of {short(limit)}", "middle"))
    return "".join([*parts, CLOSING])


def _anchor(decade: float) -> str:
    return "end" if decade >= 1 else "middle"


def _curve(line: Line, across: LogAxis, up: LogAxis, at: int) -> list[str]:
    places = [(across.place(x), up.place(y)) for x, y in line.points if x >= 1 / line.people and y > 0]
    dashes = _DASHES[at % len(_DASHES)]
    parts = [stroke(polyline(places), dashes=dashes)] if places else []
    y = _TOP + 18 + 18 * at
    parts += [stroke(f"M{WIDTH - 220} {y - 4}h40", dashes=dashes), label(WIDTH - 172, y, line.name)]
    return [*parts, _mark(WIDTH - 200, y - 4, at)]


def _shown(line: Line) -> bool:
    return line.operating[0] >= 1 / line.people and line.operating[1] > 0


def _marks(lines: Sequence[Line], across: LogAxis, up: LogAxis) -> list[tuple[int, tuple[float, float]]]:
    shown = [(at, line) for at, line in enumerate(lines) if _shown(line)]
    return [(at, (across.place(line.operating[0]), up.place(line.operating[1]))) for at, line in shown]


def _mark(x: float, y: float, at: int) -> str:
    """A ring, a square, a triangle: told apart without colour."""
    paint = f'fill="#ffffff" stroke="{INK}" stroke-width="2"'
    match at % 3:
        case 0:
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" {paint}/>'
        case 1:
            return f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" {paint}/>'
        case _:
            return f'<path d="M{x:.1f} {y - 6:.1f}l6 10h-12z" {paint}/>'
