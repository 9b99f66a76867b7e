"""The conditions of a lease: all asked, before anything is opened; a refusal is logged when the answer changes."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.warrant import Warrant as Act
from governance.application import lease_conditions
from governance.application.accounts import ChangeShift, change_shift
from governance.application.erase import expire_due
from governance.application.journal import Journal
from governance.application.lease_conditions import CONDITIONS, LeaseCase
from governance.application.vault import finish_erasures, intend_erasure
from governance.audit.leaf import KeyRef
from governance.domain.decisions import Decision, deny
from governance.domain.events import Event
from governance.domain.identifiers import CameraId, ObjectId, WarrantId
from tests.builders_applications import CAMERAS
from tests.builders_governance import World, a_deployment, a_governance, leases, slot_of
from tests.builders_warrants import an_amendment, take

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


# -- one warrant's loss is not another's ------------------------------------------------------------------------------


def two_warrants(world: World) -> tuple[WarrantId, WarrantId]:
    """Return two warrants in use at one camera; the first has an amendment."""
    (_, first), (_, second) = a_deployment(world), a_deployment(world, case_reference="CASE-2")
    with world.governance.database.transaction() as tx:
        act = tx.warrants.get(first).act_sha256 or ""
    take(world, an_amendment(world, first, act, slot_of(world, first), b"another picture"))
    return first, second


def lent(world: World, nonce: str) -> set[str]:
    answer = leases(world, nonce=nonce)
    return {Act.from_bytes(one.warrant.payload).warrant_id for one, _ in answer.authorisations}


def object_of(world: World, warrant_id: WarrantId, what: str) -> ObjectId:
    with world.governance.database.transaction() as tx:
        if what == "act":
            found = tx.warrants.get(warrant_id).act
        elif what == "paper":
            found = tx.papers.where(warrant_id=warrant_id)[0].record
        else:
            found = tx.references.where(warrant_id=warrant_id)[0].boxes
    assert found is not None
    return found


@pytest.mark.law("A8", "F3")
@pytest.mark.parametrize("what", ["act", "paper", "boxes"])
def test_what_is_erased_of_one_warrant_ends_its_own_leases_and_no_others(world: World, what: str) -> None:
    first, second = two_warrants(world)
    assert lent(world, "before") == {first, second}
    with world.governance.database.transaction() as tx:
        intend_erasure(world.governance, tx, object_of(world, first, what), reason="decision")
        tx.commit()
    finish_erasures(world.governance)
    assert lent(world, "after") == {second}
    assert world.events().count(Event.LEASE_REFUSE) == 1


@pytest.mark.law("A8", "F3")
@pytest.mark.parametrize("what", ["act", "paper", "boxes"])
def test_a_key_that_is_gone_before_its_row_stops_its_own_warrant_alone(
    world: World, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_warrants(world)
    gone, release = KeyRef.parse(object_of(world, first, what)), Journal.release

    def without(journal: Journal, keys: Any, recorded: Any) -> Any:
        return {key: secret for key, secret in release(journal, keys, recorded).items() if key != gone}

    monkeypatch.setattr(Journal, "release", without)
    for nonce in ("after", "and again"):
        assert lent(world, nonce) == {second}
    assert world.events().count(Event.LEASE_REFUSE) == 1
    with world.governance.database.transaction() as tx:
        assert [refused.rule for refused in tx.lease_refusals.where()] == ["A6"]
