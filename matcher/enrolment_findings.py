"""What an enroller says about a photograph, in words, and whether it may be used (C2).

The limits are the model profile's: those for a passer-by's face, since a reference poorer than what it is compared with
would make candidates of strangers, and those for portraits beside them. Each finding has what was measured, the limit,
and what to do about it.
"""

import math
from dataclasses import dataclass
from typing import Final

from contracts.model_profile import FaceLimits, PortraitLimits
from matcher.faces.portrait import PortraitQuality
from matcher.faces.quality import FaceQuality

_GOOD_EYE_DISTANCE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found about a photograph. Not acceptable means: enrol another photograph.

    `measured` and `limit` are figures in words, such as `52 px`; `advice` is what to do, or empty.
    """

    code: str
    sentence: str
    acceptable: bool
    measured: str = ""
    limit: str = ""
    advice: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the finding as a JSON object."""
        return {
            "acceptable": self.acceptable,
            "advice": self.advice,
            "code": self.code,
            "limit": self.limit,
            "measured": self.measured,
            "sentence": self.sentence,
        }


def findings(
    quality: FaceQuality, portrait: PortraitQuality, faces: FaceLimits, limits: PortraitLimits
) -> tuple[Finding, ...]:
    """Say everything that can be said about a face; every check speaks, so that nobody has to try one by one."""
    return (
        _size(quality, faces),
        _eyes(portrait, limits),
        _whole(quality, faces),
        _turn(quality, faces),
        _nod(portrait, limits),
        _light(quality, faces),
        _evenness(portrait, limits),
        _burnt_out(portrait, limits),
        _sharpness(quality, faces),
    )


def not_one_face(count: int) -> str:
    """Say that there is none, or that there are several."""
    if count == 0:
        return "No face was found in this photograph; choose one that shows it from the front, large and sharp."
    return f"This photograph shows {count} faces; choose one that shows this person alone."


def face_count(count: int) -> Finding:
    """Say how many faces were found; one is right."""
    return Finding(
        code="face-count",
        sentence="Exactly one face was found." if count == 1 else not_one_face(count),
        acceptable=count == 1,
        measured=str(count),
        limit="1",
        advice="" if count == 1 else "Choose a photograph of this person alone.",
    )


def _size(quality: FaceQuality, limits: FaceLimits) -> Finding:
    good = quality.size_px >= limits.least_size_px
    sentence = (
        f"The face is {quality.size_px:.0f} pixels wide, which is enough."
        if good
        else f"The face is {quality.size_px:.0f} pixels wide; at least {limits.least_size_px:.0f} are needed."
    )
    return Finding(
        code="size",
        sentence=sentence,
        acceptable=good,
        measured=f"{quality.size_px:.0f} px",
        limit=f"at least {limits.least_size_px:.0f} px",
        advice="" if good else "Find the original file: copies from documents and messages are often made smaller.",
    )


def _eyes(portrait: PortraitQuality, limits: PortraitLimits) -> Finding:
    apart = portrait.eyes_px
    acceptable = apart >= limits.least_eyes_px
    if not acceptable:
        sentence = f"The eyes are only {apart:.0f} pixels apart; choose a larger picture of the face."
    elif apart < _GOOD_EYE_DISTANCE:
        sentence = f"The eyes are {apart:.0f} pixels apart; with {_GOOD_EYE_DISTANCE:.0f} or more it would do better."
    else:
        sentence = f"The eyes are {apart:.0f} pixels apart, which is good."
    return Finding(
        code="eye-distance",
        sentence=sentence,
        acceptable=acceptable,
        measured=f"{apart:.0f} px",
        limit=f"at least {limits.least_eyes_px:.0f} px",
        advice="" if apart >= _GOOD_EYE_DISTANCE else "Choose a picture on which the face is larger.",
    )


