"""A site is told to stop at once, and says by a signed receipt that it did (A6, A8, A16)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.lease_receipts import LeaseReceipts, TakenLease
from contracts.signature import Purpose
from contracts.trust import PinnedKey, TrustedRole
from contracts.vocabulary import SiteId as ContractSiteId
from governance.application import lease_conditions
from governance.application.accept_candidate import AcceptCandidate, accept_candidate
from governance.application.accounts import ChangeShift, change_shift
from governance.application.deployments import RevokeWarrant, SuspendDeployment, revoke_warrant, suspend_deployment
from governance.application.erase import expire_due
from governance.application.errors import NotUnderstood, Refused
from governance.application.lease_conditions import LeaseCase
from governance.application.queries import list_deployments
from governance.application.stop_leases import open_question, stops_for
from governance.application.take_receipts import take_receipts
from governance.domain.decisions import Decision, allow, deny
from governance.domain.deployments import LeaseAccount
from governance.domain.events import Event
from governance.domain.identifiers import DeploymentId, SiteId, WarrantId
from tests.builders_applications import CAMERAS, a_camera_application
from tests.builders_candidates import CROPS, a_report_for
from tests.builders_contracts import SITE, a_signing_key
from tests.builders_governance import World, a_deployment, a_governance, leases
from tests.builders_leases import a_question, an_end, hand_in, lease_of, receipts, stopped

pytestmark = pytest.mark.law("A6", "A8", "A16")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


Stop = Callable[[World, DeploymentId, WarrantId, pytest.MonkeyPatch], None]


def revoked(world: World, _deployment: DeploymentId, warrant: WarrantId, _patch: pytest.MonkeyPatch) -> None:
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )


def suspended(world: World, deployment: DeploymentId, _warrant: WarrantId, _patch: pytest.MonkeyPatch) -> None:
    suspend_deployment(world.governance, SuspendDeployment(actor=world.people.auditor, deployment_id=deployment))


def run_out(world: World, _deployment: DeploymentId, _warrant: WarrantId, _patch: pytest.MonkeyPatch) -> None:
    world.clock.advance(timedelta(days=2))
    expire_due(world.governance)


def nobody_reviews(world: World, _deployment: DeploymentId, _warrant: WarrantId, _patch: pytest.MonkeyPatch) -> None:
    for reviewer in world.people.reviewers[:2]:
        change_shift(world.governance, ChangeShift(actor=reviewer, begin=False))


def a_condition(rule: str) -> Stop:
    """Stand for a condition of another module: budget, notification, evidence."""

    def stop(_world: World, _deployment: DeploymentId, _warrant: WarrantId, patch: pytest.MonkeyPatch) -> None:
        planted = (*lease_conditions.CONDITIONS, lambda *_: deny(rule, "for this test"))
        patch.setattr(lease_conditions, "CONDITIONS", planted)

    return stop


def list_over(world: World, _deployment: DeploymentId, _warrant: WarrantId, patch: pytest.MonkeyPatch) -> None:
    trusted = world.governance.trusted
    assert trusted.issuers is not None
    ended = replace(trusted, issuers=replace(trusted.issuers, expires_at=world.clock.now()))
    patch.setattr(world, "governance", replace(world.governance, trusted=ended))


STOPS: dict[str, tuple[Stop, str]] = {
    "revocation": (revoked, "A6"),
    "suspension": (suspended, "A6"),
    "too few reviewers": (nobody_reviews, "E6"),
    "list of issuers over": (list_over, "P1"),
    "budget used up": (a_condition("C5"), "C5"),
    "notification undelivered": (a_condition("A10"), "A10"),
    "evidence expired": (a_condition("B7"), "B7"),
}


@pytest.mark.parametrize("reason", STOPS)
def test_whatever_stops_it_the_site_is_told_at_once_and_nothing_more_is_lent(
    world: World, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, rule = STOPS[reason]
    deployment, warrant = a_deployment(world)
    lease = lease_of(leases(world))
    assert stopped(world) == []
    stop(world, deployment, warrant, monkeypatch)
    (order,) = stopped(world)
    assert (order.deployment_id, order.camera_id, order.rule) == (lease.deployment_id, lease.camera_id, rule)
    assert not leases(world, nonce="n2").authorisations
    assert world.events().count(Event.LEASE_STOP) == 1


def test_a_warrant_that_runs_out_ends_its_lease_by_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment, warrant = a_deployment(world)
    leases(world)
    run_out(world, deployment, warrant, monkeypatch)
    assert stopped(world) == []
    assert not leases(world, nonce="n2").authorisations


def test_an_order_is_repeated_until_the_receipt_is_there_and_logged_once(world: World) -> None:
    deployment, _ = a_deployment(world)
    lease = lease_of(leases(world))
    suspend_deployment(world.governance, SuspendDeployment(actor=world.people.auditor, deployment_id=deployment))
    assert len(stopped(world)) == len(stopped(world)) == 1
    assert world.events().count(Event.LEASE_STOP) == 1
    assert hand_in(world, an_end(lease, world.clock.now())) == 1
    assert stopped(world) == []


def test_the_order_goes_out_although_the_log_cannot_be_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment, _ = a_deployment(world)
    leases(world)
    suspend_deployment(world.governance, SuspendDeployment(actor=world.people.auditor, deployment_id=deployment))
    world.centre.log.stop()
    assert len(stops_for(world.governance, SiteId(SITE))) == 1


def test_a_question_is_answered_once_and_only_to_the_site(world: World) -> None:
    question = a_question(world, nonce="a" * 64)
    open_question(world.governance, question)
    with pytest.raises(Refused):
        open_question(world.governance, question)
    with pytest.raises(Refused):
        open_question(world.governance, a_question(world, asked_at=world.clock.now() - timedelta(minutes=3)))
    with pytest.raises(NotUnderstood):
        open_question(world.governance, replace(question, signature=bytes(64)))
    with pytest.raises(NotUnderstood):
        open_question(world.governance, world.keys.governance.sign(Purpose.STOP_POLL, question.payload))


# -- receipts ---------------------------------------------------------------------------------------------------------


def test_each_lease_is_acknowledged_and_ended_once(world: World) -> None:
    a_deployment(world)
    answer = leases(world)
    lease, signed = lease_of(answer), answer.authorisations[0][0].lease
    taken = TakenLease(lease_id=lease.lease_id, lease_sha256=signed.sha256)
    end = an_end(lease, world.clock.now())
    assert hand_in(world, end, taken=(taken,)) == 2
    assert hand_in(world, an_end(lease, world.clock.now(), comparisons=0), taken=(taken,)) == 0
    with world.governance.database.transaction() as tx:
        (kept,) = tx.leases.where()
    assert (kept.comparisons, kept.last_compared_at) == (3, end.last_compared_at)
    assert world.events().count(Event.LEASE_ACKNOWLEDGE) == world.events().count(Event.LEASE_END) == 1


def test_what_was_not_lent_or_is_not_what_was_lent_is_passed_over(world: World) -> None:
    a_deployment(world)
    lease = lease_of(leases(world))
    nobodys = replace(an_end(lease, world.clock.now()), lease_id="of-nobody")
    other = TakenLease(lease_id=lease.lease_id, lease_sha256="0" * 64)
    assert hand_in(world, nobodys, taken=(other,)) == 0
    forged = replace(receipts(world, an_end(lease, world.clock.now())), signature=bytes(64))
    with pytest.raises(NotUnderstood):
        take_receipts(world.governance, forged)


def test_another_site_cannot_sign_for_this_sites_lease(world: World) -> None:
    a_deployment(world)
    lease = lease_of(leases(world))
    other = a_signing_key("another site")
    pinned = PinnedKey(role=TrustedRole.SITE, name="site-2", public=other.public, demo=False)
    trusted = replace(world.governance.trusted, keys=(*world.governance.trusted.keys, pinned))
    record = LeaseReceipts(
        site_id=ContractSiteId("site-2"),
        taken=(),
        ended=(an_end(lease, world.clock.now()),),
        written_at=world.clock.now(),
    )
    signed = other.sign(Purpose.LEASE_RECEIPTS, record.to_bytes())
    assert take_receipts(replace(world.governance, trusted=trusted), signed) == 0
    assert hand_in(world, an_end(lease, world.clock.now())) == 1


def test_a_comparison_after_the_lease_shows_in_the_log(world: World) -> None:
    a_deployment(world)
    lease = lease_of(leases(world))
    hand_in(world, an_end(lease, world.clock.now(), last=lease.expires_at + timedelta(seconds=2)))
    (entry,) = [one for one in world.entries() if one.event == Event.LEASE_END]
    assert (entry.fields["allowed"], entry.fields["rule"]) == (False, "A6")


def test_a_candidate_captured_after_the_stop_is_refused(world: World) -> None:
    deployment, _ = a_deployment(world)
    answer = leases(world)
    suspend_deployment(world.governance, SuspendDeployment(actor=world.people.auditor, deployment_id=deployment))
    stopped(world)
    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(Refused) as refused:
        accept_candidate(world.governance, AcceptCandidate(report=a_report_for(answer, world), crops=CROPS))
    assert refused.value.rule == "A8"


# -- what the database itself refuses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE leases SET ended_at = ended_at - 1",
        "UPDATE leases SET comparisons = 0",
        "UPDATE leases SET ended_at = NULL",
    ],
)
def test_the_database_refuses_another_end_of_a_lease(world: World, change: str) -> None:
    a_deployment(world)
    hand_in(world, an_end(lease_of(leases(world)), world.clock.now()))
    with pytest.raises(IntegrityError, match="does not change"), world.engine.begin() as connection:
        connection.execute(text(change))


def test_the_database_refuses_a_lease_of_what_does_not_run(world: World) -> None:
    a_deployment(world)
    leases(world)
    copy = (
        "INSERT INTO leases SELECT 'another', deployment_id, warrant_id, site_id, camera_id, day_key_sha256,"
        " gallery_sha256, record, ends_at, acknowledged_at, stopped_at, stopped_by, ended_at, last_compared_at,"
        " comparisons, end_receipt, created_at, expires_at FROM leases"
    )
    names = (
        "(lease_id, deployment_id, warrant_id, site_id, camera_id, day_key_sha256, gallery_sha256, record, ends_at,"
        " acknowledged_at, stopped_at, stopped_by, ended_at, last_compared_at, comparisons, end_receipt, created_at,"
        " expires_at)"
    )
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE deployments SET state = 'suspended'"))
    with pytest.raises(IntegrityError, match="running"), world.engine.begin() as connection:
        connection.execute(text(copy.replace("leases SELECT", f"leases {names} SELECT", 1)))


def test_another_camera_of_the_site_is_not_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    a_deployment(world, cameras=(a_camera_application(CAMERAS[0]), a_camera_application(CAMERAS[1])))
    leases(world, nonce="a")
    leases(world, camera_id=CAMERAS[1], nonce="b")

    def no_sign(_governance: object, _tx: object, case: LeaseCase) -> Decision:
        return deny("C9", "No sign.") if case.camera.camera_id == CAMERAS[0] else allow("C9")

    monkeypatch.setattr(lease_conditions, "CONDITIONS", (*lease_conditions.CONDITIONS, no_sign))
    assert [order.camera_id for order in stopped(world)] == [CAMERAS[0]]


def test_the_page_says_when_all_has_stopped_by_receipts(world: World) -> None:
    deployment, _ = a_deployment(world)
    first, second = lease_of(leases(world)), lease_of(leases(world, nonce="n2"))

    def account() -> LeaseAccount:
        (line,) = list_deployments(world.governance, world.people.auditor)
        return line.leases

    assert (account().issued, account().running, account().without_receipt) == (2, 2, 0)
    suspend_deployment(world.governance, SuspendDeployment(actor=world.people.auditor, deployment_id=deployment))
    hand_in(world, an_end(first, world.clock.now()))
    assert account().running == 1
    world.clock.advance(timedelta(seconds=60))
    assert (account().running, account().without_receipt) == (0, 1)
    hand_in(world, an_end(second, world.clock.now(), comparisons=0))
    assert (account().running, account().without_receipt, account().comparisons) == (0, 0, 3)
    assert account().last_compared_at == first.issued_at


def test_the_page_says_why_nothing_is_compared(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment, warrant = a_deployment(world)
    nobody_reviews(world, deployment, warrant, monkeypatch)
    leases(world)
    (line,) = list_deployments(world.governance, world.people.auditor)
    (refusal,) = line.refusals
    assert refusal.startswith("E6: Fewer than two reviewers")
