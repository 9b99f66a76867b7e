"""Invariants 3, 4, 6 and 7 of architecture.md, where governance must keep them: in rules, use cases and database."""

import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.signature import Purpose
from governance.adapters.db.tables import METADATA, SETTLED
from governance.adapters.log.sequencer import Sequencer
from governance.application.approve_warrant import ApproveWarrant, RejectWarrant, approve_warrant, reject_warrant
from governance.application.deployments import (
    ResumeDeployment,
    RevokeWarrant,
    SuspendDeployment,
    resume_deployment,
    revoke_warrant,
    suspend_deployment,
)
from governance.application.draft_warrant import DraftWarrant, draft_warrant
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.errors import Conflict, NotFound, NotUnderstood, Refused, StorageFailed
from governance.application.issue_warrant import ExportWarrant, ImportWarrant, export_warrant, import_warrant
from governance.application.kept_records import View
from governance.application.queries import read_warrant
from governance.application.review_candidate import RecordReview, ViewCandidate, record_review, view_candidate
from governance.application.submit_warrant import SubmitWarrant, submit_warrant
from governance.application.vault import for_step, reveal
from governance.audit.errors import LogUnavailable
from governance.audit.leaf import KeyRef
from governance.domain.identifiers import AccountId, AlertId
from governance.domain.log_fields import Group, retention_of
from governance.domain.retention import RETENTION, DataClass
from governance.domain.review import AlertState, Outcome, Review, Support
from governance.domain.roles import Role
from governance.domain.warrants import Warrant
from governance.vault.vault import KeyVault
from tests.builders_applications import A_PDF, PHOTOGRAPH, an_application
from tests.builders_contracts import NOON, a_hash, a_signing_key
from tests.builders_governance import (
    OBSERVED,
    World,
    a_deployment,
    a_governance,
    a_submitted_warrant,
    an_alert,
    an_approved_warrant,
    an_issued_warrant,
    leases,
    reopen,
    slot_of,
)
from tests.builders_reviews import LOOK, look
from tests.builders_watchlist import an_origin


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


# -- 3: who decides is not who asks -----------------------------------------------------------------------------------


@pytest.mark.law("B14")
def test_the_rule_keeps_an_applicant_from_approving_and_the_refusal_is_logged(world: World) -> None:
    warrant_id = a_submitted_warrant(world)
    with pytest.raises(Refused) as refused:
        approve_warrant(world.governance, ApproveWarrant(actor=world.people.applicant, warrant_id=warrant_id))
    assert refused.value.rule == "B14"
    last = world.entries()[-1]
    assert (last.event, last.fields["rule"], last.fields["allowed"]) == ("request.refuse", "B14", False)


@pytest.mark.law("B14")
def test_the_database_refuses_an_applicant_who_approved(world: World) -> None:
    warrant_id = a_submitted_warrant(world)
    with world.governance.database.transaction() as tx:
        warrant = tx.warrants.get(warrant_id)
        with pytest.raises(Conflict):
            tx.warrants.save(replace(warrant, legal_officer=warrant.applicant))


def test_the_database_refuses_to_give_an_account_another_role(world: World) -> None:
    with world.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(
            text("UPDATE accounts SET roles = 'operator' WHERE account_id = :id"), {"id": world.people.applicant}
        )


@pytest.mark.law("A6")
def test_the_database_refuses_a_warrant_in_force_without_the_issuers_signature(world: World) -> None:
    warrant_id = an_approved_warrant(world)
    for state in ("issued", "active", "suspended"):
        with world.engine.begin() as connection, pytest.raises(IntegrityError):
            connection.execute(
                text("UPDATE warrants SET state = :to WHERE warrant_id = :id"), {"to": state, "id": warrant_id}
            )


@pytest.mark.law("A6", "P1")
def test_governance_cannot_issue_its_own_warrant(world: World) -> None:
    warrant_id = an_approved_warrant(world)
    actor = world.people.legal_officer
    act = export_warrant(world.governance, ExportWarrant(actor=actor, warrant_id=warrant_id)).value
    for key in (world.keys.governance, a_signing_key("somebody")):
        command = ImportWarrant(actor=actor, record=key.sign(Purpose.WARRANT, act))
        with pytest.raises(NotUnderstood):
            import_warrant(world.governance, command)


