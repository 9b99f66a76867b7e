"""Sealing to one recipient: HPKE (RFC 9180), base mode, X25519, HKDF-SHA256, AES-256-GCM, by `cryptography`.

The context is bound as HPKE's ``info``: a box opens only in the context it was sealed in.
"""

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from contracts.canonical import encode
from contracts.errors import Malformed, SealRefused
from contracts.signature import key_id

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True, repr=False)
class OpeningKey:
    """The X25519 private key of one recipient. It prints as its public name."""

    private: X25519PrivateKey

    @classmethod
    def generate(cls) -> "OpeningKey":
        """Make a new key from the operating system's random source."""
        return cls(X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, secret: bytes) -> "OpeningKey":
        """Load a key from its 32 secret bytes.

        Raises:
            Malformed: there are not 32.
        """
        if len(secret) != 32:
            raise Malformed("An opening key has 32 bytes.")
        return cls(X25519PrivateKey.from_private_bytes(secret))

    @property
    def secret(self) -> bytes:
        """The 32 secret bytes, to be stored where only the owner reads."""
        return self.private.private_bytes_raw()

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key: what others seal to."""
        return self.private.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """The short name of the public key."""
        return key_id(self.public)

    def __repr__(self) -> str:
        return f"OpeningKey({self.id})"


def seal(plaintext: bytes, recipient: bytes, context: dict[str, str]) -> bytes:
    """Seal bytes to the recipient's 32-byte public key, bound to the context.

    Raises:
        Malformed: the public key is not one.
    """
    info = encode(context)
    try:
        return _SUITE.encrypt(plaintext, X25519PublicKey.from_public_bytes(recipient), info)
    except ValueError as error:
        raise Malformed("A recipient's public key is 32 bytes and a point of large order.") from error


def unseal(box: bytes, key: OpeningKey, context: dict[str, str]) -> bytes:
    """Open a box sealed to this key in exactly this context.

    Raises:
        SealRefused: another key, another context, or a box that was changed.
    """
    try:
        return _SUITE.decrypt(box, key.private, encode(context))
    except (InvalidTag, ValueError) as error:
        raise SealRefused(f"This box does not open with key {key.id} in this context.") from error
