"""Everything that is plugged in, as the use cases see it. `governance.bootstrap` makes it; nothing else does."""

from collections.abc import Collection
from dataclasses import dataclass

from contracts.admission import Profile
from contracts.model_profile import ProfileClass
from contracts.pdf_act import ReadsPdf, reads_no_pdf
from contracts.signature import SigningKey
from contracts.trust import TrustedKeys
from governance.application.courier import Courier
from governance.application.journal import Journal
from governance.application.picture_ports import EnrolmentMatcher, Viewer
from governance.application.ports import (
    Clock,
    CompartmentSealer,
    Database,
    HotSpots,
    KeyVault,
    Log,
    PasswordHasher,
    Randomness,
    Witnesses,
)
from governance.domain.false_alerts import MeasuredRate
from governance.domain.legal_profile import LegalProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """The ports and the few values that every use case may ask for."""

    clock: Clock
    database: Database
    log: Log
    log_origin: str
    log_key: bytes
    """The log's name and the 32 bytes of its pinned Ed25519 key."""
    journal: Journal
    witnesses: Witnesses
    vault: KeyVault
    sealer: CompartmentSealer
    hasher: PasswordHasher
    randomness: Randomness
    enrolment: EnrolmentMatcher
    viewer: Viewer
    hot_spots: HotSpots
    courier: Courier
    lease_key: SigningKey
    case_key: bytes
    """Under it former case leaders are remembered (0.4)."""
    trusted: TrustedKeys
    viewer_reference_key: bytes
    """The viewer's X25519 public key, to which templates and reference crops are sealed."""
    legal: LegalProfile
    profile_sha256: str
    admitted_age_bands: Collection[str]
    """Of a DEMO profile alone; what passed for any other stands in its admission (`application.admissions`)."""
    demo: bool
    environment: ProfileClass = ProfileClass.OPERATIONAL
    """What the keys of this installation are for: they refuse a model profile of a lower class (P4)."""
    model: Profile | None = None
    """The model profile in use, as far as rules ask: class, score and threshold. Without it nothing is lent."""
    reads_pdf: ReadsPdf = reads_no_pdf
    """Who reads warrants that courts sign as PDF: a process of its own. Without one they are refused."""
    measured_rate: MeasuredRate | None = None
    """The false match rate of the model profile in use, where an evaluation measured it (D1)."""
    profile: bytes | None = None
    """The model profile as canonical JSON, where the installation names it: for proof bundles."""

    @property
    def asks_for_no_evaluation(self) -> bool:
        """P4: whether the keys here are for DEMO use. A trial has no more legal force, and is yet held to its test."""
        return self.environment is ProfileClass.DEMO
