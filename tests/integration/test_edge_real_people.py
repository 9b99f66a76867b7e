"""Recordings of real people, through the real decoder, detector and pipeline."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.model_profile import LandmarkLayout
from contracts.probe import Probe
from contracts.vocabulary import NotComparedReason
from edge.capture import Capture, CaptureLimits
from edge.counters import EdgeCounters
from edge.decoder_messages import Pace
from edge.masks import PrivacyMasks
from edge.pipeline import OpenedFinder, Pipeline, PipelineLimits
from edge.source import parse_source
from matcher.faces.detection import FaceFinder
from matcher.faces.quality import QualityLimits
from matcher.faces.yunet import open_yunet
from tests.builders_contracts import AT_NOON, CAMERA, a_permit, a_trusted_site

PERMIT = a_permit(a_trusted_site())


def run(clip: Path, yunet: Path, *, least_size_px: float, masks: PrivacyMasks) -> tuple[list[Probe], EdgeCounters]:
    detector = open_yunet(yunet.read_bytes(), threads=1, least_score=0.6, overlap=0.3)
    probes: list[Probe] = []
    counters = EdgeCounters()
    pipeline = Pipeline(
        camera_id=CAMERA,
        session="run",
        open_finder=lambda: OpenedFinder(finder=FaceFinder(detector, None), layout=LandmarkLayout.EYES_NOSE_MOUTH),
        submit=probes.append,
        limits=replace(PipelineLimits(), quality=QualityLimits(least_size_px=least_size_px)),
        counters=counters,
    )
    capture = Capture(parse_source(str(clip)), pace=Pace.CONSUMER, limits=CaptureLimits(), now=datetime.now(UTC))
    while not capture.is_over:
        raw = capture.read(0.5, datetime.now(UTC))
        if raw is not None:
            pipeline.analyse(masks.paint(raw), PERMIT, AT_NOON)
    pipeline.end_stream(PERMIT, AT_NOON)
    return probes, counters


@pytest.mark.slow
@pytest.mark.parametrize("clip", ["bird", "help"])
def test_one_person_before_a_webcam_is_one_track_and_one_probe_or_two(test_data: Path, clip: str) -> None:
    yunet = test_data / "models/face_detection_yunet_2023mar.onnx"
    video = test_data / f"video/asl/{clip}.mkv"
    probes, counters = run(video, yunet, least_size_px=40, masks=PrivacyMasks([]))
    assert counters.tracks_probed == 1
    assert 1 <= len(probes) <= 3
    assert {probe.track for probe in probes} == {probes[0].track}
    assert counters.detections >= 8


@pytest.mark.slow
def test_a_person_too_far_away_is_counted_and_not_compared(test_data: Path) -> None:
    yunet = test_data / "models/face_detection_yunet_2023mar.onnx"
    video = test_data / "video/asl/bird.mkv"
    probes, counters = run(video, yunet, least_size_px=80, masks=PrivacyMasks([]))
    assert probes == []
    assert counters.tracks_not_compared[NotComparedReason.TOO_SMALL] >= 1
    assert counters.tracks_probed == 0


@pytest.mark.slow
def test_a_person_behind_a_mask_is_not_even_counted(test_data: Path) -> None:
    yunet = test_data / "models/face_detection_yunet_2023mar.onnx"
    video = test_data / "video/asl/bird.mkv"
    everything = PrivacyMasks([((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))])
    probes, counters = run(video, yunet, least_size_px=40, masks=everything)
    assert probes == []
    assert counters.detections == counters.tracks_seen == 0
