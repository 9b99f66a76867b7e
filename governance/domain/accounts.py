"""Accounts and shifts: who stands behind a name, which second person said so, until when they may review (B14, E7)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import AccountId
from governance.domain.organisations import Organisation
from governance.domain.roles import CONFIRMS, REVIEWERS, WITHDRAWS, Role

SESSION_LIFE: Final = timedelta(hours=12)
"""A session ends this long after the log-in, used or not."""
SHIFT_LIMIT: Final = timedelta(hours=12)
FAILURES_ALLOWED: Final = 5
LOCK_TIME: Final = timedelta(minutes=15)
SHORTEST_PASSWORD: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person's account. `login` is what they type; everything else about the person is elsewhere.

    One person proposes it and another confirms it; until then, and after it was withdrawn, it opens nothing.
    """

    account_id: AccountId
    login: str
    organisation: Organisation
    roles: frozenset[Role]
    password_hash: str
    demo: bool
    failures: int
    locked_until: datetime | None
    on_shift_until: datetime | None
    certified_until: datetime | None
    proposed_by: AccountId
    confirmed_by: AccountId | None
    confirmed_at: datetime | None
    withdrawn_at: datetime | None
    created_at: datetime
    expires_at: datetime

    @property
    def is_in_force(self) -> bool:
        """Whether a second person confirmed it and nobody withdrew it."""
        return self.confirmed_by is not None and self.withdrawn_at is None

    def is_locked(self, now: datetime) -> bool:
        """Say whether log-ins are closed now."""
        return self.locked_until is not None and now < self.locked_until

    def is_certified(self, now: datetime) -> bool:
        """Say whether this reviewer's certificate is in force now (E7)."""
        return self.certified_until is not None and now < self.certified_until

    def is_on_shift(self, now: datetime) -> bool:
        """Say whether this reviewer is on shift now: in force, certified, and come on shift (E6, E7)."""
        there = self.on_shift_until is not None and now < self.on_shift_until
        return there and self.is_in_force and self.is_certified(now) and bool(self.roles & REVIEWERS)

    def came_after(self, instant: datetime) -> bool:
        """Say whether this account was not yet in force at this instant (B14)."""
        return self.confirmed_at is None or self.confirmed_at > instant

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


def may_act(account: Account) -> Decision:
    """B14: an account acts once a second person confirmed it, and until it is withdrawn."""
    if account.withdrawn_at is not None:
        return deny("B14", "This account was withdrawn.")
    if account.confirmed_by is None:
        return deny("B14", "This account has no second person's confirmation yet.")
    return allow("B14")


def first_word_stands(first: Account | None) -> Decision:
    """B14: two people stand behind it, so that of somebody whose account was ended meanwhile is no word any more."""
    if first is None or not first.is_in_force:
        return deny("B14", "Whoever proposed this has no account in force any more; somebody else proposes it anew.")
    return allow("B14")


def may_confirm(proposed: Account, second: Account, *, supervisor_there: bool) -> Decision:
    """B14: decide whether this second person may put a proposed account in force.

    The first auditor has none before them (`supervisor_there` is false) and is confirmed by a second administrator.
    """
    if proposed.confirmed_by is not None or proposed.withdrawn_at is not None:
        return deny("B14", "This account does not wait for a confirmation.")
    if second.account_id in {proposed.proposed_by, proposed.account_id}:
        return deny("B14", "Whoever proposed an account does not confirm it; a second person does.")
    for role in sorted(proposed.roles):
        allowed = CONFIRMS[role]
        if role is Role.AUDITOR and not supervisor_there:
            allowed |= {Role.ADMINISTRATOR}
        if not second.roles & allowed:
            return deny("B14", f"The role {role.value} is confirmed by {_either(allowed)}.")
    return allow("B14")


def may_withdraw(account: Account, actor: Account) -> Decision:
    """B14: decide whether this person may end an account, alone and at once."""
    if account.withdrawn_at is not None:
        return deny("B14", "This account was withdrawn already.")
    for role in sorted(account.roles):
        if not actor.roles & WITHDRAWS[role]:
            return deny("B14", f"The role {role.value} is withdrawn by {_either(WITHDRAWS[role])}.")
    return allow("B14")


def is_certified(account: Account, *, now: datetime) -> Decision:
    """E7: decide whether this reviewer's certificate lets them come on shift, look and answer now."""
    if not account.is_certified(now):
        return deny("E7", "Your certificate as a reviewer is missing or has run out; have it renewed first.")
    return allow("E7")


def may_use_password(password: str, login: str) -> Decision:
    """Decide whether this password is good enough to be set."""
    if len(password) < SHORTEST_PASSWORD:
        return deny("account", f"A password has at least {SHORTEST_PASSWORD} characters.")
    if login.casefold() in password.casefold():
        return deny("account", "A password does not contain the log-in name.")
    return allow("account")


def _either(roles: frozenset[Role]) -> str:
    return " or ".join(role.value.replace("-", " ") for role in sorted(roles))
