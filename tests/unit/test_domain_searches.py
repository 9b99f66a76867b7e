"""What may be searched afterwards, who asks and who approves: a table by hand, and what no combination allows (A12)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.identifiers import AccountId, CameraId, ReferenceId, SearchId, SiteId, WarrantId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.review import Barred
from governance.domain.searches import (
    APPROVAL_LIFE,
    LATE_RECEIPT,
    LONGER_THAN_SAID,
    LONGEST_RECORDING,
    ORDER_LIMIT,
    SEARCH_LIMIT,
    Recording,
    RecordingSearch,
    SearchState,
    SearchTerms,
    lets_search,
    may_approve_search,
    may_ask_search,
    may_begin_search,
    may_go_on_search,
    may_search_recording,
    order_end,
    runs_as_long,
    search_covers,
    seen_at,
)
from governance.domain.warrants import WarrantState, WarrantType
from tests.builders_contracts import NOON, a_hash
from tests.unit.test_domain_warrants import a_record

HOUR, LEAST = timedelta(hours=1), timedelta(milliseconds=1)
WARRANT = a_record(
    type=WarrantType.POST_REMOTE, state=WarrantState.ISSUED, not_before=NOON - HOUR, not_after=NOON + 48 * HOUR
)
TERMS = SearchTerms(cameras={"camera-1"}, recorded_until=NOON - 24 * HOUR, first_identification=False)
RECORDING = Recording(
    camera_id="camera-1", sha256=a_hash("film"), recorded_from=NOON - 26 * HOUR, recorded_until=NOON - 24 * HOUR
)
LATE = {"recorded_from": NOON - 3 * HOUR}
SEARCH = RecordingSearch(
    search_id=SearchId("s"),
    warrant_id=WarrantId("w"),
    reference_id=ReferenceId("r"),
    site_id=SiteId("site-1"),
    camera_id=CameraId("camera-1"),
    recording_sha256=a_hash("film"),
    recorded_from=RECORDING.recorded_from,
    recorded_until=RECORDING.recorded_until,
    state=SearchState.APPROVED,
    asked_by=AccountId("dag"),
    approved_by=AccountId("lex"),
    approved_at=NOON,
    created_at=NOON,
    expires_at=NOON + timedelta(days=200),
)


def test_the_warrants_recordings_end_a_day_ago() -> None:
    assert SWEDEN_2026.post_remote_age == 24 * HOUR


@pytest.mark.law("A12")
@pytest.mark.parametrize(
    ("recording", "terms", "at", "rule"),
    [
        # By hand, at noon on 2 March; recordings from 10:00 to 12:00 on 1 March.
        ({}, {}, NOON, None),
        ({"recorded_until": NOON - 25 * HOUR}, {}, NOON, None),
        ({}, {}, NOON - LEAST, "A12"),  # 23:59:59.999 h old
        ({"recorded_until": NOON - 24 * HOUR + LEAST}, {}, NOON + HOUR, "A12"),  # beyond what the warrant names
        ({**LATE, "recorded_until": NOON - HOUR}, {"recorded_until": NOON - HOUR}, NOON, "A12"),  # an hour old
        (
            {**LATE, "recorded_until": NOON - HOUR},
            {"recorded_until": NOON - HOUR, "first_identification": True},
            NOON,
            None,
        ),
        (
            {**LATE, "recorded_until": NOON + LEAST},
            {"recorded_until": NOON + HOUR, "first_identification": True},
            NOON,
            "A12",
        ),  # still being recorded
        ({"camera_id": "camera-2"}, {}, NOON, "A4"),
        ({}, {"cameras": ()}, NOON, "A4"),
        ({"camera_id": "*"}, {}, NOON, "A4"),
        ({"sha256": ""}, {}, NOON, "A12"),
        ({"sha256": a_hash("film").upper()}, {}, NOON, "A12"),
        ({"recorded_from": NOON - 24 * HOUR}, {}, NOON, "A12"),  # no time at all
        ({"recorded_from": NOON - 24 * HOUR - LONGEST_RECORDING}, {}, NOON, None),
        ({"recorded_from": NOON - 24 * HOUR - LONGEST_RECORDING - LEAST}, {}, NOON, "A12"),
        ({"recorded_from": datetime(2026, 3, 1, 10)}, {}, NOON, "A12"),  # noqa: DTZ001 (the attack under test)
        ({}, {"recorded_until": None}, NOON, "A12"),
    ],
)
def test_known_answers_of_what_may_be_searched(
    recording: dict[str, Any], terms: dict[str, Any], at: datetime, rule: str | None
) -> None:
    decision = may_search_recording(
        WARRANT, replace(TERMS, **terms), replace(RECORDING, **recording), SWEDEN_2026, now=at
    )
    assert (None if decision.allowed else decision.rule) == rule, decision.reason


@pytest.mark.law("A12", "A6")
@pytest.mark.parametrize("state", list(WarrantState))
@pytest.mark.parametrize("kind", list(WarrantType))
def test_only_a_signed_post_remote_warrant_in_force_lets_anything_be_searched(
    state: WarrantState, kind: WarrantType
) -> None:
    decision = lets_search(replace(WARRANT, state=state, type=kind), now=NOON)
    in_force = state in {WarrantState.ISSUED, WarrantState.ACTIVE}
    assert decision.allowed == (in_force and kind is WarrantType.POST_REMOTE)


@pytest.mark.law("A12")
@given(
    state=st.sampled_from(WarrantState),
    kind=st.sampled_from(WarrantType),
    begins=st.integers(-80, 10),
    lasts=st.integers(-2, 30),
    until=st.none() | st.integers(-80, 10),
    first=st.booleans(),
    named=st.booleans(),
    at=st.integers(-10, 60),
)
def test_whatever_is_allowed_keeps_every_condition(
    state: WarrantState,
    kind: WarrantType,
    begins: int,
    lasts: int,
    until: int | None,
    *,
    first: bool,
    named: bool,
    at: int,
) -> None:
    """No combination of warrant, recording and moment that breaks one condition is ever allowed, and none is idle."""
    warrant = replace(WARRANT, state=state, type=kind)
    now, began = NOON + at * HOUR, NOON + begins * HOUR
    ended, latest = began + lasts * HOUR, None if until is None else NOON + until * HOUR
    terms = SearchTerms(
        cameras={"camera-1"} if named else {"camera-2"}, recorded_until=latest, first_identification=first
    )
    recording = Recording(camera_id="camera-1", sha256=a_hash("film"), recorded_from=began, recorded_until=ended)
    decision = may_search_recording(warrant, terms, recording, SWEDEN_2026, now=now)
    lawful = (
        kind is WarrantType.POST_REMOTE
        and state in {WarrantState.ISSUED, WarrantState.ACTIVE}
        and warrant.not_before <= now < warrant.not_after
        and named
        and 0 < lasts <= 24
        and latest is not None
        and ended <= latest
        and ended <= now
        and (first or now - ended >= 24 * HOUR)
    )
    assert decision.allowed == lawful


@pytest.mark.law("B14")
def test_who_had_a_hand_in_the_warrant_does_not_choose_what_is_searched() -> None:
    barred = Barred(
        applicant=AccountId("ada"),
        legal_officer=AccountId("lex"),
        enrollers=frozenset({AccountId("eva")}),
        latecomers=frozenset({AccountId("new")}),
    )
    allowed = {name for name in ("ada", "lex", "eva", "new", "dag") if may_ask_search(AccountId(name), barred).allowed}
    assert allowed == {"dag"}


@pytest.mark.law("A15")
def test_who_asked_for_or_approved_a_search_reviews_nothing_of_it() -> None:
    barred = Barred(
        applicant=AccountId("ada"),
        legal_officer=None,
        enrollers=frozenset(),
        searchers=frozenset({AccountId("dag"), AccountId("lex")}),
    )
    assert barred.bars(AccountId("dag"))
    assert barred.bars(AccountId("lex"))
    assert not barred.bars(AccountId("bea"))


@pytest.mark.law("A12", "B14")
@pytest.mark.parametrize("state", list(SearchState))
@pytest.mark.parametrize("approver", ["lex", "dag", "ada"])
def test_another_person_approves_what_was_asked_for_once(state: SearchState, approver: str) -> None:
    warrant = replace(WARRANT, applicant=AccountId("ada"))
    decision = may_approve_search(replace(SEARCH, state=state), warrant, AccountId(approver))
    assert decision.allowed == (state is SearchState.ASKED and approver == "lex")


@pytest.mark.law("A12", "E6")
@pytest.mark.parametrize(
    ("search", "given", "rule"),
    [
        ({}, {}, None),
        ({"state": SearchState.ASKED, "approved_by": None, "approved_at": None}, {}, "A12"),
        ({"approved_by": None}, {}, "A12"),
        ({"state": SearchState.BEGUN}, {}, "A12"),
        ({"state": SearchState.ENDED}, {}, "A12"),
        ({}, {"now": NOON + APPROVAL_LIFE - LEAST}, None),
        ({}, {"now": NOON + APPROVAL_LIFE}, "A12"),
        ({}, {"site_id": SiteId("site-2")}, "A12"),
        ({}, {"recording_sha256": a_hash("another film")}, "A12"),
        ({}, {"reviewers_on_shift": 1}, "E6"),
    ],
)
def test_known_answers_of_what_may_be_begun(search: dict[str, Any], given: dict[str, Any], rule: str | None) -> None:
    values: dict[str, Any] = {
        "site_id": SiteId("site-1"),
        "recording_sha256": a_hash("film"),
        "reviewers_on_shift": 2,
        "now": NOON,
        **given,
    }
    decision = may_begin_search(replace(SEARCH, **search), legal=SWEDEN_2026, **values)
    assert (None if decision.allowed else decision.rule) == rule


@pytest.mark.law("A12", "A8", "P1")
@pytest.mark.parametrize(
    ("search", "given", "rule"),
    [
        ({}, {}, None),
        ({}, {"now": NOON + ORDER_LIMIT - LEAST}, None),
        ({}, {"now": NOON + ORDER_LIMIT}, "A12"),  # the order ended first
        ({"ends_at": NOON + SEARCH_LIMIT + HOUR}, {"now": NOON + SEARCH_LIMIT - LEAST}, None),
        ({"ends_at": NOON + SEARCH_LIMIT + HOUR}, {"now": NOON + SEARCH_LIMIT}, "A12"),
        ({"state": SearchState.APPROVED}, {}, "A12"),
        ({"state": SearchState.ENDED}, {}, "A12"),
        ({}, {"renews": a_hash("the order before")}, "A12"),
        ({}, {"recording_sha256": a_hash("another film")}, "A12"),
        ({}, {"site_id": SiteId("site-2")}, "A12"),
        ({}, {"reviewers_on_shift": 1}, "E6"),
    ],
)
def test_known_answers_of_what_goes_on(search: dict[str, Any], given: dict[str, Any], rule: str | None) -> None:
    begun = replace(
        SEARCH,
        state=SearchState.BEGUN,
        begun_at=NOON,
        ends_at=NOON + ORDER_LIMIT,
        order_sha256=a_hash("the order"),
    )
    values: dict[str, Any] = {
        "site_id": SiteId("site-1"),
        "recording_sha256": a_hash("film"),
        "renews": a_hash("the order"),
        "reviewers_on_shift": 2,
        "now": NOON,
        **given,
    }
    decision = may_go_on_search(replace(begun, **search), legal=SWEDEN_2026, **values)
    assert (None if decision.allowed else decision.rule) == rule


@pytest.mark.law("A12")
def test_known_answers_of_an_orders_end_and_what_it_covers() -> None:
    minute = timedelta(minutes=1)
    assert order_end(WARRANT, begun_at=NOON, now=NOON) == NOON + minute
    late = NOON + 48 * HOUR - LEAST
    assert order_end(WARRANT, begun_at=late, now=late) == NOON + 48 * HOUR
    assert order_end(WARRANT, begun_at=NOON, now=NOON + 14.5 * minute) == NOON + 15 * minute
    begun = replace(SEARCH, state=SearchState.BEGUN, begun_at=NOON, ends_at=NOON + ORDER_LIMIT)
    end = NOON + ORDER_LIMIT
    for read, received, allowed in (
        (NOON, NOON, True),
        (NOON - timedelta(seconds=6), NOON, False),
        (end - LEAST, end + LATE_RECEIPT, True),
        (end, end, False),
        (end - LEAST, end + LATE_RECEIPT + LEAST, False),
    ):
        assert search_covers(begun, read_at=read, received_at=received).allowed == allowed
    assert not search_covers(SEARCH, read_at=NOON, received_at=NOON).allowed
    assert not begun.lacks_receipt(end - LEAST)
    assert begun.lacks_receipt(end)


@pytest.mark.law("A12")
def test_what_lies_behind_the_approved_time_is_not_looked_at() -> None:
    two_hours = 7200.0
    assert runs_as_long(RECORDING, two_hours + LONGER_THAN_SAID.total_seconds()).allowed
    assert not runs_as_long(RECORDING, two_hours + LONGER_THAN_SAID.total_seconds() + 0.001).allowed
    assert seen_at(RECORDING, 3600.5) == NOON - 25 * HOUR + timedelta(milliseconds=500)
