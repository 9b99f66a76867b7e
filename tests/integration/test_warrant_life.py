"""The life of a warrant on a real database: who moved it, why, what was taken from it, and that one of two wins."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from governance.application.approve_warrant import ApproveWarrant, RejectWarrant, approve_warrant, reject_warrant
from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.errors import GovernanceError, Refused
from governance.application.narrow_warrant import NarrowWarrant, narrow_warrant
from governance.application.queries import list_warrants, read_warrant
from governance.application.withdraw_warrant import WithdrawWarrant, withdraw_warrant
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.narrowing import NarrowedKind
from governance.domain.roles import Role
from governance.domain.transitions import WITHDRAWN
from governance.domain.warrants import WarrantState
from tests.builders_applications import CAMERAS, PHOTOGRAPH, a_camera_application
from tests.builders_governance import (
    World,
    a_deployment,
    a_governance,
    a_submitted_warrant,
    an_account,
    an_alert,
    an_approved_warrant,
    an_enrolled_warrant,
    an_issued_warrant,
    an_origin,
    leases,
    slot_of,
)

WHY = "The other camera does not see the entrance."


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def state_of(world: World, warrant_id: WarrantId) -> WarrantState:
    with world.governance.database.transaction() as tx:
        return tx.warrants.get(warrant_id).state


# -- who, why, when (A6) ----------------------------------------------------------------------------------------------


@pytest.mark.law("A6")
def test_each_step_of_a_warrant_says_who_when_and_why(world: World) -> None:
    _, warrant_id = a_deployment(world)
    with world.governance.database.transaction() as tx:
        steps = tx.transitions.where(warrant_id=warrant_id)
        kept = [tx.objects.find(step.why) for step in steps if step.why]
    assert [step.after.value for step in steps] == ["drafted", "submitted", "approved", "issued", "active"]
    assert [step.before for step in steps[1:]] == [step.after for step in steps[:-1]]
    people = world.people
    assert [step.actor for step in steps] == [people.applicant] * 2 + [people.legal_officer] * 3
    assert all(kept)
    assert len(kept) == 5


@pytest.mark.law("A6")
def test_the_database_refuses_a_change_of_state_without_who_and_why(world: World) -> None:
    warrant_id = a_submitted_warrant(world)
    with (
        world.engine.begin() as connection,
        pytest.raises(IntegrityError, match=r"by a record of who and why \(A6\)"),
    ):
        connection.execute(text("UPDATE warrants SET state = 'rejected' WHERE warrant_id = :w"), {"w": warrant_id})


@pytest.mark.law("A6")
def test_the_database_refuses_a_way_that_no_warrant_goes(world: World) -> None:
    warrant_id = a_submitted_warrant(world)
    recorded = (
        "INSERT INTO transitions SELECT warrant_id, 2, 'submitted', 'active', NULL, 'A6', NULL, created_at, expires_at"
        " FROM warrants WHERE warrant_id = :w"
    )
    with world.engine.begin() as connection:
        connection.execute(text(recorded), {"w": warrant_id})
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match="no way of a warrant"):
        connection.execute(text("UPDATE warrants SET state = 'active' WHERE warrant_id = :w"), {"w": warrant_id})


@pytest.mark.law("A6")
@pytest.mark.parametrize("why", ["", "   "])
def test_nobody_revokes_refuses_or_withdraws_without_saying_why(world: World, why: str) -> None:
    warrant_id, people = an_approved_warrant(world), world.people
    for attempt in (
        lambda: revoke_warrant(
            world.governance, RevokeWarrant(actor=people.legal_officer, warrant_id=warrant_id, why=why)
        ),
        lambda: reject_warrant(
            world.governance, RejectWarrant(actor=people.legal_officer, warrant_id=warrant_id, why=why)
        ),
        lambda: withdraw_warrant(
            world.governance, WithdrawWarrant(actor=people.applicant, warrant_id=warrant_id, why=why)
        ),
    ):
        with pytest.raises(Refused, match="Say in a sentence why"):
            attempt()
    assert state_of(world, warrant_id) is WarrantState.APPROVED


# -- withdrawing ------------------------------------------------------------------------------------------------------


@pytest.mark.law("B14")
def test_an_applicant_takes_back_their_own_application_and_it_is_erased(world: World) -> None:
    warrant_id = an_approved_warrant(world)
    withdraw_warrant(
        world.governance, WithdrawWarrant(actor=world.people.applicant, warrant_id=warrant_id, why="Found at home.")
    )
    assert state_of(world, warrant_id) is WarrantState.REVOKED
    with world.governance.database.transaction() as tx:
        assert tx.object_ids(warrant=warrant_id) == ()
    assert "warrant.withdraw" in world.events()


@pytest.mark.law("A11", "B14")
def test_what_was_taken_back_reads_so_and_is_counted_apart_from_what_was_revoked(world: World) -> None:
    withdrawn, revoked, rejected = an_approved_warrant(world), an_issued_warrant(world), a_submitted_warrant(world)
    officer = world.people.legal_officer
    withdraw_warrant(
        world.governance, WithdrawWarrant(actor=world.people.applicant, warrant_id=withdrawn, why="Found at home.")
    )
    revoke_warrant(world.governance, RevokeWarrant(actor=officer, warrant_id=revoked, why=WHY))
    reject_warrant(world.governance, RejectWarrant(actor=officer, warrant_id=rejected, why=WHY))
    reads = {withdrawn: WITHDRAWN, revoked: "revoked", rejected: "rejected"}
    assert {one.warrant_id: one.reads for one in list_warrants(world.governance, officer)} == reads
    for warrant_id, word in reads.items():
        page = read_warrant(world.governance, officer, warrant_id).value
        assert (page.line.reads, page.steps[-1].after) == (word, word)
    counted = [world.events().count(f"warrant.{event}") for event in ("withdraw", "revoke", "reject")]
    assert counted == [1, 1, 1]


@pytest.mark.law("B14")
def test_nobody_withdraws_what_is_issued_or_anothers(world: World) -> None:
    warrant_id = an_issued_warrant(world)
    other = an_account(world, "agda", Role.APPLICANT)
    for actor, sentence in ((world.people.applicant, "not withdrawn"), (other, "Only whoever drafted")):
        with pytest.raises(Refused, match=sentence):
            withdraw_warrant(world.governance, WithdrawWarrant(actor=actor, warrant_id=warrant_id, why=WHY))


# -- narrowing (A3, A4) -----------------------------------------------------------------------------------------------


def narrowing(world: World, warrant_id: WarrantId, kind: NarrowedKind, target: str) -> NarrowWarrant:
    return NarrowWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, kind=kind, target=target, why=WHY)


@pytest.mark.law("A4")
def test_a_suspended_camera_is_not_lent_and_the_others_are(world: World) -> None:
    cameras = tuple(a_camera_application(camera) for camera in CAMERAS[:2])
    _, warrant_id = a_deployment(world, cameras=cameras)
    assert leases(world, nonce="before").authorisations
    narrow_warrant(world.governance, narrowing(world, warrant_id, NarrowedKind.CAMERA, CAMERAS[0]))
    assert not leases(world, nonce="after").authorisations
    assert leases(world, camera_id=CAMERAS[1], nonce="other").authorisations
    assert "warrant.narrow" in world.events()


@pytest.mark.law("A3")
def test_a_suspended_slot_loses_its_reference_and_is_not_filled_again(world: World) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    slot = slot_of(world, warrant_id)
    narrow_warrant(world.governance, narrowing(world, warrant_id, NarrowedKind.SLOT, slot))
    with world.governance.database.transaction() as tx:
        (reference,) = tx.references.where(warrant_id=warrant_id)
        assert tx.objects.find(reference.boxes) is None
    command = EnrolReference(
        actor=world.people.enroller, warrant_id=warrant_id, slot_id=slot, photograph=PHOTOGRAPH, origin=an_origin()
    )
    with pytest.raises(Refused, match="only a new warrant"):
        enrol_reference(world.governance, command)


@pytest.mark.law("A3", "A4")
def test_a_warrant_is_narrowed_only_after_its_issue_only_by_what_it_names_and_once(world: World) -> None:
    approved = an_approved_warrant(world)
    with pytest.raises(Refused, match="before its issue one bad slot"):
        narrow_warrant(world.governance, narrowing(world, approved, NarrowedKind.CAMERA, CAMERAS[0]))
    issued = an_issued_warrant(world)
    with pytest.raises(Refused, match="names no such camera"):
        narrow_warrant(world.governance, narrowing(world, issued, NarrowedKind.CAMERA, CAMERAS[5]))
    narrow_warrant(world.governance, narrowing(world, issued, NarrowedKind.CAMERA, CAMERAS[0]))
    with pytest.raises(Refused, match="suspended already"):
        narrow_warrant(world.governance, narrowing(world, issued, NarrowedKind.CAMERA, CAMERAS[0]))


@pytest.mark.law("A4")
def test_the_database_refuses_a_lease_for_a_suspended_camera(world: World) -> None:
    _, warrant_id = a_deployment(world)
    assert leases(world, nonce="before").authorisations
    narrow_warrant(world.governance, narrowing(world, warrant_id, NarrowedKind.CAMERA, CAMERAS[0]))
    with world.engine.begin() as connection:
        columns = [column[1] for column in connection.exec_driver_sql("PRAGMA table_info(leases)")]
    copied = ["'forged'" if column == "lease_id" else column for column in columns]
    again = f"INSERT INTO leases SELECT {', '.join(copied)} FROM leases LIMIT 1"  # noqa: S608 (its own columns)
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match="suspended camera is not lent"):
        connection.execute(text(again))


# -- A8: everything that bears the tag --------------------------------------------------------------------------------


@pytest.mark.law("A8")
def test_a_revocation_erases_as_many_objects_as_the_ledger_held_and_the_receipts_say_so(world: World) -> None:
    an_alert(world)
    with world.governance.database.transaction() as tx:
        (warrant,) = tx.warrants.where()
        held = tx.object_ids(warrant=warrant.warrant_id)
        assert set(held) == set(tx.object_ids())
    before = world.log.size()
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant.warrant_id, why=WHY)
    )
    said = [leaf for leaf in world.leaves()[before:] if leaf.event == "warrant.revoke"]
    done = [leaf for leaf in world.leaves()[before:] if leaf.event == "erasure.complete"]
    assert [leaf.body["count"] for leaf in said] == [len(held)]
    assert sum(int(str(leaf.body["count"])) for leaf in done) == len(held)
    with world.governance.database.transaction() as tx:
        assert tx.object_ids(warrant=warrant.warrant_id) == ()


# -- two at once ------------------------------------------------------------------------------------------------------


def at_once(*attempts: Callable[[], None]) -> list[str]:
    """Let all begin together; return what each was told ("" where it succeeded)."""
    start, told = threading.Barrier(len(attempts)), [""] * len(attempts)

    def run(number: int) -> None:
        start.wait()
        try:
            attempts[number]()
        except GovernanceError as error:
            told[number] = str(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(attempts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return told


def approving(world: World, warrant_id: WarrantId, officer: AccountId) -> None:
    approve_warrant(world.governance, ApproveWarrant(actor=officer, warrant_id=warrant_id))


@pytest.mark.law("B14")
def test_of_two_legal_officers_who_approve_at_once_exactly_one_wins(world: World) -> None:
    second = an_account(world, "lea", Role.LEGAL_OFFICER)
    for _ in range(5):
        warrant_id = a_submitted_warrant(world)
        told = at_once(*(partial(approving, world, warrant_id, one) for one in (world.people.legal_officer, second)))
        assert sorted(told) == ["", "A warrant that is approved cannot become approved."]
        with world.governance.database.transaction() as tx:
            steps = [step.after.value for step in tx.transitions.where(warrant_id=warrant_id)]
        assert steps == ["drafted", "submitted", "approved"]


@pytest.mark.law("A6", "B14")
def test_an_approval_that_races_with_a_withdrawal_ends_in_one_state_and_a_sentence(world: World) -> None:
    for _ in range(5):
        warrant_id = a_submitted_warrant(world)
        officer, applicant = world.people.legal_officer, world.people.applicant
        command = WithdrawWarrant(actor=applicant, warrant_id=warrant_id, why=WHY)
        told = at_once(
            partial(approving, world, warrant_id, officer), partial(withdraw_warrant, world.governance, command)
        )
        assert state_of(world, warrant_id) is WarrantState.REVOKED
        # A withdrawal is good before an approval and after it; an approval only before.
        assert told in (["", ""], ["A warrant that is revoked cannot become approved.", ""])


@pytest.mark.law("A6")
def test_an_approval_that_races_with_a_refusal_has_one_winner(world: World) -> None:
    second = an_account(world, "lea", Role.LEGAL_OFFICER)
    warrant_id = a_submitted_warrant(world)
    command = RejectWarrant(actor=second, warrant_id=warrant_id, why=WHY)
    at_once(
        partial(approving, world, warrant_id, world.people.legal_officer),
        partial(reject_warrant, world.governance, command),
    )
    assert state_of(world, warrant_id) is WarrantState.REJECTED
    with pytest.raises(Refused, match="cannot become approved"):
        approving(world, warrant_id, world.people.legal_officer)
