"""A candidate report: the only thing about a face that leaves a site, signed by the site, its crops sealed.

A candidate is a reference similar enough to be looked at by two people (ISO/IEC 2382-37, 37.03.04): a lead, no more.
"""

from dataclasses import dataclass
from datetime import datetime

from contracts.canonical import decode, encode
from contracts.errors import Malformed
from contracts.fields import Fields, format_instant
from contracts.vocabulary import CameraId, DeploymentId, ReferenceId, SiteId, WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateReport:
    """One candidate, or one more inside the quiet time of an earlier alert (`joins` names that report; no crops then).

    `score` and `threshold` are in the profile's own unit and direction. `crops_sha256` is the hash of the sealed
    box that travels beside the report; the box is missing where the report joins an alert (law.md A13).
    `enrolment_sha256` names the very enrolment that was compared with, as the site verified it under the warrant: so
    nobody between site and viewer can lay another picture beside the crops.
    """

    report_id: str
    site_id: SiteId
    camera_id: CameraId
    deployment_id: DeploymentId
    warrant_id: WarrantId
    lease_id: str
    reference_id: ReferenceId
    enrolment_sha256: str
    profile_sha256: str
    score: float
    threshold: float
    captured_at: datetime
    stream_time: float
    crops_sha256: str | None
    day_key_sha256: str
    joins: str | None

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the site signs."""
        return encode(
            {
                "camera_id": self.camera_id,
                "captured_at": format_instant(self.captured_at),
                "crops_sha256": self.crops_sha256,
                "day_key_sha256": self.day_key_sha256,
                "deployment_id": self.deployment_id,
                "enrolment_sha256": self.enrolment_sha256,
                "joins": self.joins,
                "kind": "insyn/candidate-report/1",
                "lease_id": self.lease_id,
                "profile_sha256": self.profile_sha256,
                "reference_id": self.reference_id,
                "report_id": self.report_id,
                "score": self.score,
                "site_id": self.site_id,
                "stream_time": self.stream_time,
                "threshold": self.threshold,
                "warrant_id": self.warrant_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "CandidateReport":
        """Read a candidate report.

        Raises:
            Malformed: it is not one, or has neither crops nor an alert to join.
        """
        fields = Fields(decode(data), "candidate report")
        fields.kind("insyn/candidate-report/1")
        report = cls(
            report_id=fields.identifier("report_id"),
            site_id=SiteId(fields.identifier("site_id")),
            camera_id=CameraId(fields.identifier("camera_id")),
            deployment_id=DeploymentId(fields.identifier("deployment_id")),
            warrant_id=WarrantId(fields.identifier("warrant_id")),
            lease_id=fields.identifier("lease_id"),
            reference_id=ReferenceId(fields.identifier("reference_id")),
            enrolment_sha256=fields.sha256("enrolment_sha256"),
            profile_sha256=fields.sha256("profile_sha256"),
            score=fields.number("score", minimum=-1e6, maximum=1e6),
            threshold=fields.number("threshold", minimum=-1e6, maximum=1e6),
            captured_at=fields.instant("captured_at"),
            stream_time=fields.number("stream_time", minimum=0, maximum=1e12),
            crops_sha256=fields.record("crops_sha256", _optional_sha256),
            day_key_sha256=fields.sha256("day_key_sha256"),
            joins=fields.record("joins", _optional_identifier),
        )
        fields.end()
        if (report.crops_sha256 is None) == (report.joins is None):
            raise Malformed("A candidate report either brings crops or joins an earlier alert.")
        return report


def crops_context(report_id: str, deployment_id: DeploymentId, reference_id: ReferenceId) -> dict[str, str]:
    """Return the HPKE context of a report's crops: the box opens for this report only."""
    return {
        "deployment_id": deployment_id,
        "reference_id": reference_id,
        "report_id": report_id,
        "what": "insyn/candidate-crops/1",
    }


def _optional_sha256(value: object) -> str | None:
    return None if value is None else Fields({"value": value}, "candidate report").sha256("value")


def _optional_identifier(value: object) -> str | None:
    return None if value is None else Fields({"value": value}, "candidate report").identifier("value")
