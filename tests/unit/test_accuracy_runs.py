"""Runs over embedded sets: folds judged by the others, people never in both halves, overlap, whole groups."""

import numpy as np
import pytest

from benchmarks.accuracy.bias_run import ALL, best_scores, list_of, measure
from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople, OtherProfile
from benchmarks.accuracy.group_curves import by_list
from benchmarks.accuracy.identification_run import TARGET_FPIR, identify
from benchmarks.accuracy.overlap import Overlap, find_overlap
from benchmarks.accuracy.view2 import best_threshold, view2
from benchmarks.accuracy.watchlist_protocol import Half, searches, split
from benchmarks.data.pairs import Pair
from benchmarks.metrics.groups import Status
from benchmarks.metrics.identification import fpir, threshold_for_fpir
from tests.builders_accuracy import a_sample, another_profile, embedded

pytestmark = pytest.mark.law("D1", "D3")


def a_town(people: int = 60, each: int = 3) -> Embedded:
    """People a whole unit apart, whose pictures lie close together."""
    names = [f"p{person:03d}" for person in range(people) for _ in range(each)]
    places = [person + picture / 100 for person in range(people) for picture in range(each)]
    return embedded(names, [a_sample(at) for at in places])


def test_the_threshold_of_a_fold_is_midway_and_the_lowest_of_the_best() -> None:
    assert best_threshold(np.array([1.0, 2.0, 4.0, 5.0]), np.array([False, False, True, True])) == 3.0
    assert best_threshold(np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, True, False, True])) == 1.5, (
        "equal scores stay together"
    )
    assert best_threshold(np.array([1.0, -np.inf]), np.array([True, False])) == 1.0


def pairs_of(same: int, other: int) -> list[Pair]:
    return [Pair("00000.jpg", "00001.jpg", same=True)] * same + [Pair("00000.jpg", "00002.jpg", same=False)] * other


def test_each_fold_is_judged_by_the_threshold_of_the_others() -> None:
    of = embedded(["a", "a", "b", "a"], [a_sample(0.0), a_sample(0.1), a_sample(1.0), a_sample(1.5)])
    wrong = [Pair("00000.jpg", "00003.jpg", same=True)] * 2
    found = view2(of, [pairs_of(2, 3), pairs_of(2, 3), wrong])
    assert found.folds == (1.0, 1.0, 0.0), "a fold that nobody else agrees with is wrong, not its own best"
    assert (found.errors, found.pairs) == (2, 12)
    assert found.standard_error == pytest.approx(np.std([1, 1, 0], ddof=1) / np.sqrt(3))


def test_a_face_that_was_not_found_is_a_distance_without_end() -> None:
    of = embedded(["a", "a", "b"], [a_sample(0.0), a_sample(None), a_sample(1.0)])
    found = view2(of, [pairs_of(1, 1), pairs_of(1, 1)])
    assert (found.failures_to_detect, found.errors) == (1, 2)


def test_nobody_is_in_both_halves_and_each_stranger_is_searched_for_once() -> None:
    town = a_town()
    halves = split(town, 10, seed=1)
    names = [
        {town.pictures[at].person for at in (*half.references, *half.probes)}
        for half in (halves.calibration, halves.test)
    ]
    assert not names[0] & names[1]
    for half in (halves.calibration, halves.test):
        strangers = [town.pictures[at].person for at in half.probes[half.mates < 0]]
        assert len(strangers) == len(set(strangers)) == 20
        assert set(half.references) & set(half.probes) == set()
        assert len({town.pictures[at].person for at in half.references}) == 10


def test_every_mate_is_the_column_of_the_own_person() -> None:
    town, half = a_town(), split(a_town(), 10, seed=2).test
    for probe, mate in zip(half.probes, half.mates, strict=True):
        if mate >= 0:
            assert town.pictures[probe].person == town.pictures[half.references[mate]].person


