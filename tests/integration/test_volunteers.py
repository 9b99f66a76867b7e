"""Seeded volunteers from the proposal to the counted numbers, on a real database and a real log (C11, C16)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from contracts.model_profile import ProfileClass
from contracts.run_papers import Declared, RunPapers
from contracts.signature import Purpose
from contracts.trust import TrustedRole
from contracts.vocabulary import CameraClass, CameraId, SiteId
from contracts.vocabulary import VolunteerId as ContractVolunteerId
from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.end_volunteer_run import EndRun, WithdrawVolunteer, end_run, withdraw_volunteer
from governance.application.erase import expire_due
from governance.application.errors import BadInput, Conflict, NotFound, NotUnderstood, Refused
from governance.application.seeded_passes import take_sightings
from governance.application.suspend_admission import SuspendAdmission, suspend_admission
from governance.application.volunteer_queries import RunLine, list_runs
from governance.application.volunteer_runs import ApproveRun, ProposeRun, approve_run, propose_run
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, VolunteerId, WarrantId
from governance.domain.roles import Role
from governance.domain.volunteers import LATE_SIGHTING, RunState
from tests.builders_applications import CAMERAS, PHOTOGRAPH
from tests.builders_contracts import NOON, PROFILE, a_hash, a_signing_key, an_admission, an_envelope
from tests.builders_ends import outliving, told_of_every_write
from tests.builders_governance import World, a_deployment, a_governance, an_account, an_enrolled_warrant
from tests.builders_seeded import (
    GATE,
    MEN,
    MINUTE,
    WOMEN,
    announced,
    approved,
    proposed,
    run_papers,
    seen,
    sightings,
)
from tests.builders_volunteers import HOUR, RUN, a_closure, a_consent


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


@pytest.fixture
def dora(world: World) -> AccountId:
    return an_account(world, "dora", Role.DATA_PROTECTION_OFFICER)


def line(world: World) -> RunLine:
    (one,) = list_runs(world.governance, world.people.auditor)
    return one


def numbers(world: World, parted_by: str) -> list[tuple[str, int, int, int]]:
    return [
        (one.result.group_name, one.result.volunteers, one.result.announced, one.result.found)
        for one in line(world).results
        if one.result.parted_by == parted_by and not one.result.withheld
    ]


def seeded(world: World, dora: AccountId) -> None:
    """Ten volunteers pass once each; every woman is found, and two of the five men."""
    approved(world, dora)
    for name in (*WOMEN, *MEN):
        announced(world, name, at=10)
    world.clock.advance(12 * MINUTE)
    seen(world, *WOMEN, *MEN[:2], at=11)


@pytest.mark.law("C11")
def test_what_is_found_is_counted_by_who_volunteers_say_they_are_and_what_is_not_found_too(
    world: World, dora: AccountId
) -> None:
    seeded(world, dora)
    world.clock.at = NOON + HOUR + LATE_SIGHTING
    expire_due(world.governance)
    assert numbers(world, "all") == [("all", 10, 10, 7)]
    assert numbers(world, "sex") == [("man", 5, 5, 2), ("woman", 5, 5, 5)]
    (everybody, *_) = [one for one in line(world).results if one.result.parted_by == "all"]
    assert everybody.rate == 0.7
    # 7 of 10, from Clopper and Pearson's table.
    assert everybody.interval is not None
    assert (everybody.interval.lower, everybody.interval.upper) == pytest.approx((0.34755, 0.93326), abs=1e-5)
    (entry,) = [one for one in world.entries() if one.event == "volunteer.end"]
    assert (entry.fields["count"], entry.fields["candidates"]) == (10, 7)
    assert len(str(entry.fields["document"])) == 64


@pytest.mark.law("C11", "B1")
def test_when_the_run_is_over_everybody_is_forgotten_and_the_numbers_stay(world: World, dora: AccountId) -> None:
    with told_of_every_write() as ends:
        ends.now = world.clock.now
        world.engine.dispose()
        seeded(world, dora)
        assert outliving(world.engine) == set()
        world.clock.at = NOON + HOUR + LATE_SIGHTING
        expire_due(world.governance)
    assert ends.faults == []
    assert {"volunteers", "volunteer_runs", "seeded_passes", "seeded_results"} <= ends.tables
    with world.engine.connect() as connection:
        left = {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 (ours)
            for table in ("volunteers", "seeded_passes")
        }
        papers = connection.execute(text("SELECT papers FROM volunteer_runs")).scalar_one()
    assert left == {"volunteers": 0, "seeded_passes": 0}
    assert bytes(papers) == b"forgotten"
    world.clock.at = NOON + timedelta(days=39)
    expire_due(world.governance)
    with world.governance.database.transaction() as tx:
        assert tx.volunteer_runs.where() == ()
        assert tx.seeded_results.where() != ()
    world.clock.at = NOON + timedelta(days=366)
    expire_due(world.governance)
    with world.governance.database.transaction() as tx:
        assert tx.seeded_results.where() == ()


@pytest.mark.law("C5", "C7", "C11")
def test_no_hit_of_a_volunteer_is_an_alert_a_charge_or_a_passage(world: World, dora: AccountId) -> None:
    warrant_id, act = inside(world)
    approved(world, dora, run_papers(world.keys, act_sha256=act))
    with world.governance.database.transaction() as tx:
        before = tx.alerts.where(), tx.charges.where(), tx.budgets.where(), tx.counts.where()
    announced(world, "w0", at=10)
    world.clock.advance(12 * MINUTE)
    seen(world, "w0", "m0", at=11)
    with world.governance.database.transaction() as tx:
        assert (tx.alerts.where(), tx.charges.where(), tx.budgets.where(), tx.counts.where()) == before
        assert tx.hand_offs.where() == ()
        assert tx.reviews.where() == ()
        assert tx.warrants.get(warrant_id).state.value == "active"
    assert not [event for event in world.events() if event.startswith(("candidate.", "lead.", "hand-off."))]


@pytest.mark.law("C11", "C3")
def test_whoever_is_taken_for_a_volunteer_is_a_number_and_nothing_else(world: World, dora: AccountId) -> None:
    approved(world, dora)
    announced(world, "w0", at=10)
    world.clock.advance(30 * MINUTE)
    seen(world, "w0", "m1", at=25)
    with world.governance.database.transaction() as tx:
        (run,) = tx.volunteer_runs.where()
        assert run.unannounced == 2
        (made,) = tx.seeded_passes.where()
        assert not made.found
    (entry,) = [one for one in world.entries() if one.event == "volunteer.sight"]
    assert "volunteer" not in entry.fields
    assert entry.fields["count"] == 2


@pytest.mark.law("C11")
def test_a_volunteer_who_withdraws_is_gone_at_once_from_list_and_numbers(world: World, dora: AccountId) -> None:
    seeded(world, dora)
    world.clock.advance(10 * MINUTE)
    withdraw_volunteer(world.governance, WithdrawVolunteer(actor=dora, volunteer_id=VolunteerId("m0")))
    with world.governance.database.transaction() as tx:
        assert tx.volunteers.find(VolunteerId("m0")) is None
        assert tx.seeded_passes.where(volunteer_id="m0") == ()
    with pytest.raises(Refused):
        announced(world, "m0", at=30)
    end_run(world.governance, EndRun(actor=dora, run_id=RUN))
    # m0 had been found; and four men are too few to be told apart.
    assert numbers(world, "all") == [("all", 9, 9, 6)]
    assert numbers(world, "sex") == []
    assert line(world).run.withdrew == 1


@pytest.mark.law("C11", "C16")
def test_when_the_last_volunteer_withdraws_the_run_is_over(world: World, dora: AccountId) -> None:
    approved(world, dora, run_papers(world.keys, names=["w0"]))
    auditor = world.people.auditor
    withdraw_volunteer(world.governance, WithdrawVolunteer(actor=auditor, volunteer_id=VolunteerId("w0")))
    assert line(world).run.state is RunState.ENDED
    with pytest.raises(NotFound):
        withdraw_volunteer(world.governance, WithdrawVolunteer(actor=auditor, volunteer_id=VolunteerId("w0")))


@pytest.mark.law("B14", "C16")
def test_a_run_needs_two_people_of_their_roles(world: World, dora: AccountId) -> None:
    with pytest.raises(Refused):
        propose_run(world.governance, ProposeRun(actor=dora, papers=run_papers(world.keys)))
    run_id = proposed(world)
    with pytest.raises(Refused):
        announced(world, "w0", at=10)
    for actor in (world.people.legal_officer, world.people.reviewers[0], world.people.applicant):
        with pytest.raises(Refused):
            approve_run(world.governance, ApproveRun(actor=actor, run_id=run_id))
    approve_run(world.governance, ApproveRun(actor=dora, run_id=run_id))
    with pytest.raises(Refused):
        approve_run(world.governance, ApproveRun(actor=dora, run_id=run_id))
    with pytest.raises(Conflict):
        proposed(world)
    with pytest.raises(Refused):
        list_runs(world.governance, world.people.reviewers[0])


def inside(world: World) -> tuple[WarrantId, str]:
    """Return a warrant in use, and its act's hash."""
    _, warrant_id = a_deployment(world)
    with world.governance.database.transaction() as tx:
        act = tx.warrants.get(warrant_id).act_sha256
    assert act is not None
    return warrant_id, act


