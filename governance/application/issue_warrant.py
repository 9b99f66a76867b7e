"""To the issuing authority and back: export the approved bytes, import them signed (A6, P1)."""

import hashlib
from dataclasses import dataclass

from contracts.errors import ContractError
from contracts.issued_act import ActPapers, believed_act
from contracts.pdf_act import PdfAct
from contracts.signature import Signed
from contracts.warrant import Warrant as Act
from contracts.warrant_acts import Countersignature
from governance.application.errors import NotUnderstood
from governance.application.governance import Governance
from governance.application.move_warrant import Step, move
from governance.application.papers import keep_paper
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.register_urgent import keep_registration
from governance.application.released import Released, release
from governance.application.vault import Reading, reveal_all
from governance.domain.decisions import allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.papers import PaperKind
from governance.domain.post_remote import method_of
from governance.domain.roles import Action
from governance.domain.urgent import PENDING, may_begin
from governance.domain.warrants import Warrant, WarrantState, may_import


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWarrant:
    """Take out what the issuer is asked to sign."""

    actor: AccountId
    warrant_id: WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWarrant:
    """Bring back the signed warrant: by the issuer, or, urgent, by one officer and with another's countersignature.

    Bytes are a PDF that a court signed (PAdES), with the act attached.
    """

    actor: AccountId
    record: Signed | bytes
    countersignature: Signed | None = None


def export_warrant(governance: Governance, command: ExportWarrant) -> Released[bytes]:
    """Return the canonical bytes of the approved warrant, for `insyn authority show` and `sign`. Logged first."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_EXPORT)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id, **method_of(warrant)}
        approved = warrant.state is WarrantState.APPROVED
        decision = allow("A6") if approved else deny("A6", "Only an approved warrant goes to its issuer.")
        require(tx, decision, about=about)
        (act,), recorded = reveal_all(governance, tx, [warrant.act], Reading(event=Event.WARRANT_EXPORT, about=about))
    governance.journal.require_cosigned(recorded.index + 1)
    return release(governance, act, recorded, events=[Event.WARRANT_EXPORT])


def import_warrant(governance: Governance, command: ImportWarrant) -> WarrantId:
    """Accept the signed warrant if those signed exactly the approved bytes who may: the issuer, or two officers (A7).

    Raises:
        NotUnderstood: it is malformed, or not signed by whom it must be.
        Refused: it is another issuer's, not the approved bytes, or too late.
    """
    now = governance.clock.now()
    try:
        signed = _signed(governance, command.record)
        papers = ActPapers(warrant=signed, countersignature=command.countersignature)
        act = believed_act(papers, governance.trusted, now, governance.reads_pdf).warrant
    except ContractError as error:
        raise NotUnderstood(str(error)) from error
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_IMPORT)
        warrant = tx.warrants.get(WarrantId(act.warrant_id))
        about = {
            "actor": command.actor,
            "document": signed.sha256,
            "key": signed.key,
            "warrant": warrant.warrant_id,
            **method_of(warrant),
        }
        name = act.issuer if act.demo == governance.demo else ""
        require(tx, may_import(warrant, issuer_is=name, act_sha256=signed.sha256, now=now), about=about)
        _take_second(governance, tx, warrant, command, act)
        if isinstance(signed, PdfAct):
            keep_paper(governance, tx, warrant, PaperKind.SIGNED_PDF, signed, dated=now)
        step = Step(to=WarrantState.ISSUED, actor=command.actor, why="It is signed over the approved bytes.")
        move(governance, tx, warrant, step, signature_key=signed.key, signature=_signature(signed))
        tx.log.append(Event.WARRANT_IMPORT, about)
        tx.commit(witnessed=True)
    return warrant.warrant_id


def _signed(governance: Governance, record: Signed | bytes) -> Signed | PdfAct:
    """Return the act as it was signed. What a PDF says of itself is believed no more than an envelope's words.

    Raises:
        SignatureRefused: the PDF is not one act, signed whole under one certificate.
    """
    if isinstance(record, Signed):
        return record
    read = governance.reads_pdf(record)
    return PdfAct(payload=read.payload, certificate=read.certificate, pdf=record)


def _signature(signed: Signed | PdfAct) -> bytes:
    """Return what stands beside the act: its signature, or the hash of the PDF that lies sealed with its papers."""
    return hashlib.sha256(signed.pdf).digest() if isinstance(signed, PdfAct) else signed.signature


def _take_second(governance: Governance, tx: Transaction, warrant: Warrant, command: ImportWarrant, act: Act) -> None:
    """A7, A5: keep the second officer's signature, from which the urgent times run, and what is registered already."""
    second = command.countersignature
    if second is None:
        return
    begun_at = Countersignature.from_bytes(second.payload).signed_at
    decision = may_begin(warrant, begun_at=begun_at, legal=governance.legal, now=governance.clock.now())
    require(tx, decision, about={"actor": command.actor, "warrant": warrant.warrant_id})
    keep_paper(governance, tx, warrant, PaperKind.COUNTERSIGNATURE, second, dated=begun_at)
    if act.registration_number != PENDING:
        keep_registration(governance, tx, warrant, act.registration_number)
