"""Accounts, log-ins and shifts: who stands behind a name, how long a session lasts, when a door closes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import AccountId
from governance.domain.roles import Role

SESSION_LIFE: Final = timedelta(hours=12)
"""A session ends this long after the log-in, used or not."""
SHIFT_LIMIT: Final = timedelta(hours=12)
FAILURES_ALLOWED: Final = 5
LOCK_TIME: Final = timedelta(minutes=15)
SHORTEST_PASSWORD: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person's account. `login` is what they type; everything else about the person is elsewhere."""

    account_id: AccountId
    login: str
    roles: frozenset[Role]
    password_hash: str
    demo: bool
    failures: int
    locked_until: datetime | None
    on_shift_until: datetime | None
    created_at: datetime
    expires_at: datetime

    def is_locked(self, now: datetime) -> bool:
        """Say whether log-ins are closed now."""
        return self.locked_until is not None and now < self.locked_until

    def is_on_shift(self, now: datetime) -> bool:
        """Say whether this reviewer is on shift now."""
        return Role.OPERATOR in self.roles and self.on_shift_until is not None and now < self.on_shift_until

    def failed(self, now: datetime) -> "Account":
        """Return the account after one more failed log-in; too many close it for `LOCK_TIME`."""
        failures = self.failures + 1
        if failures < FAILURES_ALLOWED:
            return replace(self, failures=failures)
        return replace(self, failures=0, locked_until=now + LOCK_TIME)

    def opened(self) -> "Account":
        """Return the account after a log-in that succeeded."""
        return replace(self, failures=0, locked_until=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One log-in. Only the SHA-256 of its token is kept, so a copy of the database opens no door."""

    token_sha256: str
    account_id: AccountId
    created_at: datetime
    expires_at: datetime

    def is_live(self, now: datetime) -> bool:
        """Say whether the session is still good."""
        return self.created_at <= now < self.expires_at


def may_use_password(password: str, login: str) -> Decision:
    """Decide whether this password is good enough to be set."""
    if len(password) < SHORTEST_PASSWORD:
        return deny("account", f"A password has at least {SHORTEST_PASSWORD} characters.")
    if login.casefold() in password.casefold():
        return deny("account", "A password does not contain the log-in name.")
    return allow("account")
