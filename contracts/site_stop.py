"""The stop that somebody pressed at a site, and what alone lets the site go on (law.md A16).

Pressing needs nobody's leave. Going on needs a legal officer's decision, which governance signs for this one stop.
"""

from dataclasses import dataclass
from datetime import datetime

from contracts.canonical import decode, encode
from contracts.fields import Fields, format_instant
from contracts.vocabulary import SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStop:
    """One pressing of the stop button, as the site signs it."""

    site_id: SiteId
    stop_id: str
    pressed_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the site signs."""
        return encode(
            {
                "kind": "insyn/site-stop/1",
                "pressed_at": format_instant(self.pressed_at),
                "site_id": self.site_id,
                "stop_id": self.stop_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "SiteStop":
        """Read a stop.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "stop at a site")
        fields.kind("insyn/site-stop/1")
        stop = cls(
            site_id=SiteId(fields.identifier("site_id")),
            stop_id=fields.identifier("stop_id"),
            pressed_at=fields.instant("pressed_at"),
        )
        fields.end()
        return stop


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRelease:
    """A legal officer's decision that a site may ask for leases again after one stop, as governance signs it."""

    site_id: SiteId
    stop_id: str
    released_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that governance signs."""
        return encode(
            {
                "kind": "insyn/site-release/1",
                "released_at": format_instant(self.released_at),
                "site_id": self.site_id,
                "stop_id": self.stop_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "SiteRelease":
        """Read a release.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "release of a site")
        fields.kind("insyn/site-release/1")
        release = cls(
            site_id=SiteId(fields.identifier("site_id")),
            stop_id=fields.identifier("stop_id"),
            released_at=fields.instant("released_at"),
        )
        fields.end()
        return release
