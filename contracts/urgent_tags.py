"""Whether the same person or case was urgent before: asked of the supervisor, who alone holds the tags (law.md A7).

Governance sends digests, signed; the supervisor compares them under keys of its own, answers yes or no, signed, and
forgets what is older than the bar. Identities are salted and erased at the centre, so that nobody else could tell.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from contracts.canonical import decode, encode
from contracts.errors import Malformed
from contracts.fields import Fields, format_instant
from contracts.vocabulary import WarrantId


def digest_of(kind: str, said: str) -> str:
    """Return what stands for a person, a photograph or a case in a request: SHA-256 over the kind and the plain words.

    Who guesses a person can test the guess, so a request goes to the supervisor alone and is kept nowhere.
    """
    plain = " ".join("".join(one if one.isalnum() else " " for one in said.casefold()).split())
    return hashlib.sha256(f"insyn/urgent-tag/1\x00{kind}\x00{plain}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRequest:
    """Governance asks about the persons and the case of one urgent application. `ends_at` is its latest end."""

    warrant_id: WarrantId
    ends_at: datetime
    digests: tuple[str, ...]
    demo: bool

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that governance signs."""
        return encode(
            {
                "demo": self.demo,
                "digests": sorted(self.digests),
                "ends_at": format_instant(self.ends_at),
                "kind": "insyn/urgent-tag-request/1",
                "warrant_id": self.warrant_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "TagRequest":
        """Read a request.

        Raises:
            Malformed: it is none, or asks about nobody.
        """
        fields = Fields(decode(data), "urgent tag request")
        fields.kind("insyn/urgent-tag-request/1")
        request = cls(
            warrant_id=WarrantId(fields.identifier("warrant_id")),
            ends_at=fields.instant("ends_at"),
            digests=fields.items("digests", _digest),
            demo=fields.boolean("demo"),
        )
        fields.end()
        if not request.digests:
            raise Malformed("An urgent tag request that asks about nobody has no answer.")
        return request


def _digest(value: object) -> str:
    return Fields({"digest": value}, "digest").sha256("digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """The supervisor's answer. `cleared` is no where one of the digests was urgent before, within the bar."""

    warrant_id: WarrantId
    request_sha256: str
    cleared: bool
    answered_at: datetime
    demo: bool

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the supervisor signs."""
        return encode(
            {
                "answered_at": format_instant(self.answered_at),
                "cleared": self.cleared,
                "demo": self.demo,
                "kind": "insyn/urgent-clearance/1",
                "request_sha256": self.request_sha256,
                "warrant_id": self.warrant_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Clearance":
        """Read an answer.

        Raises:
            Malformed: it is none.
        """
        fields = Fields(decode(data), "urgent clearance")
        fields.kind("insyn/urgent-clearance/1")
        clearance = cls(
            warrant_id=WarrantId(fields.identifier("warrant_id")),
            request_sha256=fields.sha256("request_sha256"),
            cleared=fields.boolean("cleared"),
            answered_at=fields.instant("answered_at"),
            demo=fields.boolean("demo"),
        )
        fields.end()
        return clearance
