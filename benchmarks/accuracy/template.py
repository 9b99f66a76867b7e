"""From one picture to one template by the product's own detector, landmarks, quality limits, alignment and embedder.

Nothing here is a copy: the parts are `matcher.faces` and `matcher.embedding`, opened from the profile as the product
opens them.
"""

from dataclasses import dataclass
from math import hypot
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from contracts.model_profile import ModelProfile
from matcher.embedding import Embedder, open_embedder
from matcher.errors import ImageRefused
from matcher.faces.detection import FaceFinder, open_face_finder
from matcher.faces.face import BgrImage, DetectedFace, FloatArray, RgbChip
from matcher.faces.photograph import open_photograph
from matcher.faces.quality import QualityLimits, judge, measure
from matcher.models.store import ModelStore

NO_FACE: Final = "no face was found"
NO_PICTURE: Final = "no picture that can be opened"
THUMBNAIL_SIDE: Final = 24

#: The aligned face in grey, (24, 24) uint8: enough to see that two files show the same photograph.
GreyThumbnail = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sample:
    """What became of one picture.

    `template` is None where there is no face, and `failure` says why. `refused` names the quality limit that the
    product would have stopped at, and None where it would have compared; the template is there all the same, so
    that both levels can be counted.
    """

    faces: int
    failure: str | None
    refused: str | None
    size_px: float
    sharpness: float
    turn: float
    brightness: float
    template: FloatArray | None
    thumbnail: GreyThumbnail | None


class TemplateMaker:
    """The models of one profile, for one process."""

    def __init__(self, finder: FaceFinder, embedder: Embedder, profile: ModelProfile) -> None:
        self._finder, self._embedder, self._profile = finder, embedder, profile

    @classmethod
    def open(cls, profile: ModelProfile, store: ModelStore, *, threads: int = 1) -> "TemplateMaker":
        """Load the models.

        Raises:
            ModelMissing, ModelRefused: a file is not there, or is not what its hash says.
        """
        finder = open_face_finder(profile, store, threads=threads)
        return cls(finder, open_embedder(profile, store, threads=threads), profile)

    def of(self, content: bytes) -> Sample:
        """One template of the face that the picture is about: the one whose middle is nearest to the picture's own."""
        try:
            image = open_photograph(content)
        except ImageRefused:
            return _nothing(NO_PICTURE, 0)
        faces = self._finder.detect(image)
        if not faces:
            return _nothing(NO_FACE, 0)
        chosen = self._finder.with_landmarks(image, min(faces, key=lambda face: _off_middle(image, face)))
        return self._measured(image, chosen, len(faces))

    def _measured(self, image: BgrImage, face: DetectedFace, faces: int) -> Sample:
        landmarks = face.landmarks_xy
        if landmarks is None:
            return _nothing(NO_FACE, faces)
        quality = measure(image, face.box_xyxy, landmarks, self._profile.landmarks.layout)
        finding = judge(quality, QualityLimits.of(self._profile.faces))
        chip = self._embedder.align(image, landmarks)
        (template,) = self._embedder.embed([chip])
        return Sample(
            faces=faces,
            failure=None,
            refused=None if finding is None else finding.reason.value,
            size_px=quality.size_px,
            sharpness=quality.sharpness,
            turn=quality.turn,
            brightness=quality.brightness,
            template=np.asarray(template, dtype=np.float32),
            thumbnail=_thumbnail(chip),
        )


def _thumbnail(chip_rgb: RgbChip) -> GreyThumbnail:
    grey = cv2.cvtColor(chip_rgb, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (THUMBNAIL_SIDE, THUMBNAIL_SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _off_middle(image: BgrImage, face: DetectedFace) -> float:
    height, width = image.shape[:2]
    left, top, right, bottom = face.box_xyxy
    return hypot((left + right - width) / 2, (top + bottom - height) / 2)


def _nothing(why: str, faces: int) -> Sample:
    nan = float("nan")
    return Sample(faces, why, None, nan, nan, nan, nan, None, None)
