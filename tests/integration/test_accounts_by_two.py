"""Accounts and certificates by two people, through the use cases; and what the database itself refuses (B14, E7)."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from governance.adapters.db.database import open_engine, sqlite_url
from governance.adapters.db.guards import drop_guards
from governance.adapters.db.migrate import upgrade
from governance.application.accounts import (
    ChangeShift,
    LogIn,
    authenticate,
    change_shift,
    log_in,
)
from governance.application.certify_reviewer import (
    ConfirmCertificate,
    ProposeCertificate,
    confirm_certificate,
    propose_certificate,
)
from governance.application.confirm_account import (
    ConfirmAccount,
    WithdrawAccount,
    confirm_account,
    withdraw_account,
)
from governance.application.errors import NotLoggedIn, Refused, StorageFailed
from governance.application.review_candidate import ViewCandidate, view_candidate
from governance.application.reviewers import reviewers_on_shift
from governance.domain.identifiers import AccountId
from governance.domain.roles import Role
from tests.builders_accounts import FIRST_PASSWORD, PASSWORD, certify, opened, the_first_two
from tests.builders_accounts import a_proposal as proposed_by
from tests.builders_governance import World, a_governance, an_account, an_alert

pytestmark = pytest.mark.law("B14")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def a_proposal(world: World, login: str = "new", role: Role = Role.OPERATOR) -> AccountId:
    return proposed_by(world.governance, login, {role}, proposer=world.people.administrator)


def confirming(world: World, actor: AccountId, account: AccountId) -> str:
    return confirm_account(world.governance, ConfirmAccount(actor=actor, account_id=account))


def test_a_proposed_account_opens_nothing_and_acts_on_nothing(world: World) -> None:
    new = a_proposal(world)
    with pytest.raises(NotLoggedIn, match="Check name and password"):
        log_in(world.governance, LogIn(login="new", password=FIRST_PASSWORD))
    with pytest.raises(Refused) as refused:
        change_shift(world.governance, ChangeShift(actor=new, begin=True))
    assert refused.value.rule == "B14"


def test_the_administrator_grants_no_one_a_role_alone_himself_included(world: World) -> None:
    people = world.people
    for role in (Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR):
        proposed = a_proposal(world, f"new-{role.value}", role)
        with pytest.raises(Refused):
            confirming(world, people.administrator, proposed)
    # Nor do two administrators together make anybody who takes part in a case.
    with pytest.raises(Refused):
        confirming(world, people.second_administrator, a_proposal(world))
    assert "account.confirm" not in world.events()[-8:]


@pytest.mark.law("E7")
def test_the_word_of_somebody_who_was_withdrawn_is_confirmed_by_nobody(world: World) -> None:
    people = world.people
    new = a_proposal(world)
    certificate = propose_certificate(
        world.governance, ProposeCertificate(actor=people.administrator, account_id=people.reviewers[0], days=30)
    )
    withdraw_account(world.governance, WithdrawAccount(actor=people.legal_officer, account_id=people.administrator))
    with pytest.raises(Refused, match="proposes it anew"):
        confirming(world, people.legal_officer, new)
    with pytest.raises(Refused, match="proposes it anew"):
        confirm_certificate(
            world.governance, ConfirmCertificate(actor=people.legal_officer, certificate_id=certificate)
        )


def test_a_second_person_puts_an_account_in_force(world: World) -> None:
    new = a_proposal(world)
    opened(world.governance, "new", confirming(world, world.people.legal_officer, new))
    token = log_in(world.governance, LogIn(login="new", password=PASSWORD)).token
    assert authenticate(world.governance, token).roles == {Role.OPERATOR}
    assert world.events()[-3:] == ["account.confirm", "account.open", "session.open"]


def test_withdrawing_takes_one_person_and_ends_session_and_shift_at_once(world: World) -> None:
    bea = world.people.reviewers[0]
    token = log_in(world.governance, LogIn(login="bea", password=PASSWORD)).token
    withdraw_account(world.governance, WithdrawAccount(actor=world.people.administrator, account_id=bea))
    assert world.events()[-1] == "account.withdraw"
    with pytest.raises(NotLoggedIn):
        authenticate(world.governance, token)
    with pytest.raises(NotLoggedIn):
        log_in(world.governance, LogIn(login="bea", password=PASSWORD))
    with world.governance.database.transaction() as tx:
        assert not tx.accounts.get(bea).is_on_shift(world.clock.now())
        assert not tx.sessions.where(account_id=bea)


def test_the_controller_cannot_put_the_supervisor_out(world: World) -> None:
    for actor in (world.people.administrator, world.people.legal_officer):
        with pytest.raises(Refused):
            withdraw_account(world.governance, WithdrawAccount(actor=actor, account_id=world.people.auditor))


def test_the_first_two_are_made_once(world: World) -> None:
    with pytest.raises(Refused):
        the_first_two(world.governance, "third", "fourth")


@pytest.mark.law("E7")
def test_without_a_certificate_nobody_comes_on_shift_or_looks(world: World) -> None:
    alert = an_alert(world)
    bea = world.people.reviewers[0]
    with world.governance.database.transaction() as tx:
        (warrant,) = tx.warrants.where()
        before = reviewers_on_shift(tx, warrant, now=world.clock.now())
    assert before >= 2
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE accounts SET certified_until = NULL WHERE account_id = :id"), {"id": bea})
    with pytest.raises(Refused) as refused:
        change_shift(world.governance, ChangeShift(actor=bea, begin=True))
    assert refused.value.rule == "E7"
    with pytest.raises(Refused) as refused:
        view_candidate(world.governance, ViewCandidate(actor=bea, alert_id=alert))
    assert refused.value.rule == "E7"
    with world.governance.database.transaction() as tx:
        assert reviewers_on_shift(tx, warrant, now=world.clock.now()) == before - 1


@pytest.mark.law("E7")
def test_a_certificate_ends_on_its_day_and_needs_two_others_to_be_renewed(world: World) -> None:
    people, bea = world.people, world.people.reviewers[0]
    world.clock.advance(timedelta(days=365))
    with pytest.raises(Refused):
        change_shift(world.governance, ChangeShift(actor=bea, begin=True))
    with pytest.raises(Refused):
        propose_certificate(world.governance, ProposeCertificate(actor=people.administrator, account_id=bea, days=366))
    senior = an_account(world, "sven", Role.SENIOR_OPERATOR)
    with pytest.raises(Refused):
        propose_certificate(world.governance, ProposeCertificate(actor=senior, account_id=senior, days=30))
    certify(world.governance, bea, proposer=senior, confirmer=people.legal_officer, days=30)
    change_shift(world.governance, ChangeShift(actor=bea, begin=True))


FORBIDDEN = {
    "confirmed by its proposer": "UPDATE accounts SET confirmed_by = proposed_by, confirmed_at = 1 WHERE login = 'new'",
    "confirmed by itself": "UPDATE accounts SET confirmed_by = account_id, confirmed_at = 1 WHERE login = 'new'",
    "confirmed by nobody there is": "UPDATE accounts SET confirmed_by = 'x', confirmed_at = 1 WHERE login = 'new'",
    "confirmed by a proposal": "UPDATE accounts SET confirmed_by = (SELECT account_id FROM accounts"
    " WHERE login = 'other'), confirmed_at = 1 WHERE login = 'new'",
    "born in force": "INSERT INTO accounts SELECT 'x', 'x', organisation, roles, password_hash, NULL, demo, 0,"
    " NULL, 0, NULL, on_shift_until, certified_until, proposed_by, confirmed_by, confirmed_at, withdrawn_at,"
    " created_at, expires_at FROM accounts WHERE login = 'lex'",
    "another proposer": "UPDATE accounts SET proposed_by = 'x' WHERE login = 'new'",
    "another role": "UPDATE accounts SET roles = 'auditor' WHERE login = 'bea'",
    "another organisation": "UPDATE accounts SET organisation = 'region' WHERE login = 'bea'",
    "a confirmation taken back": "UPDATE accounts SET confirmed_by = NULL, confirmed_at = NULL WHERE login = 'bea'",
    "a withdrawal taken back": "UPDATE accounts SET withdrawn_at = NULL WHERE login = 'gone'",
    "certified without a certificate": "UPDATE accounts SET certified_until = 9999999999999 WHERE login = 'bea'",
    "a certificate drawn out": "UPDATE certificates SET ends_at = ends_at + 1",
    "a certificate by one person": "INSERT INTO certificates SELECT 'x', account_id, ends_at, proposed_by,"
    " confirmed_by, created_at, expires_at FROM certificates LIMIT 1",
    "the region's operator": "INSERT INTO accounts SELECT 'x', 'x', 'region', roles, password_hash, NULL, demo, 0,"
    " NULL, 0, NULL, on_shift_until, certified_until, proposed_by, confirmed_by, confirmed_at, withdrawn_at,"
    " created_at, expires_at FROM accounts WHERE login = 'new'",
}


@pytest.mark.law("B14", "E7")
@pytest.mark.parametrize("change", FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_database_refuses_what_two_people_did_not_do(world: World, change: str) -> None:
    a_proposal(world, "new")
    a_proposal(world, "other", Role.LEGAL_OFFICER)
    gone = an_account(world, "gone", Role.OPERATOR)
    withdraw_account(world.governance, WithdrawAccount(actor=world.people.administrator, account_id=gone))
    with pytest.raises(IntegrityError), world.engine.begin() as connection:
        connection.execute(text(change))


@pytest.mark.law("E7")
@pytest.mark.parametrize("confirmer", ["proposed_by", "account_id", "'gone'", "'waiting'", "'nobody'"])
def test_the_database_has_a_certificate_confirmed_by_another_person_in_force(world: World, confirmer: str) -> None:
    a_proposal(world, "new")
    gone = an_account(world, "gone", Role.LEGAL_OFFICER)
    withdraw_account(world.governance, WithdrawAccount(actor=world.people.administrator, account_id=gone))
    by = confirmer.replace("gone", gone)
    with world.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO certificates SELECT 'x', account_id, ends_at, proposed_by, NULL, created_at, expires_at"
                " FROM certificates LIMIT 1"
            )
        )
        waiting = connection.execute(text("SELECT account_id FROM accounts WHERE login = 'new'")).scalar_one()
    by = by.replace("waiting", waiting)
    with pytest.raises(IntegrityError, match=r"another person|by_two_others"), world.engine.begin() as connection:
        connection.execute(text(f"UPDATE certificates SET confirmed_by = {by} WHERE certificate_id = 'x'"))  # noqa: S608


@pytest.mark.law("B14")
def test_a_database_of_before_with_accounts_by_one_person_is_not_carried_over(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "old.db"))
    upgrade(engine, "0011")
    with engine.begin() as connection:
        drop_guards(connection)
        connection.execute(
            text("INSERT INTO accounts VALUES ('a', 'adam', 'administrator', '', 0, 0, NULL, NULL, 1, 2)")
        )
    with pytest.raises(StorageFailed, match="B14"):
        upgrade(engine)
