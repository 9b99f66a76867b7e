"""Take in what was signed about a warrant: the issuer's amendment, receipt, decision or end; the supervisor's answer.

The legal officer brings the file. What it says binds by its signature, not by who brought it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.errors import ContractError
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedRole
from contracts.urgent_tags import Clearance
from contracts.warrant import Warrant as Act
from contracts.warrant_acts import Amendment, ApplicationReceipt, Rejection, Revocation
from governance.application.conclude import end_warrant
from governance.application.errors import NotUnderstood
from governance.application.governance import Governance
from governance.application.move_warrant import Step
from governance.application.papers import keep_paper, use_of
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.vault import finish_erasures, for_step, reveal
from governance.domain.decisions import Decision, allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.papers import PaperKind
from governance.domain.roles import Action
from governance.domain.urgent import is_cleared, is_dated_by_now, may_confirm, may_reject, may_take_receipt
from governance.domain.warrants import Warrant, WarrantState, WarrantType, may_revoke

IssuerRecord = Amendment | ApplicationReceipt | Rejection | Revocation


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePaper:
    """Bring one signed file."""

    actor: AccountId
    record: Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A paper that was verified: what it is, about which bytes of which warrant, and when it is dated."""

    kind: PaperKind
    warrant_id: WarrantId
    act_sha256: str | None
    issuer: str | None
    dated: datetime
    said: IssuerRecord | Clearance | Act


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One paper about one warrant, with whoever brought it, as its rule is asked."""

    warrant: Warrant
    taken: _Taken
    signed: Signed
    about: Mapping[str, str]


def take_paper(governance: Governance, command: TakePaper) -> WarrantId:
    """Take in a paper. A rejection or revocation ends the warrant at once, and erases all of its tag.

    Raises:
        NotUnderstood: it is malformed, or not signed by whom this kind of paper binds.
        Refused: it is about other bytes, or too late.
        Conflict: it was taken in before.
    """
    signed = command.record
    taken = _read(governance, signed)
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_IMPORT)
        warrant = tx.warrants.get(taken.warrant_id)
        about = {"actor": command.actor, "document": signed.sha256, "key": signed.key, "warrant": warrant.warrant_id}
        case = _Case(warrant=warrant, taken=taken, signed=signed, about=about)
        require(tx, _is_about(case), *_RULES[taken.kind](governance, tx, case), about=about)
        keep_paper(governance, tx, warrant, taken.kind, signed, dated=taken.dated)
        tx.log.append(Event.PAPER_TAKE, {**about, "purpose": taken.kind.value})
        _end(governance, tx, case)
        tx.commit()
    finish_erasures(governance)
    return warrant.warrant_id


def _read(governance: Governance, signed: Signed) -> _Taken:
    try:
        kind = str(json.loads(signed.payload).get("kind", ""))
        return _READERS[kind](governance, signed)
    except (KeyError, ValueError, AttributeError, RecursionError) as error:
        raise NotUnderstood("This is no paper about a warrant; choose the file that was sent back.") from error
    except ContractError as error:
        raise NotUnderstood(str(error)) from error


def _of_issuer(
    purpose: Purpose, kind: PaperKind, read: Callable[[bytes], IssuerRecord]
) -> Callable[[Governance, Signed], _Taken]:
    def reader(governance: Governance, signed: Signed) -> _Taken:
        now = governance.clock.now()
        said = read(verified(signed, purpose, governance.trusted.issuer_keys(now)))
        issuer = governance.trusted.find_issuer(signed.key, now)
        same = issuer is not None and issuer.name == said.issuer and issuer.demo == said.demo == governance.demo
        return _Taken(
            kind=kind,
            warrant_id=WarrantId(said.warrant_id),
            act_sha256=said.warrant_sha256,
            issuer=said.issuer if same else "",
            dated=said.issued_at,
            said=said,
        )

    return reader


def _confirmation(governance: Governance, signed: Signed) -> _Taken:
    """A7: the issuer signs the very act that two officers began."""
    now = governance.clock.now()
    act = Act.from_bytes(verified(signed, Purpose.WARRANT, governance.trusted.issuer_keys(now)))
    issuer = governance.trusted.find_issuer(signed.key, now)
    same = issuer is not None and issuer.name == act.issuer and issuer.demo == act.demo == governance.demo
    return _Taken(
        kind=PaperKind.CONFIRMATION,
        warrant_id=WarrantId(act.warrant_id),
        act_sha256=signed.sha256,
        issuer=act.issuer if same else "",
        dated=now,
        said=act,
    )


def _clearance(governance: Governance, signed: Signed) -> _Taken:
    said = Clearance.from_bytes(
        verified(signed, Purpose.URGENT_CLEARANCE, governance.trusted.of(TrustedRole.SUPERVISOR))
    )
    pinned = governance.trusted.find(TrustedRole.SUPERVISOR, signed.key)
    same = pinned is not None and pinned.use is governance.environment and said.demo == governance.demo
    return _Taken(
        kind=PaperKind.CLEARANCE,
        warrant_id=WarrantId(said.warrant_id),
        act_sha256=None,
        issuer=None if same else "",
        dated=said.answered_at,
        said=said,
    )


_READERS: Final[Mapping[str, Callable[[Governance, Signed], _Taken]]] = {
    "insyn/application-receipt/1": _of_issuer(
        Purpose.APPLICATION_RECEIPT, PaperKind.RECEIPT, ApplicationReceipt.from_bytes
    ),
    "insyn/urgent-clearance/1": _clearance,
    "insyn/warrant-amendment/1": _of_issuer(Purpose.AMENDMENT, PaperKind.AMENDMENT, Amendment.from_bytes),
    "insyn/warrant-rejection/1": _of_issuer(Purpose.REJECTION, PaperKind.REJECTION, Rejection.from_bytes),
    "insyn/warrant-revocation/1": _of_issuer(Purpose.REVOCATION, PaperKind.REVOCATION, Revocation.from_bytes),
    "insyn/warrant/2": _confirmation,
    "insyn/warrant/3": _confirmation,
}


def _is_about(case: _Case) -> Decision:
    """P1: a paper binds if the issuer that the warrant names signed it, over exactly the approved bytes."""
    taken, warrant = case.taken, case.warrant
    if taken.issuer is not None and taken.issuer != warrant.issuer:
        return deny("P1", "This was signed by another issuer than the one that the warrant names.")
    if taken.act_sha256 is not None and taken.act_sha256 != warrant.act_sha256:
        return deny("A6", "This is about other bytes than the approved ones.")
    return allow("P1")


Rules = Callable[[Governance, Transaction, _Case], tuple[Decision, ...]]


def _may_amend(governance: Governance, tx: Transaction, case: _Case) -> tuple[Decision, ...]:
    """A3: more photographs of a person whom an issued warrant names; none of another's."""
    if case.warrant.state not in {WarrantState.ISSUED, WarrantState.ACTIVE, WarrantState.SUSPENDED}:
        return (deny("A3", "Only an issued warrant that has not ended is amended."),)
    said = case.taken.said
    act = Act.from_bytes(reveal(governance, tx, case.warrant.act, for_step("amend", case.about)))
    slots = {slot.slot_id: set(slot.photographs) for slot in act.slots}
    if not isinstance(said, Amendment) or said.slot_id not in slots:
        return (deny("A3", "The amendment names a person slot that this warrant has not."),)
    if any(set(said.photographs) & seen for seen in slots.values()):
        return (deny("A3", "A photograph of the amendment stands in the warrant already."),)
    return (is_dated_by_now("A3", case.taken.dated, now=governance.clock.now()),)


