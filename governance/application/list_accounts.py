"""The list of accounts, and of what waits for a second person (B14)."""

from dataclasses import dataclass
from datetime import datetime

from governance.application.governance import Governance
from governance.application.procedure import acting
from governance.domain.accounts import Account
from governance.domain.certificates import Certificate
from governance.domain.identifiers import AccountId
from governance.domain.organisations import Organisation
from governance.domain.roles import REVIEWERS, Action, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """One account in the list."""

    account_id: AccountId
    login: str
    organisation: Organisation
    roles: frozenset[Role]
    state: str
    """`proposed`, `in force` or `withdrawn`."""
    locked: bool
    on_shift: bool
    certified_until: datetime | None
    waiting: tuple[Certificate, ...]
    """Certificates that wait for a second person."""
    proposed_by_reader: bool
    is_reviewer: bool
    demo: bool


def list_accounts(governance: Governance, actor: AccountId) -> tuple[AccountLine, ...]:
    """List all accounts, and the certificates that wait for a second person."""
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.ACCOUNT_LIST)
        waiting = [one for one in tx.certificates.where() if one.confirmed_by is None and now < one.ends_at]
        return tuple(
            AccountLine(
                account_id=account.account_id,
                login=account.login,
                organisation=account.organisation,
                roles=account.roles,
                state=_state_of(account),
                locked=account.is_locked(now),
                on_shift=account.is_on_shift(now),
                certified_until=account.certified_until,
                waiting=tuple(one for one in waiting if one.account_id == account.account_id),
                is_reviewer=bool(account.roles & REVIEWERS),
                proposed_by_reader=account.proposed_by == actor,
                demo=account.demo,
            )
            for account in tx.accounts.where()
        )


def _state_of(account: Account) -> str:
    if account.withdrawn_at is not None:
        return "withdrawn"
    return "proposed" if account.confirmed_by is None else "in force"
