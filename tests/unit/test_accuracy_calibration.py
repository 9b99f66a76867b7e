"""A threshold is chosen on others than it is reported on; a record of it binds; what nobody can show is not shown."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from math import nextafter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.accuracy import evaluation
from benchmarks.accuracy.calibration import (
    Outcome,
    Part,
    as_toml,
    calibrate,
    calibrate_on_half,
    calibrate_on_set,
    data_of_both,
    of_calibration,
    others_than_calibrated,
    require_apart,
)
from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople, SamePeople
from benchmarks.accuracy.list_limits import GroupLimit, climb, list_limits
from benchmarks.accuracy.overlap import Overlap
from benchmarks.accuracy.watchlist_protocol import SEEDS, split
from benchmarks.metrics.identification import NOT_ENROLLED, Searches
from contracts.errors import Malformed
from contracts.model_profile import Calibration, ModelProfile, parse_profile
from tests.builders_accuracy import a_profile, a_sample, embedded
from tests.unit.test_accuracy_report import material
from tests.unit.test_models_profile import toml

pytestmark = pytest.mark.law("C6", "D1", "D3")
DATA, OTHER_DATA = "aa" * 32, "bb" * 32


def a_part(best: list[float], people: set[str], *, listed: float = -0.2) -> Part:
    """Strangers whose best scores are given, and one listed person."""
    scores = [*([score] for score in best), [listed]]
    mates = [*([NOT_ENROLLED] * len(best)), 0]
    return Part(Searches.of(scores, mates), frozenset(people), DATA)


def a_calibration(target: float = 0.25) -> Outcome:
    """Of eight strangers two may alarm."""
    best = [-0.1, -0.2, -0.3, -0.4, -0.5, -0.6, -0.7, -0.8]
    test = a_part([-0.15, -0.9, -0.9, -0.9], {"x", "y"}, listed=-0.25)
    return calibrate(a_part(best, {"a", "b"}), test, profile=a_profile(), target=target, seed=7)


def test_the_lowest_threshold_that_keeps_the_target_is_chosen_and_counted_on_others() -> None:
    found = a_calibration()
    assert found.record is not None
    assert found.on_others is not None
    assert (found.record.threshold, found.record.false_alarms, found.record.people) == (0.2, 2, 8), "a distance"
    assert (found.record.lower, found.record.upper) == pytest.approx((0.0318540, 0.6508558), abs=1e-6)
    assert (found.on_others.fpir.system.numerator, found.on_others.fpir.system.denominator) == (1, 4)
    assert found.on_others.fnir.system.numerator == 1, "the listed person of the test lies below"


def test_a_threshold_chosen_on_the_test_people_is_refused() -> None:
    one, other = a_part([-0.1] * 9, {"a", "b", "c"}), a_part([-0.1] * 9, {"c", "d"})
    with pytest.raises(SamePeople, match="1 people are in both"):
        calibrate(one, other, profile=a_profile(), target=0.25, seed=1)


@given(st.frozensets(st.integers(0, 30)), st.frozensets(st.integers(0, 30)))
def test_whoever_is_in_both_is_found(one: frozenset[int], other: frozenset[int]) -> None:
    left, right = (frozenset(f"p{person}" for person in part) for part in (one, other))
    if one & other:
        with pytest.raises(SamePeople):
            require_apart(left, right)
    else:
        require_apart(left, right)


def test_a_target_finer_than_one_alarm_among_all_gives_no_threshold() -> None:
    found = a_calibration(target=0.1)
    assert (found.record, found.on_others, found.threshold.value, found.people) == (None, None, None, 8)
    assert found.threshold.reason is not None
    assert "8 people cannot show 0.1" in found.threshold.reason
    assert "10 to see it, and 29 without an alarm" in found.threshold.reason
    told = of_calibration(found, a_profile())
    assert (told["resolvable"], told["record"], told["on_others"]) == (False, None, None)


@given(st.lists(st.floats(-1, 0), min_size=4, max_size=40), st.sampled_from([0.25, 0.3, 0.5]))
def test_no_chosen_threshold_breaks_its_target(best: list[float], target: float) -> None:
    found = calibrate(a_part(best, {"a"}), a_part([-1.0], {"b"}), profile=a_profile(), target=target, seed=1)
    if found.record is None:
        assert best.count(0.0) > target * len(best), "only where too many look exactly alike"
        return
    assert found.record.false_alarms == sum(-score <= found.record.threshold for score in best) <= target * len(best)


def a_town(people: int = 60) -> Embedded:
    """People a whole unit apart, with three pictures each."""
    names = [f"p{person:03d}" for person in range(people) for _ in range(3)]
    places = [person * 0.3 + picture / 100 for person in range(people) for picture in range(3)]
    return replace(embedded(names, [a_sample(at) for at in places]), manifest=DATA)


def test_a_set_is_halved_and_a_list_is_made_of_the_other_half_alone() -> None:
    town = a_town()
    found = calibrate_on_half(town, enrolled=10, target=0.1, seed=3)
    assert found.record is not None
    halves = split(town, 10, 3)
    calibrated, listed = Part.of(town, halves.calibration), others_than_calibrated(town, enrolled=10, seed=3)
    assert found.record.people_sha256 == calibrated.people_sha256
    assert found.record.data_sha256 == DATA
    assert calibrated.people.isdisjoint({town.pictures[place].person for place in listed})
    assert len(listed) == len({town.pictures[place].person for place in listed}) == 30
    with pytest.raises(NotEnoughPeople):
        calibrate_on_half(town, enrolled=30, target=0.1, seed=3)


def test_people_of_another_set_choose_and_the_half_that_is_not_on_their_list_is_counted_on() -> None:
    town = a_town()
    probes = embedded([None] * 30, [a_sample(100.0 + at * 0.3) for at in range(29)] + [a_sample(None)])
    probes = replace(probes, manifest=OTHER_DATA)
    overlap = Overlap(np.array([at < 9 for at in range(30)]), np.zeros(30, dtype=bool), 0.0)
    found = calibrate_on_set(probes, overlap, town, enrolled=10, target=0.2, seed=3)
    assert found.record is not None
    assert found.on_others is not None
    assert found.record.people == 20, "neither whoever is in both sets, nor who gave no template"
    assert found.record.data_sha256 == data_of_both(probes, town) not in {DATA, OTHER_DATA}
    assert found.on_others.fpir.system.denominator == 20, "the half that had no part in it"
    everybody = Overlap(np.ones(30, dtype=bool), np.zeros(30, dtype=bool), 0.0)
    with pytest.raises(NotEnoughPeople, match="Nobody is left"):
        calibrate_on_set(probes, everybody, town, enrolled=10, target=0.2, seed=3)


def test_where_the_same_pictures_are_searched_for_that_are_listed_no_distance_is_named() -> None:
    found = calibrate(a_part([0.0] * 9, {"a"}), a_part([-1.0], {"b"}), profile=a_profile(), target=0.25, seed=1)
    assert (found.record, found.threshold.value) == (None, None)
    assert "in the same picture" in (found.threshold.reason or "")


def with_record(town: Embedded, **changed: object) -> Embedded:
    record = calibrate_on_half(town, enrolled=10, target=0.1, seed=3).record
    assert record is not None
    return replace(town, profile=replace(town.profile, calibration=replace(record, **changed)))  # type: ignore[arg-type]


def evaluated(monkeypatch: pytest.MonkeyPatch, *, recorded: bool, **changed: object) -> Mapping[str, Any]:
    """A whole evaluation of sixty people, whose threshold was chosen on thirty of them, or nobody knows on whom."""
    monkeypatch.setattr(evaluation, "OPERATIONAL_LIST", 10)
    monkeypatch.setattr(evaluation, "TARGET", 0.1)
    of = material()
    lfw = with_record(replace(of.lfw, manifest=DATA), **changed) if recorded else of.lfw
    probes = replace(of.utkface, profile=lfw.profile)
    return evaluation.evaluate(
        replace(of, lfw=lfw, utkface=probes),
        measured_on=date(2026, 11, 26),
        progress=lambda _done, _all: None,
        lists=(5, 10),
    )


def test_an_evaluation_leaves_out_whoever_calibrated_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    without, found = evaluated(monkeypatch, recorded=False), evaluated(monkeypatch, recorded=True)
    assert [one["gate"]["items"][11]["verdict"] for one in (without, found)] == ["NOT DEMONSTRATED", "PASS"]
    for of, most in ((without, 60), (found, 30)):
        for part in of["identification"]:
            assert [one["seed"] for one in part["seeds"]] == list(SEEDS)
            searched = part["people_ever_alarmed"]["denominator"]
            assert most - 5 <= searched <= most, "ten lists, and the people of one half where the other one chose"
    assert [one["which"] for one in found["list_limits"]["thresholds"]] == ["profile", "calibrated"]


def test_an_evaluation_on_those_who_calibrated_fails_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "_listed", lambda lfw, _enrolled: split(lfw, 10, 3).calibration.references.tolist())
    assert evaluated(monkeypatch, recorded=True)["gate"]["items"][11]["verdict"] == "FAIL"


def test_an_evaluation_by_whoever_calibrated_in_the_street_fails_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    of = material()
    lfw, probes = replace(of.lfw, manifest=DATA), replace(of.utkface, manifest=OTHER_DATA)
    chosen = calibrate_on_set(probes, of.overlap, lfw, enrolled=10, target=0.9, seed=3).record
    assert chosen is not None
    assert chosen.data_sha256 == data_of_both(probes, lfw)
    profile = replace(lfw.profile, calibration=chosen)
    monkeypatch.setattr(evaluation, "OPERATIONAL_LIST", 10)
    found = evaluation.evaluate(
        replace(of, lfw=replace(lfw, profile=profile), utkface=replace(probes, profile=profile)),
        measured_on=date(2026, 11, 26),
        progress=lambda _done, _all: None,
        lists=(5, 10),
    )
    assert found["gate"]["items"][11]["verdict"] == "FAIL"


@pytest.mark.parametrize("changed", [{"seed": 4}, {"data_sha256": OTHER_DATA}, {"people_sha256": OTHER_DATA}])
def test_a_record_of_others_than_it_says_demonstrates_nothing(
    monkeypatch: pytest.MonkeyPatch, changed: Mapping[str, object]
) -> None:
    found = evaluated(monkeypatch, recorded=True, **changed)
    assert found["gate"]["items"][11]["verdict"] == "NOT DEMONSTRATED"


def a_record(**changed: object) -> Calibration:
    record = Calibration(
        threshold=0.44,
        enrolled=1000,
        target_fpir=0.001,
        false_alarms=1,
        people=1867,
        lower=0.0000135,
        upper=0.00298,
        confidence=0.95,
        chain_sha256=a_profile().chain_sha256,
        data_sha256=DATA,
        people_sha256=OTHER_DATA,
        seed=1,
    )
    return replace(record, **changed)  # type: ignore[arg-type]


def read(record: Calibration, threshold: str = "threshold = 0.44") -> ModelProfile:
    text = toml().replace("threshold = 0.44", threshold)
    return parse_profile(f"{text}\n{as_toml(record)}".encode())


def test_a_profile_carries_its_record_and_its_hash_binds_it() -> None:
    profile = read(a_record())
    assert profile.calibration == a_record()
    assert profile.profile_sha256 != a_profile().profile_sha256
    assert profile.profile_sha256 != read(a_record(seed=2)).profile_sha256
    assert profile.chain_sha256 == a_profile().chain_sha256
    assert read(a_record(threshold=0.4), "threshold = 0.4").chain_sha256 == a_profile().chain_sha256


def test_without_a_record_a_profile_has_the_bytes_that_it_had_before_there_were_any() -> None:
    assert b"calibration" not in a_profile().canonical_bytes()
    assert b"calibration" in read(a_record()).canonical_bytes()


def test_what_makes_a_score_makes_another_chain() -> None:
    profile = a_profile()
    others = [
        replace(profile, comparison=replace(profile.comparison, margin=0.04)),
        replace(profile, faces=replace(profile.faces, least_size_px=60.0)),
        replace(profile, embedder=replace(profile.embedder, mean=1.0)),
    ]
    assert profile.chain_sha256 not in {one.chain_sha256 for one in others}


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (a_record(chain_sha256=DATA), "another chain"),
        (a_record(threshold=nextafter(0.44, 0)), "looser"),
        (a_record(false_alarms=2), "counts"),
        (a_record(lower=0.001), "counts"),
        (a_record(upper=0.0001), "counts"),
        (a_record(false_alarms=0, people=999, lower=0.0), "too few"),
        (a_record(people=0), "people"),
        (a_record(enrolled=0), "enrolled"),
        (a_record(seed=-1), "seed"),
        (a_record(data_sha256="none"), "data_sha256"),
    ],
)
def test_a_record_that_cannot_be_or_is_not_this_chains_is_refused(record: Calibration, sentence: str) -> None:
    with pytest.raises(Malformed, match=sentence):
        read(record)


def test_a_stricter_threshold_than_the_calibrated_one_may_be_used() -> None:
    assert read(a_record(), "threshold = 0.40").comparison.threshold == 0.40


def limits_of(
    people: int, alarms: dict[int, int], target: float = 0.01, *, shared: range = range(0)
) -> dict[str, GroupLimit]:
    """A group, in which `alarms[n]` probes look like the n-th on the list, whoever is drawn; some are in both sets."""
    near = [row for row, many in alarms.items() for _ in range(many)]
    places = [*near, *(1000.0 + at for at in range(people - len(near)))]
    probes = embedded([None] * people, [a_sample(float(place)) for place in places], [{"sex": "female"}] * people)
    gallery = embedded([f"p{at}" for at in range(4)], [a_sample(float(at)) for at in range(4)])
    ladder = climb(probes, gallery, range(4), seed=1, ladder=(1, 2, 4, 100))
    nobody = np.zeros(people, dtype=bool)
    both = np.isin(np.arange(people), shared)
    found = list_limits(probes, Overlap(nobody, both, 0.0), ladder, which="own", threshold=-0.45, target=target)
    return {one.group: one for one in found.groups}


def test_the_longest_list_is_told_by_point_and_by_what_is_demonstrated() -> None:
    group = limits_of(400, {0: 2, 1: 2, 2: 2, 3: 2})["everybody"]
    assert [step.false_alarms for step in group.steps] == [2, 4, 8], "no list alarms less"
    one = limits_of(400, {0: 3})["everybody"]
    assert [step.false_alarms for step in one.steps] == [3, 3, 3], "of ten lists, the one that alarms most"
    assert (group.by_point, group.demonstrated) == (2, None)
    assert limits_of(920, {0: 2, 1: 2, 2: 2, 3: 2})["everybody"].demonstrated == 2
    quiet = limits_of(300, {})["female"]
    assert (quiet.by_point, quiet.demonstrated) == (4, 4)
    assert "no longer list was tried" in quiet.why


def test_the_worse_of_overlap_left_out_and_counted_is_demonstrated() -> None:
    """Of 302 people 0 alarms show 1 in 100, and of 297 not even those; 4 of 310 do not keep it, and 0 of 306 do."""
    assert limits_of(302, {})["everybody"].demonstrated == 4
    fewer = limits_of(302, {}, shared=range(5))["everybody"]
    assert (fewer.demonstrated, fewer.people) == (None, 297)
    assert fewer.steps[0].people == 297, "the higher upper limit"
    flagged = limits_of(310, dict.fromkeys(range(4), 1), shared=range(4))["everybody"]
    assert (flagged.people, flagged.demonstrated, flagged.by_point) == (306, None, 2)
    assert flagged.steps[-1].false_alarms == 4, "who is left out by one way to count is counted by the other"
    assert limits_of(310, {0: 4}, shared=range(310))["everybody"].steps == ()


def test_too_small_a_group_can_show_nothing_and_says_how_many_it_takes() -> None:
    group = limits_of(298, {})["female"]
    assert (group.by_point, group.demonstrated) == (4, None)
    assert "298 people" in group.why
    assert "it takes 299" in group.why


def test_not_even_one_is_said_where_there_were_people_enough() -> None:
    group = limits_of(400, dict.fromkeys(range(4), 40))["female"]
    assert (group.by_point, group.demonstrated) == (None, None)
    assert "Not even a list of one" in group.why
