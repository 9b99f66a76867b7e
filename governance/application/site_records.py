"""What a site signed: verified under the pinned key of the very site that the record names, and taken once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeVar

from contracts.errors import ContractError
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedRole
from governance.application.errors import NotUnderstood
from governance.application.governance import Governance
from governance.application.kept_records import UsedNonce
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import require
from governance.domain.decisions import allow, deny
from governance.domain.deployments import is_fresh
from governance.domain.events import Event
from governance.domain.identifiers import SiteId
from governance.domain.retention import DataClass, expiry

Record = TypeVar("Record")

_NONCE_LIFE: Final = timedelta(minutes=5)
"""Longer than any request stays fresh; after that its age alone refuses it."""


def from_site(
    governance: Governance,
    signed: Signed,
    purpose: Purpose,
    read: Callable[[bytes], Record],
    named_site: Callable[[Record], str],
) -> tuple[Record, SiteId]:
    """Return the record and the site that signed it.

    Raises:
        NotUnderstood: malformed, not signed by a pinned site, signed by another site than the one it names, or with a
            key that is for another use than this installation.
    """
    try:
        record = read(verified(signed, purpose, governance.trusted.of(TrustedRole.SITE)))
    except ContractError as error:
        raise NotUnderstood(str(error)) from error
    pinned = governance.trusted.find(TrustedRole.SITE, signed.key)
    if pinned is None or pinned.name != named_site(record):
        raise NotUnderstood("This record names another site than the one that signed it.")
    if pinned.use is not governance.environment:
        raise NotUnderstood("The site's key is for another use than this installation: DEMO, trials or real use (P4).")
    return record, SiteId(pinned.name)


def use_nonce(
    tx: Transaction,
    nonce: str,
    asked_at: datetime,
    now: datetime,
    *,
    about: Mapping[str, LogValue],
    event: Event = Event.LEASE_REFUSE,
) -> None:
    """See that a request is fresh and was not answered before, and remember it.

    Raises:
        Refused: it was, or it is too old.
    """
    unused = tx.nonces.find(nonce) is None
    once = allow("P1") if unused else deny("P1", "This request was answered before; ask with a fresh nonce.")
    require(tx, is_fresh(asked_at, now=now), once, event=event, about=about)
    tx.nonces.add(
        UsedNonce(
            nonce=nonce,
            created_at=now,
            expires_at=expiry(DataClass.LEASE, created_at=now, no_later_than=now + _NONCE_LIFE),
        )
    )
