"""Item 15, whatever the numbers: a true alert never suspends, and a false one never lets go on (A18)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.metrics import intervals
from governance.domain.in_operation import Row, add_up, by_month, flags
from governance.domain.model_announcements import ModelAnnouncement, announced_in
from governance.domain.operation_limit import Drift, drift, lowest_share, stays_within
from governance.domain.proportions import limits as both_limits
from governance.domain.proportions import lower_limit, upper_limit
from tests.builders_contracts import NOON
from tests.builders_operation import a_month, a_report

pytestmark = pytest.mark.law("A18", "C7")

HOUR = timedelta(hours=1)
small = st.integers(min_value=0, max_value=60)
limits = st.fractions(min_value=Fraction(1, 100_000), max_value=Fraction(1, 10), max_denominator=100_000)


@st.composite
def months(draw: st.DrawFn) -> Row:
    """Any month, also one that does not agree with itself."""
    return a_month(
        f"2026-{draw(st.integers(min_value=1, max_value=12)):02}",
        faces=draw(st.integers(min_value=0, max_value=100_000)),
        counted_how=draw(st.sampled_from(["tracks", "transits"])),
        alerts=draw(small),
        true_alerts=draw(small),
        false_alerts=draw(small),
        unconfirmed=draw(small),
    )


many = st.lists(months(), min_size=1, max_size=6)


def more(rows: Sequence[Row], place: int, **by: int) -> list[Row]:
    """Return the rows, one of them with more of something."""
    at = place % len(rows)
    grown = replace(rows[at], **{name: getattr(rows[at], name) + number for name, number in by.items()})
    return [*rows[:at], grown, *rows[at + 1 :]]


@given(many, limits, small)
def test_a_true_alert_never_suspends(rows: list[Row], limit: Fraction, place: int) -> None:
    if stays_within(rows, limit).allowed:
        assert stays_within(more(rows, place, alerts=1, true_alerts=1), limit).allowed
        assert stays_within(more(rows, place, alerts=1, true_alerts=1, faces=1), limit).allowed


@given(many, limits, small)
def test_a_false_alert_never_lets_go_on(rows: list[Row], limit: Fraction, place: int) -> None:
    if not stays_within(rows, limit).allowed:
        assert not stays_within(more(rows, place, alerts=1, false_alerts=1), limit).allowed
        assert not stays_within(more(rows, place, alerts=1, false_alerts=1, faces=1), limit).allowed


@given(many, limits, limits)
def test_a_narrower_envelope_never_lets_go_on(rows: list[Row], one: Fraction, other: Fraction) -> None:
    if stays_within(rows, min(one, other)).allowed:
        assert stays_within(rows, max(one, other)).allowed


@given(months(), st.floats(min_value=0, max_value=0.01), st.floats(min_value=0, max_value=0.01))
def test_drift_above_stays_above_with_a_further_false_alert(row: Row, one: float, other: float) -> None:
    report = a_report(min(one, other), max(one, other))
    if drift(row, report) is Drift.ABOVE:
        assert drift(replace(row, alerts=row.alerts + 1, false_alerts=row.false_alerts + 1), report) in {
            Drift.ABOVE,
            Drift.UNKNOWN,
        }


@given(months())
def test_a_month_drifts_from_no_report_that_holds_its_own_share(row: Row) -> None:
    if row.faces and row.false_alerts <= row.faces:
        value = row.false_alerts / row.faces
        assert drift(row, a_report(value, value)) in {Drift.NONE, Drift.UNKNOWN}


@given(st.integers(min_value=1, max_value=3_000_000), st.integers(min_value=0, max_value=300))
def test_limits_agree_with_the_tests_and_hold_what_was_seen(trials: int, drawn: int) -> None:
    events = min(drawn, trials)
    low, high = lower_limit(events, trials), upper_limit(events, trials)
    assert low == pytest.approx(intervals.lower_limit(events, trials), rel=1e-8)
    assert high == pytest.approx(intervals.upper_limit(events, trials), rel=1e-8)
    assert low <= events / trials <= high


@given(trials=st.integers(1, 40), data=st.data())
def test_limits_hold_their_share_and_narrow_with_more_of_the_same(trials: int, data: st.DataObject) -> None:
    found = data.draw(st.integers(0, trials))
    one, twice = both_limits(found, trials), both_limits(2 * found, 2 * trials)
    assert one.lower <= found / trials <= one.upper
    assert twice.upper - twice.lower < one.upper - one.lower


@given(many)
def test_nothing_is_lost_or_mixed_in_months_and_sums(rows: list[Row]) -> None:
    for name in ("faces", "alerts", "true_alerts", "false_alerts"):
        whole = sum(getattr(row, name) for row in rows)
        assert sum(getattr(one, name) for one in by_month(rows)) == whole
        assert sum(getattr(one, name) for one in add_up(rows)) == whole
    assert {one.counted_how for one in add_up(rows)} == {row.counted_how for row in rows}
    assert len(flags(rows)) == len(rows)


@given(months())
def test_the_lowest_share_is_a_share(row: Row) -> None:
    assert 0 <= lowest_share([row]) <= 1


ANNOUNCED = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 48)), max_size=8)


@pytest.mark.law("C6")
@given(announced=ANNOUNCED, since=st.integers(-1, 400), at=st.integers(0, 400))
def test_every_moment_counts_for_the_profile_that_was_announced_last_then(
    announced: list[tuple[str, int]], since: int, at: int
) -> None:
    hours, made = 0, []
    for number, (profile, later) in enumerate(announced, start=1):
        hours += later
        made.append(_announcement(number, profile, hours))
    moment, lifted = NOON + at * HOUR, None if since < 0 else NOON + since * HOUR
    last = max((one for one in made if one.created_at <= moment), key=lambda one: one.number, default=None)
    for profile in "abc":
        periods = announced_in(made, profile, since=lifted)
        counts = last is not None and last.profile_sha256 == profile and (lifted is None or moment >= lifted)
        assert sum(one.holds(moment) for one in periods) == counts
        assert periods == tuple(sorted(periods, key=lambda one: one.begins_at))


def _announcement(number: int, profile: str, hours: int) -> ModelAnnouncement:
    at = NOON + hours * HOUR
    return ModelAnnouncement(
        number=number, profile_sha256=profile, threshold=None, usable_from=at, created_at=at, expires_at=at
    )
