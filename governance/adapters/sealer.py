"""Sealing one object at rest: AES-256-GCM, a fresh nonce, bound to the object's id."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from governance.application.errors import NotFound
from governance.domain.identifiers import ObjectId

_NONCE_BYTES: Final = 12


class AesGcmSealer:
    """Box = nonce of 12 bytes, then ciphertext and tag. Each key seals one object, once."""

    def seal(self, object_id: ObjectId, key: bytes, plaintext: bytes) -> bytes:
        """Return the sealed box."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, plaintext, _bound(object_id))

    def open(self, object_id: ObjectId, key: bytes, box: bytes) -> bytes:
        """Open a box.

        Raises:
            NotFound: another key, another object, or a box that was changed.
        """
        try:
            return AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], _bound(object_id))
        except (InvalidTag, ValueError) as error:
            raise NotFound("This object does not open with its key.") from error


def _bound(object_id: ObjectId) -> bytes:
    return b"insyn/object/1\x00" + object_id.encode("ascii")
