"""The signatures that `governance.audit` takes as functions: Ed25519 and ML-DSA-44, the auditor's tool's own."""

from governance.verifier.signatures import VERIFIERS, ed25519_verifies, ml_dsa_44_verifies

__all__ = ["VERIFIERS", "ed25519_verifies", "ml_dsa_44_verifies"]
