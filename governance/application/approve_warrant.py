"""Approve or reject an application: a legal officer, never the applicant (B14)."""

from dataclasses import dataclass, replace

from contracts.canonical import sha256_hex
from contracts.trust import PinnedKey, TrustedRole
from governance.application.details import details_from_bytes, make_act
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.procedure import acting, require
from governance.application.submit_warrant import surroundings
from governance.application.vault import Keeping, finish_erasures, for_step, intend_erasure, keep, reveal
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.retention import DataClass
from governance.domain.roles import Action
from governance.domain.warrants import WarrantState, may_approve, may_move, may_submit


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveWarrant:
    """Approve a submitted application: its canonical bytes are fixed here."""

    actor: AccountId
    warrant_id: WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectWarrant:
    """Reject a submitted or approved application."""

    actor: AccountId
    warrant_id: WarrantId


def approve_warrant(governance: Governance, command: ApproveWarrant) -> None:
    """Approve: another person than the applicant; the rules are asked again, with the present time.

    Raises:
        Refused: a rule says no.
        BadInput: the application cannot be written as a warrant.
    """
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_APPROVE)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        require(tx, may_approve(warrant, command.actor, now=now), about=about)
        details = details_from_bytes(reveal(governance, tx, warrant.details, for_step("approve", about)))
        answers = may_submit(details.application, surroundings(governance, tx), now=now)
        require(tx, *answers, event=Event.WARRANT_REFUSE, about=about)
        act = make_act(
            details,
            warrant_id=warrant.warrant_id,
            applicant=warrant.applicant,
            legal_officer=command.actor,
            issuer=pinned_issuer(governance, warrant.issuer),
            legal_profile=governance.legal.sha256,
            demo=governance.demo,
        ).to_bytes()
        approved = replace(
            warrant,
            state=WarrantState.APPROVED,
            legal_officer=command.actor,
            act=keep(governance, tx, act, Keeping(data_class=DataClass.WARRANT, no_later_than=warrant.expires_at)),
            act_sha256=sha256_hex(act),
        )
        tx.warrants.save(approved)
        tx.log.append(Event.WARRANT_APPROVE, {**about, "document": sha256_hex(act)})
        tx.commit()


def reject_warrant(governance: Governance, command: RejectWarrant) -> None:
    """Reject. All that the application said is erased (A8)."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_REJECT)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        require(tx, may_move(warrant, WarrantState.REJECTED), about=about)
        tx.warrants.save(replace(warrant, state=WarrantState.REJECTED))
        tx.log.append(Event.WARRANT_REJECT, about)
        intend_erasure(governance, tx, warrant.details, warrant.act, reason="decision")
        tx.commit()
    finish_erasures(governance)


def pinned_issuer(governance: Governance, name: str) -> PinnedKey:
    """Return the pinned key of an issuing authority by its name.

    Raises:
        NotFound: none is pinned.
    """
    for key in governance.trusted.keys:
        if key.role is TrustedRole.ISSUER and key.name == name and key.demo == governance.demo:
            return key
    raise NotFound("This issuing authority's key is not pinned here.")
