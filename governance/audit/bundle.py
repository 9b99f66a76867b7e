"""A proof bundle for one match: which entries it is made of, and the signed records that go with them.

A folder or zip: `bundle.json` (this), `checkpoint`, `anchors/…` as in an export, `entries/<index>.json` (a disclosure
with its proof for each entry), `records/<name>.json`. What is not opened is left out; nothing else changes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from governance.audit.base64_strict import decode64, encode64
from governance.audit.canonical import LARGEST, canonical, parse_canonical
from governance.audit.errors import CanonicalRefused, DisclosureRefused
from governance.audit.note import VerifySignature, is_key_name

PATH: Final = "bundle.json"
CHECKPOINT: Final = "checkpoint"
_KIND: Final = "insyn/match-bundle/1"


class Role(StrEnum):
    """What an entry is within the chain of one match, in the order of the chain."""

    WARRANT = "warrant"
    START = "start"
    LEASE = "lease"
    ALERT = "alert"
    DECISION = "decision"
    OUTCOME = "outcome"


class Record(StrEnum):
    """A document beside the log."""

    WARRANT = "warrant"
    LEASE = "lease"
    PROFILE = "profile"
    EVALUATION = "evaluation"
    REPORT = "report"


EVENTS: Final[Mapping[Role, frozenset[str]]] = MappingProxyType(
    {
        Role.WARRANT: frozenset({"warrant.import"}),
        Role.START: frozenset({"deployment.start"}),
        Role.LEASE: frozenset({"lease.issue"}),
        Role.ALERT: frozenset({"candidate.accept"}),
        Role.DECISION: frozenset({"candidate.review"}),
        Role.OUTCOME: frozenset({"candidate.dismiss", "lead.confirm"}),
    }
)
"""The event that an entry of each role must be of."""

PURPOSES: Final[Mapping[Record, str]] = MappingProxyType(
    {
        Record.WARRANT: "insyn/warrant/2",
        Record.LEASE: "insyn/lease/2",
        Record.REPORT: "insyn/candidate-report/1",
    }
)
"""What the signature of each signed record is for (`contracts.signature`)."""


def entry_path(index: int) -> str:
    """Return where the disclosure of an entry lies."""
    return f"entries/{index}.json"


def record_path(record: Record) -> str:
    """Return where a record lies."""
    return f"records/{record.value}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The log that the match is in, and the entries of its chain by role, each role's in ascending order."""

    origin: str
    links: tuple[tuple[Role, int], ...]

    def of(self, role: Role) -> tuple[int, ...]:
        """Return the entries of a role."""
        return tuple(index for one, index in self.links if one is role)

    def to_bytes(self) -> bytes:
        """Return the canonical JSON of `bundle.json`."""
        return canonical(
            {
                "entries": [{"index": index, "role": role.value} for role, index in self.links],
                "kind": _KIND,
                "origin": self.origin,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Bundle":
        """Read `bundle.json` strictly.

        Raises:
            DisclosureRefused: it is not one, or names an entry twice.
        """
        try:
            value = parse_canonical(data)
        except CanonicalRefused as error:
            raise DisclosureRefused(f"A proof bundle's description is canonical JSON. {error}") from error
        if not isinstance(value, dict) or set(value) != {"entries", "kind", "origin"} or value["kind"] != _KIND:
            raise DisclosureRefused(f"A proof bundle holds exactly entries, kind ({_KIND}) and origin.")
        origin, entries = value["origin"], value["entries"]
        if not isinstance(origin, str) or not is_key_name(origin) or not isinstance(entries, list):
            raise DisclosureRefused("A proof bundle names its log and lists its entries.")
        links = tuple(map(_link, entries))
        if len({index for _, index in links}) != len(links):
            raise DisclosureRefused("A proof bundle names one entry twice.")
        return cls(origin=origin, links=links)


def _link(value: object) -> tuple[Role, int]:
    match value:
        case {"index": int(index), "role": str(role), **rest} if not rest and role in set(Role):
            if type(index) is int and 0 <= index <= LARGEST:
                return Role(role), index
    raise DisclosureRefused("A proof bundle's entry has a known role and an index, and nothing else.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRecord:
    """A record that somebody signed: its bytes, the short name of the key, the signature. Not verified.

    A warrant that a court signed as PDF bears no signature of its own but the SHA-256 of that file; `key` is then the
    short name of the court's certificate.
    """

    payload: bytes
    key: str
    signature: bytes
    pdf_sha256: str | None = None

    @property
    def sha256(self) -> str:
        """How entries and other records refer to it."""
        return hashlib.sha256(self.payload).hexdigest()

    @property
    def fields(self) -> Mapping[str, Any]:
        """What it says.

        Raises:
            DisclosureRefused: it is no JSON object, or has a key twice.
        """
        return json_object(self.payload)

    def is_signed(self, record: Record, public_key: bytes, verify: VerifySignature) -> bool:
        """Say whether this key signed it for the purpose of this kind of record."""
        message = b"insyn\x00" + PURPOSES[record].encode() + b"\x00" + self.payload
        return verify(public_key, self.signature, message)

    def to_bytes(self) -> bytes:
        """Return the record as canonical JSON, as `contracts.signature.Signed` writes it."""
        by = {"signature": encode64(self.signature)} if self.pdf_sha256 is None else {"pdf_sha256": self.pdf_sha256}
        return canonical({"key": self.key, "payload": encode64(self.payload), **by})

    @classmethod
    def from_bytes(cls, data: bytes) -> "SignedRecord":
        """Read a signed record strictly.

        Raises:
            DisclosureRefused: it is not one.
        """
        try:
            value = parse_canonical(data)
        except CanonicalRefused as error:
            raise DisclosureRefused(f"A signed record is canonical JSON. {error}") from error
        by = {"signature", "pdf_sha256"} & value.keys() if isinstance(value, dict) else set()
        if not isinstance(value, dict) or len(by) != 1 or set(value) != {"key", "payload", *by}:
            raise DisclosureRefused("A signed record holds exactly key, payload and signature.")
        key, payload, pdf = value["key"], _binary(value["payload"]), value.get("pdf_sha256")
        if not isinstance(key, str) or not isinstance(pdf, str | None):
            raise DisclosureRefused("A signed record names its key by a text.")
        return cls(
            payload=payload, key=key, signature=_binary(value["signature"]) if pdf is None else b"", pdf_sha256=pdf
        )


def json_object(data: bytes) -> Mapping[str, Any]:
    """Read a JSON object in which no key stands twice. Scores have fractions, so this is not the log's JSON.

    Raises:
        DisclosureRefused: it is none.
    """
    try:
        value = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise DisclosureRefused("A record is not JSON, or has a key twice.") from error
    if not isinstance(value, dict):
        raise DisclosureRefused("A record is no JSON object.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError
    return value


def _binary(value: object) -> bytes:
    data = decode64(value) if isinstance(value, str) else None
    if data is None:
        raise DisclosureRefused("A signed record holds something that is not canonical base64.")
    return data
