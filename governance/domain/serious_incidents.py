"""Serious incidents have a time within which the market-surveillance authority is told (A18: Art. 73)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from governance.domain.decisions import Decision, allow, deny
from governance.domain.legal_profile import LegalProfile


class IncidentKind(StrEnum):
    """How grave it is: the shortest time of those that fit is the one that counts."""

    DEATH = "death"
    SERIOUS = "serious"
    WIDESPREAD = "widespread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident: when the provider or deployer learnt of it, what kinds fit, and when it was reported, if it was."""

    kinds: frozenset[IncidentKind]
    known_at: datetime
    reported_at: datetime | None = None


def report_due_at(incident: Incident, legal: LegalProfile) -> datetime:
    """A18: return the last moment for the report. An incident of no kind counts as serious."""
    times = {
        IncidentKind.DEATH: legal.incident_report_death,
        IncidentKind.SERIOUS: legal.incident_report,
        IncidentKind.WIDESPREAD: legal.incident_report_widespread,
    }
    return incident.known_at + min(times[kind] for kind in (incident.kinds | {IncidentKind.SERIOUS}))


def is_reported_in_time(incident: Incident, legal: LegalProfile, *, now: datetime) -> Decision:
    """A18: whether a report came in time, or can still come. At the last moment itself it is late."""
    due = report_due_at(incident, legal)
    if incident.reported_at is not None and incident.reported_at >= due:
        return deny("A18", f"The incident was reported {_late(incident.reported_at - due)} late.")
    if incident.reported_at is None and now >= due:
        return deny("A18", f"The report of this incident is {_late(now - due)} overdue: send it now.")
    return allow("A18")


def _late(length: timedelta) -> str:
    hours = length // timedelta(hours=1)
    return f"{hours} h" if hours else "less than an hour"
