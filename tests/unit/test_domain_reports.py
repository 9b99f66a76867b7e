"""Incidents and their timers (A18); what the public may be told, and when (C15)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.public_answers import may_answer_publicly
from governance.domain.serious_incidents import Incident, IncidentKind, is_reported_in_time, report_due_at
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