def test_a_seed_gives_the_same_people_and_another_seed_others() -> None:
    one, two, other = (split(a_town(), 10, seed=seed).test.references.tolist() for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_what_the_product_would_not_compare_is_no_search_of_the_matcher() -> None:
    of = embedded(["a", "b", "c"], [a_sample(0.0), a_sample(0.0, refused="blurred"), a_sample(0.0)])
    half = Half(*(np.array(part) for part in ([0], [1, 2], [-1, -1], [1, 2])))
    found = searches(of, half)
    assert found.acquired.tolist() == [False, True]


def test_a_set_that_is_too_small_is_refused() -> None:
    with pytest.raises(NotEnoughPeople, match="more than 30"):
        split(a_town(60), 30, seed=1)
    with pytest.raises(NotEnoughPeople, match="shorter list"):
        list_of(a_town(5), 6, seed=1)


def test_who_lies_far_apart_is_found_and_nobody_else() -> None:
    (result,) = identify(a_town(), lists=(10,), seeds=(1, 2, 3), progress=lambda _done, _all: None)
    assert [one.at_profile.fpir.system.numerator for one in result.seeds] == [0, 0, 0]
    assert result.fnir_range == (0.0, 0.0)
    assert result.people_ever_alarmed.numerator == 0
    assert not result.seeds[0].calibrated.resolvable, "twenty strangers cannot show one in a thousand"


def test_the_threshold_is_chosen_on_the_half_that_is_not_reported_on() -> None:
    """Everybody a little further from the next, so that the halves would choose differently."""
    of = embedded([f"p{at:03d}" for at in range(60)], [a_sample(1.1**at) for at in range(60)])
    (result,) = identify(of, lists=(10,), seeds=(1, 2, 3), progress=lambda _done, _all: None)
    for one in result.seeds:
        halves = split(of, 10, one.seed)
        chosen, other = (
            threshold_for_fpir(searches(of, half), TARGET_FPIR) for half in (halves.calibration, halves.test)
        )
        assert chosen.value != other.value
        assert (one.calibrated.value, one.at_calibrated.threshold) == (chosen.value, chosen.value)
        assert one.at_calibrated.fpir == fpir(searches(of, halves.test), chosen.value)


def test_a_person_who_alarms_in_one_seed_counts() -> None:
    names = [f"p{person}" for person in range(40)]
    of = embedded(names, [a_sample(0.0 if person < 20 else float(person)) for person in range(40)])
    (result,) = identify(of, lists=(10,), seeds=(1, 2), progress=lambda _done, _all: None)
    assert (
        result.people_ever_alarmed.numerator >= max(one.at_profile.people_alarmed.numerator for one in result.seeds) > 0
    )
    assert result.people_ever_alarmed.people == result.people_ever_alarmed.denominator


def test_templates_of_two_profiles_are_never_compared() -> None:
    one, other = embedded(["a"], [a_sample(0.0)]), embedded(["a"], [a_sample(0.0)], profile=another_profile())
    with pytest.raises(OtherProfile, match="two profiles"):
        one.scores_with(other, [0], [0])


def test_the_same_photograph_is_found_whatever_the_model_says() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (24, 24), dtype=np.uint8)
    brighter = (picture // 2 + 60).astype(np.uint8)
    gallery = embedded(["a", "b"], [a_sample(0.0, thumbnail=picture), a_sample(5.0)])
    probes = embedded([None, None, None], [a_sample(50.0, thumbnail=brighter), a_sample(60.0), a_sample(None)])
    assert find_overlap(probes, gallery).same_photograph.tolist() == [True, False, False]


def test_the_same_person_is_found_beyond_what_strangers_reach() -> None:
    gallery = embedded(["a", "b", "c"], [a_sample(0.0), a_sample(2.0), a_sample(4.0)])
    found = find_overlap(embedded([None, None], [a_sample(0.5), a_sample(9.0)]), gallery)
    assert found.person_threshold > -2.0
    assert found.same_person.tolist() == [True, False]
    assert found.either.tolist() == [True, False]


GROUPS = [
    {"sex": sex, "ethnicity": ethnicity} for sex in ("female", "male") for ethnicity in ("A", "B") for _ in range(10)
]


def a_bias_run(alarms: set[int], overlapping: set[int] = frozenset()) -> object:  # type: ignore[assignment]
    places = [0.0 if at in alarms else 100.0 + at for at in range(40)]
    probes = embedded([None] * 40, [a_sample(place) for place in places], GROUPS)
    gallery = embedded(["a", "b"], [a_sample(0.0), a_sample(50.0)])
    references = list_of(gallery, 2, seed=1)
    shared = np.array([at in overlapping for at in range(40)])
    best = best_scores(probes, gallery, references)
    overlap = Overlap(shared, np.zeros(40, dtype=bool), 0.0)
    return measure(probes, best, overlap, threshold=probes.profile.comparison.least_likeness, enrolled=2, target=0.3)


def group_of(result: object, labels: tuple[str, ...], name: str) -> object:
    (crossing,) = [one for one in result.crossings if one.labels == labels]  # type: ignore[attr-defined]
    (group,) = [one for one in crossing.groups if one.name == name]
    return group


def test_every_group_is_counted_by_itself_and_crossed() -> None:
    result = a_bias_run({0, 1, 10})
    assert [one.labels for one in result.crossings] == [("ethnicity",), ("sex",), ("ethnicity", "sex")]  # type: ignore[attr-defined]
    worst = result.crossings[2].groups[0]  # type: ignore[attr-defined]
    assert (worst.name, worst.without_overlap.rate.numerator, worst.without_overlap.status) == (
        "A × female",
        2,
        Status.ELIGIBLE,
    )
    assert result.everybody.name == ALL  # type: ignore[attr-defined]
    assert result.everybody.without_overlap.rate.numerator == 3  # type: ignore[attr-defined]


def test_a_group_that_nobody_is_in_is_listed_as_empty_and_has_no_rate() -> None:
    labels = [{"sex": "female", "ethnicity": "A"}, {"sex": "male", "ethnicity": "B"}]
    probes = embedded([None, None], [a_sample(0.0), a_sample(9.0)], labels)
    nobody = Overlap(np.zeros(2, dtype=bool), np.zeros(2, dtype=bool), 0.0)
    result = measure(probes, np.array([-0.44, -0.45]), nobody, threshold=-0.44, enrolled=1, target=0.5)
    told = {one.name: one.without_overlap for one in result.crossings[-1].groups}
    assert sorted(told) == ["A × female", "A × male", "B × female", "B × male"]
    assert {told[name].status for name in ("A × male", "B × female")} == {Status.EMPTY}
    assert told["A × male"].rate.value is None
    assert [told[name].rate.numerator for name in ("A × female", "B × male")] == [1, 0], "at the threshold is an alarm"


def test_false_alarms_on_shorter_lists_are_counted_without_overlap_and_with_it() -> None:
    """Three people on the list, each like one of the probes; the first probe is in both sets."""
    probes = embedded([None] * 4, [a_sample(float(at)) for at in range(4)], [{"sex": "female"}] * 4)
    gallery = embedded(["a", "b", "c"], [a_sample(float(at)) for at in range(3)])
    overlap = Overlap(np.array([True, False, False, False]), np.zeros(4, dtype=bool), 0.0)
    told = by_list(probes, gallery, [0, 1, 2], overlap, -0.44)
    assert told["lengths"] == [1, 3]
    for group in told["groups"]:
        assert (group["people"], group["false_alarms"][-1]) == (3, 2)
        counted = group["with_overlap"]
        assert (counted["people"], counted["false_alarms"]) == (4, [1, 3]), "a list of one alarms one, whoever is drawn"


def test_the_errors_of_all_groups_are_those_of_everybody() -> None:
    result = a_bias_run({0, 1, 10, 25, 39})
    for crossing in result.crossings:  # type: ignore[attr-defined]
        rates = [one.without_overlap.rate for one in crossing.groups]
        assert sum(one.numerator for one in rates) == result.everybody.without_overlap.rate.numerator  # type: ignore[attr-defined]
        assert sum(one.denominator for one in rates) == 40
    assert result.everybody.without_overlap.rate.numerator == 5  # type: ignore[attr-defined]
    assert group_of(result, ("sex",), "male").without_overlap.rate.numerator == 2  # type: ignore[attr-defined]
    assert group_of(result, ("ethnicity",), "B").without_overlap.rate.numerator == 2  # type: ignore[attr-defined]


def test_overlap_is_shown_with_and_without() -> None:
    result = a_bias_run({0, 1}, {0})
    group = group_of(result, ("sex",), "female")
    without, whole = group.without_overlap.rate, group.with_overlap.rate  # type: ignore[attr-defined]
    assert (without.numerator, without.denominator) == (1, 19)
    assert (whole.numerator, whole.denominator) == (2, 20)


def test_a_probe_without_a_face_alarms_nobody_and_stays_in() -> None:
    probes = embedded([None, None], [a_sample(None), a_sample(0.0)], [{"sex": "female"}] * 2)
    gallery = embedded(["a"], [a_sample(0.0)])
    best = best_scores(probes, gallery, [0])
    none = Overlap(np.zeros(2, dtype=bool), np.zeros(2, dtype=bool), 0.0)
    result = measure(probes, best, none, threshold=-0.5, enrolled=1, target=0.5)
    rate = result.everybody.without_overlap.rate
    assert (rate.numerator, rate.denominator) == (1, 2)
    assert (result.everybody.not_acquired.numerator, result.everybody.not_acquired.denominator) == (1, 2)
