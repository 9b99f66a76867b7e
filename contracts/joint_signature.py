"""What two organisations sign together: one alone changes nothing that others must believe."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import Malformed, SignatureRefused
from contracts.fields import Fields, format_bytes
from contracts.model_profile import ProfileClass
from contracts.signature import Purpose, Signed, verified
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole

SIGNERS_NEEDED: Final = 2
"""Of the organisations pinned here, of which there are three as a rule (law.md P1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointlySigned:
    """A payload with the signatures of several organisations, believed by nobody yet."""

    payload: bytes
    signatures: tuple[Signed, ...]

    @property
    def sha256(self) -> str:
        """The SHA-256 of the payload: the same, whichever two have signed it."""
        return sha256_hex(self.payload)

    @classmethod
    def of(cls, *signed: Signed) -> "JointlySigned":
        """Put signatures over the same payload together, one of each key.

        Raises:
            Malformed: there are none, or they are over different payloads.
        """
        if len({one.payload for one in signed}) != 1:
            raise Malformed("These signatures are not over one and the same record.")
        by_key = {one.key: one for one in signed}
        return cls(payload=signed[0].payload, signatures=tuple(by_key[key] for key in sorted(by_key)))

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the file."""
        return encode(
            {
                "kind": "insyn/jointly-signed/1",
                "payload": format_bytes(self.payload),
                "signatures": [{"key": one.key, "signature": format_bytes(one.signature)} for one in self.signatures],
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "JointlySigned":
        """Read such a file. Nothing is verified yet.

        Raises:
            Malformed: it is none.
        """
        fields = Fields(decode(data), "jointly signed record")
        fields.kind("insyn/jointly-signed/1")
        payload = fields.binary("payload")
        pairs = fields.items("signatures", _signature)
        fields.end()
        return cls(
            payload=payload,
            signatures=tuple(Signed(payload=payload, key=key, signature=signature) for key, signature in pairs),
        )


def _signature(value: object) -> tuple[str, bytes]:
    fields = Fields(value, "signature")
    pair = fields.identifier("key"), fields.binary("signature", length=64)
    fields.end()
    return pair


def signed_by_two(joint: JointlySigned, purpose: Purpose, trusted: TrustedKeys) -> tuple[bytes, ProfileClass]:
    """P1: return the payload if two different organisations pinned here signed it, and what their keys are for.

    Two keys of one organisation are one organisation. One wrong signature refuses the whole.

    Raises:
        SignatureRefused: fewer than two did, a signature is wrong, or their keys are for different uses (P4).
    """
    keys = trusted.of(TrustedRole.ORGANISATION)
    known = [one for one in joint.signatures if one.key in keys]
    for one in known:
        verified(one, purpose, keys)
    signers = [key for one in known if (key := trusted.find(TrustedRole.ORGANISATION, one.key)) is not None]
    if len({key.name for key in signers}) < SIGNERS_NEEDED:
        raise SignatureRefused("This needs the signatures of two different organisations that are pinned here.")
    return joint.payload, _one_kind(signers)


def _one_kind(signers: Sequence[PinnedKey]) -> ProfileClass:
    kinds = {key.use for key in signers}
    if len(kinds) != 1:
        raise SignatureRefused("Organisations sign together with keys for DEMO use, for trials or for real use alone.")
    return kinds.pop()
