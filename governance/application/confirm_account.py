"""Put a proposed account in force, by a second person; end one at once, by one person (B14)."""

from dataclasses import dataclass, replace

from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.domain.accounts import first_word_stands, may_confirm, may_withdraw
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.roles import Action, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmAccount:
    """Put somebody's account in force. `actor` did not propose it."""

    actor: AccountId
    account_id: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawAccount:
    """End somebody's account, their session and their shift, from this moment on."""

    actor: AccountId
    account_id: AccountId


def confirm_account(governance: Governance, command: ConfirmAccount) -> None:
    """Put a proposed account in force.

    Raises:
        Refused: the actor proposed it, may not confirm its roles, or it does not wait for that.
        NotFound: there is no such account.
    """
    with governance.database.transaction() as tx:
        second = acting(tx, command.actor, Action.ACCOUNT_CONFIRM)
        proposed = tx.accounts.get(command.account_id)
        about = {"actor": command.actor, "subject": proposed.account_id}
        require(
            tx,
            may_confirm(proposed, second, supervisor_there=_supervisor_there(tx)),
            first_word_stands(tx.accounts.find(proposed.proposed_by)),
            about=about,
        )
        now = governance.clock.now()
        tx.accounts.save(replace(proposed, confirmed_by=command.actor, confirmed_at=now))
        tx.log.append(Event.ACCOUNT_CONFIRM, about)
        tx.commit()


def withdraw_account(governance: Governance, command: WithdrawAccount) -> None:
    """End an account, with its sessions and its shift.

    Raises:
        Refused: the actor may not end accounts of these roles, or it was ended before.
        NotFound: there is no such account.
    """
    with governance.database.transaction() as tx:
        actor = acting(tx, command.actor, Action.ACCOUNT_WITHDRAW)
        account = tx.accounts.get(command.account_id)
        about = {"actor": command.actor, "subject": account.account_id}
        require(tx, may_withdraw(account, actor), about=about)
        for session in tx.sessions.where(account_id=account.account_id):
            tx.sessions.remove(session.token_sha256)
        tx.accounts.save(replace(account, withdrawn_at=governance.clock.now(), on_shift_until=None))
        tx.log.append(Event.ACCOUNT_WITHDRAW, about)
        tx.commit()


def _supervisor_there(tx: Transaction) -> bool:
    """Say whether an auditor was ever put in force: only the first is confirmed by somebody else."""
    return any(Role.AUDITOR in one.roles and one.confirmed_by is not None for one in tx.accounts.where())
