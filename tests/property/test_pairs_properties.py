"""Whatever the counts: groups are told apart only where they are, and joint limits are never shorter (C10, D3)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.metrics.intervals import clopper_pearson
from benchmarks.metrics.pairs import Counted, apart

pytestmark = pytest.mark.law("C10", "D3")

counts = st.integers(0, 300).flatmap(lambda people: st.tuples(st.integers(0, people), st.just(people)))
groups = st.lists(counts, max_size=6).map(lambda many: [Counted(f"g{at}", *one) for at, one in enumerate(many)])


@settings(max_examples=25)
@given(groups)
def test_no_group_is_called_worse_whose_limits_meet(many: list[Counted]) -> None:
    told = apart(many)
    limits = {one.name: one.interval for one in told.groups}
    assert set(limits) == {one.name for one in many if one.people}
    for pair in told.pairs:
        assert limits[pair.worse].lower > limits[pair.better].upper
        assert pair.factor > 1
    named = {(pair.worse, pair.better) for pair in told.pairs}
    missing = [
        (worse, better)
        for worse in limits
        for better in limits
        if limits[worse].lower > limits[better].upper and (worse, better) not in named
    ]
    assert not missing, "no pair that lies apart is kept quiet"


@settings(max_examples=25)
@given(groups)
def test_joint_limits_hold_what_single_ones_hold(many: list[Counted]) -> None:
    for one in apart(many).groups:
        alone = clopper_pearson(one.errors, one.people)
        assert one.interval.lower <= alone.lower + 1e-12
        assert one.interval.upper >= alone.upper - 1e-12


@settings(max_examples=15)
@given(groups)
def test_the_order_of_the_groups_changes_nothing(many: list[Counted]) -> None:
    assert apart(many).pairs == apart(many[::-1]).pairs