@pytest.mark.law("C16")
def test_inside_a_warrant_a_run_ends_with_it(world: World, dora: AccountId) -> None:
    warrant_id, act = inside(world)
    approved(world, dora, run_papers(world.keys, act_sha256=act))
    officer = world.people.legal_officer
    revoke_warrant(world.governance, RevokeWarrant(actor=officer, warrant_id=warrant_id, why="It is over."))
    expire_due(world.governance)
    assert line(world).run.state is RunState.ENDED
    assert line(world).volunteers == ()


@pytest.mark.law("C16")
def test_a_warrant_that_ended_meanwhile_lets_no_run_begin(world: World, dora: AccountId) -> None:
    warrant_id, act = inside(world)
    run_id = proposed(world, run_papers(world.keys, act_sha256=act))
    officer = world.people.legal_officer
    revoke_warrant(world.governance, RevokeWarrant(actor=officer, warrant_id=warrant_id, why="It is over."))
    with pytest.raises(Refused, match="not in use"):
        approve_run(world.governance, ApproveRun(actor=dora, run_id=run_id))


REFUSED = {
    "an open site": ("C16", {"closure": a_closure(cameras=(CameraId(CAMERAS[1]),))}),
    "a site that opens before the run is over": (
        "C16",
        {"closure": a_closure(cameras=(CameraId(CAMERAS[0]),), closed_until=NOON + HOUR - MINUTE)},
    ),
    "a warrant that nobody issued": ("C16", {"act_sha256": a_hash("no act")}),
    "a camera that is in no register": ("C16", {"cameras": (CameraId("elsewhere"),)}),
    "another model": ("C11", {"profile_sha256": a_hash("another")}),
    "a consent that ends too soon": ("C11", {"consents": (a_consent("w0", until=NOON + MINUTE),), "names": ["w0"]}),
    "a consent to another run": ("C11", {"consents": (a_consent("w0", run_id="run-2"),), "names": ["w0"]}),
}


