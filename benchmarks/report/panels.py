"""One small plot for each group, with everybody behind it in grey: lines that cross are told apart without colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.report.drawing import (
    CLOSING,
    GREY,
    INK,
    WIDTH,
    LinearAxis,
    LogAxis,
    ground,
    label,
    opening,
    polyline,
    short,
    stroke,
)

_COLUMNS: Final = 2
_LEFT, _GAP, _PANEL = 66, 30, 130
_ACROSS: Final = (WIDTH - _COLUMNS * _LEFT - 10 * _COLUMNS) / _COLUMNS
_LOWEST: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Counts:
    """A group's false alarms at each place along an axis, of so many people."""

    name: str
    people: int
    alarms: Sequence[int]


@dataclass(frozen=True, slots=True)
class Along:
    """The axis: its places, what it is called, the place at which the system works, and how a place is written."""

    places: Sequence[float]
    words: str
    operating: float
    logarithmic: bool
    decimals: int


def panels(title: str, name: str, along: Along, everybody: Counts, groups: Sequence[Counts]) -> str:
    """FPIR upwards by its logarithm.

    Nothing is drawn below one divided by the group's people; below three the ground is grey; zero is not drawn.
    """
    rows = -(-len(groups) // _COLUMNS)
    height = rows * (_PANEL + _GAP + 34) + 10
    parts = [opening(title, height, name)]
    for at, group in enumerate(groups):
        row, column = divmod(at, _COLUMNS)
        left = _LEFT + column * (_ACROSS + _LEFT + 10)
        top = _GAP + row * (_PANEL + _GAP + 34)
        parts += _panel(along, everybody, group, left, top)
    return "".join([*parts, CLOSING])


def _panel(along: Along, everybody: Counts, group: Counts, left: float, top: float) -> list[str]:
    up = LogAxis(_LOWEST, 1.0, top + _PANEL, -_PANEL)
    across = _axis(along, left)
    grey = up.place(3 / group.people) if group.people else top
    parts = [
        label(left, top - 8, f"{group.name} ({group.people:,} people)"),
        ground(left, grey, _ACROSS, top + _PANEL - grey),
    ]
    for one in up.decades():
        y = up.place(one)
        parts += [
            stroke(f"M{left:.1f} {y:.1f}h{_ACROSS:.1f}", ink=GREY, width=0.5),
            label(left - 6, y + 4, short(one), "end", size=10),
        ]
    x = across.place(along.operating)
    parts.append(stroke(f"M{x:.1f} {top:.1f}v{_PANEL}", width=1, dashes="4 3"))
    for counts, ink, width in ((everybody, GREY, 3.0), (group, INK, 1.8)):
        places = [
            (across.place(place), up.place(alarms / counts.people))
            for place, alarms in zip(along.places, counts.alarms, strict=True)
            if alarms and counts.people
        ]
        parts += [stroke(polyline(places), ink=ink, width=width)] if len(places) > 1 else []
        if ink == INK:
            parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="2.2" fill="{INK}"/>' for px, py in places]
    first, last = along.places[0], along.places[-1]
    for place, anchor in ((first, "start"), (last, "end")):
        parts.append(
            label(across.place(place), top + _PANEL + 15, f"{abs(place):,.{along.decimals}f}", anchor, size=10)
        )
    parts.append(label(left + _ACROSS / 2, top + _PANEL + 15, along.words, "middle", size=10))
    return parts


def _axis(along: Along, left: float) -> LinearAxis | LogAxis:
    low, high = along.places[0], along.places[-1]
    if along.logarithmic and high > low:
        return LogAxis(low, high, left, _ACROSS)
    return LinearAxis(low, high, left, _ACROSS)
