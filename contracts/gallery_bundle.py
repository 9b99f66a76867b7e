"""The gallery of one deployment as it travels to one site: sealed templates under opaque ids, and nothing else.

The lease carries the SHA-256 of these bytes. Each reference carries its enrolment, signed by the centre's enrolment
matcher, so that governance can add no reference of its own (law.md A3, C1).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import Malformed
from contracts.fields import Fields, format_bytes, format_instant
from contracts.signature import Signed
from contracts.vocabulary import DeploymentId, ReferenceId

BUNDLE_LIFE: Final = timedelta(hours=24)
"""A gallery is built anew or gone (law.md C1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedReference:
    """One reference: an opaque id, the signed enrolment, and the template sealed to this site."""

    reference_id: ReferenceId
    enrolment: Signed
    sealed_template: bytes

    def to_json(self) -> dict[str, object]:
        """Return the reference as a JSON object."""
        return {
            "enrolment": self.enrolment.to_json(),
            "reference_id": self.reference_id,
            "sealed_template": format_bytes(self.sealed_template),
        }

    @classmethod
    def from_json(cls, value: object) -> "SealedReference":
        """Read one reference.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(value, "sealed reference")
        reference = cls(
            reference_id=ReferenceId(fields.identifier("reference_id")),
            enrolment=fields.record("enrolment", Signed.from_json),
            sealed_template=fields.binary("sealed_template"),
        )
        fields.end()
        return reference


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryBundle:
    """All references of one deployment, for one site. An empty one authorises nothing."""

    deployment_id: DeploymentId
    built_at: datetime
    references: tuple[SealedReference, ...]

    def to_bytes(self) -> bytes:
        """Return the canonical bytes whose hash the lease carries."""
        return encode(
            {
                "built_at": format_instant(self.built_at),
                "deployment_id": self.deployment_id,
                "kind": "insyn/gallery/1",
                "references": [reference.to_json() for reference in self.references],
            }
        )

    @property
    def sha256(self) -> str:
        """The SHA-256 of the canonical bytes."""
        return sha256_hex(self.to_bytes())

    @classmethod
    def from_bytes(cls, data: bytes) -> "GalleryBundle":
        """Read a bundle.

        Raises:
            Malformed: it is not one, is empty, or names a reference twice.
        """
        fields = Fields(decode(data), "gallery bundle")
        fields.kind("insyn/gallery/1")
        bundle = cls(
            deployment_id=DeploymentId(fields.identifier("deployment_id")),
            built_at=fields.instant("built_at"),
            references=fields.items("references", SealedReference.from_json),
        )
        fields.end()
        if not bundle.references:
            raise Malformed("A gallery without a reference authorises nothing.")
        if len({reference.reference_id for reference in bundle.references}) != len(bundle.references):
            raise Malformed("A gallery names one reference twice.")
        return bundle
