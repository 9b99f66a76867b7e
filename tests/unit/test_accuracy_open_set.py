"""A set with its own gallery and strangers: a person's best picture counts, ties count against the system."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.open_set_run import RANK, TARGETS, identify_open_set
from benchmarks.data.pictures import Picture
from benchmarks.data.survface import OpenSet
from benchmarks.metrics.identification import Searches, fpir, tpir
from tests.builders_accuracy import a_profile, a_sample, a_set

pytestmark = pytest.mark.law("D1")
FACE, SMALL, PROFILE = a_sample(0.0), a_sample(0.0, refused="small"), a_profile()


def nothing(_done: int, _all: int) -> None:
    """Show no progress."""


def an_open_set(
    gallery: list[tuple[str, float]], mated: list[tuple[str, float]], strangers: list[float], *, small: bool = False
) -> tuple[Embedded, OpenSet]:
    """Pictures on a line, by person and place; NaN is no face."""
    rows: list[tuple[str | None, float]] = [*gallery, *mated, *((None, at) for at in strangers)]
    pictures = tuple(Picture(f"{at:04d}.jpg", person) for at, (person, _) in enumerate(rows))
    templates = np.zeros((len(rows), 2), dtype=np.float32)
    templates[:, 0] = [at for _, at in rows]
    names = [one.name for one in pictures]
    parts = (names[: len(gallery)], names[len(gallery) : len(gallery) + len(mated)], names[len(gallery) + len(mated) :])
    of = OpenSet(a_set({}), *(tuple(part) for part in parts))
    sample = SMALL if small else FACE
    return Embedded(
        pictures, (sample,) * len(rows), templates, PROFILE, "manifest", tuple(f"{at:064x}" for at in range(len(rows)))
    ), of


def test_the_best_of_a_persons_pictures_counts() -> None:
    found = identify_open_set(
        *an_open_set([("a", 5.0), ("b", 1.0), ("a", 0.0)], [("a", 0.1), ("b", 1.1)], [9.0]), progress=nothing
    )
    assert found.enrolled == 2
    assert (found.product.tpir.numerator, found.product.tpir.denominator) == (2, 2)
    assert found.product.fpir.numerator == 0


def test_a_tie_with_somebody_else_is_no_find() -> None:
    found = identify_open_set(*an_open_set([("a", 0.0), ("b", 0.0)], [("a", 0.0)], [9.0]), progress=nothing)
    assert found.product.tpir.numerator == 0
    assert found.at_targets[0].tpir.numerator == 1, "it is still among the first twenty"


def test_who_gives_no_template_is_missed_and_alarms_nobody_and_stays_in_the_count() -> None:
    found = identify_open_set(*an_open_set([("a", 0.0)], [("a", float("nan"))], [float("nan"), 0.0]), progress=nothing)
    assert (found.product.tpir.numerator, found.product.tpir.denominator) == (0, 1)
    assert (found.product.fpir.numerator, found.product.fpir.denominator) == (1, 2)


def test_a_reference_without_a_template_is_nobodys_and_spoils_no_other() -> None:
    of = an_open_set([("a", float("nan")), ("b", 0.0), ("b", float("nan"))], [("a", 3.0), ("b", 0.0)], [0.0])
    found = identify_open_set(*of, progress=nothing)
    assert (found.product.tpir.numerator, found.product.tpir.denominator) == (1, 2)
    assert found.product.fpir.numerator == 1


def test_what_the_product_would_not_compare_alarms_nobody_in_the_product() -> None:
    found = identify_open_set(*an_open_set([("a", 0.0)], [("a", 0.0)], [0.0], small=True), progress=nothing)
    assert (found.product.tpir.numerator, found.product.fpir.numerator) == (0, 0)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_it_counts_as_every_search_is_counted(seed: int) -> None:
    dice = np.random.default_rng(seed)
    people = [f"p{at}" for at in range(30)]
    gallery = [(who, float(dice.integers(0, 40)) / 10) for who in people]
    mated = [(who, float(dice.integers(0, 40)) / 10) for who in people for _ in range(2)]
    strangers = [float(dice.integers(0, 60)) / 10 for _ in range(80)]
    embedded, of = an_open_set(gallery, mated, strangers)
    found = identify_open_set(embedded, of, progress=nothing)
    probes = range(len(gallery), len(embedded.pictures))
    scores = embedded.scores(probes, range(len(gallery))).astype(np.float64)
    searches = Searches.of(scores, [people.index(who) for who, _ in mated] + [-1] * len(strangers))
    assert len(found.at_targets) == len(TARGETS)
    for one in (*found.at_targets, found.product):
        rank = 1 if one is found.product else RANK
        assert one.fpir.numerator == fpir(searches, one.threshold).system.numerator
        assert one.tpir.numerator == tpir(searches, one.threshold, rank).system.numerator
    for one in found.at_targets:
        assert (one.fpir.value or 0.0) <= one.target
