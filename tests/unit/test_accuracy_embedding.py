"""Embedding a set: what is kept is not made again, what changed is, and nobody's file name lies in the cache."""

from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import pytest

from benchmarks.accuracy import embedding_run, pipeline_hash
from benchmarks.accuracy.embedding_run import embed
from benchmarks.accuracy.errors import ProcessEnded
from benchmarks.accuracy.pipeline_hash import pipeline_sha256
from benchmarks.accuracy.template import NO_FACE, NO_PICTURE, TemplateMaker
from benchmarks.accuracy.template_cache import TemplateCache, forget
from contracts.model_profile import ChipView, ColourOrder, ModelProfile, ScoreKind
from matcher.faces.face import DetectedFace
from matcher.models.store import ModelStore
from tests.builders_accuracy import a_profile, a_sample, a_set, another_profile


def a_picture(shade: int) -> bytes:
    return cv2.imencode(".png", np.full((40, 60, 3), shade, dtype=np.uint8))[1].tobytes()


class FakeFinder:
    """Finds as many faces as it is told, each at its place."""

    def __init__(self, *boxes: tuple[float, float, float, float]) -> None:
        self.boxes = boxes

    def detect(self, image: np.ndarray) -> list[DetectedFace]:
        """All faces."""
        return [DetectedFace(box_xyxy=box, detector_score=1.0, landmarks_xy=None) for box in self.boxes]

    def with_landmarks(self, image: np.ndarray, face: DetectedFace) -> DetectedFace:
        """Points within the box."""
        left, top, right, bottom = face.box_xyxy
        points = np.linspace((left, top), (right, bottom), 5, dtype=np.float32)
        return DetectedFace(box_xyxy=face.box_xyxy, detector_score=1.0, landmarks_xy=points)


class FakeEmbedder:
    """Notes which points it was asked to align by."""

    def __init__(self) -> None:
        self.points: list[np.ndarray] = []
        self.pictures: list[np.ndarray] = []

    def align(self, image: np.ndarray, landmarks_xy: np.ndarray) -> np.ndarray:
        """A grey chip."""
        self.points.append(landmarks_xy)
        self.pictures.append(image)
        return np.full((150, 150, 3), 7, dtype=np.uint8)

    def embed(self, chips: list[np.ndarray]) -> np.ndarray:
        """The chip's shade."""
        return np.full((len(chips), 128), float(chips[0][0, 0, 0]), dtype=np.float32)


def a_maker(*boxes: tuple[float, float, float, float]) -> TemplateMaker:
    return TemplateMaker(FakeFinder(*boxes), FakeEmbedder(), a_profile())  # type: ignore[arg-type]


def test_the_face_in_the_middle_is_meant() -> None:
    maker = a_maker((0, 0, 10, 10), (25, 15, 35, 25), (50, 30, 60, 40))
    sample = maker.of(a_picture(100))
    assert (sample.faces, sample.failure) == (3, None)
    assert maker._embedder.points[0][0].tolist() == [25, 15]  # type: ignore[attr-defined]


def test_what_is_aligned_is_the_picture_as_it_was_opened_by_the_points_that_were_found() -> None:
    """A swapped channel or a shifted point between picture and chip would be measured as the model's own fault."""
    colours = np.zeros((40, 60, 3), dtype=np.uint8)
    colours[:, :, 0], colours[:, :, 1], colours[:, :20, 2] = 200, 90, 10
    maker = a_maker((25, 15, 35, 25))
    maker.of(cv2.imencode(".png", colours)[1].tobytes())
    embedder: FakeEmbedder = maker._embedder  # type: ignore[assignment]
    assert (embedder.pictures[0] == colours).all(), "blue first, as the aligner takes it"
    assert embedder.points[0].tolist() == np.linspace((25, 15), (35, 25), 5, dtype=np.float32).tolist()


def test_a_face_beneath_the_products_limits_has_a_template_and_says_which_limit() -> None:
    sample = a_maker((25, 15, 35, 25)).of(a_picture(100))
    assert sample.refused == "too_small"
    assert sample.template is not None
    assert sample.thumbnail is not None
    assert sample.thumbnail.shape == (24, 24)


