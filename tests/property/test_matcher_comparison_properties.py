"""What holds for every gallery: order means nothing, a stricter rule never adds a candidate."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contracts.model_profile import ComparisonRule, ScoreKind
from matcher.comparison import candidate_row, comparison_scores
from matcher.fusion import fuse
from tests.builders_matcher import COSINE, DISTANCE, with_rule

scores = st.floats(min_value=0.0, max_value=1.0, width=32)
galleries = st.lists(st.tuples(scores, st.sampled_from("abcd")), min_size=1, max_size=12)
rules = st.sampled_from([DISTANCE, COSINE])
numbers = st.floats(min_value=0.0, max_value=1.0)


def found(gallery: list[tuple[float, str]], rule: ComparisonRule) -> tuple[float, str] | None:
    candidate = candidate_row(
        np.array([score for score, _ in gallery], np.float32), [person for _, person in gallery], rule
    )
    return None if candidate is None else gallery[candidate.row]


def looser(rule: ComparisonRule, by: float) -> ComparisonRule:
    sign = 1 if rule.score is ScoreKind.EUCLIDEAN_DISTANCE else -1
    return with_rule(rule, threshold=rule.threshold + sign * by)


@given(gallery=galleries, rule=rules, by=numbers)
def test_looser_threshold_never_loses_a_candidate(
    gallery: list[tuple[float, str]], rule: ComparisonRule, by: float
) -> None:
    strict = found(gallery, rule)
    if strict is not None:
        assert found(gallery, looser(rule, by)) == strict


@given(gallery=galleries, rule=rules, margin=numbers)
def test_wider_margin_never_adds_a_candidate(
    gallery: list[tuple[float, str]], rule: ComparisonRule, margin: float
) -> None:
    wide = found(gallery, with_rule(rule, margin=rule.margin + margin))
    if wide is not None:
        assert found(gallery, rule) == wide


@given(gallery=galleries, rule=rules, data=st.data())
def test_order_of_the_references_means_nothing(
    gallery: list[tuple[float, str]], rule: ComparisonRule, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(gallery))
    first, second = found(gallery, rule), found(shuffled, rule)
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert first[0] == second[0]
        # Two persons may stand at the very same score only where no margin was asked.
        assert first[1] == second[1] or rule.margin == 0


@given(gallery=galleries, rule=rules)
def test_candidate_reaches_the_threshold_and_leads_every_other_person(
    gallery: list[tuple[float, str]], rule: ComparisonRule
) -> None:
    candidate = found(gallery, rule)
    if candidate is None:
        return
    score, person = candidate
    nearer = (lambda a, b: a <= b) if rule.score is ScoreKind.EUCLIDEAN_DISTANCE else (lambda a, b: a >= b)
    assert nearer(np.float32(score), rule.threshold)
    for other_score, other in gallery:
        if other == person:
            assert nearer(score, other_score)
        else:
            assert abs(float(np.float32(score)) - float(np.float32(other_score))) >= rule.margin


@given(
    seed=st.integers(min_value=0, max_value=2**32 - 1),
    rows=st.integers(min_value=1, max_value=20),
    kind=st.sampled_from(ScoreKind),
)
def test_scores_are_those_of_an_independent_formula_row_by_row(seed: int, rows: int, kind: ScoreKind) -> None:
    random = np.random.default_rng(seed)
    templates = random.normal(size=(rows, 16)).astype(np.float32)
    probe = random.normal(size=16).astype(np.float32)
    together = comparison_scores(probe, templates, kind)
    for row in range(rows):
        a, b = templates[row].astype(float), probe.astype(float)
        expected = (
            sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5
            if kind is ScoreKind.EUCLIDEAN_DISTANCE
            else sum(x * y for x, y in zip(a, b, strict=True)) / (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5
        )
        assert abs(together[row] - expected) < 1e-5


@given(seed=st.integers(min_value=0, max_value=2**32 - 1), count=st.integers(min_value=1, max_value=5), rule=rules)
def test_fusing_equal_crops_changes_nothing(seed: int, count: int, rule: ComparisonRule) -> None:
    random = np.random.default_rng(seed)
    vector = random.normal(size=16).astype(np.float32)
    vector /= np.linalg.norm(vector)
    qualities = random.uniform(0, 1, size=count).tolist()
    fusion = fuse(np.stack([vector] * count), qualities, rule)
    assert np.allclose(fusion.template, vector, atol=1e-5)
    assert fusion.used == tuple(range(count))
