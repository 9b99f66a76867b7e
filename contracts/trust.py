"""The keys pinned at a site, at the centre's viewer and at its enrolment matcher: whom they believe, for what.

The file is carried to the machine by people. It is never delivered by governance, so that governance can neither mint a
warrant nor lend a camera (law.md P1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from contracts.admission import ProfileAdmission
from contracts.canonical import decode, encode
from contracts.errors import Malformed
from contracts.fields import Fields, format_bytes
from contracts.issuer_list import IssuerList, ListedCertificate, ListedIssuer
from contracts.model_profile import ProfileClass
from contracts.signature import key_id


class TrustedRole(StrEnum):
    """What a pinned key is believed for."""

    DATA_PROTECTION = "data-protection"
    """The data-protection authority, which signs for being told of each use (A10)."""
    ENROLMENT = "enrolment"
    EVALUATOR = "evaluator"
    """Who measured a model profile and signs what came of it (P4)."""
    GOVERNANCE = "governance"
    LAWYER = "lawyer"
    """Who attests that the legal profile keeps the enacted text (0.1)."""
    LOG = "log"
    MARKET_SURVEILLANCE = "market-surveillance"
    """The market surveillance authority, the same."""
    MODEL_OFFICER = "model-officer"
    """The officer of the authority who signs that it examined a model profile's evaluation itself (C10)."""
    OFFICER = "officer"
    """An officer who may sign an urgent warrant (A7)."""
    ORGANISATION = "organisation"
    """One of those of whom two sign what all must believe: the list of issuers, the legal profile."""
    REGION = "region"
    SITE = "site"
    SUPERVISOR = "supervisor"
    """Who holds the tags of urgent warrants, and says whether one was before (A7)."""
    VIEWER = "viewer"
    VOLUNTEERS = "volunteers"
    """The trustee of the volunteers, who alone signs their consents and their list (C11, C16)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedKey:
    """One public key (Ed25519, 32 bytes), whose it is, and what it is for.

    A `demo` key gives nothing legal force. One that is `trial` too is for consenting people at a closed site: it has no
    more force, and refuses what was not evaluated for such a use.
    """

    role: TrustedRole
    name: str
    public: bytes
    demo: bool
    trial: bool = False

    @property
    def id(self) -> str:
        """The short name of the key."""
        return key_id(self.public)

    @property
    def use(self) -> ProfileClass:
        """P4: which class of model profile the key is for; one of a lower class is refused under it."""
        if self.trial:
            return ProfileClass.TRIAL
        return ProfileClass.DEMO if self.demo else ProfileClass.OPERATIONAL

    def to_json(self) -> dict[str, object]:
        """Return the key as a JSON object. Only a key for trials says so: the others have the bytes they always had."""
        return {
            "demo": self.demo,
            "name": self.name,
            "public": format_bytes(self.public),
            "role": self.role.value,
            **({"trial": True} if self.trial else {}),
        }

    @classmethod
    def from_json(cls, value: object) -> "PinnedKey":
        """Read one pinned key.

        Raises:
            Malformed: it is not one, or is for trials and yet not marked DEMO.
        """
        says = isinstance(value, dict) and "trial" in value
        fields = Fields(value, "pinned key")
        key = cls(
            role=fields.choice("role", TrustedRole),
            name=fields.identifier("name"),
            public=fields.binary("public", length=32),
            demo=fields.boolean("demo"),
            trial=fields.boolean("trial") if says else False,
        )
        fields.end()
        if says and not (key.trial and key.demo):
            raise Malformed("A pinned key that is for trials says so, and is marked DEMO too.")
        return key


@dataclass(frozen=True, slots=True)
class TrustedKeys:
    """All pinned keys of one machine, with the list of issuers and the admission that were taken in with them.

    No keys believe nobody; without a list, or after its end, nobody issues (`contracts.believed_issuers`); without an
    admission nothing above DEMO is used (`contracts.believed_admission`). `admission_file` is the admission as people
    carried it, with both signatures: for whoever asks later what admitted a profile.
    """

    keys: tuple[PinnedKey, ...]
    issuers: IssuerList | None = None
    admission: ProfileAdmission | None = None
    admission_file: bytes | None = None
    issuers_use: ProfileClass | None = field(default=None, compare=False)
    """What the keys of the organisations are for that signed the list of issuers (P4); None where nobody read it."""

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
