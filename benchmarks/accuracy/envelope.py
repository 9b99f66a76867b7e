"""Inside what a PASS holds, and the draft of the admission that two roles sign (law.md P4).

Only what was shown is in it: the list up to ten ninths of the tested one, the threshold as the least, groups and age
bands that keep the limit, the class of camera that was tested, the traffic that was stated, and an end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from benchmarks.accuracy.errors import UseRefused
from benchmarks.accuracy.gate_items import LONGEST_AGE, expected_groups, keeps_limit, limit_of, name_of
from benchmarks.accuracy.gate_values import Evidence, Outcome, Verdict
from benchmarks.accuracy.score_file import ScoreFile
from benchmarks.accuracy.use_file import AgeBand, Use
from benchmarks.metrics.intervals import upper_limit
from contracts import admission
from contracts.admission import GateVerdict, ProfileAdmission
from contracts.model_profile import ProfileClass, ScoreKind
from contracts.vocabulary import CameraClass

AGE: Final = "age"
"""The kind of label by which the tested people's ages are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What was shown.

    `threshold` is the one that was stated, in the profile's own unit; `expires_on` is the last day.
    """

    tested_list: int
    largest_list: int
    score: str
    threshold: float
    camera_classes: tuple[str, ...]
    groups: tuple[str, ...]
    age_bands: tuple[str, ...]
    passages_a_day: int
    camera_hours_a_day: int
    people_searched: int
    false_alarms: int
    limit: float
    measured_on: date
    expires_on: date


def envelope_of(scores: ScoreFile, evidence: Evidence, use: Use, outcome: Outcome) -> Envelope | None:
    """The envelope of a PASS; None for every other verdict, which admits nothing.

    Use is compared afterwards with what one list alarmed, and not with what any of ten did.
    """
    limit = limit_of(use)
    if outcome.verdict is not Verdict.PASSED or use.traffic is None or limit is None:
        return None
    worst = max(evidence.on_one_list, key=lambda one: upper_limit(one.numerator, one.denominator))
    shown = [one for one in expected_groups(use) if keeps_limit(evidence.false_alarms, one, limit)]
    return Envelope(
        tested_list=evidence.enrolled,
        largest_list=evidence.enrolled * 10 // 9,
        score=str(scores.profile_fields()["comparison"]["score"]),
        threshold=use.threshold,
        camera_classes=(evidence.camera_class,),
        groups=tuple(sorted({name_of(one) for one in shown})),
        age_bands=tuple(sorted({one.band for one in use.age_bands if _band_keeps(evidence, one, limit)})),
        passages_a_day=use.traffic.passages_a_day,
        camera_hours_a_day=use.traffic.camera_hours_a_day,
        people_searched=worst.denominator,
        false_alarms=worst.numerator,
        limit=limit,
        measured_on=evidence.measured_on,
        expires_on=evidence.measured_on + LONGEST_AGE,
    )


def _band_keeps(evidence: Evidence, band: AgeBand, limit: float) -> bool:
    """C13: every label that the band stands for was tested with enough people, and keeps the limit."""
    return all(keeps_limit(evidence.false_alarms, ((AGE, label),), limit) for label in band.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What the draft says beside its envelope: who it is for, and the files that it rests on, by hash."""

    admission_id: str
    profile_class: str
    score_file_sha256: str
    manifest_sha256s: Sequence[str]
    report_sha256: str
    admitted_at: datetime


def admission_draft(scores: ScoreFile, envelope: Envelope, drafted: Drafted) -> bytes:
    """The canonical bytes that an evaluator and a model officer sign, each after looking at it.

    Raises:
        UseRefused: the threshold that was stated is not the profile's: the profile has to state it first.
    """
    if scores.likeness(envelope.threshold) != scores.threshold:
        raise UseRefused("The use states another threshold than the profile; have a profile with that one measured.")
    end = datetime.combine(envelope.expires_on + timedelta(days=1), time(), tzinfo=UTC)
    return ProfileAdmission(
        admission_id=drafted.admission_id,
        profile_sha256=scores.profile_sha256,
        profile_class=ProfileClass(drafted.profile_class),
        verdict=GateVerdict.PASSED,
        envelope=to_be_signed(envelope),
        score_file_sha256=drafted.score_file_sha256,
        manifest_sha256s=tuple(sorted(drafted.manifest_sha256s)),
        report_sha256=drafted.report_sha256,
        measured_on=envelope.measured_on,
        admitted_at=drafted.admitted_at,
        expires_at=end,
    ).to_bytes()


def to_be_signed(envelope: Envelope) -> admission.Envelope:
    """The envelope as an admission states it: every one of its fields, by its name, from what was shown.

    Raises:
        UseRefused: a camera's class is none that a camera's record can state.
    """
    shown = {one.name: getattr(envelope, one.name) for one in fields(admission.Envelope)}
    read = {
        "camera_classes": tuple(map(_camera_class, envelope.camera_classes)),
        "score": ScoreKind(envelope.score),
    }
    return admission.Envelope(**{**shown, **read})


def _camera_class(name: str) -> CameraClass:
    if name not in tuple(CameraClass):
        raise UseRefused(f"What was measured is of no class of camera that a record can state: {name}.")
    return CameraClass(name)
