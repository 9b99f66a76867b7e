"""The keys pinned at a site, at the centre's viewer and at its enrolment matcher: whom they believe, for what.

The file is carried to the machine by people. It is never delivered by governance, so that governance can neither mint a
warrant nor lend a camera (law.md P1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from contracts.canonical import decode, encode
from contracts.errors import Malformed
from contracts.fields import Fields, format_bytes
from contracts.issuer_list import IssuerList, ListedCertificate, ListedIssuer
from contracts.signature import key_id


class TrustedRole(StrEnum):
    """What a pinned key is believed for."""

    DATA_PROTECTION = "data-protection"
    """The data-protection authority, which signs for being told of each use (A10)."""
    ENROLMENT = "enrolment"
    GOVERNANCE = "governance"
    LAWYER = "lawyer"
    """Who attests that the legal profile keeps the enacted text (0.1)."""
    LOG = "log"
    MARKET_SURVEILLANCE = "market-surveillance"
    """The market surveillance authority, the same."""
    OFFICER = "officer"
    """An officer who may sign an urgent warrant (A7)."""
    ORGANISATION = "organisation"
    """One of those of whom two sign what all must believe: the list of issuers, the legal profile."""
    REGION = "region"
    SITE = "site"
    SUPERVISOR = "supervisor"
    """Who holds the tags of urgent warrants, and says whether one was before (A7)."""
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedKey:
    """One public key (Ed25519, 32 bytes), whose it is, and whether it is good for demonstrations only."""

    role: TrustedRole
    name: str
    public: bytes
    demo: bool

    @property
    def id(self) -> str:
        """The short name of the key."""
        return key_id(self.public)

    def to_json(self) -> dict[str, object]:
        """Return the key as a JSON object."""
        return {
            "demo": self.demo,
            "name": self.name,
            "public": format_bytes(self.public),
            "role": self.role.value,
        }

    @classmethod
    def from_json(cls, value: object) -> "PinnedKey":
        """Read one pinned key.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(value, "pinned key")
        key = cls(
            role=fields.choice("role", TrustedRole),
            name=fields.identifier("name"),
            public=fields.binary("public", length=32),
            demo=fields.boolean("demo"),
        )
        fields.end()
        return key


@dataclass(frozen=True, slots=True)
class TrustedKeys:
    """All pinned keys of one machine, and the list of issuers that `contracts.believed_issuers` took in with them.

    No keys believe nobody; without a list, or after its end, nobody issues.
    """

    keys: tuple[PinnedKey, ...]
    issuers: IssuerList | None = None

    def issuers_at(self, now: datetime) -> tuple[ListedIssuer, ...]:
        """Return who may issue warrants at this moment."""
        return () if self.issuers is None else self.issuers.at(now)

    def issuer_keys(self, now: datetime) -> Mapping[str, bytes]:
        """Return the public keys of those who may issue at this moment, by short name."""
        return MappingProxyType({issuer.id: issuer.public for issuer in self.issuers_at(now)})

    def find_issuer(self, short_name: str, now: datetime) -> ListedIssuer | None:
        """Return the issuer of this key, if it may issue at this moment."""
        return next((issuer for issuer in self.issuers_at(now) if issuer.id == short_name), None)

    def find_certificate(self, sha256: str, now: datetime) -> ListedCertificate | None:
        """Return the certificate of this SHA-256, if an authority of the list issues under it at this moment."""
        listed = () if self.issuers is None else self.issuers.certificates_at(now)
        return next((one for one in listed if one.certificate_sha256 == sha256), None)

    def of(self, role: TrustedRole) -> Mapping[str, bytes]:
        """Return the public keys pinned for a role, by short name."""
        return MappingProxyType({key.id: key.public for key in self.keys if key.role is role})

    def find(self, role: TrustedRole, short_name: str) -> PinnedKey | None:
        """Return the pinned key of this short name and role, if there is one."""
        return next((key for key in self.keys if key.role is role and key.id == short_name), None)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the file of pinned keys; the list of issuers lies in a file of its own."""
        return encode({"keys": [key.to_json() for key in self.keys], "kind": "insyn/trusted-keys/1"})

    @classmethod
    def from_bytes(cls, data: bytes) -> "TrustedKeys":
        """Read the file of pinned keys.

        Raises:
            Malformed: it is not one, or pins one key for two roles: who may do the one may not do the other.
        """
        fields = Fields(decode(data), "file of pinned keys")
        fields.kind("insyn/trusted-keys/1")
        keys = fields.items("keys", PinnedKey.from_json)
        fields.end()
        # By short name, as keys are looked up: that refuses the same key twice, and two keys of one short name.
        if len({key.id for key in keys}) != len(keys):
            raise Malformed("The file of pinned keys names one key twice.")
        return cls(keys)
