"""Hand-offs: shown once, to one patrol, in time; *found* ends the search (A9, A9b, B12, C5)."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from governance.application.accept_candidate import AcceptCandidate, accept_candidate
from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.erase import expire_due
from governance.application.errors import NotFound, Refused
from governance.application.hand_off import (
    AtHandOff,
    SendHandOff,
    acknowledge_hand_off,
    open_hand_off,
    send_hand_off,
)
from governance.application.hand_off_queries import list_hand_offs, list_own_hand_offs, read_own_hand_off
from governance.application.interventions import list_interventions, read_intervention
from governance.application.review_candidate import RecordReview, record_review
from governance.domain.hand_offs import Found, HandOffState, VerifiedBy
from governance.domain.identifiers import WarrantId
from governance.domain.review import Support
from tests.builders_candidates import CROPS, a_report_for
from tests.builders_governance import OBSERVED, World, a_deployment, a_governance, another_alert, leases
from tests.builders_leads import a_lead, concluded, confirmed, kept, scalars, sent, taken
from tests.builders_reviews import look

pytestmark = pytest.mark.law("A9", "A9b", "B12", "C5")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_governance(tmp_path)
    a_deployment(world)
    return world


@pytest.mark.law("A3")
def test_the_database_gives_nobody_who_was_taken_off_a_list_back(world: World) -> None:
    concluded(world, taken(world, a_lead(world)), Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)
    with pytest.raises(DatabaseError, match="given back"), world.engine.begin() as connection:
        connection.execute(text("DELETE FROM narrowings"))


@pytest.mark.law("C4", "E6")
def test_an_alert_without_a_conclusion_leaves_no_picture_and_no_answer_when_its_time_is_over(world: World) -> None:
    alert = another_alert(world, report_id="disputed")
    for reviewer, support in zip(
        world.people.reviewers, (Support.SUPPORT_SAME, Support.SUPPORT_DIFFERENT), strict=False
    ):
        look(world, reviewer, alert)
        command = RecordReview(actor=reviewer, alert_id=alert, observations=OBSERVED, support=support)
        record_review(world.governance, command)
    world.clock.advance(timedelta(days=1))
    expire_due(world.governance)
    with world.governance.database.transaction() as tx:
        held = (tx.alerts.get(alert).report, tx.alerts.get(alert).crops, *(one.answer for one in tx.reviews.where()))
        assert [tx.objects.find(one) for one in held if one] == [None] * 4
        assert not tx.erasures.where()


def test_found_takes_the_person_off_the_list_at_once_and_credits_the_alert(world: World) -> None:
    concluded(world, taken(world, a_lead(world)), Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)
    assert leases(world, nonce="after").authorisations == ()
    assert scalars(world, "SELECT verdict FROM charges") == ["pending"]
    confirmed(world)
    assert scalars(world, "SELECT verdict FROM charges") == ["right"]
    assert scalars(world, "SELECT rule FROM narrowings") == ["A9b"]
    assert world.events().count("warrant.narrow") == 1


def test_an_alert_about_somebody_who_was_found_is_not_taken_in(world: World) -> None:
    lead = a_lead(world)
    hand_off_id = taken(world, lead)
    report = a_report_for(leases(world, nonce="late"), world, report_id="late")
    concluded(world, hand_off_id, Found.IDENTITY_RIGHT, VerifiedBy.REGISTER)
    with pytest.raises(Refused, match="off the list"):
        accept_candidate(world.governance, AcceptCandidate(report=report, crops=CROPS))


def test_the_crop_is_shown_once(world: World) -> None:
    hand_off_id = taken(world, a_lead(world))
    with pytest.raises(Refused, match="shown once"):
        open_hand_off(world.governance, AtHandOff(actor=world.people.patrol, hand_off_id=hand_off_id))


def test_nobody_but_the_named_patrol_sees_it(world: World) -> None:
    hand_off_id = sent(world, a_lead(world))
    for actor in (world.people.reviewers[0], world.people.auditor, world.people.legal_officer):
        with pytest.raises(Refused):
            open_hand_off(world.governance, AtHandOff(actor=actor, hand_off_id=hand_off_id))
    with pytest.raises(NotFound):
        open_hand_off(world.governance, AtHandOff(actor=world.people.patrol, hand_off_id="another"))


def test_a_lead_is_handed_off_once_and_only_a_lead(world: World) -> None:
    lead = a_lead(world)
    sent(world, lead)
    with pytest.raises(Refused, match="once"):
        sent(world, lead)
    with pytest.raises(Refused, match="two people confirmed"):
        sent(world, another_alert(world, report_id="open"))


def test_an_operator_is_no_patrol(world: World) -> None:
    lead = a_lead(world)
    command = SendHandOff(actor=world.people.reviewers[0], alert_id=lead, patrol=world.people.reviewers[2])
    with pytest.raises(Refused, match="named patrol"):
        send_hand_off(world.governance, command)


def test_right_needs_the_patrols_own_record(world: World) -> None:
    hand_off_id = taken(world, a_lead(world))
    with pytest.raises(Refused, match="how the identity was verified"):
        concluded(world, hand_off_id, Found.IDENTITY_RIGHT)
    assert scalars(world, "SELECT verdict FROM charges") == ["pending"]


def test_an_outcome_comes_after_an_acknowledgement_and_once(world: World) -> None:
    hand_off_id = sent(world, a_lead(world))
    with pytest.raises(Refused, match="follows an acknowledgement"):
        concluded(world, hand_off_id, Found.UNKNOWN)
    at = AtHandOff(actor=world.people.patrol, hand_off_id=hand_off_id)
    with pytest.raises(Refused, match="Look at the hand-off"):
        acknowledge_hand_off(world.governance, at)
    open_hand_off(world.governance, at)
    acknowledge_hand_off(world.governance, at)
    concluded(world, hand_off_id, Found.UNKNOWN)
    with pytest.raises(Refused):
        concluded(world, hand_off_id, Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)


def test_a_wrong_intervention_leaves_a_sealed_record_that_the_auditor_alone_opens(world: World) -> None:
    lead = a_lead(world)
    concluded(world, taken(world, lead), Found.IDENTITY_WRONG, VerifiedBy.DOCUMENT)
    (line,) = list_interventions(world.governance, world.people.auditor)
    said = json.loads(read_intervention(world.governance, world.people.auditor, line.record).value)
    assert said["alert"] == lead
    assert said["found"] == "identity-wrong"
    assert said["score"] == 0.3
    assert world.entries()[-1].leaf.event == "intervention.read"
    for actor in (world.people.legal_officer, world.people.reviewers[0], world.people.patrol):
        with pytest.raises(Refused):
            read_intervention(world.governance, actor, line.record)
    # Pictures, report and answers went at once.
    assert scalars(world, "SELECT count(*) FROM objects WHERE data_class IN ('candidate', 'review')") == [0]


def test_that_record_outlives_the_warrants_revocation_and_goes_when_the_complaint_period_is_over(world: World) -> None:
    lead = a_lead(world)
    concluded(world, taken(world, lead), Found.IDENTITY_WRONG)
    warrant = WarrantId(str(scalars(world, "SELECT warrant_id FROM warrants")[0]))
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    assert len(list_interventions(world.governance, world.people.auditor)) == 1
    period = world.governance.legal.complaint_period
    world.clock.advance(period - timedelta(hours=1))
    expire_due(world.governance)
    assert len(list_interventions(world.governance, world.people.auditor)) == 1
    world.clock.advance(timedelta(days=2))
    expire_due(world.governance)
    assert list_interventions(world.governance, world.people.auditor) == ()
    assert scalars(world, "SELECT count(*) FROM interventions") == [0]


@pytest.mark.parametrize("found", [Found.NOT_STOPPED, Found.UNKNOWN])
def test_where_nobody_was_stopped_everything_is_erased_and_no_record_stays(world: World, found: Found) -> None:
    concluded(world, taken(world, a_lead(world)), found)
    assert list_interventions(world.governance, world.people.auditor) == ()
    assert scalars(world, "SELECT count(*) FROM objects WHERE data_class IN ('candidate', 'review')") == [0]
    assert scalars(world, "SELECT verdict FROM charges") == ["false"]


def test_without_an_outcome_in_time_it_is_overdue_and_counts_as_unknown(world: World) -> None:
    hand_off_id = taken(world, a_lead(world))
    world.clock.advance(world.governance.legal.hand_off_time)
    expire_due(world.governance)
    line = read_own_hand_off(world.governance, world.people.patrol, hand_off_id)
    assert (line.state, line.found) == (HandOffState.OVERDUE, Found.UNKNOWN)
    assert scalars(world, "SELECT verdict FROM charges") == ["false"]
    (told,) = list_hand_offs(world.governance, world.people.legal_officer)
    assert (told.state, told.unreported) == (HandOffState.OVERDUE, True)


def test_a_lead_that_nobody_hands_off_counts_as_false_when_its_day_is_over(world: World) -> None:
    a_lead(world)
    world.clock.advance(world.governance.legal.hand_off_time)
    expire_due(world.governance)
    assert scalars(world, "SELECT verdict FROM charges") == ["false"]


@pytest.mark.law("A8")
def test_revocation_recalls_what_is_on_its_way_and_the_patrol_reads_so(world: World) -> None:
    hand_off_id = sent(world, a_lead(world))
    warrant = WarrantId(str(scalars(world, "SELECT warrant_id FROM warrants")[0]))
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    (line,) = list_own_hand_offs(world.governance, world.people.patrol)
    assert line.state is HandOffState.RECALLED
    with pytest.raises(Refused, match="recalled"):
        open_hand_off(world.governance, AtHandOff(actor=world.people.patrol, hand_off_id=hand_off_id))
    assert "hand-off.recall" in world.events()


@pytest.mark.law("A8")
def test_a_wrong_stop_leaves_its_record_also_where_the_warrant_is_revoked_meanwhile(world: World) -> None:
    hand_off_id = taken(world, a_lead(world))
    warrant = WarrantId(str(scalars(world, "SELECT warrant_id FROM warrants")[0]))
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    # Until the patrol says so, nobody knows, and the record stands.
    assert kept(world) == [Found.UNKNOWN]
    with pytest.raises(Refused, match="recalled"):
        concluded(world, hand_off_id, Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)
    with pytest.raises(Refused, match="unknown already"):
        concluded(world, hand_off_id, Found.UNKNOWN)
    concluded(world, hand_off_id, Found.IDENTITY_WRONG)
    (line,) = list_interventions(world.governance, world.people.auditor)
    said = json.loads(read_intervention(world.governance, world.people.auditor, line.record).value)
    assert (line.said, said["found"]) == (Found.IDENTITY_WRONG, "unknown")
    # The report went with the warrant, and what it said with it.
    assert "score" not in said
    assert scalars(world, "SELECT state FROM hand_offs") == ["recalled"]
    with pytest.raises(Refused, match="once"):
        concluded(world, hand_off_id, Found.IDENTITY_WRONG)


@pytest.mark.law("A8")
def test_where_nobody_was_stopped_before_the_recall_the_record_goes_too(world: World) -> None:
    hand_off_id = taken(world, a_lead(world))
    warrant = WarrantId(str(scalars(world, "SELECT warrant_id FROM warrants")[0]))
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    concluded(world, hand_off_id, Found.NOT_STOPPED)
    assert kept(world) == []
    assert scalars(world, "SELECT state FROM hand_offs") == ["recalled"]
    assert scalars(world, "SELECT count(*) FROM objects WHERE data_class = 'intervention'") == [0]


def test_who_saw_nothing_before_the_recall_has_nothing_to_tell(world: World) -> None:
    hand_off_id = sent(world, a_lead(world))
    warrant = WarrantId(str(scalars(world, "SELECT warrant_id FROM warrants")[0]))
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    with pytest.raises(Refused, match="recalled"):
        concluded(world, hand_off_id, Found.IDENTITY_WRONG)
    assert list_interventions(world.governance, world.people.auditor) == ()


# -- what the database refuses by itself -----------------------------------------------------------------------------


_OPEN_HANDED_OFF = (
    "INSERT INTO hand_offs SELECT 'x', alert_id, warrant_id, 's', reference_id, 'p', 'q', 'sent', NULL, NULL,"
    " created_at, NULL, created_at, expires_at FROM alerts WHERE state = 'open'"
)


_BY_ONE_ORGANISATION = (
    "UPDATE budgets SET stopped_at = NULL, resume_asked_by = (SELECT patrol FROM hand_offs LIMIT 1),"
    " resumed_by = (SELECT sent_by FROM hand_offs LIMIT 1)"
)
_JOINED_TO_NOTHING = (
    "INSERT INTO charges (alert_id, warrant_id, site_id, profile_sha256, reference_id, verdict, joins, created_at,"
    " expires_at) SELECT 'x', warrant_id, site_id, profile_sha256, reference_id, 'pending', 'nothing', created_at,"
    " expires_at FROM charges WHERE alert_id = 'open'"
)
_KEPT_TOO_LONG = (
    "INSERT INTO objects SELECT 'x', '{}', NULL, commitment, box, created_at, created_at + 63072000001 FROM objects"
    " LIMIT 1"
)
"""A millisecond more than 730 days, the longest of an intervention's class, and of any."""
_INTERVENTION_TOO_LONG = (
    "INSERT INTO interventions (record, alert_id, warrant_id, said, created_at, expires_at)"
    " SELECT 'x', 'a', 'w', 'unknown', created_at, created_at + 63072000001 FROM alerts LIMIT 1"
)
_LENIENT = (
    "INSERT INTO budgets SELECT warrant_id, site_id, 'p', 1, 1, 0, 9, approved_by, NULL, NULL, NULL, created_at,"
    " expires_at FROM budgets"
)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE charges SET verdict = 'right'", "only a patrol and a second person"),
        ("UPDATE charges SET joins = 'open' WHERE alert_id = 'lead'", "does not change"),
        (_JOINED_TO_NOTHING, "has not come to its end"),
        ("UPDATE budgets SET passages = 0", "not counted back"),
        ("UPDATE budgets SET expected_milli = 999999", "does not change"),
        ("UPDATE budgets SET tolerated = 5", "two people"),
        ("DELETE FROM budgets", "no budget is removed"),
        (_BY_ONE_ORGANISATION, "two organisations"),
        ("DELETE FROM charges", "no charge is removed"),
        (_LENIENT, "nothing tolerated"),
        (
            "UPDATE hand_offs SET state = 'concluded', found = 'identity-right' WHERE alert_id = 'lead'",
            "no lead is right",
        ),
        (
            (
                "UPDATE hand_offs SET state = 'concluded', found = 'not-stopped', opened_index = 9999"
                " WHERE alert_id = 'fresh'"
            ),
            "follows an acknowledgement",
        ),
        (
            "UPDATE hand_offs SET state = 'acknowledged', opened_index = 9999 WHERE alert_id = 'fresh'",
            "follows an acknowledgement",
        ),
        ("UPDATE hand_offs SET state = 'sent' WHERE alert_id = 'lead'", "follows an acknowledgement"),
        ("UPDATE hand_offs SET state = 'opened' WHERE alert_id = 'fresh'", "not shown"),
        (_KEPT_TOO_LONG.format("intervention"), "longer than its class"),
        (_KEPT_TOO_LONG.format("candidate"), "longer than its class"),
        (_INTERVENTION_TOO_LONG, "longer than its class"),
        ("UPDATE hand_offs SET opened_index = 9999", "shown once"),
        ("UPDATE hand_offs SET patrol = sent_by", "does not change"),
        ("UPDATE hand_offs SET expires_at = expires_at + 1", "never put off"),
        ("UPDATE budgets SET expires_at = expires_at + 1", "never put off"),
        (
            _OPEN_HANDED_OFF,
            "two people confirmed",
        ),
    ],
)
def test_the_database_refuses(world: World, statement: str, sentence: str) -> None:
    taken(world, a_lead(world))
    sent(world, a_lead(world, "fresh"))
    another_alert(world, report_id="open")
    if statement == _BY_ONE_ORGANISATION:
        with world.engine.begin() as connection:
            connection.execute(text("UPDATE budgets SET stopped_at = created_at"))
    with pytest.raises(DatabaseError, match=sentence), world.engine.begin() as connection:
        connection.execute(text(statement))


def test_the_database_refuses_a_lease_while_a_budget_is_stopped(world: World) -> None:
    leases(world, nonce="one")
    with world.engine.connect() as connection:
        columns = [str(row[1]) for row in connection.execute(text("PRAGMA table_info(leases)"))]
    others = ", ".join(columns[1:])
    copy = f"INSERT INTO leases (lease_id, {others}) SELECT 'x', {others} FROM leases LIMIT 1"  # noqa: S608 (own columns)
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE budgets SET stopped_at = created_at"))
    with pytest.raises(DatabaseError, match="without a budget"), world.engine.begin() as connection:
        connection.execute(text(copy))
    with pytest.raises(DatabaseError, match="two people"), world.engine.begin() as connection:
        connection.execute(text("UPDATE budgets SET stopped_at = NULL"))
