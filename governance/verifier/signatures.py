"""Signature checks by the library `cryptography`, as the functions that `governance.audit` takes."""

from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from governance.audit.cosignature import Verifiers


def ed25519_verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether an Ed25519 signature is good (RFC 8032). For any other bytes the answer is no."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def ml_dsa_44_verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether an ML-DSA-44 signature is good (FIPS 204, empty context). Where the library lacks it: no."""
    try:
        MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


VERIFIERS: Final = Verifiers(ed25519=ed25519_verifies, ml_dsa_44=ml_dsa_44_verifies)
"""Both kinds of signature that a log or a witness may bear."""