def _whole(quality: FaceQuality, limits: FaceLimits) -> Finding:
    good = quality.cut_fraction <= limits.most_cut_fraction
    return Finding(
        code="whole",
        sentence="The whole face is in the picture." if good else "The face is cut by the edge of the picture.",
        acceptable=good,
        measured=f"{quality.cut_fraction:.0%} cut off",
        limit=f"at most {limits.most_cut_fraction:.0%}",
        advice="" if good else "Choose a picture that shows the whole face, from the chin to the hair.",
    )


def _turn(quality: FaceQuality, limits: FaceLimits) -> Finding:
    good = quality.turn <= limits.most_turn
    return Finding(
        code="pose",
        sentence=(
            "The face looks towards the camera." if good else "The face is turned too far to one side of the camera."
        ),
        acceptable=good,
        measured=_number(quality.turn),
        limit=f"at most {limits.most_turn:.2f}",
        advice="" if good else "Choose a picture on which both eyes and both cheeks can be seen.",
    )


def _nod(portrait: PortraitQuality, limits: PortraitLimits) -> Finding:
    good = limits.least_nod <= portrait.nod <= limits.most_nod
    return Finding(
        code="nod",
        sentence=(
            "The face is held upright." if good else "The face looks too far up or down, away from the camera's height."
        ),
        acceptable=good,
        measured=_number(portrait.nod),
        limit=f"{limits.least_nod:.2f} to {limits.most_nod:.2f}",
        advice="" if good else "Choose a picture that was taken at the height of the face.",
    )


def _light(quality: FaceQuality, limits: FaceLimits) -> Finding:
    sentence, advice = "The light on the face is good enough.", ""
    if quality.brightness < limits.least_brightness:
        sentence, advice = (
            "The face is too dark.",
            "Choose a picture with more light on the face.",
        )
    elif quality.brightness > limits.most_brightness:
        sentence, advice = "The face is too bright.", "Choose a picture that is not overexposed."
    elif quality.contrast < limits.least_contrast:
        sentence, advice = "The face has too little contrast.", "Choose a clearer picture: no haze, no veil, no print."
    return Finding(
        code="light",
        sentence=sentence,
        acceptable=not advice,
        measured=f"brightness {quality.brightness:.0f}, contrast {quality.contrast:.0f}",
        limit=(
            f"brightness {limits.least_brightness:.0f} to {limits.most_brightness:.0f},"
            f" contrast at least {limits.least_contrast:.0f}"
        ),
        advice=advice,
    )


def _evenness(portrait: PortraitQuality, limits: PortraitLimits) -> Finding:
    good = portrait.unevenness <= limits.most_unevenness
    return Finding(
        code="even-light",
        sentence=(
            "Both halves of the face are lit alike." if good else "One half of the face is far brighter than the other."
        ),
        acceptable=good,
        measured=_number(portrait.unevenness),
        limit=f"at most {limits.most_unevenness:.2f}",
        advice="" if good else "Choose a picture with light from the front.",
    )


def _burnt_out(portrait: PortraitQuality, limits: PortraitLimits) -> Finding:
    black, white = portrait.black > limits.most_black, portrait.white > limits.most_white
    sentence, advice = "Nothing of the face is lost in black or white.", ""
    if black:
        sentence, advice = (
            "A large part of the face is black: underexposed, or covered.",
            "Choose a picture with more light.",
        )
    elif white:
        sentence, advice = (
            "A large part of the face is white: overexposed.",
            "Choose a picture with less light, or no flash.",
        )
    return Finding(
        code="exposure",
        sentence=sentence,
        acceptable=not advice,
        measured=f"{portrait.black:.0%} black, {portrait.white:.0%} white",
        limit=f"at most {limits.most_black:.0%} and {limits.most_white:.0%}",
        advice=advice,
    )


def _sharpness(quality: FaceQuality, limits: FaceLimits) -> Finding:
    good = quality.sharpness >= limits.least_sharpness
    return Finding(
        code="sharpness",
        sentence="The face is sharp enough." if good else "The face is blurred; choose a sharper picture.",
        acceptable=good,
        measured=f"{quality.sharpness:.3f}",
        limit=f"at least {limits.least_sharpness:.3f}",
        advice="" if good else "A small picture made larger stays blurred; find the original.",
    )


def _number(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "none"
