"""The alert log: what became of each candidate, told from the log's entries alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from governance.application.log_reading import LogLine
from governance.domain.events import Event
from governance.web.auditor.entries import ReadEntry, is_event

_ENDS: Final = {
    Event.LEAD_CONFIRM.value: "lead, confirmed by two people",
    Event.CANDIDATE_DISMISS.value: "dismissed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAlert:
    """One alert: opaque ids, how often it was viewed and answered, how it ended, and the entries that say so."""

    alert: str
    camera: str
    began_at: datetime
    ended_at: datetime | None
    outcome: str
    joined: int
    views: int
    answers: int
    entries: tuple[int, ...]


_ABOUT_ALERTS: Final = frozenset(
    event.value
    for event in (
        Event.CANDIDATE_ACCEPT,
        Event.CANDIDATE_DISMISS,
        Event.CANDIDATE_JOIN,
        Event.CANDIDATE_REVIEW,
        Event.CANDIDATE_VIEW,
        Event.LEAD_CONFIRM,
        Event.REQUEST_REFUSE,
        Event.WARRANT_READ,
    )
)


def is_of_an_alert(line: LogLine) -> bool:
    """Say whether an entry may be about an alert: what cannot be is not opened."""
    return line.leaf.event in _ABOUT_ALERTS


def alerts_of(entries: Iterable[ReadEntry]) -> tuple[LoggedAlert, ...]:
    """Fold entries, in the log's order, into alerts; the newest first."""
    stories: dict[str, list[ReadEntry]] = {}
    for entry in entries:
        alert = entry.value("alert")
        if alert:
            stories.setdefault(alert, []).append(entry)
    told = [_tell(alert, story) for alert, story in stories.items()]
    return tuple(sorted(told, key=lambda alert: alert.began_at, reverse=True))


def _tell(alert: str, story: list[ReadEntry]) -> LoggedAlert:
    ends = [entry for entry in story if entry.event in _ENDS]
    return LoggedAlert(
        alert=alert,
        camera=next((entry.value("camera") for entry in story if entry.value("camera")), "–"),
        began_at=story[0].at,
        ended_at=ends[-1].at if ends else None,
        outcome=_ENDS[ends[-1].event] if ends else "open",
        joined=_count(story, Event.CANDIDATE_JOIN),
        views=_count(story, Event.CANDIDATE_VIEW),
        answers=_count(story, Event.CANDIDATE_REVIEW),
        entries=tuple(entry.index for entry in story),
    )


def _count(story: list[ReadEntry], event: Event) -> int:
    return sum(is_event(entry, event) and not entry.refuses for entry in story)
