"""Other sets with pairs, View 1, and LFW as BLUFR uses it: computed block by block what the definitions say at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.accuracy.blufr import Trial, _Verification, blufr, threshold_among, trial
from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.accuracy.verification_run import judge, view1
from benchmarks.data.pairs import Pair, Verification
from benchmarks.data.pictures import Picture
from benchmarks.metrics.identification import Searches, threshold_for_fpir, tpir
from benchmarks.metrics.verification import threshold_for_fmr
from tests.builders_accuracy import a_profile, a_sample, a_set, embedded

pytestmark = pytest.mark.law("D1")


def nothing(_done: int, _all: int) -> None:
    """Show no progress."""


FACE, PROFILE = a_sample(0.0), a_profile()


def a_crowd(seed: int, people: int = 40) -> Embedded:
    """People on a line, near enough to be mistaken; some have one picture, some have none that shows a face."""
    dice = np.random.default_rng(seed)
    names = [f"p{person:03d}" for person in range(people) for _ in range(1 + person % 4)]
    templates = np.zeros((len(names), 4), dtype=np.float32)
    templates[:, 0] = np.round([int(name[1:]) / 10 + dice.normal(0, 0.05) for name in names], 2)
    templates[dice.random(len(names)) < 0.03] = np.nan
    pictures = tuple(Picture(f"{at:05d}.jpg", name) for at, name in enumerate(names))
    return Embedded(
        pictures, (FACE,) * len(names), templates, PROFILE, "manifest", tuple(f"{at:064x}" for at in range(len(names)))
    )


def test_each_part_is_judged_by_its_own_folds() -> None:
    of = embedded(["a", "a", "b"], [a_sample(0.0), a_sample(0.1), a_sample(1.0)])
    right = (Pair("00000.jpg", "00001.jpg", same=True), Pair("00000.jpg", "00002.jpg", same=False))
    wrong = (Pair("00000.jpg", "00001.jpg", same=False), Pair("00000.jpg", "00002.jpg", same=True))
    found = judge(of, Verification(a_set({}), {"one": (right, right), "other": (right, wrong)}))
    assert (found["one"].errors, found["other"].errors) == (0, 3)


def test_view_1_chooses_on_one_list_and_judges_the_other() -> None:
    of = embedded(["a", "a", "b", "b"], [a_sample(0.0), a_sample(0.1), a_sample(1.0), a_sample(None)])
    train = [Pair("00000.jpg", "00001.jpg", same=True), Pair("00000.jpg", "00002.jpg", same=False)]
    test = [Pair("00001.jpg", "00000.jpg", same=True), Pair("00002.jpg", "00003.jpg", same=True)]
    found = view1(of, train, test)
    assert (found.accuracy, found.errors, found.pairs, found.failures_to_detect) == (0.5, 1, 2, 1)
    assert found.threshold == pytest.approx(-0.55)


def test_a_trial_tests_nobody_who_is_left_to_training_and_enrols_whoever_has_another_picture() -> None:
    crowd = a_crowd(1)
    one = trial(crowd, 3, training=10, gallery=10)
    people = [crowd.pictures[at].person for at in one.gallery]
    assert len(set(people)) == 10
    assert len({crowd.pictures[at].person for at in one.tested}) == 30
    assert not set(one.gallery) & set(one.probes)
    assert set(one.gallery) | set(one.probes) == set(one.tested)
    for probe, mate in zip(one.probes, one.mates, strict=True):
        assert (crowd.pictures[probe].person in people) == (mate >= 0)
        assert mate < 0 or people[mate] == crowd.pictures[probe].person
    assert all((one.mates == column).any() for column in range(10)), "each enrolled person is looked for"


def test_a_seed_draws_the_same_trial_again_and_another_seed_another() -> None:
    crowd = a_crowd(1)
    first, again, other = (trial(crowd, seed, training=10, gallery=10) for seed in (1, 1, 2))
    assert first.probes.tolist() == again.probes.tolist()
    assert first.gallery.tolist() == again.gallery.tolist()
    assert first.tested.tolist() != other.tested.tolist()


def test_too_few_people_are_refused() -> None:
    with pytest.raises(NotEnoughPeople, match="10 people to leave out"):
        trial(a_crowd(1, people=12), 1, training=10, gallery=10)


def at_once(crowd: Embedded, one: Trial, far: float) -> tuple[float, float]:
    """VR and its threshold by the plain definition, with every score in memory."""
    scores = np.nan_to_num(crowd.scores(one.tested.tolist(), one.tested.tolist()), nan=-np.inf)
    people = np.array([crowd.pictures[at].person for at in one.tested])
    above = np.triu_indices(one.tested.size, 1)
    same = (people[:, None] == people[None, :])[above]
    # Pairs without a face cannot be scored: they stay among the comparisons, below every threshold.
    finite = np.where(np.isfinite(scores), scores, -1e9)[above].astype(np.float64)
    threshold = threshold_for_fmr(finite[~same], far).value
    return float((finite[same] >= threshold).mean()), threshold


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), far=st.sampled_from([0.5, 0.1, 0.01, 0.001, 1e-9]))
def test_block_by_block_gives_what_all_at_once_gives(seed: int, far: float) -> None:
    crowd = a_crowd(seed)
    one = trial(crowd, seed, training=10, gallery=10)
    (found,) = blufr(crowd, trials=[one], progress=nothing, far=far).trials
    vr, threshold = at_once(crowd, one, far)
    assert found.threshold == pytest.approx(threshold)
    assert found.vr == pytest.approx(vr)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), far=st.sampled_from([0.3, 0.1, 0.02]))
def test_the_open_set_is_counted_as_every_search_is(seed: int, far: float) -> None:
    crowd = a_crowd(seed)
    one = trial(crowd, seed, training=10, gallery=10)
    (found,) = blufr(crowd, trials=[one], progress=nothing, open_set_far=far).trials
    scores = crowd.scores(one.probes.tolist(), one.gallery.tolist()).astype(np.float64)
    scores[:, np.isnan(scores).all(axis=0)] = -1e9  # a reference without a face, which the metrics do not know
    scores[np.isnan(scores).any(axis=1)] = np.nan
    searches = Searches.of(scores, one.mates.tolist())
    strangers = int((one.mates < 0).sum())
    acquired = int((searches.acquired & ~searches.mated).sum())
    threshold = threshold_for_fpir(searches, np.floor(far * strangers) / acquired).value
    assert found.open_set_threshold == pytest.approx(threshold)
    assert found.dir == pytest.approx(tpir(searches, threshold).system.value)


@given(scores=st.lists(st.integers(0, 6), min_size=1, max_size=30), allowed=st.integers(0, 10))
def test_a_threshold_never_lets_more_through_than_allowed_and_is_the_lowest(scores: list[int], allowed: int) -> None:
    values = np.array(scores, dtype=np.float64)
    threshold = threshold_among(values, allowed)
    assert (values >= threshold).sum() <= allowed or allowed >= values.size
    lower = [one for one in set(scores) if one < threshold]
    assert not lower or (values >= max(lower)).sum() > allowed


def test_counts_of_pairs_are_those_of_the_tested_people() -> None:
    crowd = a_crowd(4)
    one = trial(crowd, 1, training=10, gallery=10)
    kept = _Verification(crowd, one, 0.01)
    people = [crowd.pictures[at].person for at in one.tested]
    mated = sum(people[a] == people[b] for a in range(len(people)) for b in range(a))
    assert (kept.mated_pairs, kept.other_pairs) == (mated, len(people) * (len(people) - 1) // 2 - mated)


def test_the_figure_is_the_mean_less_one_deviation() -> None:
    crowd = a_crowd(2)
    found = blufr(crowd, trials=[trial(crowd, seed, training=10, gallery=10) for seed in (1, 2, 3)], progress=nothing)
    rates = [one.vr for one in found.trials]
    assert found.vr_at_far_1e3.mean_less_deviation == pytest.approx(np.mean(rates) - np.std(rates, ddof=1))
