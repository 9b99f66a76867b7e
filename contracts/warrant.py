"""A warrant as its issuer signs it: who may be looked for, why, where, when and under which conditions.

The site verifies the issuer's signature over exactly these bytes. The person is a salted commitment here, never a name.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from contracts.canonical import decode, encode
from contracts.errors import Malformed
from contracts.fields import Fields, format_instant
from contracts.vocabulary import CameraId, IssuerType, Objective, SlotId, WarrantId, WarrantType


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSlot:
    """One specifically targeted person (law.md A3, B2, C13): a salted commitment and the photographs the issuer saw."""

    slot_id: SlotId
    commitment: str
    photographs: tuple[str, ...]
    necessity: str = field(repr=False)
    age_band: str

    def to_json(self) -> dict[str, object]:
        """Return the slot as a JSON object."""
        return {
            "age_band": self.age_band,
            "commitment": self.commitment,
            "necessity": self.necessity,
            "photographs": list(self.photographs),
            "slot_id": self.slot_id,
        }

    @classmethod
    def from_json(cls, value: object) -> "PersonSlot":
        """Read one slot.

        Raises:
            Malformed: it is not one, or names no photograph.
        """
        fields = Fields(value, "person slot")
        slot = cls(
            slot_id=SlotId(fields.identifier("slot_id")),
            commitment=fields.sha256("commitment"),
            photographs=fields.items("photographs", _photograph),
            necessity=fields.text("necessity"),
            age_band=fields.identifier("age_band"),
        )
        fields.end()
        if not slot.photographs:
            raise Malformed("A person slot names no photograph that the issuer saw.")
        return slot


def _photograph(value: object) -> str:
    return Fields({"sha256": value}, "photograph").sha256("sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class WarrantCamera:
    """One camera, and why this person is expected there (law.md A4, C14).

    `record_sha256` is the camera's own record as it was when the act was written: where it looked, and what it did not
    see. Nothing in its place is an act of the version before, which named cameras by their id alone.
    """

    camera_id: CameraId
    reason: str
    record_sha256: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the camera as a JSON object."""
        named = {} if self.record_sha256 is None else {"record_sha256": self.record_sha256}
        return {"camera_id": self.camera_id, "reason": self.reason, **named}

    @classmethod
    def from_json(cls, value: object) -> "WarrantCamera":
        """Read one camera of a warrant.

        Raises:
            Malformed: it is not one. An identifier cannot spell a wildcard.
        """
        fields = Fields(value, "camera of a warrant")
        camera = cls(
            camera_id=CameraId(fields.identifier("camera_id")),
            reason=fields.text("reason"),
            record_sha256=fields.sha256("record_sha256"),
        )
        fields.end()
        return camera

    @classmethod
    def from_json_before(cls, value: object) -> "WarrantCamera":
        """Read one camera of an act of the version before, which names no record.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(value, "camera of a warrant")
        camera = cls(camera_id=CameraId(fields.identifier("camera_id")), reason=fields.text("reason"))
        fields.end()
        return camera


_KIND: Final = "insyn/warrant/3"
_KIND_BEFORE: Final = "insyn/warrant/2"
NOBODY: Final = "none"
"""The case leader of a case that no prosecutor leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warrant:
    """The issuing authority's act (law.md A1 to A7, A12). The window is half-open: at `not_after` it is over.

    `applicant`, `legal_officer` and `case_leader` are opaque officer ids: separation of duties shows in the act itself
    (B14, 0.4). `case_leader` is the prosecutor who leads the case, `NOBODY` where none does. `legal_profile` is the
    SHA-256 of the table of legal parameters under which it was applied for. Each camera is named with its record (A4);
    an act that names none is of the version before: it is read and verified, and lent to nobody.
    """

    warrant_id: WarrantId
    type: WarrantType
    objective: Objective
    offence_code: str
    statute: str
    maximum_penalty_years: int
    case_reference: str
    case_leader: str
    applicant: str
    legal_officer: str
    issuer: str
    issuer_type: IssuerType
    slots: tuple[PersonSlot, ...]
    cameras: tuple[WarrantCamera, ...]
    not_before: datetime
    not_after: datetime
    impact_assessment_sha256: str
    registration_number: str
    decision_sha256: str
    profile_sha256: str
    legal_profile: str
    demo: bool

    @property
    def names_records(self) -> bool:
        """A4: whether the act says of each camera which record of it the issuer meant."""
        return all(camera.record_sha256 is not None for camera in self.cameras)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the issuer signs."""
        return encode(
            {
                "applicant": self.applicant,
                "cameras": [camera.to_json() for camera in self.cameras],
                "case_leader": self.case_leader,
                "case_reference": self.case_reference,
                "decision_sha256": self.decision_sha256,
                "demo": self.demo,
                "impact_assessment_sha256": self.impact_assessment_sha256,
                "issuer": self.issuer,
                "issuer_type": self.issuer_type.value,
                "kind": _KIND if self.names_records else _KIND_BEFORE,
                "legal_officer": self.legal_officer,
                "legal_profile": self.legal_profile,
                "maximum_penalty_years": self.maximum_penalty_years,
                "not_after": format_instant(self.not_after),
                "not_before": format_instant(self.not_before),
                "objective": self.objective.value,
                "offence_code": self.offence_code,
                "profile_sha256": self.profile_sha256,
                "registration_number": self.registration_number,
                "slots": [slot.to_json() for slot in self.slots],
                "statute": self.statute,
                "type": self.type.value,
                "warrant_id": self.warrant_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Warrant":
        """Read a warrant. Empty means no: a warrant without a person or without a camera is none.

        Raises:
            Malformed: it is not a warrant.
        """
        value = decode(data)
        fields, before = Fields(value, "warrant"), isinstance(value, dict) and value.get("kind") == _KIND_BEFORE
        fields.kind(_KIND_BEFORE if before else _KIND)
        warrant = cls(
            warrant_id=WarrantId(fields.identifier("warrant_id")),
            type=fields.choice("type", WarrantType),
            objective=fields.choice("objective", Objective),
            offence_code=fields.identifier("offence_code"),
            statute=fields.text("statute"),
            maximum_penalty_years=fields.integer("maximum_penalty_years", minimum=0, maximum=99),
            case_reference=fields.identifier("case_reference"),
            case_leader=fields.identifier("case_leader"),
            applicant=fields.identifier("applicant"),
            legal_officer=fields.identifier("legal_officer"),
            issuer=fields.identifier("issuer"),
            issuer_type=fields.choice("issuer_type", IssuerType),
            slots=fields.items("slots", PersonSlot.from_json),
            cameras=fields.items("cameras", WarrantCamera.from_json_before if before else WarrantCamera.from_json),
            not_before=fields.instant("not_before"),
            not_after=fields.instant("not_after"),
            impact_assessment_sha256=fields.sha256("impact_assessment_sha256"),
            registration_number=fields.identifier("registration_number"),
            decision_sha256=fields.sha256("decision_sha256"),
            profile_sha256=fields.sha256("profile_sha256"),
            legal_profile=fields.sha256("legal_profile"),
            demo=fields.boolean("demo"),
        )
        fields.end()
        warrant.require_substance()
        return warrant

    def require_substance(self) -> None:
        """Refuse a warrant that authorises nobody, nowhere, never, or names a person or a camera twice.

        Raises:
            Malformed: one of these holds.
        """
        if not self.slots or not self.cameras:
            raise Malformed("A warrant without a person or without a camera authorises nothing.")
        if len({slot.slot_id for slot in self.slots}) != len(self.slots):
            raise Malformed("A warrant names one person slot twice.")
        if len({camera.camera_id for camera in self.cameras}) != len(self.cameras):
            raise Malformed("A warrant names one camera twice.")
        if self.issuer == self.case_leader:
            raise Malformed("The prosecutor who leads the case issues no warrant in it (law.md 0.4).")
        if self.not_before >= self.not_after:
            raise Malformed("A warrant that ends before it begins authorises nothing.")
