"""Accounts: made by an administrator, opened with a password, closed after failures; shifts of reviewers."""

from dataclasses import dataclass
from datetime import datetime

from governance.application.governance import Governance
from governance.domain.identifiers import AccountId
from governance.domain.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAccount:
    """Make an account. `actor` is an administrator."""

    actor: AccountId
    login: str
    password: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateFirstAdministrator:
    """Make the first account there is, from the command line, where there is none yet."""

    login: str
    password: str


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
    """Make an account and return its id."""
    raise NotImplementedError


def create_first_administrator(governance: Governance, command: CreateFirstAdministrator) -> AccountId:
    """Make the first administrator. Refused as soon as there is any account."""
    raise NotImplementedError


def log_in(governance: Governance, command: LogIn) -> OpenedSession:
    """Open a session. Raises `NotLoggedIn`, with one sentence for every reason, where it cannot be opened."""
    raise NotImplementedError


def log_out(governance: Governance, token: str) -> None:
    """End a session. An unknown token is no error."""
    raise NotImplementedError


def authenticate(governance: Governance, token: str) -> Principal:
    """Return who is asking. Raises `NotLoggedIn`."""
    raise NotImplementedError


def change_shift(governance: Governance, command: ChangeShift) -> None:
    """Begin or end a reviewer's shift. No two reviewers on shift, no lease."""
    raise NotImplementedError
