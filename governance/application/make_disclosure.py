"""Make the file for the defence of one lead: the report, and the proof bundle beside it (E8)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.candidate_report import CandidateReport
from contracts.signature import Signed
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.log_errors import log_errors
from governance.application.log_files import LogFiles
from governance.application.log_reading import LogLine, open_lines, read_lines
from governance.application.log_search import LOOKED_AT, first_index_at, worth_opening
from governance.application.log_trail import RARE, ChainLink, chain_of
from governance.application.make_report import hand_out
from governance.application.match_bundle import Files, match_bundle
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.released import Released
from governance.application.reports.admitted import AdmittedModel
from governance.application.reports.disclosure import GivenAnswer, MatchFacts, disclosure_file
from governance.application.reports.report import Report
from governance.application.vault import for_step, is_standing, reveal_all
from governance.application.what_admitted import what_admitted
from governance.audit.bundle import Record
from governance.domain.disclosure import may_be_disclosed
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, AlertId, ObjectId
from governance.domain.log_fields import Group
from governance.domain.review import Alert, AlertState, Feature, Observation, Review
from governance.domain.roles import Action

_PURPOSE: Final = "disclosure"
_AROUND: Final = timedelta(minutes=5)
_MOMENT: Final = timedelta(seconds=5)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BRIEF: Final = frozenset({Event.LEASE_ISSUE, Event.OBJECT_READ})
"""Written every minute for every camera: opened only from around the match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """The file for the defence, and the proof bundle that is enclosed."""

    report: Released[Report]
    bundle: Released[Files]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadLine:
    """One lead of which a file can be made: opaque ids and times, nobody."""

    alert_id: AlertId
    concluded_at: datetime | None


def list_leads(governance: Governance, actor: AccountId) -> tuple[LeadLine, ...]:
    """List the leads of which a file for the defence can be made."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.DISCLOSURE_MAKE)
        leads = tx.alerts.where(state=AlertState.CONFIRMED_LEAD)
    return tuple(LeadLine(alert_id=one.alert_id, concluded_at=one.concluded_at) for one in leads)


def make_disclosure(governance: Governance, actor: AccountId, alert_id: AlertId, log_files: LogFiles) -> Disclosure:
    """E8: make the file of one lead. What is opened for it, and that it was handed out, are entries of the log.

    Raises:
        Refused: this role makes none, or the alert is no lead.
        NotFound: there is no such alert, or the log tells of none.
        StorageFailed: log or vault do not answer; nothing is handed out.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.DISCLOSURE_MAKE)
        alert = tx.alerts.get(alert_id)
        about = {"actor": actor, "alert": alert.alert_id, "warrant": alert.warrant_id}
        require(tx, may_be_disclosed(alert), about=about)
        spans = _spans(governance, tx, alert)
    chain = _chain(governance, actor, alert, spans)
    bundle = match_bundle(
        governance,
        actor,
        chain,
        alert_id=alert_id,
        groups=frozenset(Group),
        log_files=log_files,
        without=frozenset({Record.WARRANT}),
    )
    with governance.database.transaction() as tx:
        facts = _facts(governance, tx, alert, actor, chain)
    report = disclosure_file(facts, demo=governance.demo, now=governance.clock.now())
    released = hand_out(
        governance, actor, report, {"alert": alert_id, "warrant": alert.warrant_id}, event=Event.DISCLOSURE_MAKE
    )
    return Disclosure(report=released, bundle=bundle)


def _spans(governance: Governance, tx: Transaction, alert: Alert) -> tuple[tuple[datetime, datetime], ...]:
    """Return when the model was admitted, the warrant made ready, and the match found and reviewed."""
    ready = (tx.warrants.get(alert.warrant_id).created_at, _begun_at(tx, alert) + _AROUND)
    found = (_found_at(alert) - _AROUND, (alert.concluded_at or alert.due_at) + _AROUND)
    return *_admitted(governance, tx, alert), ready, found


def _admitted(governance: Governance, tx: Transaction, alert: Alert) -> tuple[tuple[datetime, datetime], ...]:
    """Return when the admissions were taken in that can have admitted the model of a live match."""
    if alert.deployment_id is None:
        return ()
    model = _model(governance, tx, alert, tx.deployments.get(alert.deployment_id).profile_sha256)
    taken_in = () if model is None else tuple(one.kept.created_at for one in model.admissions)
    return tuple((at - _MOMENT, at + _MOMENT) for at in taken_in)


def _begun_at(tx: Transaction, alert: Alert) -> datetime:
    """Return when the deployment or the search began that the alert comes from."""
    if alert.search_id is not None:
        search = tx.searches.get(alert.search_id)
        return search.begun_at or search.created_at
    if alert.deployment_id is None:
        raise NotFound("Nothing is kept of what this alert comes from.")
    return tx.deployments.get(alert.deployment_id).created_at


def _found_at(alert: Alert) -> datetime:
    """Return when a face was found: of a recording, long after it was seen."""
    return alert.captured_at if alert.search_id is None else alert.created_at


def _chain(
    governance: Governance,
    actor: AccountId,
    alert: Alert,
    spans: Sequence[tuple[datetime, datetime]],
) -> tuple[ChainLink, ...]:
    lines: dict[int, LogLine] = {}
    for span in spans:
        lines.update({line.index: line for line in _lines_in(governance, *span)})
    brief = (_found_at(alert) - _AROUND, alert.created_at + _AROUND)
    wanted = [line for line in lines.values() if line.leaf.event not in _BRIEF or brief[0] <= _time(line) <= brief[1]]
    chosen = worth_opening(wanted, RARE, _BRIEF)
    opened = open_lines(governance, actor, chosen.lines, purpose=_PURPOSE).value
    listed = governance.trusted.issuers
    issuers = listed.names if listed is not None else {}
    return chain_of(alert.alert_id, opened, issuers=issuers)


