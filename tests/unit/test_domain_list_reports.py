"""Expected false alerts, and who approves a list (C2, C5, D1)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.application.admissions import measured_by
from governance.domain.false_alerts import (
    MeasuredRate,
    are_meant,
    expect_false_alerts,
    of_comparison,
    of_search,
)
from governance.domain.identifiers import AccountId, ListReportId, ObjectId, ReferenceId, WarrantId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.list_reports import ListReport, approved_references, has_approved_list, may_approve_list
from tests.builders_admission import an_admission, an_envelope

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
A, B = ReferenceId("a"), ReferenceId("b")
RATE = MeasuredRate(likely=1e-6, low=1e-7, high=1e-5, source="An evaluation.")


@pytest.mark.law("C5", "D1")
def test_known_answers_of_expected_false_alerts() -> None:
    # Ten persons at one in a million: of 200,000 passages a day about two (and 0.2 to 20) make a false alert.
    found = expect_false_alerts(passages_per_day=200_000, persons=10, allowed_per_day=1.0, measured=RATE)
    assert found.likely == pytest.approx(2.0, rel=1e-4)
    assert found.low == pytest.approx(0.2, rel=1e-4)
    assert found.high == pytest.approx(20.0, rel=1e-3)
    # C5's own warning: 0.1 % of 200,000 passages would be 200 a day; one a day is one in 200,000.
    assert found.most_allowed_rate == pytest.approx(1 / 200_000)


@pytest.mark.law("C5", "D1")
def test_without_an_evaluation_nothing_is_claimed() -> None:
    found = expect_false_alerts(passages_per_day=1000, persons=3, allowed_per_day=1.0, measured=None)
    assert (found.likely, found.low, found.high, found.source) == (None, None, None, "")
    assert found.most_allowed_rate == 0.001


@given(st.floats(0, 1), st.integers(1, 500), st.integers(1, 500))
def test_more_persons_never_make_fewer_false_alerts(rate: float, few: int, more: int) -> None:
    assert 0 <= of_search(rate, few) <= of_search(rate, few + more) <= 1
    assert of_search(rate, few) <= few * rate + 1e-9


@pytest.mark.parametrize(
    ("passages", "meant"), [(0, False), (-1, False), (1, True), (10_000_000, True), (10_000_001, False)]
)
def test_passages_are_a_number_that_can_be_meant(passages: int, meant: bool) -> None:  # noqa: FBT001 (a table's column)
    assert are_meant(passages).allowed is meant


def a_list_report(**changes: Any) -> ListReport:
    values: dict[str, Any] = {
        "report_id": ListReportId("r"),
        "warrant_id": WarrantId("w"),
        "listed": frozenset({A}),
        "near": 0,
        "report": ObjectId("o"),
        "prepared_by": AccountId("officer"),
        "approved_by": None,
        "approved_at": None,
        "reason": None,
        "created_at": NOON,
        "expires_at": NOON,
    }
    return ListReport(**{**values, **changes})


def approval(report: ListReport, **changes: Any) -> str | None:
    values: dict[str, Any] = {
        "actor": AccountId("officer"),
        "enrollers": {AccountId("enroller")},
        "standing": [A],
        "reason": "",
        "legal": SWEDEN_2026,
    }
    decision = may_approve_list(report, **{**values, **changes})
    return None if decision.allowed else decision.rule


@pytest.mark.law("C2", "A3", "C1")
def test_a_list_is_approved_as_it_is_by_somebody_who_enrolled_nobody() -> None:
    assert approval(a_list_report()) is None
    assert approval(a_list_report(), actor=AccountId("enroller")) == "C2"
    assert approval(a_list_report(approved_by=AccountId("x"))) == "C2"
    assert approval(a_list_report(), standing=[]) == "A3"
    assert approval(a_list_report(), standing=[A, B]) == "C1"
    assert approval(a_list_report(), standing=[B]) == "C1"


@pytest.mark.law("A3")
def test_look_alikes_need_a_reason() -> None:
    assert approval(a_list_report(near=2)) == "A3"
    assert approval(a_list_report(near=2), reason=" " * 50) == "A3"
    assert approval(a_list_report(near=2), reason="They are twins, and both were taken.") is None


@pytest.mark.law("C2")
def test_only_an_approved_list_just_as_it_is_is_put_into_use() -> None:
    approved = a_list_report(approved_by=AccountId("officer"), approved_at=NOON)
    assert has_approved_list([approved], [A]).allowed
    assert not has_approved_list([], [A]).allowed
    assert not has_approved_list([a_list_report()], [A]).allowed
    assert not has_approved_list([approved], [A, B]).allowed


@pytest.mark.law("C2")
def test_the_last_approval_counts() -> None:
    first = a_list_report(approved_by=AccountId("x"), approved_at=NOON)
    last = a_list_report(listed=frozenset({B}), approved_by=AccountId("x"), approved_at=NOON + timedelta(hours=1))
    assert approved_references([]) == frozenset()
    assert approved_references([a_list_report()]) == frozenset()
    assert approved_references([last, first]) == {B}


@pytest.mark.law("A18", "D1")
def test_what_admits_a_profile_says_what_one_comparison_is_expected_to_do() -> None:
    admission = an_admission(envelope=an_envelope(tested_list=90, people_searched=10_000, false_alarms=2))
    rate = measured_by(admission, admission.profile_sha256)
    assert rate is not None
    assert rate.source == admission.report_sha256
    # Of 10,000 two: 2e-4, and by Clopper and Pearson 2.4221e-5 to 7.2228e-4; a ninetieth of it for one comparison.
    searched = [of_search(one, 90) for one in (rate.low, rate.likely, rate.high)]
    assert searched == pytest.approx([2.4221e-5, 2e-4, 7.2228e-4], rel=1e-3)
    assert rate.likely == pytest.approx(2e-4 / 90, rel=1e-3)
    assert measured_by(None, admission.profile_sha256) is None


@pytest.mark.law("A18", "D1", "P4")
def test_what_was_measured_of_another_profile_says_nothing_of_this_one() -> None:
    assert measured_by(an_admission(profile_sha256="0" * 64), an_admission().profile_sha256) is None


@given(st.floats(0, 0.5), st.integers(1, 100_000))
def test_a_comparison_and_its_search_say_the_same(share: float, persons: int) -> None:
    assert of_search(of_comparison(share, persons), persons) == pytest.approx(share, abs=1e-9)
    assert 0 <= of_comparison(share, persons) <= share
    assert of_comparison(1.0, persons) == 1.0
