"""Canonical JSON (RFC 8785) for what the log holds: texts, whole numbers, true and false, null, lists and objects.

There are no fractions in a log, so the hard half of the RFC is not needed. Reading refuses every other spelling, so one
value has one sequence of bytes and a hash of it means one thing.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final, Never

from governance.audit.errors import CanonicalRefused

LARGEST: Final = 2**53 - 1
"""The largest whole number that every JSON reader reads as it was written."""


def canonical(value: object) -> bytes:
    """Return the one canonical encoding of a value; tuples are written as lists.

    Raises:
        CanonicalRefused: it holds a fraction, a number beyond 2**53, a lone surrogate, another type, or is too deep.
    """
    try:
        return _ENCODE(_ordered(value)).encode("utf-8")
    except (UnicodeEncodeError, RecursionError) as error:
        raise CanonicalRefused("This holds a text or a depth that canonical JSON cannot carry.") from error


def parse_canonical(data: bytes) -> object:
    """Read canonical JSON; every other spelling of the same value is refused.

    Raises:
        CanonicalRefused: the bytes are not JSON, hold a fraction, or are not spelt canonically.
    """
    try:
        value: object = _DECODE(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CanonicalRefused("This is not JSON of texts, whole numbers, lists and objects.") from error
    if canonical(value) != data:
        raise CanonicalRefused("This is not canonical JSON (RFC 8785).")
    return value


def _ordered(value: object) -> object:
    """Return the value with its objects' keys in the RFC's order (UTF-16 code units), or refuse it."""
    match value:
        case str() | bool() | None:
            return value
        case int():
            if not -LARGEST <= value <= LARGEST:
                raise CanonicalRefused("This holds a number beyond 2**53, which canonical JSON cannot carry.")
            return value
        case Mapping():
            return {_key(key): _ordered(value[key]) for key in sorted(value, key=_utf16)}
        case bytes() | bytearray() | memoryview():
            raise CanonicalRefused("This holds bytes; write them as base64 first.")
        case Sequence():
            return [_ordered(item) for item in value]
        case _:
            raise CanonicalRefused("This holds something that is no text, whole number, list or object.")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise CanonicalRefused("This holds an object's key that is no text.")
    return key


def _utf16(key: object) -> bytes:
    return _key(key).encode("utf-16-be")


def _no_fraction(_text: str) -> Never:
    raise ValueError


_ENCODE: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_DECODE: Final = json.JSONDecoder(parse_float=_no_fraction, parse_constant=_no_fraction).decode
