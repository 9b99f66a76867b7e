"""Approve or reject an application: a legal officer, never the applicant (B14)."""

from dataclasses import dataclass

from contracts.canonical import sha256_hex
from contracts.issuer_list import ListedIssuer
from governance.application.conclude import end_warrant
from governance.application.details import details_from_bytes, make_act
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.move_warrant import Step, move
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.submit_warrant import surroundings
from governance.application.vault import Keeping, finish_erasures, for_step, keep, reveal
from governance.domain.decisions import Decision, allow
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.papers import PaperKind, newest
from governance.domain.post_remote import method_of
from governance.domain.retention import DataClass
from governance.domain.roles import Action
from governance.domain.submission import may_submit
from governance.domain.transitions import says_why
from governance.domain.urgent import is_cleared
from governance.domain.warrants import Warrant, WarrantState, WarrantType, may_approve, may_refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveWarrant:
    """Approve a submitted application: its canonical bytes are fixed here."""

    actor: AccountId
    warrant_id: WarrantId
    why: str = "Every rule of the checklist is met."


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectWarrant:
    """Refuse a submitted or approved application. `why` is kept, sealed."""

    actor: AccountId
    warrant_id: WarrantId
    why: str


def approve_warrant(governance: Governance, command: ApproveWarrant) -> None:
    """Approve: another person than the applicant; the rules are asked again, with the present time.

    F4: the log commits to the act's very bytes, before anybody signs them.

    Raises:
        Refused: a rule says no.
        BadInput: the application cannot be written as a warrant.
    """
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_APPROVE)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id, **method_of(warrant)}
        require(tx, may_approve(warrant, command.actor, now=now), _is_cleared(tx, warrant), about=about)
        details = details_from_bytes(reveal(governance, tx, warrant.details, for_step("approve", about)))
        around = surroundings(governance, tx, details.application, attached=warrant.decision is not None)
        require(tx, *may_submit(details.application, around, now=now), event=Event.WARRANT_REFUSE, about=about)
        act = make_act(
            details,
            warrant_id=warrant.warrant_id,
            applicant=warrant.applicant,
            legal_officer=command.actor,
            issuer=listed_issuer(governance, warrant.issuer),
            legal_profile=governance.legal.sha256,
            records={camera.camera_id: sha256_hex(camera.payload) for camera in tx.cameras.where()},
            demo=governance.demo,
        ).to_bytes()
        keeping = Keeping(data_class=DataClass.WARRANT, warrant=warrant.warrant_id, no_later_than=warrant.expires_at)
        move(
            governance,
            tx,
            warrant,
            Step(to=WarrantState.APPROVED, actor=command.actor, why=command.why),
            legal_officer=command.actor,
            act=keep(governance, tx, act, keeping),
            act_sha256=sha256_hex(act),
        )
        tx.log.append(Event.WARRANT_APPROVE, {**about, "document": sha256_hex(act)})
        tx.commit()


def _is_cleared(tx: Transaction, warrant: Warrant) -> Decision:
    """A7: what is urgent goes on only when the supervisor said that the person and the case were not so before."""
    if warrant.type is not WarrantType.URGENT:
        return allow("A7")
    answer = newest(tx.papers.where(warrant_id=warrant.warrant_id), PaperKind.CLEARANCE)
    return is_cleared(None if answer is None else True)


def reject_warrant(governance: Governance, command: RejectWarrant) -> None:
    """Refuse. All that the application said is erased (A8)."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_REJECT)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id, **method_of(warrant)}
        require(tx, may_refuse(warrant), says_why(command.why), about=about)
        step = Step(to=WarrantState.REJECTED, actor=command.actor, why=command.why, rule="A8")
        end_warrant(governance, tx, warrant, step)
        tx.commit()
    finish_erasures(governance)


def listed_issuer(governance: Governance, name: str) -> ListedIssuer:
    """Return an issuing authority by its name, if the pinned list holds it now (P1).

    Raises:
        NotFound: it does not.
    """
    for issuer in governance.trusted.issuers_at(governance.clock.now()):
        if issuer.name == name and issuer.demo == governance.demo:
            return issuer
    raise NotFound("This issuing authority is not on the list of issuers that is pinned here and in its time.")
