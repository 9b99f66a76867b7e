"""Opening a disclosed compartment: box, payload and commitment held against what the entry says.

Written apart from the code that seals, so that one mistake cannot hide on both sides.
"""

import hashlib
import hmac
import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from governance.audit.commitment import commit_key, commitment, seal_key
from governance.audit.errors import DisclosureRefused
from governance.audit.leaf import Compartment

_NONCE: Final = 12
_BLOCK: Final = 256
_TAG: Final = 16


def opened_payload(compartment: Compartment, context: bytes, *, dek: bytes, box: bytes) -> bytes:
    """Return the payload of a compartment, proven to be the one that its entry committed to.

    Raises:
        DisclosureRefused: the box is another, the key does not open it, or it holds another payload.
    """
    if hashlib.sha256(box).digest() != compartment.box_sha256:
        raise DisclosureRefused("The box is not the one whose hash the entry holds.")
    if len(box) < _NONCE + _TAG + _BLOCK or (len(box) - _NONCE - _TAG) % _BLOCK:
        raise DisclosureRefused("The box has not the length of one.")
    try:
        plain = AESGCM(seal_key(dek)).decrypt(box[:_NONCE], box[_NONCE:], context + compartment.commitment)
    except InvalidTag as error:
        raise DisclosureRefused("The key does not open the box.") from error
    (length,) = struct.unpack(">I", plain[:4])
    payload, filling = plain[4 : 4 + length], plain[4 + length :]
    if len(payload) != length or any(filling) or len(filling) >= _BLOCK:
        raise DisclosureRefused("The box is not filled up as it must be.")
    if not hmac.compare_digest(commitment(commit_key(dek), context, payload), compartment.commitment):
        raise DisclosureRefused("The box holds another payload than the entry committed to.")
    return payload
