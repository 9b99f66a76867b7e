"""The motion gate: open for motion, shut for noise and changes of light, and open every few seconds anyhow."""

import numpy as np
import pytest

from edge.masks import MaskedFrame
from edge.motion import GateReason, MotionFinding, MotionGate
from matcher.faces.face import BgrImage
from tests.builders_edge import a_frame, background, scene

WIDTH, HEIGHT = 640, 360


def noisy(image: BgrImage, seed: int, spread: float = 6.0) -> BgrImage:
    noise = np.random.default_rng(seed).normal(0, spread, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def look_at(gate: MotionGate, images: list[BgrImage]) -> list[MotionFinding]:
    frames: list[MaskedFrame] = [a_frame(image, number=number) for number, image in enumerate(images)]
    return [gate.look(frame) for frame in frames]


def test_the_first_frame_is_searched() -> None:
    (finding,) = look_at(MotionGate(open_every_s=2), [background(WIDTH, HEIGHT)])
    assert finding.reason is GateReason.FIRST
    assert finding.is_open


def test_a_still_noisy_picture_keeps_the_gate_shut() -> None:
    wall = background(WIDTH, HEIGHT)
    findings = look_at(MotionGate(open_every_s=60), [noisy(wall, seed) for seed in range(40)])
    assert [finding.reason for finding in findings[1:]] == [GateReason.STILL] * 39


def test_an_even_change_of_light_keeps_the_gate_shut() -> None:
    wall = background(WIDTH, HEIGHT)
    brighter = [np.clip(wall.astype(np.int16) + 2 * step, 0, 255).astype(np.uint8) for step in range(20)]
    findings = look_at(MotionGate(open_every_s=60), brighter)
    assert not any(finding.is_open for finding in findings[1:])


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_a_person_who_walks_opens_the_gate_where_they_are(scale: float) -> None:
    wall = background(WIDTH, HEIGHT)
    walk = [noisy(scene(WIDTH, HEIGHT, [(100 + 6 * step, 60, scale)]), step) for step in range(8)]
    findings = look_at(MotionGate(open_every_s=60), [noisy(wall, 99), noisy(wall, 98), *walk])
    for step, finding in enumerate(findings[2:]):
        assert finding.reason is GateReason.MOTION
        face_x = 100 + 6 * step + 125 * scale
        assert any(box[0] - 25 <= face_x <= box[2] + 25 for box in finding.boxes_xyxy)


def test_the_gate_opens_every_few_seconds_for_whoever_stands_still() -> None:
    wall = background(WIDTH, HEIGHT)
    findings = look_at(MotionGate(open_every_s=2), [noisy(wall, seed) for seed in range(130)])
    opened = [number for number, finding in enumerate(findings) if finding.is_open]
    assert opened == [0, 50, 100]
    assert findings[50].reason is GateReason.PERIODIC
    assert findings[50].boxes_xyxy == ()


def test_a_change_of_size_begins_anew() -> None:
    gate = MotionGate(open_every_s=60)
    gate.look(a_frame(background(640, 360)))
    assert gate.look(a_frame(background(640, 480))).reason is GateReason.FIRST


def test_forgetting_overwrites_what_was_remembered() -> None:
    gate = MotionGate(open_every_s=60)
    gate.look(a_frame(background(640, 360)))
    average = gate._average
    assert average is not None
    gate.forget()
    assert not average.any()
    assert gate.look(a_frame(background(640, 360))).reason is GateReason.FIRST
