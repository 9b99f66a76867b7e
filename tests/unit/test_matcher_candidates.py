import hashlib
from dataclasses import fields
from datetime import timedelta

import pytest

from contracts.candidate_report import CandidateReport, crops_context
from contracts.errors import SealRefused
from contracts.probe import Probe
from contracts.sealing import unseal
from contracts.signature import Purpose, verified
from contracts.trust import TrustedRole
from contracts.vocabulary import CameraId, ReferenceId, SlotId
from matcher.candidates import AlertMemory, sealed_candidate
from matcher.gallery import ReferenceEntry
from matcher.gate import Candidate
from tests.builders_contracts import CAMERA, WARRANT, a_crop, a_permit, a_probe, a_trusted_site

SITE_KEYS = a_trusted_site()
PERMIT = a_permit(SITE_KEYS)


def a_candidate(slot: str = "slot-1", reference: str = "reference-1") -> Candidate:
    return Candidate(
        permit=PERMIT,
        entry=ReferenceEntry(
            reference_id=ReferenceId(reference), slot_id=SlotId(slot), enrolment_sha256=hashlib.sha256(b"e").hexdigest()
        ),
        score=0.3,
        threshold=0.45,
        crops=(a_crop(), a_crop(quality=0.5)),
    )


def a_memory() -> AlertMemory:
    return AlertMemory(quiet_time=timedelta(seconds=60))


def reported(memory: AlertMemory, probe: Probe, candidate: Candidate | None = None) -> CandidateReport:
    sealed = sealed_candidate(probe, candidate or a_candidate(), memory, SITE_KEYS.site)
    payload = verified(sealed.report, Purpose.CANDIDATE_REPORT, SITE_KEYS.trusted.of(TrustedRole.SITE))
    return CandidateReport.from_bytes(payload)


def test_report_is_signed_by_the_site_and_says_what_was_compared() -> None:
    report = reported(a_memory(), a_probe(stream_time=12.5))
    lease = PERMIT.lease
    assert (report.lease_id, report.deployment_id, report.warrant_id) == (
        lease.lease_id,
        lease.deployment_id,
        WARRANT,
    )
    assert (report.score, report.threshold, report.stream_time) == (0.3, 0.45, 12.5)
    assert report.joins is None


def test_crops_are_sealed_to_the_day_key_alone_lossless_and_for_this_report_only() -> None:
    candidate = a_candidate()
    sealed = sealed_candidate(a_probe(), candidate, a_memory(), SITE_KEYS.site)
    report = CandidateReport.from_bytes(sealed.report.payload)
    assert sealed.crops is not None
    assert report.crops_sha256 == hashlib.sha256(sealed.crops).hexdigest()
    context = crops_context(report.report_id, report.deployment_id, report.reference_id)
    opened = Probe.from_bytes(unseal(sealed.crops, SITE_KEYS.day_opening, context))
    assert opened.crops == candidate.crops
    for other in (SITE_KEYS.opening, SITE_KEYS.viewer_opening):
        with pytest.raises(SealRefused):
            unseal(sealed.crops, other, context)
    with pytest.raises(SealRefused):
        unseal(sealed.crops, SITE_KEYS.day_opening, {**context, "report_id": "another"})


@pytest.mark.parametrize("later", [0.0, 30.0, 60.0, -5.0])
def test_further_candidate_within_the_quiet_time_joins_the_alert_without_crops(later: float) -> None:
    memory = a_memory()
    first = reported(memory, a_probe(stream_time=100.0))
    second = reported(memory, a_probe(stream_time=100.0 + later))
    assert second.joins == first.report_id
    assert second.crops_sha256 is None


def test_candidate_after_the_quiet_time_is_a_new_alert() -> None:
    memory = a_memory()
    reported(memory, a_probe(stream_time=100.0))
    assert reported(memory, a_probe(stream_time=160.001)).joins is None


def test_quiet_time_runs_from_the_last_candidate() -> None:
    memory = a_memory()
    first = reported(memory, a_probe(stream_time=100.0))
    assert reported(memory, a_probe(stream_time=150.0)).joins == first.report_id
    assert reported(memory, a_probe(stream_time=200.0)).joins == first.report_id


def test_two_pictures_of_one_person_make_one_alert_two_persons_make_two() -> None:
    memory = a_memory()
    first = reported(memory, a_probe(), a_candidate(reference="reference-1"))
    assert reported(memory, a_probe(), a_candidate(reference="reference-2")).joins == first.report_id
    assert reported(memory, a_probe(), a_candidate(slot="slot-2", reference="reference-3")).joins is None


def test_another_camera_or_another_session_of_the_stream_is_a_new_alert() -> None:
    memory = a_memory()
    reported(memory, a_probe())
    assert reported(memory, a_probe(camera_id=CameraId("camera-2"))).joins is None
    assert reported(memory, a_probe(session="session-2")).joins is None


def test_alert_that_governance_never_got_is_not_joined() -> None:
    memory = a_memory()
    first = reported(memory, a_probe())
    memory.forget_report(first.report_id)
    assert reported(memory, a_probe()).joins is None


def test_alert_of_an_ended_authorisation_is_not_joined() -> None:
    memory = a_memory()
    reported(memory, a_probe())
    memory.forget_warrant(CAMERA, WARRANT)
    assert reported(memory, a_probe()).joins is None


def test_memory_holds_no_score_and_nothing_of_a_face() -> None:
    memory = a_memory()
    reported(memory, a_probe())
    (seen,) = memory._seen.values()
    assert {field.name for field in fields(seen)} == {"session", "stream_time", "report_id"}


def test_memory_does_not_grow_with_the_hours() -> None:
    memory = a_memory()
    for hour in range(50):
        reported(memory, a_probe(stream_time=hour * 3600.0))
    assert len(memory._seen) == 1


def test_candidate_prints_neither_pixels_nor_score() -> None:
    printed = repr(a_candidate())
    assert "x80" not in printed
    assert "0.3" not in printed
