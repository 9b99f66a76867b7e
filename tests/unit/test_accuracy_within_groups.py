"""Lists of one group: as long as one another, searched by everybody who is not on them, with people as the unit."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.accuracy.within_groups_run import WithinGroups, within_groups
from benchmarks.data.pictures import Picture
from tests.builders_accuracy import a_profile, a_sample

pytestmark = pytest.mark.law("C10", "D3")
FACE, BLURRED, PROFILE = a_sample(0.0), a_sample(0.0, refused="blurred"), a_profile()


def a_town(places: Mapping[str, list[list[float]]], labels: Mapping[str, Mapping[str, str]] | None = None) -> Embedded:
    """People by group, each with the places of their pictures on a line; NaN is no face."""
    rows = [
        (f"{group}{at}", (labels or {}).get(f"{group}{at}", {"sex": group}), place)
        for group, people in places.items()
        for at, many in enumerate(people)
        for place in many
    ]
    pictures = tuple(Picture(f"{at:04d}.jpg", who, groups) for at, (who, groups, _) in enumerate(rows))
    templates = np.zeros((len(rows), 2), dtype=np.float32)
    templates[:, 0] = [place for _, _, place in rows]
    return Embedded(
        pictures, (FACE,) * len(rows), templates, PROFILE, "manifest", tuple(f"{at:064x}" for at in range(len(rows)))
    )


def run(town: Embedded, enrolled: int | None = None, seed: int = 1) -> WithinGroups:
    return within_groups(town, ["sex"], enrolled=enrolled, seed=seed, target=0.5)


def counts(found: WithinGroups) -> dict[tuple[str, str], tuple[int, int]]:
    return {
        (one.group, cell.name): (cell.rate.numerator, cell.rate.denominator)
        for one in found.lists
        for cell in one.false_alarms
    }


def test_a_group_that_lies_close_together_alarms_on_its_own_list_and_on_no_other() -> None:
    close, apart = [[0.0, 0.0]] * 6, [[10.0 * at, 10.0 * at] for at in range(1, 7)]
    found = run(a_town({"female": close, "male": apart}))
    assert found.enrolled == 3
    assert counts(found) == {
        ("female", "female"): (3, 3),
        ("female", "male"): (0, 6),
        ("male", "female"): (0, 6),
        ("male", "male"): (0, 3),
    }
    misses = {one.group: (one.misses.rate.numerator, one.misses.rate.denominator) for one in found.lists}
    assert misses == {"female": (3, 3), "male": (0, 3)}, "whoever ties with another is not found"


def test_who_is_missed_in_one_picture_is_missed() -> None:
    people = [[10.0 * at, 10.0 * at, 10.0 * at + 5] for at in range(4)]
    found = run(a_town({"female": people, "male": [[100 + 10.0 * at] * 3 for at in range(4)]}))
    assert {one.group: one.misses.rate.numerator for one in found.lists} == {"female": 2, "male": 0}


def test_a_group_too_small_for_a_list_is_searched_all_the_same() -> None:
    town = a_town({"female": [[0.0, 0.0]] * 6, "male": [[9.0, 9.0]] * 6, "other": [[0.0]]})
    found = run(town, enrolled=3)
    assert found.too_small == ("other",)
    assert counts(found)["female", "other"] == (1, 1)


def test_whose_pictures_disagree_is_of_an_unknown_group_which_has_no_list() -> None:
    town = a_town({"female": [[0.0, 0.0]] * 6, "male": [[9.0, 9.0]] * 6, "x": [[0.0, 0.0]] * 6})
    pictures = tuple(
        Picture(one.name, one.person, {"sex": ("female", "male")[at % 2]} if one.groups["sex"] == "x" else one.groups)
        for at, one in enumerate(town.pictures)
    )
    found = run(replace(town, pictures=pictures), enrolled=3)
    assert {one.group for one in found.lists} == {"female", "male"}
    assert counts(found)["female", "unknown"] == (6, 6)
    few = Embedded(pictures[:-4], town.samples[:-4], town.templates[:-4], PROFILE, "manifest", town.hashes[:-4])
    assert run(few).enrolled == 3, "four people of an unknown group do not make every list short"


def test_what_the_product_would_not_compare_alarms_nobody_and_is_on_no_list() -> None:
    town = a_town({"female": [[0.0, 0.0]] * 6, "male": [[9.0, 9.0]] * 6})
    blurred = (BLURRED,) * 6 + (FACE,) * 18
    found = run(replace(town, samples=blurred), enrolled=2)
    alarms = counts(found)["female", "female"]
    assert alarms == (1, 4), "three of the six have no picture that may be compared"


def test_one_group_is_refused_and_so_is_a_label_that_nobody_has() -> None:
    with pytest.raises(NotEnoughPeople, match="Fewer than two groups of sex"):
        run(a_town({"female": [[0.0, 0.0]] * 6}))
    with pytest.raises(NotEnoughPeople, match="Fewer than two groups of skin"):
        within_groups(a_town({"female": [[0.0]] * 6}), ["skin"], enrolled=2, seed=1, target=0.5)


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), enrolled=st.integers(1, 5))
def test_nobody_on_a_list_is_searched_for_as_a_stranger_and_everybody_else_is_once(seed: int, enrolled: int) -> None:
    dice = np.random.default_rng(seed)
    town = a_town({group: [[float(dice.integers(0, 9))] * 2 for _ in range(6)] for group in ("a", "b", "c")})
    found = run(town, enrolled=enrolled, seed=seed)
    assert found == run(town, enrolled=enrolled, seed=seed)
    for one in found.lists:
        sizes = {cell.name: cell.rate.denominator for cell in one.false_alarms}
        assert sizes == {group: 6 - (enrolled if group == one.group else 0) for group in ("a", "b", "c")}
        assert one.misses.rate.denominator == enrolled