@pytest.mark.law("A6")
def test_a_signature_over_anything_but_the_approved_bytes_is_refused(world: World) -> None:
    warrant_id = an_approved_warrant(world)
    actor = world.people.legal_officer
    act = export_warrant(world.governance, ExportWarrant(actor=actor, warrant_id=warrant_id)).value
    changed = act.replace(b"Taken from home", b"Taken from work")
    assert changed != act
    record = world.keys.issuer.sign(Purpose.WARRANT, changed)
    with pytest.raises(Refused) as refused:
        import_warrant(world.governance, ImportWarrant(actor=actor, record=record))
    assert refused.value.rule == "A6"


@pytest.mark.law("A11")
def test_an_unlawful_application_is_refused_in_the_log_before_it_is_refused_to_the_applicant(world: World) -> None:
    application = an_application(offence_code="graffiti", statute="brottsbalken 12:1", maximum_penalty_years=2)
    actor = world.people.applicant
    warrant_id = draft_warrant(world.governance, DraftWarrant(actor=actor, application=application, decision=A_PDF))
    with pytest.raises(Refused) as refused:
        submit_warrant(world.governance, SubmitWarrant(actor=actor, warrant_id=warrant_id))
    assert refused.value.rule == "A2"
    last = world.entries()[-1]
    assert (last.event, last.fields["rule"], last.fields["warrant"]) == ("warrant.refuse", "A2", warrant_id)


def test_no_two_of_the_lonely_roles_meet_in_one_account(world: World) -> None:
    with world.governance.database.transaction() as tx:
        roles = [account.roles for account in tx.accounts.where()]
    assert all(len(held) == 1 or held <= {Role.APPLICANT, Role.OPERATOR} for held in roles)


# -- A3: one slot, one person, one photograph that the issuer saw -----------------------------------------------------


@pytest.mark.law("A3", "B2")
def test_only_a_photograph_that_the_issuer_saw_is_enrolled_and_only_once(world: World) -> None:
    warrant_id = an_issued_warrant(world)
    command = EnrolReference(
        actor=world.people.enroller,
        warrant_id=warrant_id,
        slot_id=slot_of(world, warrant_id),
        photograph=b"another",
        origin=an_origin(),
    )
    with pytest.raises(Refused) as refused:
        enrol_reference(world.governance, command)
    assert refused.value.rule == "A3"
    assert not world.matcher.asked
    enrol_reference(world.governance, replace(command, photograph=PHOTOGRAPH))
    with pytest.raises(Refused):
        enrol_reference(world.governance, replace(command, photograph=PHOTOGRAPH))


@pytest.mark.law("A3")
def test_an_enrolment_signed_by_another_is_refused(world: World) -> None:
    warrant_id = an_issued_warrant(world)
    command = EnrolReference(
        actor=world.people.enroller,
        warrant_id=warrant_id,
        slot_id=slot_of(world, warrant_id),
        photograph=PHOTOGRAPH,
        origin=an_origin(),
    )
    world.matcher.signer = a_signing_key("somebody")
    with pytest.raises(NotUnderstood):
        enrol_reference(world.governance, command)
    world.matcher.signer = world.keys.enrolment
    world.matcher.spoil = {"sealed_crop": b"another crop"}
    with pytest.raises(NotUnderstood):
        enrol_reference(world.governance, command)


@pytest.mark.law("A3", "P3", "F1")
def test_a_person_is_a_salted_commitment_in_the_act_and_nowhere_in_clear(world: World) -> None:
    warrant_id = an_approved_warrant(world)
    act = export_warrant(world.governance, ExportWarrant(actor=world.people.legal_officer, warrant_id=warrant_id)).value
    assert b"Person A" not in act
    world.governance.database.scrub()
    raw = (world.folder / "insyn.db").read_bytes()
    assert b"Person A" not in raw
    assert b"last seen on the way" not in raw
    assert not any(b"Person A" in leaf.to_bytes() for leaf in world.leaves())


# -- 2: leases --------------------------------------------------------------------------------------------------------


