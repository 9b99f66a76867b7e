"""Use, counted from the log in clear, suspends a profile by itself; two people and a report let it go on (A18, P4)."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from benchmarks.operation.page import page, read_months
from contracts.model_profile import ProfileClass
from governance.application.announce_model import announce_model
from governance.application.budgets import approve_budget
from governance.application.count_operation import COUNTED_HOW, OperationCount
from governance.application.errors import Refused
from governance.application.explain_drift import AgreeToExplanation, ExplainMonth, agree_to_explanation, explain_month
from governance.application.governance import Governance
from governance.application.make_operation_report import make_operation_report
from governance.application.review_candidate import RecordReview, record_review
from governance.application.suspend_admission import LiftSuspension, agree_to_lift, ask_to_lift, model_standing
from governance.application.watch_operation import WatchOfUse, counted_in, declared_of, limit_of, suspend_where_due
from governance.domain.admissions import SuspensionGround
from governance.domain.events import Event
from governance.domain.false_alerts import MeasuredRate
from governance.domain.hand_offs import Found, VerifiedBy
from governance.domain.identifiers import ReferenceId, WatchlistId
from governance.domain.in_operation import Flag, Row, flags
from governance.domain.operation_limit import Explanation
from governance.domain.review import Support
from tests.builders_contracts import PROFILE, PROFILE_SHA256, an_admission
from tests.builders_governance import OBSERVED, World, a_deployment, a_governance, another_alert, leases
from tests.builders_leads import a_lead, answered, concluded, confirmed, scalars, taken
from tests.builders_leases import an_end, hand_in, lease_of, take
from tests.builders_operation import some_false
from tests.builders_passages import a_budget_of
from tests.builders_reviews import look

pytestmark = pytest.mark.law("A18")

A_REPORT = "e" * 64


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_governance(tmp_path)
    a_deployment(world)
    return world


def compared(world: World, faces: int, name: str) -> None:
    """Let a lease be taken, and end with so many comparisons."""
    answer = leases(world, nonce=name)
    take(world, answer)
    hand_in(world, an_end(lease_of(answer), world.clock.now(), comparisons=faces))


def month(world: World) -> Row:
    count = OperationCount(None)
    count.read_on(world.governance)
    (row,) = count.rows()
    return row


def test_the_month_is_counted_from_what_the_log_says_in_clear(world: World) -> None:
    compared(world, 400, "one")
    answered(world, another_alert(world, report_id="false"), Support.SUPPORT_DIFFERENT)
    concluded(world, taken(world, a_lead(world, "right")), Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)
    row = month(world)
    assert (row.deployments, row.faces, row.counted_how) == (1, 400, COUNTED_HOW)
    assert (row.leases_taken, row.leases_ended) == (1, 1)
    assert (row.alerts, row.true_alerts, row.false_alerts, row.unconfirmed, row.overturned) == (2, 0, 1, 1, 0)
    confirmed(world)
    assert (month(world).true_alerts, month(world).unconfirmed) == (1, 0)
    assert flags([month(world)]) == (frozenset(),)


def test_a_patrols_wrong_is_a_false_alert_and_says_so_in_clear_alone(world: World) -> None:
    compared(world, 400, "one")
    concluded(world, taken(world, a_lead(world)), Found.IDENTITY_WRONG, VerifiedBy.DOCUMENT)
    assert (month(world).alerts, month(world).false_alerts, month(world).unconfirmed) == (1, 1, 0)
    said = [leaf.body.get("rule") for leaf in world.leaves() if leaf.event == "hand-off.conclude"]
    assert said == ["B12"]


def test_what_nobody_found_out_is_unconfirmed_and_no_false_alert(world: World) -> None:
    compared(world, 400, "one")
    concluded(world, taken(world, a_lead(world)), Found.NOT_STOPPED)
    assert (month(world).alerts, month(world).false_alerts, month(world).unconfirmed) == (1, 0, 1)


def test_reviewers_who_differ_are_counted_once_an_alert(world: World) -> None:
    alert = another_alert(world, report_id="disputed")
    supports = (Support.SUPPORT_SAME, Support.SUPPORT_DIFFERENT, Support.SUPPORT_DIFFERENT)
    for reviewer, support in zip(world.people.reviewers, supports, strict=True):
        look(world, reviewer, alert)
        command = RecordReview(actor=reviewer, alert_id=alert, observations=OBSERVED, support=support)
        record_review(world.governance, command)
    assert (month(world).overturned, month(world).alerts, month(world).false_alerts) == (1, 1, 1)
    said = [leaf.body.get("rule") for leaf in world.leaves() if leaf.event == "candidate.review"]
    assert said == [None, "E6", None]


def test_an_alert_without_a_counted_face_is_flagged(world: World) -> None:
    answered(world, another_alert(world, report_id="false"), Support.SUPPORT_DIFFERENT)
    assert Flag.NO_FACES in flags([month(world)])[0]


def test_what_was_announced_and_not_carried_out_counts_for_nothing(world: World) -> None:
    compared(world, 400, "one")
    with world.governance.database.transaction() as tx:
        tx.log.append(Event.LEAD_CONFIRM, {})
        tx.commit()
    assert month(world).alerts == 1
    last = next(leaf for leaf in reversed(list(enumerate(world.leaves()))) if leaf[1].event == "lead.confirm")[0]
    world.governance.journal.record(Event.CHANGE_VOID, {}, body={"of": [last]})
    assert month(world).alerts == 0
    assert month(world).faces == 400


def test_counting_goes_on_where_it_stopped_and_comes_to_the_same(world: World) -> None:
    compared(world, 400, "one")
    count = OperationCount(None)
    while count.rows() != (month(world),):
        count.read_on(world.governance, most=7)
    compared(world, 20, "two")
    count.read_on(world.governance)
    assert count.rows() == (month(world),)
    assert month(world).faces == 420


def suspended(world: World, faces: int = 40) -> None:
    """Let one false alert come of so few faces that the profile is suspended."""
    compared(world, faces, "few")
    answered(world, another_alert(world, report_id="false"), Support.SUPPORT_DIFFERENT)
    assert WatchOfUse().look(world.governance)
    (found,) = model_standing(world.governance, world.people.auditor).suspensions
    assert (found.ground, found.suspended_by, found.lifted_at) == (SuspensionGround.FALSE_ALERTS, None, None)


@pytest.mark.law("P4")
def test_surely_too_many_false_alerts_suspend_by_themselves_and_stop_the_sites(world: World) -> None:
    assert leases(world, nonce="before").authorisations
    suspended(world)
    (line,) = [leaf for leaf in world.leaves() if leaf.event == "model.suspend"]
    assert line.body["rule"] == "false-alerts"
    assert leases(world, nonce="after").authorisations == ()
    assert scalars(world, "SELECT rule FROM lease_refusals") == ["P4"]
    assert not WatchOfUse().look(world.governance)


def test_few_false_alerts_among_many_faces_suspend_nothing(world: World) -> None:
    compared(world, 4000, "many")
    answered(world, another_alert(world, report_id="false"), Support.SUPPORT_DIFFERENT)
    watch = WatchOfUse()
    assert not watch.look(world.governance)
    assert not watch.look(world.governance)
    assert "model.suspend" not in world.events()


def test_a_demonstration_is_not_suspended_for_its_handful_of_faces(tmp_path: Path) -> None:
    world = a_governance(tmp_path, demo=True)
    a_deployment(world)
    compared(world, 40, "few")
    answered(world, another_alert(world, report_id="false"), Support.SUPPORT_DIFFERENT)
    assert not WatchOfUse().look(world.governance)


@pytest.mark.law("P4")
def test_a_trial_is_held_to_its_evaluation_like_any_other_use(world: World) -> None:
    a_trial_of(world)
    suspended(world)
    unadmitted = replace(world.governance, trusted=replace(world.governance.trusted, admission=None))
    with pytest.raises(Refused, match="No evaluation's report"):
        ask_to_lift(unadmitted, LiftSuspension(actor=world.people.legal_officer))
    with world.governance.database.transaction() as tx:
        (warrant,) = tx.warrants.where()
    with pytest.raises(Refused) as refused:
        approve_budget(world.governance, a_budget_of(warrant.warrant_id, world.people.legal_officer, 10))
    assert any("passages is lawful" in decision.reason for decision in refused.value.decisions)


def a_trial_of(world: World) -> None:
    """Let the keys be for trials, and the profile admitted for them."""
    before = world.governance.trusted
    keys = tuple(replace(key, demo=True, trial=True) for key in before.keys)
    trusted = replace(before, keys=keys, admission=an_admission(profile_class=ProfileClass.TRIAL))
    model = replace(PROFILE, profile_class=ProfileClass.TRIAL)
    world.governance = replace(
        world.governance, environment=ProfileClass.TRIAL, demo=True, model=model, trusted=trusted
    )


@pytest.mark.law("P4")
def test_it_goes_on_by_two_organisations_and_a_report_and_counts_anew(world: World) -> None:
    people = world.people
    suspended(world)
    asks = LiftSuspension(actor=people.legal_officer)
    agrees = replace(asks, actor=people.auditor)
    admission = world.governance.trusted.admission
    assert admission is not None
    unadmitted = replace(world.governance, trusted=replace(world.governance.trusted, admission=None))
    with pytest.raises(Refused, match="No evaluation's report"):
        ask_to_lift(unadmitted, asks)
    ask_to_lift(world.governance, asks)
    newer = replace(world.governance.trusted, admission=replace(admission, report_sha256=A_REPORT))
    with pytest.raises(Refused, match="Another report"):
        agree_to_lift(replace(world.governance, trusted=newer), agrees)
    world.clock.advance(timedelta(minutes=1))
    agree_to_lift(world.governance, agrees)
    (found,) = model_standing(world.governance, people.auditor).suspensions
    assert (found.lift_report_sha256, found.lifted_by) == (admission.report_sha256, people.auditor)
    assert leases(world, nonce="after").authorisations
    assert not WatchOfUse().look(world.governance)


def test_on_another_report_it_is_asked_anew(world: World) -> None:
    people = world.people
    suspended(world)
    asks = LiftSuspension(actor=people.legal_officer)
    ask_to_lift(world.governance, asks)
    with pytest.raises(Refused, match="asked for already"):
        ask_to_lift(world.governance, asks)
    admission = world.governance.trusted.admission
    assert admission is not None
    newer = replace(world.governance.trusted, admission=replace(admission, report_sha256=A_REPORT))
    world.governance = replace(world.governance, trusted=newer)
    ask_to_lift(world.governance, asks)
    agree_to_lift(world.governance, replace(asks, actor=people.auditor))
    assert scalars(world, "SELECT lift_report_sha256 FROM profile_suspensions") == [A_REPORT]


def test_the_limit_is_what_the_budgets_allow_and_never_more_than_one_in_a_thousand(world: World) -> None:
    with world.governance.database.transaction() as tx:
        (budget,) = tx.budgets.where()
        assert limit_of(tx, PROFILE_SHA256) == min(budget.rate, Fraction(1, 1000))
        assert limit_of(tx, "another") == Fraction(1, 1000)


def measured(world: World) -> None:
    """Let an evaluation have measured two to four false matches in a thousand comparisons."""
    rate = MeasuredRate(likely=0.003, low=0.002, high=0.004, source=A_REPORT)
    world.governance = replace(world.governance, measured_rate=rate)


def judged(world: World, *rows: Row) -> bool:
    with world.governance.database.transaction() as tx:
        suspends = suspend_where_due(world.governance, tx, rows)
        if suspends:
            tx.commit()
    return suspends


def months_before(world: World) -> tuple[str, str]:
    now = world.clock.now()
    last = now.replace(day=1) - timedelta(days=1)
    before = last.replace(day=1) - timedelta(days=1)
    return f"{before:%Y-%m}", f"{last:%Y-%m}"


def test_two_months_of_drift_suspend_unless_two_people_explain(world: World) -> None:
    measured(world)
    one, two = months_before(world)
    world.clock.advance(timedelta(days=3))
    quiet = some_false(one, 0), some_false(two, 0)
    people = world.people
    said = ExplainMonth(actor=people.legal_officer, month=two, explanation=Explanation.LIST_LENGTH)
    explain_month(world.governance, said)
    with pytest.raises(Refused, match="explained already"):
        explain_month(world.governance, said)
    with pytest.raises(Refused):
        agree_to_explanation(world.governance, AgreeToExplanation(actor=people.legal_officer, month=two))
    agree_to_explanation(world.governance, AgreeToExplanation(actor=people.auditor, month=two))
    assert not judged(world, *quiet)
    assert {"operation.explain", "operation.agree"} <= set(world.events())
    with pytest.raises(Refused, match="agreed to already"):
        agree_to_explanation(world.governance, AgreeToExplanation(actor=people.auditor, month=two))


def test_an_explanation_that_nobody_agreed_to_explains_nothing(world: World) -> None:
    measured(world)
    one, two = months_before(world)
    world.clock.advance(timedelta(days=3))
    for label in (one, two):
        said = ExplainMonth(actor=world.people.legal_officer, month=label, explanation=Explanation.CROWD_CHANGED)
        explain_month(world.governance, said)
    assert not judged(world, some_false(two, 0))
    assert judged(world, some_false(one, 0), some_false(two, 0))
    (found,) = model_standing(world.governance, world.people.auditor).suspensions
    assert found.ground is SuspensionGround.DRIFT


def test_a_month_that_runs_is_not_explained(world: World) -> None:
    said = ExplainMonth(
        actor=world.people.legal_officer,
        month=f"{world.clock.now():%Y-%m}",
        explanation=Explanation.CROWD_CHANGED,
    )
    with pytest.raises(Refused, match="when it is over"):
        explain_month(world.governance, said)


def test_without_a_report_nothing_drifts_and_with_one_the_list_counts(world: World) -> None:
    with world.governance.database.transaction() as tx:
        assert declared_of(world.governance, tx, Fraction(1, 1000)) is None
    measured(world)
    with world.governance.database.transaction() as tx:
        declared = declared_of(world.governance, tx, Fraction(1, 1000))
        longest = max(len(one.listed) for one in tx.watchlists.where())
    assert declared is not None
    assert declared.upper == pytest.approx(1 - (1 - 0.004) ** longest)


@pytest.mark.law("C7")
def test_the_report_is_an_entry_first_and_tells_what_the_log_says(world: World) -> None:
    compared(world, 400, "one")
    answered(world, another_alert(world, report_id="false"), Support.SUPPORT_DIFFERENT)
    report = make_operation_report(world.governance, world.people.auditor, public=False).value
    assert report.months is not None
    (said,) = report.months
    assert (said["faces"], said["alerts"], said["false"], said["deployments"]) == (400, 1, 1, 1)
    assert world.events()[-1] == "report.make"
    with pytest.raises(Refused):
        make_operation_report(world.governance, world.people.reviewers[0], public=False)


@pytest.mark.law("C7", "C15")
def test_of_what_runs_the_public_is_told_nothing(world: World) -> None:
    compared(world, 400, "one")
    report = make_operation_report(world.governance, world.people.auditor, public=True).value
    table = report.sections[1].table
    assert table is not None
    assert (table.rows, report.months) == ((), None)


def test_what_the_log_says_becomes_the_evaluations_page(world: World, tmp_path: Path) -> None:
    compared(world, 400, "one")
    answered(world, another_alert(world, report_id="false"), Support.SUPPORT_DIFFERENT)
    path = tmp_path / "operation.json"
    path.write_bytes(make_operation_report(world.governance, world.people.auditor, public=False).value.to_json())
    (said,) = page(read_months(path))["operation"]
    assert (said["faces"], said["alerts"], said["false"], said["false_per_face"]["one_in"]) == (400, 1, 1, 400)


@pytest.mark.law("C6")
def test_another_profile_between_is_no_new_beginning_and_nothing_of_its_own_counts(world: World) -> None:
    compared(world, 400, "before")
    ours, other = world.governance, replace(world.governance, profile_sha256="b" * 64)
    world.clock.advance(timedelta(hours=1))
    assert announce_model(other)
    world.clock.advance(timedelta(hours=1))
    an_alert_ends(ours)
    assert (rows_of(other)[0].alerts, rows_of(ours)[0].alerts) == (1, 0)
    world.clock.advance(timedelta(hours=1))
    assert announce_model(ours)
    world.clock.advance(timedelta(hours=1))
    an_alert_ends(ours)
    (row,) = rows_of(ours)
    assert (row.faces, row.alerts) == (400, 1)


def an_alert_ends(governance: Governance) -> None:
    with governance.database.transaction() as tx:
        tx.log.append(Event.LEAD_CONFIRM, {})
        tx.commit()


def rows_of(governance: Governance) -> tuple[Row, ...]:
    with governance.database.transaction() as tx:
        count = OperationCount(counted_in(governance, tx))
    count.read_on(governance)
    return count.rows()


@pytest.mark.law("C6")
def test_after_two_people_let_it_go_on_only_what_follows_counts(world: World) -> None:
    suspended(world)
    world.clock.advance(timedelta(minutes=1))
    asks = LiftSuspension(actor=world.people.legal_officer)
    ask_to_lift(world.governance, asks)
    agree_to_lift(world.governance, replace(asks, actor=world.people.auditor))
    world.clock.advance(timedelta(minutes=1))
    assert announce_model(replace(world.governance, profile_sha256="b" * 64))
    world.clock.advance(timedelta(minutes=1))
    assert announce_model(world.governance)
    with world.governance.database.transaction() as tx:
        first, second = counted_in(world.governance, tx)
    assert first.ends_at is not None
    assert (first.ends_at - first.begins_at, second.ends_at) == (timedelta(minutes=1), None)
    assert not rows_of(world.governance)


def test_each_month_is_held_to_the_lists_that_were_in_use_in_it(world: World) -> None:
    measured(world)
    with world.governance.database.transaction() as tx:
        (one,) = tx.watchlists.where()
        earlier = one.created_at - timedelta(days=40)
        listed = frozenset(ReferenceId(f"r{number}") for number in range(40))
        tx.watchlists.add(
            replace(
                one,
                watchlist_id=WatchlistId("earlier"),
                listed=listed,
                created_at=earlier,
                ends_at=earlier + timedelta(days=1),
                destroyed_at=earlier + timedelta(days=1),
            )
        )
        declared = declared_of(world.governance, tx, Fraction(1, 1000))
    assert declared is not None
    now, then = f"{world.clock.now():%Y-%m}", f"{earlier:%Y-%m}"
    assert declared.interval_of(now) == pytest.approx((0.002, 0.004))
    assert declared.interval_of(then) == pytest.approx((1 - 0.998**40, 1 - 0.996**40))
    assert declared.interval_of("2000-01") == pytest.approx((0.002, 1 - 0.996**40))
