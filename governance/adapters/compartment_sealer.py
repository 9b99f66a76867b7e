"""Committing encryption of payloads: AES-256-GCM with a keyed commitment that stands in the log.

AES-GCM alone does not commit: one box could be made that opens to two stories under two keys. The commitment is part of
what the box authenticates, and whoever opens a box compares the payload with it.
"""

import hashlib
import hmac
import os
import struct
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from governance.application.errors import NotFound
from governance.audit.commitment import commit_key, commitment, seal_key
from governance.audit.errors import BoxRefused

_NONCE_BYTES: Final = 12
_LENGTH_BYTES: Final = 4
_TAG_BYTES: Final = 16
BLOCK: Final = 256
"""A payload with its length is filled up with zeros to a multiple of this: its length says little about it."""
LARGEST_PAYLOAD: Final = 2**31 - 1 - BLOCK
"""As much as one call of the cipher takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed payload: its commitment and its box's hash stand in an entry, the box beside the log."""

    commitment: bytes
    box: bytes = field(repr=False)
    box_sha256: bytes


def seal(dek: bytes, context: bytes, payload: bytes) -> Sealed:
    """Seal a payload with a key that seals nothing else, bound to its context.

    Raises:
        BoxRefused: the key has not 32 bytes, or context or payload are too long.
    """
    if len(payload) > LARGEST_PAYLOAD:
        raise BoxRefused("This is too large to be sealed in one box.")
    committed = commitment(commit_key(dek), context, payload)
    nonce = os.urandom(_NONCE_BYTES)
    box = nonce + AESGCM(seal_key(dek)).encrypt(nonce, padded(payload), context + committed)
    return Sealed(commitment=committed, box=box, box_sha256=hashlib.sha256(box).digest())


def open_box(dek: bytes, context: bytes, commitment: bytes, box: bytes) -> bytes:
    """Return the payload that was committed to.

    Raises:
        BoxRefused: another key, context, commitment or box; a filling that is not as it must be; another payload.
    """
    nonce, sealed = box[:_NONCE_BYTES], box[_NONCE_BYTES:]
    if len(sealed) < BLOCK + _TAG_BYTES or len(commitment) != hashlib.sha256().digest_size:
        raise BoxRefused("This is not a sealed box with its commitment.")
    try:
        plain = AESGCM(seal_key(dek)).decrypt(nonce, sealed, context + commitment)
    except (InvalidTag, ValueError) as error:
        raise BoxRefused("This box does not open with this key, context and commitment.") from error
    payload = _unpadded(plain)
    if not hmac.compare_digest(_commitment_to(dek, context, payload), commitment):
        raise BoxRefused("This box holds another payload than its entry committed to.")
    return payload


def padded(payload: bytes) -> bytes:
    """Return length (four bytes), payload and zeros, a multiple of 256 bytes together."""
    plain = struct.pack(">I", len(payload)) + payload
    return plain + bytes(-len(plain) % BLOCK)


class CommittingSealer:
    """Seals and opens for the use cases; what does not open was never there."""

    def seal(self, key: bytes, context: bytes, payload: bytes) -> Sealed:
        """Return commitment, box and the box's hash.

        Raises:
            BoxRefused: see `seal` above.
        """
        return seal(key, context, payload)

    def open(self, key: bytes, context: bytes, commitment: bytes, box: bytes) -> bytes:
        """Open a box.

        Raises:
            NotFound: it does not open with this key, or to another payload than the one committed to.
        """
        try:
            return open_box(key, context, commitment, box)
        except BoxRefused as error:
            raise NotFound("This object does not open with its key.") from error


def _unpadded(plain: bytes) -> bytes:
    (length,) = struct.unpack_from(">I", plain)
    payload = plain[_LENGTH_BYTES : _LENGTH_BYTES + length]
    if padded(payload) != plain:
        raise BoxRefused("This box is not filled up as it must be.")
    return payload


def _commitment_to(dek: bytes, context: bytes, payload: bytes) -> bytes:
    return commitment(commit_key(dek), context, payload)
