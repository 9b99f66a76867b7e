"""Urgent warrants on a real database: two officers, the supervisor's answer, silence that rejects, and A8's erasure."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from contracts.canonical import sha256_hex
from contracts.issued_act import ActPapers, believed_act
from contracts.lease_request import LeaseRequest
from contracts.signature import Purpose, Signed
from contracts.trust import TrustedRole
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.vocabulary import SiteId as ContractSiteId
from governance.adapters.db.guards import create_guards, drop_guards
from governance.adapters.db.tables import LEASES
from governance.application.approve_warrant import ApproveWarrant, approve_warrant
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.erase import expire_due
from governance.application.errors import Conflict, NotUnderstood, Refused
from governance.application.issue_warrant import ImportWarrant, import_warrant
from governance.application.queries import read_warrant
from governance.application.register_urgent import RegisterUrgent, register_urgent
from governance.application.take_paper import TakePaper, take_paper
from governance.application.tell_endings import endings_for
from governance.domain.identifiers import WarrantId
from governance.domain.warrants import WarrantState
from matcher.stopped import StoppedWarrants
from tests.builders_contracts import a_signing_key
from tests.builders_governance import (
    World,
    a_deployment,
    a_governance,
    a_request,
    a_submitted_warrant,
    an_issued_warrant,
    another_alert,
    leases,
    slot_of,
)
from tests.builders_warrants import (
    a_begun_urgent,
    a_clearance,
    a_receipt,
    a_rejection,
    a_revocation,
    an_amendment,
    an_approved_urgent,
    an_urgent_application,
    an_urgent_deployment,
    come_on_shift,
    take,
    two_officers,
)
from tests.builders_watchlist import an_origin

HOUR = timedelta(hours=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def state_of(world: World, warrant_id: WarrantId) -> WarrantState:
    with world.governance.database.transaction() as tx:
        return tx.warrants.get(warrant_id).state


def act_of(world: World, warrant_id: WarrantId) -> str:
    with world.governance.database.transaction() as tx:
        return tx.warrants.get(warrant_id).act_sha256 or ""


# -- beginning --------------------------------------------------------------------------------------------------------


@pytest.mark.law("A7")
def test_two_officers_begin_an_urgent_warrant_and_the_site_believes_it(world: World) -> None:
    an_urgent_deployment(world)
    answer = leases(world)
    ((unverified, _),) = answer.authorisations
    papers = ActPapers(warrant=unverified.warrant, countersignature=unverified.countersignature)
    act = believed_act(papers, world.keys.trusted, world.clock.now())
    assert act.ends_at == world.clock.now() + 24 * HOUR


@pytest.mark.law("A7")
def test_one_officer_or_one_twice_begins_nothing(world: World) -> None:
    warrant_id, act = an_approved_urgent(world)
    signed, second = two_officers(world, act)
    actor = world.people.legal_officer
    with pytest.raises(NotUnderstood, match="second officer"):
        import_warrant(world.governance, ImportWarrant(actor=actor, record=signed))
    same = world.keys.officers[0].sign(Purpose.COUNTERSIGNATURE, second.payload)
    with pytest.raises(NotUnderstood):
        import_warrant(world.governance, ImportWarrant(actor=actor, record=signed, countersignature=same))
    assert state_of(world, warrant_id) is WarrantState.APPROVED


@pytest.mark.law("A7")
def test_the_database_refuses_an_urgent_warrant_without_a_second_officer(world: World) -> None:
    warrant_id, _ = an_approved_urgent(world)
    with world.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO transitions SELECT warrant_id, 3, 'approved', 'issued', NULL, 'A6', NULL, created_at,"
                " expires_at FROM warrants WHERE warrant_id = :w"
            ),
            {"w": warrant_id},
        )
    forged = "UPDATE warrants SET state = 'issued', signature = 'x', signature_key = 'k' WHERE warrant_id = :w"
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match=r"second officer \(A7\)"):
        connection.execute(text(forged), {"w": warrant_id})


@pytest.mark.law("A7")
def test_without_the_supervisors_yes_nothing_urgent_is_approved(world: World) -> None:
    warrant_id = an_urgent_application(world)
    command = ApproveWarrant(actor=world.people.legal_officer, warrant_id=warrant_id)
    with pytest.raises(Refused, match="supervisor has not answered"):
        approve_warrant(world.governance, command)
    with pytest.raises(Refused, match="within 30 days"):
        take(world, a_clearance(world, warrant_id, cleared=False))
    forged = a_signing_key("governance").sign(Purpose.URGENT_CLEARANCE, a_clearance(world, warrant_id).payload)
    with pytest.raises(NotUnderstood):
        take(world, forged)
    assert state_of(world, warrant_id) is WarrantState.SUBMITTED


@pytest.mark.law("A7", "P4")
def test_a_supervisor_for_trials_clears_no_real_application(world: World) -> None:
    warrant_id = an_urgent_application(world)
    answer = a_clearance(world, warrant_id)
    keys = tuple(
        # As no file of pinned keys may say it: what decides is what the key is for, not that it is no DEMO key.
        replace(one, trial=True) if one.role is TrustedRole.SUPERVISOR else one
        for one in world.governance.trusted.keys
    )
    trusted = replace(world.governance.trusted, keys=keys)
    command = TakePaper(actor=world.people.legal_officer, record=answer)
    with pytest.raises(Refused):
        take_paper(replace(world.governance, trusted=trusted), command)
    take(world, answer)


@pytest.mark.law("A7")
def test_an_urgent_warrant_is_for_three_days_at_most(world: World) -> None:
    with pytest.raises(Refused, match="72 hours at most"):
        an_urgent_application(world, not_after=world.clock.now() + 73 * HOUR)


# -- silence ----------------------------------------------------------------------------------------------------------


@pytest.mark.law("A7", "A8")
def test_without_the_receipt_it_stops_after_a_day_counts_as_rejected_and_is_erased(world: World) -> None:
    _, warrant_id, _ = an_urgent_deployment(world)
    another_alert(world, report_id="report-1")
    world.clock.advance(24 * HOUR - timedelta(milliseconds=1))
    expire_due(world.governance)
    come_on_shift(world)
    assert leases(world, nonce="just in time").authorisations
    world.clock.advance(timedelta(milliseconds=1))
    assert not leases(world, nonce="too late").authorisations
    expire_due(world.governance)
    assert state_of(world, warrant_id) is WarrantState.REJECTED
    with world.governance.database.transaction() as tx:
        assert tx.object_ids(warrant=warrant_id) == ()
        assert tx.transitions.where(warrant_id=warrant_id)[-1].rule == "A7"


@pytest.mark.law("A7")
def test_with_the_receipt_it_goes_on_and_without_a_decision_it_ends_after_three_days(world: World) -> None:
    _, warrant_id, act = an_urgent_deployment(world, not_after=world.clock.now() + 72 * HOUR)
    world.clock.advance(23 * HOUR)
    take(world, a_receipt(world, warrant_id, act))
    world.clock.advance(2 * HOUR)
    expire_due(world.governance)
    come_on_shift(world)
    assert leases(world, nonce="second day").authorisations
    world.clock.advance(47 * HOUR)
    expire_due(world.governance)
    assert state_of(world, warrant_id) is WarrantState.REJECTED


@pytest.mark.law("A7")
def test_silence_rejects_also_when_the_window_was_shorter(world: World) -> None:
    warrant_id, _ = a_begun_urgent(world, not_after=world.clock.now() + 3 * HOUR)
    world.clock.advance(4 * HOUR)
    expire_due(world.governance)
    assert state_of(world, warrant_id) is WarrantState.ISSUED
    world.clock.advance(20 * HOUR)
    expire_due(world.governance)
    assert state_of(world, warrant_id) is WarrantState.REJECTED


@pytest.mark.law("A7")
def test_a_decision_in_time_lets_it_run_to_its_end_and_renews_nothing(world: World) -> None:
    _, warrant_id, act = an_urgent_deployment(world)
    take(world, a_receipt(world, warrant_id, act))
    with world.governance.database.transaction() as tx:
        kept = tx.warrants.get(warrant_id)
    ((unverified, _),) = leases(world).authorisations
    take(world, world.keys.issuer.sign(Purpose.WARRANT, unverified.warrant.payload))
    world.clock.at = kept.not_after
    expire_due(world.governance)
    assert state_of(world, warrant_id) is WarrantState.EXPIRED


@pytest.mark.law("A7")
def test_a_confirmation_without_the_receipt_lends_for_a_day_and_erases_nothing(world: World) -> None:
    _, warrant_id, _ = an_urgent_deployment(world, not_after=world.clock.now() + 72 * HOUR)
    ((unverified, _),) = leases(world).authorisations
    take(world, world.keys.issuer.sign(Purpose.WARRANT, unverified.warrant.payload))
    world.clock.advance(24 * HOUR - timedelta(milliseconds=1))
    expire_due(world.governance)
    come_on_shift(world)
    assert leases(world, nonce="just in time").authorisations
    world.clock.advance(timedelta(milliseconds=1))
    assert not leases(world, nonce="too late").authorisations
    expire_due(world.governance)
    assert state_of(world, warrant_id) is WarrantState.EXPIRED
    with world.governance.database.transaction() as tx:
        assert tx.transitions.where(warrant_id=warrant_id)[-1].rule == "A7"
        assert tx.object_ids(warrant=warrant_id)


@pytest.mark.law("A7")
def test_the_database_refuses_a_lease_after_a_day_also_where_it_is_confirmed(world: World) -> None:
    an_urgent_deployment(world)
    ((unverified, _),) = leases(world).authorisations
    take(world, world.keys.issuer.sign(Purpose.WARRANT, unverified.warrant.payload))
    late = "UPDATE papers SET dated = dated - 86400000 WHERE kind = 'countersignature'"
    with world.engine.begin() as connection:
        row = dict(connection.execute(select(LEASES)).mappings().one())
        connection.execute(insert(LEASES).values(row | {"lease_id": "in time"}))
        drop_guards(connection)
        connection.execute(text(late))
        create_guards(connection)
        with pytest.raises(IntegrityError, match=r"without a receipt.*\(A7\)"):
            connection.execute(insert(LEASES).values(row | {"lease_id": "too late"}))


@pytest.mark.law("A3", "A7")
def test_what_is_dated_in_the_future_is_not_taken_in_before_its_time(world: World) -> None:
    warrant_id, act = a_begun_urgent(world)
    receipt = a_receipt(world, warrant_id, act)
    amendment = an_amendment(world, warrant_id, act, slot_of(world, warrant_id), b"another picture")
    world.clock.advance(-timedelta(milliseconds=1))
    for paper in (receipt, amendment):
        with pytest.raises(Refused, match="dated in the future"):
            take(world, paper)
    world.clock.advance(timedelta(milliseconds=1))
    for paper in (receipt, amendment):
        take(world, paper)


@pytest.mark.law("A7")
def test_a_receipt_that_comes_too_late_or_twice_or_for_another_is_refused(world: World) -> None:
    warrant_id, act = a_begun_urgent(world)
    with pytest.raises(Refused, match="other bytes"):
        take(world, a_receipt(world, warrant_id, sha256_hex(b"another act")))
    first = a_receipt(world, warrant_id, act)
    take(world, first)
    with pytest.raises(Conflict):
        take(world, first)
    late, its_act = a_begun_urgent(world, case_reference="CASE-2")
    world.clock.advance(24 * HOUR)
    with pytest.raises(Refused, match="counts as rejected"):
        take(world, a_receipt(world, late, its_act))


@pytest.mark.law("A7")
def test_the_database_refuses_a_lease_after_the_silence(world: World) -> None:
    an_urgent_deployment(world)
    assert leases(world).authorisations
    # Its list is one of that day all the same.
    world.clock.advance(23 * HOUR)
    come_on_shift(world)
    with world.engine.begin() as connection:
        columns = [column[1] for column in connection.exec_driver_sql("PRAGMA table_info(leases)")]
    moved = {
        "lease_id": "'forged'",
        "ends_at": "ends_at + 86400000",
        "created_at": "created_at + 86400000",
        "gallery_sha256": "(SELECT gallery_sha256 FROM watchlists WHERE destroyed_at IS NULL)",
    }
    late = f"INSERT INTO leases SELECT {', '.join(moved.get(one, one) for one in columns)} FROM leases LIMIT 1"  # noqa: S608 (its own columns)
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match=r"without a receipt.*\(A7\)"):
        connection.execute(text(late))


@pytest.mark.law("A7")
def test_without_the_second_officers_paper_an_urgent_warrant_is_not_lent(world: World) -> None:
    an_urgent_deployment(world)
    with world.engine.begin() as connection:
        connection.execute(text("DELETE FROM papers WHERE kind = 'countersignature'"))
    assert not leases(world, nonce="without").authorisations
    with world.governance.database.transaction() as tx:
        assert [one.rule for one in tx.lease_refusals.where()] == ["A7"]


@pytest.mark.law("A5")
def test_an_urgent_warrant_may_be_registered_later_and_is_not_lent_when_it_is_not(world: World) -> None:
    _, warrant_id, act = an_urgent_deployment(world, registration_number="pending")
    take(world, a_receipt(world, warrant_id, act))
    world.clock.advance(24 * HOUR)
    come_on_shift(world)
    assert not leases(world, nonce="unregistered").authorisations
    actor = world.people.legal_officer
    register_urgent(world.governance, RegisterUrgent(actor=actor, warrant_id=warrant_id, number="EU-9"))
    assert leases(world, nonce="registered").authorisations
    with pytest.raises(Refused, match="registered already"):
        register_urgent(world.governance, RegisterUrgent(actor=actor, warrant_id=warrant_id, number="EU-9"))


@pytest.mark.law("A5", "A7")
def test_the_page_says_what_must_come_by_when_from_the_second_signature_on(world: World) -> None:
    _, warrant_id, _ = an_urgent_deployment(world, registration_number="pending")
    urgent = read_warrant(world.governance, world.people.legal_officer, warrant_id).value.urgent
    assert urgent is not None
    due = (urgent.receipt_due_at, urgent.registration_due_at, urgent.decision_due_at)
    assert due == tuple(urgent.begun_at + hours * HOUR for hours in (24, 24, 72))


@pytest.mark.law("A5")
def test_only_what_is_urgent_is_registered_later(world: World) -> None:
    with pytest.raises(Refused, match="Only an urgent warrant brings its registration later"):
        a_submitted_warrant(world, registration_number="pending")


# -- rejection and revocation by the issuer ---------------------------------------------------------------------------


@pytest.mark.law("A8")
def test_the_issuers_rejection_stops_it_and_erases_as_many_objects_as_the_ledger_held(world: World) -> None:
    _, warrant_id, act = an_urgent_deployment(world)
    another_alert(world, report_id="report-1")
    with world.governance.database.transaction() as tx:
        held = len(tx.object_ids(warrant=warrant_id))
    before = world.log.size()
    take(world, a_rejection(world, warrant_id, act))
    assert state_of(world, warrant_id) is WarrantState.REJECTED
    assert not leases(world, nonce="after").authorisations
    new = world.leaves()[before:]
    assert [leaf.body["count"] for leaf in new if leaf.event == "warrant.reject"] == [held]
    assert sum(int(str(leaf.body["count"])) for leaf in new if leaf.event == "erasure.complete") == held
    with world.governance.database.transaction() as tx:
        assert tx.object_ids(warrant=warrant_id) == ()


@pytest.mark.law("A8")
def test_a_rejection_of_another_issuer_or_of_other_bytes_ends_nothing(world: World) -> None:
    _, warrant_id, act = an_urgent_deployment(world)
    genuine = a_rejection(world, warrant_id, act)
    with pytest.raises(NotUnderstood):
        take(world, a_signing_key("somebody").sign(Purpose.REJECTION, genuine.payload))
    with pytest.raises(NotUnderstood):
        take(world, world.keys.issuer.sign(Purpose.REVOCATION, genuine.payload))
    with pytest.raises(Refused, match="other bytes"):
        take(world, a_rejection(world, warrant_id, sha256_hex(b"another act")))
    with pytest.raises(Refused, match="another issuer"):
        take(world, a_rejection(world, warrant_id, act, issuer="another-court"))
    assert state_of(world, warrant_id) is WarrantState.ACTIVE


@pytest.mark.law("A6")
def test_the_issuers_revocation_ends_a_prior_warrant_in_use(world: World) -> None:
    _, warrant_id = a_deployment(world)
    take(world, a_revocation(world, warrant_id, act_of(world, warrant_id)))
    assert state_of(world, warrant_id) is WarrantState.REVOKED
    assert not leases(world, nonce="after").authorisations


@pytest.mark.law("A8")
def test_every_site_where_it_was_used_is_told_the_issuers_own_words_again_and_again(world: World) -> None:
    _, warrant_id = a_deployment(world)
    _, other = a_deployment(world)
    asked = a_request(world)
    assert not endings_for(world.governance, asked)
    revocation = a_revocation(world, warrant_id, act_of(world, warrant_id))
    take(world, revocation)
    assert endings_for(world.governance, asked) == (revocation,)
    rejection = a_revocation(world, other, act_of(world, other))
    take(world, rejection)
    told = endings_for(world.governance, asked)
    assert set(told) == {revocation, rejection}
    # A site believes them by the issuer's key alone.
    kept = StoppedWarrants(world.folder / "stopped-warrants.json", world.keys.trusted)
    assert kept.take(told, world.clock.now()) == {warrant_id, other}


@pytest.mark.law("A8")
def test_no_other_site_is_told_of_it_and_the_database_keeps_no_end_that_it_could_not_tell(world: World) -> None:
    _, warrant_id = a_deployment(world)
    elsewhere = LeaseRequest(
        site_id=ContractSiteId("elsewhere"), camera_id=ContractCameraId("c"), nonce="f" * 64, asked_at=world.clock.now()
    )
    take(world, a_revocation(world, warrant_id, act_of(world, warrant_id)))
    assert not endings_for(world.governance, Signed(payload=elsewhere.to_bytes(), key="k", signature=bytes(64)))
    for change in ("openly = NULL", "kind = 'receipt'"):
        with world.engine.begin() as connection, pytest.raises(IntegrityError):
            connection.execute(text(f"UPDATE papers SET {change}"))  # noqa: S608 (two texts of ours)


# -- amendments (A3) --------------------------------------------------------------------------------------------------


@pytest.mark.law("A3")
def test_another_photograph_is_enrolled_once_the_issuer_has_signed_for_it(world: World) -> None:
    warrant_id = an_issued_warrant(world)
    slot = slot_of(world, warrant_id)
    command = EnrolReference(
        actor=world.people.enroller,
        warrant_id=warrant_id,
        slot_id=slot,
        photograph=b"another photograph",
        origin=an_origin(),
    )
    with pytest.raises(Refused, match="not one of the photographs"):
        enrol_reference(world.governance, command)
    take(world, an_amendment(world, warrant_id, act_of(world, warrant_id), slot, b"another photograph"))
    assert enrol_reference(world.governance, command).reference_id


@pytest.mark.law("A3")
def test_an_amendment_for_no_slot_of_the_warrant_or_of_a_photograph_it_has_is_refused(world: World) -> None:
    from tests.builders_governance import PHOTOGRAPH  # noqa: PLC0415 (used here alone)

    warrant_id = an_issued_warrant(world)
    slot, act = slot_of(world, warrant_id), act_of(world, warrant_id)
    with pytest.raises(Refused, match="has not"):
        take(world, an_amendment(world, warrant_id, act, "another-slot", b"p"))
    with pytest.raises(Refused, match="already"):
        take(world, an_amendment(world, warrant_id, act, slot, PHOTOGRAPH))
