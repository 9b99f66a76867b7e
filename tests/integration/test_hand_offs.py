"""Hand-offs and what they settle: shown once, to one patrol, in time; *found* ends the search (A9, A9b, B12, C5)."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from governance.application.accept_candidate import Acceptance, AcceptCandidate, accept_candidate
from governance.application.budgets import (
    ApproveBudget,
    ResumeBudget,
    agree_to_resume,
    approve_budget,
    ask_to_resume,
    list_budgets,
    list_lacking_budgets,
)
from governance.application.confirm_found import ConfirmFound, confirm_found, list_unconfirmed
from governance.application.deployments import ResumeDeployment, RevokeWarrant, resume_deployment, revoke_warrant
from governance.application.erase import expire_due
from governance.application.errors import NotFound, Refused
from governance.application.hand_off import (
    AtHandOff,
    ConcludeHandOff,
    SendHandOff,
    acknowledge_hand_off,
    conclude_hand_off,
    open_hand_off,
    send_hand_off,
)
from governance.application.hand_off_queries import list_hand_offs, list_own_hand_offs, read_own_hand_off
from governance.application.interventions import list_interventions, read_intervention
from governance.application.review_candidate import RecordReview, record_review
from governance.domain.deployments import DeploymentState
from governance.domain.events import Event
from governance.domain.hand_offs import Found, HandOffState, VerifiedBy, may_confirm
from governance.domain.identifiers import AccountId, AlertId, CameraId, ReferenceId, SiteId, SlotId, WarrantId
from governance.domain.review import Support
from governance.domain.roles import Role
from tests.builders_contracts import SITE
from tests.builders_governance import (
    CAMERAS,
    CROPS,
    OBSERVED,
    World,
    a_camera_application,
    a_deployment,
    a_governance,
    a_report_for,
    an_account,
    another_alert,
    leases,
)
from tests.builders_leases import take
from tests.builders_passages import a_budget_of, pass_by
from tests.builders_reviews import look

pytestmark = pytest.mark.law("A9", "A9b", "B12", "C5")


def answered(world: World, alert: AlertId, support: Support) -> None:
    for reviewer in world.people.reviewers[:2]:
        look(world, reviewer, alert)
        command = RecordReview(actor=reviewer, alert_id=alert, observations=OBSERVED, support=support)
        record_review(world.governance, command)


def a_lead(world: World, name: str = "lead") -> AlertId:
    alert = another_alert(world, report_id=name)
    answered(world, alert, Support.SUPPORT_SAME)
    return alert


def sent(world: World, alert: AlertId) -> str:
    command = SendHandOff(actor=world.people.reviewers[0], alert_id=alert, patrol=world.people.patrol)
    return send_hand_off(world.governance, command)


def taken(world: World, alert: AlertId) -> str:
    hand_off_id = sent(world, alert)
    at = AtHandOff(actor=world.people.patrol, hand_off_id=hand_off_id)
    assert open_hand_off(world.governance, at).value == b"probe"
    acknowledge_hand_off(world.governance, at)
    return hand_off_id


def concluded(world: World, hand_off_id: str, found: Found, verified_by: VerifiedBy | None = None) -> None:
    command = ConcludeHandOff(actor=world.people.patrol, hand_off_id=hand_off_id, found=found, verified_by=verified_by)
    conclude_hand_off(world.governance, command)


def confirmed(
    world: World, *, by: AccountId | None = None, number: str = "5000-K1-26", hand_off_id: str | None = None
) -> None:
    found = hand_off_id or str(scalars(world, "SELECT hand_off_id FROM hand_offs WHERE found = 'identity-right'")[0])
    command = ConfirmFound(actor=by or world.people.legal_officer, hand_off_id=found, register_number=number)
    confirm_found(world.governance, command)


_CONFIRMED_BY = (
    "INSERT INTO confirmations SELECT h.hand_off_id, {}, 'r', h.created_at, h.expires_at FROM hand_offs h"
    " WHERE h.alert_id = '{}'"
)


def scalars(world: World, query: str) -> list[object]:
    with world.engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())


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


# -- silence ---------------------------------------------------------------------------------------------------------


def silent(world: World, name: str = "lead") -> str:
    hand_off_id = taken(world, a_lead(world, name))
    world.clock.advance(world.governance.legal.hand_off_time)
    expire_due(world.governance)
    return hand_off_id


def kept(world: World) -> list[Found]:
    return [one.said for one in list_interventions(world.governance, world.people.auditor)]


def test_silence_leaves_a_sealed_record_until_the_complaint_period_is_over(world: World) -> None:
    silent(world)
    assert kept(world) == [Found.UNKNOWN]
    (line,) = list_interventions(world.governance, world.people.auditor)
    said = json.loads(read_intervention(world.governance, world.people.auditor, line.record).value)
    assert (said["found"], said["alert"]) == ("unknown", "lead")
    with pytest.raises(Refused):
        read_intervention(world.governance, world.people.patrol, line.record)
    period = world.governance.legal.complaint_period
    world.clock.advance(period - timedelta(hours=1))
    expire_due(world.governance)
    assert kept(world) == [Found.UNKNOWN]
    world.clock.advance(timedelta(days=2))
    expire_due(world.governance)
    assert kept(world) == []


@pytest.mark.parametrize(
    ("found", "verified_by"), [(Found.NOT_STOPPED, None), (Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)]
)
def test_the_patrols_late_report_that_nobody_was_wronged_ends_the_record(
    world: World, found: Found, verified_by: VerifiedBy | None
) -> None:
    hand_off_id = silent(world)
    record = list_interventions(world.governance, world.people.auditor)[0].record
    concluded(world, hand_off_id, found, verified_by)
    assert kept(world) == []
    assert record not in scalars(world, "SELECT object_id FROM objects")
    # The outcome stays unknown, and what is said late credits nothing.
    assert scalars(world, "SELECT found FROM hand_offs") == ["unknown"]
    assert scalars(world, "SELECT verdict FROM charges") == ["false"]
    assert scalars(world, "SELECT rule FROM narrowings") == (["A9b"] if found is Found.IDENTITY_RIGHT else [])
    assert not list_hand_offs(world.governance, world.people.legal_officer)[0].unreported
    with pytest.raises(Refused, match="once"):
        concluded(world, hand_off_id, Found.IDENTITY_WRONG)


def test_the_patrols_late_report_of_a_wrong_stop_keeps_the_record(world: World) -> None:
    hand_off_id = silent(world)
    with pytest.raises(Refused, match="unknown already"):
        concluded(world, hand_off_id, Found.UNKNOWN)
    with pytest.raises(Refused, match="how the identity was verified"):
        concluded(world, hand_off_id, Found.IDENTITY_RIGHT)
    concluded(world, hand_off_id, Found.IDENTITY_WRONG)
    assert kept(world) == [Found.IDENTITY_WRONG]
    with pytest.raises(Refused, match="once"):
        concluded(world, hand_off_id, Found.NOT_STOPPED)
    assert kept(world) == [Found.IDENTITY_WRONG]


def test_who_was_shown_nothing_leaves_no_record(world: World) -> None:
    hand_off_id = sent(world, a_lead(world))
    world.clock.advance(world.governance.legal.hand_off_time)
    expire_due(world.governance)
    assert kept(world) == []
    with pytest.raises(Refused, match="counts as unknown"):
        concluded(world, hand_off_id, Found.IDENTITY_WRONG)


def test_no_lead_that_was_shown_ends_in_silence_without_a_record_in_the_database(world: World) -> None:
    taken(world, a_lead(world))
    for state in ("'overdue', found = 'unknown'", "'recalled'", "'concluded', found = 'identity-wrong'"):
        with pytest.raises(DatabaseError, match="has a record that stays"), world.engine.begin() as connection:
            connection.execute(text(f"UPDATE hand_offs SET state = {state}"))  # noqa: S608 (own words)


def test_the_database_makes_no_wrong_intervention_an_unknown_one(world: World) -> None:
    concluded(world, taken(world, a_lead(world)), Found.IDENTITY_WRONG)
    with pytest.raises(DatabaseError, match="stays one"), world.engine.begin() as connection:
        connection.execute(text("UPDATE interventions SET said = 'unknown'"))


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


# -- the budget ------------------------------------------------------------------------------------------------------


def test_the_second_false_alert_takes_the_reference_off_the_list(world: World) -> None:
    for name in ("one", "two"):
        answered(world, another_alert(world, report_id=name), Support.SUPPORT_DIFFERENT)
    assert leases(world, nonce="after").authorisations == ()
    assert scalars(world, "SELECT rule FROM narrowings") == ["C5"]


def a_tight_world(folder: Path) -> World:
    """20,000 passages were counted at one in 100,000: 0.2 expected, and the third alert is one too many."""
    world = a_governance(folder)
    a_deployment(world, passages_per_day=100_000)
    return world


def test_more_alerts_than_the_rate_makes_plausible_stop_the_deployment(tmp_path: Path) -> None:
    world = a_tight_world(tmp_path)
    for name in ("one", "two"):
        another_alert(world, report_id=name)
    assert scalars(world, "SELECT state FROM deployments") == [DeploymentState.RUNNING.value]
    another_alert(world, report_id="three")
    assert scalars(world, "SELECT state FROM deployments") == [DeploymentState.SUSPENDED.value]
    assert leases(world, nonce="after").authorisations == ()
    (line,) = list_budgets(world.governance, world.people.auditor)
    assert line.charged == 3
    assert line.tail < 0.01


def test_a_stopped_budget_goes_on_by_two_organisations_and_stops_at_the_next(tmp_path: Path) -> None:
    world = a_tight_world(tmp_path)
    for name in ("one", "two", "three"):
        another_alert(world, report_id=name)
    people = world.people
    (line,) = list_budgets(world.governance, people.legal_officer)
    warrant = line.budget.warrant_id
    deployment = str(scalars(world, "SELECT deployment_id FROM deployments")[0])
    resume = ResumeDeployment(actor=people.legal_officer, deployment_id=deployment, why="Agreed.")  # type: ignore[arg-type]
    ask = ResumeBudget(actor=people.legal_officer, warrant_id=warrant, site_id=SiteId(SITE))
    agree = ResumeBudget(actor=people.auditor, warrant_id=warrant, site_id=SiteId(SITE))
    with pytest.raises(Refused, match="second organisation"):
        resume_deployment(world.governance, resume)
    with pytest.raises(Refused, match="has asked"):
        agree_to_resume(world.governance, agree)
    ask_to_resume(world.governance, ask)
    with pytest.raises(Refused):
        agree_to_resume(world.governance, ask)
    agree_to_resume(world.governance, agree)
    resume_deployment(world.governance, resume)
    another_alert(world, report_id="four")
    assert leases(world, nonce="after").authorisations == ()
    assert world.events().count("budget.stop") == 2


def test_what_is_credited_after_a_budget_was_let_go_on_makes_no_room_for_other_alerts(tmp_path: Path) -> None:
    world = a_tight_world(tmp_path)
    one, *_ = (another_alert(world, report_id=name) for name in ("one", "two", "three"))
    (line,) = list_budgets(world.governance, world.people.legal_officer)
    ask = ResumeBudget(actor=world.people.legal_officer, warrant_id=line.budget.warrant_id, site_id=SiteId(SITE))
    ask_to_resume(world.governance, ask)
    agree_to_resume(world.governance, replace(ask, actor=world.people.auditor))
    assert scalars(world, "SELECT tolerated FROM budgets") == [3]
    answered(world, one, Support.SUPPORT_SAME)
    concluded(world, taken(world, one), Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)
    assert scalars(world, "SELECT tolerated FROM budgets") == [3]
    confirmed(world)
    assert scalars(world, "SELECT tolerated FROM budgets") == [2]


def test_who_is_no_account_is_not_named_in_the_log(world: World) -> None:
    words = "Anna Andersson, 19800101-1234"
    command = SendHandOff(actor=world.people.reviewers[0], alert_id=a_lead(world), patrol=AccountId(words))
    with pytest.raises(Refused, match="named patrol"):
        send_hand_off(world.governance, command)
    assert words not in {entry.fields.get("subject") for entry in world.entries()}


def passages(world: World) -> int:
    (line,) = list_budgets(world.governance, world.people.auditor)
    return line.budget.passages


def test_passages_come_from_what_the_sites_sign_of_what_was_lent_there(world: World) -> None:
    before = passages(world)
    # It runs, and was lent to nobody: whatever the site compared, it was for somebody else.
    pass_by(world, 300)
    assert passages(world) == before
    answer = leases(world, nonce="lent")
    # Lent, and the site has not said that it took it.
    pass_by(world, 400)
    assert passages(world) == before
    take(world, answer)
    pass_by(world, 500)
    assert passages(world) == before + 500
    world.clock.advance(timedelta(seconds=61))
    pass_by(world, 1)
    # Its lease was in force when these began to be counted.
    assert passages(world) == before + 501
    world.clock.advance(timedelta(seconds=61))
    pass_by(world, 600)
    assert passages(world) == before + 501


def test_a_lease_that_ended_or_was_stopped_counts_no_passages(world: World) -> None:
    before = passages(world)
    for nonce, change in (("ended", "ended_at"), ("stopped", "stopped_at")):
        pass_by(world, 0)
        take(world, leases(world, nonce=nonce))
        with world.engine.begin() as connection:
            connection.execute(text(f"UPDATE leases SET {change} = created_at WHERE {change} IS NULL"))  # noqa: S608
        pass_by(world, 500)
        world.clock.advance(timedelta(seconds=61))
    assert passages(world) == before


# -- what joins an alert ---------------------------------------------------------------------------------------------


def joined(world: World, alert: AlertId, name: str) -> Acceptance:
    return accept_candidate(world.governance, joining(world, alert, name))


def test_what_joined_an_alert_counts_when_the_alert_was_false(world: World) -> None:
    alert = another_alert(world, report_id="one")
    for name in ("two", "three"):
        assert joined(world, alert, name) is Acceptance.JOINED
    (line,) = list_budgets(world.governance, world.people.auditor)
    assert (line.charged, line.joined, line.credited, line.spent) == (1, 2, 0, 1)
    answered(world, alert, Support.SUPPORT_DIFFERENT)
    (line,) = list_budgets(world.governance, world.people.auditor)
    assert (line.charged, line.joined, line.credited, line.spent) == (1, 2, 0, 3)
    assert set(scalars(world, "SELECT verdict FROM charges")) == {"false"}
    # One alert was false, so its reference stays on the list: the second one takes it off.
    assert scalars(world, "SELECT count(*) FROM narrowings") == [0]


def test_a_crowd_within_the_quiet_time_stops_the_deployment_when_its_alert_is_false(tmp_path: Path) -> None:
    world = a_tight_world(tmp_path)
    alert = another_alert(world, report_id="one")
    for name in ("two", "three"):
        joined(world, alert, name)
    assert scalars(world, "SELECT state FROM deployments") == [DeploymentState.RUNNING.value]
    answered(world, alert, Support.SUPPORT_DIFFERENT)
    assert scalars(world, "SELECT state FROM deployments") == [DeploymentState.SUSPENDED.value]


def test_nothing_joins_an_alert_that_was_dismissed_it_is_one_of_its_own_and_charged(world: World) -> None:
    alert = another_alert(world, report_id="one")
    answered(world, alert, Support.SUPPORT_DIFFERENT)
    assert joined(world, alert, "late") is Acceptance.NOT_SUPPORTED
    assert joined_count(world, alert) == 0
    assert sorted(map(str, scalars(world, "SELECT alert_id FROM charges WHERE verdict = 'false'"))) == ["late", "one"]
    assert scalars(world, "SELECT state FROM alerts WHERE alert_id = 'late'") == ["dismissed"]
    # It is the second false alert of this reference.
    assert scalars(world, "SELECT rule FROM narrowings") == ["C5"]


def joined_count(world: World, alert: AlertId) -> int:
    with world.governance.database.transaction() as tx:
        return tx.alerts.get(alert).joined


def test_nothing_joins_an_alert_about_somebody_else(world: World) -> None:
    alert = another_alert(world, report_id="one")
    with world.governance.database.transaction() as tx:
        (reference,) = tx.references.where()
        other = replace(reference, reference_id=ReferenceId("other"), slot_id=SlotId("another"), photograph_sha256="p")
        tx.references.add(other)
        tx.log.append(Event.REFERENCE_ENROL, {"warrant": reference.warrant_id})
        tx.commit()
    with pytest.raises(Refused, match="camera and reference"):
        accept_candidate(world.governance, joining(world, alert, "two", reference_id="other"))
    assert scalars(world, "SELECT alert_id FROM charges") == ["one"]


def joining(world: World, alert: AlertId, name: str, **changes: str) -> AcceptCandidate:
    answer = leases(world, nonce=name)
    report = a_report_for(answer, world, report_id=name, joins=alert, crops_sha256=None, **changes)
    return AcceptCandidate(report=report, crops=None)


def test_a_site_sends_what_joined_once(world: World) -> None:
    alert = another_alert(world, report_id="one")
    for name, first in (("two", Acceptance.JOINED), ("late", Acceptance.NOT_SUPPORTED)):
        command = joining(world, alert, name)
        assert accept_candidate(world.governance, command) is first
        assert accept_candidate(world.governance, command) is Acceptance.KNOWN
        if first is Acceptance.JOINED:
            answered(world, alert, Support.SUPPORT_DIFFERENT)
    assert scalars(world, "SELECT count(*) FROM charges") == [3]


def test_what_joined_a_lead_that_was_right_is_credited_with_it(world: World) -> None:
    alert = another_alert(world, report_id="one")
    joined(world, alert, "two")
    answered(world, alert, Support.SUPPORT_SAME)
    # Nobody has said yet what became of the lead: who stays in the picture is still one alert.
    assert joined(world, alert, "three") is Acceptance.JOINED
    concluded(world, taken(world, alert), Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)
    confirmed(world)
    assert set(scalars(world, "SELECT verdict FROM charges")) == {"right"}


# -- a second person's word ------------------------------------------------------------------------------------------


def a_right_lead(world: World, name: str = "lead") -> str:
    hand_off_id = taken(world, a_lead(world, name))
    concluded(world, hand_off_id, Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)
    return hand_off_id


def test_a_patrols_word_alone_credits_nothing_however_long_it_stands(world: World) -> None:
    hand_off_id = a_right_lead(world)
    world.clock.advance(world.governance.legal.hand_off_time)
    expire_due(world.governance)
    (line,) = list_budgets(world.governance, world.people.auditor)
    assert (line.credited, line.spent) == (0, 1)
    (waits,) = list_unconfirmed(world.governance, world.people.legal_officer)
    assert waits.hand_off_id == hand_off_id
    assert [one.found for one in list_hand_offs(world.governance, world.people.auditor)] == [Found.IDENTITY_RIGHT]


def test_who_had_a_part_in_a_lead_does_not_confirm_it(world: World) -> None:
    hand_off_id = a_right_lead(world)
    people = world.people
    for actor in (people.patrol, people.reviewers[0], people.reviewers[1], people.auditor, people.applicant):
        with pytest.raises(Refused):
            confirmed(world, by=actor)
    # A senior operator who reviewed it is barred too: the rule asks who had a part, not which role.
    senior = an_account(world, "sten", Role.SENIOR_OPERATOR)
    with world.governance.database.transaction() as tx:
        hand_off = tx.hand_offs.get(hand_off_id)
    for part in ({senior}, set()):
        decision = may_confirm(
            replace(hand_off, sent_by=AccountId("other") if part else senior),
            confirms=senior,
            reviewers=part,
            register_number="K 1-26",
            confirmed=False,
        )
        assert not decision.allowed
    confirmed(world, by=senior)
    with pytest.raises(Refused, match="already"):
        confirmed(world, by=people.legal_officer, hand_off_id=hand_off_id)


@pytest.mark.parametrize("number", ["", "   ", "the patrol said so", "1" * 61])
def test_a_confirmation_names_the_polices_own_report(world: World, number: str) -> None:
    a_right_lead(world)
    with pytest.raises(Refused, match="register number"):
        confirmed(world, number=number)
    assert scalars(world, "SELECT count(*) FROM confirmations") == [0]


def test_the_register_number_is_sealed_and_goes_with_the_warrant(world: World) -> None:
    a_right_lead(world)
    confirmed(world, number="5000-K1234567-26")
    assert "5000-K1234567-26" not in str(world.entries())
    report = scalars(world, "SELECT report FROM confirmations")[0]
    assert scalars(world, "SELECT object_id FROM objects WHERE data_class = 'review'").count(report) == 1
    warrant = WarrantId(str(scalars(world, "SELECT warrant_id FROM warrants")[0]))
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    assert report not in scalars(world, "SELECT object_id FROM objects")


def test_nothing_is_credited_once_the_warrant_is_over(world: World) -> None:
    hand_off_id = a_right_lead(world)
    warrant = WarrantId(str(scalars(world, "SELECT warrant_id FROM warrants")[0]))
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    assert list_unconfirmed(world.governance, world.people.legal_officer) == ()
    with pytest.raises(Refused, match="over"):
        confirmed(world, hand_off_id=hand_off_id)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE charges SET verdict = 'right'", "only a patrol and a second person"),
        (_CONFIRMED_BY.format("patrol", "right"), "had a part"),
        (_CONFIRMED_BY.format("sent_by", "right"), "had a part"),
        (
            _CONFIRMED_BY.format(
                "(SELECT max(r.reviewer) FROM reviews r WHERE r.alert_id = h.alert_id AND r.reviewer <> h.sent_by)",
                "right",
            ),
            "had a part",
        ),
        (_CONFIRMED_BY.format("(SELECT legal_officer FROM warrants)", "sent"), "found right"),
    ],
)
def test_the_database_credits_nothing_by_one_persons_word(world: World, statement: str, sentence: str) -> None:
    right = a_lead(world, "right")
    sent(world, a_lead(world, "sent"))
    concluded(world, taken(world, right), Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)
    with pytest.raises(DatabaseError, match=sentence), world.engine.begin() as connection:
        connection.execute(text(statement))


def test_without_a_budget_nothing_is_lent(tmp_path: Path) -> None:
    world = a_governance(tmp_path)
    a_deployment(world, passages_per_day=None)
    assert leases(world).authorisations == ()
    assert world.entries()[-1].leaf.body["rule"] == "C5"


def a_second_site(world: World, camera_id: str) -> SiteId:
    """Put one camera of the first site at a second one, which has no budget."""
    second = SiteId("second")
    with world.governance.database.transaction() as tx:
        (first,) = tx.sites.where()
        tx.sites.add(replace(first, site_id=second, title="South", key="another"))
        tx.cameras.save(replace(tx.cameras.get(CameraId(camera_id)), site_id=second))
        tx.log.append(Event.SITE_REGISTER, {"site": second})
        tx.commit()
    return second


def test_a_warrant_over_two_sites_is_offered_until_each_has_its_budget(tmp_path: Path) -> None:
    world = a_governance(tmp_path)
    officer, second = world.people.legal_officer, a_second_site(world, CAMERAS[1])
    assert list_lacking_budgets(world.governance, officer) == ()
    cameras = tuple(a_camera_application(one) for one in CAMERAS[:2])
    _, warrant = a_deployment(world, cameras=cameras, passages_per_day=None)
    (lacking,) = list_lacking_budgets(world.governance, officer)
    assert {one.site_id for one in lacking.sites} == {SITE, second}
    approve_budget(world.governance, a_budget_of(warrant, officer, 1000))
    (lacking,) = list_lacking_budgets(world.governance, officer)
    assert [one.site_id for one in lacking.sites] == [second]
    approve_budget(world.governance, replace(a_budget_of(warrant, officer, 1000), site_id=second))
    assert list_lacking_budgets(world.governance, officer) == ()
    with pytest.raises(Refused):
        list_lacking_budgets(world.governance, world.people.auditor)


@pytest.mark.parametrize(("milli", "passages"), [(1001, 10**7), (1000, 999), (0, 1000), (1000, 0)])
def test_a_budget_beyond_the_law_is_refused(tmp_path: Path, milli: int, passages: int) -> None:
    world = a_governance(tmp_path)
    _, warrant = a_deployment(world, passages_per_day=None)
    command = ApproveBudget(
        actor=world.people.legal_officer,
        warrant_id=warrant,
        site_id=SiteId(SITE),
        expected_milli=milli,
        passages_per_day=passages,
    )
    with pytest.raises(Refused):
        approve_budget(world.governance, command)


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
