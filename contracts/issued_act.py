"""Who must have signed a warrant for it to be believed, and from when to when it then holds.

* A *prior* warrant (A6): the issuing authority it names, which the pinned list of issuers holds now; with its key, or
  as a PDF under its certificate (`contracts.pdf_act`).
* An *urgent* one (A7): two different officers pinned here, the second by a countersignature from which the times run.
  It holds for 24 h, and for 72 h at most if the issuer it names received the application within the 24 h.
* A *post-remote* one (A12) is believed as a prior one; `contracts.authorisation` never lends it.

The issuer's signed amendments (A3) add photographs of persons who are named already, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from contracts.clock import CLOCK_TOLERANCE
from contracts.errors import ContractError, Malformed, SignatureRefused
from contracts.issuer_list import ListedCertificate, ListedIssuer
from contracts.pdf_act import PdfAct, ReadsPdf, reads_no_pdf
from contracts.refusals import AuthorisationRefused, RefusalReason
from contracts.signature import Purpose, Signed, verified
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from contracts.vocabulary import SlotId, WarrantType
from contracts.warrant import Warrant
from contracts.warrant_acts import Amendment, ApplicationReceipt, Countersignature

URGENT_WITHOUT_RECEIPT: Final = timedelta(hours=24)
"""A7, the Act's own limit for the application. A legal profile can only be shorter."""
URGENT_AT_MOST: Final = timedelta(hours=72)
"""A7, design: no decision in this time counts as a rejection. A legal profile can only be shorter."""
COUNTERSIGN_WITHIN: Final = timedelta(hours=1)
"""A7, design: the second officer signs at the latest so long after the window begins. A later signature would put the
end off; an act that waited longer is written anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPapers:
    """A warrant with all that was signed about it. Nothing is believed yet."""

    warrant: Signed | PdfAct
    countersignature: Signed | None = None
    receipt: Signed | None = None
    amendments: tuple[Signed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedAct:
    """A warrant that was signed by those who may. It holds in `[begins_at, ends_at)`, its own window and A7's times."""

    warrant: Warrant
    begins_at: datetime
    ends_at: datetime
    photographs: Mapping[SlotId, frozenset[str]]
    """The photographs that the issuer has seen, amendments included, by person slot."""


def believed_act(
    papers: ActPapers, trusted: TrustedKeys, now: datetime, reads_pdf: ReadsPdf = reads_no_pdf
) -> IssuedAct:
    """A3, A6, A7: return the warrant if those have signed it who may sign one of its type.

    Where nobody who reads PDF files is brought along, an act as PDF is refused.

    Raises:
        AuthorisationRefused: a signature is missing, wrong or not believed, or the urgent times are not kept.
    """
    try:
        warrant = _signed_warrant(papers.warrant, trusted, now, reads_pdf)
        if warrant.type is WarrantType.URGENT:
            begins_at, ends_at = _urgent(papers, warrant, trusted, now)
        else:
            begins_at, ends_at = _prior(papers, warrant, trusted, now)
        photographs = _photographs(papers, warrant, trusted, now)
    except Malformed as error:
        raise AuthorisationRefused(RefusalReason.MALFORMED, str(error)) from error
    except AuthorisationRefused:
        raise
    except ContractError as error:
        raise AuthorisationRefused(RefusalReason.SIGNATURE, str(error)) from error
    return IssuedAct(warrant=warrant, begins_at=begins_at, ends_at=ends_at, photographs=photographs)


def _signed_warrant(act: Signed | PdfAct, trusted: TrustedKeys, now: datetime, reads_pdf: ReadsPdf) -> Warrant:
    """Read what somebody signed who may sign warrants. By whom of them it had to be depends on what it says."""
    if isinstance(act, PdfAct):
        return Warrant.from_bytes(_of_certificate(act, trusted, now, reads_pdf))
    anybody = {**trusted.issuer_keys(now), **trusted.of(TrustedRole.OFFICER)}
    return Warrant.from_bytes(verified(act, Purpose.WARRANT, anybody))


