"""Who may issue warrants: a list with a version and an end, signed by two of the organisations pinned here.

People carry it to each machine as a file beside `trust.json`. Each lease names its hash, so that a site and the centre
cannot believe different lists. A list that is over, or older than one that was pinned before, makes nobody an issuer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import Malformed
from contracts.fields import Fields, format_bytes, format_instant
from contracts.signature import key_id
from contracts.vocabulary import IssuerType


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedIssuer:
    """One issuing authority's key (Ed25519, 32 bytes), and from when to when, half-open, it is believed."""

    name: str
    issuer_type: IssuerType
    public: bytes
    demo: bool
    valid_from: datetime
    valid_to: datetime

    @property
    def id(self) -> str:
        """The short name of the key."""
        return key_id(self.public)

    def to_json(self) -> dict[str, object]:
        """Return the issuer as a JSON object."""
        return {
            "demo": self.demo,
            "issuer_type": self.issuer_type.value,
            "name": self.name,
            "public": format_bytes(self.public),
            "valid_from": format_instant(self.valid_from),
            "valid_to": format_instant(self.valid_to),
        }

    @classmethod
    def from_json(cls, value: object) -> "ListedIssuer":
        """Read one issuer.

        Raises:
            Malformed: it is none, or is never valid.
        """
        fields = Fields(value, "listed issuer")
        issuer = cls(
            name=fields.identifier("name"),
            issuer_type=fields.choice("issuer_type", IssuerType),
            public=fields.binary("public", length=32),
            demo=fields.boolean("demo"),
            valid_from=fields.instant("valid_from"),
            valid_to=fields.instant("valid_to"),
        )
        fields.end()
        if issuer.valid_from >= issuer.valid_to:
            raise Malformed("A listed issuer's key ends before it begins.")
        return issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerList:
    """One version of the list. It is believed in `[issued_at, expires_at)`."""

    version: int
    issued_at: datetime
    expires_at: datetime
    issuers: tuple[ListedIssuer, ...]

    @property
    def sha256(self) -> str:
        """The hash that each lease names."""
        return sha256_hex(self.to_bytes())

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the organisations sign."""
        return encode(
            {
                "expires_at": format_instant(self.expires_at),
                "issued_at": format_instant(self.issued_at),
                "issuers": [issuer.to_json() for issuer in self.issuers],
                "kind": "insyn/issuer-list/1",
                "version": self.version,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "IssuerList":
        """Read a list.

        Raises:
            Malformed: it is none, names one key twice or one name as two kinds of authority, or is never valid.
        """
        fields = Fields(decode(data), "list of issuers")
        fields.kind("insyn/issuer-list/1")
        read = cls(
            version=fields.integer("version", minimum=1, maximum=1_000_000),
            issued_at=fields.instant("issued_at"),
            expires_at=fields.instant("expires_at"),
            issuers=fields.items("issuers", ListedIssuer.from_json),
        )
        fields.end()
        read._require_substance()
        return read

    def _require_substance(self) -> None:
        if len({issuer.id for issuer in self.issuers}) != len(self.issuers):
            raise Malformed("The list of issuers names one key twice.")
        if len({(issuer.name, issuer.issuer_type) for issuer in self.issuers}) != len(
            {issuer.name for issuer in self.issuers}
        ):
            raise Malformed("The list of issuers names one authority as court and as prosecutor.")
        if len({issuer.demo for issuer in self.issuers}) > 1:
            raise Malformed("A list holds DEMO issuers or others, never both.")
        if self.issued_at >= self.expires_at:
            raise Malformed("The list of issuers ends before it begins.")

    def at(self, now: datetime) -> tuple[ListedIssuer, ...]:
        """Return who may issue at this moment: nobody where the list is over or has not begun."""
        if not self.issued_at <= now < self.expires_at:
            return ()
        return tuple(issuer for issuer in self.issuers if issuer.valid_from <= now < issuer.valid_to)


FILE_NAME: Final = "issuers.json"
"""The signed list lies under this name beside the file of pinned keys."""
