"""Who issues, for tests: a court on a list that is in its time. Taken from `builders_contracts`."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from contracts.issuer_list import IssuerList, ListedIssuer
from contracts.signature import SigningKey
from contracts.vocabulary import IssuerType

ISSUER_NAME: Final = "court-of-tests"


def a_listed_issuer(key: SigningKey, **changes: Any) -> ListedIssuer:
    """Return a court that may issue for many years."""
    issuer = ListedIssuer(
        name=ISSUER_NAME,
        issuer_type=IssuerType.COURT,
        public=key.public,
        demo=False,
        valid_from=datetime(2020, 1, 1, tzinfo=UTC),
        valid_to=datetime(2100, 1, 1, tzinfo=UTC),
    )
    return replace(issuer, **changes)


def an_issuer_list(*issuers: ListedIssuer, **changes: Any) -> IssuerList:
    """Return a list of these issuers that is in its time for many years."""
    listed = IssuerList(
        version=1,
        issued_at=datetime(2020, 1, 1, tzinfo=UTC),
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
        issuers=issuers,
    )
    return replace(listed, **changes)