@pytest.mark.law("A16")
def test_a_stopped_or_revoked_deployment_lends_nothing(world: World) -> None:
    deployment_id, warrant_id = a_deployment(world)
    assert len(leases(world, nonce="1").authorisations) == 1
    suspend_deployment(world.governance, SuspendDeployment(actor=world.people.auditor, deployment_id=deployment_id))
    assert not leases(world, nonce="2").authorisations
    with pytest.raises(Refused):
        resume_deployment(
            world.governance, ResumeDeployment(actor=world.people.reviewers[0], deployment_id=deployment_id)
        )
    resume_deployment(world.governance, ResumeDeployment(actor=world.people.legal_officer, deployment_id=deployment_id))
    assert len(leases(world, nonce="3").authorisations) == 1
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="It is over.")
    )
    assert not leases(world, nonce="4").authorisations


def test_a_request_is_answered_once_and_only_while_fresh(world: World) -> None:
    a_deployment(world)
    leases(world, nonce="1")
    with pytest.raises(Refused):
        leases(world, nonce="1")
    with pytest.raises(Refused):
        leases(world, nonce="2", asked_at=NOON - timedelta(minutes=1))
    assert world.events()[-2:] == ["lease.refuse", "lease.refuse"]


def test_another_camera_of_the_site_gets_nothing(world: World) -> None:
    a_deployment(world)
    assert not leases(world, camera_id="camera-2").authorisations
    assert not leases(world, camera_id="camera-99", nonce="2").authorisations


# -- 4: logged before shown -------------------------------------------------------------------------------------------


