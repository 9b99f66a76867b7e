"""Base64 (RFC 4648, section 4) with one spelling for one value: no stray bits, no missing padding."""

import base64
import binascii


def encode64(data: bytes) -> str:
    """Return the one spelling of these bytes."""
    return base64.b64encode(data).decode("ascii")


def decode64(text: str) -> bytes | None:
    """Return the bytes of this spelling, or nothing where the text is not the one spelling of any."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if encode64(data) == text else None
