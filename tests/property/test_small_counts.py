"""What the public is told of small counts, against everybody who can add and subtract (C7, A11)."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.domain.small_counts import Published, withheld_rows, withhold, withhold_single

pytestmark = pytest.mark.law("C7", "A11")

PARTS = st.lists(st.integers(0, 9), max_size=5)


def possible(published: Published) -> list[set[int]]:
    """By brute force: which values each withheld part could have, for somebody who knows that none of them is zero."""
    places = [place for place, part in enumerate(published.parts) if part is None]
    told = sum(part for part in published.parts if part is not None)
    found: list[set[int]] = [set() for _ in places]
    for values in product(range(1, 41), repeat=len(places)) if len(places) < 4 else ():
        if published.total is None or told + sum(values) == published.total:
            for seen, value in zip(found, values, strict=True):
                seen.add(value)
    return found


@settings(max_examples=150)
@given(PARTS, st.integers(2, 5))
def test_no_small_count_can_be_worked_out(parts: list[int], smallest: int) -> None:
    published = withhold(parts, smallest=smallest)
    for shown, part in zip(published.parts, parts, strict=True):
        assert shown in {None, part}
        assert shown is None or shown == 0 or shown >= smallest
    if sum(part is None for part in published.parts) < 4:
        assert all(len(values) >= smallest for values in possible(published))


@given(PARTS, st.integers(2, 5))
def test_the_public_is_told_what_hides_nobody(parts: list[int], smallest: int) -> None:
    published = withhold(parts, smallest=smallest)
    if all(part == 0 or part >= smallest for part in parts):
        assert published == Published(total=sum(parts), parts=tuple(parts))
    assert published.total in {None, sum(parts)}


@pytest.mark.parametrize(
    ("parts", "total", "shown"),
    [
        ([], 0, ()),
        ([0, 0], 0, (0, 0)),
        ([10, 20], 30, (10, 20)),
        ([3], None, (None,)),
        ([3, 20, 10], 33, (None, 20, None)),
        ([1, 1, 30], 32, (None, None, None)),
        ([4, 4, 30], 38, (None, None, 30)),
        ([3, 0], None, (None, 0)),
    ],
)
def test_by_hand(parts: list[int], total: int | None, shown: tuple[int | None, ...]) -> None:
    """With five as the smallest count that is told."""
    assert withhold(parts, smallest=5) == Published(total=total, parts=shown)


def test_a_count_that_stands_alone() -> None:
    assert [withhold_single(count, smallest=5) for count in (0, 1, 4, 5)] == [0, None, None, 5]


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), max_size=6), st.integers(2, 5))
def test_rows_hide_one_another_from_whoever_knows_the_sums(rows: list[list[int]], smallest: int) -> None:
    hidden = withheld_rows(rows, smallest=smallest)
    assert {place for place, row in enumerate(rows) if any(0 < count < smallest for count in row)} <= hidden
    if hidden and len(hidden) < len(rows):
        assert len(hidden) > 1
        assert not any(0 < sum(column) < smallest for column in zip(*(rows[place] for place in hidden), strict=True))
    assert bool(hidden) == any(0 < count < smallest for row in rows for count in row)
