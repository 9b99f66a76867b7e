"""Our detector, landmarks, chips and embeddings beside dlib's own, on real faces."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from skimage import data

from matcher.embedding import Embedder, open_embedder
from matcher.faces.detection import FaceFinder, open_face_finder
from matcher.faces.face import BgrImage, DetectedFace, FloatArray
from matcher.models.dlib_weights import sources
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore

dlib = pytest.importorskip("dlib", reason="dlib-bin, the oracle, is in the extra `peers`")


class Oracle:
    """dlib itself, with the same weights."""

    def __init__(self) -> None:
        self._detector = dlib.cnn_face_detection_model_v1(str(sources.locate(sources.DETECTOR)))
        self._predictor = dlib.shape_predictor(str(sources.locate(sources.LANDMARKS)))
        self._embedder = dlib.face_recognition_model_v1(str(sources.locate(sources.EMBEDDER)))

    def detect(self, image_bgr: BgrImage) -> list[tuple[tuple[int, int, int, int], float]]:
        found = self._detector(rgb(image_bgr), 0)
        return [((f.rect.left(), f.rect.top(), f.rect.right() + 1, f.rect.bottom() + 1), f.confidence) for f in found]

    def shape(self, image_bgr: BgrImage, face: DetectedFace) -> Any:
        left, top, right, bottom = (int(side) for side in face.box_xyxy)
        return self._predictor(rgb(image_bgr), dlib.rectangle(left, top, right - 1, bottom - 1))

    def chip(self, image_bgr: BgrImage, shape: Any) -> FloatArray:
        chip: FloatArray = dlib.get_face_chip(rgb(image_bgr), shape, 150, 0.25)
        return chip

    def embed(self, chip_rgb: FloatArray) -> FloatArray:
        """The mean over the chip and its mirror image, which are the views that the profile binds."""
        views = [chip_rgb, np.ascontiguousarray(chip_rgb[:, ::-1])]
        return np.mean([np.array(self._embedder.compute_face_descriptor(view)) for view in views], axis=0)


def rgb(image_bgr: BgrImage) -> BgrImage:
    return np.ascontiguousarray(image_bgr[:, :, ::-1])


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture(scope="module")
def finder(built_models: ModelStore) -> FaceFinder:
    return open_face_finder(shipped_profile(), built_models, threads=1)


@pytest.fixture(scope="module")
def embedder(built_models: ModelStore) -> Embedder:
    return open_embedder(shipped_profile(), built_models, threads=1)


@pytest.fixture(scope="module")
def astronaut_bgr() -> BgrImage:
    return np.ascontiguousarray(data.astronaut()[:256, 64:384, ::-1])


def assert_detects_alike(finder: FaceFinder, oracle: Oracle, image_bgr: BgrImage) -> int:
    ours, theirs = finder.detect(image_bgr), oracle.detect(image_bgr)
    assert len(ours) == len(theirs)
    for face, (box, score) in zip(ours, theirs, strict=True):
        assert np.abs(np.subtract(face.box_xyxy, box)).max() <= 2
        assert abs(face.detector_score - score) <= 0.01
    return len(ours)


def assert_aligns_and_embeds_alike(finder: FaceFinder, embedder: Embedder, oracle: Oracle, image_bgr: BgrImage) -> None:
    for face in finder.find(image_bgr):
        shape = oracle.shape(image_bgr, face)
        points = np.array([(part.x, part.y) for part in shape.parts()])
        assert face.landmarks_xy is not None
        assert np.abs(face.landmarks_xy - points).max() <= 0.5
        theirs, ours = oracle.chip(image_bgr, shape), embedder.align(image_bgr, face.landmarks_xy)
        difference = np.abs(theirs.astype(int) - ours.astype(int))
        assert difference.max() <= 2
        assert difference.mean() <= 0.05
        assert np.abs(embedder.embed([theirs])[0] - oracle.embed(theirs)).max() <= 1e-5
        assert np.linalg.norm(embedder.embed([ours])[0] - oracle.embed(theirs)) <= 1e-3


@pytest.mark.slow
def test_the_astronaut_is_found_where_dlib_finds_her(
    finder: FaceFinder, oracle: Oracle, astronaut_bgr: BgrImage
) -> None:
    assert assert_detects_alike(finder, oracle, astronaut_bgr) == 1


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.7, 3.3])
def test_the_astronaut_is_aligned_and_embedded_as_by_dlib(
    finder: FaceFinder, embedder: Embedder, oracle: Oracle, astronaut_bgr: BgrImage, scale: float
) -> None:
    image = cv2.resize(astronaut_bgr, None, fx=scale, fy=scale)
    assert len(finder.detect(image)) == 1
    assert_aligns_and_embeds_alike(finder, embedder, oracle, image)


@pytest.mark.slow
@pytest.mark.parametrize(
    "cut", [lambda i: i[60:], lambda i: i[:, 140:], lambda i: i[:160, :200]], ids=["above", "left", "below and right"]
)
def test_a_face_at_the_edge_is_judged_as_by_dlib(
    finder: FaceFinder,
    embedder: Embedder,
    oracle: Oracle,
    astronaut_bgr: BgrImage,
    cut: Callable[[BgrImage], BgrImage],
) -> None:
    image = np.ascontiguousarray(cut(astronaut_bgr))
    assert_detects_alike(finder, oracle, image)
    assert_aligns_and_embeds_alike(finder, embedder, oracle, image)


def test_a_turned_face_is_cut_out_upright_as_by_dlib(
    embedder: Embedder, finder: FaceFinder, oracle: Oracle, astronaut_bgr: BgrImage
) -> None:
    turn = cv2.getRotationMatrix2D((160, 128), 17, 1.0)
    assert_aligns_and_embeds_alike(finder, embedder, oracle, cv2.warpAffine(astronaut_bgr, turn, (320, 256)))


def test_embeddings_do_not_depend_on_the_batch(embedder: Embedder, finder: FaceFinder, astronaut_bgr: BgrImage) -> None:
    landmarks = finder.find(astronaut_bgr)[0].landmarks_xy
    assert landmarks is not None
    chip = embedder.align(astronaut_bgr, landmarks)
    chips = [np.roll(chip, shift, axis=1) for shift in range(19)]
    together = embedder.embed(chips)
    alone = np.stack([embedder.embed([chip])[0] for chip in chips])
    assert together.shape == (19, 128)
    assert np.abs(together - alone).max() <= 1e-5


def every(test_data: Path, step: int) -> list[BgrImage]:
    images = []
    with tarfile.open(test_data / "lfw" / "lfw-deepfunneled.tar") as archive:
        members = [member for member in archive.getmembers() if member.name.endswith(".jpg")]
        for member in members[::step]:
            stored = archive.extractfile(member)
            content = stored.read() if stored is not None else b""
            images.append(cv2.imdecode(np.frombuffer(io.BytesIO(content).getvalue(), np.uint8), cv2.IMREAD_COLOR))
    return images


@pytest.mark.slow
@pytest.mark.parametrize("step", [1103, pytest.param(441, marks=pytest.mark.torture)])
def test_photographs_of_lfw_are_found_as_by_dlib(
    finder: FaceFinder, oracle: Oracle, test_data: Path, step: int
) -> None:
    images = every(test_data, step)
    assert sum(assert_detects_alike(finder, oracle, image) for image in images) >= len(images) >= 12


@pytest.mark.slow
@pytest.mark.parametrize("step", [882, pytest.param(132, marks=pytest.mark.torture)])
def test_photographs_of_lfw_are_aligned_and_embedded_as_by_dlib(
    finder: FaceFinder, embedder: Embedder, oracle: Oracle, test_data: Path, step: int
) -> None:
    for image in every(test_data, step):
        assert_aligns_and_embeds_alike(finder, embedder, oracle, image)
