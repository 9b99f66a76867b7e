"""YuNet beside OpenCV's own implementation, and the fast chain on real faces. The files come with the shared data."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from matcher.embedding import open_embedder
from matcher.faces.detection import open_face_finder
from matcher.faces.face import BgrImage
from matcher.faces.portrait import measure_portrait
from matcher.faces.quality import measure
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore

PROFILE = shipped_profile("yunet-retail0095")


@pytest.fixture(scope="module")
def store(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    store = ModelStore(tmp_path_factory.mktemp("home"))
    added = {store.add(file.read_bytes()) for file in (test_data / "models").glob("*.onnx")}
    missing = {file.sha256 for file in PROFILE.files.values()} - added
    if missing:
        pytest.skip("the shared data lacks a model file of the profile yunet-retail0095")
    return store


@pytest.fixture(scope="module")
def picture_bgr() -> BgrImage:
    """Two faces of one woman, one larger than the other, in a picture whose sides are no multiple of 32."""
    face = np.ascontiguousarray(data.astronaut()[:280, 80:360, ::-1])
    small = cv2.resize(face, None, fx=0.6, fy=0.6)
    picture = np.full((301, 500, 3), 127, dtype=np.uint8)
    picture[10:290, 10:290] = face
    picture[60:228, 310:478] = small
    return picture


@pytest.mark.filterwarnings("ignore")
def test_boxes_scores_and_landmarks_are_those_of_opencv(
    store: ModelStore, test_data: Path, picture_bgr: BgrImage
) -> None:
    height, width = picture_bgr.shape[:2]
    file = test_data / "models" / "face_detection_yunet_2023mar.onnx"
    theirs = cv2.FaceDetectorYN.create(str(file), "", (width, height), 0.6, 0.3, 5000).detect(picture_bgr)[1]
    ours = open_face_finder(PROFILE, store, threads=1).find(picture_bgr)
    assert len(ours) == len(theirs) == 2
    for face, row in zip(ours, sorted(theirs, key=lambda row: -row[14]), strict=True):
        box = (row[0], row[1], row[0] + row[2], row[1] + row[3])
        assert np.abs(np.subtract(face.box_xyxy, box)).max() < 0.05
        assert face.detector_score == pytest.approx(row[14], abs=1e-3)
        assert face.landmarks_xy is not None
        assert np.abs(face.landmarks_xy - row[4:14].reshape(5, 2)).max() < 0.05


def test_the_fast_chain_scores_one_person_above_its_threshold(store: ModelStore, picture_bgr: BgrImage) -> None:
    finder, embedder = (open_of(PROFILE, store, threads=1) for open_of in (open_face_finder, open_embedder))
    chips = [embedder.align(picture_bgr, face.landmarks_xy) for face in finder.find(picture_bgr)]
    one, other = embedder.embed(chips)
    assert one.shape == (256,)
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    assert embedder.scores(one[None], other[None])[0, 0] > PROFILE.comparison.least_likeness


def test_a_part_of_the_picture_gives_the_same_face_in_the_pictures_own_pixels(
    store: ModelStore, picture_bgr: BgrImage
) -> None:
    finder = open_face_finder(PROFILE, store, threads=1)
    within = finder.find_within(picture_bgr, (320, 0, 900, 900))
    whole = finder.find(picture_bgr)
    assert len(within) == 1
    nearest = min(whole, key=lambda face: abs(face.box_xyxy[0] - within[0].box_xyxy[0]))
    assert np.abs(np.subtract(within[0].box_xyxy, nearest.box_xyxy)).max() < 5
    assert np.abs(within[0].landmarks_xy - nearest.landmarks_xy).max() < 5  # type: ignore[operator]  # both are there


def test_a_picture_without_a_face_gives_none(store: ModelStore) -> None:
    finder = open_face_finder(PROFILE, store, threads=1)
    assert finder.find(np.ascontiguousarray(data.coffee()[:, :, ::-1])) == []
    assert finder.find(np.zeros((7, 5, 3), dtype=np.uint8)) == []


def test_yunet_with_dlibs_embedder_finds_the_same_person(
    test_data: Path, built_models: ModelStore, picture_bgr: BgrImage, tmp_path: Path
) -> None:
    profile = shipped_profile("yunet-dlib")
    mixed = ModelStore(tmp_path)
    mixed.add((test_data / "models" / "face_detection_yunet_2023mar.onnx").read_bytes())
    for part in ("embedder", "landmarks"):
        mixed.add(built_models.read(profile.files[part].sha256))
    finder, embedder = (open_of(profile, mixed, threads=1) for open_of in (open_face_finder, open_embedder))
    chips = [embedder.align(picture_bgr, face.landmarks_xy) for face in finder.find(picture_bgr)]
    one, other = embedder.embed(chips)
    assert embedder.scores(one[None], other[None])[0, 0] > profile.comparison.least_likeness


def test_points_of_the_detector_never_stand_in_for_the_predictors(
    store: ModelStore, built_models: ModelStore, picture_bgr: BgrImage
) -> None:
    """YuNet's five points are two eyes, nose and mouth; as dlib's corners of eyes, every face looked away."""
    mixed = shipped_profile("yunet-dlib")
    assert mixed.landmarks.file is not None
    store.add(built_models.read(mixed.landmarks.file.sha256))
    for face in open_face_finder(mixed, store, threads=1).find(picture_bgr):
        assert face.landmarks_xy is not None
        where = (picture_bgr, face.box_xyxy, face.landmarks_xy, mixed.landmarks.layout)
        assert measure(*where).turn < mixed.faces.most_turn / 2
        assert mixed.portrait.least_nod < measure_portrait(*where).nod < mixed.portrait.most_nod