def _may_take_receipt(governance: Governance, tx: Transaction, case: _Case) -> tuple[Decision, ...]:
    """A7: in time, and of an urgent warrant that began."""
    use, now = use_of(tx, case.warrant), governance.clock.now()
    return (may_take_receipt(use, governance.legal, dated=case.taken.dated, now=now),)


def _may_confirm(governance: Governance, tx: Transaction, case: _Case) -> tuple[Decision, ...]:
    """A7: in time, and of an urgent warrant that began."""
    return (may_confirm(use_of(tx, case.warrant), governance.legal, now=governance.clock.now()),)


def _may_clear(_governance: Governance, _tx: Transaction, case: _Case) -> tuple[Decision, ...]:
    """A7: the supervisor's answer to an urgent application that waits for its approval."""
    said = case.taken.said
    waits = case.warrant.type is WarrantType.URGENT and case.warrant.state is WarrantState.SUBMITTED
    asked = allow("A7") if waits else deny("A7", "Only an urgent application that was submitted waits for this answer.")
    return asked, is_cleared(said.cleared if isinstance(said, Clearance) else None)


def _may_reject(_governance: Governance, _tx: Transaction, case: _Case) -> tuple[Decision, ...]:
    return (may_reject(case.warrant),)


def _may_revoke(_governance: Governance, _tx: Transaction, case: _Case) -> tuple[Decision, ...]:
    return (may_revoke(case.warrant),)


_RULES: Final[Mapping[PaperKind, Rules]] = {
    PaperKind.AMENDMENT: _may_amend,
    PaperKind.CLEARANCE: _may_clear,
    PaperKind.CONFIRMATION: _may_confirm,
    PaperKind.RECEIPT: _may_take_receipt,
    PaperKind.REJECTION: _may_reject,
    PaperKind.REVOCATION: _may_revoke,
}


def _end(governance: Governance, tx: Transaction, case: _Case) -> None:
    """A8: what the issuer rejected or took back ends now, and all of its tag is erased."""
    if case.taken.kind is PaperKind.REJECTION:
        step = Step(to=WarrantState.REJECTED, actor=None, why="", rule="A8")
    elif case.taken.kind is PaperKind.REVOCATION:
        step = Step(to=WarrantState.REVOKED, actor=None, why="", rule="A6")
    else:
        return
    end_warrant(governance, tx, case.warrant, step)
