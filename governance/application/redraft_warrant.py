"""Change what one drafted, as long as nobody was asked for anything: what it said before is erased (A6, B1, B4)."""

from dataclasses import dataclass, field, replace
from typing import Final

from contracts.canonical import sha256_hex
from governance.application.details import Details, details_from_bytes, details_to_bytes, require_bounded, with_slot_ids
from governance.application.draft_warrant import type_of
from governance.application.errors import Conflict
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.released import Released, release
from governance.application.vault import (
    Keeping,
    Reading,
    finish_erasures,
    for_step,
    intend_erasure,
    keep,
    reveal,
    reveal_all,
)
from governance.domain.attachments import may_attach
from governance.domain.decisions import Decision, allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, ObjectId, WarrantId
from governance.domain.retention import DataClass
from governance.domain.roles import Action
from governance.domain.warrants import Application, Warrant, may_redraft

_CHANGED: Final = (
    "This draft was changed in the meantime, perhaps in another window. Nothing was changed now; load it again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft as its applicant reads it to change it. `version` names just this one of its versions."""

    version: str
    application: Application


@dataclass(frozen=True, slots=True, kw_only=True)
class RedraftWarrant:
    """Put another application in the place of one's own draft, of which `version` was read.

    A hash that is left empty stays as it was, and so do a slot's photographs where the slot's id is that of the draft.
    """

    actor: AccountId
    warrant_id: WarrantId
    version: str
    application: Application
    decision: bytes | None = field(default=None, repr=False)
    """Another decision (A6); without it the attached one stays."""


def read_draft(governance: Governance, actor: AccountId, warrant_id: WarrantId) -> Released[Draft]:
    """Return one's own draft, for changing it. Logged first.

    Raises:
        Refused: it is somebody else's, or it was submitted.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.WARRANT_DRAFT)
        warrant = tx.warrants.get(warrant_id)
        about = {"actor": actor, "warrant": warrant.warrant_id}
        require(tx, may_redraft(warrant, actor), about=about)
        reading = Reading(event=Event.WARRANT_READ, about=about)
        (details,), recorded = reveal_all(governance, tx, [warrant.details], reading)
    draft = Draft(version=_version(warrant), application=details_from_bytes(details).application)
    return release(governance, draft, recorded, events=[Event.WARRANT_READ])


def redraft_warrant(governance: Governance, command: RedraftWarrant) -> None:
    """Keep the changed application, sealed anew, and erase what the draft said before.

    Raises:
        BadInput: a text or a list is too long, or a time names no offset.
        Conflict: the draft was changed since it was read.
        Refused: it is somebody else's, it was submitted, or the decision is not the one that it names (A6).
    """
    require_bounded(command.application)
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_DRAFT)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        require(tx, may_redraft(warrant, command.actor), about=about)
        if _version(warrant) != command.version:
            raise Conflict(_CHANGED)
        before = details_from_bytes(reveal(governance, tx, warrant.details, for_step("redraft", about))).application
        application = _with_what_stays(command.application, before)
        require(tx, _has_its_decision(warrant, application, before, command.decision), about=about)
        tx.warrants.save(_changed(governance, tx, warrant, application, command.decision))
        tx.log.append(Event.WARRANT_REDRAFT, about)
        replaced = [warrant.details, *([] if command.decision is None else [warrant.decision])]
        intend_erasure(governance, tx, *replaced, reason="decision")
        tx.commit()
    finish_erasures(governance)


def _version(warrant: Warrant) -> str:
    """Name a version of a draft: each is a sealed object of its own."""
    return sha256_hex(warrant.details.encode())


def _with_what_stays(asked: Application, before: Application) -> Application:
    photographs = {slot.slot_id: slot.photographs for slot in before.slots}
    return replace(
        asked,
        impact_assessment_sha256=asked.impact_assessment_sha256 or before.impact_assessment_sha256,
        decision_sha256=asked.decision_sha256 or before.decision_sha256,
        slots=tuple(
            replace(slot, photographs=slot.photographs or photographs.get(slot.slot_id, ())) for slot in asked.slots
        ),
    )


def _has_its_decision(warrant: Warrant, asked: Application, before: Application, decision: bytes | None) -> Decision:
    """A6: what is attached remains the decision that the application names."""
    if decision is not None:
        return may_attach(decision, asked.decision_sha256)
    if warrant.decision is not None and asked.decision_sha256 != before.decision_sha256:
        return deny("A6", "The application names another decision than the one attached; attach that one with it.")
    return allow("A6")


def _changed(
    governance: Governance, tx: Transaction, warrant: Warrant, application: Application, decision: bytes | None
) -> Warrant:
    """Seal the new application, and the new decision where there is one; return the draft that holds them."""
    count = len(application.slots)
    named = with_slot_ids(application, tuple(governance.randomness.identifier() for _ in range(count)))
    details = Details(application=named, salts=tuple(governance.randomness.salt() for _ in range(count)))
    return replace(
        warrant,
        issuer=application.issuer,
        type=type_of(application),
        not_before=application.not_before,
        not_after=application.not_after,
        details=_kept(governance, tx, warrant, details_to_bytes(details)),
        decision=warrant.decision if decision is None else _kept(governance, tx, warrant, decision),
    )


def _kept(governance: Governance, tx: Transaction, warrant: Warrant, content: bytes) -> ObjectId:
    keeping = Keeping(data_class=DataClass.WARRANT, warrant=warrant.warrant_id, no_later_than=warrant.expires_at)
    return keep(governance, tx, content, keeping)
