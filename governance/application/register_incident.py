"""The register of serious incidents: what happened, since when it was known, and that it was reported (A18)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from governance.application.errors import BadInput
from governance.application.governance import Governance
from governance.application.procedure import acting, require
from governance.application.vault import Keeping, keep
from governance.domain.decisions import Decision
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, IncidentId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.serious_incidents import (
    IncidentKind,
    KeptIncident,
    ToldAuthority,
    is_reported_in_time,
    may_be_registered,
    may_be_reported,
    report_due_at,
)

_LONGEST: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterIncident:
    """Write an incident into the register. `what` is kept sealed; `known_at` starts its time."""

    actor: AccountId
    kinds: frozenset[IncidentKind]
    known_at: datetime
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIncident:
    """Enter that an incident was reported now, and to whom."""

    actor: AccountId
    incident_id: IncidentId
    told: Collection[ToldAuthority]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLine:
    """One incident in the list: its times and whether they were kept; not what happened."""

    incident_id: IncidentId
    kinds: tuple[str, ...]
    known_at: datetime
    due_at: datetime
    reported_at: datetime | None
    told: tuple[str, ...]
    in_time: Decision


def register_incident(governance: Governance, command: RegisterIncident) -> IncidentId:
    """A18: register an incident, and return its id.

    Raises:
        Refused: this role registers none, it says nothing, or it is known from a time to come.
        BadInput: the words are too many.
    """
    if len(command.what) > _LONGEST:
        raise BadInput(f"Say what happened in at most {_LONGEST} characters.")
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.INCIDENT_REGISTER)
        about = {"actor": command.actor}
        require(tx, may_be_registered(command.what, command.known_at, now=now), about=about)
        # The vault's classes are a closed list of the log's format; the longest of those for objects is this one.
        keeping = Keeping(data_class=DataClass.WARRANT, warrant=None)
        incident = KeptIncident(
            incident_id=IncidentId(governance.randomness.identifier()),
            kinds=frozenset(kind.value for kind in command.kinds),
            known_at=command.known_at,
            what=keep(governance, tx, command.what.strip().encode(), keeping),
            registered_by=command.actor,
            told=frozenset(),
            reported_at=None,
            reported_by=None,
            created_at=now,
            expires_at=expiry(DataClass.REGISTER, created_at=now),
        )
        tx.serious_incidents.add(incident)
        tx.log.append(Event.INCIDENT_REGISTER, {**about, "incident": incident.incident_id})
        tx.commit()
    return incident.incident_id


def report_incident(governance: Governance, command: ReportIncident) -> None:
    """A18: enter that an incident was reported. Whether that was in time is the rule's to say, not the register's.

    Raises:
        Refused: this role enters none, it was reported, or the authority that must be told was not.
        NotFound: there is no such incident.
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.INCIDENT_REGISTER)
        incident = tx.serious_incidents.get(command.incident_id)
        about = {"actor": command.actor, "incident": incident.incident_id}
        require(tx, may_be_reported(incident, command.told), about=about)
        told = frozenset(one.value for one in command.told)
        now = governance.clock.now()
        tx.serious_incidents.save(replace(incident, told=told, reported_at=now, reported_by=command.actor))
        tx.log.append(Event.INCIDENT_REPORT, {**about, "count": len(told)})
        tx.commit()


def list_incidents(governance: Governance, actor: AccountId) -> tuple[IncidentLine, ...]:
    """List the incidents with their times: the overdue first, then those not reported, then the others."""
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.INCIDENT_READ)
        lines = [_line(governance, one, now) for one in tx.serious_incidents.where()]
    return tuple(sorted(lines, key=lambda one: (one.reported_at is not None, one.in_time.allowed, one.due_at)))


def _line(governance: Governance, incident: KeptIncident, now: datetime) -> IncidentLine:
    return IncidentLine(
        incident_id=incident.incident_id,
        kinds=tuple(sorted(incident.kinds)),
        known_at=incident.known_at,
        due_at=report_due_at(incident.timer, governance.legal),
        reported_at=incident.reported_at,
        told=tuple(sorted(incident.told)),
        in_time=is_reported_in_time(incident.timer, governance.legal, now=now),
    )
