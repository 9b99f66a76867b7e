"""Draft an application for a warrant. Anything can be drafted; the rules speak when it is submitted."""

from dataclasses import dataclass, field

from governance.application.details import Details, details_to_bytes, require_bounded, with_slot_ids
from governance.application.governance import Governance
from governance.application.move_warrant import Step, begin
from governance.application.procedure import acting, require
from governance.application.vault import Keeping, keep
from governance.domain.attachments import may_attach
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.post_remote import method_of
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.warrants import Application, Warrant, WarrantState, WarrantType


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftWarrant:
    """Keep an application. Slot ids are given by governance: those in `application` may be empty strings."""

    actor: AccountId
    application: Application
    decision: bytes | None = field(default=None, repr=False)
    """The attached decision (A6); without it nothing is submitted. `attach_decision` brings it later."""


def draft_warrant(governance: Governance, command: DraftWarrant) -> WarrantId:
    """Keep the application, sealed, and return the warrant's id.

    Raises:
        BadInput: a text or a list is too long, or a time names no offset.
        Refused: the attached decision is no PDF, too large, or another than the application names (A6).
    """
    require_bounded(command.application)
    count = len(command.application.slots)
    application = with_slot_ids(command.application, tuple(governance.randomness.identifier() for _ in range(count)))
    details = Details(application=application, salts=tuple(governance.randomness.salt() for _ in range(count)))
    warrant_id = WarrantId(governance.randomness.identifier())
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_DRAFT)
        if command.decision is not None:
            require(tx, may_attach(command.decision, application.decision_sha256), about={"actor": command.actor})
        keeping = Keeping(data_class=DataClass.WARRANT, warrant=warrant_id)
        drafted = Warrant(
            warrant_id=warrant_id,
            state=WarrantState.DRAFTED,
            applicant=command.actor,
            legal_officer=None,
            issuer=application.issuer,
            details=keep(governance, tx, details_to_bytes(details), keeping),
            type=type_of(application),
            decision=None if command.decision is None else keep(governance, tx, command.decision, keeping),
            act=None,
            act_sha256=None,
            signature_key=None,
            signature=None,
            not_before=application.not_before,
            not_after=application.not_after,
            created_at=now,
            expires_at=expiry(DataClass.WARRANT, created_at=now),
        )
        begin(governance, tx, drafted, Step(to=WarrantState.DRAFTED, actor=command.actor, why="Drafted."))
        tx.log.append(Event.WARRANT_DRAFT, {"actor": command.actor, "warrant": warrant_id, **method_of(drafted)})
        tx.commit()
    return warrant_id


def type_of(application: Application) -> WarrantType:
    """Return the type as a record of ours spells it. What is none is drafted as prior, and refused when submitted."""
    known = application.warrant_type in set(WarrantType)
    return WarrantType(application.warrant_type) if known else WarrantType.PRIOR
