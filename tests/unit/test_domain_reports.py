"""Incidents and their timers (A18); what the public may be told, and when (C15)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.application.reports.incident import incident_report
from governance.application.reports.page import html_page
from governance.application.reports.report import Language
from governance.domain.identifiers import AccountId, IncidentId, ObjectId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.public_answers import may_answer_publicly
from governance.domain.serious_incidents import (
    Incident,
    IncidentKind,
    KeptIncident,
    ToldAuthority,
    is_reported_in_time,
    may_be_registered,
    may_be_reported,
    report_due_at,
)
from tests.builders_contracts import NOON

KINDS = st.frozensets(st.sampled_from(IncidentKind))


@pytest.mark.law("A18")
@pytest.mark.parametrize(
    ("kinds", "days"),
    [
        (frozenset(), 15),
        ({IncidentKind.SERIOUS}, 15),
        ({IncidentKind.DEATH}, 10),
        ({IncidentKind.WIDESPREAD}, 2),
        ({IncidentKind.DEATH, IncidentKind.WIDESPREAD}, 2),
    ],
)
def test_the_gravest_kind_sets_the_time(kinds: frozenset[IncidentKind], days: int) -> None:
    """Art. 73: 15 days, 10 where somebody died, 2 where it is widespread."""
    incident = Incident(kinds=frozenset(kinds), known_at=NOON)
    assert report_due_at(incident, SWEDEN_2026) == NOON + timedelta(days=days)


@pytest.mark.law("A18")
def test_at_the_last_moment_itself_it_is_late() -> None:
    incident = Incident(kinds=frozenset(), known_at=NOON)
    due = report_due_at(incident, SWEDEN_2026)
    assert is_reported_in_time(incident, SWEDEN_2026, now=due - timedelta(milliseconds=1)).allowed
    assert not is_reported_in_time(incident, SWEDEN_2026, now=due).allowed


@pytest.mark.law("A18")
@given(KINDS, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_an_incident_is_overdue_from_its_last_moment_until_it_is_reported(
    kinds: frozenset[IncidentKind], later: timedelta
) -> None:
    incident = Incident(kinds=kinds, known_at=NOON)
    late = NOON + later >= report_due_at(incident, SWEDEN_2026)
    assert is_reported_in_time(incident, SWEDEN_2026, now=NOON + later).allowed is not late
    reported = Incident(kinds=kinds, known_at=NOON, reported_at=NOON + later)
    assert is_reported_in_time(reported, SWEDEN_2026, now=NOON + timedelta(days=400)).allowed is not late


@pytest.mark.law("C15")
def test_the_public_is_told_of_what_ended_and_after_a_delay() -> None:
    delay = SWEDEN_2026.public_answer_delay
    running = may_answer_publicly(None, SWEDEN_2026, now=NOON)
    early = may_answer_publicly(NOON, SWEDEN_2026, now=NOON + delay - timedelta(milliseconds=1))
    assert not running.allowed
    assert running == early
    assert may_answer_publicly(NOON, SWEDEN_2026, now=NOON + delay).allowed


@pytest.mark.law("A18")
def test_an_incident_is_registered_in_words_and_of_a_time_that_has_come() -> None:
    assert may_be_registered("A camera compared.", NOON, now=NOON).allowed
    assert not may_be_registered(" \n", NOON, now=NOON).allowed
    assert not may_be_registered("A camera compared.", NOON + timedelta(milliseconds=1), now=NOON).allowed


@pytest.mark.law("A18")
def test_an_incident_is_reported_once_and_to_market_surveillance_at_least() -> None:
    both = {ToldAuthority.MARKET_SURVEILLANCE, ToldAuthority.DATA_PROTECTION}
    assert may_be_reported(an_incident(), both).allowed
    assert not may_be_reported(an_incident(), {ToldAuthority.DATA_PROTECTION}).allowed
    assert not may_be_reported(an_incident(), ()).allowed
    assert not may_be_reported(an_incident(reported_at=NOON), both).allowed


@pytest.mark.law("A18")
@pytest.mark.parametrize(
    ("later", "reported", "sentence"),
    [
        (timedelta(days=1), None, "It is not reported yet; 9 d 0 h are left."),
        (timedelta(days=10), None, "The report is less than an hour overdue: send it now."),
        (timedelta(days=12), None, "The report is 2 d 0 h overdue: send it now."),
        (timedelta(days=40), timedelta(days=9), "It was reported in time."),
        (timedelta(days=40), timedelta(days=10, hours=3), "It was reported 3 h late."),
    ],
)
def test_the_report_says_what_is_late(later: timedelta, reported: timedelta | None, sentence: str) -> None:
    incident = an_incident(reported_at=None if reported is None else NOON + reported)
    report = incident_report(incident, "A <b>camera</b> compared.", SWEDEN_2026, demo=False, now=NOON + later)
    assert report.sections[0].paragraphs[0].en == sentence
    for language in Language:
        page = html_page(report, language)
        assert "A &lt;b&gt;camera&lt;/b&gt; compared." in page
        assert "2026-03-12 12:00" in page


def an_incident(reported_at: datetime | None = None) -> KeptIncident:
    return KeptIncident(
        incident_id=IncidentId("incident-1"),
        kinds=frozenset({"death"}),
        known_at=NOON,
        what=ObjectId("object-1"),
        registered_by=AccountId("lisa"),
        told=frozenset() if reported_at is None else frozenset({"market-surveillance"}),
        reported_at=reported_at,
        reported_by=None if reported_at is None else AccountId("lisa"),
        created_at=NOON,
        expires_at=NOON + timedelta(days=1825),
    )
