"""Serious incidents: a register, and a time within which the market-surveillance authority is told (A18: Art. 73)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.identifiers import AccountId, IncidentId, ObjectId
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


class ToldAuthority(StrEnum):
    """Who can be told of an incident. The first is the one that the time is for."""

    MARKET_SURVEILLANCE = "market-surveillance"
    DATA_PROTECTION = "data-protection"
    SUPERVISORY = "supervisory"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptIncident:
    """One incident of the register. `what` is a sealed object with what happened, in somebody's words.

    It is reported once; `told` says to whom, and is nobody until then.
    """

    incident_id: IncidentId
    kinds: frozenset[str]
    known_at: datetime
    what: ObjectId
    registered_by: AccountId
    told: frozenset[str]
    reported_at: datetime | None
    reported_by: AccountId | None
    created_at: datetime
    expires_at: datetime

    @property
    def timer(self) -> Incident:
        """What the rule of the times asks."""
        return Incident(
            kinds=frozenset(map(IncidentKind, self.kinds)), known_at=self.known_at, reported_at=self.reported_at
        )


def may_be_registered(what: str, known_at: datetime, *, now: datetime) -> Decision:
    """A18: an incident is registered in words, and known since a moment that has come."""
    return refuse_where(
        "A18",
        (not what.strip(), "A18", "Say what happened, in a few sentences that name nobody."),
        (known_at > now, "A18", "Nobody can know of an incident from a time to come; give the time when it was known."),
    )


def may_be_reported(incident: KeptIncident, told: Collection[ToldAuthority]) -> Decision:
    """A18: an incident is reported once, and to the market-surveillance authority at least."""
    return refuse_where(
        "A18",
        (incident.reported_at is not None, "A18", "This incident was reported already; what was told stands."),
        (
            ToldAuthority.MARKET_SURVEILLANCE not in told,
            "A18",
            "The market-surveillance authority is told of each serious incident; others may be told besides.",
        ),
    )


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
