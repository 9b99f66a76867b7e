"""The list of accounts, of what waits for a second person, and of what the rules let its reader do about it (B14)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from governance.application.certify_reviewer import why_not_confirm_certificate
from governance.application.confirm_account import why_not_confirm
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting
from governance.domain.accounts import Account, may_withdraw
from governance.domain.certificates import Certificate, may_propose_certificate
from governance.domain.decisions import Decision, denials
from governance.domain.identifiers import AccountId, CertificateId
from governance.domain.organisations import Organisation
from governance.domain.roles import REVIEWERS, Action, Role


@dataclass(frozen=True, slots=True)
class Offer:
    """A step that waits for somebody. By its own rules the reader may take it where `why_not` is empty."""

    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCertificate:
    """A certificate that waits for a second person."""

    certificate_id: CertificateId
    ends_at: datetime
    confirm: Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """One account in the list. A step that nobody can take here is missing."""

    account_id: AccountId
    login: str
    organisation: Organisation
    roles: frozenset[Role]
    state: str
    """`proposed`, `not opened`, `not opened in time`, `in force` or `withdrawn`."""
    locked: bool
    on_shift: bool
    certified_until: datetime | None
    confirm: Offer | None
    certify: Offer | None
    withdraw: Offer | None
    waiting: tuple[WaitingCertificate, ...]
    demo: bool


def list_accounts(governance: Governance, actor: AccountId) -> tuple[AccountLine, ...]:
    """List all accounts, and the certificates that wait for a second person."""
    now, longest = governance.clock.now(), governance.legal.certificate_life
    with governance.database.transaction() as tx:
        reader = acting(tx, actor, Action.ACCOUNT_LIST)
        waiting = [one for one in tx.certificates.where() if one.confirmed_by is None and now < one.ends_at]
        return tuple(
            AccountLine(
                account_id=account.account_id,
                login=account.login,
                organisation=account.organisation,
                roles=account.roles,
                state=_state_of(account, now),
                locked=account.is_locked(now),
                on_shift=account.is_on_shift(now),
                certified_until=account.certified_until,
                confirm=_offer(why_not_confirm(tx, account, reader, now=now)) if _is_proposed(account) else None,
                certify=_offer([may_propose_certificate(account, actor, life=longest, longest=longest)])
                if account.roles & REVIEWERS and account.withdrawn_at is None
                else None,
                withdraw=_offer([may_withdraw(account, reader)]) if account.withdrawn_at is None else None,
                waiting=tuple(_waiting(tx, one, actor, now) for one in waiting if one.account_id == account.account_id),
                demo=account.demo,
            )
            for account in tx.accounts.where()
        )


def _waiting(tx: Transaction, certificate: Certificate, reader: AccountId, now: datetime) -> WaitingCertificate:
    return WaitingCertificate(
        certificate_id=certificate.certificate_id,
        ends_at=certificate.ends_at,
        confirm=_offer(why_not_confirm_certificate(tx, certificate, reader, now=now)),
    )


def _offer(decisions: Iterable[Decision]) -> Offer:
    return Offer(" ".join(one.reason for one in denials(tuple(decisions))))


def _is_proposed(account: Account) -> bool:
    return account.confirmed_by is None and account.withdrawn_at is None


def _state_of(account: Account, now: datetime) -> str:
    if account.withdrawn_at is not None:
        return "withdrawn"
    if account.confirmed_by is None:
        return "proposed"
    if account.is_opened:
        return "in force"
    return "not opened" if account.may_still_be_opened(now) else "not opened in time"
