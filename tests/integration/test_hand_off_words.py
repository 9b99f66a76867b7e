"""What a patrol says and does not say: silence leaves a record, and *right* takes a second person's word (B12, C5)."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from governance.application.budgets import (
    list_budgets,
)
from governance.application.confirm_found import list_unconfirmed
from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.erase import expire_due
from governance.application.errors import Refused
from governance.application.hand_off_queries import list_hand_offs
from governance.application.interventions import list_interventions, read_intervention
from governance.domain.hand_offs import Found, VerifiedBy, may_confirm
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.roles import Role
from tests.builders_governance import (
    World,
    a_deployment,
    a_governance,
    an_account,
)
from tests.builders_leads import a_lead, concluded, confirmed, kept, scalars, sent, taken

pytestmark = pytest.mark.law("A9b", "B12", "C5")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_governance(tmp_path)
    a_deployment(world)
    return world


# -- silence ---------------------------------------------------------------------------------------------------------


def silent(world: World, name: str = "lead") -> str:
    hand_off_id = taken(world, a_lead(world, name))
    world.clock.advance(world.governance.legal.hand_off_time)
    expire_due(world.governance)
    return hand_off_id


def test_silence_leaves_a_sealed_record_until_the_complaint_period_is_over(world: World) -> None:
    silent(world)
    assert kept(world) == [Found.UNKNOWN]
    (line,) = list_interventions(world.governance, world.people.auditor)
    said = json.loads(read_intervention(world.governance, world.people.auditor, line.record).value)
    assert (said["found"], said["alert"]) == ("unknown", "lead")
    with pytest.raises(Refused):
        read_intervention(world.governance, world.people.patrol, line.record)
    period = world.governance.legal.complaint_period
    world.clock.advance(period - timedelta(hours=1))
    expire_due(world.governance)
    assert kept(world) == [Found.UNKNOWN]
    world.clock.advance(timedelta(days=2))
    expire_due(world.governance)
    assert kept(world) == []


@pytest.mark.parametrize(
    ("found", "verified_by"), [(Found.NOT_STOPPED, None), (Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)]
)
def test_the_patrols_late_report_that_nobody_was_wronged_ends_the_record(
    world: World, found: Found, verified_by: VerifiedBy | None
) -> None:
    hand_off_id = silent(world)
    record = list_interventions(world.governance, world.people.auditor)[0].record
    concluded(world, hand_off_id, found, verified_by)
    assert kept(world) == []
    assert record not in scalars(world, "SELECT object_id FROM objects")
    # The outcome stays unknown, and what is said late credits nothing.
    assert scalars(world, "SELECT found FROM hand_offs") == ["unknown"]
    assert scalars(world, "SELECT verdict FROM charges") == ["false"]
    assert scalars(world, "SELECT rule FROM narrowings") == (["A9b"] if found is Found.IDENTITY_RIGHT else [])
    assert not list_hand_offs(world.governance, world.people.legal_officer)[0].unreported
    with pytest.raises(Refused, match="once"):
        concluded(world, hand_off_id, Found.IDENTITY_WRONG)


def test_the_patrols_late_report_of_a_wrong_stop_keeps_the_record(world: World) -> None:
    hand_off_id = silent(world)
    with pytest.raises(Refused, match="unknown already"):
        concluded(world, hand_off_id, Found.UNKNOWN)
    with pytest.raises(Refused, match="how the identity was verified"):
        concluded(world, hand_off_id, Found.IDENTITY_RIGHT)
    concluded(world, hand_off_id, Found.IDENTITY_WRONG)
    assert kept(world) == [Found.IDENTITY_WRONG]
    with pytest.raises(Refused, match="once"):
        concluded(world, hand_off_id, Found.NOT_STOPPED)
    assert kept(world) == [Found.IDENTITY_WRONG]


def test_who_was_shown_nothing_leaves_no_record(world: World) -> None:
    hand_off_id = sent(world, a_lead(world))
    world.clock.advance(world.governance.legal.hand_off_time)
    expire_due(world.governance)
    assert kept(world) == []
    with pytest.raises(Refused, match="counts as unknown"):
        concluded(world, hand_off_id, Found.IDENTITY_WRONG)


def test_no_lead_that_was_shown_ends_in_silence_without_a_record_in_the_database(world: World) -> None:
    taken(world, a_lead(world))
    for state in ("'overdue', found = 'unknown'", "'recalled'", "'concluded', found = 'identity-wrong'"):
        with pytest.raises(DatabaseError, match="has a record that stays"), world.engine.begin() as connection:
            connection.execute(text(f"UPDATE hand_offs SET state = {state}"))  # noqa: S608 (own words)


def test_the_database_makes_no_wrong_intervention_an_unknown_one(world: World) -> None:
    concluded(world, taken(world, a_lead(world)), Found.IDENTITY_WRONG)
    with pytest.raises(DatabaseError, match="stays one"), world.engine.begin() as connection:
        connection.execute(text("UPDATE interventions SET said = 'unknown'"))


_CONFIRMED_BY = (
    "INSERT INTO confirmations SELECT h.hand_off_id, {}, 'r', h.created_at, h.expires_at FROM hand_offs h"
    " WHERE h.alert_id = '{}'"
)


# -- a second person's word ------------------------------------------------------------------------------------------


def a_right_lead(world: World, name: str = "lead") -> str:
    hand_off_id = taken(world, a_lead(world, name))
    concluded(world, hand_off_id, Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)
    return hand_off_id


def test_a_patrols_word_alone_credits_nothing_however_long_it_stands(world: World) -> None:
    hand_off_id = a_right_lead(world)
    world.clock.advance(world.governance.legal.hand_off_time)
    expire_due(world.governance)
    (line,) = list_budgets(world.governance, world.people.auditor)
    assert (line.credited, line.spent) == (0, 1)
    (waits,) = list_unconfirmed(world.governance, world.people.legal_officer)
    assert waits.hand_off_id == hand_off_id
    assert [one.found for one in list_hand_offs(world.governance, world.people.auditor)] == [Found.IDENTITY_RIGHT]


def test_who_had_a_part_in_a_lead_does_not_confirm_it(world: World) -> None:
    hand_off_id = a_right_lead(world)
    people = world.people
    for actor in (people.patrol, people.reviewers[0], people.reviewers[1], people.auditor, people.applicant):
        with pytest.raises(Refused):
            confirmed(world, by=actor)
    # A senior operator who reviewed it is barred too: the rule asks who had a part, not which role.
    senior = an_account(world, "sten", Role.SENIOR_OPERATOR)
    with world.governance.database.transaction() as tx:
        hand_off = tx.hand_offs.get(hand_off_id)
    for part in ({senior}, set()):
        decision = may_confirm(
            replace(hand_off, sent_by=AccountId("other") if part else senior),
            confirms=senior,
            reviewers=part,
            register_number="K 1-26",
            confirmed=False,
        )
        assert not decision.allowed
    confirmed(world, by=senior)
    with pytest.raises(Refused, match="already"):
        confirmed(world, by=people.legal_officer, hand_off_id=hand_off_id)


@pytest.mark.parametrize("number", ["", "   ", "the patrol said so", "1" * 61])
def test_a_confirmation_names_the_polices_own_report(world: World, number: str) -> None:
    a_right_lead(world)
    with pytest.raises(Refused, match="register number"):
        confirmed(world, number=number)
    assert scalars(world, "SELECT count(*) FROM confirmations") == [0]


def test_the_register_number_is_sealed_and_goes_with_the_warrant(world: World) -> None:
    a_right_lead(world)
    confirmed(world, number="5000-K1234567-26")
    assert "5000-K1234567-26" not in str(world.entries())
    report = scalars(world, "SELECT report FROM confirmations")[0]
    assert scalars(world, "SELECT object_id FROM objects WHERE data_class = 'review'").count(report) == 1
    warrant = WarrantId(str(scalars(world, "SELECT warrant_id FROM warrants")[0]))
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    assert report not in scalars(world, "SELECT object_id FROM objects")


def test_nothing_is_credited_once_the_warrant_is_over(world: World) -> None:
    hand_off_id = a_right_lead(world)
    warrant = WarrantId(str(scalars(world, "SELECT warrant_id FROM warrants")[0]))
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    assert list_unconfirmed(world.governance, world.people.legal_officer) == ()
    with pytest.raises(Refused, match="over"):
        confirmed(world, hand_off_id=hand_off_id)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE charges SET verdict = 'right'", "only a patrol and a second person"),
        (_CONFIRMED_BY.format("patrol", "right"), "had a part"),
        (_CONFIRMED_BY.format("sent_by", "right"), "had a part"),
        (
            _CONFIRMED_BY.format(
                "(SELECT max(r.reviewer) FROM reviews r WHERE r.alert_id = h.alert_id AND r.reviewer <> h.sent_by)",
                "right",
            ),
            "had a part",
        ),
        (_CONFIRMED_BY.format("(SELECT legal_officer FROM warrants)", "sent"), "found right"),
    ],
)
def test_the_database_credits_nothing_by_one_persons_word(world: World, statement: str, sentence: str) -> None:
    right = a_lead(world, "right")
    sent(world, a_lead(world, "sent"))
    concluded(world, taken(world, right), Found.IDENTITY_RIGHT, VerifiedBy.DOCUMENT)
    with pytest.raises(DatabaseError, match=sentence), world.engine.begin() as connection:
        connection.execute(text(statement))