class BrokenLog:
    """The failures of log and vault, one at a time, in the order in which a view meets them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str, *, after: bool) -> None:
        owner = Sequencer if method in {"append", "receipt"} else KeyVault
        real = getattr(owner, method)

        def broken(*arguments: object, **named: object) -> object:
            if after:
                real(*arguments, **named)
            raise LogUnavailable("The log cannot be written.")

        monkeypatch.setattr(owner, method, broken)


@pytest.mark.law("P2")
@pytest.mark.parametrize("method", ["allot", "append", "receipt", "release"])
@pytest.mark.parametrize("after", [False, True])
def test_without_a_proven_entry_no_picture_is_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch, method: str, *, after: bool
) -> None:
    alert_id = an_alert(world)
    BrokenLog(monkeypatch, method, after=after)
    with pytest.raises(StorageFailed):
        view_candidate(world.governance, ViewCandidate(actor=world.people.reviewers[0], alert_id=alert_id))
    assert not world.viewer.seen


@pytest.mark.parametrize("method", ["allot", "append", "receipt", "release"])
def test_without_a_proven_entry_no_warrant_is_read(world: World, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    warrant_id = a_submitted_warrant(world)
    BrokenLog(monkeypatch, method, after=False)
    with pytest.raises(StorageFailed):
        read_warrant(world.governance, world.people.applicant, warrant_id)


def test_without_the_log_no_answer_takes_effect_and_no_lease_is_lent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert_id = an_alert(world)
    actor = world.people.reviewers[0]
    look(world, actor, alert_id)
    with monkeypatch.context() as patch:
        BrokenLog(patch, "append", after=False)
        command = RecordReview(actor=actor, alert_id=alert_id, observations=OBSERVED, support=Support.SUPPORT_SAME)
        with pytest.raises(StorageFailed):
            record_review(world.governance, command)
        with pytest.raises(StorageFailed):
            leases(world, nonce="unlogged")
    with world.governance.database.transaction() as tx:
        assert not tx.reviews.where()
        assert tx.nonces.find(a_hash("unlogged")) is None


@pytest.mark.law("B4")
def test_every_view_is_an_entry_of_its_own(world: World) -> None:
    alert_id = an_alert(world)
    for _ in range(2):
        view_candidate(world.governance, ViewCandidate(actor=world.people.reviewers[0], alert_id=alert_id))
    assert world.events().count("candidate.view") == len(world.viewer.seen) == 2


# -- 6: everything kept has an end ------------------------------------------------------------------------------------


@pytest.mark.law("B1", "B11")
def test_no_table_is_without_a_retention_rule() -> None:
    for table in METADATA.sorted_tables:
        assert RETENTION[table.info["retention"]].length > timedelta(0)
        # `settled` is one number, about nobody.
        assert table is SETTLED or not table.c.expires_at.nullable
    assert RETENTION[DataClass.LOG].length >= timedelta(days=183)


@pytest.mark.law("A14")
def test_each_group_of_an_entry_has_an_end_of_its_own_and_what_is_about_a_person_goes_first() -> None:
    lengths = {group: RETENTION[retention_of(group)].length for group in Group}
    assert timedelta(days=183) <= lengths[Group.SUBJECT] < lengths[Group.CONTEXT] < lengths[Group.OPERATOR]


def test_nothing_that_goes_takes_anything_else_with_it() -> None:
    assert all(not key.ondelete for table in METADATA.sorted_tables for key in table.foreign_keys)


@pytest.mark.law("B1")
def test_the_database_refuses_to_put_an_end_off(world: World) -> None:
    an_alert(world)
    with world.engine.begin() as connection:
        tables = [table.name for table in METADATA.sorted_tables]
        filled = [name for name in tables if connection.execute(text(f'SELECT 1 FROM "{name}" LIMIT 1')).first()]  # noqa: S608 (our own names)
    assert {"alerts", "objects", "references", "warrants", "accounts", "leases"} <= set(filled)
    for name in set(filled) - {"settled"}:
        with world.engine.begin() as connection, pytest.raises(IntegrityError, match="never put off"):
            connection.execute(text(f'UPDATE "{name}" SET expires_at = expires_at + 1'))  # noqa: S608 (our own names)


@pytest.mark.law("F3")
def test_a_restored_backup_cannot_open_what_was_erased(world: World, tmp_path: Path) -> None:
    warrant_id = a_submitted_warrant(world)
    backup = tmp_path / "backup.db"
    back_up(world, backup)
    with world.governance.database.transaction() as tx:
        details = tx.warrants.get(warrant_id).details
        stored = tx.objects.get(details)
        assert b"Person A" in reveal(world.governance, tx, details, for_step("submit", {}))
    reject_warrant(
        world.governance, RejectWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="It is over.")
    )
    world.engine.dispose()
    # An auditor takes the box out of the backup and puts it back, beside the key store as it is now.
    with closing(sqlite3.connect(backup)) as old:
        box = old.execute("SELECT box FROM objects WHERE object_id = ?", (details,)).fetchone()[0]
    assert world.centre.store.derive([KeyRef.parse(details)]) == {}
    assert b"Person A" not in box
    with world.governance.database.transaction() as tx:
        tx.objects.add(replace(stored, box=box))
        with pytest.raises(NotFound):
            reveal(world.governance, tx, details, for_step("submit", {}))


def test_an_old_database_does_not_start(world: World, tmp_path: Path) -> None:
    back_up(world, tmp_path / "backup.db")
    a_submitted_warrant(world)
    world.close()
    shutil.copy(tmp_path / "backup.db", world.folder / "insyn.db")
    for left in ("insyn.db-wal", "insyn.db-shm"):
        (world.folder / left).unlink(missing_ok=True)
    with pytest.raises(LogUnavailable, match="older copy"):
        reopen(world.folder, world.keys, world.clock)


def back_up(world: World, to: Path) -> None:
    source, target = sqlite3.connect(world.folder / "insyn.db"), sqlite3.connect(to)
    with closing(source), closing(target):
        source.backup(target)


def all_warrants(world: World) -> tuple[Warrant, ...]:
    with world.governance.database.transaction() as tx:
        return tx.warrants.where()


# -- 7: two people, separately ----------------------------------------------------------------------------------------


def a_review_row(alert_id: AlertId, reviewer: AccountId, ordinal: int = 1) -> Review:
    return Review(
        alert_id=alert_id,
        reviewer=reviewer,
        ordinal=ordinal,
        support=Support.STRONG_SUPPORT_SAME,
        answer="none",  # type: ignore[arg-type]  # no object
        created_at=NOON + timedelta(minutes=1),
        expires_at=NOON + timedelta(days=1),
    )


@pytest.mark.law("A15", "P5")
def test_one_person_cannot_confirm_by_answering_twice(world: World) -> None:
    alert_id = an_alert(world)
    actor = world.people.reviewers[0]
    look(world, actor, alert_id)
    command = RecordReview(actor=actor, alert_id=alert_id, observations=OBSERVED, support=Support.STRONG_SUPPORT_SAME)
    assert record_review(world.governance, command) is Outcome.PENDING
    with pytest.raises(Refused, match="twice"):
        record_review(world.governance, command)


def test_one_person_answering_in_two_windows_at_once_answers_once(world: World) -> None:
    alert_id = an_alert(world)
    actor = world.people.reviewers[0]
    look(world, actor, alert_id)
    command = RecordReview(actor=actor, alert_id=alert_id, observations=OBSERVED, support=Support.STRONG_SUPPORT_SAME)
    together = threading.Barrier(4)

    def answer(_: int) -> str:
        together.wait()
        try:
            return record_review(world.governance, command).value
        except Refused as refused:
            return refused.rule

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(answer, range(4)))
    assert answers == ["A15", "A15", "A15", Outcome.PENDING.value]
    assert world.events().count("candidate.review") == 1


def test_the_database_refuses_a_second_answer_by_the_same_person(world: World) -> None:
    alert_id = an_alert(world)
    actor = world.people.reviewers[0]
    look(world, actor, alert_id)
    with world.governance.database.transaction() as tx:
        tx.reviews.add(a_review_row(alert_id, actor))
        with pytest.raises(Conflict):
            tx.reviews.add(a_review_row(alert_id, actor, 2))


@pytest.mark.law("A15", "A9", "B3")
def test_the_database_refuses_a_lead_that_two_people_did_not_support(world: World) -> None:
    alert_id = an_alert(world)
    actor = world.people.reviewers[0]
    look(world, actor, alert_id)
    with world.governance.database.transaction() as tx:
        tx.reviews.add(a_review_row(alert_id, actor))
        alert = tx.alerts.get(alert_id)
        with pytest.raises(Conflict):
            tx.alerts.save(replace(alert, state=AlertState.CONFIRMED_LEAD))


def test_the_database_refuses_reviewers_with_a_hand_in_the_warrant(world: World) -> None:
    alert_id = an_alert(world)
    for actor in (world.people.applicant, world.people.legal_officer, world.people.enroller):
        with world.governance.database.transaction() as tx:
            tx.views.add(View(alert_id=alert_id, reviewer=actor, log_index=1, created_at=NOON, expires_at=NOON))
            with pytest.raises(Conflict):
                tx.reviews.add(a_review_row(alert_id, actor))


def test_nobody_answers_what_they_did_not_look_at(world: World) -> None:
    alert_id = an_alert(world)
    actor = world.people.reviewers[0]
    command = RecordReview(actor=actor, alert_id=alert_id, observations=OBSERVED, support=Support.SUPPORT_SAME)
    with pytest.raises(Refused, match="Look at the pictures"):
        record_review(world.governance, command)
    with world.governance.database.transaction() as tx, pytest.raises(Conflict):
        tx.reviews.add(a_review_row(alert_id, actor))


@pytest.mark.law("E4")
def test_nobody_answers_what_they_only_glanced_at(world: World) -> None:
    alert_id = an_alert(world)
    actor = world.people.reviewers[0]
    command = RecordReview(actor=actor, alert_id=alert_id, observations=OBSERVED, support=Support.SUPPORT_SAME)
    view_candidate(world.governance, ViewCandidate(actor=actor, alert_id=alert_id))
    world.clock.advance(LOOK - timedelta(milliseconds=1))
    with pytest.raises(Refused, match="at least 10 seconds") as refused:
        record_review(world.governance, command)
    assert refused.value.rule == "E4"
    glanced = replace(a_review_row(alert_id, actor), created_at=world.clock.now())
    with world.governance.database.transaction() as tx, pytest.raises(Conflict):
        tx.reviews.add(glanced)
    world.clock.advance(timedelta(milliseconds=1))
    assert record_review(world.governance, command) is Outcome.PENDING


def test_an_answer_that_left_a_component_out_is_refused(world: World) -> None:
    alert_id = an_alert(world)
    actor = world.people.reviewers[0]
    look(world, actor, alert_id)
    command = RecordReview(actor=actor, alert_id=alert_id, observations={}, support=Support.SUPPORT_SAME)
    with pytest.raises(Refused) as refused:
        record_review(world.governance, command)
    assert refused.value.rule == "E2"
