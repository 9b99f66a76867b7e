"""Film with known passes through the product's own edge and matcher: counted by pass, and nothing without authority."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.accuracy import evaluation, stream_film, stream_run
from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.stream_count import NOBODY, Noted, count, of_stream
from benchmarks.accuracy.stream_film import HEIGHT, WIDTH, Cast, Walk, Walker, frames, frames_of, person_at, plan
from benchmarks.accuracy.stream_run import run_stream
from benchmarks.accuracy.watchlist_protocol import split
from benchmarks.errors import BenchmarkError
from benchmarks.metrics.rates import Unit
from benchmarks.speed.authority import authority_of_now, slot_of
from edge.search_plan import Region
from edge.worker import Worker
from matcher.faces.face import DetectedFace
from matcher.models.store import ModelStore
from tests.builders_accuracy import a_sample, embedded
from tests.unit.test_accuracy_report import material as evaluated_material

pytestmark = pytest.mark.law("D1", "D3")
COLOURS = ((200, 40, 40), (40, 200, 40), (40, 40, 200), (200, 200, 40))


def a_walker(colour: Sequence[int]) -> Walker:
    """A checked square of one colour where a face would be, on grey."""
    image = np.full((250, 250, 3), 128, dtype=np.uint8)
    checks = (np.indices((110, 110)) // 11).sum(axis=0) % 2 == 0
    image[70:180, 70:180] = np.where(checks[..., None], np.array(colour), np.array(colour) * 0.7).astype(np.uint8)
    return Walker(image, (125.0, 125.0), 110.0)


def a_walk(person: int = 0, starts: float = 0.0, lasts: float = 4.0) -> Walk:
    return Walk(person, starts, starts + lasts, (-100.0, WIDTH + 100.0), 300.0, (100.0, 100.0))


def a_cast(listed: dict[int, int], people: int, references: int = 2) -> Cast:
    walks = tuple(a_walk(person, 10.0 * person) for person in range(people))
    return Cast(walks, (), listed, tuple(range(references)), 0)


def test_everybody_passes_once_and_then_nobody_for_a_while() -> None:
    walks = plan(12)
    assert [walk.person for walk in walks] == list(range(12))
    assert len({walk.face_px for walk in walks}) == 6
    assert len({walk.ends_at - walk.starts_at for walk in walks}) > 3
    last = frames_of(walks) - 1
    assert all(walk.at(last) is None for walk in walks)
    assert walks[3].y == walks[2].y, "every fourth meets the one before it"


def test_whose_face_is_at_a_place_is_known_from_the_plan() -> None:
    walks = (a_walk(0), replace(a_walk(1), y=600.0))
    x, y, _ = walks[0].at(50)  # type: ignore[misc]
    assert person_at(walks, 50, x + 10, y) == 0
    assert person_at(walks, 50, x, 600.0) == 1
    assert person_at(walks, 50, x + 51, y) is None
    assert person_at(walks, 200, x, y) is None, "the walk is over"


def test_the_same_plan_and_seed_give_the_same_pictures_and_whoever_is_nearer_is_in_front() -> None:
    walks = (a_walk(0, -2.0), replace(a_walk(1, -2.0), face_px=(150.0, 150.0)))
    walkers = [a_walker(COLOURS[0]), a_walker(COLOURS[1])]
    first, again, other = (list(frames(walks, walkers, 2, seed=seed))[1] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    x, y, _ = walks[1].at(1)  # type: ignore[misc]
    assert first.shape == (HEIGHT, WIDTH, 3)
    assert first[round(y), round(x)].argmax() == 1, "the larger face"


def noted(person: int, track: int, *slots: tuple[int, bool], scores: tuple[float, ...] = (-0.9,)) -> Noted:
    return Noted(track, person, scores, tuple((slot_of(slot), opens) for slot, opens in slots))


def test_a_pass_is_counted_once_however_often_its_track_broke() -> None:
    told = [
        noted(0, 1, (0, True)),
        noted(0, 2, (0, False)),
        noted(1, 3, (1, True), scores=(-0.1, -0.9)),
        noted(1, 4, (1, False)),
        noted(2, 5),
    ]
    result = count(told, a_cast({0: 0}, 4), threshold=-0.45, frames=2500)
    assert (result.found.numerator, result.found.denominator) == (1, 1)
    assert (result.others_alarmed.numerator, result.others_alarmed.denominator) == (1, 3), "seen or not"
    assert (result.alerts, result.false_alerts, result.tracks, result.broken_passes) == (2, 1, 5, 2)
    assert result.never_compared == 1
    by = {one.unit: (one.numerator, one.denominator) for one in result.by_unit}
    assert by == {Unit.FRAME: (1, 4), Unit.TRACK: (2, 3), Unit.TRANSIT: (1, 2)}
    json = of_stream(result)
    assert (json["unit"], json["camera_hours"]) == ("transit", pytest.approx(100 / 3600))
    assert json["false_alerts_per_camera_hour"]["value"] == pytest.approx(36.0)


def test_a_track_that_goes_over_to_another_person_has_slipped() -> None:
    told = [noted(0, 1), noted(1, 1), noted(1, 2)]
    result = count(told, a_cast({0: 0}, 2), threshold=-0.45, frames=25)
    assert (result.tracks, result.slipped_tracks, result.broken_passes) == (2, 1, 1)


def test_a_listed_person_taken_for_somebody_else_is_not_found_and_is_a_false_alert() -> None:
    result = count([noted(0, 1, (1, True))], a_cast({0: 0}, 1), threshold=-0.45, frames=25)
    assert (result.found.numerator, result.wrong_identity, result.false_alerts) == (0, 1, 1)


def test_a_listed_person_whom_the_camera_never_saw_counts_as_missed() -> None:
    result = count([], a_cast({0: 0, 1: 1}, 2), threshold=-0.45, frames=25)
    assert (result.found.numerator, result.found.denominator, result.never_compared) == (0, 2, 2)
    assert result.by_unit == ()


def test_a_face_that_is_nobodys_alarms_and_is_no_pass() -> None:
    result = count([noted(NOBODY, 1, (0, True))], a_cast({0: 0}, 2), threshold=-0.45, frames=25)
    assert (result.others_alarmed.numerator, result.false_alerts, result.broken_passes) == (0, 1, 0)


class ColourFinder:
    """Finds what has a colour."""

    def find_within(self, image: np.ndarray, region: Region) -> list[DetectedFace]:
        """Each coloured patch of the region, with five points."""
        left, top, right, bottom = region
        part = image[top:bottom, left:right].astype(np.int16)
        coloured = ((part.max(axis=2) - part.min(axis=2)) > 60).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.morphologyEx(coloured, cv2.MORPH_OPEN, np.ones((9, 9))))
        return [
            _face(left + x, top + y, width, height) for x, y, width, height, area in stats[1:].tolist() if area > 6000
        ]


def _face(x: float, y: float, width: float, height: float) -> DetectedFace:
    nose = 0.4 + (x * 7 + y * 3) % 97 / 500  # no two faces have the same points
    places = ((0.8, 0.3), (0.6, 0.3), (0.2, 0.3), (0.4, 0.3), (nose, 0.6))
    points = np.array([(x + a * width, y + b * height) for a, b in places], dtype=np.float32)
    return DetectedFace(box_xyxy=(x, y, x + width, y + height), detector_score=1.0, landmarks_xy=points)


class ColourEmbedder:
    """A face is its colour."""

    def align(self, image: np.ndarray, landmarks_xy: np.ndarray) -> np.ndarray:
        """What lies between the eyes and the nose."""
        (left, top), (right, bottom) = landmarks_xy.min(axis=0).astype(int), landmarks_xy.max(axis=0).astype(int)
        return np.ascontiguousarray(image[top:bottom, left:right])

    def embed(self, chips: Sequence[np.ndarray]) -> np.ndarray:
        """The mean colour, in the first three places."""
        return np.stack([_template(chip.reshape(-1, 3).mean(axis=0)) for chip in chips])


def _template(colour: np.ndarray) -> np.ndarray:
    template = np.zeros(128, dtype=np.float32)
    template[:3] = colour / 100
    return template


@pytest.fixture
def seen_by_colour(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """The real worker, decoder, leases, gallery and matcher; in place of the models, colours. Says what was loaded."""
    loaded: list[str] = []
    monkeypatch.setattr(stream_film, "_LAST_S", 0.3)

    def open_finder(*_: object, **__: object) -> ColourFinder:
        loaded.append("finder")
        return ColourFinder()

    def open_embedder(*_: object, **__: object) -> ColourEmbedder:
        loaded.append("embedder")
        return ColourEmbedder()

    monkeypatch.setattr(stream_run, "open_face_finder", open_finder)
    monkeypatch.setattr(stream_run, "open_embedder", open_embedder)
    return lambda: loaded


def a_film(listed: dict[int, int]) -> tuple[Cast, Embedded]:
    """Two people, the second while the first is still there; on the list are those of the first and the last colour."""
    walks = tuple(replace(a_walk(person, 0.2 + person, 1.8), y=200.0 + 250 * person) for person in range(2))
    of = embedded(["a", "b"], [a_sample(0.0), a_sample(1.0)])
    seen = [np.array(COLOURS[at]) * 0.85 for at in (0, 3)]
    listed_templates = np.stack([_template(colour) for colour in seen])
    walkers = tuple(a_walker(COLOURS[at]) for at in (0, 1))
    return Cast(walks, walkers, listed, (0, 1), 1), replace(of, templates=listed_templates)


def test_the_whole_product_finds_whom_it_is_told_to_and_nobody_else(
    tmp_path: Path, seen_by_colour: Callable[[], list[str]]
) -> None:
    of, known = a_film({0: 0})
    told: list[tuple[int, int]] = []
    result = run_stream(
        of, known, ModelStore(tmp_path), tmp_path, progress=lambda done, whole: told.append((done, whole))
    )
    assert (result.found.numerator, result.found.denominator) == (1, 1)
    assert (result.others_alarmed.numerator, result.others_alarmed.denominator) == (0, 1)
    assert (result.never_compared, result.wrong_identity, result.false_alerts, result.alerts) == (0, 0, 0, 1)
    assert seen_by_colour() == ["finder", "embedder"]
    assert told[-1][0] in range(told[-1][1] - 1, told[-1][1] + 1), "every frame was analysed"


def test_without_an_authority_no_model_is_loaded_and_nothing_is_compared(
    tmp_path: Path, seen_by_colour: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    of, known = a_film({0: 0})
    other = replace(known, profile=replace(known.profile, name="other"))
    # The authority is for another chain of models than the one that would look.
    monkeypatch.setattr(
        stream_run, "authority_of_now", lambda _profile, templates: authority_of_now(other.profile, templates)
    )
    monkeypatch.setattr(Worker, "run", lambda worker: [worker._renew(worker._clocks()) for _ in range(2)])
    with pytest.raises(BenchmarkError, match="No frame"):
        run_stream(of, known, ModelStore(tmp_path), tmp_path, progress=lambda _done, _whole: None)
    assert seen_by_colour() == []


def test_an_evaluation_has_film_and_worse_pictures_where_they_were_measured_and_else_leaves_them_out() -> None:
    material = replace(evaluated_material(), stream=count([], a_cast({0: 0}, 2), threshold=-0.45, frames=25))
    told = evaluation._conditions(material, split(material.lfw, 10, 1).test)
    assert told["stream"]["passes_of_others"] == 1
    assert "sensitivity" not in told
    assert [one["quality"] for one in told["error_versus_discard"]] == ["face size", "sharpness", "frontal pose"]
    without = evaluation._conditions(evaluated_material(), split(material.lfw, 10, 1).test)
    assert set(without) == {"error_versus_discard"}
