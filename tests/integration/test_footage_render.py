"""A painted and written excerpt, with the one photograph that needs no network."""

import hashlib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from insyn.demonstration import footage as footage_module
from insyn.demonstration.cast import CutOut, cut_out
from insyn.demonstration.errors import FootageNotRenderedError
from insyn.demonstration.footage import render_footage, write_film
from insyn.demonstration.frame_painter import FramePainter, light_table
from insyn.demonstration.photographs import _ASTRONAUT, Photograph, _astronaut_bytes
from insyn.demonstration.truth import read_truth
from insyn.demonstration.walk import FRAMES_PER_SECOND, HEIGHT, WIDTH, Pass, stance

pytestmark = pytest.mark.slow
pytest.importorskip("skimage", reason="the photograph of the astronaut comes with insyn[demo]: install it")

WALK = Pass(person="person-c", photograph=1, starts_at=0, ends_at=4, x=(200, 1080), face_px=(70, 120))


def nothing(_done: int, _total: int) -> None:
    pass


@pytest.fixture(scope="module")
def astronaut(tmp_path_factory: pytest.TempPathFactory) -> Photograph:
    path = tmp_path_factory.mktemp("photographs") / _ASTRONAUT.file_name
    path.write_bytes(_astronaut_bytes())
    return Photograph(
        person="person-c", number=1, path=path, sha256=_ASTRONAUT.sha256, licence=_ASTRONAUT.licence, source="test"
    )


@pytest.fixture(scope="module")
def cast(astronaut: Photograph) -> Mapping[tuple[str, int], CutOut]:
    return {("person-c", 1): cut_out(astronaut)}


@pytest.fixture(scope="module")
def painter(cast: Mapping[tuple[str, int], CutOut]) -> FramePainter:
    return FramePainter([WALK], cast, seed=3)


def test_person_is_cut_out_of_the_picture(cast: Mapping[tuple[str, int], CutOut]) -> None:
    canvas, face_px = cast["person-c", 1].nearest_above(100)
    alpha = canvas[..., 3]
    middle, top = round(2.1 * face_px), round(1.25 * face_px)
    assert alpha[top - 20 : top + 20, middle - 20 : middle + 20].min() == 255
    assert alpha[: round(0.05 * face_px)].max() == 0
    assert alpha[top, : round(0.9 * face_px)].max() == 0
    assert np.all(canvas[..., :3].max(axis=2) <= alpha.astype(int) + 1), "the picture must be pre-multiplied"


def test_same_seed_paints_the_same_pixels(painter: FramePainter, cast: Mapping[tuple[str, int], CutOut]) -> None:
    again = FramePainter([WALK], cast, seed=3)
    assert np.array_equal(painter.paint(37), again.paint(37))
    assert not np.array_equal(painter.paint(37), FramePainter([WALK], cast, seed=4).paint(37))


def test_astronaut_is_where_the_plan_says(painter: FramePainter) -> None:
    there = stance(WALK, 50)
    assert there is not None
    x1, y1, x2, y2 = (round(edge) for edge in there.face_xyxy)
    changed = cv2.absdiff(painter.paint(50), painter.paint(500))[y1:y2, x1:x2].mean()
    elsewhere = cv2.absdiff(painter.paint(50), painter.paint(500))[:, :100].mean()
    assert changed > 5 * elsewhere


def test_excerpt_can_be_decoded_at_the_right_size_and_rate(tmp_path: Path, painter: FramePainter) -> None:
    path = tmp_path / "excerpt.mp4"
    calls: list[tuple[int, int]] = []
    write_film(path, painter, range(40), report=lambda done, total: calls.append((done, total)))
    capture = cv2.VideoCapture(str(path))
    assert capture.get(cv2.CAP_PROP_FPS) == FRAMES_PER_SECOND
    frames = []
    while (answer := capture.read())[0]:
        frames.append(answer[1])
    capture.release()
    assert len(frames) == 40
    assert frames[0].shape == (HEIGHT, WIDTH, 3)
    assert cv2.absdiff(np.asarray(frames[20], np.uint8), painter.paint(20)).mean() < 4
    assert calls == [(0, 40), (25, 40)]
    assert [each.name for each in tmp_path.iterdir()] == ["excerpt.mp4"]


def test_film_that_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path, painter: FramePainter) -> None:
    with pytest.raises(FootageNotRenderedError, match="could not be written"):
        write_film(tmp_path / "missing" / "film.mp4", painter, range(2), report=nothing)
    assert list(tmp_path.iterdir()) == []


def test_set_up_renders_once_and_again_only_when_something_changed(
    tmp_path: Path, astronaut: Photograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footage_module, "plan", lambda _seed: (WALK,))
    monkeypatch.setattr(footage_module, "FRAME_COUNT", 10)
    made = render_footage(tmp_path, [astronaut], report=nothing)
    truth = read_truth(made.truth_path)
    assert truth.video_sha256 == hashlib.sha256(made.video_path.read_bytes()).hexdigest()
    assert truth.inputs_sha256 == (astronaut.sha256,)
    first = made.video_path.stat().st_mtime_ns
    assert render_footage(tmp_path, [astronaut], report=nothing) == made
    assert made.video_path.stat().st_mtime_ns == first
    render_footage(tmp_path, [astronaut], report=nothing, seed=9)
    assert read_truth(made.truth_path).seed == 9
    monkeypatch.setattr(footage_module, "renderer_sha256", lambda: "00" * 32)
    render_footage(tmp_path, [astronaut], report=nothing, seed=9)
    assert read_truth(made.truth_path).renderer_sha256 == "00" * 32
    made.video_path.write_bytes(made.video_path.read_bytes()[:-100])
    render_footage(tmp_path, [astronaut], report=nothing, seed=9)
    assert read_truth(made.truth_path).video_sha256 == hashlib.sha256(made.video_path.read_bytes()).hexdigest()


def test_missing_photograph_is_said(tmp_path: Path) -> None:
    with pytest.raises(FootageNotRenderedError, match="run the set-up again"):
        render_footage(tmp_path, [], report=nothing)


def test_photograph_nobody_measured_is_refused(astronaut: Photograph) -> None:
    other = Photograph(
        person="person-x", number=1, path=astronaut.path, sha256="00" * 32, licence="none", source="test"
    )
    with pytest.raises(FootageNotRenderedError, match="person-x"):
        cut_out(other)


def test_light_changes_slowly_and_stays_usable() -> None:
    levels = [int(light_table(second)[0, 128, 1]) for second in range(66)]
    assert 90 < min(levels) < 115
    assert 130 < max(levels) < 155
    assert max(abs(later - earlier) for earlier, later in pairwise(levels)) < 12
