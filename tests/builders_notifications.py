"""Authorities that are told of each use, for tests."""

from dataclasses import replace
from typing import Any

from contracts.notification import Acknowledgement, Authority
from contracts.signature import Purpose, Signed, SigningKey
from governance.application.errors import Unavailable
from tests.builders_contracts import NOON, TrustedSite


def key_of(site: TrustedSite, authority: str) -> SigningKey:
    """Return the key of an authority that is told of each use."""
    return {"data-protection": site.data_protection, "market-surveillance": site.market_surveillance}[authority]


class FakeCourier:
    """Carries notifications to two authorities that sign for them at once, unless they are out of reach."""

    def __init__(self, site: TrustedSite) -> None:
        self._site = site
        self.reachable = True
        self.ways = {authority.value for authority in Authority}
        self.spoil: dict[str, Any] = {}
        self.carried: list[str] = []

    def deliver(self, authority: str, notification_id: str, signed: Signed) -> Signed | None:
        self.carried.append(notification_id)
        if not self.reachable:
            raise Unavailable("The authority does not answer.")
        acknowledgement = Acknowledgement(
            notification_id=notification_id,
            notification_sha256=signed.sha256,
            authority=Authority(authority),
            acknowledged_at=NOON,
        )
        key = self.spoil.get("key", key_of(self._site, authority))
        return key.sign(Purpose.ACKNOWLEDGEMENT, replace(acknowledgement, **self.spoil.get("says", {})).to_bytes())

    def has_way(self, authority: str) -> bool:
        return authority in self.ways

    def close(self) -> None:
        """Close nothing."""
