"""Enrolment in a real governance: origins, minors, one at a time; and what the database refuses by itself."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.canonical import sha256_hex
from governance.adapters.db.database import open_engine, sqlite_url
from governance.adapters.db.guards import drop_guards
from governance.adapters.db.migrate import upgrade
from governance.application.confirm_reference import ConfirmReference, confirm_reference
from governance.application.enrol_reference import (
    EnrolReference,
    ExaminePhotograph,
    enrol_reference,
    examine_photograph,
)
from governance.application.errors import Refused, StorageFailed
from governance.application.findings import KnownPhotograph
from governance.application.governance import Governance
from governance.application.vault import for_step, reveal
from governance.domain.identifiers import AccountId, SlotId, WarrantId
from governance.domain.references import Reference
from governance.domain.roles import Role
from tests.builders_applications import PHOTOGRAPH, a_slot_application
from tests.builders_governance import World, a_governance, admit_bands, an_account, an_issued_warrant, slot_of
from tests.builders_watchlist import an_origin


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_governance(tmp_path)
    admitted = frozenset({"12-17", "18-39", "40-64", "unknown"})
    admit_bands(world, *admitted)
    return world


def enrolment(world: World, warrant_id: WarrantId, **changes: Any) -> EnrolReference:
    values: dict[str, Any] = {
        "actor": world.people.enroller,
        "warrant_id": warrant_id,
        "slot_id": slot_of(world, warrant_id),
        "photograph": PHOTOGRAPH,
        "origin": an_origin(),
    }
    return EnrolReference(**{**values, **changes})


def a_minors_warrant(world: World, age_band: str = "12-17") -> WarrantId:
    return an_issued_warrant(world, slots=(a_slot_application(age_band=age_band),))


def a_second_officer(world: World) -> AccountId:
    return an_account(world, "lena", Role.LEGAL_OFFICER)


def the_reference(governance: Governance) -> Reference:
    with governance.database.transaction() as tx:
        (reference,) = tx.references.where()
    return reference


@pytest.mark.law("A19", "C2")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"provenance": "scraped"}, "A19"),
        ({"provenance": "open-profile"}, "A19"),
        ({"source": ""}, "C2"),
        ({"taken_on": None}, "C2"),
        ({"taken_on": date(2015, 1, 1)}, "C2"),
        ({"born_on": date(2012, 1, 1)}, "C13"),
    ],
)
def test_a_refused_photograph_leaves_nothing_but_the_refusal(world: World, changes: dict[str, Any], rule: str) -> None:
    warrant_id = an_issued_warrant(world)
    command = enrolment(world, warrant_id, origin=an_origin(**changes))
    with world.governance.database.transaction() as tx:
        before = tx.object_ids()
    with pytest.raises(Refused) as refused:
        enrol_reference(world.governance, command)
    assert refused.value.rule == rule
    assert not world.matcher.asked
    last = world.entries()[-1]
    assert (last.event, last.fields["rule"], last.fields["photograph"]) == (
        "request.refuse",
        rule,
        sha256_hex(PHOTOGRAPH),
    )
    with world.governance.database.transaction() as tx:
        assert (tx.references.where(), tx.object_ids()) == ((), before)


@pytest.mark.law("A19", "C2")
def test_the_origin_stands_sealed_in_the_record_and_as_a_code_in_the_log(world: World) -> None:
    warrant_id = an_issued_warrant(world)
    enrol_reference(world.governance, enrolment(world, warrant_id))
    reference = the_reference(world.governance)
    enrolled = next(entry for entry in world.entries() if entry.event == "reference.enrol")
    assert enrolled.fields["provenance"] == reference.provenance == "custody-photograph"
    with world.governance.database.transaction() as tx:
        about = for_step("list", {"warrant": warrant_id})
        known = KnownPhotograph.from_bytes(reveal(world.governance, tx, reference.origin, about))
    assert known.origin == an_origin()
    assert [finding.code for finding in known.findings] == ["size"]
    world.governance.database.scrub()
    assert b"custody register" not in (world.folder / "insyn.db").read_bytes()


@pytest.mark.law("C2")
def test_an_examination_is_logged_first_and_keeps_nothing(world: World) -> None:
    warrant_id = an_issued_warrant(world)
    command = ExaminePhotograph(
        actor=world.people.enroller,
        warrant_id=warrant_id,
        slot_id=slot_of(world, warrant_id),
        photograph=PHOTOGRAPH,
    )
    with world.governance.database.transaction() as tx:
        before = tx.object_ids()
    assert examine_photograph(world.governance, command)[0].code == "size"
    assert world.events()[-1] == "reference.examine"
    with world.governance.database.transaction() as tx:
        assert (tx.references.where(), tx.object_ids()) == ((), before)
    unseen = ExaminePhotograph(
        actor=command.actor, warrant_id=warrant_id, slot_id=command.slot_id, photograph=b"another"
    )
    with pytest.raises(Refused):
        examine_photograph(world.governance, unseen)
    assert len(world.matcher.examined) == 1


@pytest.mark.law("C2", "C13")
@pytest.mark.parametrize("age_band", ["12-17", "unknown"])
def test_a_minors_slot_lives_from_the_second_signature_on(world: World, age_band: str) -> None:
    warrant_id = a_minors_warrant(world, age_band)
    assert enrol_reference(world.governance, enrolment(world, warrant_id)).waits
    assert not the_reference(world.governance).is_live
    first = ConfirmReference(
        actor=world.people.legal_officer, warrant_id=warrant_id, slot_id=slot_of(world, warrant_id)
    )
    with pytest.raises(Refused) as refused:
        confirm_reference(world.governance, first)
    assert refused.value.rule == "C2"
    second = ConfirmReference(actor=a_second_officer(world), warrant_id=warrant_id, slot_id=first.slot_id)
    confirm_reference(world.governance, second)
    assert the_reference(world.governance).is_live
    assert world.events()[-1] == "reference.confirm"
    with pytest.raises(Refused):
        confirm_reference(world.governance, second)


@pytest.mark.law("C2")
def test_whoever_is_no_legal_officer_signs_for_no_minor(world: World) -> None:
    warrant_id = a_minors_warrant(world)
    enrol_reference(world.governance, enrolment(world, warrant_id))
    for actor in (world.people.enroller, world.people.auditor, world.people.reviewers[0], world.people.administrator):
        command = ConfirmReference(actor=actor, warrant_id=warrant_id, slot_id=slot_of(world, warrant_id))
        with pytest.raises(Refused):
            confirm_reference(world.governance, command)


@pytest.mark.law("B2")
def test_there_is_no_bulk_import(world: World) -> None:
    legal = replace(world.governance.legal, enrolments_per_hour=1)
    world.governance = replace(world.governance, legal=legal)
    enrol_reference(world.governance, enrolment(world, an_issued_warrant(world)))
    another = enrolment(world, an_issued_warrant(world, case_reference="CASE-2"))
    with pytest.raises(Refused) as refused:
        enrol_reference(world.governance, another)
    assert refused.value.rule == "B2"
    world.clock.advance(timedelta(hours=1))
    enrol_reference(world.governance, another)


# -- behind the application's back ------------------------------------------------------------------------------------


@pytest.mark.law("A19", "C2")
@pytest.mark.parametrize(
    "change",
    [
        "provenance = 'scraped'",
        "provenance = 'family'",
        "minor = 0",
        "confirmed_by = enrolled_by",
        "confirmed_by = (SELECT applicant FROM warrants)",
        "confirmed_by = (SELECT legal_officer FROM warrants)",
        "origin = 'another'",
    ],
)
def test_the_database_refuses_by_itself(world: World, change: str) -> None:
    enrol_reference(world.governance, enrolment(world, a_minors_warrant(world)))
    with world.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text(f'UPDATE "references" SET {change}'))  # noqa: S608 (the table above)


@pytest.mark.law("C2")
def test_the_database_keeps_the_second_signature(world: World) -> None:
    warrant_id = a_minors_warrant(world)
    enrol_reference(world.governance, enrolment(world, warrant_id))
    slot: SlotId = slot_of(world, warrant_id)
    confirm_reference(
        world.governance, ConfirmReference(actor=a_second_officer(world), warrant_id=warrant_id, slot_id=slot)
    )
    with world.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text('UPDATE "references" SET confirmed_by = NULL'))


def test_a_database_of_before_with_references_is_not_carried_over(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "old.db"))
    upgrade(engine, "0003")
    with engine.begin() as connection:
        drop_guards(connection)
    # A plain connection asks for no warrant and no enroller: this is about the reference alone.
    with closing(sqlite3.connect(tmp_path / "old.db")) as plain, plain:
        plain.execute("""INSERT INTO "references" VALUES ('r', 'w', 's', 'p', 'a', 'b', 1, 2)""")
    with pytest.raises(StorageFailed, match="A19"):
        upgrade(engine)
