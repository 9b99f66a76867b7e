"""What the matcher remembers of candidates, and how a candidate becomes a signed report with sealed crops.

It remembers, in memory and within the lease: camera, reference, stream session and stream time, and the report that
opened the alert. Nothing of a face, no score.
"""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import timedelta

from contracts.candidate_report import CandidateReport, crops_context
from contracts.canonical import sha256_hex
from contracts.probe import Probe
from contracts.sealing import seal
from contracts.signature import Purpose, Signed, SigningKey
from contracts.vocabulary import CameraId, SlotId, WarrantId
from matcher.gate import Candidate
from matcher.wiping import unsafe_wipe_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedCandidate:
    """A signed report and, unless it joins an alert, the sealed crops that travel beside it."""

    report_id: str
    report: Signed
    crops: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    session: str
    stream_time: float
    report_id: str


@dataclass(slots=True)
class AlertMemory:
    """The alerts that a further candidate may join.

    The person's slot stands for all of its references, so that two references of one person do not make two alerts.
    At most one entry a person and camera is held, and a new stream session replaces it.
    """

    quiet_time: timedelta
    _seen: dict[tuple[CameraId, WarrantId, SlotId], _Seen] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def alert_for(self, probe: Probe, candidate: Candidate, report_id: str) -> str | None:
        """Return the report whose alert this candidate joins; None opens a new alert under `report_id`.

        The quiet time runs from the last candidate, by stream time: somebody who stays in the picture is one alert.
        """
        key = (probe.camera_id, candidate.permit.warrant_id, candidate.entry.slot_id)
        with self._lock:
            seen = self._seen.get(key)
            joins = seen.report_id if seen is not None and self._is_within(seen, probe) else None
            self._seen[key] = _Seen(session=probe.session, stream_time=probe.stream_time, report_id=joins or report_id)
        return joins

    def _is_within(self, seen: _Seen, probe: Probe) -> bool:
        # Tracks end out of order, so a probe may be a little older than the last candidate.
        apart = abs(probe.stream_time - seen.stream_time)
        return seen.session == probe.session and apart <= self.quiet_time.total_seconds()

    def forget_report(self, report_id: str) -> None:
        """Forget an alert that governance never got: the next candidate opens a new one, with crops."""
        with self._lock:
            self._seen = {key: seen for key, seen in self._seen.items() if seen.report_id != report_id}

    def forget_warrant(self, camera_id: CameraId, warrant_id: WarrantId) -> None:
        """Forget everything of an authorisation that ended."""
        with self._lock:
            self._seen = {key: seen for key, seen in self._seen.items() if key[:2] != (camera_id, warrant_id)}


def sealed_candidate(probe: Probe, candidate: Candidate, memory: AlertMemory, site_key: SigningKey) -> SealedCandidate:
    """Return the signed report of a candidate: its fused crops sealed to the day key, or the alert that it joins."""
    report_id = secrets.token_hex(16)
    joins = memory.alert_for(probe, candidate, report_id)
    crops = None if joins else _sealed_crops(probe, candidate, report_id)
    grant = candidate.permit.grant
    report = CandidateReport(
        report_id=report_id,
        site_id=grant.site_id,
        camera_id=probe.camera_id,
        deployment_id=grant.deployment_id,
        warrant_id=candidate.permit.warrant_id,
        lease_id=grant.lease_id,
        reference_id=candidate.entry.reference_id,
        enrolment_sha256=candidate.entry.enrolment_sha256,
        profile_sha256=grant.profile_sha256,
        score=candidate.score,
        threshold=candidate.threshold,
        captured_at=probe.captured_at,
        stream_time=probe.stream_time,
        crops_sha256=None if crops is None else sha256_hex(crops),
        day_key_sha256=grant.day_key_sha256,
        joins=joins,
    )
    signed = site_key.sign(Purpose.CANDIDATE_REPORT, report.to_bytes())
    return SealedCandidate(report_id=report_id, report=signed, crops=crops)


def _sealed_crops(probe: Probe, candidate: Candidate, report_id: str) -> bytes:
    """Seal a probe of the fused crops alone, pixels as they came, so that the centre can compare them anew."""
    fused = Probe(
        camera_id=probe.camera_id,
        session=probe.session,
        track=probe.track,
        captured_at=probe.captured_at,
        stream_time=probe.stream_time,
        crops=candidate.crops,
    )
    plain = fused.to_bytes()
    permit = candidate.permit
    context = crops_context(report_id, permit.grant.deployment_id, candidate.entry.reference_id)
    try:
        return seal(plain, permit.day_key.public, context)
    finally:
        unsafe_wipe_bytes(plain)
