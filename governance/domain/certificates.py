"""A reviewer's certificate: who proposed it, which second person confirmed it, until when it lasts (E7, B14)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from governance.domain.accounts import Account
from governance.domain.decisions import Decision, allow, deny
from governance.domain.identifiers import AccountId, CertificateId
from governance.domain.roles import REVIEWERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """That somebody was examined as a reviewer. It counts from the second person's confirmation on."""

    certificate_id: CertificateId
    account_id: AccountId
    ends_at: datetime
    proposed_by: AccountId
    confirmed_by: AccountId | None
    created_at: datetime
    expires_at: datetime


def may_propose_certificate(subject: Account, actor: AccountId, *, life: timedelta, longest: timedelta) -> Decision:
    """E7: decide whether a certificate of this length may be proposed for this person."""
    if not subject.roles & REVIEWERS:
        return deny("E7", "Only operators and senior operators are certified as reviewers.")
    if subject.withdrawn_at is not None:
        return deny("E7", "This account was withdrawn.")
    if actor == subject.account_id:
        return deny("B14", "Nobody proposes an own certificate.")
    if not timedelta(0) < life <= longest:
        return deny("E7", f"A certificate lasts at least a day and at most {longest.days} days.")
    return allow("E7")


def may_confirm_certificate(certificate: Certificate, actor: AccountId, *, now: datetime) -> Decision:
    """E7, B14: decide whether this second person may put a proposed certificate in force."""
    if certificate.confirmed_by is not None:
        return deny("E7", "This certificate was confirmed already.")
    if now >= certificate.ends_at:
        return deny("E7", "This certificate has run out; propose another.")
    if actor in {certificate.proposed_by, certificate.account_id}:
        return deny("B14", "A certificate is confirmed by somebody who neither proposed it nor is its subject.")
    return allow("E7")
