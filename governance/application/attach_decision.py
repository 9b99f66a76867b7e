"""Attach the reasoned decision to an application that was drafted without it, and read it again (A6)."""

from dataclasses import dataclass, field, replace

from governance.application.application_file import require_reader
from governance.application.details import details_from_bytes
from governance.application.governance import Governance
from governance.application.procedure import acting, require
from governance.application.released import Released, release
from governance.application.vault import Keeping, Reading, for_step, keep, reveal, reveal_all
from governance.domain.attachments import may_attach
from governance.domain.decisions import allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.retention import DataClass
from governance.domain.roles import Action
from governance.domain.warrants import WarrantState


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachDecision:
    """Bring the PDF whose hash one's own draft names."""

    actor: AccountId
    warrant_id: WarrantId
    document: bytes = field(repr=False)


def attach_decision(governance: Governance, command: AttachDecision) -> None:
    """Keep the decision, sealed, once.

    Raises:
        Refused: it is no PDF, too large, another than the draft names; or the draft is another's, or has one already.
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_DRAFT)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        own = warrant.applicant == command.actor and warrant.state is WarrantState.DRAFTED
        require(
            tx,
            allow("B14") if own else deny("B14", "Only whoever drafted an application attaches its decision."),
            allow("A6") if warrant.decision is None else deny("A6", "The decision is attached already."),
            about=about,
        )
        application = details_from_bytes(reveal(governance, tx, warrant.details, for_step("attach", about))).application
        require(tx, may_attach(command.document, application.decision_sha256), about=about)
        keeping = Keeping(data_class=DataClass.WARRANT, warrant=warrant.warrant_id, no_later_than=warrant.expires_at)
        tx.warrants.save(replace(warrant, decision=keep(governance, tx, command.document, keeping)))
        tx.log.append(Event.WARRANT_ATTACH, about | {"document": application.decision_sha256})
        tx.commit()


def read_decision(governance: Governance, actor: AccountId, warrant_id: WarrantId) -> Released[bytes]:
    """Return the attached decision, for its applicant and the legal officers. Logged first.

    Raises:
        NotFound: there is none, or it was erased.
    """
    with governance.database.transaction() as tx:
        warrant = require_reader(tx, acting(tx, actor, Action.WARRANT_READ), warrant_id)
        about = {"actor": actor, "warrant": warrant.warrant_id}
        (document,), recorded = reveal_all(
            governance, tx, [warrant.decision], Reading(event=Event.WARRANT_READ, about=about)
        )
    return release(governance, document, recorded, events=[Event.WARRANT_READ])