@pytest.mark.law("C11", "C16")
@pytest.mark.parametrize("what", REFUSED)
def test_nothing_is_planned_on(what: str, world: World) -> None:
    rule, changes = REFUSED[what]
    with pytest.raises(Refused):
        proposed(world, run_papers(world.keys, **changes))
    refusals = [one.leaf.body for one in world.entries() if one.event == "volunteer.refuse"]
    assert {(one["rule"], one["allowed"]) for one in refusals} == {(rule, False)}
    with world.governance.database.transaction() as tx:
        assert tx.volunteer_runs.where() == ()
        assert tx.volunteers.where() == ()


@pytest.mark.law("C16")
@pytest.mark.parametrize("by", ["photograph", "reference"])
def test_a_wanted_person_is_on_no_blue_list(by: str, world: World) -> None:
    _, reference_id = an_enrolled_warrant(world)
    changes = (
        {"photograph_sha256": sha256(PHOTOGRAPH).hexdigest()} if by == "photograph" else {"reference_id": reference_id}
    )
    papers = run_papers(world.keys, names=["w0"], consents=[a_consent("w0", **changes)])
    with pytest.raises(Refused, match="looked for under a warrant"):
        proposed(world, papers)


@pytest.mark.law("C16")
def test_whoever_is_wanted_since_the_proposal_lets_no_run_begin(world: World, dora: AccountId) -> None:
    picture = sha256(PHOTOGRAPH).hexdigest()
    run_id = proposed(
        world, run_papers(world.keys, names=["w0"], consents=[a_consent("w0", photograph_sha256=picture)])
    )
    an_enrolled_warrant(world)
    with pytest.raises(Refused, match="looked for under a warrant"):
        approve_run(world.governance, ApproveRun(actor=dora, run_id=run_id))


