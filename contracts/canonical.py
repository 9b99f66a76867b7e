"""Canonical JSON (RFC 8785): the bytes that are hashed and signed, and the only bytes accepted back."""

import hashlib
import json
from typing import Any, Final

import rfc8785

from contracts.errors import Malformed

MAX_BYTES: Final = 4 * 1024 * 1024
"""A record larger than this is refused before it is parsed."""


def encode(value: object) -> bytes:
    """Return the one canonical encoding of a JSON value.

    Raises:
        Malformed: the value has no canonical form (NaN, an integer beyond 2**53, a key that is no string), or is nested
            too deeply.
    """
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]  # it refuses at run time what its types refuse
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise Malformed("This record holds a value that canonical JSON cannot carry.") from error


def decode(data: bytes) -> Any:
    """Parse canonical JSON, refusing every other spelling of the same value.

    One value has one spelling, so a duplicate key, a space or another number format cannot hide a second reading.

    Raises:
        Malformed: the bytes are not JSON, are not canonical, or exceed `MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        raise Malformed(f"This record is larger than {MAX_BYTES} bytes.")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed("This record is not JSON.") from error
    if encode(value) != data:
        raise Malformed("This record is not canonical JSON (RFC 8785).")
    return value


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of the bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
