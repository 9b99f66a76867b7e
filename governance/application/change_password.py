"""Somebody changes their own password; every session of theirs ends but the one that begins with it (B14)."""

from dataclasses import dataclass, replace
from typing import Final

from governance.application.errors import NotFound, NotLoggedIn
from governance.application.governance import Governance
from governance.application.open_account import require_good
from governance.application.procedure import require
from governance.application.sessions import OpenedSession, begin_session, count_failure, end_sessions, is_right
from governance.domain.accounts import may_act
from governance.domain.events import Event
from governance.domain.identifiers import AccountId

_UNCHANGED: Final = (
    "The password was not changed. Check the present one; after three failures the next attempt has to wait,"
    " ten minutes at most."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """Put another password in place of my present one."""

    actor: AccountId
    present: str
    own: str


def change_password(governance: Governance, command: ChangePassword) -> OpenedSession:
    """Change a password, end every session of the account, and begin a new one.

    Raises:
        BadInput: the new password is too weak, or is the present one.
        NotLoggedIn: the present password is wrong, or was wrong too often.
        Refused: the account is not in force.
        NotFound: there is no such account.
    """
    with governance.database.transaction() as tx:
        before = tx.accounts.find(command.actor)
    if before is None:
        raise NotFound("There is no such account.")
    require_good(command.own, login=before.login, before=command.present)
    right = is_right(governance, before, command.present)
    own_hash = governance.hasher.hash(command.own)
    with governance.database.transaction() as tx:
        now, account = governance.clock.now(), tx.accounts.get(command.actor)
        require(tx, may_act(account), about={"actor": command.actor})
        # Whoever has a session is not made to wait by strangers at the door.
        unchanged = account.password_hash == before.password_hash
        if not (right and unchanged) or account.is_locked(now, known=True):
            count_failure(tx, account, now, known=True)
            tx.commit()
            raise NotLoggedIn(_UNCHANGED)
        end_sessions(tx, account.account_id)
        changed = replace(account, password_hash=own_hash).succeeded(known=True)
        tx.accounts.save(changed)
        tx.log.append(Event.PASSWORD_CHANGE, {"actor": account.account_id})
        opened = begin_session(governance, tx, changed)
        tx.commit()
    return opened