def held_to(world: World, **envelope: Any) -> None:
    """Let another evaluation admit the profile, with this envelope."""
    trusted = replace(world.governance.trusted, admission=an_admission(envelope=an_envelope(**envelope)))
    world.governance = replace(world.governance, trusted=trusted)


def admitted_by_nothing(world: World) -> None:
    world.governance = replace(world.governance, trusted=replace(world.governance.trusted, admission=None))


SINCE: dict[str, Callable[[World], object]] = {
    "nothing admits it": admitted_by_nothing,
    "it is suspended": lambda world: suspend_admission(world.governance, SuspendAdmission(actor=world.people.auditor)),
    "fewer persons were tested": lambda world: held_to(world, tested_list=8),
    "another kind of camera was tested": lambda world: held_to(world, camera_classes=(CameraClass.HALL,)),
    "other ages were tested": lambda world: held_to(world, age_bands=("40-64",)),
    "fewer hours were tested": lambda world: held_to(world, camera_hours_a_day=23),
}


@pytest.mark.law("C16", "P4")
@pytest.mark.parametrize("change", SINCE.values(), ids=SINCE)
@pytest.mark.parametrize("profile_class", [ProfileClass.OPERATIONAL, ProfileClass.TRIAL])
def test_what_is_not_admitted_is_neither_planned_nor_approved(
    change: Callable[[World], object], profile_class: ProfileClass, world: World, dora: AccountId
) -> None:
    run_id = proposed(world)
    change(world)
    if profile_class is ProfileClass.TRIAL:
        for_trials(world)
    with pytest.raises(Refused) as refused:
        approve_run(world.governance, ApproveRun(actor=dora, run_id=run_id))
    assert {one.rule for one in refused.value.decisions} <= {"P4", "C13"}
    with pytest.raises(Refused):
        proposed(world, run_papers(world.keys, run_id="run-2"))


def for_trials(world: World) -> None:
    """Let all keys here be for trials, and what is admitted too."""
    governance, admission = world.governance, world.governance.trusted.admission
    trial = admission and replace(admission, profile_class=ProfileClass.TRIAL)
    keys = tuple(replace(one, demo=True, trial=True) for one in governance.trusted.keys)
    world.governance = replace(
        governance,
        demo=True,
        environment=ProfileClass.TRIAL,
        model=replace(PROFILE, profile_class=ProfileClass.TRIAL),
        trusted=replace(governance.trusted, keys=keys, admission=trial),
    )


@pytest.mark.law("C16", "P4")
def test_inside_what_was_tested_a_trial_is_approved(world: World, dora: AccountId) -> None:
    for_trials(world)
    approved(world, dora)
    assert line(world).run.state is RunState.APPROVED


@pytest.mark.law("P1")
def test_keys_for_trials_and_for_real_use_are_not_combined(world: World) -> None:
    papers = run_papers(world.keys)
    keys = tuple(
        replace(one, demo=True, trial=True) if one.role is TrustedRole.REGION else one
        for one in world.governance.trusted.keys
    )
    world.governance = replace(world.governance, trusted=replace(world.governance.trusted, keys=keys))
    with pytest.raises(NotUnderstood, match="combined"):
        proposed(world, papers)


@pytest.mark.law("C16", "P4")
def test_a_run_counts_with_every_list_and_every_other_run_at_its_cameras(world: World, dora: AccountId) -> None:
    first, second = WOMEN, MEN[:4]
    held_to(world, tested_list=8)
    run_id = proposed(world, run_papers(world.keys, names=second, run_id="run-2"))
    approved(world, dora, run_papers(world.keys, names=first))
    with pytest.raises(Refused, match="8 persons"):
        approve_run(world.governance, ApproveRun(actor=dora, run_id=run_id))
    held_to(world, tested_list=9)
    a_deployment(world)
    held_to(world, tested_list=8)
    end_run(world.governance, EndRun(actor=dora, run_id=RUN))
    approve_run(world.governance, ApproveRun(actor=dora, run_id=run_id))
    with pytest.raises(Refused, match="8 persons"):
        proposed(world, run_papers(world.keys, names=[f"x{one}" for one in range(4)], run_id="run-3"))
    held_to(world, tested_list=9)
    proposed(world, run_papers(world.keys, names=[f"x{one}" for one in range(4)], run_id="run-3"))


