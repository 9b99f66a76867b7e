"""What a page is made of. Every plot stands beside a table with the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    words: str


@dataclass(frozen=True, slots=True)
class Lead:
    """The sentence that a page is about."""

    words: str
    standing: str = ""
    """`pass`, `fail` or `open`: how it is set off; the words say it too."""


@dataclass(frozen=True, slots=True)
class Command:
    """A line to type."""

    line: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; the first column names its row."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot: the name of its file, what it shows in words, and the SVG itself."""

    name: str
    shows: str
    svg: str


Block: TypeAlias = Text | Lead | Command | Table | Picture


@dataclass(frozen=True, slots=True)
class Page:
    """One numbered page."""

    title: str
    blocks: tuple[Block, ...]
