"""What an enroller says about a photograph, in words, and whether it may be used.

The limits are the model profile's, the same as for a passer-by's face: a reference poorer than what it is compared with
would make candidates of strangers.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from contracts.model_profile import FaceLimits, LandmarkLayout
from matcher.faces.face import FloatArray
from matcher.faces.quality import FaceQuality

#: Below this part of the least face size, the eyes stand so near that the face is a sliver or the landmarks are wrong.
_LEAST_EYE_DISTANCE: Final = 0.3
_GOOD_EYE_DISTANCE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found about a photograph. Not acceptable means: enrol another photograph."""

    code: str
    sentence: str
    acceptable: bool

    def to_json(self) -> dict[str, object]:
        """Return the finding as a JSON object."""
        return {"acceptable": self.acceptable, "code": self.code, "sentence": self.sentence}


def eye_distance(landmarks_xy: FloatArray, layout: LandmarkLayout) -> float:
    """Return the distance between the middles of the eyes, in pixels."""
    if layout is LandmarkLayout.EYE_CORNERS_NOSE:
        first, second = landmarks_xy[0:2].mean(axis=0), landmarks_xy[2:4].mean(axis=0)
    else:
        first, second = landmarks_xy[0], landmarks_xy[1]
    return float(np.linalg.norm(first - second))


def findings(quality: FaceQuality, eyes_px: float, limits: FaceLimits) -> tuple[Finding, ...]:
    """Say everything that can be said about a face; every check speaks, so that nobody has to try one by one."""
    return (
        _size(quality, limits),
        _eyes(eyes_px, limits),
        _whole(quality, limits),
        _pose(quality, limits),
        _light(quality, limits),
        _sharpness(quality, limits),
    )


def _size(quality: FaceQuality, limits: FaceLimits) -> Finding:
    good = quality.size_px >= limits.least_size_px
    sentence = (
        f"The face is {quality.size_px:.0f} pixels wide, which is enough."
        if good
        else f"The face is {quality.size_px:.0f} pixels wide; at least {limits.least_size_px:.0f} are needed."
    )
    return Finding(code="size", sentence=sentence, acceptable=good)


def _eyes(eyes_px: float, limits: FaceLimits) -> Finding:
    acceptable = eyes_px >= _LEAST_EYE_DISTANCE * limits.least_size_px
    if not acceptable:
        sentence = f"The eyes are only {eyes_px:.0f} pixels apart; choose a larger picture of the face."
    elif eyes_px < _GOOD_EYE_DISTANCE:
        sentence = f"The eyes are {eyes_px:.0f} pixels apart; with {_GOOD_EYE_DISTANCE:.0f} or more it would do better."
    else:
        sentence = f"The eyes are {eyes_px:.0f} pixels apart, which is good."
    return Finding(code="eye-distance", sentence=sentence, acceptable=acceptable)


def _whole(quality: FaceQuality, limits: FaceLimits) -> Finding:
    good = quality.cut_fraction <= limits.most_cut_fraction
    sentence = "The whole face is in the picture." if good else "The face is cut by the edge of the picture."
    return Finding(code="whole", sentence=sentence, acceptable=good)


def _pose(quality: FaceQuality, limits: FaceLimits) -> Finding:
    good = quality.turn <= limits.most_turn
    sentence = "The face looks towards the camera." if good else "The face is turned too far away from the camera."
    return Finding(code="pose", sentence=sentence, acceptable=good)


def _light(quality: FaceQuality, limits: FaceLimits) -> Finding:
    if quality.brightness < limits.least_brightness:
        return Finding(code="light", sentence="The face is too dark.", acceptable=False)
    if quality.brightness > limits.most_brightness:
        return Finding(code="light", sentence="The face is too bright.", acceptable=False)
    if quality.contrast < limits.least_contrast:
        return Finding(code="light", sentence="The face has too little contrast.", acceptable=False)
    return Finding(code="light", sentence="The light on the face is good enough.", acceptable=True)


def _sharpness(quality: FaceQuality, limits: FaceLimits) -> Finding:
    good = quality.sharpness >= limits.least_sharpness
    sentence = "The face is sharp enough." if good else "The face is blurred; choose a sharper picture."
    return Finding(code="sharpness", sentence=sentence, acceptable=good)
