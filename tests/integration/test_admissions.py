"""P4: governance uses a model profile for what a signed evaluation admits, while nobody suspends it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.admission import GateVerdict, ProfileAdmission
from contracts.model_profile import ProfileClass
from contracts.signature import Purpose
from contracts.vocabulary import CameraClass
from contracts.vocabulary import CameraId as ContractCameraId
from governance.application.admissions import admitted_bands, is_admitted_at_all
from governance.application.budgets import approve_budget
from governance.application.deployments import StartDeployment, start_deployment
from governance.application.erase import expire_due
from governance.application.errors import Refused
from governance.application.governance import Governance
from governance.application.registers import RegisterCamera, register_camera
from governance.application.suspend_admission import (
    LiftSuspension,
    SuspendAdmission,
    agree_to_lift,
    ask_to_lift,
    model_standing,
    standing_report,
    suspend_admission,
    suspend_by_rule,
)
from governance.application.take_in_admission import take_in_admission
from governance.domain.admissions import ProfileSuspension, SuspensionGround
from governance.domain.events import Event
from governance.domain.roles import Role
from tests.builders_applications import CAMERAS, a_camera_application, a_slot_application
from tests.builders_contracts import NOON, PROFILE, a_camera, a_hash, an_admission, an_envelope
from tests.builders_governance import (
    World,
    a_deployment,
    a_governance,
    a_submitted_warrant,
    an_account,
    an_enrolled_warrant,
    an_issued_warrant,
    leases,
    put_into_use,
)
from tests.builders_leases import stopped
from tests.builders_passages import a_budget_of
from tests.builders_recordings import a_search_warrant, approved, ordered

pytestmark = pytest.mark.law("P4")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def admit(world: World, admission: ProfileAdmission | None) -> None:
    """Let governance start anew with this beside its pinned keys."""
    trusted = replace(world.governance.trusted, admission=admission)
    world.governance = replace(world.governance, trusted=trusted)
    take_in_admission(world.governance)


def use(world: World, profile_class: ProfileClass) -> None:
    world.governance = replace(world.governance, model=replace(PROFILE, profile_class=profile_class))


NOT_ADMITTED: dict[str, ProfileAdmission | None] = {
    "no report": None,
    "a report for another model": an_admission(profile_sha256=a_hash("another")),
    "an expired report": an_admission(expires_at=NOON),
    "a report that is not valid yet": an_admission(admitted_at=NOON + timedelta(hours=1)),
    "a report that fails": an_admission(verdict=GateVerdict.FAILED),
    "a report that demonstrates nothing": an_admission(verdict=GateVerdict.NOT_DEMONSTRATED),
    "a stricter threshold than the one in use": an_admission(envelope=an_envelope(threshold=0.44)),
    "another camera class": an_admission(envelope=an_envelope(camera_classes=(CameraClass.HALL,))),
    "fewer camera hours": an_admission(envelope=an_envelope(camera_hours_a_day=23)),
}


@pytest.mark.law("C10", "A17")
@pytest.mark.parametrize("admission", NOT_ADMITTED.values(), ids=NOT_ADMITTED)
def test_outside_what_a_report_admits_nothing_is_lent(world: World, admission: ProfileAdmission | None) -> None:
    a_deployment(world)
    assert leases(world, nonce="before").authorisations
    admit(world, admission)
    assert [order.rule for order in stopped(world)] == ["P4"]
    assert not leases(world, nonce="after").authorisations
    (refused,) = [entry for entry in world.entries() if entry.event == Event.LEASE_REFUSE]
    assert refused.fields["rule"] == "P4"


@pytest.mark.parametrize("admission", NOT_ADMITTED.values(), ids=NOT_ADMITTED)
def test_nor_is_a_warrant_applied_for(world: World, admission: ProfileAdmission | None) -> None:
    admit(world, admission)
    with pytest.raises(Refused) as refused:
        a_submitted_warrant(world)
    assert {decision.rule for decision in refused.value.decisions} == {"P4"}
    assert world.events()[-1] == Event.WARRANT_REFUSE


def test_a_demo_profile_with_operational_keys_is_refused_whatever_lies_beside_it(world: World) -> None:
    a_deployment(world)
    use(world, ProfileClass.DEMO)
    assert not leases(world).authorisations
    use(world, ProfileClass.TRIAL)
    assert not leases(world, nonce="n2").authorisations
    with pytest.raises(Refused) as refused:
        a_submitted_warrant(world)
    assert any("OPERATIONAL" in decision.reason for decision in refused.value.decisions)


@pytest.mark.law("C13", "P4")
def test_the_bands_that_another_profile_passed_are_not_this_ones(world: World) -> None:
    assert admitted_bands(world.governance) == {"18-39", "40-64"}
    admit(world, an_admission(profile_sha256=a_hash("another")))
    assert admitted_bands(world.governance) == frozenset()


@pytest.mark.law("P4", "C10")
def test_who_signed_what_admits_the_model_is_named(world: World) -> None:
    standing = model_standing(world.governance, world.people.legal_officer)
    (admission,) = standing.admissions
    assert standing.signed_by[admission.document] == "evaluator (evaluator), model-officer (model-officer)"


def test_an_installation_that_names_its_profile_by_hash_alone_lends_nothing(world: World) -> None:
    a_deployment(world)
    world.governance = replace(world.governance, model=None)
    assert not leases(world).authorisations


def test_a_demonstration_needs_no_report(tmp_path: Path) -> None:
    world = a_governance(tmp_path, demo=True)
    world.governance = replace(world.governance, trusted=replace(world.governance.trusted, admission=None))
    a_deployment(world)
    assert leases(world).authorisations


def test_the_lists_of_a_camera_count_together_and_the_first_goes_on(world: World) -> None:
    admit(world, an_admission(envelope=an_envelope(tested_list=1)))
    first, _ = a_deployment(world)
    assert len(leases(world, nonce="one").authorisations) == 1
    world.clock.advance(timedelta(seconds=1))
    with_more = an_admission(admission_id="admission-2", envelope=an_envelope(tested_list=2))
    admit(world, with_more)
    second_warrant, _ = an_enrolled_warrant(world, slots=(a_slot_application(person="Person B, born 1980-01-01"),))
    put_into_use(world, second_warrant)
    assert len(leases(world, nonce="two").authorisations) == 2
    admit(world, an_admission(envelope=an_envelope(tested_list=1)))
    assert [one.deployment_id == first for one in stopped(world)] == [False]
    assert len(leases(world, nonce="three").authorisations) == 1


def test_the_hours_of_all_cameras_in_use_at_a_site_count_together(world: World) -> None:
    admit(world, an_admission(envelope=an_envelope(camera_hours_a_day=24)))
    a_deployment(world)
    assert leases(world, nonce="one").authorisations
    world.clock.advance(timedelta(seconds=1))
    admit(world, an_admission(admission_id="admission-2", envelope=an_envelope(camera_hours_a_day=48)))
    slots = (a_slot_application(person="Person B, born 1980-01-01"),)
    second, _ = an_enrolled_warrant(world, slots=slots, cameras=(a_camera_application(CAMERAS[1]),))
    put_into_use(world, second)
    assert leases(world, nonce="two", camera_id=CAMERAS[1]).authorisations
    admit(world, an_admission(envelope=an_envelope(camera_hours_a_day=24)))
    assert leases(world, nonce="three").authorisations
    assert not leases(world, nonce="four", camera_id=CAMERAS[1]).authorisations


def test_what_is_put_into_use_counts_with_what_is_in_use_there(world: World) -> None:
    a_deployment(world)
    world.clock.advance(timedelta(seconds=1))
    admit(world, an_admission(admission_id="admission-2", envelope=an_envelope(tested_list=1)))
    more, _ = an_enrolled_warrant(world, slots=(a_slot_application(person="Person B, born 1980-01-01"),))
    with pytest.raises(Refused, match="longer than the 1 persons"):
        put_into_use(world, more)
    elsewhere, _ = an_enrolled_warrant(
        world,
        slots=(a_slot_application(person="Person C, born 1980-01-01"),),
        cameras=(a_camera_application(CAMERAS[1]),),
    )
    admit(world, an_admission(admission_id="admission-3", envelope=an_envelope(camera_hours_a_day=47)))
    with pytest.raises(Refused, match="camera hours"):
        put_into_use(world, elsewhere)
    admit(world, an_admission(admission_id="admission-4", envelope=an_envelope(camera_hours_a_day=48)))
    start_deployment(world.governance, StartDeployment(actor=world.people.legal_officer, warrant_id=elsewhere))


@pytest.mark.law("C5")
def test_a_site_with_more_passages_than_were_tested_is_lent_nothing(world: World) -> None:
    a_deployment(world, passages_per_day=1000)
    admit(world, an_admission(admission_id="admission-2", envelope=an_envelope(passages_a_day=1000)))
    assert leases(world, nonce="one").authorisations
    admit(world, an_admission(admission_id="admission-3", envelope=an_envelope(passages_a_day=999)))
    assert [order.rule for order in stopped(world)] == ["P4"]
    assert not leases(world, nonce="two").authorisations


@pytest.mark.law("C13")
def test_an_age_band_that_the_report_does_not_show_is_lent_nowhere(world: World) -> None:
    a_deployment(world)
    admit(world, an_admission(envelope=an_envelope(age_bands=("40-64",))))
    assert not leases(world).authorisations
    with pytest.raises(Refused) as refused:
        a_submitted_warrant(world)
    assert {decision.rule for decision in refused.value.decisions} == {"C13"}


def test_a_camera_that_states_no_class_is_applied_for_in_vain(world: World) -> None:
    record = a_camera(camera_id=ContractCameraId(CAMERAS[1]), camera_class=None, serial=2)
    signed = world.keys.region.sign(Purpose.CAMERA, record.to_bytes())
    register_camera(world.governance, RegisterCamera(actor=world.people.site_manager, record=signed))
    with pytest.raises(Refused, match="class"):
        a_submitted_warrant(world, cameras=(a_camera_application(CAMERAS[1]),))


@pytest.mark.law("C5")
def test_no_budget_is_for_more_passages_than_were_admitted(world: World) -> None:
    warrant_id = an_issued_warrant(world)
    actor = world.people.legal_officer
    with pytest.raises(Refused, match="passages"):
        approve_budget(world.governance, a_budget_of(warrant_id, actor, 100_001))
    approve_budget(world.governance, a_budget_of(warrant_id, actor, 100_000))


@pytest.mark.law("A12")
def test_nor_is_a_recording_searched(world: World) -> None:
    search_id = approved(world, a_search_warrant(world))
    admit(world, None)
    with pytest.raises(Refused) as refused:
        ordered(world, search_id)
    assert "P4" in {decision.rule for decision in refused.value.decisions}


def test_what_was_taken_in_stands_in_the_log_once(world: World) -> None:
    before = world.events().count(Event.MODEL_ADMIT)
    assert before == 1
    assert not take_in_admission(world.governance)
    admit(world, an_admission(admission_id="admission-2"))
    admit(world, None)
    assert world.events().count(Event.MODEL_ADMIT) == before + 1
    standing = model_standing(world.governance, world.people.auditor)
    assert {one.admission_id for one in standing.admissions} == {"admission-1", "admission-2"}


# -- suspending ---------------------------------------------------------------------------------------------------


def lift(world: World) -> None:
    asks = LiftSuspension(actor=world.people.legal_officer)
    ask_to_lift(world.governance, asks)
    agree_to_lift(world.governance, replace(asks, actor=world.people.auditor))


def test_one_word_stops_every_site_at_once_and_two_people_let_it_go_on(world: World) -> None:
    a_deployment(world)
    assert leases(world, nonce="before").authorisations
    suspend_admission(world.governance, SuspendAdmission(actor=world.people.auditor))
    assert [order.rule for order in stopped(world)] == ["P4"]
    assert not leases(world, nonce="while").authorisations
    with pytest.raises(Refused, match="suspended"):
        a_submitted_warrant(world)
    lift(world)
    assert leases(world, nonce="after").authorisations
    events = [event for event in world.events() if event.startswith("model.")]
    assert events[-3:] == [Event.MODEL_SUSPEND, Event.MODEL_ASK, Event.MODEL_RESUME]


def test_a_demo_profile_can_be_suspended_too(tmp_path: Path) -> None:
    world = a_governance(tmp_path, demo=True)
    a_deployment(world)
    suspend_admission(world.governance, SuspendAdmission(actor=world.people.legal_officer))
    assert not leases(world).authorisations


def test_a_rule_suspends_by_itself_and_once(world: World) -> None:
    a_deployment(world)
    assert by_rule(world) is not None
    assert by_rule(world) is None
    assert not leases(world).authorisations
    (entry,) = [entry for entry in world.entries() if entry.event == Event.MODEL_SUSPEND]
    assert entry.fields["rule"] == "false-alerts"
    (suspension,) = model_standing(world.governance, world.people.auditor).suspensions
    assert suspension.suspended_by is None
    lift(world)
    assert leases(world, nonce="n2").authorisations
    assert by_rule(world) is not None


def by_rule(world: World) -> object:
    governance = world.governance
    with governance.database.transaction() as tx:
        suspension = suspend_by_rule(governance, tx, SuspensionGround.FALSE_ALERTS)
        tx.commit()
    return suspension


def test_a_word_is_no_rule_and_a_rule_is_no_word(world: World) -> None:
    command = SuspendAdmission(actor=world.people.auditor, ground=SuspensionGround.DRIFT)
    with pytest.raises(Refused, match="rule's own"):
        suspend_admission(world.governance, command)
    with world.governance.database.transaction() as tx, pytest.raises(ValueError, match="own grounds"):
        suspend_by_rule(world.governance, tx, SuspensionGround.DOUBT)


def refused_lifts(world: World) -> Iterator[tuple[Any, LiftSuspension]]:
    people = world.people
    other_legal = an_account(world, "leo", Role.LEGAL_OFFICER)
    yield agree_to_lift, LiftSuspension(actor=people.auditor)
    ask_to_lift(world.governance, LiftSuspension(actor=people.legal_officer))
    yield ask_to_lift, LiftSuspension(actor=other_legal)
    yield agree_to_lift, LiftSuspension(actor=people.legal_officer)
    yield agree_to_lift, LiftSuspension(actor=other_legal)
    yield agree_to_lift, LiftSuspension(actor=people.reviewers[0])
    agree_to_lift(world.governance, LiftSuspension(actor=people.auditor))
    yield agree_to_lift, LiftSuspension(actor=people.auditor)
    yield ask_to_lift, LiftSuspension(actor=people.legal_officer)


def test_nobody_lets_it_go_on_alone(world: World) -> None:
    suspend_admission(world.governance, SuspendAdmission(actor=world.people.auditor))
    for act, command in refused_lifts(world):
        with pytest.raises(Refused):
            act(world.governance, command)


def test_whoever_may_not_suspend_is_refused(world: World) -> None:
    for actor in (world.people.applicant, world.people.reviewers[0], world.people.site_manager, world.people.patrol):
        with pytest.raises(Refused):
            suspend_admission(world.governance, SuspendAdmission(actor=actor))


def test_what_is_suspended_is_not_suspended_again(world: World) -> None:
    governance: Governance = world.governance
    suspend_admission(governance, SuspendAdmission(actor=world.people.auditor))
    with pytest.raises(Refused, match="already"):
        suspend_admission(governance, SuspendAdmission(actor=world.people.legal_officer))


ADMITS_NOTHING: dict[str, dict[str, Any]] = {
    "another profile": {"profile_sha256": a_hash("another")},
    "another kind of use": {"profile_class": ProfileClass.TRIAL},
    "over": {"expires_at": NOON},
    "to come": {"admitted_at": NOON + timedelta(hours=1)},
    "not passed": {"verdict": GateVerdict.FAILED},
}


@pytest.mark.law("A18")
@pytest.mark.parametrize("ground", [None, SuspensionGround.DOUBT])
@pytest.mark.parametrize("changes", ADMITS_NOTHING.values(), ids=ADMITS_NOTHING)
def test_it_goes_on_by_the_report_of_what_admits_it_now_and_by_no_other(
    world: World, changes: dict[str, Any], ground: SuspensionGround | None
) -> None:
    if ground is None:
        by_rule(world)
    else:
        suspend_admission(world.governance, SuspendAdmission(actor=world.people.auditor, ground=ground))
    asks = LiftSuspension(actor=world.people.legal_officer)
    lies = an_admission(admission_id="admission-2", report_sha256=a_hash("another report"), **changes)
    admit(world, lies)
    assert standing_report(world.governance) is None
    with pytest.raises(Refused, match="No evaluation's report"):
        ask_to_lift(world.governance, asks)
    admit(world, an_admission())
    ask_to_lift(world.governance, asks)
    agrees = replace(asks, actor=world.people.auditor)
    admit(world, lies)
    with pytest.raises(Refused, match="No evaluation's report"):
        agree_to_lift(world.governance, agrees)
    admit(world, an_admission(admission_id="admission-3", report_sha256=a_hash("a third report")))
    with pytest.raises(Refused, match="Another report"):
        agree_to_lift(world.governance, agrees)
    ask_to_lift(world.governance, asks)
    agree_to_lift(world.governance, agrees)
    (lifted,) = suspensions(world)
    assert lifted.lift_report_sha256 == a_hash("a third report")


@pytest.mark.law("C13")
@pytest.mark.parametrize("changes", ADMITS_NOTHING.values(), ids=ADMITS_NOTHING)
def test_what_admits_nothing_has_passed_no_age(world: World, changes: dict[str, Any]) -> None:
    assert admitted_bands(world.governance)
    admit(world, an_admission(admission_id="admission-2", **changes))
    assert admitted_bands(world.governance) == frozenset()


@pytest.mark.law("B1")
@pytest.mark.parametrize("years", [1, 5, 6, 40])
def test_a_suspension_is_never_over_because_nobody_lifted_it(world: World, years: int) -> None:
    suspend_admission(world.governance, SuspendAdmission(actor=world.people.auditor))
    world.clock.advance(timedelta(days=366 * years))
    expire_due(world.governance)
    expire_due(world.governance)
    (standing,) = suspensions(world)
    assert standing.lifted_at is None
    with world.governance.database.transaction() as tx:
        answer = is_admitted_at_all(world.governance, tx, now=NOON)
    assert not answer.allowed
    assert "suspended" in answer.reason


@pytest.mark.law("B1")
def test_one_that_was_lifted_goes_when_its_five_years_are_over(world: World) -> None:
    suspend_admission(world.governance, SuspendAdmission(actor=world.people.auditor))
    lift(world)
    (lifted,) = suspensions(world)
    world.clock.at = lifted.expires_at - timedelta(seconds=1)
    expire_due(world.governance)
    assert len(suspensions(world)) == 1
    world.clock.at = lifted.expires_at
    expire_due(world.governance)
    assert not suspensions(world)


def suspensions(world: World) -> tuple[ProfileSuspension, ...]:
    with world.governance.database.transaction() as tx:
        return tx.profile_suspensions.where()
