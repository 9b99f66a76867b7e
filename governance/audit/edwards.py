"""Which 32 bytes are fit to be an Ed25519 public key: one spelling, a point of the curve, and not of small order.

A key of small order accepts one signature for many messages, and two spellings of a point are two names of one signer.
Libraries differ in what they refuse, so we ask before. Field and curve are those of RFC 8032, section 5.1.
"""

from functools import lru_cache
from typing import Final

_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P


@lru_cache(maxsize=1024)
def is_fit_public_key(encoded: bytes) -> bool:
    """Say whether these bytes are the canonical encoding of a point whose order is not 1, 2, 4 or 8."""
    if len(encoded) != 32:
        return False
    y = int.from_bytes(encoded, "little") & (2**255 - 1)  # the highest bit is the sign of x
    if y >= _P or not _is_square(_x_squared(y)):
        return False
    for _ in range(3):
        y = _doubled(y)
    return y != 1


def _x_squared(y: int) -> int:
    """Solve the curve's equation -x² + y² = 1 + d·x²·y² for x²."""
    return (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P


def _is_square(value: int) -> bool:
    """Ask Euler's criterion whether the value has a square root."""
    return pow(value, (_P - 1) // 2, _P) in {0, 1}


def _doubled(y: int) -> int:
    """Return the y of twice the point; the sign of x does not matter for it. Only the neutral point has y = 1."""
    x_squared = _x_squared(y)
    return (y * y + x_squared) * pow(2 - y * y + x_squared, -1, _P) % _P
