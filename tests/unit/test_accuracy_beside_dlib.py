"""Beside dlib: who is compared with whom, what the figures are, and one sentence where there is nothing to compare."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import beside_dlib as module
from benchmarks.accuracy.beside_dlib import Steps, beside_dlib, compared, in_turns, spread
from benchmarks.data.pictures import Picture
from matcher.faces.face import BgrImage
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from tests.builders_accuracy import a_set

IMAGE = np.zeros((4, 4, 3), dtype=np.uint8)


def steps(*took_ms: float, box: float = 10.0, grey: int = 100, at: float = 0.0) -> Steps:
    chip = np.full((2, 2, 3), grey, dtype=np.uint8)
    return Steps((0.0, 0.0, box, box), chip, np.array([at, 0.0], dtype=np.float32), took_ms)


class Told:
    """A chain that makes what a test told it to, and notes when it was asked."""

    def __init__(self, name: str, made: Iterator[Steps | None], asked: list[str]) -> None:
        self._name, self._made, self._asked = name, made, asked

    def steps(self, _image: BgrImage) -> Steps | None:
        """The next."""
        self._asked.append(self._name)
        return next(self._made)


def test_the_two_take_turns_at_coming_first_and_keep_their_places() -> None:
    asked: list[str] = []
    one, other = steps(1.0, 1.0, 1.0), steps(2.0, 2.0, 2.0)
    ours, theirs = Told("ours", iter([one] * 3), asked), Told("theirs", iter([other] * 3), asked)
    done: list[int] = []
    assert list(in_turns([IMAGE] * 3, ours, theirs, done.append)) == [(one, other)] * 3
    assert asked == ["ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert done == [1, 2, 3]


def test_differences_are_the_largest_and_ratios_are_of_all_the_time() -> None:
    found = compared(
        [
            (steps(1.0, 2.0, 3.0), steps(10.0, 1.0, 30.0)),
            (steps(3.0, 2.0, 5.0, box=11, grey=102, at=0.25), steps(30.0, 1.0, 50.0)),
        ]
    )
    assert (found["pictures"], found["faces_by_both"], found["faces_by_one_alone"], found["reason"]) == (2, 2, 0, None)
    assert found["largest_box_difference_px"] == 1
    assert found["largest_chip_difference"] == 2
    assert found["largest_descriptor_difference"] == 0.25
    assert found["steps"]["detection"] == {"insyn_ms": 2.0, "dlib_ms": 20.0, "times_as_fast": 10.0}
    assert found["steps"]["landmarks_and_chip"]["times_as_fast"] == 0.5
    assert found["whole"] == {"insyn_ms": 8.0, "dlib_ms": 61.0, "times_as_fast": 7.62}


def test_chips_are_not_subtracted_below_zero() -> None:
    found = compared([(steps(1.0, 1.0, 1.0, grey=0), steps(1.0, 1.0, 1.0, grey=1))])
    assert found["largest_chip_difference"] == 1


def test_faces_of_one_alone_are_counted_and_not_compared() -> None:
    one = steps(1.0, 1.0, 1.0)
    found = compared([(one, None), (None, one), (None, None), (one, one)])
    assert (found["faces_by_both"], found["faces_by_one_alone"]) == (1, 2)
    alone = compared([(one, None), (None, None)])
    assert (alone["whole"], alone["steps"]) == (None, None)
    assert alone["reason"].startswith("Neither chain found a face")


def test_a_sample_is_spread_over_the_whole_set_and_never_larger_than_it() -> None:
    pictures = [Picture(f"{at}.jpg", None) for at in range(10)]
    assert [one.name for one in spread(pictures, 4)] == ["0.jpg", "3.jpg", "6.jpg", "9.jpg"]
    assert spread(pictures, 50) == pictures
    assert spread(pictures, 1) == pictures[:1]


def test_where_dlib_is_missing_the_reason_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "missing", lambda _rival: "The package dlib-bin is not installed.")
    found = beside_dlib(a_set({}), shipped_profile(), ModelStore(tmp_path), sample=3, progress=lambda _a, _b: None)
    assert found == {"reason": "The package dlib-bin is not installed.", "steps": None, "whole": None}


def test_a_chain_that_is_not_dlibs_is_not_compared_with_it(tmp_path: Path) -> None:
    profile = shipped_profile("yunet-dlib")
    found = beside_dlib(a_set({}), profile, ModelStore(tmp_path), sample=3, progress=lambda _a, _b: None)
    assert found["reason"] == (
        "The profile yunet-dlib does not run dlib's models, so dlib is nothing to compare it with."
    )
