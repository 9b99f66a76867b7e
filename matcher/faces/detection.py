"""Finding faces with their landmarks, by the chain that a profile binds."""

from dataclasses import replace

import numpy as np

from contracts.model_profile import DetectorKind, ModelProfile
from matcher.faces.face import BgrImage, DetectedFace, FaceDetector, LandmarkPredictor
from matcher.faces.landmarks import TreeLandmarks
from matcher.faces.mmod import MmodDetector
from matcher.faces.yunet import open_yunet
from matcher.models.runtime import open_session
from matcher.models.store import ModelStore


class FaceFinder:
    """Detector and landmark predictor of one profile. Not safe to share between threads."""

    def __init__(self, detector: FaceDetector, predictor: LandmarkPredictor | None) -> None:
        self._detector = detector
        self._predictor = predictor

    def find(self, image_bgr: BgrImage) -> list[DetectedFace]:
        """Return all faces, best detector score first, each with landmarks."""
        return [self.with_landmarks(image_bgr, face) for face in self._detector.detect(image_bgr)]

    def find_within(self, image_bgr: BgrImage, region_xyxy: tuple[int, int, int, int]) -> list[DetectedFace]:
        """Look at a part of the picture alone; boxes and landmarks are in pixels of the whole picture.

        The region is cut to the picture; an empty one holds no face.
        """
        height, width = image_bgr.shape[:2]
        left, top = max(region_xyxy[0], 0), max(region_xyxy[1], 0)
        right, bottom = min(region_xyxy[2], width), min(region_xyxy[3], height)
        if left >= right or top >= bottom:
            return []
        part = image_bgr[top:bottom, left:right]
        return [_moved(face, left, top) for face in self.find(part)]

    def detect(self, image_bgr: BgrImage) -> list[DetectedFace]:
        """Return all faces as the detector gives them: dlib's without landmarks, YuNet's with its own five."""
        return self._detector.detect(image_bgr)

    def with_landmarks(self, image_bgr: BgrImage, face: DetectedFace) -> DetectedFace:
        """Locate the landmarks that the profile binds; where they are the detector's, they are there already.

        A detector's own points are five others than a predictor's: they never stand in for them.
        """
        if self._predictor is None:
            return face
        return replace(face, landmarks_xy=self._predictor.locate(image_bgr, face.box_xyxy))


def open_face_finder(profile: ModelProfile, store: ModelStore, *, threads: int) -> FaceFinder:
    """Load detector and landmarks of a profile from the store.

    Raises:
        ModelMissing: the store does not hold a file that the profile binds.
        ModelRefused: a file was altered, or cannot be run.
    """
    return FaceFinder(_open_detector(profile, store, threads), _open_predictor(profile, store))


def _open_detector(profile: ModelProfile, store: ModelStore, threads: int) -> FaceDetector:
    binding = profile.detector
    content = store.read(binding.file.sha256)
    match binding.kind:
        case DetectorKind.MMOD:
            return MmodDetector(open_session(content, threads=threads), least_score=binding.least_score)
        case DetectorKind.YUNET:
            return open_yunet(content, threads=threads, least_score=binding.least_score, overlap=binding.overlap)


def _open_predictor(profile: ModelProfile, store: ModelStore) -> LandmarkPredictor | None:
    if profile.landmarks.file is None:
        return None
    # One face is too little work to share: a second thread would only wait.
    return TreeLandmarks(open_session(store.read(profile.landmarks.file.sha256), threads=1))


def _moved(face: DetectedFace, x: int, y: int) -> DetectedFace:
    left, top, right, bottom = face.box_xyxy
    return replace(
        face,
        box_xyxy=(left + x, top + y, right + x, bottom + y),
        landmarks_xy=None if face.landmarks_xy is None else face.landmarks_xy + np.array([x, y], dtype=np.float32),
    )
