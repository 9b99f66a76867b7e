"""Publish what the public may know: each deployment's record after its delay, each year's report once it is settled.

Nobody decides whether: what the rules allow is published by itself, by an entry first, and never changed (C7, A11).
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from contracts.canonical import encode, sha256_hex
from governance.application.governance import Governance
from governance.application.make_deployment_record import facts_of, offence_of, told_to_authorities
from governance.application.make_report import all_lines
from governance.application.ports import LogValue, Transaction
from governance.application.reports.annual import annual_report, tally
from governance.application.reports.deployment import deployment_record
from governance.domain.deployment_record import ended_at, hours_of, is_kept_whole
from governance.domain.deployments import Deployment
from governance.domain.events import Event
from governance.domain.identifiers import DeploymentId, PublicationId
from governance.domain.legal_time import legal_day
from governance.domain.publications import (
    Publication,
    PublicationKind,
    days_of,
    may_publish_deployment,
    may_publish_year,
    spans_of,
    years_to_publish,
)
from governance.domain.retention import DataClass, expiry

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_DAYS: Final = encode({})


def publish_due(governance: Governance) -> int:
    """C7, A11: publish what is due, and return how much that was.

    Raises:
        StorageFailed: log, vault or database do not answer; what is due stays so.
    """
    with governance.database.transaction() as tx:
        due = tuple(one.deployment_id for one in waiting_to_be_published(governance, tx))
    for deployment_id in due:
        _publish_deployment(governance, deployment_id)
    return len(due) + _publish_a_year(governance)


def waiting_to_be_published(governance: Governance, tx: Transaction) -> tuple[Deployment, ...]:
    """C15: return the deployments that may be told of and are not published yet. What runs is never among them."""
    now = governance.clock.now()
    return tuple(
        one
        for one in _untold(tx)
        if may_publish_deployment(
            ended_at(tx.transitions.where(warrant_id=one.warrant_id)), governance.legal, published=False, now=now
        ).allowed
    )


def untold_since(governance: Governance, tx: Transaction) -> date | None:
    """C15: return the first legal day of what is not published yet, be it over or not; nothing where all is."""
    begun = [one.created_at for one in _untold(tx)]
    return legal_day(min(begun), governance.legal) if begun else None


def _untold(tx: Transaction) -> tuple[Deployment, ...]:
    told = {one.about for one in tx.publications.where(kind=PublicationKind.DEPLOYMENT)}
    return tuple(one for one in tx.deployments.where() if one.deployment_id not in told)


def _publish_deployment(governance: Governance, deployment_id: DeploymentId) -> None:
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        deployment = tx.deployments.get(deployment_id)
        about: dict[str, LogValue] = {"deployment": deployment_id, "warrant": deployment.warrant_id}
        facts = facts_of(governance, tx, deployment, offence_of(governance, tx, deployment, about))
        report = deployment_record(facts, governance.legal, public=True, demo=governance.demo, now=now)
        told = told_to_authorities(tx, deployment)
        _publish(
            tx,
            Publication(
                publication_id=PublicationId(governance.randomness.identifier()),
                kind=PublicationKind.DEPLOYMENT,
                about=deployment_id,
                report=report.to_json(),
                days=_days(governance, tx, deployment),
                registration_number="" if told is None else told.registration_number,
                assessment_sha256="" if told is None else told.impact_assessment_sha256,
                created_at=now,
                expires_at=expiry(DataClass.REGISTER, created_at=now),
            ),
            about,
        )


def _days(governance: Governance, tx: Transaction, deployment: Deployment) -> bytes:
    now = governance.clock.now()
    spans = spans_of(
        deployment,
        tx.leases.where(deployment_id=deployment.deployment_id),
        hours_of(tx.transitions.where(warrant_id=deployment.warrant_id), now=now),
        whole=is_kept_whole(deployment, now=now),
        now=now,
    )
    found = days_of(spans, governance.legal)
    return encode({camera: sorted(day.isoformat() for day in days) for camera, days in found.items()})


def _publish_a_year(governance: Governance) -> int:
    """Publish the oldest year that is due; the next one comes with the next round, as each reads the whole log."""
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        told = {one.about for one in tx.publications.where(kind=PublicationKind.ANNUAL)}
        untold = untold_since(governance, tx)
    first = next(iter(all_lines(governance)), None)
    if first is None:
        return 0
    begun = _EPOCH + timedelta(milliseconds=first.leaf.time_ms)
    due = [year for year in years_to_publish(begun, governance.legal, now=now) if str(year) not in told]
    if not due or not may_publish_year(due[0], governance.legal, published=False, untold_since=untold, now=now).allowed:
        return 0
    counted = tally(all_lines(governance), due[0], governance.legal)
    report = annual_report(counted, governance.legal, public=True, demo=governance.demo, now=now)
    with governance.database.transaction() as tx:
        publication = Publication(
            publication_id=PublicationId(governance.randomness.identifier()),
            kind=PublicationKind.ANNUAL,
            about=str(due[0]),
            report=report.to_json(),
            days=_NO_DAYS,
            registration_number="",
            assessment_sha256="",
            created_at=now,
            expires_at=expiry(DataClass.REGISTER, created_at=now),
        )
        _publish(tx, publication, {})
    return 1


def _publish(tx: Transaction, publication: Publication, about: dict[str, LogValue]) -> None:
    tx.publications.add(publication)
    document = sha256_hex(publication.report)
    tx.log.append(Event.RECORD_PUBLISH, {**about, "document": document, "purpose": publication.kind.value})
    tx.commit()
