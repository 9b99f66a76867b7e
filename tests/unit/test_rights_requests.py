"""The times of the rights desk: one month, once two more, in legal days; known answers by calendar (B13)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from governance.application.reports.answer import Said, answer_letter, last_day
from governance.application.reports.page import html_page
from governance.application.reports.report import Language
from governance.domain.identifiers import AccountId, ObjectId, RightsRequestId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.rights_requests import (
    RequestKind,
    RightsOutcome,
    RightsRequest,
    has_times,
    in_order,
    is_answered_in_time,
    may_be_answered,
    may_be_extended,
    may_be_registered,
    may_be_written_to,
    request_due_at,
)

pytestmark = pytest.mark.law("B13")

# Read off a calendar. The last hour of the last day ends at 22:00 UTC in summer and at 23:00 UTC in winter; clocks are
# put forward on 29 March 2026 and back on 25 October 2026.
KNOWN = [
    (date(2026, 1, 15), datetime(2026, 2, 15, 23, tzinfo=UTC), datetime(2026, 4, 15, 22, tzinfo=UTC)),
    (date(2026, 1, 31), datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 4, 30, 22, tzinfo=UTC)),
    (date(2028, 1, 31), datetime(2028, 2, 29, 23, tzinfo=UTC), datetime(2028, 4, 30, 22, tzinfo=UTC)),
    (date(2026, 2, 28), datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 5, 28, 22, tzinfo=UTC)),
    (date(2026, 3, 1), datetime(2026, 4, 1, 22, tzinfo=UTC), datetime(2026, 6, 1, 22, tzinfo=UTC)),
    # The very nights on which the clock is changed are the last of the time.
    (date(2026, 2, 27), datetime(2026, 3, 27, 23, tzinfo=UTC), datetime(2026, 5, 27, 22, tzinfo=UTC)),
    (date(2026, 9, 25), datetime(2026, 10, 25, 23, tzinfo=UTC), datetime(2026, 12, 25, 23, tzinfo=UTC)),
    (date(2026, 9, 24), datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 12, 24, 23, tzinfo=UTC)),
    (date(2026, 10, 31), datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2027, 1, 31, 23, tzinfo=UTC)),
    (date(2026, 12, 31), datetime(2027, 1, 31, 23, tzinfo=UTC), datetime(2027, 3, 31, 22, tzinfo=UTC)),
]
DUE = datetime(2026, 2, 15, 23, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
A_REQUEST = RightsRequest(
    request_id=RightsRequestId("r-1"),
    kind=RequestKind.ACCESS,
    received_on=date(2026, 1, 15),
    words=ObjectId("warrant.20500.00000001"),
    registered_by=AccountId("dora"),
    due_at=DUE,
    extension=None,
    extended_by=None,
    extended_at=None,
    answer=None,
    outcome=None,
    intervention=None,
    closed_by=None,
    closed_at=None,
    created_at=datetime(2026, 1, 15, 9, tzinfo=UTC),
    expires_at=datetime(2028, 1, 15, 9, tzinfo=UTC),
)
EXTENDED = replace(
    A_REQUEST,
    due_at=datetime(2026, 4, 15, 22, tzinfo=UTC),
    extension=ObjectId("warrant.20500.00000002"),
    extended_by=AccountId("dora"),
    extended_at=datetime(2026, 2, 1, tzinfo=UTC),
)


def closed(request: RightsRequest, at: datetime) -> RightsRequest:
    return replace(
        request,
        answer=ObjectId("warrant.20500.00000003"),
        outcome=RightsOutcome.NOTHING_FOUND,
        closed_by=AccountId("dora"),
        closed_at=at,
    )


@pytest.mark.parametrize(("received", "due", "extended"), KNOWN)
def test_a_month_and_two_more_end_where_the_calendar_says(received: date, due: datetime, extended: datetime) -> None:
    assert request_due_at(received, SWEDEN_2026, extended=False) == due
    assert request_due_at(received, SWEDEN_2026, extended=True) == extended


def test_a_request_of_the_last_hour_of_a_local_day_is_of_that_day() -> None:
    """At 23:30 UTC on 14 January it is the 15th in Stockholm: received then is received on the 15th."""
    now = datetime(2026, 1, 14, 23, 30, tzinfo=UTC)
    assert may_be_registered("Who, what.", date(2026, 1, 15), SWEDEN_2026, now=now).allowed
    assert not may_be_registered("Who, what.", date(2026, 1, 16), SWEDEN_2026, now=now).allowed
    assert not may_be_registered(" ", date(2026, 1, 15), SWEDEN_2026, now=now).allowed


def test_at_the_end_of_its_last_day_a_request_is_late() -> None:
    assert is_answered_in_time(A_REQUEST, now=DUE - TICK).allowed
    late = is_answered_in_time(A_REQUEST, now=DUE)
    assert (late.allowed, late.rule) == (False, "B13")
    assert "overdue, day 1 " in late.reason
    assert "day 2 " in is_answered_in_time(A_REQUEST, now=DUE + timedelta(days=1)).reason
    # What was answered stays as it was answered, however late it is looked at.
    assert is_answered_in_time(closed(A_REQUEST, DUE - TICK), now=DUE + timedelta(days=9)).allowed
    assert "answered late" in is_answered_in_time(closed(A_REQUEST, DUE), now=DUE).reason


def test_a_time_is_extended_once_with_a_reason_while_it_runs() -> None:
    assert may_be_extended(A_REQUEST, "A case of another authority.", now=DUE - TICK).allowed
    refused = (
        may_be_extended(A_REQUEST, "Why.", now=DUE),
        may_be_extended(A_REQUEST, "  ", now=DUE - TICK),
        may_be_extended(EXTENDED, "Why.", now=DUE - TICK),
        may_be_extended(closed(A_REQUEST, DUE - TICK), "Why.", now=DUE - TICK),
    )
    assert [one.allowed for one in refused] == [False] * 4
    assert len({one.reason for one in refused}) == 4


def test_an_answer_has_a_reason_and_closes_for_good() -> None:
    assert may_be_answered(A_REQUEST, "Nothing is held.").allowed
    assert may_be_answered(EXTENDED, "Nothing is held.").allowed
    assert not may_be_answered(A_REQUEST, " ").allowed
    assert not may_be_answered(closed(A_REQUEST, DUE), "Another answer.").allowed


def test_there_is_a_letter_once_there_is_something_to_tell() -> None:
    assert not may_be_written_to(A_REQUEST).allowed
    assert may_be_written_to(EXTENDED).allowed
    assert may_be_written_to(closed(A_REQUEST, DUE)).allowed


def test_the_overdue_stand_first_then_the_open_then_the_closed() -> None:
    soon = replace(A_REQUEST, request_id=RightsRequestId("soon"), due_at=DUE + timedelta(days=2))
    later = replace(A_REQUEST, request_id=RightsRequestId("later"), due_at=DUE + timedelta(days=3))
    longest = replace(A_REQUEST, request_id=RightsRequestId("longest"), due_at=DUE - timedelta(days=3))
    done = closed(A_REQUEST, DUE - TICK)
    given = (done, later, A_REQUEST, soon, longest)
    assert [one.request_id for one in in_order(given, now=DUE)] == ["longest", "r-1", "soon", "later", "r-1"]
    assert in_order(given, now=DUE)[-1] == done


def test_without_times_nothing_starts() -> None:
    assert has_times(SWEDEN_2026).allowed
    for without in (
        replace(SWEDEN_2026, rights_answer_months=0),
        replace(SWEDEN_2026, rights_extension_months=0),
        replace(SWEDEN_2026, complaint_period=timedelta(0)),
    ):
        assert not has_times(without).allowed


@pytest.mark.law("B10", "C12")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.ENGLISH, ("No face was compared to answer you", "24 hours", "730 days", "nothing was found")),
        (Language.SWEDISH, ("Inget ansikte har jämförts", "24 timmar", "730 dagar", "inget har hittats")),
    ],
)
def test_a_letter_says_what_can_be_found_and_what_cannot(language: Language, words: tuple[str, ...]) -> None:
    done = replace(closed(EXTENDED, DUE), intervention=ObjectId("intervention.20900.00000007"))
    letter = answer_letter(done, Said(extension="So long.", answer="So it is."), SWEDEN_2026, demo=True, now=DUE)
    page = html_page(letter, language)
    for word in (*words, "So long.", "So it is.", "r-1", "intervention.20900.00000007", "2026-04-15"):
        assert word in page
    assert last_day(A_REQUEST, SWEDEN_2026) == "2026-02-15"


def test_a_letter_of_what_is_kept_no_longer_says_so() -> None:
    page = html_page(
        answer_letter(closed(EXTENDED, DUE), Said(extension=None, answer=None), SWEDEN_2026, demo=False, now=DUE),
        Language.ENGLISH,
    )
    assert page.count("no longer kept here") == 2
    assert "The intervention" not in page
