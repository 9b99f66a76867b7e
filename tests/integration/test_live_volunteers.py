"""Volunteers enrolled and lent to a camera: under which conditions, for whom, until when; and stopped (C11, C16)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from contracts.authorisation import AuthorisationRefused, RefusalReason
from contracts.canonical import sha256_hex
from contracts.lease_request import LeaseAnswer
from contracts.signature import Purpose, Signed, verified
from contracts.site_stop import SiteStop
from contracts.stop import StopAnswer
from contracts.trust import TrustedRole
from contracts.vocabulary import CameraId
from contracts.volunteer_enrolment import VolunteerEnrolment
from contracts.volunteer_gallery import VolunteerGallery
from contracts.volunteer_run import RUN_LEASE_LIMIT
from contracts.volunteers import ConsentWithdrawal
from governance.application import issue_lease, lend_runs, run_conditions, stop_runs
from governance.application.accounts import ChangeShift, change_shift
from governance.application.deployments import RevokeWarrant, SuspendDeployment, revoke_warrant, suspend_deployment
from governance.application.end_volunteer_run import EndRun, WithdrawVolunteer, end_run, withdraw_volunteer
from governance.application.enrol_volunteer import EnrolVolunteer, enrol_volunteer
from governance.application.erase import expire_due
from governance.application.errors import Conflict, StorageFailed
from governance.application.stop_at_site import take_site_stop
from governance.application.stop_runs import answer_about_stops
from governance.application.vault import intend_erasure
from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import AccountId, SiteId, VolunteerId, WarrantId
from governance.domain.roles import Role
from governance.domain.volunteers import LATE_SIGHTING
from tests.builders_applications import CAMERAS, PHOTOGRAPH
from tests.builders_contracts import NOON, SITE, a_hash
from tests.builders_ends import outliving, told_of_every_write
from tests.builders_governance import World, a_deployment, a_governance, an_account, an_enrolled_warrant, leases
from tests.builders_live import believed, run_lease, run_stops, under_way
from tests.builders_seeded import GATE, MINUTE, approved, enrolled, run_papers
from tests.builders_volunteers import HOUR, RUN, a_closure, a_consent

SECOND = timedelta(seconds=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


@pytest.fixture
def dora(world: World) -> AccountId:
    return an_account(world, "dora", Role.DATA_PROTECTION_OFFICER)


def withdraw(world: World, name: str) -> None:
    command = WithdrawVolunteer(actor=world.people.auditor, volunteer_id=VolunteerId(name))
    withdraw_volunteer(world.governance, command)


def inside(world: World, dora: AccountId, *names: str) -> WarrantId:
    """Put a warrant into use, and a run of these volunteers inside it."""
    _, warrant_id = a_deployment(world)
    with world.governance.database.transaction() as tx:
        act = tx.warrants.get(warrant_id).act_sha256
    assert act is not None
    under_way(world, dora, *names, act_sha256=act)
    return warrant_id


# -- a lease on a closed site ------------------------------------------------------------------------------------------


@pytest.mark.law("C11", "C16", "P1")
def test_on_a_closed_site_a_run_is_lent_for_a_minute_and_the_site_believes_it(world: World, dora: AccountId) -> None:
    under_way(world, dora, "w1", "w0")
    answer = leases(world)
    assert answer.authorisations == ()
    permit = believed(world, answer)
    assert permit.standing(CameraId(GATE), permit.verified_at).live
    assert sorted(permit.references.values()) == ["w0", "w1"]
    lease, ((_, gallery),) = run_lease(answer), answer.runs
    assert lease.expires_at - lease.issued_at == RUN_LEASE_LIMIT
    assert lease.gallery_sha256 == sha256_hex(gallery)
    listed = VolunteerGallery.from_bytes(gallery).references
    assert tuple(one.volunteer_id for one in listed) == lease.standing == ("w0", "w1")
    pinned = world.keys.trusted.of(TrustedRole.ENROLMENT)
    for one in listed:
        signed = VolunteerEnrolment.from_bytes(verified(one.enrolment, Purpose.VOLUNTEER_ENROLMENT, pinned))
        assert signed.template_sha256 == sha256_hex(one.sealed_template)


@pytest.mark.law("C11", "A14")
def test_each_lease_of_a_run_is_an_entry_after_the_one_that_opened_its_list(world: World, dora: AccountId) -> None:
    under_way(world, dora, "w0", "w1")
    before = world.log.size()
    lease = run_lease(leases(world))
    assert world.events(before) == ["object.read", "volunteer.lease"]
    entry = world.entries()[-1]
    assert entry.fields["lease"] == lease.lease_id
    assert entry.fields["gallery"] == lease.gallery_sha256
    assert entry.leaf.body["count"] == 2
    assert "state" in entry.leaf.body
    assert "volunteer" not in entry.fields


@pytest.mark.law("C1")
def test_the_same_list_has_the_same_bytes_for_an_hour_and_never_gets_old(world: World, dora: AccountId) -> None:
    closure = a_closure(cameras=(CameraId(GATE),), closed_until=NOON + 20 * HOUR)
    approved(world, dora, run_papers(world.keys, names=["w0"], closure=closure, ends_at=NOON + 20 * HOUR))
    enrolled(world, "w0")
    first = run_lease(leases(world, nonce="a"))
    world.clock.advance(59 * MINUTE)
    assert run_lease(leases(world, nonce="b")).gallery_sha256 == first.gallery_sha256
    world.clock.advance(12 * HOUR)
    ((_, gallery),) = leases(world, nonce="c").runs
    assert world.clock.now() - VolunteerGallery.from_bytes(gallery).built_at < HOUR


@pytest.mark.law("C11")
def test_who_is_not_enrolled_is_on_no_list_and_where_nobody_is_nothing_is_lent(world: World, dora: AccountId) -> None:
    approved(world, dora, run_papers(world.keys, names=["w0", "w1"]))
    assert leases(world, nonce="a").runs == ()
    (refusal,) = [one for one in world.entries() if one.event == "volunteer.refuse"]
    assert refusal.leaf.body["rule"] == "C11"
    assert refusal.fields["camera"] == GATE
    enrolled(world, "w1")
    assert run_lease(leases(world, nonce="b")).standing == ("w1",)
    assert list(believed(world, leases(world, nonce="c"), nonce="c").references.values()) == ["w1"]


@pytest.mark.law("C11", "F3")
def test_a_template_that_is_about_to_be_erased_is_on_no_list(world: World, dora: AccountId) -> None:
    under_way(world, dora, "w0", "w1")
    with world.governance.database.transaction() as tx:
        boxes = tx.volunteer_references.get(VolunteerId("w0")).boxes
        intend_erasure(world.governance, tx, boxes, reason="decision")
        tx.commit()
    assert run_lease(leases(world)).standing == ("w1",)


def at_another_camera(world: World) -> LeaseAnswer:
    return leases(world, camera_id=CAMERAS[1])


def before_its_time(world: World) -> LeaseAnswer:
    world.clock.at = NOON - HOUR - SECOND
    return leases(world)


def at_its_end(world: World) -> LeaseAnswer:
    world.clock.at = NOON + HOUR
    return leases(world)


def after_it_was_ended(world: World) -> LeaseAnswer:
    end_run(world.governance, EndRun(actor=world.people.auditor, run_id=RUN))
    return leases(world)


def after_everybody_withdrew(world: World) -> LeaseAnswer:
    withdraw(world, "w0")
    return leases(world)


def where_the_regions_key_is_pinned_no_more(world: World) -> LeaseAnswer:
    trusted = world.governance.trusted
    keys = tuple(one for one in trusted.keys if one.role is not TrustedRole.REGION)
    world.governance = replace(world.governance, trusted=replace(trusted, keys=keys))
    return leases(world)


def where_the_trustees_key_is_pinned_no_more(world: World) -> LeaseAnswer:
    trusted = world.governance.trusted
    keys = tuple(one for one in trusted.keys if one.role is not TrustedRole.VOLUNTEERS)
    world.governance = replace(world.governance, trusted=replace(trusted, keys=keys))
    return leases(world)


def with_another_model(world: World) -> LeaseAnswer:
    world.governance = replace(world.governance, profile_sha256=a_hash("another profile"))
    return leases(world)


def where_nothing_admits_the_model(world: World) -> LeaseAnswer:
    world.governance = replace(world.governance, trusted=replace(world.governance.trusted, admission=None))
    return leases(world)


def where_the_admission_is_for_fewer(world: World) -> LeaseAnswer:
    admission = world.governance.trusted.admission
    assert admission is not None
    fewer = replace(admission, envelope=replace(admission.envelope, tested_list=0))
    world.governance = replace(world.governance, trusted=replace(world.governance.trusted, admission=fewer))
    return leases(world)


def where_a_template_was_erased(world: World) -> LeaseAnswer:
    with world.governance.database.transaction() as tx:
        (one,) = tx.volunteer_references.where()
        intend_erasure(world.governance, tx, one.boxes, reason="decision")
        tx.commit()
    return leases(world)


NOT_LENT: list[Callable[[World], LeaseAnswer]] = [
    at_another_camera,
    before_its_time,
    at_its_end,
    after_it_was_ended,
    after_everybody_withdrew,
    where_the_regions_key_is_pinned_no_more,
    where_the_trustees_key_is_pinned_no_more,
    with_another_model,
    where_nothing_admits_the_model,
    where_the_admission_is_for_fewer,
    where_a_template_was_erased,
]


@pytest.mark.law("C11", "C16", "P4")
@pytest.mark.parametrize("what", NOT_LENT, ids=lambda what: what.__name__)
def test_no_run_is_lent(what: Callable[[World], LeaseAnswer], world: World, dora: AccountId) -> None:
    under_way(world, dora, "w0")
    opened = world.events().count("object.read")
    assert what(world).runs == ()
    assert world.events().count("object.read") == opened, "what is not lent is not opened"
    with world.governance.database.transaction() as tx:
        assert tx.run_leases.where() == ()


@pytest.mark.law("C16")
def test_whoever_is_wanted_since_is_lent_nowhere_and_stopped_where_they_are(world: World, dora: AccountId) -> None:
    consent = a_consent("w0", photograph_sha256=sha256_hex(PHOTOGRAPH))
    approved(world, dora, run_papers(world.keys, names=["w0", "w1"], consents=[consent, a_consent("w1")]))
    enrolled(world, "w1")
    officer = world.people.legal_officer
    enrol_volunteer(
        world.governance, EnrolVolunteer(actor=officer, volunteer_id=VolunteerId("w0"), photograph=PHOTOGRAPH)
    )
    held = run_lease(leases(world, nonce="a"))
    an_enrolled_warrant(world)
    assert [one.lease_id for one in run_stops(world)] == [held.lease_id]
    assert leases(world, nonce="b").runs == ()
    assert world.entries()[-1].leaf.body["rule"] == "C16"


@pytest.mark.law("C16")
def test_a_lease_ends_with_the_run_and_with_the_closure(world: World, dora: AccountId) -> None:
    under_way(world, dora, "w0")
    world.clock.at = NOON + HOUR - 20 * SECOND
    answer = leases(world)
    assert run_lease(answer).expires_at == NOON + HOUR
    with pytest.raises(AuthorisationRefused) as refused:
        believed(world, answer, after=20 * SECOND)
    assert refused.value.reason is RefusalReason.EXPIRED


@pytest.mark.law("C16")
def test_a_refusal_is_logged_when_the_answer_changes_and_not_at_each_question(world: World, dora: AccountId) -> None:
    approved(world, dora, run_papers(world.keys, names=["w0"]))
    for number in range(3):
        assert leases(world, nonce=f"a{number}").runs == ()
    assert world.events().count("volunteer.refuse") == 1
    enrolled(world, "w0")
    assert leases(world, nonce="b").runs
    with world.governance.database.transaction() as tx:
        assert tx.run_refusals.where() == ()
    withdraw(world, "w0")
    leases(world, nonce="c")
    assert world.events().count("volunteer.refuse") == 1, "a run that is over is asked about no more"


@pytest.mark.law("A16")
def test_a_stop_that_was_pressed_at_the_site_lends_no_run(
    world: World, dora: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way(world, dora, "w0")
    pressed = SiteStop(site_id=SITE, stop_id="stop-1", pressed_at=world.clock.now())
    take_site_stop(world.governance, world.keys.site.sign(Purpose.SITE_STOP, pressed.to_bytes()))
    assert leases(world).runs == ()
    monkeypatch.setattr(run_conditions, "site_may_go_on", lambda _stops: allow("A16"))
    with pytest.raises(Conflict):
        leases(world, nonce="should the rule be forgotten in the program")


# -- inside a warrant --------------------------------------------------------------------------------------------------


@pytest.mark.law("C16")
def test_inside_a_warrant_a_run_is_lent_beside_it_and_no_longer(world: World, dora: AccountId) -> None:
    inside(world, dora, "w0")
    answer = leases(world)
    assert len(answer.authorisations) == 1
    permit = believed(world, answer)
    assert list(permit.references.values()) == ["w0"]
    alone = replace(answer, authorisations=())
    with pytest.raises(AuthorisationRefused) as refused:
        believed(world, alone)
    assert refused.value.reason is RefusalReason.OPEN_SITE


@pytest.mark.law("C16", "A8")
@pytest.mark.parametrize("how", ["revoked", "suspended", "nobody reviews"])
def test_a_warrant_that_is_not_lent_any_more_lends_no_run(how: str, world: World, dora: AccountId) -> None:
    warrant_id = inside(world, dora, "w0")
    assert leases(world, nonce="a").runs
    _stop(world, warrant_id, how)
    assert leases(world, nonce="b").runs == ()
    (stop,) = run_stops(world)
    assert stop.run_id == RUN


def _cannot_be_asked(*_: object) -> Decision:
    raise StorageFailed("for this test")


@pytest.mark.law("C16", "A8")
def test_a_run_that_cannot_be_asked_about_stops_no_warrant_and_holds_up_no_order_to_stop_one(
    world: World, dora: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    warrant_id = inside(world, dora, "w0")
    assert leases(world, nonce="a").runs
    monkeypatch.setattr(lend_runs, "may_lend_here", _cannot_be_asked)
    answer = leases(world, nonce="b")
    assert answer.authorisations
    assert answer.runs == ()
    _stop(world, warrant_id, "suspended")
    monkeypatch.setattr(stop_runs, "may_lend_here", _cannot_be_asked)
    assert answer_about_stops(world.governance, SiteId(SITE)).orders
    world.clock.advance(2 * MINUTE)
    assert answer_about_stops(world.governance, SiteId(SITE)) == StopAnswer(orders=())


@pytest.mark.law("C16")
def test_where_the_warrants_own_lease_fails_at_the_last_step_its_run_is_not_lent_either(
    world: World, dora: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside(world, dora, "w0")
    monkeypatch.setattr(issue_lease, "is_the_built_one", lambda *_: deny("C1", "for this test"))
    assert leases(world).runs == ()
    with world.governance.database.transaction() as tx:
        (refused,) = tx.run_refusals.where()
    assert (refused.rule, "not lent to this camera" in refused.reason) == ("C16", True)


def _stop(world: World, warrant_id: WarrantId, how: str) -> None:
    if how == "revoked":
        officer = world.people.legal_officer
        revoke_warrant(world.governance, RevokeWarrant(actor=officer, warrant_id=warrant_id, why="It is over."))
        return
    if how == "nobody reviews":
        for reviewer in world.people.reviewers:
            change_shift(world.governance, ChangeShift(actor=reviewer, begin=False))
        return
    with world.governance.database.transaction() as tx:
        (deployment,) = tx.deployments.where(warrant_id=warrant_id)
    command = SuspendDeployment(actor=world.people.auditor, deployment_id=deployment.deployment_id)
    suspend_deployment(world.governance, command)


@pytest.mark.law("P4")
def test_the_model_is_admitted_for_both_lists_together(world: World, dora: AccountId) -> None:
    inside(world, dora, "w0", "w1")
    admission = world.governance.trusted.admission
    assert admission is not None
    for tested, lent in ((3, True), (2, False)):
        envelope = replace(admission.envelope, tested_list=tested)
        trusted = replace(world.governance.trusted, admission=replace(admission, envelope=envelope))
        world.governance = replace(world.governance, trusted=trusted)
        answer = leases(world, nonce=f"tested {tested}")
        assert bool(answer.runs) is lent
        assert answer.authorisations, "the warrant goes on"


@pytest.mark.law("C5", "C7", "C11")
def test_a_lease_of_a_run_is_no_lease_of_a_warrant(world: World, dora: AccountId) -> None:
    under_way(world, dora, "w0")
    leases(world)
    with world.governance.database.transaction() as tx:
        assert tx.leases.where() == ()
        assert len(tx.run_leases.where()) == 1
    assert not [event for event in world.events() if event.startswith("lease.")]


# -- withdrawal and end ------------------------------------------------------------------------------------------------


@pytest.mark.law("C11")
def test_who_withdraws_is_off_the_list_at_once_and_the_site_is_told(world: World, dora: AccountId) -> None:
    under_way(world, dora, "w0", "w1")
    held = run_lease(leases(world, nonce="a"))
    assert run_stops(world) == []
    withdraw(world, "w0")
    (order,) = run_stops(world)
    assert (order.run_id, order.camera_id, order.lease_id, order.rule) == (RUN, GATE, held.lease_id, "C11")
    (entry,) = [one for one in world.entries() if one.event == "volunteer.stop"]
    assert entry.fields["lease"] == held.lease_id
    answer = leases(world, nonce="b")
    permit = believed(world, answer, nonce="b")
    assert list(permit.references.values()) == ["w1"]
    ((unverified, gallery),) = answer.runs
    assert [one.volunteer_id for one in VolunteerGallery.from_bytes(gallery).references] == ["w1"]
    (withdrawal,) = unverified.withdrawals
    assert _who_withdrew(world, withdrawal) == "w0"
    assert {one.lease_id for one in run_stops(world)} == {held.lease_id}, "the new lease goes on"


def _who_withdrew(world: World, withdrawal: Signed) -> str:
    pinned = world.keys.trusted.of(TrustedRole.GOVERNANCE)
    return ConsentWithdrawal.from_bytes(verified(withdrawal, Purpose.CONSENT_WITHDRAWAL, pinned)).volunteer_id


@pytest.mark.law("C11", "B1")
def test_who_withdraws_leaves_no_template_and_no_key(world: World, dora: AccountId) -> None:
    under_way(world, dora, "w0", "w1")
    assert _objects(world) == 2
    withdraw(world, "w0")
    assert _objects(world) == 1
    assert world.events()[-1] == "erasure.complete"
    with world.governance.database.transaction() as tx:
        assert [one.volunteer_id for one in tx.volunteer_references.where()] == ["w1"]


def _objects(world: World) -> int:
    with world.engine.connect() as connection:
        asked = text("SELECT count(*) FROM objects WHERE data_class = 'volunteer'")
        return int(connection.execute(asked).scalar_one())


@pytest.mark.law("C16")
def test_a_run_that_somebody_ends_is_stopped_at_its_cameras(world: World, dora: AccountId) -> None:
    under_way(world, dora, "w0")
    held = run_lease(leases(world))
    end_run(world.governance, EndRun(actor=dora, run_id=RUN))
    assert [one.lease_id for one in run_stops(world)] == [held.lease_id]
    world.clock.advance(RUN_LEASE_LIMIT)
    assert run_stops(world) == [], "its time is over, and the site's own clocks ended it"


@pytest.mark.law("C16", "A16")
def test_what_may_not_go_on_is_stopped_also_where_nobody_decided_it(world: World, dora: AccountId) -> None:
    under_way(world, dora, "w0")
    leases(world)
    world.governance = replace(world.governance, trusted=replace(world.governance.trusted, admission=None))
    (order,) = run_stops(world)
    assert order.rule == "P4"
    assert len(run_stops(world)) == 1
    assert world.events().count("volunteer.stop") == 1


@pytest.mark.law("B1", "C11")
def test_when_the_run_is_over_no_template_lease_or_refusal_is_left(world: World, dora: AccountId) -> None:
    with told_of_every_write() as ends:
        ends.now = world.clock.now
        world.engine.dispose()
        approved(world, dora, run_papers(world.keys, names=["w0", "w1"]))
        leases(world, nonce="a")
        enrolled(world, "w0", "w1")
        leases(world, nonce="b")
        withdraw(world, "w0")
        assert outliving(world.engine) == set()
        world.clock.at = NOON + HOUR + LATE_SIGHTING
        expire_due(world.governance)
    assert ends.faults == []
    assert {"volunteer_references", "run_leases", "run_refusals"} <= ends.tables
    assert _objects(world) == 0
    with world.governance.database.transaction() as tx:
        assert tx.volunteer_references.where() == ()
        assert tx.run_leases.where() == ()
        (run,) = tx.volunteer_runs.where()
        assert run.withdrawals is None
