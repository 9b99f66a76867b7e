"""Accounts: proposed by an administrator; sessions, opened with a password; shifts of reviewers."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from governance.application.errors import BadInput, Conflict, NotLoggedIn
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.sessions import (
    LONGEST_PASSWORD,
    OpenedSession,
    begin_session,
    by_login,
    count_failure,
    is_known,
    is_right,
    token_sha256,
)
from governance.domain.accounts import SHIFT_LIMIT, Account, is_certified, may_use_password
from governance.domain.decisions import allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.organisations import Organisation, may_belong, organisation_of
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action, Role, may_hold

_LOGIN: Final = re.compile(r"[a-z][a-z0-9.-]{1,31}", re.ASCII)
_CLOSED: Final = (
    "The log-in failed. Check name and password; after three failures the next one has to wait, ten minutes at most."
)
_NOT_OPENED: Final = (
    "Nobody has opened this account yet. Whoever it is for opens it on the page /password, with the opening code; that"
    " is good for a day, and after it the account is proposed anew, by another name."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAccount:
    """Propose an account. `actor` is an administrator; another person confirms it (`confirm_account`)."""

    actor: AccountId
    login: str
    password: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateFirstAdministrators:
    """Make the first two accounts there are, from the command line, where none is in force yet.

    They are open: nobody is there who could hand them a code. Each changes the password afterwards.
    """

    login: str
    password: str
    second_login: str
    second_password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """Open a session. `marks` is what the browser shows that opened accounts before."""

    login: str
    password: str
    marks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking, from a live session."""

    account_id: AccountId
    login: str
    roles: frozenset[Role]
    on_shift: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShift:
    """Come on shift (`begin`), or go off it."""

    actor: AccountId
    begin: bool


def create_account(governance: Governance, command: CreateAccount) -> AccountId:
    """Propose an account and return its id. It opens nothing until another confirms and its owner opens it (B14).

    Raises:
        Refused: the actor is no administrator, the roles cannot be combined, or the password is too weak.
        Conflict: the log-in name is taken.
    """
    account = _new_account(governance, command.login, command.password, command.roles)
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.ACCOUNT_CREATE)
        require(
            tx,
            may_hold(command.roles),
            may_belong(account.organisation, command.roles),
            may_use_password(command.password, command.login),
            about={"actor": command.actor},
        )
        _add(tx, replace(account, proposed_by=command.actor), by=command.actor)
        tx.commit()
    return account.account_id


def create_first_administrators(
    governance: Governance, command: CreateFirstAdministrators
) -> tuple[AccountId, AccountId]:
    """Make the first two administrators, each of whom stands for the other: one alone could grant nobody anything.

    Raises:
        Refused: some account is in force already, a password is too weak, or both have the same name.
    """
    administrator = frozenset({Role.ADMINISTRATOR})
    first = _new_account(governance, command.login, command.password, administrator)
    second = _new_account(governance, command.second_login, command.second_password, administrator)
    with governance.database.transaction() as tx:
        none_yet = not any(account.is_in_force for account in tx.accounts.where())
        require(
            tx,
            allow("B14") if none_yet else deny("B14", "There is an administrator already."),
            may_use_password(command.password, command.login),
            may_use_password(command.second_password, command.second_login),
            about={},
        )
        for account, other in ((first, second), (second, first)):
            told = replace(account, confirmed_by=other.account_id, confirmed_at=account.created_at)
            _add(tx, told, by=account.account_id)
        tx.commit()
    return first.account_id, second.account_id


def log_in(governance: Governance, command: LogIn) -> OpenedSession:
    """Open a session.

    Raises:
        NotLoggedIn: it cannot be opened; one sentence for every reason, but to whoever has the right password of an
            account that nobody opened yet.
    """
    with governance.database.transaction() as tx:
        account = by_login(tx, command.login)
    right = is_right(governance, account, command.password)
    with governance.database.transaction() as tx:
        answer = _open_session(governance, tx, account, command.marks, right=right)
        tx.commit()
    if isinstance(answer, str):
        raise NotLoggedIn(answer)
    return answer


