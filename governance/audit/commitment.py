"""Commitments to sealed payloads: the keyed hash that stands in the entry, and what it is bound to.

Both keys come from one data encryption key (DEK) of the vault. Once that is destroyed, the box cannot be decrypted and
the commitment cannot be compared with a guess; every proof of the log stays as it is (law.md P3, F3).
"""

import hmac
import struct
from typing import Final

from governance.audit.errors import BoxRefused
from governance.audit.leaf import KeyRef

KEY_BYTES: Final = 32
"""A DEK has exactly these many bytes: HMAC fills shorter keys up, so two keys could otherwise be one."""

_COMMIT: Final = b"insyn/audit/v1/commit"
_SEAL: Final = b"insyn/audit/v1/enc"
_LONGEST_CONTEXT: Final = 2**16 - 1


def commit_key(dek: bytes) -> bytes:
    """Return the key of the commitment (K_c). It opens no box.

    Raises:
        BoxRefused: the DEK has not 32 bytes.
    """
    return _derived(dek, _COMMIT)


def seal_key(dek: bytes) -> bytes:
    """Return the key of the box (K_e).

    Raises:
        BoxRefused: the DEK has not 32 bytes.
    """
    return _derived(dek, _SEAL)


def entry_context(event: str, group: str, src: str, sn: int) -> bytes:
    """Return what a group of an entry is bound to: event, group, producer, number. So it fits into no other entry."""
    return b"\x00".join([event.encode(), group.encode(), src.encode(), struct.pack(">Q", sn)])


def object_context(key: KeyRef) -> bytes:
    """Return what a sealed object is bound to: the name of its key."""
    return b"\x00".join([b"object", key.data_class.encode(), struct.pack(">I", key.day), key.digits.encode()])


def commitment(commit_key: bytes, context: bytes, payload: bytes) -> bytes:
    """Return the 32 bytes that stand in the entry (`c`).

    Raises:
        BoxRefused: the key has not 32 bytes, or the context more than 65,535.
    """
    if len(commit_key) != KEY_BYTES or len(context) > _LONGEST_CONTEXT:
        raise BoxRefused("A commitment takes a key of 32 bytes and a context of at most 65535.")
    return hmac.digest(commit_key, struct.pack(">H", len(context)) + context + payload, "sha256")


def _derived(dek: bytes, purpose: bytes) -> bytes:
    if len(dek) != KEY_BYTES:
        raise BoxRefused("A key of the vault has exactly 32 bytes.")
    return hmac.digest(dek, purpose, "sha256")
