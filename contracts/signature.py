"""Ed25519 signatures over canonical bytes, each for one purpose only.

What is signed is ``"insyn" 00 purpose 00 payload``, so that a signature made for one kind of record can never
pass as a signature over another (domain separation). Ed25519 is RFC 8032, by the library `cryptography`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contracts.canonical import sha256_hex
from contracts.errors import Malformed, SignatureRefused
from contracts.fields import Fields, format_bytes


class Purpose(StrEnum):
    """What a signature is for. A key pinned for one purpose signs nothing else."""

    ACKNOWLEDGEMENT = "insyn/notification-acknowledgement/1"
    AMENDMENT = "insyn/warrant-amendment/1"
    APPLICATION_RECEIPT = "insyn/application-receipt/1"
    CAMERA = "insyn/camera/1"
    CANDIDATE_REPORT = "insyn/candidate-report/1"
    CONSENT_WITHDRAWAL = "insyn/consent-withdrawal/1"
    COUNTERSIGNATURE = "insyn/countersignature/1"
    DATA_MANIFEST = "insyn/data-manifest/1"
    DAY_KEY = "insyn/day-key/1"
    ENROLMENT = "insyn/enrolment/1"
    EVALUATION_REPORT = "insyn/evaluation-report/1"
    ISSUER_LIST = "insyn/issuer-list/1"
    ISSUER_LIST_WITH_CERTIFICATES = "insyn/issuer-list/2"
    LEASE = "insyn/lease/2"
    LEASE_RECEIPTS = "insyn/lease-receipts/1"
    LEASE_REQUEST = "insyn/lease-request/1"
    LEGAL_ATTESTATION = "insyn/legal-attestation/1"
    LEGAL_PROFILE = "insyn/legal-profile/1"
    LOOK_ALIKES = "insyn/look-alikes/1"
    NOTIFICATION = "insyn/notification/1"
    PROFILE_ADMISSION = "insyn/profile-admission/1"
    REJECTION = "insyn/warrant-rejection/1"
    REVOCATION = "insyn/warrant-revocation/1"
    SCORE_FILE = "insyn/score-statement/1"
    SEARCH_ORDER = "insyn/search-order/1"
    SEARCH_RECEIPT = "insyn/search-receipt/1"
    SEARCH_REQUEST = "insyn/search-request/1"
    SITE_CLOSURE = "insyn/site-closure/1"
    SITE_RELEASE = "insyn/site-release/1"
    SITE_REPORT = "insyn/site-report/1"
    SITE_STOP = "insyn/site-stop/1"
    STOP = "insyn/stop/1"
    STOP_POLL = "insyn/stop-poll/1"
    URGENT_CLEARANCE = "insyn/urgent-clearance/1"
    URGENT_TAG_REQUEST = "insyn/urgent-tag-request/1"
    VOLUNTEER_CONSENT = "insyn/volunteer-consent/1"
    VOLUNTEER_ENROLMENT = "insyn/volunteer-enrolment/1"
    VOLUNTEER_LEASE = "insyn/volunteer-lease/1"
    VOLUNTEER_RUN = "insyn/volunteer-run/1"
    VOLUNTEER_SIGHTINGS = "insyn/volunteer-sightings/1"
    VOLUNTEER_STOP = "insyn/volunteer-stop/1"
    WARRANT = "insyn/warrant/2"


def key_id(public_key: bytes) -> str:
    """Return the short name of a 32-byte Ed25519 public key: the first 16 hexadecimal digits of its SHA-256."""
    return sha256_hex(public_key)[:16]


def signed_message(purpose: Purpose, payload: bytes) -> bytes:
    """Return the bytes that Ed25519 signs: a token that holds the key signs them too."""
    return b"insyn\x00" + purpose.value.encode("ascii") + b"\x00" + payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A payload with one signature, not yet verified. Only `verified` gives the payload away."""

    payload: bytes = field(repr=False)
    key: str
    signature: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the payload: how other records refer to this one."""
        return sha256_hex(self.payload)

    def to_json(self) -> dict[str, object]:
        """Return the envelope as a JSON object."""
        return {
            "key": self.key,
            "payload": format_bytes(self.payload),
            "signature": format_bytes(self.signature),
        }

    @classmethod
    def from_json(cls, value: object) -> "Signed":
        """Read an envelope. Nothing is verified yet.

        Raises:
            Malformed: it is not an envelope.
        """
        fields = Fields(value, "signed record")
        signed = cls(
            key=fields.identifier("key"),
            payload=fields.binary("payload"),
            signature=fields.binary("signature", length=64),
        )
        fields.end()
        return signed


def signed_or_none(value: object) -> Signed | None:
    """Read an envelope that need not be there.

    Raises:
        Malformed: it is there, and is not an envelope.
    """
    return None if value is None else Signed.from_json(value)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """An Ed25519 private key. It prints as its public name."""

    private: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> "SigningKey":
        """Make a new key from the operating system's random source."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """Load a key from its 32-byte seed.

        Raises:
            Malformed: the seed has another length.
        """
        if len(seed) != 32:
            raise Malformed("A signing key is a seed of 32 bytes.")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes, to be stored where only the owner reads."""
        return self.private.private_bytes_raw()

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self.private.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """The short name of the public key."""
        return key_id(self.public)

    def __repr__(self) -> str:
        return f"SigningKey({self.id})"

    def sign(self, purpose: Purpose, payload: bytes) -> Signed:
        """Sign canonical bytes for one purpose."""
        return Signed(payload=payload, key=self.id, signature=self.private.sign(signed_message(purpose, payload)))


def verified(signed: Signed, purpose: Purpose, keys: Mapping[str, bytes]) -> bytes:
    """Return the payload if it was signed for this purpose with one of these pinned public keys.

    Raises:
        SignatureRefused: the key is not pinned, or the signature is wrong. No keys means no.
    """
    public_key = keys.get(signed.key)
    if public_key is None:
        raise SignatureRefused(f"Key {signed.key} is not pinned here for {purpose.value}.")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signed.signature, signed_message(purpose, signed.payload))
    except (InvalidSignature, ValueError) as error:
        raise SignatureRefused(f"The signature of key {signed.key} for {purpose.value} is wrong.") from error
    return signed.payload
