"""Keep what was signed about a warrant, sealed; say what there is, and open it for a step of a procedure (A3, A7)."""

import json
from datetime import datetime

from contracts.canonical import encode, sha256_hex
from contracts.issued_act import ActPapers
from contracts.pdf_act import PdfAct
from contracts.signature import Signed
from governance.application.errors import Conflict
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.vault import Keeping, Reading, is_standing, keep, reveal_all
from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import ObjectId, WarrantId
from governance.domain.papers import ENDS, Paper, PaperKind, newest
from governance.domain.retention import DataClass, expiry
from governance.domain.urgent import UrgentUse, urgent_use
from governance.domain.warrants import Warrant


def keep_paper(
    governance: Governance,
    tx: Transaction,
    warrant: Warrant,
    kind: PaperKind,
    signed: Signed | PdfAct,
    *,
    dated: datetime,
) -> None:
    """Keep a paper, once. Log it next.

    Raises:
        Conflict: it was taken in before.
    """
    now = governance.clock.now()
    tag, written = None if kind in ENDS else warrant.warrant_id, encode(signed.to_json())
    keeping = Keeping(data_class=DataClass.WARRANT, warrant=tag, no_later_than=warrant.expires_at)
    tx.papers.add(
        Paper(
            paper_sha256=_own_sha256(kind, signed),
            warrant_id=warrant.warrant_id,
            kind=kind,
            record=keep(governance, tx, written, keeping),
            dated=dated,
            created_at=now,
            expires_at=expiry(DataClass.WARRANT, created_at=now, no_later_than=warrant.expires_at),
            openly=written.decode() if kind in ENDS else None,
        )
    )


def _own_sha256(kind: PaperKind, signed: Signed | PdfAct) -> str:
    """Return a paper's own hash. A confirmation and a PDF are over the act's own bytes; these tell them apart."""
    if isinstance(signed, PdfAct):
        return sha256_hex(signed.pdf)
    return sha256_hex(signed.signature if kind is PaperKind.CONFIRMATION else signed.payload)


def papers_of(tx: Transaction, warrant_id: WarrantId) -> tuple[Paper, ...]:
    """Return all papers of a warrant, oldest first."""
    return tx.papers.where(warrant_id=warrant_id)


def use_of(tx: Transaction, warrant: Warrant) -> UrgentUse | None:
    """Return how far an urgent warrant has come, from its papers."""
    return urgent_use(warrant, papers_of(tx, warrant.warrant_id))


def lent_papers(governance: Governance, tx: Transaction, warrant: Warrant) -> tuple[Paper, ...]:
    """Return the papers that a site wants with the act: its PDF, the second officer's, the receipt, the amendments."""
    return tuple(paper for paper in _wanted(tx, warrant) if is_standing(governance, tx, paper.record))


def has_all_papers(governance: Governance, tx: Transaction, warrant: Warrant) -> Decision:
    """A6, A7, A3: the act and every paper that a site wants with it can still be read."""
    wanted = (warrant.act, *(paper.record for paper in _wanted(tx, warrant)))
    if all(is_standing(governance, tx, one) for one in wanted):
        return allow("A6")
    return deny("A6", "The act of this warrant, or a paper about it, was erased; nothing is lent under it any more.")


def _wanted(tx: Transaction, warrant: Warrant) -> tuple[Paper, ...]:
    papers = papers_of(tx, warrant.warrant_id)
    single = (newest(papers, kind) for kind in (PaperKind.SIGNED_PDF, PaperKind.COUNTERSIGNATURE, PaperKind.RECEIPT))
    amendments = [paper for paper in papers if paper.kind is PaperKind.AMENDMENT]
    return tuple(paper for paper in (*single, *amendments) if paper is not None)


def open_act(
    governance: Governance, tx: Transaction, warrant: Warrant, reading: Reading, others: tuple[ObjectId, ...] = ()
) -> tuple[ActPapers, tuple[bytes, ...]]:
    """Open a signed act with the papers that belong to it, and other objects beside, by one entry of the log.

    Raises:
        Conflict: nobody signed it.
        NotFound: something of it was erased.
    """
    if warrant.signature_key is None or warrant.signature is None:
        raise Conflict("This warrant bears no signature.")
    papers = lent_papers(governance, tx, warrant)
    objects = [warrant.act, *(paper.record for paper in papers), *others]
    opened, _ = reveal_all(governance, tx, objects, reading)
    act, signed, rest = opened[0], opened[1 : 1 + len(papers)], opened[1 + len(papers) :]
    by_kind = [(paper.kind, json.loads(one)) for paper, one in zip(papers, signed, strict=True)]
    pdf = next((PdfAct.from_json(one) for kind, one in by_kind if kind is PaperKind.SIGNED_PDF), None)
    return (
        ActPapers(
            warrant=pdf or Signed(payload=act, key=warrant.signature_key, signature=warrant.signature),
            countersignature=_first(by_kind, PaperKind.COUNTERSIGNATURE),
            receipt=_first(by_kind, PaperKind.RECEIPT),
            amendments=tuple(Signed.from_json(one) for kind, one in by_kind if kind is PaperKind.AMENDMENT),
        ),
        rest,
    )


def _first(by_kind: list[tuple[PaperKind, object]], wanted: PaperKind) -> Signed | None:
    return next((Signed.from_json(one) for kind, one in by_kind if kind is wanted), None)
