"""What opening a session, opening an account and changing a password share: passwords, tokens, failures (B14).

Every attempt takes one argon2, whether the account exists or not, and what fails is told in one sentence: neither the
answer nor its time says who has an account.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.domain.accounts import FREE_FAILURES, KNOWN_FOR, SESSION_LIFE, Account, Session
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.retention import DataClass, expiry

LONGEST_PASSWORD: Final = 1000
MOST_KNOWN: Final = 8
"""So many accounts' marks a browser may show: colleagues share a machine."""
_MARK: Final = re.compile(r"(?P<whose>[0-9a-f]{64})(?P<until>[0-9a-f]{8})(?P<proof>[0-9a-f]{64})", re.ASCII)
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """A new session. The token goes into its cookie and nowhere else; by `mark` the browser is known again."""

    token: str
    expires_at: datetime
    mark: str


def by_login(tx: Transaction, login: str) -> Account | None:
    """Return the account of this name."""
    return next(iter(tx.accounts.where(login=login)), None)


def is_right(governance: Governance, account: Account | None, password: str) -> bool:
    """Say whether this is the account's password. It takes as long where there is no account."""
    if account is None:
        governance.hasher.waste_time(password[:LONGEST_PASSWORD])
        return False
    return governance.hasher.is_right(account.password_hash, password[:LONGEST_PASSWORD])


def begin_session(governance: Governance, tx: Transaction, account: Account) -> OpenedSession:
    """Begin a session, and write it down."""
    now, token = governance.clock.now(), governance.randomness.token()
    session = Session(
        token_sha256=token_sha256(token),
        account_id=account.account_id,
        created_at=now,
        expires_at=expiry(DataClass.SESSION, created_at=now, no_later_than=now + SESSION_LIFE),
    )
    tx.sessions.add(session)
    tx.log.append(Event.SESSION_OPEN, {"actor": account.account_id})
    return OpenedSession(token=token, expires_at=session.expires_at, mark=mark_of(governance, account))


def end_sessions(tx: Transaction, account_id: AccountId) -> None:
    """End every session of an account."""
    for session in tx.sessions.where(account_id=account_id):
        tx.sessions.remove(session.token_sha256)


def count_failure(tx: Transaction, account: Account | None, now: datetime, *, known: bool) -> None:
    """Write down that an attempt failed. While an account has to wait, nothing is tried and nothing counted."""
    if account is None:
        tx.log.append(Event.SESSION_REFUSE, {})
        return
    tx.log.append(Event.SESSION_REFUSE, {"subject": account.account_id})
    if account.is_locked(now, known=known):
        return
    tx.accounts.save(account.failed(now, known=known))
    if (account.known_failures if known else account.failures) == FREE_FAILURES:
        tx.log.append(Event.ACCOUNT_LOCK, {"subject": account.account_id})


def token_sha256(token: str) -> str:
    """Return what is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def mark_of(governance: Governance, account: Account) -> str:
    """Return what shows that a browser once opened this account with this password. It opens nothing by itself.

    It bears its own last day, so that a colleague who logs in at the same machine lengthens nobody's but their own. Its
    key is derived from governance's own, and another password makes another mark.
    """
    until = f"{_day(governance.clock.now() + KNOWN_FOR):08x}"
    whose = _whose(governance, account)
    return whose + until + _keyed(governance, whose + until)


def is_known(governance: Governance, account: Account, marks: str) -> bool:
    """Say whether one of the marks that a browser shows is this account's, and still good."""
    whose, today = _whose(governance, account), _day(governance.clock.now())
    shown = (_MARK.fullmatch(one) for one in marks.split(".", MOST_KNOWN)[:MOST_KNOWN])
    return any(
        hmac.compare_digest(one["whose"], whose)
        and hmac.compare_digest(one["proof"], _keyed(governance, one["whose"] + one["until"]))
        and today <= int(one["until"], 16)
        for one in shown
        if one is not None
    )


def with_mark(marks: str, mark: str) -> str:
    """Return the marks that a browser shows from now on: the newest first, one of each account, those still good."""
    newest = _MARK.fullmatch(mark)
    if newest is None:
        return ""
    today = int(newest["until"], 16) - KNOWN_FOR // _DAY
    shown = (_MARK.fullmatch(one) for one in marks.split(".", MOST_KNOWN)[:MOST_KNOWN])
    others = [
        one[0]
        for one in shown
        if one is not None and one["whose"] != newest["whose"] and int(one["until"], 16) >= today
    ]
    return ".".join([mark, *others][:MOST_KNOWN])


def _whose(governance: Governance, account: Account) -> str:
    return _keyed(governance, f"{account.account_id}\x00{account.password_hash}")


def _keyed(governance: Governance, said: str) -> str:
    key = hashlib.sha256(b"insyn/known-browser/1\x00" + governance.lease_key.seed).digest()
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def _day(instant: datetime) -> int:
    return (instant - _EPOCH) // _DAY
