"""The blue list as it travels to the one site of a run: sealed templates under pseudonyms, and nothing else (C11).

The lease of the run carries the SHA-256 of these bytes. Each template carries its enrolment, signed by the centre's
enrolment matcher, so that governance can put nobody on the list.
"""

from dataclasses import dataclass
from datetime import datetime

from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import Malformed
from contracts.fields import Fields, format_bytes, format_instant
from contracts.signature import Signed
from contracts.vocabulary import ReferenceId, VolunteerId
from contracts.volunteer_run import MOST_VOLUNTEERS
from contracts.volunteers import require_each_once


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedVolunteer:
    """One volunteer: a pseudonym, an opaque id, the signed enrolment, and the template sealed to this site."""

    volunteer_id: VolunteerId
    reference_id: ReferenceId
    enrolment: Signed
    sealed_template: bytes

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {
            "enrolment": self.enrolment.to_json(),
            "reference_id": self.reference_id,
            "sealed_template": format_bytes(self.sealed_template),
            "volunteer_id": self.volunteer_id,
        }

    @classmethod
    def from_json(cls, value: object) -> "SealedVolunteer":
        """Read one.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(value, "sealed volunteer")
        volunteer = cls(
            volunteer_id=VolunteerId(fields.identifier("volunteer_id")),
            reference_id=ReferenceId(fields.identifier("reference_id")),
            enrolment=fields.record("enrolment", Signed.from_json),
            sealed_template=fields.binary("sealed_template"),
        )
        fields.end()
        return volunteer


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerGallery:
    """All who stand of one run and are enrolled. An empty one is none."""

    run_id: str
    built_at: datetime
    references: tuple[SealedVolunteer, ...]

    def to_bytes(self) -> bytes:
        """Return the canonical bytes whose hash the lease of the run carries."""
        return encode(
            {
                "built_at": format_instant(self.built_at),
                "kind": "insyn/volunteer-gallery/1",
                "references": [reference.to_json() for reference in self.references],
                "run_id": self.run_id,
            }
        )

    @property
    def sha256(self) -> str:
        """The SHA-256 of the canonical bytes."""
        return sha256_hex(self.to_bytes())

    @classmethod
    def from_bytes(cls, data: bytes) -> "VolunteerGallery":
        """Read a list.

        Raises:
            Malformed: it is not one, is empty, too long, or names a volunteer or a reference twice.
        """
        fields = Fields(decode(data), "volunteers' gallery")
        fields.kind("insyn/volunteer-gallery/1")
        gallery = cls(
            run_id=fields.identifier("run_id"),
            built_at=fields.instant("built_at"),
            references=fields.items("references", SealedVolunteer.from_json),
        )
        fields.end()
        require_each_once(tuple(one.volunteer_id for one in gallery.references), "volunteers")
        require_each_once(tuple(one.reference_id for one in gallery.references), "references")
        if len(gallery.references) > MOST_VOLUNTEERS:
            raise Malformed("A volunteers' gallery holds at most 50 volunteers.")
        return gallery
