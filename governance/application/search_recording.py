"""Ask for the search of one recording under a post-remote warrant, and approve it: two people (A12, B14)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from governance.application.build_watchlist import standing_references
from governance.application.details import details_from_bytes
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.narrow_warrant import lost
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import acting, require
from governance.application.reviewers import barred_from
from governance.application.vault import for_step, reveal
from governance.domain.decisions import Decision, allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, CameraId, SearchId, WarrantId
from governance.domain.narrowing import NarrowedKind
from governance.domain.references import Reference
from governance.domain.registers import Camera, may_be_lent
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.searches import (
    Recording,
    RecordingSearch,
    SearchState,
    SearchTerms,
    lets_search,
    may_approve_search,
    may_ask_search,
    may_search_recording,
)
from governance.domain.warrants import Warrant


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSearch:
    """Ask to have one recording searched for the one person of a warrant."""

    actor: AccountId
    warrant_id: WarrantId
    recording: Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveSearch:
    """Let a search that was asked for happen, once."""

    actor: AccountId
    search_id: SearchId


def ask_search(governance: Governance, command: AskSearch) -> SearchId:
    """Ask for a search. Nothing is searched before a legal officer approved it and a site began it.

    Raises:
        Refused: the rules forbid it (A12, A4, A6, B8, B14); the refusal is logged.
    """
    recording, now = command.recording, governance.clock.now()
    search_id = SearchId(governance.randomness.identifier())
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.SEARCH_ASK)
        warrant, camera = tx.warrants.get(command.warrant_id), tx.cameras.find(CameraId(recording.camera_id))
        about = _about(command, camera)
        chooser = replace(barred_from(tx, warrant), searchers=frozenset())
        require(
            tx,
            may_ask_search(command.actor, chooser),
            _has_reviewed_nothing(tx, warrant, command.actor),
            lets_search(warrant, now=now),
            event=Event.SEARCH_REFUSE,
            about=about,
        )
        reference, is_enrolled = the_one_reference(governance, tx, warrant)
        require(tx, is_enrolled, event=Event.SEARCH_REFUSE, about=about)
        terms = terms_of(governance, tx, warrant, about)
        covered = may_search_recording(warrant, terms, recording, governance.legal, now=now)
        require(tx, covered, may_record(camera), event=Event.SEARCH_REFUSE, about=about)
        if camera is None or reference is None:
            raise NotFound("There is no such camera or reference.")
        before = tx.searches.where(
            warrant_id=warrant.warrant_id, reference_id=reference.reference_id, recording_sha256=recording.sha256
        )
        tx.searches.add(
            RecordingSearch(
                search_id=search_id,
                warrant_id=warrant.warrant_id,
                reference_id=reference.reference_id,
                site_id=camera.site_id,
                camera_id=camera.camera_id,
                recording_sha256=recording.sha256,
                recorded_from=recording.recorded_from,
                recorded_until=recording.recorded_until,
                state=SearchState.ASKED,
                asked_by=command.actor,
                created_at=now,
                expires_at=expiry(DataClass.WARRANT, created_at=now, no_later_than=warrant.expires_at),
            )
        )
        asked: dict[str, LogValue] = {"count": len(before), "reference": reference.reference_id, "search": search_id}
        tx.log.append(Event.SEARCH_ASK, {**about, **asked, "site": camera.site_id})
        tx.commit()
    return search_id


def approve_search(governance: Governance, command: ApproveSearch) -> None:
    """Approve a search that somebody else asked for.

    Raises:
        Refused: the rules forbid it (A12, A6, B14); the refusal is logged.
    """
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.SEARCH_APPROVE)
        search = tx.searches.get(command.search_id)
        warrant = tx.warrants.get(search.warrant_id)
        about: dict[str, LogValue] = {**about_search(search), "actor": command.actor}
        require(
            tx,
            may_approve_search(search, warrant, command.actor),
            lets_search(warrant, now=now),
            event=Event.SEARCH_REFUSE,
            about=about,
        )
        tx.searches.save(
            replace(search, state=SearchState.APPROVED, approved_by=command.actor, approved_at=now),
        )
        tx.log.append(Event.SEARCH_APPROVE, about)
        tx.commit()


def about_search(search: RecordingSearch) -> dict[str, LogValue]:
    """Return what every entry about a search says of it: opaque ids, and the recording's hash."""
    return {
        "camera": search.camera_id,
        "recording": search.recording_sha256,
        "reference": search.reference_id,
        "search": search.search_id,
        "site": search.site_id,
        "warrant": search.warrant_id,
    }


def terms_of(governance: Governance, tx: Transaction, warrant: Warrant, about: Mapping[str, LogValue]) -> SearchTerms:
    """Open what the warrant says about its recordings, by an entry of the log; cameras that were taken off are out.

    Raises:
        NotFound: it was erased.
    """
    application = details_from_bytes(reveal(governance, tx, warrant.details, for_step("search", about))).application
    named = frozenset(camera.camera_id for camera in application.cameras)
    return SearchTerms(
        cameras=named - lost(tx, warrant.warrant_id, NarrowedKind.CAMERA),
        recorded_until=application.recorded_until,
        first_identification=application.first_identification,
    )


def the_one_reference(governance: Governance, tx: Transaction, warrant: Warrant) -> tuple[Reference | None, Decision]:
    """A12, A3: return the one enrolled reference that stands, and whether there is exactly one."""
    standing = standing_references(governance, tx, warrant)
    if len(standing) == 1:
        return standing[0], allow("A12")
    return None, deny("A12", "A search afterwards needs its one photograph enrolled and standing; enrol it first.")


def may_record(camera: Camera | None) -> Decision:
    """B8: the recording's camera is one of the register, and never one of a care area."""
    if camera is None:
        return deny("A4", "This recording's camera is not in the register.")
    return may_be_lent(camera)


def _about(command: AskSearch, camera: Camera | None) -> dict[str, LogValue]:
    """Say what is asked. Of what somebody typed only a known camera is repeated in the log."""
    about: dict[str, LogValue] = {"actor": command.actor, "warrant": command.warrant_id}
    if camera is not None:
        about["camera"] = camera.camera_id
    return about


def _has_reviewed_nothing(tx: Transaction, warrant: Warrant, actor: AccountId) -> Decision:
    """A15, B14: whoever answered about a candidate of this warrant does not choose what else is searched for it."""
    for alert in tx.alerts.where(warrant_id=warrant.warrant_id):
        if tx.reviews.where(alert_id=alert.alert_id, reviewer=actor):
            return deny("B14", "Whoever reviewed a candidate of this warrant does not ask for its searches.")
    return allow("B14")
