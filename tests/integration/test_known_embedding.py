"""A painted pattern, aligned and embedded, against what dlib made of it: no face, no data set and no dlib is needed.

The numbers were made once with dlib-bin 20.0.1 by `known_answer` below. They are of a pattern: nobody's template is
kept here.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.model_profile import ChipView
from matcher.embedding import Embedder, open_embedder
from matcher.faces.face import BgrImage, FloatArray
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore

pytestmark = pytest.mark.law("D1")
VECTOR = Path(__file__).parents[1] / "vectors" / "dlib_pattern.json"
#: Outer and inner corner of the eye on the right, of the eye on the left, nose: a head turned a little and leaning.
LANDMARKS = ((171, 101), (149, 104), (92, 108), (113, 107), (134, 146))


def pattern_bgr() -> BgrImage:
    """Waves of another length and direction in each colour, so that no two colours and no two places look alike."""
    down, across = np.mgrid[0:250, 0:250].astype(np.float64)
    waves = [np.sin(across / 7 + down / 19), np.sin(across / 23 - down / 11), np.cos((across * down) / 900)]
    return np.stack([127.5 + 110 * wave for wave in waves], axis=2).astype(np.uint8)


def known_answer() -> list[float]:
    """What dlib makes of the pattern; whoever has dlib can make the file anew."""
    dlib: Any = pytest.importorskip("dlib")
    from matcher.models.dlib_weights import sources  # noqa: PLC0415

    box = dlib.rectangle(80, 70, 184, 174)
    shape = dlib.full_object_detection(box, dlib.points([dlib.point(*point) for point in LANDMARKS]))
    chip = dlib.get_face_chip(np.ascontiguousarray(pattern_bgr()[:, :, ::-1]), shape, 150, 0.25)
    model = dlib.face_recognition_model_v1(str(sources.locate(sources.EMBEDDER)))
    views = [np.array(model.compute_face_descriptor(view)) for view in (chip, np.ascontiguousarray(chip[:, ::-1]))]
    return [round(float(number), 6) for number in np.mean(views, axis=0)]


@pytest.fixture(scope="module")
def embedder(built_models: ModelStore) -> Embedder:
    return open_embedder(shipped_profile(), built_models, threads=1)


@pytest.fixture(scope="module")
def known() -> FloatArray:
    told = json.loads(VECTOR.read_text(encoding="utf-8"))
    return np.array(told["embedding"], dtype=np.float32)


def landmarks(shift: float = 0) -> FloatArray:
    return np.array(LANDMARKS, dtype=np.float32) + np.float32(shift)


def test_the_pattern_is_embedded_as_by_dlib(embedder: Embedder, known: FloatArray) -> None:
    (found,) = embedder.embed([embedder.align(pattern_bgr(), landmarks())])
    assert np.linalg.norm(found - known) <= 1e-3


@pytest.mark.parametrize("shift", [1, 4])
def test_a_shifted_alignment_is_seen(embedder: Embedder, known: FloatArray, shift: float) -> None:
    (found,) = embedder.embed([embedder.align(pattern_bgr(), landmarks(shift))])
    assert np.linalg.norm(found - known) > 0.02


def test_swapped_channels_are_seen(embedder: Embedder, known: FloatArray) -> None:
    chip = embedder.align(pattern_bgr(), landmarks())[:, :, ::-1]
    assert np.linalg.norm(embedder.embed([np.ascontiguousarray(chip)])[0] - known) > 0.1


def test_a_mirror_image_that_is_left_out_is_seen(built_models: ModelStore, known: FloatArray) -> None:
    profile = shipped_profile()
    alone = replace(profile, embedder=replace(profile.embedder, views=(ChipView.AS_IS,)))
    embedder = open_embedder(alone, built_models, threads=1)
    (found,) = embedder.embed([embedder.align(pattern_bgr(), landmarks())])
    assert np.linalg.norm(found - known) > 0.02


def test_the_known_answer_is_dlibs(known: FloatArray) -> None:
    assert np.abs(np.array(known_answer()) - known).max() <= 1e-5
