"""To the issuing authority and back: export the approved bytes, import them signed (A6, P1)."""

from dataclasses import dataclass

from contracts.errors import ContractError
from contracts.issued_act import ActPapers, believed_act
from contracts.signature import Signed
from governance.application.errors import NotUnderstood
from governance.application.governance import Governance
from governance.application.move_warrant import Step, move
from governance.application.procedure import acting, require
from governance.application.released import Released, release
from governance.application.vault import Reading, reveal_all
from governance.domain.decisions import allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.roles import Action
from governance.domain.warrants import WarrantState, may_import


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWarrant:
    """Take out what the issuer is asked to sign."""

    actor: AccountId
    warrant_id: WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWarrant:
    """Bring back the issuer's signed warrant (Purpose.WARRANT)."""

    actor: AccountId
    record: Signed


def export_warrant(governance: Governance, command: ExportWarrant) -> Released[bytes]:
    """Return the canonical bytes of the approved warrant, for `insyn authority show` and `sign`. Logged first."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_EXPORT)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        approved = warrant.state is WarrantState.APPROVED
        decision = allow("A6") if approved else deny("A6", "Only an approved warrant goes to its issuer.")
        require(tx, decision, about=about)
        (act,), recorded = reveal_all(governance, tx, [warrant.act], Reading(event=Event.WARRANT_EXPORT, about=about))
    governance.journal.require_cosigned(recorded.index + 1)
    return release(governance, act, recorded, events=[Event.WARRANT_EXPORT])


def import_warrant(governance: Governance, command: ImportWarrant) -> WarrantId:
    """Accept the signed warrant if the pinned issuer signed exactly the approved bytes.

    Raises:
        NotUnderstood: it is malformed, or not signed by a pinned issuer.
        Refused: it is another issuer's, not the approved bytes, or too late.
    """
    signed, now = command.record, governance.clock.now()
    try:
        act = believed_act(ActPapers(warrant=signed), governance.trusted, now).warrant
    except ContractError as error:
        raise NotUnderstood(str(error)) from error
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_IMPORT)
        warrant = tx.warrants.get(WarrantId(act.warrant_id))
        about = {"actor": command.actor, "document": signed.sha256, "key": signed.key, "warrant": warrant.warrant_id}
        name = act.issuer if act.demo == governance.demo else ""
        require(tx, may_import(warrant, issuer_is=name, act_sha256=signed.sha256, now=now), about=about)
        step = Step(to=WarrantState.ISSUED, actor=command.actor, why="The issuer signed the approved bytes.")
        move(governance, tx, warrant, step, signature_key=signed.key, signature=signed.signature)
        tx.log.append(Event.WARRANT_IMPORT, about)
        tx.commit(witnessed=True)
    return warrant.warrant_id
