"""What an act says of its cameras, held against the register of today: the record (A4) and the assessment (A5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import CameraId, WarrantId
from governance.domain.site_evidence import CameraDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCamera:
    """One camera of a warrant in use, as its act names it. `written_at` is when the act's bytes were fixed.

    Kept beside the sealed act, so that it can be asked before anything of the warrant is opened.
    """

    warrant_id: WarrantId
    camera_id: CameraId
    record_sha256: str
    assessment_sha256: str
    written_at: datetime
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRecord:
    """A camera's signed record that a newer one took the place of, as it came from the region."""

    record_sha256: str
    camera_id: CameraId
    payload: bytes
    key: str
    signature: bytes
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledAssessment:
    """An impact assessment that was handed in for a camera: when for the first time, whatever came in its place."""

    camera_id: CameraId
    sha256: str
    created_at: datetime
    expires_at: datetime


def is_as_named(named: NamedCamera | None, *, narrowed: bool) -> Decision:
    """A4: the camera's record is the one that the act names, or one that only narrows it (`narrowed`)."""
    if named is None:
        return deny("A4", "The act names this camera by its id alone, or not at all; a new warrant names its record.")
    if not narrowed:
        return deny(
            "A4",
            "The camera was changed by more than further masks and fewer hours since the act was written;"
            " only a new warrant allows it as it is now.",
        )
    return allow("A4")


def is_under_its_assessment(
    named: NamedCamera | None, current: CameraDocument | None, filed: Iterable[FiledAssessment]
) -> Decision:
    """A5: no newer impact assessment took the place of the one that stood when the act was written.

    An assessment that was handed in again is no newer one; neither is the one that the act itself names.
    """
    if named is None or current is None or current.sha256 == named.assessment_sha256:
        return allow("A5")
    first = {one.sha256: one.created_at for one in filed}
    replaced = named.assessment_sha256 in first
    if replaced or first.get(current.sha256, current.created_at) > named.written_at:
        return deny(
            "A5",
            "A newer impact assessment was handed in for this camera than the one under which the act was written;"
            " only a new warrant that rests on it allows the camera again.",
        )
    return allow("A5")


def replaced_of(current: CameraDocument | None, filed: Iterable[FiledAssessment]) -> frozenset[str]:
    """Return the assessments of a camera that another one took the place of."""
    stands = None if current is None else current.sha256
    return frozenset(one.sha256 for one in filed if one.sha256 != stands)
