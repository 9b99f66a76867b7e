"""The conditions of a lease: all asked, before anything is opened; a refusal is logged when the answer changes."""

from datetime import timedelta
from pathlib import Path

import pytest

from governance.application import lease_conditions
from governance.application.accounts import ChangeShift, change_shift
from governance.application.erase import expire_due
from governance.application.lease_conditions import CONDITIONS, LeaseCase
from governance.domain.decisions import Decision, deny
from governance.domain.events import Event
from governance.domain.identifiers import CameraId
from tests.builders_governance import CAMERAS, World, a_deployment, a_governance, leases

pytestmark = pytest.mark.law("A6", "E6")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def everybody_leaves(world: World, *, back: bool = False) -> None:
    for reviewer in world.people.reviewers:
        change_shift(world.governance, ChangeShift(actor=reviewer, begin=back))


def test_a_refusal_is_logged_when_the_answer_changes_and_opens_nothing(world: World) -> None:
    a_deployment(world)
    everybody_leaves(world)
    opened = world.events().count(Event.OBJECT_READ)
    for number in range(3):
        assert not leases(world, nonce=f"a{number}").authorisations
    assert world.events().count(Event.LEASE_REFUSE) == 1
    assert world.events().count(Event.OBJECT_READ) == opened
    everybody_leaves(world, back=True)
    assert leases(world, nonce="b").authorisations
    everybody_leaves(world)
    assert not leases(world, nonce="c").authorisations
    assert world.events().count(Event.LEASE_REFUSE) == 2


def test_another_reason_is_another_entry(world: World) -> None:
    _, warrant_id = a_deployment(world)
    everybody_leaves(world)
    leases(world, nonce="a")
    world.clock.advance(timedelta(days=2))
    leases(world, nonce="b")
    with world.governance.database.transaction() as tx:
        (refused,) = tx.lease_refusals.where()
        assert refused.rule == "A4"
        assert tx.warrants.get(warrant_id) is not None
    assert world.events().count(Event.LEASE_REFUSE) == 2


@pytest.mark.law("B1")
@pytest.mark.parametrize("late", [timedelta(), timedelta(days=100), timedelta(days=350)])
def test_a_refusal_keeps_no_deployment_that_should_be_gone(world: World, late: timedelta) -> None:
    deployment_id, _ = a_deployment(world)
    everybody_leaves(world)
    world.clock.advance(late)
    leases(world)
    with world.governance.database.transaction() as tx:
        (refused,) = tx.lease_refusals.where()
        assert refused.expires_at <= max(world.clock.now(), tx.deployments.get(deployment_id).expires_at)
    world.clock.advance(timedelta(days=350))
    expire_due(world.governance)
    with world.governance.database.transaction() as tx:
        assert not tx.deployments.where()


def test_a_camera_that_the_deployment_does_not_name_is_asked_about_nothing(world: World) -> None:
    a_deployment(world)
    before = world.events()
    assert not leases(world, camera_id=CAMERAS[5]).authorisations
    assert world.events() == before


@pytest.mark.law("A6")
def test_every_condition_can_stop_the_lease(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    a_deployment(world)
    assert leases(world, nonce="first").authorisations

    def no(_governance: object, _tx: object, case: LeaseCase) -> Decision:
        assert case.camera.camera_id == CameraId(CAMERAS[0])
        return deny("A10", "for this test")

    for place in range(len(CONDITIONS) + 1):
        planted = (*CONDITIONS[:place], no, *CONDITIONS[place:])
        monkeypatch.setattr(lease_conditions, "CONDITIONS", planted)
        assert not leases(world, nonce=f"n{place}").authorisations


def test_no_condition_at_all_lends_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    a_deployment(world)
    monkeypatch.setattr(lease_conditions, "CONDITIONS", ())
    assert not leases(world).authorisations
