"""Whoever carries notifications to the authorities, as the use case sees it."""

from typing import Protocol

from contracts.signature import Signed


class Courier(Protocol):
    """Whoever carries notifications to the authorities."""

    def deliver(self, authority: str, notification_id: str, signed: Signed) -> Signed | None:
        """Hand over, and return the acknowledgement if there is one yet.

        Raises:
            Unavailable: nobody takes it, or there is no way to this authority.
            NotUnderstood: the answer is no acknowledgement.
        """

    def has_way(self, authority: str) -> bool:
        """Say whether a way to this authority is named."""
        ...
