"""Accounts and shifts: who stands behind a name, which second person said so, until when they may review (B14, E7).

An account has a first password, which its proposer knows, and an opening code, which its confirmer alone is shown.
Whoever it is for has both, and puts a password of their own in their place: only then does it open anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import AccountId
from governance.domain.organisations import Organisation
from governance.domain.roles import CONFIRMS, REVIEWERS, WITHDRAWS, Role

SESSION_LIFE: Final = timedelta(hours=12)
"""A session ends this long after the log-in, used or not."""
KNOWN_FOR: Final = timedelta(days=90)
"""A browser is known again for so long after its owner's log-in there."""
SHIFT_LIMIT: Final = timedelta(hours=12)
SHORTEST_PASSWORD: Final = 12
OPENING_TIME: Final = timedelta(hours=24)
"""An opening code is good for this long after the confirmation; then the account is proposed anew."""
FREE_FAILURES: Final = 3
"""So many failed log-ins in a row cost no wait: people mistype."""
SHORTEST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(minutes=10)
"""The wait doubles with each failure, up to this: 152 guesses on the first day, 144 on each that follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person's account. `login` is what they type; everything else about the person is elsewhere.

    One person proposes it, another confirms it, and whoever it is for opens it; until then, and after it was withdrawn,
    it opens nothing. Failed log-ins are counted apart: those from browsers that never opened this account, and those
    from browsers that did (`known`). So a stranger who knows a log-in name keeps nobody out of their own browser.
    """

    account_id: AccountId
    login: str
    organisation: Organisation
    roles: frozenset[Role]
    password_hash: str
    opening_hash: str | None
    """What remains of the opening code while the account waits for its owner; nothing before and after."""
    demo: bool
    failures: int
    locked_until: datetime | None
    known_failures: int
    known_locked_until: datetime | None
    on_shift_until: datetime | None
    certified_until: datetime | None
    proposed_by: AccountId
    confirmed_by: AccountId | None
    confirmed_at: datetime | None
    withdrawn_at: datetime | None
    created_at: datetime
    expires_at: datetime

    @property
    def is_opened(self) -> bool:
        """Whether a second person confirmed it and its owner opened it, be it withdrawn since or not."""
        return self.confirmed_by is not None and self.opening_hash is None

    @property
    def is_in_force(self) -> bool:
        """Whether a second person confirmed it, its owner opened it, and nobody withdrew it."""
        return self.is_opened and self.withdrawn_at is None

    def may_still_be_opened(self, now: datetime) -> bool:
        """Say whether it waits for its owner, and its opening code is still good."""
        waits = self.opening_hash is not None and self.withdrawn_at is None
        return waits and self.confirmed_at is not None and now < self.confirmed_at + OPENING_TIME

    def is_locked(self, now: datetime, *, known: bool = False) -> bool:
        """Say whether log-ins have to wait now."""
        until = self.known_locked_until if known else self.locked_until
        return until is not None and now < until

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

    def failed(self, now: datetime, *, known: bool = False) -> "Account":
        """Return the account after one more failed log-in; after too many the next one has to wait."""
        failures = 1 + (self.known_failures if known else self.failures)
        wait = wait_after(failures)
        until = now + wait if wait else None
        if known:
            return replace(self, known_failures=failures, known_locked_until=until)
        return replace(self, failures=failures, locked_until=until)

    def succeeded(self, *, known: bool = False) -> "Account":
        """Return the account after a log-in that succeeded: failures of the same kind of browser are forgotten."""
        if known:
            return replace(self, known_failures=0, known_locked_until=None)
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


def wait_after(failures: int) -> timedelta:
    """Return how long the next log-in has to wait after so many failed ones in a row."""
    if failures <= FREE_FAILURES:
        return timedelta(0)
    # Sixteen doublings are beyond the longest wait, and no number grows without end.
    return min(SHORTEST_WAIT * (1 << min(failures - FREE_FAILURES - 1, 16)), LONGEST_WAIT)


def may_act(account: Account) -> Decision:
    """B14: an account acts once a second person confirmed it and its owner opened it, and until it is withdrawn."""
    if account.withdrawn_at is not None:
        return deny("B14", "This account was withdrawn.")
    if account.confirmed_by is None:
        return deny("B14", "This account has no second person's confirmation yet.")
    if account.opening_hash is not None:
        return deny("B14", "Whoever this account is for has not opened it yet.")
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


def supervisor_is_there(accounts: Iterable[Account], now: datetime) -> bool:
    """B14: say whether an auditor's account was ever opened, or can still be: then the founding is over.

    Who was withdrawn since counts too: nobody reopens the founding by putting people out.
    """
    return any(Role.AUDITOR in one.roles and (one.is_opened or one.may_still_be_opened(now)) for one in accounts)


def is_certified(account: Account, *, now: datetime) -> Decision:
    """E7: decide whether this reviewer's certificate lets them come on shift, look and answer now."""
    if not account.is_certified(now):
        return deny("E7", "Your certificate as a reviewer is missing or has run out; have it renewed first.")
    return allow("E7")


def may_choose_password(password: str, *, login: str, before: str) -> Decision:
    """B14: decide whether this may be somebody's own password, in place of the one before."""
    if password == before:
        return deny("account", "Your own password is another than the one before.")
    return may_use_password(password, login)


def may_use_password(password: str, login: str) -> Decision:
    """Decide whether this password is good enough to be set."""
    if len(password) < SHORTEST_PASSWORD:
        return deny("account", f"A password has at least {SHORTEST_PASSWORD} characters.")
    if login.casefold() in password.casefold():
        return deny("account", "A password does not contain the log-in name.")
    return allow("account")


def _either(roles: frozenset[Role]) -> str:
    return " or ".join(role.value.replace("-", " ") for role in sorted(roles))
