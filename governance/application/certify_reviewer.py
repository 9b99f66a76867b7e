"""A reviewer's certificate, by two persons: without one in force nobody comes on shift, looks or answers (E7)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.domain.accounts import first_word_stands
from governance.domain.certificates import Certificate, may_confirm_certificate, may_propose_certificate
from governance.domain.decisions import Decision
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, CertificateId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeCertificate:
    """Propose that somebody is certified as a reviewer for so many days."""

    actor: AccountId
    account_id: AccountId
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmCertificate:
    """Put a proposed certificate in force."""

    actor: AccountId
    certificate_id: CertificateId


def propose_certificate(governance: Governance, command: ProposeCertificate) -> CertificateId:
    """Propose a certificate and return its id. It counts for nothing until another person confirms it.

    Raises:
        Refused: the actor may not propose it, it would be their own, or it would last too long.
        NotFound: there is no such account.
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.CERTIFICATE_PROPOSE)
        subject = tx.accounts.get(command.account_id)
        about = {"actor": command.actor, "subject": subject.account_id}
        longest = governance.legal.certificate_life
        # A number of days beyond any length is refused by the rule, not by the calendar.
        life = timedelta(days=max(0, min(command.days, longest.days + 1)))
        require(tx, may_propose_certificate(subject, command.actor, life=life, longest=longest), about=about)
        now = governance.clock.now()
        certificate = Certificate(
            certificate_id=CertificateId(governance.randomness.identifier()),
            account_id=subject.account_id,
            ends_at=now + life,
            proposed_by=command.actor,
            confirmed_by=None,
            created_at=now,
            expires_at=expiry(DataClass.ACCOUNT, created_at=now),
        )
        tx.certificates.add(certificate)
        tx.log.append(Event.CERTIFICATE_PROPOSE, about)
        tx.commit()
    return certificate.certificate_id


def confirm_certificate(governance: Governance, command: ConfirmCertificate) -> None:
    """Put a proposed certificate in force.

    Raises:
        Refused: the actor proposed it or is its subject, it ran out, or it was confirmed before.
        NotFound: there is no such certificate.
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.CERTIFICATE_CONFIRM)
        certificate = tx.certificates.get(command.certificate_id)
        about = {"actor": command.actor, "subject": certificate.account_id}
        require(
            tx, *why_not_confirm_certificate(tx, certificate, command.actor, now=governance.clock.now()), about=about
        )
        tx.certificates.save(replace(certificate, confirmed_by=command.actor))
        account = tx.accounts.get(certificate.account_id)
        tx.accounts.save(replace(account, certified_until=certificate.ends_at))
        tx.log.append(Event.CERTIFICATE_CONFIRM, about)
        tx.commit()


def why_not_confirm_certificate(
    tx: Transaction, certificate: Certificate, actor: AccountId, *, now: datetime
) -> tuple[Decision, ...]:
    """Decide whether this second person may confirm: asked by the step itself, and by the page that offers it."""
    return (
        may_confirm_certificate(certificate, actor, now=now),
        first_word_stands(tx.accounts.find(certificate.proposed_by)),
    )