def _of_certificate(act: PdfAct, trusted: TrustedKeys, now: datetime, reads_pdf: ReadsPdf) -> bytes:
    """A6, P1: return the act that lies in a PDF, signed whole under a certificate that is listed now and in its time.

    A certificate that nobody listed starts no reading.
    """
    if trusted.find_certificate(act.certificate, now) is None:
        raise SignatureRefused("This PDF is signed under a certificate that is not on the list pinned here.")
    read = reads_pdf(act.pdf)
    if read.certificate != act.certificate or read.payload != act.payload:
        raise SignatureRefused("The PDF carries another act, or is signed under another certificate, than it is said.")
    if not read.valid_from <= now < read.valid_to:
        raise SignatureRefused("The certificate under which this PDF is signed is not in its time.")
    return read.payload


def _prior(papers: ActPapers, warrant: Warrant, trusted: TrustedKeys, now: datetime) -> tuple[datetime, datetime]:
    """A6: the issuing authority that the warrant names signed it."""
    if papers.countersignature is not None or papers.receipt is not None:
        raise Malformed("Only an urgent warrant has a second officer and an application's receipt.")
    if isinstance(papers.warrant, PdfAct):
        _require_its_own(trusted.find_certificate(papers.warrant.certificate, now), warrant)
    else:
        _by_issuer(papers.warrant, Purpose.WARRANT, warrant, trusted, now)
    return warrant.not_before, warrant.not_after


def _by_issuer(signed: Signed, purpose: Purpose, warrant: Warrant, trusted: TrustedKeys, now: datetime) -> bytes:
    """P1: return the payload if the issuer that the warrant names signed it, and is on the list now."""
    payload = verified(signed, purpose, trusted.issuer_keys(now))
    _require_its_own(trusted.find_issuer(signed.key, now), warrant)
    return payload


def _require_its_own(issuer: ListedIssuer | ListedCertificate | None, warrant: Warrant) -> None:
    """P1: the authority whose key or certificate this is, is the one that the warrant names."""
    if issuer is None or (issuer.name, issuer.issuer_type) != (warrant.issuer, warrant.issuer_type):
        raise AuthorisationRefused(
            RefusalReason.SIGNATURE, "The warrant names another issuer than the key that signed."
        )
    if issuer.demo is not warrant.demo:
        raise _mixed()


def _urgent(papers: ActPapers, warrant: Warrant, trusted: TrustedKeys, now: datetime) -> tuple[datetime, datetime]:
    """A7: two officers begin; without the issuer's receipt in time it ends by itself."""
    signed_at = _two_officers(papers, warrant, trusted)
    if warrant.not_after - warrant.not_before > URGENT_AT_MOST:
        raise _late("An urgent warrant is for 72 hours at most (A7).")
    if signed_at - warrant.not_before > COUNTERSIGN_WITHIN:
        raise _late("The second officer signed more than an hour after the window began; write the warrant anew (A7).")
    if not any(_names(issuer, warrant) for issuer in trusted.issuers_at(now)):
        raise AuthorisationRefused(
            RefusalReason.SIGNATURE, "The issuer that this urgent warrant is put to is not on the list pinned here."
        )
    received = _received_in_time(papers, warrant, trusted, signed_at=signed_at, now=now)
    longest = URGENT_AT_MOST if received else URGENT_WITHOUT_RECEIPT
    return max(warrant.not_before, signed_at), min(warrant.not_after, signed_at + longest)


def _names(issuer: ListedIssuer, warrant: Warrant) -> bool:
    return (issuer.name, issuer.issuer_type, issuer.demo) == (warrant.issuer, warrant.issuer_type, warrant.demo)


def _two_officers(papers: ActPapers, warrant: Warrant, trusted: TrustedKeys) -> datetime:
    if papers.countersignature is None:
        raise AuthorisationRefused(
            RefusalReason.SIGNATURE, "An urgent warrant needs a second officer's signature (A7)."
        )
    officers = trusted.of(TrustedRole.OFFICER)
    if isinstance(papers.warrant, PdfAct):
        raise AuthorisationRefused(
            RefusalReason.SIGNATURE, "An urgent warrant is begun by two officers with their keys, and by no PDF (A7)."
        )
    verified(papers.warrant, Purpose.WARRANT, officers)
    second = Countersignature.from_bytes(verified(papers.countersignature, Purpose.COUNTERSIGNATURE, officers))
    if (second.warrant_id, second.warrant_sha256, second.first_key) != (
        warrant.warrant_id,
        papers.warrant.sha256,
        papers.warrant.key,
    ):
        raise AuthorisationRefused(RefusalReason.OTHER_RECORDS, "The second officer signed another warrant.")
    one = trusted.find(TrustedRole.OFFICER, papers.warrant.key)
    other = trusted.find(TrustedRole.OFFICER, papers.countersignature.key)
    _require_two(one, other, second, warrant)
    _require_one_use(one, other, trusted)
    return second.signed_at


