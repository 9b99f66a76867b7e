"""What a site signed: verified under the pinned key of the very site that the record names."""

from collections.abc import Callable
from typing import TypeVar

from contracts.errors import ContractError
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedRole
from governance.application.errors import NotUnderstood
from governance.application.governance import Governance
from governance.domain.identifiers import SiteId

Record = TypeVar("Record")


def from_site(
    governance: Governance,
    signed: Signed,
    purpose: Purpose,
    read: Callable[[bytes], Record],
    named_site: Callable[[Record], str],
) -> tuple[Record, SiteId]:
    """Return the record and the site that signed it.

    Raises:
        NotUnderstood: malformed, not signed by a pinned site, or signed by another site than the one it names.
    """
    try:
        record = read(verified(signed, purpose, governance.trusted.of(TrustedRole.SITE)))
    except ContractError as error:
        raise NotUnderstood(str(error)) from error
    pinned = governance.trusted.find(TrustedRole.SITE, signed.key)
    if pinned is None or pinned.name != named_site(record):
        raise NotUnderstood("This record names another site than the one that signed it.")
    return record, SiteId(pinned.name)
