"""Comparison scores: higher is more alike, whatever the profile's unit."""

import math

import numpy as np
import pytest

from contracts.model_profile import ScoreKind
from matcher.embedding import likeness
from matcher.faces.alignment import template_chip
from matcher.models.shipped_profiles import shipped_profile


def random(count: int, dimensions: int = 128) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(count, dimensions)).astype(np.float32)


def test_equal_embeddings_are_at_no_distance_at_all() -> None:
    ours = random(7)
    assert (np.diag(likeness(ScoreKind.EUCLIDEAN_DISTANCE, ours, ours)) == 0).all()


def test_a_distance_is_negated() -> None:
    score = likeness(ScoreKind.EUCLIDEAN_DISTANCE, np.zeros((1, 2), np.float32), np.array([[3, 4]], np.float32))
    assert score.tolist() == [[-5.0]]


def test_a_cosine_is_the_product_of_unit_vectors() -> None:
    one, other = np.array([[1, 0]], np.float32), np.array([[math.cos(1), math.sin(1)]], np.float32)
    assert likeness(ScoreKind.COSINE, one, other)[0, 0] == pytest.approx(math.cos(1))


@pytest.mark.parametrize("kind", list(ScoreKind))
@pytest.mark.parametrize(("probes", "references"), [(0, 0), (0, 3), (3, 0), (2, 5)])
def test_every_probe_is_compared_with_every_reference(kind: ScoreKind, probes: int, references: int) -> None:
    scores = likeness(kind, random(probes), random(references))
    assert scores.shape == (probes, references)
    assert scores.dtype == np.float32


@pytest.mark.parametrize("name", ["dlib-resnet", "yunet-retail0095", "yunet-dlib"])
def test_a_stricter_threshold_asks_for_more_likeness(name: str) -> None:
    rule = shipped_profile(name).comparison
    assert rule.least_likeness == (rule.threshold if rule.score is ScoreKind.COSINE else -rule.threshold)


def test_a_chip_whose_landmarks_lie_on_the_template_is_the_picture_itself() -> None:
    template = np.array(shipped_profile("yunet-retail0095").alignment.template_xy)
    picture = np.random.default_rng(1).integers(0, 255, (128, 128, 3), dtype=np.uint8)
    chip_rgb = template_chip(picture, template.astype(np.float32), size=128, template_xy=template)
    # Landmarks are single precision, so pixels may move by a millionth and round otherwise.
    assert np.abs(chip_rgb[:, :, ::-1].astype(int) - picture).max() <= 1


def test_a_face_outside_of_the_picture_is_black() -> None:
    template = np.array(shipped_profile("yunet-retail0095").alignment.template_xy)
    picture = np.full((64, 64, 3), 200, dtype=np.uint8)
    chip_rgb = template_chip(picture, (template + 5000).astype(np.float32), size=128, template_xy=template)
    assert not chip_rgb.any()
