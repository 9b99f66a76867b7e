"""Accounts as they come about: proposed by one, confirmed by another, reviewers certified by two."""

from collections.abc import Collection
from typing import Final

from governance.application.accounts import (
    CreateAccount,
    CreateFirstAdministrators,
    create_account,
    create_first_administrators,
)
from governance.application.certify_reviewer import (
    ConfirmCertificate,
    ProposeCertificate,
    confirm_certificate,
    propose_certificate,
)
from governance.application.confirm_account import ConfirmAccount, confirm_account
from governance.application.governance import Governance
from governance.application.open_account import OpenAccount, open_account
from governance.domain.identifiers import AccountId, CertificateId
from governance.domain.roles import REVIEWERS, Role

PASSWORD: Final = "correct horse battery"
FIRST_PASSWORD: Final = "staple from the proposer"
"""What the proposer sets and knows, until the owner puts their own in its place."""


def the_first_two(governance: Governance, first: str, second: str) -> tuple[AccountId, AccountId]:
    """Make the first two administrators."""
    command = CreateFirstAdministrators(login=first, password=PASSWORD, second_login=second, second_password=PASSWORD)
    return create_first_administrators(governance, command)


def a_person(
    governance: Governance, login: str, roles: Collection[Role], *, proposer: AccountId, confirmer: AccountId
) -> AccountId:
    """Make an account that its owner opened, certified where it reviews; the confirmer is a legal officer then."""
    account = a_proposal(governance, login, roles, proposer=proposer)
    opened(governance, login, confirm_account(governance, ConfirmAccount(actor=confirmer, account_id=account)))
    if REVIEWERS & frozenset(roles):
        certify(governance, account, proposer=proposer, confirmer=confirmer)
    return account


def a_proposal(governance: Governance, login: str, roles: Collection[Role], *, proposer: AccountId) -> AccountId:
    """Propose an account."""
    command = CreateAccount(actor=proposer, login=login, password=FIRST_PASSWORD, roles=frozenset(roles))
    return create_account(governance, command)


def opened(governance: Governance, login: str, code: str) -> None:
    """Let whoever an account is for open it."""
    open_account(governance, OpenAccount(login=login, first=FIRST_PASSWORD, code=code, own=PASSWORD))


def a_confirmation(governance: Governance, login: str, *, proposer: AccountId, confirmer: AccountId) -> str:
    """Propose and confirm an operator's account; return the code with which its owner opens it."""
    account = a_proposal(governance, login, {Role.OPERATOR}, proposer=proposer)
    return confirm_account(governance, ConfirmAccount(actor=confirmer, account_id=account))


def certify(
    governance: Governance, account: AccountId, *, proposer: AccountId, confirmer: AccountId, days: int = 365
) -> None:
    """Certify a reviewer."""
    proposal = ProposeCertificate(actor=proposer, account_id=account, days=days)
    certificate = propose_certificate(governance, proposal)
    confirm_certificate(governance, ConfirmCertificate(actor=confirmer, certificate_id=certificate))


def what_waits_for_two(
    governance: Governance, *, proposer: AccountId, reviewer: AccountId
) -> tuple[AccountId, AccountId, CertificateId]:
    """Propose two accounts and a reviewer's certificate, and return them as they wait for a second person."""
    waiting, leaving = (
        a_proposal(governance, login, {Role.OPERATOR}, proposer=proposer) for login in ("berit", "cilla")
    )
    proposal = ProposeCertificate(actor=proposer, account_id=reviewer, days=30)
    return waiting, leaving, propose_certificate(governance, proposal)