def _lines_in(governance: Governance, begin: datetime, end: datetime) -> tuple[LogLine, ...]:
    with log_errors():
        size = governance.log.size()

    def time_of(index: int) -> datetime:
        return _time(read_lines(governance, first=index, count=1)[0])

    first, last = first_index_at(begin, size, time_of), first_index_at(end, size, time_of)
    return read_lines(governance, first=first, count=min(last - first, LOOKED_AT))


def _time(line: LogLine) -> datetime:
    return _EPOCH + timedelta(milliseconds=line.leaf.time_ms)


def _facts(
    governance: Governance, tx: Transaction, alert: Alert, actor: AccountId, chain: tuple[ChainLink, ...]
) -> MatchFacts:
    reviews = sorted(tx.reviews.where(alert_id=alert.alert_id), key=lambda one: one.ordinal)
    opened = _opened(governance, tx, alert, actor, [alert.report, *(review.answer for review in reviews)])
    kept = None if alert.report is None else opened.get(alert.report)
    report = None if kept is None else CandidateReport.from_bytes(Signed.from_json(json.loads(kept)).payload)
    use, reference = _use_of(tx, alert, report), tx.references.find(alert.reference_id)
    camera, site = tx.cameras.find(alert.camera_id), tx.sites.find(alert.site_id)
    return MatchFacts(
        alert_id=alert.alert_id,
        captured_at=alert.captured_at,
        site=alert.site_id if site is None else site.title,
        view=alert.camera_id if camera is None else camera.view,
        joined=alert.joined,
        concluded_at=alert.concluded_at,
        provenance=None if reference is None else reference.provenance.value,
        score=None if report is None else report.score,
        threshold=None if report is None else report.threshold,
        model=_model(governance, tx, alert, use.profile_sha256),
        list_size=use.list_size,
        lease_id=alert.lease_id,
        lease_from=use.begins,
        lease_to=use.ends,
        comparisons=use.comparisons,
        from_recording=alert.search_id is not None,
        act_sha256=tx.warrants.get(alert.warrant_id).act_sha256,
        answers=tuple(_answer(tx, review, opened) for review in reviews),
        chain=chain,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """What is kept of the lease, or of the search of a recording, under which a face was compared."""

    profile_sha256: str | None
    list_size: int | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    comparisons: int | None = None


def _use_of(tx: Transaction, alert: Alert, report: CandidateReport | None) -> _Use:
    if alert.search_id is not None:
        search = tx.searches.get(alert.search_id)
        return _Use(
            profile_sha256=None if report is None else report.profile_sha256,
            list_size=1,
            begins=search.begun_at,
            ends=search.ended_at or search.ends_at,
            comparisons=search.compared,
        )
    if alert.deployment_id is None:
        raise NotFound("Nothing is kept of what this alert comes from.")
    profile, lease = tx.deployments.get(alert.deployment_id).profile_sha256, tx.leases.find(alert.lease_id)
    if lease is None:
        return _Use(profile_sha256=profile)
    gallery = lease.gallery_sha256
    lists = tx.watchlists.where(deployment_id=alert.deployment_id, gallery_sha256=gallery, site_id=alert.site_id)
    return _Use(
        profile_sha256=profile,
        list_size=len(lists[0].listed) if lists else None,
        begins=lease.created_at,
        ends=lease.ended_at or lease.ends_at,
        comparisons=lease.comparisons,
    )


def _model(governance: Governance, tx: Transaction, alert: Alert, profile_sha256: str | None) -> AdmittedModel | None:
    """Return the model that compared, with what admitted it when the face was found; nothing where it is not known."""
    if profile_sha256 is None:
        return None
    found_at = _found_at(alert)
    return what_admitted(governance, tx, profile_sha256, begins=found_at, ends=found_at)


def _opened(
    governance: Governance, tx: Transaction, alert: Alert, actor: AccountId, objects: Sequence[ObjectId | None]
) -> Mapping[ObjectId, bytes]:
    """Open what still stands, by one entry; what was erased is missing."""
    standing = [one for one in objects if one is not None and is_standing(governance, tx, one)]
    if not standing:
        return {}
    about = {"actor": actor, "alert": alert.alert_id, "warrant": alert.warrant_id}
    opened, _ = reveal_all(governance, tx, standing, for_step(_PURPOSE, about))
    return dict(zip(standing, opened, strict=True))


def _answer(tx: Transaction, review: Review, opened: Mapping[ObjectId, bytes]) -> GivenAnswer:
    said = opened.get(review.answer)
    views = tx.views.where(alert_id=review.alert_id, reviewer=review.reviewer)
    return GivenAnswer(
        reviewer=review.reviewer,
        ordinal=review.ordinal,
        at=review.created_at,
        support=review.support,
        looked=tuple(view.log_index for view in views),
        observations=None if said is None else _observations(said),
    )


def _observations(said: bytes) -> tuple[tuple[Feature, Observation], ...]:
    observed = json.loads(said)["observations"]
    return tuple((feature, Observation(observed[feature.value])) for feature in Feature)
