"""How good a picture of a face is, and what is wrong with it: the same measure for passers-by and for enrolment.

Simple measures that a person can check, calibrated on LFW and on made-worse versions of it (docs/edge.md). They are not
ISO/IEC 29794-5; a calibrated floor after that standard is law.md D7.
"""

import math
from dataclasses import asdict, dataclass
from enum import StrEnum, unique
from typing import Final

import cv2
import numpy as np

from contracts.model_profile import FaceLimits, LandmarkLayout
from matcher.faces.face import BgrImage, BoxXyxy, FloatArray

#: Sharpness is measured on a chip of this side, so that it does not grow with the size of the face.
_CHIP_SIDE: Final = 96


@unique
class QualityReason(StrEnum):
    """What is wrong with a picture of a face."""

    TOO_SMALL = "too_small"
    CUT_BY_EDGE = "cut_by_edge"
    TURNED_AWAY = "turned_away"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    BLURRED = "blurred"


_SENTENCES: Final = {
    QualityReason.TOO_SMALL: "The face is too small: {measured:.0f} pixels where at least {limit:.0f} are needed.",
    QualityReason.CUT_BY_EDGE: "The face is cut by the edge of the picture; the whole face has to be visible.",
    QualityReason.TURNED_AWAY: "The face is turned too far away; both eyes have to look about towards the camera.",
    QualityReason.TOO_DARK: "The face is too dark; choose a picture with more light on the face.",
    QualityReason.TOO_BRIGHT: "The face is too bright; choose a picture that is not overexposed.",
    QualityReason.BLURRED: "The face is blurred; choose a sharper picture.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceQuality:
    """Measures of one face in one picture."""

    size_px: float
    """The shorter side of the box, in pixels of the picture."""
    sharpness: float
    """Variance of the Laplacian over a chip of 96 pixels, divided by the chip's own variance: no unit."""
    turn: float
    """How far the nose stands off the middle between the eyes, in distances between the eyes: 0 is frontal."""
    brightness: float
    """Mean grey level of the face, 0 to 255."""
    contrast: float
    """Standard deviation of its grey levels."""
    cut_fraction: float
    """The part of the box that lies outside of the picture, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLimits:
    """What a face needs in order to be compared. `least_size_px` comes from the model profile."""

    least_size_px: float = 80.0
    least_sharpness: float = 0.008
    most_turn: float = 0.5
    least_brightness: float = 30.0
    most_brightness: float = 225.0
    least_contrast: float = 10.0
    most_cut_fraction: float = 0.05

    @classmethod
    def of(cls, limits: FaceLimits) -> "QualityLimits":
        """Return the limits that a model profile states."""
        return cls(**asdict(limits))


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFinding:
    """The first thing that keeps a face from being compared, in figures and in words."""

    reason: QualityReason
    measured: float
    limit: float

    @property
    def sentence(self) -> str:
        """Say it to the person who chose the picture."""
        return _SENTENCES[self.reason].format(measured=self.measured, limit=self.limit)


def measure(image_bgr: BgrImage, box_xyxy: BoxXyxy, landmarks_xy: FloatArray, layout: LandmarkLayout) -> FaceQuality:
    """Measure one face. `landmarks_xy` is (5, 2) in pixels of the picture, in the order of `layout`."""
    left, top, right, bottom = box_xyxy
    chip = grey_chip(image_bgr, box_xyxy)
    if chip is None:
        return FaceQuality(size_px=0.0, sharpness=0.0, turn=math.inf, brightness=0.0, contrast=0.0, cut_fraction=1.0)
    spread = float(chip.std())
    edges = cv2.Laplacian(chip, cv2.CV_32F)
    return FaceQuality(
        size_px=min(right - left, bottom - top),
        sharpness=float(edges.var()) / max(spread * spread, 1.0),
        turn=_turn(landmarks_xy, layout),
        brightness=float(chip.mean()),
        contrast=spread,
        cut_fraction=_cut_fraction(image_bgr, box_xyxy),
    )


def judge(quality: FaceQuality, limits: QualityLimits) -> QualityFinding | None:
    """Return the first thing that is wrong, or None where the face may be compared."""
    checks = (
        (QualityReason.TOO_SMALL, quality.size_px, limits.least_size_px, quality.size_px < limits.least_size_px),
        (
            QualityReason.CUT_BY_EDGE,
            quality.cut_fraction,
            limits.most_cut_fraction,
            quality.cut_fraction > limits.most_cut_fraction,
        ),
        (QualityReason.TURNED_AWAY, quality.turn, limits.most_turn, not quality.turn <= limits.most_turn),
        (
            QualityReason.TOO_DARK,
            quality.brightness,
            limits.least_brightness,
            quality.brightness < limits.least_brightness or quality.contrast < limits.least_contrast,
        ),
        (
            QualityReason.TOO_BRIGHT,
            quality.brightness,
            limits.most_brightness,
            quality.brightness > limits.most_brightness,
        ),
        (
            QualityReason.BLURRED,
            quality.sharpness,
            limits.least_sharpness,
            quality.sharpness < limits.least_sharpness,
        ),
    )
    for reason, measured, limit, fails in checks:
        if fails:
            return QualityFinding(reason=reason, measured=measured, limit=limit)
    return None


def overall(quality: FaceQuality, limits: QualityLimits) -> float:
    """Fold the measures into one number from 0 (poor) to 1 (good), for choosing among pictures of one face.

    It orders pictures and says nothing about a comparison.
    """
    size = min(1.0, quality.size_px / (2.0 * limits.least_size_px))
    sharp = min(1.0, quality.sharpness / (5.0 * limits.least_sharpness))
    frontal = max(0.0, 1.0 - quality.turn / (1.5 * limits.most_turn))
    whole = max(0.0, 1.0 - 4.0 * quality.cut_fraction)
    return math.sqrt(size * sharp) * frontal * whole


def grey_chip(image_bgr: BgrImage, box_xyxy: BoxXyxy) -> FloatArray | None:
    """Return the face alone in grey, 96 pixels a side, or None where the box holds next to nothing of the picture."""
    height, width = image_bgr.shape[:2]
    left, top = max(0, round(box_xyxy[0])), max(0, round(box_xyxy[1]))
    right, bottom = min(width, round(box_xyxy[2])), min(height, round(box_xyxy[3]))
    if right - left < 2 or bottom - top < 2:
        return None
    grey = cv2.cvtColor(image_bgr[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    larger = grey.shape[0] > _CHIP_SIDE or grey.shape[1] > _CHIP_SIDE
    way = cv2.INTER_AREA if larger else cv2.INTER_LINEAR
    return cv2.resize(grey, (_CHIP_SIDE, _CHIP_SIDE), interpolation=way).astype(np.float32)


def _turn(landmarks_xy: FloatArray, layout: LandmarkLayout) -> float:
    if layout is LandmarkLayout.EYE_CORNERS_NOSE:
        one_eye, other_eye = landmarks_xy[0:2].mean(axis=0), landmarks_xy[2:4].mean(axis=0)
        nose = landmarks_xy[4]
    else:
        one_eye, other_eye, nose = landmarks_xy[0], landmarks_xy[1], landmarks_xy[2]
    across = other_eye - one_eye
    apart = float(np.hypot(across[0], across[1]))
    if not apart > 1.0:
        return math.inf
    off: float = float(np.dot(nose - (one_eye + other_eye) / 2, across)) / (apart * apart)
    return abs(off)


def _cut_fraction(image_bgr: BgrImage, box_xyxy: BoxXyxy) -> float:
    left, top, right, bottom = box_xyxy
    height, width = image_bgr.shape[:2]
    inside = max(0.0, min(right, width) - max(left, 0)) * max(0.0, min(bottom, height) - max(top, 0))
    cut: float = 1.0 - inside / max((right - left) * (bottom - top), 1e-9)
    return cut
