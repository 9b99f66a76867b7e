"""A bar chart as an SVG picture of its own: no script, no style, no text but labels and numbers of ours.

Drawn here, because every plotting library for it opens images too, and this side of the system opens none.
"""

from collections.abc import Mapping
from html import escape
from typing import Final

_WIDTH: Final = 720
_HEIGHT: Final = 220
_LEFT, _TOP, _BOTTOM = 44, 16, 46
_GRID: Final = 4


def bar_chart(title: str, bars: Mapping[str, int]) -> str:
    """Return the chart. The axis begins at zero; each bar says its label and its number to whoever cannot see it."""
    most = max([*bars.values(), 1])
    ceiling = -(-most // _GRID) * _GRID
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" font-size="11"'
            f' font-family="sans-serif" fill="#59636e"><title>{escape(title)}</title>'
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>'
        )
    ]
    plot = _HEIGHT - _TOP - _BOTTOM
    for step in range(_GRID + 1):
        y = _TOP + plot - plot * step / _GRID
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - 8}" stroke="#d9dee3"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{ceiling * step // _GRID}</text>')
    room = (_WIDTH - _LEFT - 8) / max(len(bars), 12)
    every = -(-len(bars) * 52 // (_WIDTH - _LEFT)) if any(len(label) > 2 for label in bars) else 1
    for index, (label, value) in enumerate(bars.items()):
        x, height = _LEFT + room * index, plot * value / ceiling
        parts.append(
            f'<rect x="{x + room * 0.1:.1f}" y="{_TOP + plot - height:.1f}" width="{room * 0.8:.1f}"'
            f' height="{height:.1f}" fill="#14506b"><title>{escape(label)}: {value}</title></rect>'
        )
        if index % max(every, 1) == 0:
            parts.append(f'<text x="{x + room / 2:.1f}" y="{_HEIGHT - 26}" text-anchor="middle">{escape(label)}</text>')
    parts.append(f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(title)}</text></svg>')
    return "".join(parts)
