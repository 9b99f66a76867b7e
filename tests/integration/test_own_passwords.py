"""An account is opened by whoever it is for, with a password of their own; who may begin; who is made to wait."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from governance.application import accounts
from governance.application.accounts import LogIn, authenticate, log_in
from governance.application.change_password import ChangePassword, change_password
from governance.application.confirm_account import ConfirmAccount, WithdrawAccount, confirm_account, withdraw_account
from governance.application.errors import BadInput, NotLoggedIn, Refused
from governance.application.governance import Governance
from governance.application.list_accounts import list_accounts
from governance.application.open_account import OpenAccount, open_account, opening_hash
from governance.application.sessions import MOST_KNOWN, is_known, is_right, mark_of, with_mark
from governance.domain.accounts import FREE_FAILURES, LONGEST_WAIT, OPENING_TIME, SHORTEST_WAIT, Account
from governance.domain.identifiers import AccountId
from governance.domain.roles import Role
from tests.builders_accounts import FIRST_PASSWORD, PASSWORD, a_proposal, opened, the_first_two
from tests.builders_contracts import a_trusted_site
from tests.builders_governance import SetClock, World, a_governance, an_account, reopen

pytestmark = pytest.mark.law("B14")
ANOTHER = "another horse battery"
WRONG = "wrong wrong wrong"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def a_confirmed(world: World, login: str = "new", role: Role = Role.OPERATOR) -> tuple[AccountId, str]:
    account = a_proposal(world.governance, login, {role}, proposer=world.people.administrator)
    command = ConfirmAccount(actor=world.people.legal_officer, account_id=account)
    return account, confirm_account(world.governance, command)


def opening(world: World, code: str, *, login: str = "new", first: str = FIRST_PASSWORD, own: str = PASSWORD) -> None:
    open_account(world.governance, OpenAccount(login=login, first=first, code=code, own=own))


def sentence_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(NotLoggedIn) as refused:
        attempt()
    return str(refused.value)


def entering(world: World, login: str, password: str = PASSWORD, marks: str = "") -> str:
    return log_in(world.governance, LogIn(login=login, password=password, marks=marks)).mark


# -- opening ----------------------------------------------------------------------------------------------------------


def test_the_owner_opens_the_account_and_what_others_knew_of_it_is_worth_nothing(world: World) -> None:
    new, code = a_confirmed(world)
    opening(world, code.upper()[:16] + "-" + code[16:] + " ")
    assert world.events()[-1] == "account.open"
    entering(world, "new")
    sentence_of(lambda: entering(world, "new", FIRST_PASSWORD))
    sentence_of(lambda: opening(world, code, own=ANOTHER))
    assert authenticate(world.governance, log_in(world.governance, LogIn(login="new", password=PASSWORD)).token).login
    with world.governance.database.transaction() as tx:
        assert tx.accounts.get(new).opening_hash is None


def test_an_account_opens_only_with_the_first_password_and_the_code_and_in_time(world: World) -> None:
    refusals = set()
    for number, (first, with_code, in_time) in enumerate(product((True, False), repeat=3)):
        login = f"one-{number}"
        _, code = a_confirmed(world, login)
        world.clock.advance(OPENING_TIME - timedelta(milliseconds=1) if in_time else OPENING_TIME)
        command = OpenAccount(
            login=login,
            first=FIRST_PASSWORD if first else WRONG,
            code=code if with_code else "0" * 32,
            own=PASSWORD,
        )
        attempt, enter = partial(open_account, world.governance, command), partial(entering, world, login)
        if first and with_code and in_time:
            attempt()
            enter()
            continue
        refusals.add(sentence_of(attempt))
        assert world.events()[-1] == "session.refuse"
        sentence_of(enter)
    refusals.add(sentence_of(lambda: opening(world, "0" * 32, login="nobody")))
    refusals.add(sentence_of(lambda: opening(world, "0" * 32, login="bea", first=PASSWORD, own=ANOTHER)))
    assert len(refusals) == 1


def test_the_code_of_one_account_opens_no_other_and_none_that_was_withdrawn(world: World) -> None:
    one, code = a_confirmed(world, "one")
    a_confirmed(world, "two")
    sentence_of(lambda: opening(world, code, login="two"))
    withdraw_account(world.governance, WithdrawAccount(actor=world.people.legal_officer, account_id=one))
    sentence_of(lambda: opening(world, code, login="one"))


def test_only_the_holder_of_the_right_password_is_told_to_open_the_account_first(world: World) -> None:
    a_proposal(world.governance, "proposed", {Role.OPERATOR}, proposer=world.people.administrator)
    new, _ = a_confirmed(world)
    told = sentence_of(lambda: entering(world, "new", FIRST_PASSWORD))
    assert "/password" in told
    others = {
        sentence_of(lambda: entering(world, "new", WRONG)),
        sentence_of(lambda: entering(world, "nobody", WRONG)),
        sentence_of(lambda: entering(world, "bea", WRONG)),
        sentence_of(lambda: entering(world, "proposed", FIRST_PASSWORD)),
    }
    withdraw_account(world.governance, WithdrawAccount(actor=world.people.legal_officer, account_id=new))
    others.add(sentence_of(lambda: entering(world, "new", FIRST_PASSWORD)))
    assert len(others) == 1
    assert told not in others


def test_an_own_password_is_good_and_another_than_the_first_whoever_asks(world: World) -> None:
    _, code = a_confirmed(world)
    for login, own in product(("new", "nobody"), ("short", FIRST_PASSWORD, f"{'x' * 12}new nobody", "x" * 1001)):
        before = world.events()
        with pytest.raises(BadInput):
            opening(world, code, login=login, own=own)
        assert world.events() == before
    opening(world, code)


def test_what_is_kept_of_a_code_is_of_one_account() -> None:
    code = "0123456789abcdef" * 2
    kept = [opening_hash(AccountId(account), code) for account in ("a", "b")]
    assert kept[0] == hashlib.sha256(b"insyn/opening/1\x00a\x00" + code.encode()).hexdigest()
    assert kept[0] != kept[1]


def test_nothing_but_a_hash_is_kept_of_the_code(world: World) -> None:
    _, code = a_confirmed(world)
    for path in world.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert code.encode() not in content, path
            assert bytes.fromhex(code) not in content, path


def test_the_list_says_who_has_not_opened_their_account_and_who_can_no_more(world: World) -> None:
    def state() -> str:
        lines = list_accounts(world.governance, world.people.auditor)
        return next(line.state for line in lines if line.login == "new")

    _, code = a_confirmed(world)
    states = [state()]
    world.clock.advance(OPENING_TIME)
    states.append(state())
    world.clock.advance(-OPENING_TIME)
    opening(world, code)
    assert [*states, state()] == ["not opened", "not opened in time", "in force"]


def test_nobody_acts_before_the_account_is_opened(world: World) -> None:
    people = world.people
    officer, code = a_confirmed(world, "lars", Role.LEGAL_OFFICER)
    new = a_proposal(world.governance, "new", {Role.OPERATOR}, proposer=people.administrator)
    with pytest.raises(Refused, match="has not opened it yet"):
        confirm_account(world.governance, ConfirmAccount(actor=officer, account_id=new))
    opening(world, code, login="lars")
    opened(world.governance, "new", confirm_account(world.governance, ConfirmAccount(actor=officer, account_id=new)))


# -- changing one's own -----------------------------------------------------------------------------------------------


def test_a_changed_password_ends_every_session_but_the_one_it_begins(world: World) -> None:
    bea = world.people.reviewers[0]
    before = [log_in(world.governance, LogIn(login="bea", password=PASSWORD)) for _ in range(2)]
    changed = change_password(world.governance, ChangePassword(actor=bea, present=PASSWORD, own=ANOTHER))
    assert world.events()[-2:] == ["password.change", "session.open"]
    for session in before:
        with pytest.raises(NotLoggedIn):
            authenticate(world.governance, session.token)
    assert authenticate(world.governance, changed.token).account_id == bea
    sentence_of(lambda: entering(world, "bea"))
    entering(world, "bea", ANOTHER)


def test_a_password_that_is_changed_while_it_is_compared_opens_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bea = world.people.reviewers[0]

    def slowly(governance: Governance, account: Account | None, password: str) -> bool:
        right = is_right(governance, account, password)
        change_password(governance, ChangePassword(actor=bea, present=PASSWORD, own=ANOTHER))
        return right

    monkeypatch.setattr(accounts, "is_right", slowly)
    sentence_of(lambda: entering(world, "bea"))


def test_a_password_is_changed_only_with_the_present_one_and_guessing_it_has_to_wait(world: World) -> None:
    bea = world.people.reviewers[0]
    token = log_in(world.governance, LogIn(login="bea", password=PASSWORD)).token
    for _ in range(FREE_FAILURES + 1):
        sentence_of(lambda: change_password(world.governance, ChangePassword(actor=bea, present=WRONG, own=ANOTHER)))
    right = ChangePassword(actor=bea, present=PASSWORD, own=ANOTHER)
    sentence_of(lambda: change_password(world.governance, right))
    assert authenticate(world.governance, token).account_id == bea
    world.clock.advance(SHORTEST_WAIT)
    change_password(world.governance, right)


def test_a_changed_password_is_another_and_a_good_one(world: World) -> None:
    bea = world.people.reviewers[0]
    for own in (PASSWORD, "short", "bea is my name"):
        with pytest.raises(BadInput):
            change_password(world.governance, ChangePassword(actor=bea, present=PASSWORD, own=own))
    entering(world, "bea")


# -- waiting ----------------------------------------------------------------------------------------------------------


def hammered(world: World, login: str, attempts: int = 40) -> None:
    for _ in range(attempts):
        sentence_of(lambda: entering(world, login, WRONG))


def test_a_stranger_at_the_door_keeps_nobody_out_of_the_browser_that_they_always_use(world: World) -> None:
    mark = entering(world, "bea")
    hammered(world, "bea")
    assert world.events().count("account.lock") == 1
    sentence_of(lambda: entering(world, "bea"))
    entering(world, "bea", marks=mark)
    # That the owner came in gives the stranger nothing back.
    sentence_of(lambda: entering(world, "bea"))


def test_a_mark_is_of_one_account_and_one_password_and_cannot_be_made_up(world: World) -> None:
    cai, mark = entering(world, "cai"), entering(world, "bea")
    later = f"{mark[:64]}{int(mark[64:72], 16) + 1:08x}{mark[72:]}"
    hammered(world, "bea")
    for made_up in (
        cai,
        "0" * len(mark),
        mark[:-1],
        later,
        mark.upper(),
        "",
        "å",
        ".".join([cai] * (MOST_KNOWN + 1) + [mark]),
    ):
        sentence_of(partial(entering, world, "bea", marks=made_up))
    bea = world.people.reviewers[0]
    changed = change_password(world.governance, ChangePassword(actor=bea, present=PASSWORD, own=ANOTHER))
    sentence_of(lambda: entering(world, "bea", ANOTHER, marks=mark))
    entering(world, "bea", ANOTHER, marks=with_mark(cai, changed.mark))


@pytest.mark.parametrize(("days", "known"), [(90, True), (91, False)])
def test_a_browser_is_known_for_ninety_days_whoever_else_logs_in_there(
    world: World,
    days: int,
    known: bool,  # noqa: FBT001
) -> None:
    with world.governance.database.transaction() as tx:
        bea, cai = (tx.accounts.get(one) for one in world.people.reviewers[:2])
    marks = mark_of(world.governance, bea)
    for passed in (days - 45, 45):
        world.clock.advance(timedelta(days=passed))
        marks = with_mark(marks, mark_of(world.governance, cai))
    assert is_known(world.governance, bea, marks) is known
    assert is_known(world.governance, cai, marks)
    # Whose time is over is shown no more, and each is shown once.
    assert len(marks.split(".")) == (2 if known else 1)


def test_whoever_guesses_at_a_known_browser_has_to_wait_too(world: World) -> None:
    mark = entering(world, "bea")
    for _ in range(FREE_FAILURES + 1):
        sentence_of(lambda: entering(world, "bea", WRONG, mark))
    sentence_of(lambda: entering(world, "bea", marks=mark))
    world.clock.advance(SHORTEST_WAIT)
    entering(world, "bea", marks=mark)


def test_whoever_has_the_code_is_not_made_to_wait_by_whoever_has_not(world: World) -> None:
    _, code = a_confirmed(world)
    for _ in range(20):
        sentence_of(lambda: opening(world, "0" * 32, first=WRONG))
    opening(world, code)


def test_the_confirmer_cannot_guess_the_first_password_for_long(world: World) -> None:
    _, code = a_confirmed(world)
    for _ in range(FREE_FAILURES + 1):
        sentence_of(lambda: opening(world, code, first=WRONG))
    sentence_of(lambda: opening(world, code))
    world.clock.advance(LONGEST_WAIT)
    opening(world, code)


@given(st.lists(st.text(alphabet="0123456789abcdef", min_size=64, max_size=64), max_size=12), st.text(max_size=150))
def test_a_browser_shows_few_marks_the_newest_first_and_nothing_else(whose: list[str], odd: str) -> None:
    marks, shown = [f"{one}{20_604:08x}{'0' * 64}" for one in whose], odd
    for mark in marks:
        shown = with_mark(shown, mark)
    newest = list(dict.fromkeys(reversed(marks)))[:MOST_KNOWN]
    if marks:
        assert shown.split(".")[: len(newest)] == newest
        assert len(shown.split(".")) <= MOST_KNOWN
        assert set(shown) <= set("0123456789abcdef.")


# -- the founding -----------------------------------------------------------------------------------------------------


def test_two_administrators_begin_with_one_auditor_and_put_nobody_else_over_themselves(tmp_path: Path) -> None:
    world = reopen(tmp_path, a_trusted_site(), SetClock())
    governance = world.governance
    first, second = the_first_two(governance, "root", "roy")

    def attempt(login: str, role: Role, actor: AccountId = second) -> str:
        account = a_proposal(governance, login, {role}, proposer=first)
        return confirm_account(governance, ConfirmAccount(actor=actor, account_id=account))

    for role in (Role.LEGAL_OFFICER, Role.DATA_PROTECTION_OFFICER):
        with pytest.raises(Refused, match="is confirmed by auditor"):
            attempt(f"early-{role.value}", role)
    code = attempt("ola", Role.AUDITOR)
    # While the first one can still be opened there is no other.
    with pytest.raises(Refused):
        attempt("olga", Role.AUDITOR)
    world.clock.advance(OPENING_TIME)
    # It never was: the founding goes on.
    sentence_of(lambda: opening(world, code, login="ola"))
    opened(governance, "oda", attempt("oda", Role.AUDITOR))
    world.clock.advance(OPENING_TIME)
    with pytest.raises(Refused):
        attempt("olof", Role.AUDITOR)
    with world.governance.database.transaction() as tx:
        (oda,) = tx.accounts.where(login="oda")
    opened(governance, "lex", attempt("lex", Role.LEGAL_OFFICER, oda.account_id))
    withdraw_account(governance, WithdrawAccount(actor=oda.account_id, account_id=oda.account_id))
    with pytest.raises(Refused):
        attempt("otto", Role.AUDITOR)
    world.close()


@pytest.mark.parametrize("role", [Role.LEGAL_OFFICER, Role.DATA_PROTECTION_OFFICER, Role.AUDITOR])
def test_no_administrator_confirms_whoever_watches_nor_reopens_the_founding_by_putting_them_out(
    world: World, role: Role
) -> None:
    people = world.people
    withdraw_account(world.governance, WithdrawAccount(actor=people.administrator, account_id=people.legal_officer))
    account = a_proposal(world.governance, "new", {role}, proposer=people.administrator)
    with pytest.raises(Refused):
        confirm_account(world.governance, ConfirmAccount(actor=people.second_administrator, account_id=account))
    opened(
        world.governance,
        "new",
        confirm_account(world.governance, ConfirmAccount(actor=people.auditor, account_id=account)),
    )


# -- what the database refuses ----------------------------------------------------------------------------------------

_SESSION = "INSERT INTO sessions SELECT 'x', account_id, 1, 2 FROM accounts WHERE login = "
FORBIDDEN = {
    "confirmed without a code": "UPDATE accounts SET confirmed_at = 1, confirmed_by ="
    " (SELECT account_id FROM accounts WHERE login = 'lex') WHERE login = 'proposed'",
    "confirmed by a role that may not": "UPDATE accounts SET confirmed_at = 1, opening_hash = 'x', confirmed_by ="
    " (SELECT account_id FROM accounts WHERE login = 'roy') WHERE login = 'proposed'",
    "an officer confirmed by an administrator": "UPDATE accounts SET confirmed_at = 1, opening_hash = 'x',"
    " confirmed_by = (SELECT account_id FROM accounts WHERE login = 'roy') WHERE login = 'officer'",
    "a second auditor confirmed by an administrator": "UPDATE accounts SET confirmed_at = 1, opening_hash = 'x',"
    " confirmed_by = (SELECT account_id FROM accounts WHERE login = 'roy') WHERE login = 'second'",
    "confirmed by an account that is not opened": "UPDATE accounts SET confirmed_at = 1, opening_hash = 'x',"
    " confirmed_by = (SELECT account_id FROM accounts WHERE login = 'lars') WHERE login = 'proposed'",
    "confirmed with another password": "UPDATE accounts SET confirmed_at = 1, opening_hash = 'x', password_hash = 'x',"
    " confirmed_by = (SELECT account_id FROM accounts WHERE login = 'lex') WHERE login = 'proposed'",
    "born with a code": "INSERT INTO accounts SELECT 'x', 'x', organisation, roles, password_hash, 'x', demo, 0, NULL,"
    " 0, NULL, NULL, NULL, proposed_by, NULL, NULL, NULL, created_at, expires_at FROM accounts WHERE login = 'lex'",
    "a code for a proposal": "UPDATE accounts SET opening_hash = 'x' WHERE login = 'proposed'",
    "a code for an account in force": "UPDATE accounts SET opening_hash = 'x' WHERE login = 'bea'",
    "another code": "UPDATE accounts SET opening_hash = 'x' WHERE login = 'waiting'",
    "opened with the first password": "UPDATE accounts SET opening_hash = NULL WHERE login = 'waiting'",
    "opened after its withdrawal": "UPDATE accounts SET opening_hash = NULL, password_hash = 'x' WHERE login = 'gone'",
    "another password for a proposal": "UPDATE accounts SET password_hash = 'x' WHERE login = 'proposed'",
    "another first password": "UPDATE accounts SET password_hash = 'x' WHERE login = 'waiting'",
    "another password for somebody withdrawn": "UPDATE accounts SET password_hash = 'x' WHERE login = 'left'",
    "another password while sessions go on": "UPDATE accounts SET password_hash = 'x' WHERE login = 'bea'",
    "a session of a proposal": f"{_SESSION}'proposed'",
    "a session of what nobody opened": f"{_SESSION}'waiting'",
    "a session of somebody withdrawn": f"{_SESSION}'left'",
    "a session of nobody": "INSERT INTO sessions VALUES ('x', 'x', 1, 2)",
}
_SAID = {
    name: sentence
    for sentence, names in {
        "role that may": (
            "confirmed by a role that may not",
            "an officer confirmed by an administrator",
            "a second auditor confirmed by an administrator",
        ),
        "whose own is in force": ("confirmed by an account that is not opened",),
        "begins as a proposal": ("born with a code",),
        "one opening code": (
            "confirmed without a code",
            "a code for a proposal",
            "a code for an account in force",
            "another code",
        ),
        "of their own in place": ("opened with the first password",),
        "a password changes": (
            "confirmed with another password",
            "another password for a proposal",
            "another first password",
            "opened after its withdrawal",
            "another password for somebody withdrawn",
            "another password while sessions go on",
        ),
        "a session is of": (
            "a session of a proposal",
            "a session of what nobody opened",
            "a session of somebody withdrawn",
            "a session of nobody",
        ),
    }.items()
    for name in names
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_the_database_refuses_what_no_owner_did(world: World, name: str) -> None:
    people = world.people
    for login, role in (("proposed", Role.OPERATOR), ("officer", Role.LEGAL_OFFICER), ("second", Role.AUDITOR)):
        a_proposal(world.governance, login, {role}, proposer=people.administrator)
    a_confirmed(world, "waiting")
    a_confirmed(world, "lars", Role.LEGAL_OFFICER)
    gone, _ = a_confirmed(world, "gone")
    left = an_account(world, "left", Role.OPERATOR)
    for account in (gone, left):
        withdraw_account(world.governance, WithdrawAccount(actor=people.legal_officer, account_id=account))
    entering(world, "bea")
    with pytest.raises(IntegrityError, match=_SAID[name]), world.engine.begin() as connection:
        connection.execute(text(FORBIDDEN[name]))


# -- what the reader is offered ---------------------------------------------------------------------------------------


def test_a_step_is_offered_to_whom_the_rules_allow_it_and_to_nobody_else(world: World) -> None:
    """Whatever the list offers is done when it is tried; whatever it withholds is refused for the reason it gave."""
    people = world.people
    wanted = {"op": Role.OPERATOR, "adm": Role.ADMINISTRATOR, "aud": Role.AUDITOR, "lo": Role.LEGAL_OFFICER}
    readers = (people.administrator, people.second_administrator, people.auditor, people.legal_officer)
    for number, reader in enumerate(readers):
        for name, role in wanted.items():
            login = f"{name}-{number}"
            new = a_proposal(world.governance, login, {role}, proposer=people.administrator)
            line = next(one for one in list_accounts(world.governance, reader) if one.login == login)
            assert line.confirm is not None
            command = ConfirmAccount(actor=reader, account_id=new)
            if line.confirm.why_not:
                with pytest.raises(Refused) as refused:
                    confirm_account(world.governance, command)
                assert " ".join(one.reason for one in refused.value.decisions) == line.confirm.why_not
            else:
                confirm_account(world.governance, command)
            after = next(one for one in list_accounts(world.governance, reader) if one.login == login)
            assert (after.confirm is None) is (line.confirm.why_not == "")
            assert after.withdraw is not None
            withdraw = WithdrawAccount(actor=reader, account_id=new)
            if after.withdraw.why_not:
                with pytest.raises(Refused) as refused:
                    withdraw_account(world.governance, withdraw)
                assert refused.value.decisions[0].reason == after.withdraw.why_not
            else:
                withdraw_account(world.governance, withdraw)


def test_a_mark_tells_known_from_unknown_without_a_table(world: World) -> None:
    with world.governance.database.transaction() as tx:
        bea, cai = (tx.accounts.get(one) for one in world.people.reviewers[:2])
    both = with_mark(mark_of(world.governance, bea), mark_of(world.governance, cai))
    assert is_known(world.governance, bea, both)
    assert is_known(world.governance, cai, both)
    assert not is_known(world.governance, cai, mark_of(world.governance, bea))
    assert len({mark_of(world.governance, one) for one in (bea, cai)}) == 2
