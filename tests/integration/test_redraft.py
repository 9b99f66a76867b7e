"""A draft is changed by whoever drafted it, each change sealed anew, and by nobody once it was submitted (A6, B14)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.canonical import sha256_hex
from governance.application.draft_warrant import DraftWarrant, draft_warrant
from governance.application.errors import BadInput, Conflict, Refused
from governance.application.redraft_warrant import Draft, RedraftWarrant, read_draft, redraft_warrant
from governance.application.submit_warrant import SubmitWarrant, submit_warrant
from governance.domain.identifiers import ObjectId, WarrantId
from governance.domain.roles import Role
from governance.domain.warrants import WarrantType
from tests.builders_applications import A_PDF, a_camera_application, a_slot_application, an_application
from tests.builders_governance import World, a_governance, an_account

pytestmark = pytest.mark.law("A6", "B14")
ANOTHER_PDF = A_PDF + b"% another\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def a_draft(world: World, **changes: Any) -> WarrantId:
    command = DraftWarrant(actor=world.people.applicant, application=an_application(**changes), decision=A_PDF)
    return draft_warrant(world.governance, command)


def read(world: World, warrant_id: WarrantId) -> Draft:
    return read_draft(world.governance, world.people.applicant, warrant_id).value


def change(world: World, warrant_id: WarrantId, draft: Draft, decision: bytes | None = None, **changes: Any) -> None:
    command = RedraftWarrant(
        actor=world.people.applicant,
        warrant_id=warrant_id,
        version=draft.version,
        application=replace(draft.application, **changes),
        decision=decision,
    )
    redraft_warrant(world.governance, command)


def objects_of(world: World, warrant_id: WarrantId) -> set[ObjectId]:
    with world.governance.database.transaction() as tx:
        return set(tx.object_ids(warrant=warrant_id))


def submit(world: World, warrant_id: WarrantId) -> None:
    submit_warrant(world.governance, SubmitWarrant(actor=world.people.applicant, warrant_id=warrant_id))


def test_a_gap_is_closed_by_changing_the_draft(world: World) -> None:
    warrant_id = a_draft(world, offence_code="graffiti", statute="brottsbalken 12:1", maximum_penalty_years=2)
    with pytest.raises(Refused):
        submit(world, warrant_id)
    lawful = {"offence_code": "kidnapping", "statute": "brottsbalken 4:1", "maximum_penalty_years": 18}
    change(world, warrant_id, read(world, warrant_id), **lawful)
    assert read(world, warrant_id).application.statute == "brottsbalken 4:1"
    submit(world, warrant_id)


def test_the_row_follows_what_the_draft_says(world: World) -> None:
    warrant_id, later = a_draft(world), timedelta(hours=3)
    draft = read(world, warrant_id)
    ends = draft.application.not_after + later
    change(world, warrant_id, draft, not_after=ends, warrant_type="urgent", issuer="another-court")
    with world.governance.database.transaction() as tx:
        kept = tx.warrants.get(warrant_id)
    assert (kept.not_after, kept.type, kept.issuer) == (ends, WarrantType.URGENT, "another-court")


@pytest.mark.law("B1", "F3")
def test_each_change_is_sealed_and_logged_and_what_it_replaces_is_erased(world: World) -> None:
    warrant_id = a_draft(world)
    with world.governance.database.transaction() as tx:
        before = tx.warrants.get(warrant_id)
    count = len(objects_of(world, warrant_id))
    change(world, warrant_id, read(world, warrant_id), registration_number="EU-2")
    assert before.details not in objects_of(world, warrant_id)
    assert len(objects_of(world, warrant_id)) == count
    assert world.events().count("warrant.redraft") == 1
    told = world.events()
    assert told.index("warrant.redraft") < told.index("erasure.intend") < told.index("erasure.complete")
    with world.governance.database.transaction() as tx:
        assert tx.warrants.get(warrant_id).decision == before.decision


def test_what_is_left_empty_stays_as_it_was(world: World) -> None:
    warrant_id = a_draft(world)
    before = read(world, warrant_id).application
    (slot,) = before.slots
    change(
        world,
        warrant_id,
        read(world, warrant_id),
        impact_assessment_sha256="",
        decision_sha256="",
        slots=(replace(slot, photographs=(), necessity="Another reason that is long enough."),),
    )
    after = read(world, warrant_id).application
    assert (after.impact_assessment_sha256, after.decision_sha256) == (
        before.impact_assessment_sha256,
        before.decision_sha256,
    )
    assert after.slots[0].photographs == slot.photographs
    # A person whose slot is none of this draft's brings photographs of their own.
    stranger = replace(a_slot_application(person="Person B", necessity="A reason of their own."), photographs=())
    change(world, warrant_id, read(world, warrant_id), slots=(stranger,))
    assert read(world, warrant_id).application.slots[0].photographs == ()


def test_another_decision_takes_the_place_of_the_attached_one(world: World) -> None:
    warrant_id = a_draft(world)
    with world.governance.database.transaction() as tx:
        before = tx.warrants.get(warrant_id).decision
    named = {"decision_sha256": sha256_hex(ANOTHER_PDF)}
    with pytest.raises(Refused, match="another decision") as refusal:
        change(world, warrant_id, read(world, warrant_id), **named)
    assert refusal.value.rule == "A6"
    with pytest.raises(Refused):
        change(world, warrant_id, read(world, warrant_id), A_PDF, **named)
    change(world, warrant_id, read(world, warrant_id), ANOTHER_PDF, **named)
    assert before not in objects_of(world, warrant_id)
    submit(world, warrant_id)


def test_of_two_windows_the_second_changes_nothing(world: World) -> None:
    warrant_id = a_draft(world)
    one, other = read(world, warrant_id), read(world, warrant_id)
    change(world, warrant_id, one, registration_number="EU-2")
    with pytest.raises(Conflict, match="in the meantime"):
        change(world, warrant_id, other, registration_number="EU-3")
    assert read(world, warrant_id).application.registration_number == "EU-2"
    # A version of another draft is none of this one.
    with pytest.raises(Conflict):
        change(world, warrant_id, read(world, a_draft(world)))


def test_what_was_submitted_is_changed_by_nobody(world: World) -> None:
    warrant_id = a_draft(world)
    draft = read(world, warrant_id)
    submit(world, warrant_id)
    with pytest.raises(Refused, match="not changed any more") as refusal:
        change(world, warrant_id, draft, registration_number="EU-2")
    assert refusal.value.rule == "A6"
    with pytest.raises(Refused, match="not changed any more"):
        read(world, warrant_id)
    assert world.events()[-1] == "request.refuse"


def test_nobody_else_changes_or_reads_a_draft(world: World) -> None:
    warrant_id = a_draft(world)
    draft = read(world, warrant_id)
    for actor in (an_account(world, "amy", Role.APPLICANT), world.people.legal_officer, world.people.auditor):
        with pytest.raises(Refused) as refusal:
            read_draft(world.governance, actor, warrant_id)
        assert refusal.value.rule == "B14"
        command = RedraftWarrant(
            actor=actor, warrant_id=warrant_id, version=draft.version, application=draft.application
        )
        with pytest.raises(Refused):
            redraft_warrant(world.governance, command)
    assert read(world, warrant_id) == draft


def test_a_change_that_nobody_could_have_meant_changes_nothing(world: World) -> None:
    warrant_id = a_draft(world)
    draft = read(world, warrant_id)
    with pytest.raises(BadInput):
        change(world, warrant_id, draft, cameras=(a_camera_application(reason="x" * 5000),))
    assert read(world, warrant_id) == draft


@pytest.mark.parametrize(
    "edit",
    [
        "details = decision",
        "issuer = 'another-court'",
        "not_after = not_after + 1",
        "not_before = not_before + 1",
        "type = 'urgent'",
        "decision = details",
    ],
)
def test_the_database_changes_drafts_alone(world: World, edit: str) -> None:
    warrant_id = a_draft(world)
    forged = text(f"UPDATE warrants SET {edit} WHERE warrant_id = :w")  # noqa: S608 (the list above)
    with world.engine.begin() as connection:
        connection.execute(forged, {"w": warrant_id})
        connection.rollback()
    submit(world, warrant_id)
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match=r"does not change \(A6\)"):
        connection.execute(forged, {"w": warrant_id})
