"""Who may issue warrants: a list with a version and an end, signed by two of the organisations pinned here.

People carry it to each machine as a file beside `trust.json`. Each lease names its hash, so that a site and the centre
cannot believe different lists. A list that is over, or older than one that was pinned before, makes nobody an issuer.

Version 2 of the record also names the certificates under which courts sign warrants as PDF. It is written only where
there are any, so that a list without them has the bytes that it always had.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import Malformed
from contracts.fields import Fields, format_bytes, format_instant
from contracts.signature import Purpose, key_id
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
class ListedCertificate:
    """A certificate (the SHA-256 of its DER) under which a listed authority signs warrants as PDF, and its time here.

    It is believed because it stands here, whoever made it; its own time bounds it too. It stands beside a key of the
    same authority, which signs what takes a warrant back.
    """

    name: str
    issuer_type: IssuerType
    certificate_sha256: str
    demo: bool
    valid_from: datetime
    valid_to: datetime

    @property
    def id(self) -> str:
        """The short name of the certificate."""
        return self.certificate_sha256[:16]

    def to_json(self) -> dict[str, object]:
        """Return the certificate as a JSON object."""
        return {
            "certificate_sha256": self.certificate_sha256,
            "demo": self.demo,
            "issuer_type": self.issuer_type.value,
            "name": self.name,
            "valid_from": format_instant(self.valid_from),
            "valid_to": format_instant(self.valid_to),
        }

    @classmethod
    def from_json(cls, value: object) -> "ListedCertificate":
        """Read one certificate of the list.

        Raises:
            Malformed: it is none, or is never valid.
        """
        fields = Fields(value, "listed certificate")
        listed = cls(
            name=fields.identifier("name"),
            issuer_type=fields.choice("issuer_type", IssuerType),
            certificate_sha256=fields.sha256("certificate_sha256"),
            demo=fields.boolean("demo"),
            valid_from=fields.instant("valid_from"),
            valid_to=fields.instant("valid_to"),
        )
        fields.end()
        if listed.valid_from >= listed.valid_to:
            raise Malformed("A listed certificate ends before it begins.")
        return listed


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerList:
    """One version of the list. It is believed in `[issued_at, expires_at)`."""

    version: int
    issued_at: datetime
    expires_at: datetime
    issuers: tuple[ListedIssuer, ...]
    certificates: tuple[ListedCertificate, ...] = ()

    @property
    def purpose(self) -> Purpose:
        """What the organisations sign it as: the record's kind."""
        return Purpose.ISSUER_LIST_WITH_CERTIFICATES if self.certificates else Purpose.ISSUER_LIST

    @property
    def sha256(self) -> str:
        """The hash that each lease names."""
        return sha256_hex(self.to_bytes())

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the organisations sign."""
        listed: dict[str, object] = {
            "expires_at": format_instant(self.expires_at),
            "issued_at": format_instant(self.issued_at),
            "issuers": [issuer.to_json() for issuer in self.issuers],
            "kind": self.purpose.value,
            "version": self.version,
        }
        if self.certificates:
            listed["certificates"] = [certificate.to_json() for certificate in self.certificates]
        return encode(listed)

    @classmethod
    def from_bytes(cls, data: bytes) -> "IssuerList":
        """Read a list.

        Raises:
            Malformed: it is none, names one key twice or one name as two kinds of authority, or is never valid.
        """
        value = decode(data)
        kind = value.get("kind") if isinstance(value, dict) else None
        bears = kind == Purpose.ISSUER_LIST_WITH_CERTIFICATES.value
        fields = Fields(value, "list of issuers")
        fields.kind(Purpose.ISSUER_LIST_WITH_CERTIFICATES.value if bears else Purpose.ISSUER_LIST.value)
        read = cls(
            version=fields.integer("version", minimum=1, maximum=1_000_000),
            issued_at=fields.instant("issued_at"),
            expires_at=fields.instant("expires_at"),
            issuers=fields.items("issuers", ListedIssuer.from_json),
            certificates=fields.items("certificates", ListedCertificate.from_json) if bears else (),
        )
        fields.end()
        if bears and not read.certificates:
            raise Malformed("A list of issuers without a certificate is written as one that names none.")
        read._require_substance()
        read._require_keys_beside()
        return read

    def _require_substance(self) -> None:
        if len({issuer.id for issuer in self.issuers}) != len(self.issuers):
            raise Malformed("The list of issuers names one key twice.")
        if len({(issuer.name, issuer.issuer_type) for issuer in self.issuers}) != len(
            {issuer.name for issuer in self.issuers}
        ):
            raise Malformed("The list of issuers names one authority as court and as prosecutor.")
        if len({issuer.demo for issuer in self.issuers} | {one.demo for one in self.certificates}) > 1:
            raise Malformed("A list holds DEMO issuers or others, never both.")
        if self.issued_at >= self.expires_at:
            raise Malformed("The list of issuers ends before it begins.")

    def _require_keys_beside(self) -> None:
        """Whoever may issue as PDF can take it back: a key of the same authority holds as long as the certificate."""
        if len({certificate.certificate_sha256 for certificate in self.certificates}) != len(self.certificates):
            raise Malformed("The list of issuers names one certificate twice.")
        for certificate in self.certificates:
            if not any(_holds_beside(issuer, certificate) for issuer in self.issuers):
                raise Malformed(
                    "A certificate is listed beside a key of the same authority, which holds as long and takes back "
                    "what was issued under it."
                )

    def at(self, now: datetime) -> tuple[ListedIssuer, ...]:
        """Return who may issue at this moment: nobody where the list is over or has not begun."""
        if not self.issued_at <= now < self.expires_at:
            return ()
        return tuple(issuer for issuer in self.issuers if issuer.valid_from <= now < issuer.valid_to)

    @property
    def names(self) -> Mapping[str, str]:
        """The authorities' names by the short names of their keys and certificates, whether in their time or not."""
        return MappingProxyType(
            {issuer.id: issuer.name for issuer in self.issuers} | {one.id: one.name for one in self.certificates}
        )

    def certificates_at(self, now: datetime) -> tuple[ListedCertificate, ...]:
        """Return the certificates that are believed at this moment, as far as the list goes."""
        if not self.issued_at <= now < self.expires_at:
            return ()
        return tuple(one for one in self.certificates if one.valid_from <= now < one.valid_to)


def _holds_beside(issuer: ListedIssuer, certificate: ListedCertificate) -> bool:
    same = (issuer.name, issuer.issuer_type) == (certificate.name, certificate.issuer_type)
    return same and issuer.valid_from <= certificate.valid_from and certificate.valid_to <= issuer.valid_to


FILE_NAME: Final = "issuers.json"
"""The signed list lies under this name beside the file of pinned keys."""