@pytest.mark.law("B8", "C16")
def test_a_camera_that_became_a_care_area_lets_no_run_begin(world: World, dora: AccountId) -> None:
    run_id = proposed(world)
    with world.governance.database.transaction() as tx:
        tx.cameras.save(replace(tx.cameras.get(GATE), care_area=True))
        tx.log.append(Event.CAMERA_REGISTER, {"camera": GATE})
        tx.commit()
    with pytest.raises(Refused, match="cared for"):
        approve_run(world.governance, ApproveRun(actor=dora, run_id=run_id))


@pytest.mark.law("C16", "P1")
def test_nobody_but_the_trustee_signs_a_list_and_nobody_but_the_region_closes_a_site(world: World) -> None:
    for signer in (world.keys.governance, world.keys.issuer, world.keys.region, a_signing_key("stranger")):
        with pytest.raises(NotUnderstood):
            proposed(world, run_papers(world.keys, signer=signer))
    papers = run_papers(world.keys)
    assert papers.closure is not None
    closed_by_police = world.keys.governance.sign(Purpose.SITE_CLOSURE, papers.closure.payload)
    for bad in (
        replace(papers, closure=closed_by_police),
        replace(papers, closure=None),
        replace(papers, consents=papers.consents[1:]),
    ):
        with pytest.raises(NotUnderstood):
            proposed(world, bad)


@pytest.mark.law("C11")
def test_what_volunteers_say_of_themselves_is_of_a_closed_list_of_themselves_and_for_no_site(
    world: World,
) -> None:
    for name, sex in (("w0", "no such word"), ("stranger", "woman")):
        said = Declared(volunteer_id=ContractVolunteerId(name), sex=sex, age=None, skin=None)
        with pytest.raises(BadInput):
            proposed(world, run_papers(world.keys, declared=[said]))
    proposed(world)
    with world.governance.database.transaction() as tx:
        (run,) = tx.volunteer_runs.where()
    assert RunPapers.from_bytes(run.papers).declared == ()


@pytest.mark.law("C11", "P1")
def test_a_sites_record_counts_once_for_a_run_of_its_own(world: World, dora: AccountId) -> None:
    approved(world, dora)
    announced(world, "w0", at=10)
    world.clock.advance(12 * MINUTE)
    now = world.clock.now()
    record = sightings(world.keys, now, ("w0", NOON + 11 * MINUTE))
    take_sightings(world.governance, record)
    with pytest.raises(Refused, match="answered before"):
        take_sightings(world.governance, record)
    for changes in ({"run_id": "run-2"}, {"camera_id": CameraId(CAMERAS[1])}):
        with pytest.raises(Refused):
            take_sightings(world.governance, sightings(world.keys, now, nonce=a_hash(str(changes)), **changes))
    with pytest.raises(NotUnderstood):
        take_sightings(world.governance, sightings(world.keys, now, site_id=SiteId("site-2")))


@pytest.mark.law("C11")
def test_nobody_is_told_who_was_found_before_the_run_is_over(world: World, dora: AccountId) -> None:
    seeded(world, dora)
    one = line(world)
    assert one.results == ()
    assert "found" not in {name for volunteer in one.volunteers for name in volunteer.__slots__}
    assert sum(volunteer.announced for volunteer in one.volunteers) == 10


@pytest.mark.law("C11")
def test_what_was_seen_of_who_withdrew_or_was_never_of_the_run_is_in_no_number(world: World, dora: AccountId) -> None:
    approved(world, dora)
    withdraw_volunteer(world.governance, WithdrawVolunteer(actor=dora, volunteer_id=VolunteerId("w0")))
    now = world.clock.now()
    take_sightings(world.governance, sightings(world.keys, now, ("w0", now), ("somebody", now), ("w1", now)))
    assert line(world).run.unannounced == 1


@pytest.mark.law("P4")
@pytest.mark.parametrize("trial", [False, True])
def test_a_site_whose_key_is_for_another_use_tells_nothing(
    world: World,
    dora: AccountId,
    trial: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    approved(world, dora)
    trusted, now = world.governance.trusted, world.clock.now()
    keys = tuple(replace(one, demo=True, trial=trial) if one.role is TrustedRole.SITE else one for one in trusted.keys)
    elsewhere = replace(world.governance, trusted=replace(trusted, keys=keys))
    with pytest.raises(NotUnderstood, match="another use"):
        take_sightings(elsewhere, sightings(world.keys, now))
    take_sightings(world.governance, sightings(world.keys, now))
