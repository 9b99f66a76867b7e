"""What is signed about a warrant after it was issued, or beside it: each record names the very bytes it is about.

* The issuer's: `Amendment` (A3), `Revocation`, `Rejection` (A8), `ApplicationReceipt` (A7). They stop by themselves, or
  widen nothing but the photographs of a person who is named already.
* The second officer's `Countersignature` of an urgent warrant (A7).

None holds a name or a reason: what the issuer decided stands in a document of its own, named by its SHA-256.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from contracts.canonical import decode, encode
from contracts.errors import Malformed
from contracts.fields import Fields, format_instant
from contracts.vocabulary import SlotId, WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class _IssuerRecord:
    """What every record of the issuer says: about which bytes, by whom, when, whether for the demonstration only."""

    warrant_id: WarrantId
    warrant_sha256: str
    issuer: str
    issued_at: datetime
    demo: bool

    def _head(self, kind: str) -> dict[str, object]:
        return {
            "demo": self.demo,
            "issued_at": format_instant(self.issued_at),
            "issuer": self.issuer,
            "kind": kind,
            "warrant_id": self.warrant_id,
            "warrant_sha256": self.warrant_sha256,
        }


def _begin(data: bytes, record: str, kind: str) -> Fields:
    fields = Fields(decode(data), record)
    fields.kind(kind)
    return fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment(_IssuerRecord):
    """A3: more photographs of a person whom the warrant names already, which the issuer has seen."""

    slot_id: SlotId
    photographs: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the issuer signs."""
        own = {"photographs": list(self.photographs), "slot_id": self.slot_id}
        return encode({**self._head("insyn/warrant-amendment/1"), **own})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read an amendment.

        Raises:
            Malformed: it is none, or adds no photograph, or one twice.
        """
        fields = _begin(data, "amendment", "insyn/warrant-amendment/1")
        record = cls(
            warrant_id=WarrantId(fields.identifier("warrant_id")),
            warrant_sha256=fields.sha256("warrant_sha256"),
            issuer=fields.identifier("issuer"),
            issued_at=fields.instant("issued_at"),
            demo=fields.boolean("demo"),
            slot_id=SlotId(fields.identifier("slot_id")),
            photographs=fields.items("photographs", _photograph),
        )
        fields.end()
        if not record.photographs or len(set(record.photographs)) != len(record.photographs):
            raise Malformed("An amendment adds at least one photograph, and none twice.")
        return record


def _photograph(value: object) -> str:
    return Fields({"sha256": value}, "photograph").sha256("sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop(_IssuerRecord):
    """What ends a warrant for good. `not_after` is the warrant's own end: until then it is remembered."""

    not_after: datetime
    decision_sha256: str

    def _fields(self, kind: str) -> bytes:
        own = {"decision_sha256": self.decision_sha256, "not_after": format_instant(self.not_after)}
        return encode({**self._head(kind), **own})

    @classmethod
    def _read(cls, data: bytes, record: str, kind: str) -> Self:
        fields = _begin(data, record, kind)
        read = cls(
            warrant_id=WarrantId(fields.identifier("warrant_id")),
            warrant_sha256=fields.sha256("warrant_sha256"),
            issuer=fields.identifier("issuer"),
            issued_at=fields.instant("issued_at"),
            demo=fields.boolean("demo"),
            not_after=fields.instant("not_after"),
            decision_sha256=fields.sha256("decision_sha256"),
        )
        fields.end()
        return read


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation(_Stop):
    """The issuer takes its warrant back. It is over for good; only a new warrant begins again."""

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the issuer signs."""
        return self._fields("insyn/warrant-revocation/1")

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a revocation.

        Raises:
            Malformed: it is none.
        """
        return cls._read(data, "revocation", "insyn/warrant-revocation/1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection(_Stop):
    """A8: the issuer says no to an urgent warrant that has begun. All that came of it is erased."""

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the issuer signs."""
        return self._fields("insyn/warrant-rejection/1")

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a rejection.

        Raises:
            Malformed: it is none.
        """
        return cls._read(data, "rejection", "insyn/warrant-rejection/1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationReceipt(_IssuerRecord):
    """A7: the issuer received the application for this urgent warrant at `issued_at`, under this number of its own."""

    diary_number: str

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the issuer signs."""
        return encode({**self._head("insyn/application-receipt/1"), "diary_number": self.diary_number})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a receipt.

        Raises:
            Malformed: it is none.
        """
        fields = _begin(data, "application receipt", "insyn/application-receipt/1")
        record = cls(
            warrant_id=WarrantId(fields.identifier("warrant_id")),
            warrant_sha256=fields.sha256("warrant_sha256"),
            issuer=fields.identifier("issuer"),
            issued_at=fields.instant("issued_at"),
            demo=fields.boolean("demo"),
            diary_number=fields.identifier("diary_number"),
        )
        fields.end()
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersignature:
    """A7: the second officer agrees; `first_key` signed the act itself. The urgent times run from `signed_at`."""

    warrant_id: WarrantId
    warrant_sha256: str
    first_key: str
    officer: str
    signed_at: datetime
    demo: bool

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the second officer signs."""
        return encode(
            {
                "demo": self.demo,
                "first_key": self.first_key,
                "kind": "insyn/countersignature/1",
                "officer": self.officer,
                "signed_at": format_instant(self.signed_at),
                "warrant_id": self.warrant_id,
                "warrant_sha256": self.warrant_sha256,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a countersignature.

        Raises:
            Malformed: it is none.
        """
        fields = _begin(data, "countersignature", "insyn/countersignature/1")
        record = cls(
            warrant_id=WarrantId(fields.identifier("warrant_id")),
            warrant_sha256=fields.sha256("warrant_sha256"),
            first_key=fields.identifier("first_key"),
            officer=fields.identifier("officer"),
            signed_at=fields.instant("signed_at"),
            demo=fields.boolean("demo"),
        )
        fields.end()
        return record
