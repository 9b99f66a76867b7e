"""An import never loses or invents a count, and more incidents never make a place stand out less (C14)."""

import io
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.adapters.hot_spots import BinomialHotSpots
from governance.application.incident_file import read_incidents
from governance.domain.incidents import Place, Tally
from governance.domain.legal_profile import SWEDEN_2026
from tests.builders_contracts import NOON

pytestmark = pytest.mark.law("C14")

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["north", "south", "place-3", ""]),
        st.integers(0, 1500),
        st.sampled_from(["mord", "klotter", "Grovt rån", "narcotics", "fare-dodging", ""]),
        st.integers(0, 50),
    ),
    min_size=1,
    max_size=30,
)


@given(rows=ROWS)
def test_every_count_of_a_good_row_ends_in_one_sum_and_no_other(rows: list[tuple[str, int, str, int]]) -> None:
    lines = ["site;time;category;count"]
    lines += [
        f"{site};{NOON - timedelta(days=days):%Y-%m-%dT%H:%MZ};{category};{count}"
        for site, days, category, count in rows
    ]
    tally = Tally(SWEDEN_2026, [Place(place="north")], now=NOON)
    source = io.BytesIO("\n".join(lines).encode())
    found = read_incidents(source, tally, zone=SWEDEN_2026.zone, now=NOON)
    good = [row for row in rows if row[0] and row[2] and row[3]]
    assert found.rows == len(rows)
    assert found.bad_rows == len(rows) - len(good)
    assert tally.total == sum(count for *_, count in good)
    assert tally.counted + sum(tally.ignored.values()) == tally.total
    named = {"mord", "Grovt rån", "narcotics"}
    young = [row for row in good if row[2] in named and row[1] <= 730]
    assert tally.counted == sum(count for *_, count in young)
    for place, sums in tally.places().items():
        assert sums.total == sum(count for site, *_, count in young if site == place)
        assert sum(sums.months.values()) == sum(sums.hours.values()) == sums.total


COUNTS = st.lists(st.integers(0, 60), min_size=2, max_size=12)


@given(counts=COUNTS, more=st.integers(1, 20))
def test_more_incidents_at_a_place_never_make_it_stand_out_less(counts: list[int], more: int) -> None:
    before = {f"p{number}": count for number, count in enumerate(counts)}
    after = {**before, "p0": before["p0"] + more}
    old, new = (BinomialHotSpots().compare(one)["p0"] for one in (before, after))
    assert new.p_value <= old.p_value + 1e-12
    assert new.ratio_low >= old.ratio_low - 1e-9


@given(counts=COUNTS)
def test_the_ratio_lies_within_its_bounds_and_the_p_value_between_0_and_1(counts: list[int]) -> None:
    for spot in BinomialHotSpots().compare({f"p{number}": count for number, count in enumerate(counts)}).values():
        assert 0 <= spot.ratio_low <= spot.ratio <= spot.ratio_high
        assert 0 <= spot.p_value <= 1
