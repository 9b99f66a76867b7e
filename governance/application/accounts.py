"""Accounts: proposed by an administrator, opened with a password, closed after failures; shifts of reviewers."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from governance.application.errors import BadInput, Conflict, NotLoggedIn
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.domain.accounts import SESSION_LIFE, SHIFT_LIMIT, Account, Session, is_certified, may_use_password
from governance.domain.decisions import allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.organisations import Organisation, may_belong, organisation_of
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action, Role, may_hold

_LOGIN: Final = re.compile(r"[a-z][a-z0-9.-]{1,31}", re.ASCII)
_LONGEST_PASSWORD: Final = 1000
_CLOSED: Final = "The log-in failed. Check name and password; after five failures wait a quarter of an hour."


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAccount:
    """Propose an account. `actor` is an administrator; another person confirms it (`confirm_account`)."""

    actor: AccountId
    login: str
    password: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateFirstAdministrators:
    """Make the first two accounts there are, from the command line, where none is in force yet."""

    login: str
    password: str
    second_login: str
    second_password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """Open a session."""

    login: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """A new session. The token goes into the cookie and nowhere else."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking, from a live session."""

    account_id: AccountId
    login: str
    roles: frozenset[Role]
    on_shift: bool
    session_expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShift:
    """Come on shift (`begin`), or go off it."""

    actor: AccountId
    begin: bool


def create_account(governance: Governance, command: CreateAccount) -> AccountId:
    """Propose an account and return its id. It opens nothing until another person confirms it (B14).

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
        NotLoggedIn: it cannot be opened; one sentence for every reason.
    """
    with governance.database.transaction() as tx:
        account = _by_login(tx, command.login)
    if account is None:
        governance.hasher.waste_time(command.password[:_LONGEST_PASSWORD])
        right = False
    else:
        right = governance.hasher.is_right(account.password_hash, command.password[:_LONGEST_PASSWORD])
    with governance.database.transaction() as tx:
        opened = _open_session(governance, tx, account, right=right)
        tx.commit()
    if opened is None:
        raise NotLoggedIn(_CLOSED)
    return opened


def log_out(governance: Governance, token: str) -> None:
    """End a session. An unknown token is no error."""
    with governance.database.transaction() as tx:
        session = tx.sessions.find(_token_sha256(token))
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
        session = tx.sessions.find(_token_sha256(token))
        account = None if session is None else tx.accounts.find(session.account_id)
    if session is None or account is None or not session.is_live(now) or not _opens(account, now):
        raise NotLoggedIn("Log in first.")
    return Principal(
        account_id=account.account_id,
        login=account.login,
        roles=account.roles,
        on_shift=account.is_on_shift(now),
        session_expires_at=session.expires_at,
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
    if len(password) > _LONGEST_PASSWORD:
        raise BadInput(f"A password has at most {_LONGEST_PASSWORD} characters.")
    now = governance.clock.now()
    account_id = AccountId(governance.randomness.identifier())
    return Account(
        account_id=account_id,
        login=login,
        # Roles of no one organisation are refused by `may_belong` before anything is kept.
        organisation=organisation_of(roles) or Organisation.POLICE,
        roles=roles,
        password_hash=governance.hasher.hash(password),
        demo=governance.demo,
        failures=0,
        locked_until=None,
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
    if _by_login(tx, account.login) is not None:
        raise Conflict("This log-in name is taken; choose another.")
    tx.accounts.add(account)
    tx.log.append(Event.ACCOUNT_CREATE, {"actor": by, "subject": account.account_id})


def _by_login(tx: Transaction, login: str) -> Account | None:
    return next(iter(tx.accounts.where(login=login)), None)


def _open_session(
    governance: Governance, tx: Transaction, account: Account | None, *, right: bool
) -> OpenedSession | None:
    now = governance.clock.now()
    present = None if account is None else tx.accounts.find(account.account_id)
    if present is None:
        tx.log.append(Event.SESSION_REFUSE, {})
        return None
    if not right or present.is_locked(now) or not _opens(present, now):
        _count_failure(tx, present, now)
        return None
    token = governance.randomness.token()
    session = Session(
        token_sha256=_token_sha256(token),
        account_id=present.account_id,
        created_at=now,
        expires_at=expiry(DataClass.SESSION, created_at=now, no_later_than=now + SESSION_LIFE),
    )
    tx.accounts.save(present.opened())
    tx.sessions.add(session)
    tx.log.append(Event.SESSION_OPEN, {"actor": present.account_id})
    return OpenedSession(token=token, expires_at=session.expires_at)


def _opens(account: Account, now: datetime) -> bool:
    """Say whether this account opens anything: confirmed by a second person, not withdrawn, not at its end."""
    return account.is_in_force and now < account.expires_at


def _count_failure(tx: Transaction, account: Account, now: datetime) -> None:
    tx.log.append(Event.SESSION_REFUSE, {"subject": account.account_id})
    if account.is_locked(now):
        return
    failed = account.failed(now)
    tx.accounts.save(failed)
    if failed.is_locked(now):
        tx.log.append(Event.ACCOUNT_LOCK, {"subject": account.account_id})


def _token_sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
