"""A report as a value: sections of sentences and tables, each text in both languages, and nothing about anybody."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from contracts.canonical import sha256_hex
from contracts.fields import format_instant


class Language(StrEnum):
    """The languages of a report."""

    ENGLISH = "en"
    SWEDISH = "sv"


class ReportKind(StrEnum):
    """Which reports there are."""

    ANNUAL = "annual"
    ANSWER = "answer"
    DEPLOYMENT = "deployment"
    DISCLOSURE = "disclosure"
    INCIDENT = "incident"
    NOTIFICATION = "notification"
    OPERATION = "operation"
    TECHNICAL = "technical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One text in both languages."""

    en: str
    sv: str

    def words(self, language: Language) -> str:
        """Return the text in a language."""
        return self.sv if language is Language.SWEDISH else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """What cannot be said, and why: `null` in the JSON, beside its reason. It is not nought, and not withheld."""

    why: Phrase


Cell = Phrase | Unsaid | int | str | None
"""What a table holds. A string is the same in both languages; `None` is a number that is withheld."""


def same(text: str) -> Phrase:
    """Return a text that is the same in both languages."""
    return Phrase(en=text, sv=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a report."""

    headings: tuple[Phrase, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a report: what it says, and a table where it has one."""

    title: Phrase
    paragraphs: tuple[Phrase, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report. `law` names the requirements that ask for it; `public` says that small counts are withheld.

    `months` are its figures for programs, beside what is said in words; most reports have none.
    """

    kind: ReportKind
    law: str
    title: Phrase
    made_at: datetime
    public: bool
    demo: bool
    sections: tuple[Section, ...]
    months: tuple[Mapping[str, object], ...] | None = None

    @property
    def sha256(self) -> str:
        """The SHA-256 of the JSON, as the entry that hands it out says it."""
        return sha256_hex(self.to_json())

    def to_json(self) -> bytes:
        """Return the whole report, in both languages, as JSON."""
        said: dict[str, object] = {
            "demo": self.demo,
            "kind": f"insyn/report/{self.kind}/1",
            "law": self.law,
            "made_at": format_instant(self.made_at),
            "public": self.public,
            "sections": [_section(section) for section in self.sections],
            "title": _phrase(self.title),
        }
        if self.months is not None:
            said["operation"] = [dict(month) for month in self.months]
        return (json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def read_report(data: bytes) -> Report:
    """Return the report whose JSON these bytes of ours are."""
    said = json.loads(data)
    return Report(
        kind=ReportKind(said["kind"].split("/")[2]),
        law=said["law"],
        title=_read_phrase(said["title"]),
        made_at=datetime.fromisoformat(said["made_at"]),
        public=said["public"],
        demo=said["demo"],
        sections=tuple(_read_section(one) for one in said["sections"]),
        months=tuple(said["operation"]) if "operation" in said else None,
    )


def _read_section(said: Mapping[str, Any]) -> Section:
    table = None
    if "rows" in said:
        headings = tuple(_read_phrase(one) for one in said["headings"])
        table = Table(headings=headings, rows=tuple(tuple(_read_cell(cell) for cell in row) for row in said["rows"]))
    paragraphs = tuple(_read_phrase(one) for one in said["paragraphs"])
    return Section(title=_read_phrase(said["title"]), paragraphs=paragraphs, table=table)


def _read_phrase(said: Mapping[str, str]) -> Phrase:
    return Phrase(en=said["en"], sv=said["sv"])


def _read_cell(said: Any) -> Cell:
    match said:
        case {"withheld": True}:
            return None
        case {"value": None, "why": why}:
            return Unsaid(why=_read_phrase(why))
        case {"en": _, "sv": _}:
            return _read_phrase(said)
        case int() | str():
            return said
        case _:
            raise ValueError("A cell of a report is none of its kinds.")


def _section(section: Section) -> Mapping[str, object]:
    said: dict[str, object] = {
        "paragraphs": [_phrase(one) for one in section.paragraphs],
        "title": _phrase(section.title),
    }
    if section.table is not None:
        said["headings"] = [_phrase(one) for one in section.table.headings]
        said["rows"] = [[_cell(cell) for cell in row] for row in section.table.rows]
    return said


def _phrase(phrase: Phrase) -> Mapping[str, str]:
    return {"en": phrase.en, "sv": phrase.sv}


def _cell(cell: Cell) -> object:
    if cell is None:
        return {"withheld": True}
    if isinstance(cell, Unsaid):
        return {"value": None, "why": _phrase(cell.why)}
    return _phrase(cell) if isinstance(cell, Phrase) else cell
