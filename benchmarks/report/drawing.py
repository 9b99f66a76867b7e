"""What every plot is drawn with: ink, axes, labels. The same numbers give the same bytes, in any year, on any machine.

Black on white tells all that there is; grey is only ground.
"""

from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final

INK: Final = "#1c2126"
GREY: Final = "#9aa4ad"
WASH: Final = "#eceff1"
WIDTH: Final = 720
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class LogAxis:
    """From `low` to `high` by the logarithm, on `length` from `start`. A negative length goes upwards."""

    low: float
    high: float
    start: float
    length: float

    def place(self, value: float) -> float:
        """Where a value lies; the ends hold what lies beyond them."""
        kept = min(max(value, self.low), self.high)
        return self.start + self.length * log10(kept / self.low) / log10(self.high / self.low)

    def decades(self) -> list[float]:
        """The powers of ten on it."""
        first, last = ceil(log10(self.low) - _TINY), floor(log10(self.high) + _TINY)
        return [10.0**power for power in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class LinearAxis:
    """From `low` to `high` in equal steps, on `length` from `start`."""

    low: float
    high: float
    start: float
    length: float

    def place(self, value: float) -> float:
        """Where a value lies; an axis of one value has it in the middle."""
        if self.high == self.low:
            return self.start + self.length / 2
        return self.start + self.length * (value - self.low) / (self.high - self.low)


def opening(title: str, height: float, name: str) -> str:
    """The beginning of a picture with a title that a screen reader reads. `name` keeps its ids apart from others'."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-labelledby="{name}-title" font-size="12" font-family="sans-serif" fill="{INK}">'
        f'<title id="{name}-title">{escape(title)}</title><rect width="{WIDTH}" height="{height:g}" fill="#ffffff"/>'
    )


CLOSING: Final = "</svg>\n"


def label(x: float, y: float, words: str, anchor: str = "start", *, size: int = 12) -> str:
    """A text at a place."""
    sized = "" if size == 12 else f' font-size="{size}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{sized}>{escape(words)}</text>'


def upright(x: float, y: float, words: str) -> str:
    """A text that goes upwards, around its middle."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" transform="rotate(-90 {x:.1f} {y:.1f})">'
        f"{escape(words)}</text>"
    )


def stroke(path: str, *, ink: str = INK, width: float = 1.6, dashes: str = "") -> str:
    """A line."""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{width:g}"{dashed}/>'


def ground(x: float, y: float, width: float, height: float) -> str:
    """Grey ground, on which too little stands behind a point."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{WASH}"/>'


def polyline(places: list[tuple[float, float]]) -> str:
    """The path through places."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def short(rate: float) -> str:
    """A power of ten as it is said on an axis."""
    return "all" if rate >= 1 else f"1 in {1 / rate:,.0f}"