def log_out(governance: Governance, token: str) -> None:
    """End a session. An unknown token is no error."""
    with governance.database.transaction() as tx:
        session = tx.sessions.find(token_sha256(token))
        if session is not None:
            tx.sessions.remove(session.token_sha256)
            tx.log.append(Event.SESSION_END, {"actor": session.account_id})
            tx.commit()


def authenticate(governance: Governance, token: str) -> Principal:
    """Return who is asking.

    Raises:
        NotLoggedIn: there is no such session, or it is over.
    """
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        session = tx.sessions.find(token_sha256(token))
        account = None if session is None else tx.accounts.find(session.account_id)
    if session is None or account is None or not session.is_live(now) or not _opens(account, now):
        raise NotLoggedIn("Log in first.")
    return Principal(
        account_id=account.account_id,
        login=account.login,
        roles=account.roles,
        on_shift=account.is_on_shift(now),
    )


def change_shift(governance: Governance, command: ChangeShift) -> None:
    """Begin or end a reviewer's shift. Without two reviewers on shift there is no lease (E6)."""
    with governance.database.transaction() as tx:
        account = acting(tx, command.actor, Action.SHIFT_CHANGE)
        if command.begin:
            require(tx, is_certified(account, now=governance.clock.now()), about={"actor": command.actor})
        until = governance.clock.now() + SHIFT_LIMIT if command.begin else None
        # Read anew inside this transaction, so nothing that happened to the account in between is lost.
        tx.accounts.save(replace(account, on_shift_until=until))
        tx.log.append(Event.SHIFT_BEGIN if command.begin else Event.SHIFT_END, {"actor": command.actor})
        tx.commit()


def _new_account(governance: Governance, login: str, password: str, roles: frozenset[Role]) -> Account:
    if not _LOGIN.fullmatch(login):
        raise BadInput("A log-in name is 2 to 32 small letters, digits, dots and hyphens, and begins with a letter.")
    if len(password) > LONGEST_PASSWORD:
        raise BadInput(f"A password has at most {LONGEST_PASSWORD} characters.")
    now = governance.clock.now()
    account_id = AccountId(governance.randomness.identifier())
    return Account(
        account_id=account_id,
        login=login,
        # Roles of no one organisation are refused by `may_belong` before anything is kept.
        organisation=organisation_of(roles) or Organisation.POLICE,
        roles=roles,
        password_hash=governance.hasher.hash(password),
        opening_hash=None,
        demo=governance.demo,
        failures=0,
        locked_until=None,
        known_failures=0,
        known_locked_until=None,
        on_shift_until=None,
        certified_until=None,
        proposed_by=account_id,
        confirmed_by=None,
        confirmed_at=None,
        withdrawn_at=None,
        created_at=now,
        expires_at=expiry(DataClass.ACCOUNT, created_at=now),
    )


def _add(tx: Transaction, account: Account, *, by: AccountId) -> None:
    if by_login(tx, account.login) is not None:
        raise Conflict("This log-in name is taken; choose another.")
    tx.accounts.add(account)
    tx.log.append(Event.ACCOUNT_CREATE, {"actor": by, "subject": account.account_id})


def _open_session(
    governance: Governance, tx: Transaction, account: Account | None, marks: str, *, right: bool
) -> OpenedSession | str:
    """Return the session, or the sentence of the refusal, which stands in the log."""
    now = governance.clock.now()
    present = None if account is None else tx.accounts.find(account.account_id)
    known = present is not None and is_known(governance, present, marks)
    # A password that was changed while it was compared opens nothing: the change ended every session it had opened.
    right = right and account is not None and present is not None and present.password_hash == account.password_hash
    if present is None or not right or present.is_locked(now, known=known):
        count_failure(tx, present, now, known=known)
        return _CLOSED
    if present.opening_hash is not None and present.withdrawn_at is None:
        tx.log.append(Event.SESSION_REFUSE, {"subject": present.account_id})
        return _NOT_OPENED
    if not _opens(present, now):
        count_failure(tx, present, now, known=known)
        return _CLOSED
    tx.accounts.save(present.succeeded(known=known))
    return begin_session(governance, tx, present)


def _opens(account: Account, now: datetime) -> bool:
    """Say whether this account opens anything: opened by its owner, not withdrawn, not at its end."""
    return account.is_in_force and now < account.expires_at