def test_no_face_and_no_picture_are_told_apart() -> None:
    assert a_maker().of(a_picture(1)).failure == NO_FACE
    assert a_maker().of(b"hello").failure == NO_PICTURE
    assert a_maker().of(b"").template is None


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Portions are made here, not in processes, and each picture that is made is noted."""
    seen: list[str] = []

    class Here:
        """A pool of nobody."""

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    def in_turns(_pool: object, portions: Iterator[dict[str, bytes]]) -> Iterator[dict[str, object]]:
        for portion in portions:
            seen.extend(portion)
            yield {sha256: a_sample(float(len(content))) for sha256, content in portion.items()}

    monkeypatch.setattr(embedding_run, "_pool", lambda *_: Here())
    monkeypatch.setattr(embedding_run, "_in_turns", in_turns)
    monkeypatch.setattr(TemplateMaker, "open", classmethod(lambda *_a, **_k: None))
    return seen


def run(tmp_path: Path, contents: dict[str, bytes], **of: object) -> embedding_run.Embedded:
    store = ModelStore(tmp_path)
    profile = of.get("profile", a_profile())
    return embed(a_set(contents), profile, store, cache=tmp_path / "kept" / "templates", progress=lambda _d, _a: None)  # type: ignore[arg-type]


def test_what_is_kept_is_not_made_again(tmp_path: Path, made: list[str]) -> None:
    first = run(tmp_path, {"a.jpg": b"1", "b.jpg": b"22"})
    again = run(tmp_path, {"a.jpg": b"1", "b.jpg": b"22", "c.jpg": b"333"})
    assert len(made) == 3
    assert first.templates[:, 0].tolist() == [1, 2]
    assert again.templates[:, 0].tolist() == [1, 2, 3]
    assert first.manifest != again.manifest


def test_a_picture_that_changed_is_made_anew_under_the_same_name(tmp_path: Path, made: list[str]) -> None:
    run(tmp_path, {"a.jpg": b"1"})
    assert run(tmp_path, {"a.jpg": b"55555"}).templates[0, 0] == 5
    assert len(made) == 2


def test_another_profile_uses_nothing_that_is_kept(tmp_path: Path, made: list[str]) -> None:
    run(tmp_path, {"a.jpg": b"1"})
    run(tmp_path, {"a.jpg": b"1"}, profile=another_profile())
    assert len(made) == 2


def test_two_files_of_one_content_are_made_once(tmp_path: Path, made: list[str]) -> None:
    assert run(tmp_path, {"a.jpg": b"1", "b.jpg": b"1"}).templates[:, 0].tolist() == [1, 1]
    assert len(made) == 1


def test_a_process_that_ends_is_one_sentence_and_what_was_made_is_kept(
    tmp_path: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = embedding_run._in_turns

    def breaks(pool: object, portions: Iterator[dict[str, bytes]]) -> Iterator[dict[str, object]]:
        yield from whole(pool, portions)  # type: ignore[arg-type, misc]
        raise BrokenProcessPool

    monkeypatch.setattr(embedding_run, "_in_turns", breaks)
    with pytest.raises(ProcessEnded, match="run it again"):
        run(tmp_path, {"a.jpg": b"1"})
    monkeypatch.setattr(embedding_run, "_in_turns", whole)
    assert run(tmp_path, {"a.jpg": b"1"}).templates[0, 0] == 1
    assert len(made) == 1


def test_code_between_picture_and_template_is_part_of_what_is_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = pipeline_hash._sources
    names = {
        name
        for package in ("matcher", "benchmarks.accuracy")
        for name, _ in sources(pipeline_hash.resources.files(package), package)
    }
    assert {"matcher/faces/alignment.py", "matcher/embedding.py", "benchmarks.accuracy/template.py"} <= names
    before = pipeline_sha256(a_profile())
    wider = replace(a_profile(), alignment=replace(a_profile().alignment, padding=0.3))
    assert before == pipeline_sha256(a_profile()) != pipeline_sha256(wider)
    shifted = lambda folder, path: [(name, text + b"#") for name, text in sources(folder, path)]  # noqa: E731
    monkeypatch.setattr(pipeline_hash, "_sources", shifted)
    assert pipeline_sha256(a_profile()) != before


def test_templates_are_the_same_whatever_threshold_is_asked_of_them() -> None:
    stricter = replace(a_profile(), comparison=replace(a_profile().comparison, threshold=0.3))
    assert pipeline_sha256(stricter) == pipeline_sha256(a_profile())


@pytest.mark.parametrize(
    "other",
    [
        lambda profile: replace(profile, embedder=replace(profile.embedder, views=(ChipView.AS_IS,))),
        lambda profile: replace(profile, embedder=replace(profile.embedder, colour_order=ColourOrder.BGR)),
        lambda profile: replace(profile, detector=replace(profile.detector, least_score=0.5)),
        lambda profile: replace(profile, faces=replace(profile.faces, most_turn=0.4)),
        lambda profile: replace(profile, comparison=replace(profile.comparison, score=ScoreKind.COSINE)),
    ],
)
def test_whatever_a_template_depends_on_is_part_of_what_is_hashed(
    other: Callable[[ModelProfile], ModelProfile],
) -> None:
    assert pipeline_sha256(other(a_profile())) != pipeline_sha256(a_profile())


def test_a_sample_comes_back_from_the_cache_as_it_went(tmp_path: Path) -> None:
    samples = {"x": a_sample(0.5, refused="blurred"), "y": a_sample(None)}
    with TemplateCache(tmp_path / "kept", "pipeline") as cache:
        cache.keep(samples)
    with TemplateCache(tmp_path / "kept", "pipeline") as cache:
        back = cache.find(["x", "y", "z"])
    assert set(back) == {"x", "y"}
    assert (back["x"].refused, back["x"].size_px, back["y"].failure) == ("blurred", 120.0, NO_FACE)
    assert (back["x"].template == samples["x"].template).all()
    assert (back["x"].thumbnail == samples["x"].thumbnail).all()
    assert back["y"].template is None
    assert np.isnan(back["y"].size_px)


def test_nothing_is_left_after_it_was_forgotten(tmp_path: Path, made: list[str]) -> None:
    run(tmp_path, {"Jane_Doe_0001.jpg": b"1"})
    path = tmp_path / "kept" / "templates"
    assert b"Jane" not in b"".join(file.read_bytes() for file in path.parent.iterdir())
    forget(path)
    assert list(path.parent.iterdir()) == []
