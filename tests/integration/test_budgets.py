"""Budgets of false alerts: what is charged, what joins it, which passages count, what stops (C5)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

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
from governance.application.deployments import ResumeDeployment, resume_deployment
from governance.application.errors import Refused
from governance.application.hand_off import (
    SendHandOff,
    send_hand_off,
)
from governance.domain.deployments import DeploymentState
from governance.domain.events import Event
from governance.domain.hand_offs import Found, VerifiedBy
from governance.domain.identifiers import AccountId, AlertId, CameraId, ReferenceId, SiteId, SlotId
from governance.domain.review import Support
from tests.builders_applications import CAMERAS, a_camera_application
from tests.builders_candidates import a_report_for
from tests.builders_contracts import SITE
from tests.builders_governance import World, a_deployment, a_governance, another_alert, leases
from tests.builders_leads import a_lead, a_tight_world, answered, concluded, confirmed, scalars, taken
from tests.builders_leases import take
from tests.builders_passages import a_budget_of, pass_by

pytestmark = pytest.mark.law("C5")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_governance(tmp_path)
    a_deployment(world)
    return world


# -- the budget ------------------------------------------------------------------------------------------------------


def test_the_second_false_alert_takes_the_reference_off_the_list(world: World) -> None:
    for name in ("one", "two"):
        answered(world, another_alert(world, report_id=name), Support.SUPPORT_DIFFERENT)
    assert leases(world, nonce="after").authorisations == ()
    assert scalars(world, "SELECT rule FROM narrowings") == ["C5"]


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
            still = "ended_at IS NULL AND stopped_at IS NULL"
            connection.execute(text(f"UPDATE leases SET {change} = created_at WHERE {still}"))  # noqa: S608
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
    assert set(lacking.sites) == {SITE, second}
    approve_budget(world.governance, a_budget_of(warrant, officer, 1000))
    (lacking,) = list_lacking_budgets(world.governance, officer)
    assert list(lacking.sites) == [second]
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
