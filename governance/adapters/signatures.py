"""The signatures that `governance.audit` takes as functions: Ed25519 (RFC 8032) and ML-DSA-44 (FIPS 204)."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey


def ed25519_verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether the Ed25519 signature over the message is good; for bytes of another shape the answer is no."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def ml_dsa_44_verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether the ML-DSA-44 signature (empty context) over the message is good; if the library cannot tell, no."""
    try:
        MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
