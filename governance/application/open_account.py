"""Whoever an account is for opens it: with the first password, the opening code, and a password of their own (B14).

The proposer knows the one, the confirmer the other, and neither what comes after.
"""

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import Final

from governance.application.errors import BadInput, NotLoggedIn
from governance.application.governance import Governance
from governance.application.sessions import LONGEST_PASSWORD, by_login, count_failure, is_right
from governance.domain.accounts import Account, may_choose_password
from governance.domain.events import Event
from governance.domain.identifiers import AccountId

_SHUT: Final = (
    "It was not opened. Check name, first password and code. A code opens one account, once, within a day of the"
    " confirmation; after three failures the next attempt has to wait, ten minutes at most."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount:
    """Open the account that two others made for me. `own` is the password from now on."""

    login: str
    first: str
    code: str
    own: str


def open_account(governance: Governance, command: OpenAccount) -> None:
    """Open an account, once, with a password of its owner's own in place of the first one.

    Raises:
        BadInput: the own password is too weak, or is the first one; whether there is such an account was not looked at.
        NotLoggedIn: it cannot be opened; one sentence for every reason.
    """
    require_good(command.own, login=command.login, before=command.first)
    with governance.database.transaction() as tx:
        account = by_login(tx, command.login)
    right = is_right(governance, account, command.first)
    own_hash = governance.hasher.hash(command.own)
    with governance.database.transaction() as tx:
        now = governance.clock.now()
        present = None if account is None else tx.accounts.find(account.account_id)
        # Whoever has the code cannot be made to wait by somebody who has not: they are counted apart.
        with_code = present is not None and _is_its_code(present, command.code)
        opens = with_code and right and present is not None and present.may_still_be_opened(now)
        if present is None or not opens or present.is_locked(now, known=True):
            count_failure(tx, present, now, known=with_code)
            tx.commit()
            raise NotLoggedIn(_SHUT)
        opened = replace(present, password_hash=own_hash, opening_hash=None)
        tx.accounts.save(opened.succeeded().succeeded(known=True))
        tx.log.append(Event.ACCOUNT_OPEN, {"actor": present.account_id})
        tx.commit()


def require_good(password: str, *, login: str, before: str) -> None:
    """Accept a password that somebody chose for themselves.

    Raises:
        BadInput: it is too short or too long, contains the log-in name, or is the one before.
    """
    if len(password) > LONGEST_PASSWORD:
        raise BadInput(f"A password has at most {LONGEST_PASSWORD} characters.")
    decision = may_choose_password(password, login=login, before=before)
    if not decision.allowed:
        raise BadInput(decision.reason)


def opening_hash(account_id: AccountId, code: str) -> str:
    """Return what is kept of an opening code: 128 random bits need no slow hash."""
    return hashlib.sha256(f"insyn/opening/1\x00{account_id}\x00{code}".encode()).hexdigest()


def _is_its_code(account: Account, code: str) -> bool:
    """Say whether this is the account's opening code, however it was spaced when it was copied."""
    plain = "".join(code.split()).replace("-", "").casefold()
    given = opening_hash(account.account_id, plain).encode()
    return hmac.compare_digest(given, (account.opening_hash or "").encode())
