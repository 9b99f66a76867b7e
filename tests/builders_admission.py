"""What admits a model profile, for tests: say what matters, the rest is filled in. Taken from `builders_contracts`."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from contracts.admission import Envelope, GateVerdict, ProfileAdmission
from contracts.model_profile import ComparisonRule, ProfileClass, ScoreKind
from contracts.vocabulary import CameraClass

PROFILE_SHA256: Final = hashlib.sha256(b"profile").hexdigest()


def a_hash(of: str) -> str:
    """Return the SHA-256 of a text, where a test needs some hash."""
    return hashlib.sha256(of.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class AProfile:
    """As much of a model profile as an admission asks for."""

    profile_sha256: str = PROFILE_SHA256
    profile_class: ProfileClass = ProfileClass.OPERATIONAL
    comparison: ComparisonRule = field(
        default_factory=lambda: ComparisonRule(
            score=ScoreKind.EUCLIDEAN_DISTANCE, threshold=0.45, margin=0.02, quiet_time=timedelta(seconds=60)
        )
    )


PROFILE: Final = AProfile()
"""What is in use in tests that load no model. Its admission lies beside every site's keys."""


def an_envelope(**changes: Any) -> Envelope:
    """Return the envelope of a test that enrolled ninety persons."""
    envelope = Envelope(
        tested_list=90,
        score=ScoreKind.EUCLIDEAN_DISTANCE,
        threshold=0.45,
        camera_classes=(CameraClass.ENTRANCE, CameraClass.PASSAGE),
        age_bands=("18-39", "40-64"),
        groups=("man, 18 to 39", "woman, 18 to 39"),
        passages_a_day=100_000,
        camera_hours_a_day=240,
        people_searched=10_000,
        false_alarms=2,
    )
    return replace(envelope, **changes)


def an_admission(**changes: Any) -> ProfileAdmission:
    """Return an admission of `PROFILE` that is in its time from a month before `NOON` to eleven months after."""
    admission = ProfileAdmission(
        admission_id="admission-1",
        profile_sha256=PROFILE_SHA256,
        profile_class=ProfileClass.OPERATIONAL,
        verdict=GateVerdict.PASSED,
        envelope=an_envelope(),
        score_file_sha256=a_hash("scores"),
        manifest_sha256s=(a_hash("manifest"),),
        report_sha256=a_hash("evaluation report"),
        measured_on=date(2026, 2, 1),
        admitted_at=datetime(2026, 2, 2, tzinfo=UTC),
        expires_at=datetime(2027, 2, 1, tzinfo=UTC),
    )
    return replace(admission, **changes)
