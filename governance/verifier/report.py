"""What the verifier says in the end: problems, what was counted, and what was not looked at."""

from dataclasses import dataclass, field
from enum import IntEnum

from governance.audit.anchored_time import Brackets
from governance.audit.full_replay import Audited
from governance.audit.problems import Problems, Severity
from governance.audit.retention import Count
from governance.verifier.seen import Seen


class Status(IntEnum):
    """The exit status."""

    FINE = 0
    WRONG = 1
    UNREADABLE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One audit of one export. Times are milliseconds since 1970, roots 32 bytes."""

    origin: str
    size: int
    root: bytes | None
    now_ms: int
    problems: Problems
    audited: Audited | None = None
    brackets: Brackets = field(default_factory=lambda: Brackets(()))
    seen: tuple[Seen, ...] = ()
    opened: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()

    def status(self, *, strict: bool = False) -> Status:
        """Return the exit status. With `strict`, findings count as wrong too."""
        wrong = self.problems.count(Severity.WRONG) + (self.problems.count(Severity.FINDING) if strict else 0)
        return Status.WRONG if wrong else Status.FINE

    def to_json(self) -> dict[str, object]:
        """Return the report as a JSON object."""
        return {
            "anchors": [_anchor(one) for one in self.seen],
            "brackets": _brackets(self.brackets),
            "entries": _entries(self.audited),
            "findings": [one.to_json() for one in self.problems.of(Severity.FINDING)],
            "findings_count": self.problems.count(Severity.FINDING),
            "kind": "insyn/verification/1",
            "not_checked": list(self.not_checked),
            "not_listed": self.problems.uncounted,
            "now_ms": self.now_ms,
            "opened": list(self.opened),
            "origin": self.origin,
            "retention": [] if self.audited is None else [_count(one) for one in self.audited.retention.counts],
            "root": None if self.root is None else self.root.hex(),
            "size": self.size,
            "verified": self.status() is Status.FINE,
            "wrong": [one.to_json() for one in self.problems.of(Severity.WRONG)],
            "wrong_count": self.problems.count(Severity.WRONG),
        }


def _anchor(seen: Seen) -> dict[str, object]:
    return {
        "file": seen.file,
        "said_by": seen.said_by,
        "size": seen.checkpoint.size,
        "time_ms": seen.time_ms,
        "witnesses": {one.name: one.time_s * 1000 for one in seen.cosignatures},
    }


def _brackets(brackets: Brackets) -> dict[str, object]:
    widths = brackets.widths_ms
    return {
        "first_ms": brackets.anchors[0].time_ms if brackets.anchors else None,
        "last_ms": brackets.anchors[-1].time_ms if brackets.anchors else None,
        "last_size": brackets.anchors[-1].size if brackets.anchors else 0,
        "number": len(brackets.anchors),
        "widest_ms": max(widths, default=None),
    }


def _entries(audited: Audited | None) -> dict[str, object] | None:
    if audited is None:
        return None
    return {
        "count": audited.entries,
        "events": dict(audited.events),
        "first_ms": audited.first_ms,
        "last_ms": audited.last_ms,
        "producers": audited.producers,
        "rows_live": audited.rows_live,
        "states_compared": audited.roots_compared,
        "voided": audited.voided,
    }


def _count(count: Count) -> dict[str, object]:
    return {
        "class": count.data_class,
        "due": count.due,
        "early": count.early,
        "held": count.held,
        "in_grace": count.in_grace,
        "late": count.late,
        "latest_ms": count.latest_ms,
        "missing": count.missing,
        "not_due": count.not_due,
        "on_time": count.on_time,
        "unconfirmed": count.unconfirmed,
        "whole_days": count.whole_days,
    }
