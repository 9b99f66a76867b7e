"""Confirm a proposed account, by a second person, for its owner to open; end one at once, by one person (B14)."""

from dataclasses import dataclass, replace
from datetime import datetime

from governance.application.governance import Governance
from governance.application.open_account import opening_hash
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.sessions import end_sessions
from governance.domain.accounts import (
    Account,
    first_word_stands,
    may_confirm,
    may_withdraw,
    supervisor_is_there,
)
from governance.domain.decisions import Decision
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.roles import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmAccount:
    """Stand for somebody's account, so that its owner can open it. `actor` did not propose it."""

    actor: AccountId
    account_id: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawAccount:
    """End somebody's account, their session and their shift, from this moment on."""

    actor: AccountId
    account_id: AccountId


def confirm_account(governance: Governance, command: ConfirmAccount) -> str:
    """Confirm a proposed account, and return the code with which its owner opens it: shown now, and never again.

    Raises:
        Refused: the actor proposed it, may not confirm its roles, or it does not wait for that.
        NotFound: there is no such account.
    """
    with governance.database.transaction() as tx:
        second = acting(tx, command.actor, Action.ACCOUNT_CONFIRM)
        proposed = tx.accounts.get(command.account_id)
        about = {"actor": command.actor, "subject": proposed.account_id}
        now, code = governance.clock.now(), governance.randomness.identifier()
        require(tx, *why_not_confirm(tx, proposed, second, now=now), about=about)
        confirmed = replace(
            proposed,
            confirmed_by=command.actor,
            confirmed_at=now,
            opening_hash=opening_hash(proposed.account_id, code),
        )
        tx.accounts.save(confirmed)
        tx.log.append(Event.ACCOUNT_CONFIRM, about)
        tx.commit()
    return code


def why_not_confirm(tx: Transaction, proposed: Account, second: Account, *, now: datetime) -> tuple[Decision, ...]:
    """Decide whether this second person may confirm: asked by the step itself, and by the page that offers it."""
    return (
        may_confirm(proposed, second, supervisor_there=supervisor_is_there(tx.accounts.where(), now)),
        first_word_stands(tx.accounts.find(proposed.proposed_by)),
    )


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
        end_sessions(tx, account.account_id)
        tx.accounts.save(replace(account, withdrawn_at=governance.clock.now(), on_shift_until=None))
        tx.log.append(Event.ACCOUNT_WITHDRAW, about)
        tx.commit()
