"""What a site's matcher says of the leases it was given: that it took one, and how each of them ended.

The receipt of an end is the site's own word, signed, that from then on nothing was compared under this lease: when the
last comparison was, and how many there were. Numbers and opaque ids only, nothing of anybody (law.md A13, A16).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.canonical import decode, encode
from contracts.errors import Malformed
from contracts.fields import Fields, format_instant
from contracts.vocabulary import SiteId

_MANY = 2**53 - 1
MOST_RECEIPTS = 1000
"""More than this is not in one record."""


class LeaseEnding(StrEnum):
    """Why a lease ended at the site."""

    BUTTON = "button"
    """Somebody at the site pressed stop."""
    CLOSED = "closed"
    """The matcher itself was ended."""
    EXPIRED = "expired"
    RENEWED = "renewed"
    """The next lease of the same warrant took its place."""
    STOPPED = "stopped"
    """Governance said so, before its time was over."""
    WITHDRAWN = "withdrawn"
    """Governance's next answer did not contain it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenLease:
    """One lease that was verified and taken: its id, and the SHA-256 of what governance signed."""

    lease_id: str
    lease_sha256: str

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {"lease_id": self.lease_id, "lease_sha256": self.lease_sha256}

    @classmethod
    def from_json(cls, value: object) -> "TakenLease":
        """Read one.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(value, "taken lease")
        taken = cls(lease_id=fields.identifier("lease_id"), lease_sha256=fields.sha256("lease_sha256"))
        fields.end()
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedLease:
    """The end of one lease: why, when, how often was compared under it, and when last (None: never)."""

    lease_id: str
    ending: LeaseEnding
    ended_at: datetime
    comparisons: int
    last_compared_at: datetime | None

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        last = None if self.last_compared_at is None else format_instant(self.last_compared_at)
        return {
            "comparisons": self.comparisons,
            "ended_at": format_instant(self.ended_at),
            "ending": self.ending.value,
            "last_compared_at": last,
            "lease_id": self.lease_id,
        }

    @classmethod
    def from_json(cls, value: object) -> "EndedLease":
        """Read one.

        Raises:
            Malformed: it is not one, or says that something was compared but not when.
        """
        fields = Fields(value, "ended lease")
        ended = cls(
            lease_id=fields.identifier("lease_id"),
            ending=fields.choice("ending", LeaseEnding),
            ended_at=fields.instant("ended_at"),
            comparisons=fields.integer("comparisons", minimum=0, maximum=_MANY),
            last_compared_at=fields.record("last_compared_at", _optional_instant),
        )
        fields.end()
        if (ended.comparisons == 0) != (ended.last_compared_at is None):
            raise Malformed("An ended lease says when it was last compared under, if and only if it was.")
        return ended


def _optional_instant(value: object) -> datetime | None:
    return None if value is None else Fields({"instant": value}, "ended lease").instant("instant")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseReceipts:
    """What a site signs about its leases, some at a time."""

    site_id: SiteId
    taken: tuple[TakenLease, ...]
    ended: tuple[EndedLease, ...]
    written_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the site signs."""
        return encode(
            {
                "ended": [one.to_json() for one in self.ended],
                "kind": "insyn/lease-receipts/1",
                "site_id": self.site_id,
                "taken": [one.to_json() for one in self.taken],
                "written_at": format_instant(self.written_at),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "LeaseReceipts":
        """Read a site's receipts.

        Raises:
            Malformed: they are none, or too many.
        """
        fields = Fields(decode(data), "record of lease receipts")
        fields.kind("insyn/lease-receipts/1")
        receipts = cls(
            site_id=SiteId(fields.identifier("site_id")),
            taken=fields.items("taken", TakenLease.from_json),
            ended=fields.items("ended", EndedLease.from_json),
            written_at=fields.instant("written_at"),
        )
        fields.end()
        if not 1 <= len(receipts.taken) + len(receipts.ended) <= MOST_RECEIPTS:
            raise Malformed(f"A record of lease receipts holds 1 to {MOST_RECEIPTS} of them.")
        return receipts
