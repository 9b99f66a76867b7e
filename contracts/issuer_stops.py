"""The issuer's signed end of a warrant, as a site takes it in: a revocation or a rejection (law.md A8)."""

from dataclasses import dataclass
from datetime import datetime

from contracts.canonical import decode
from contracts.clock import CLOCK_TOLERANCE
from contracts.errors import Malformed, SignatureRefused
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedKeys
from contracts.vocabulary import WarrantId
from contracts.warrant_acts import Rejection, Revocation

_PURPOSES = {"insyn/warrant-rejection/1": Purpose.REJECTION, "insyn/warrant-revocation/1": Purpose.REVOCATION}


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecord:
    """What a site needs to know of either record."""

    warrant_id: WarrantId
    warrant_sha256: str
    not_after: datetime
    said: Revocation | Rejection

    @classmethod
    def of(cls, payload: bytes) -> "StopRecord":
        """Read a revocation or a rejection. Nobody has verified it yet.

        Raises:
            Malformed: it is neither.
        """
        said = (
            Rejection.from_bytes(payload) if _purpose(payload) is Purpose.REJECTION else Revocation.from_bytes(payload)
        )
        return cls(warrant_id=said.warrant_id, warrant_sha256=said.warrant_sha256, not_after=said.not_after, said=said)


def _purpose(payload: bytes) -> Purpose:
    value = decode(payload)
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind not in _PURPOSES:
        raise Malformed("This record stops no warrant: it is neither a revocation nor a rejection.")
    return _PURPOSES[kind]


def read_stop(signed: Signed, trusted: TrustedKeys, now: datetime) -> StopRecord:
    """A8: return a revocation or rejection that the issuer it names signed, and who is on the list now.

    Whether the warrant it names was that issuer's is asked where the warrant is at hand: the word of another issuer
    stops nothing.

    Raises:
        Malformed: it is neither.
        SignatureRefused: it is not signed by an issuer of the list under its own name, or dated in the future.
    """
    verified(signed, _purpose(signed.payload), trusted.issuer_keys(now))
    record = StopRecord.of(signed.payload)
    issuer = trusted.find_issuer(signed.key, now)
    if issuer is None or (issuer.name, issuer.demo) != (record.said.issuer, record.said.demo):
        raise SignatureRefused("This record names another issuer than the key that signed it.")
    if record.said.issued_at > now + CLOCK_TOLERANCE:
        raise SignatureRefused("This record is dated in the future.")
    return record
