"""Everything that is plugged in, as the use cases see it. `governance.bootstrap` makes it; nothing else does."""

from collections.abc import Collection
from dataclasses import dataclass

from contracts.signature import SigningKey
from contracts.trust import TrustedKeys
from governance.application.ports import (
    Clock,
    Database,
    EnrolmentMatcher,
    ObjectKeys,
    PasswordHasher,
    Randomness,
    Sealer,
    Viewer,
)
from governance.domain.legal_profile import LegalProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """The ports and the few values that every use case may ask for."""

    clock: Clock
    database: Database
    object_keys: ObjectKeys
    sealer: Sealer
    hasher: PasswordHasher
    randomness: Randomness
    enrolment: EnrolmentMatcher
    viewer: Viewer
    lease_key: SigningKey
    trusted: TrustedKeys
    viewer_reference_key: bytes
    """The viewer's X25519 public key, to which templates and reference crops are sealed."""
    legal: LegalProfile
    profile_sha256: str
    admitted_age_bands: Collection[str]
    demo: bool
