"""What matters in a portrait beyond what every face needs: nodding, light from one side, parts that are burnt out.

The same kind of simple, checkable measure as `matcher.faces.quality`, on the same grey chip of the face. The limits are
the model profile's, calibrated on LFW (docs/watchlist.md). They are not ISO/IEC 29794-5 (law.md D7).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from contracts.model_profile import LandmarkLayout
from matcher.faces.face import BgrImage, BoxXyxy, FloatArray
from matcher.faces.quality import grey_chip

#: Grey levels at or beyond which nothing of the face can be told any more.
_BLACK: Final = 15.0
_WHITE: Final = 250.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitQuality:
    """Measures of one face, made for a photograph that is to be enrolled."""

    eyes_px: float
    """The distance between the middles of the eyes, in pixels of the picture as it was sent."""
    nod: float
    """Where the nose stands below the eyes. With a mouth: as a part of the way to it; else in distances between the
    eyes. What is frontal depends on the layout, so the profile states both limits."""
    unevenness: float
    """How much brighter one half of the face is than the other, divided by the mean: 0 is even."""
    black: float
    """The part of the face that is black, 0 to 1."""
    white: float
    """The part of the face that is white, 0 to 1."""


def measure_portrait(
    image_bgr: BgrImage, box_xyxy: BoxXyxy, landmarks_xy: FloatArray, layout: LandmarkLayout
) -> PortraitQuality:
    """Measure one face. `landmarks_xy` is (5, 2) in pixels of the picture, in the order of `layout`."""
    chip = grey_chip(image_bgr, box_xyxy)
    if chip is None:
        return PortraitQuality(eyes_px=0.0, nod=math.inf, unevenness=math.inf, black=1.0, white=1.0)
    half = chip.shape[1] // 2
    one, other = float(chip[:, :half].mean()), float(chip[:, half:].mean())
    return PortraitQuality(
        eyes_px=eye_distance(landmarks_xy, layout),
        nod=_nod(landmarks_xy, layout),
        unevenness=abs(one - other) / max(float(chip.mean()), 1.0),
        black=float(np.mean(chip <= _BLACK)),
        white=float(np.mean(chip >= _WHITE)),
    )


def eye_distance(landmarks_xy: FloatArray, layout: LandmarkLayout) -> float:
    """Return the distance between the middles of the eyes, in pixels."""
    first, second = _eyes(landmarks_xy, layout)
    return float(np.linalg.norm(first - second))


def _eyes(landmarks_xy: FloatArray, layout: LandmarkLayout) -> tuple[FloatArray, FloatArray]:
    if layout is LandmarkLayout.EYE_CORNERS_NOSE:
        return landmarks_xy[0:2].mean(axis=0), landmarks_xy[2:4].mean(axis=0)
    return landmarks_xy[0], landmarks_xy[1]


def _nod(landmarks_xy: FloatArray, layout: LandmarkLayout) -> float:
    first, second = _eyes(landmarks_xy, layout)
    middle = (first + second) / 2
    apart = float(np.linalg.norm(first - second))
    if not apart > 1.0:
        return math.inf
    if layout is LandmarkLayout.EYE_CORNERS_NOSE:
        across = (second - first) / apart
        off = landmarks_xy[4] - middle
        # The part of the nose's way that runs across the line between the eyes, whichever way the head leans.
        return abs(float(across[0] * off[1] - across[1] * off[0])) / apart
    down = landmarks_xy[3:5].mean(axis=0) - middle
    length = float(np.dot(down, down))
    return float(np.dot(landmarks_xy[2] - middle, down)) / length if length > 1.0 else math.inf