def _require_two(one: PinnedKey | None, other: PinnedKey | None, second: Countersignature, warrant: Warrant) -> None:
    if one is None or other is None or one.name == other.name or other.name != second.officer:
        raise AuthorisationRefused(
            RefusalReason.SIGNATURE, "An urgent warrant is signed by two different officers (A7)."
        )
    if {one.demo, other.demo, second.demo} != {warrant.demo}:
        raise _mixed()


def _require_one_use(one: PinnedKey | None, other: PinnedKey | None, trusted: TrustedKeys) -> None:
    """P4: both officers' keys are for the same use, and for that of whoever listed the issuer that is to confirm."""
    uses = {None if key is None else key.use for key in (one, other)}
    if len(uses | ({trusted.issuers_use} if trusted.issuers_use is not None else set())) != 1:
        raise _mixed()


def _received_in_time(
    papers: ActPapers, warrant: Warrant, trusted: TrustedKeys, *, signed_at: datetime, now: datetime
) -> bool:
    """A7: whether the issuer has received the application within 24 h of the second officer's signature."""
    if papers.receipt is None:
        return False
    read = ApplicationReceipt.from_bytes(_by_issuer(papers.receipt, Purpose.APPLICATION_RECEIPT, warrant, trusted, now))
    _require_about(read, papers, warrant, now)
    if read.issued_at >= signed_at + URGENT_WITHOUT_RECEIPT:
        raise _late("The issuer received the application more than 24 hours after the second signature (A7).")
    return True


def _photographs(
    papers: ActPapers, warrant: Warrant, trusted: TrustedKeys, now: datetime
) -> Mapping[SlotId, frozenset[str]]:
    """A3: what the issuer has seen of each person: in the warrant, and by signed amendment."""
    seen = {slot.slot_id: frozenset(slot.photographs) for slot in warrant.slots}
    for signed in papers.amendments:
        amendment = Amendment.from_bytes(_by_issuer(signed, Purpose.AMENDMENT, warrant, trusted, now))
        _require_about(amendment, papers, warrant, now)
        if amendment.slot_id not in seen:
            raise AuthorisationRefused(
                RefusalReason.OTHER_RECORDS, "An amendment adds photographs to a slot that the warrant has not (A3)."
            )
        if any(frozenset(amendment.photographs) & one for slot, one in seen.items() if slot != amendment.slot_id):
            raise Malformed("One photograph cannot stand for two persons (A3).")
        seen[amendment.slot_id] |= frozenset(amendment.photographs)
    return MappingProxyType(seen)


def _require_about(record: Amendment | ApplicationReceipt, papers: ActPapers, warrant: Warrant, now: datetime) -> None:
    about = (record.warrant_id, record.warrant_sha256, record.issuer, record.demo)
    if about != (warrant.warrant_id, papers.warrant.sha256, warrant.issuer, warrant.demo):
        raise AuthorisationRefused(RefusalReason.OTHER_RECORDS, "A record of the issuer is about another warrant.")
    if record.issued_at > now + CLOCK_TOLERANCE:
        raise AuthorisationRefused(RefusalReason.NOT_YET_VALID, "A record of the issuer is dated in the future.")


def _mixed() -> AuthorisationRefused:
    return AuthorisationRefused(
        RefusalReason.DEMO_MIXED, "A DEMO key or warrant cannot be combined with one that is not DEMO."
    )


def _late(sentence: str) -> AuthorisationRefused:
    return AuthorisationRefused(RefusalReason.URGENT_TIMES, sentence)
