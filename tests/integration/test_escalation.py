"""An alert that nobody answers is escalated at 60 and at 120 seconds, long before its time is over (E6)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from governance.application.escalate import escalate_waiting
from governance.application.queries import list_alerts
from governance.application.review_candidate import RecordReview, record_review
from governance.domain.escalation import Escalation, escalation_of
from governance.domain.events import Event
from governance.domain.identifiers import AlertId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.review import AlertState, Support
from tests.builders_contracts import NOON
from tests.builders_governance import OBSERVED, World, a_governance, an_alert
from tests.builders_reviews import look
from tests.unit.test_domain_rules import an_alert_record

pytestmark = pytest.mark.law("E6")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def level(world: World) -> int:
    (line,) = list_alerts(world.governance, world.people.reviewers[0])
    return line.escalated


def answer(world: World, alert_id: AlertId, number: int, support: Support) -> None:
    actor = world.people.reviewers[number]
    look(world, actor, alert_id)
    record_review(
        world.governance, RecordReview(actor=actor, alert_id=alert_id, observations=OBSERVED, support=support)
    )


def test_it_is_escalated_at_60_and_at_120_seconds_and_logged_once_each(world: World) -> None:
    an_alert(world)
    for seconds, expected in ((0, 0), (59, 0), (1, 1), (0, 1), (59, 1), (1, 2), (3600, 2)):
        world.clock.advance(timedelta(seconds=seconds))
        escalate_waiting(world.governance)
        assert level(world) == expected
    assert world.events().count(Event.CANDIDATE_ESCALATE) == 2


def test_a_third_reviewer_has_the_same_time(world: World) -> None:
    alert_id = an_alert(world)
    world.clock.advance(timedelta(seconds=50))
    answer(world, alert_id, 0, Support.SUPPORT_SAME)
    answer(world, alert_id, 1, Support.SUPPORT_DIFFERENT)
    world.clock.advance(timedelta(seconds=50))
    assert escalate_waiting(world.governance) == 0
    world.clock.advance(timedelta(seconds=10))
    assert escalate_waiting(world.governance) == 1


def test_what_is_concluded_calls_nobody(world: World) -> None:
    alert_id = an_alert(world)
    answer(world, alert_id, 0, Support.SUPPORT_SAME)
    answer(world, alert_id, 1, Support.SUPPORT_SAME)
    world.clock.advance(timedelta(minutes=10))
    assert escalate_waiting(world.governance) == 0


def test_the_database_refuses_to_take_an_escalation_back(world: World) -> None:
    an_alert(world)
    world.clock.advance(timedelta(minutes=3))
    escalate_waiting(world.governance)
    with pytest.raises(IntegrityError, match="stays so"), world.engine.begin() as connection:
        connection.execute(text("UPDATE alerts SET escalated = 0"))


@given(waited=st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=24)), before=st.integers(0, 2))
def test_it_never_goes_down_and_reaches_each_step_in_time(waited: timedelta, before: int) -> None:
    alert = replace(an_alert_record(), state=AlertState.OPEN, created_at=NOON, escalated=before)
    found = escalation_of(alert, [], legal=SWEDEN_2026, now=NOON + waited)
    steps = sum(waited >= timedelta(seconds=step) for step in (60, 120))
    assert found == Escalation(max(before, steps))
