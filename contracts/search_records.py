"""What a site and governance say to each other about one search: the request, the answer, and how it ended (A12).

Numbers and opaque ids only: the search's end says how many frames and faces there were, and nothing of any of them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from contracts.canonical import decode, encode
from contracts.fields import Fields, format_bytes, format_instant
from contracts.search_order import UnverifiedSearchOrder
from contracts.vocabulary import SiteId

_MANY: Final = 2**53 - 1


class SearchEnding(StrEnum):
    """How the search of a recording ended."""

    COMPLETE = "complete"
    """The recording was read to its end."""
    CUT_SHORT = "cut-short"
    """The recording is damaged or truncated: it gave fewer frames than it announces."""
    FAILED = "failed"
    """Something broke at the site; what was found was not told."""
    LONGER_THAN_SAID = "longer-than-said"
    """The recording runs on after the time that was approved: what came later was not looked at."""
    OUT_OF_TIME = "out-of-time"
    """The order ended first, or was taken back: what was found was not taken in."""
    RECORDING_CHANGED = "recording-changed"
    """The file was another one afterwards; what was found was not told."""
    STOPPED = "stopped"
    """Somebody at the site pressed stop."""
    UNREADABLE = "unreadable"
    """Not one frame could be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """A site has this recording at hand and asks for the order of an approved search. The nonce is used once.

    `renews` is the SHA-256 of the order that ends next, where the search is under way: each order is renewed once.
    """

    site_id: SiteId
    search_id: str
    recording_sha256: str
    nonce: str
    asked_at: datetime
    renews: str | None = None

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the site signs."""
        return encode(
            {
                "asked_at": format_instant(self.asked_at),
                "kind": "insyn/search-request/1",
                "nonce": self.nonce,
                "recording_sha256": self.recording_sha256,
                "renews": self.renews,
                "search_id": self.search_id,
                "site_id": self.site_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "SearchRequest":
        """Read a request.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "search request")
        fields.kind("insyn/search-request/1")
        request = cls(
            site_id=SiteId(fields.identifier("site_id")),
            search_id=fields.identifier("search_id"),
            recording_sha256=fields.sha256("recording_sha256"),
            nonce=fields.sha256("nonce"),
            asked_at=fields.instant("asked_at"),
            renews=fields.record("renews", _optional_sha256),
        )
        fields.end()
        return request


def _optional_sha256(value: object) -> str | None:
    return None if value is None else Fields({"value": value}, "search request").sha256("value")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """The order with its records, and the gallery of the one reference, sealed to the site."""

    order: UnverifiedSearchOrder
    gallery: bytes

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the answer. The parts are signed; the answer itself needs no signature."""
        return encode(
            {"gallery": format_bytes(self.gallery), "kind": "insyn/search-answer/1", "order": self.order.to_json()}
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "SearchAnswer":
        """Read an answer.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "search answer")
        fields.kind("insyn/search-answer/1")
        answer = cls(
            order=fields.record("order", UnverifiedSearchOrder.from_json),
            gallery=fields.binary("gallery"),
        )
        fields.end()
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReceipt:
    """The site's word that a search is over, and what it came to: frames read, faces followed, compared, candidates."""

    site_id: SiteId
    search_id: str
    ending: SearchEnding
    ended_at: datetime
    frames: int
    faces: int
    compared: int
    candidates: int

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the site signs."""
        return encode(
            {
                "candidates": self.candidates,
                "compared": self.compared,
                "ended_at": format_instant(self.ended_at),
                "ending": self.ending.value,
                "faces": self.faces,
                "frames": self.frames,
                "kind": "insyn/search-receipt/1",
                "search_id": self.search_id,
                "site_id": self.site_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "SearchReceipt":
        """Read a receipt.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "search receipt")
        fields.kind("insyn/search-receipt/1")
        receipt = cls(
            site_id=SiteId(fields.identifier("site_id")),
            search_id=fields.identifier("search_id"),
            ending=fields.choice("ending", SearchEnding),
            ended_at=fields.instant("ended_at"),
            frames=fields.integer("frames", minimum=0, maximum=_MANY),
            faces=fields.integer("faces", minimum=0, maximum=_MANY),
            compared=fields.integer("compared", minimum=0, maximum=_MANY),
            candidates=fields.integer("candidates", minimum=0, maximum=_MANY),
        )
        fields.end()
        return receipt
