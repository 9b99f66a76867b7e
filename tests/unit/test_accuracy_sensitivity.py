"""Pictures made worse, one thing at a time: what changes is what was to change, and each worse picture is another."""

import hashlib

import cv2
import numpy as np
import pytest

from benchmarks.accuracy.degradation import BLUR, COMPRESSION, GRADES, LIGHT, SIZE, Grade, worsened, worsened_set
from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.accuracy.sensitivity_run import (
    AS_IT_IS,
    GATE_OFF,
    Chosen,
    choose,
    errors_by_quality,
    measure,
    worse_pictures,
)
from benchmarks.accuracy.watchlist_protocol import Half
from benchmarks.data.errors import DataRefused
from tests.builders_accuracy import a_sample, a_set, embedded

pytestmark = pytest.mark.law("D1", "D7")
SMALL, BLURRED = Grade(SIZE, 40, "px"), Grade(BLUR, 2, "px")


def a_picture(seed: int = 1) -> bytes:
    """Patches of colour, (100, 80)."""
    coarse = np.random.default_rng(seed).integers(40, 120, (10, 8, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (80, 100), interpolation=cv2.INTER_NEAREST)
    return cv2.imencode(".png", image)[1].tobytes()


def opened(content: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def test_a_face_becomes_as_small_as_is_asked_and_never_larger() -> None:
    assert opened(worsened(a_picture(), SMALL, 80.0)).shape == (50, 40, 3)
    assert opened(worsened(a_picture(), SMALL, 20.0)).shape == (100, 80, 3)


def test_blur_takes_edges_and_compression_bytes() -> None:
    def edges(content: bytes) -> float:
        return float(cv2.Laplacian(opened(content), cv2.CV_64F).var())

    blurs = [edges(worsened(a_picture(), Grade(BLUR, level, "px"), 80.0)) for level in (1, 2, 3)]
    assert edges(a_picture()) > blurs[0] > blurs[1] > blurs[2]
    sizes = [len(worsened(a_picture(), Grade(COMPRESSION, level, ""), 80.0)) for level in (90, 50, 10)]
    assert sizes[0] > sizes[1] > sizes[2]


def test_light_is_doubled_where_it_is_light_and_not_in_the_numbers_of_the_picture() -> None:
    grey = cv2.imencode(".png", np.full((4, 4, 3), 100, dtype=np.uint8))[1].tobytes()
    half, double = (int(opened(worsened(grey, Grade(LIGHT, level, ""), 4.0))[0, 0, 0]) for level in (0.5, 2))
    assert (half, double) == (round(100 * 0.5 ** (1 / 2.2)), round(100 * 2 ** (1 / 2.2)))
    white = cv2.imencode(".png", np.full((4, 4, 3), 250, dtype=np.uint8))[1].tobytes()
    assert opened(worsened(white, Grade(LIGHT, 2, ""), 4.0)).max() == 255


def test_every_grade_gives_other_bytes_so_that_nothing_kept_is_mistaken() -> None:
    made = {hashlib.sha256(worsened(a_picture(), grade, 110.0)).hexdigest() for grade in GRADES}
    assert len(made) == len(GRADES)
    assert worsened(a_picture(), BLURRED, 80.0) == worsened(a_picture(), BLURRED, 80.0)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(DataRefused, match="cannot be opened"):
        worsened(b"none", BLURRED, 80.0)


def test_a_set_is_laid_out_grade_by_grade() -> None:
    files = {"a.png": a_picture(1), "b.png": a_picture(2)}
    whole = a_set(files)
    made = worsened_set(whole, whole.pictures, (SMALL, BLURRED), {"a.png": 80.0, "b.png": 40.0})
    assert [one.person for one in made.pictures] == ["a", "b", "a", "b"]
    shapes = [opened(made.files.read(one.name)).shape[0] for one in made.pictures]
    assert shapes == [50, 100, 100, 100]
    assert made.files.names == tuple(one.name for one in made.pictures)


def a_town(people: int = 12) -> Embedded:
    """People a whole unit apart; every second has two pictures."""
    names = [f"p{person:02d}" for person in range(people) for _ in range(2 - person % 2)]
    places = [person + at * 0.01 for person in range(people) for at in range(2 - person % 2)]
    return embedded(names, [a_sample(place) for place in places])


def test_the_sample_is_of_people_with_a_second_picture_and_of_others_who_are_not_listed() -> None:
    town, chosen = a_town(), choose(a_town(), listed=4, others=5, seed=1)
    names = [[town.pictures[at].person for at in part] for part in (chosen.references, chosen.second, chosen.others)]
    assert names[0] == names[1]
    assert len(set(names[0])) == 4
    assert len(set(names[2])) == 5
    assert not set(names[0]) & set(names[2])
    assert not set(chosen.references) & set(chosen.probes)
    assert choose(town, listed=4, others=5, seed=1) == chosen != choose(town, listed=4, others=5, seed=2)
    with pytest.raises(NotEnoughPeople, match="second picture"):
        choose(town, listed=7, others=1, seed=1)


def test_each_row_counts_people_once_and_a_picture_without_a_template_at_the_level_of_the_system() -> None:
    own = embedded(
        ["a", "a", "b", "b", "c", "d"],
        [a_sample(at) for at in (0.0, 0.1, 2.0, 2.45, 0.43, 9.0)],
    )
    chosen = Chosen((0, 2), (1, 3), (4, 5))
    # In the first grade one listed face is lost and one is refused; in the second the stranger comes nearer.
    smaller = [a_sample(0.1), a_sample(None), a_sample(0.43, refused="too small"), a_sample(9.0)]
    blurred = [a_sample(at) for at in (0.6, 2.1, 0.0, 2.2)]
    worse = embedded([None] * 8, [*smaller, *blurred])
    rows = {(row.what, row.level): row for row in measure(own, worse, chosen, (SMALL, BLURRED))}
    assert counts(rows[AS_IT_IS, "–"]) == (1, 2, 1, 2, 0)
    assert counts(rows["threshold", 0.42]) == (0, 2, 1, 2, 0)
    assert counts(rows["threshold", 0.46]) == (1, 2, 0, 2, 0)
    assert counts(rows[SIZE, 40]) == (0, 2, 1, 2, 2)
    assert counts(rows[f"{SIZE}, {GATE_OFF}", 40]) == (1, 2, 1, 2, 1)
    assert counts(rows[BLUR, 2]) == (2, 2, 1, 2, 0)
    first = rows[AS_IT_IS, "–"]
    assert (first.people, first.fpir, first.fnir) == (2, 0.5, 0.5)
    assert first.interval is not None
    assert first.fnir_interval is not None
    assert (first.interval.lower, first.interval.upper) == pytest.approx((0.0126, 0.9874), abs=1e-4)


def counts(row: object) -> tuple[int, ...]:
    names = ("false_alarms", "searches", "missed", "listed_searches", "not_acquired")
    return tuple(getattr(row, name) for name in names)


def test_the_size_of_a_face_that_was_not_found_is_a_middling_one() -> None:
    files = {f"{at:05d}.jpg": a_picture(at) for at in range(3)}
    of = embedded(["a", "a", "b"], [a_sample(0.0), a_sample(None), a_sample(1.0)])
    made = worse_pictures(a_set(files), of, Chosen((0,), (1,), (2,)), (Grade(SIZE, 60, "px"),))
    assert [opened(made.files.read(one.name)).shape[0] for one in made.pictures] == [50, 50], "120 is the middle"


def test_errors_by_quality_fall_where_quality_tells() -> None:
    of = embedded(["a", "a", "b", "b"], [a_sample(at) for at in (0.0, 0.1, 1.0, 1.9)])
    for at, sharp in enumerate((0.5, 0.4, 0.5, 0.1)):
        object.__setattr__(of.samples[at], "sharpness", sharp)
    half = Half(*(np.array(part) for part in ([0, 2], [1, 3], [0, 1], [0, 1])))
    found = {one["quality"]: one for one in errors_by_quality(of, half)}
    assert [point["fnmr"] for point in found["sharpness"]["points"]] == [0.5] * 7 + [0.0]
    assert {point["fnmr"] for point in found["face size"]["points"]} == {0.5}, "equal qualities leave together"
    assert found["sharpness"]["pairs"] == 2
