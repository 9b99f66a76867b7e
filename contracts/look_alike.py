"""Who on one warrant's list looks like whom: asked of the viewer with sealed templates, answered with scores, signed.

Nothing but references of one warrant is compared here, and only with one another: this is no way to search for anybody.
"""

from dataclasses import dataclass
from typing import Final

from contracts.canonical import decode, encode
from contracts.errors import Malformed
from contracts.fields import Fields, format_bytes
from contracts.signature import Signed
from contracts.vocabulary import ReferenceId, WarrantId

MOST_REFERENCES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedReference:
    """One reference of a list, as it is sent to the viewer: signed, and its template sealed to the viewer."""

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
    def from_json(cls, value: object) -> "ListedReference":
        """Read a reference.

        Raises:
            Malformed: it is none.
        """
        fields = Fields(value, "listed reference")
        reference = cls(
            reference_id=ReferenceId(fields.identifier("reference_id")),
            enrolment=fields.record("enrolment", Signed.from_json),
            sealed_template=fields.binary("sealed_template"),
        )
        fields.end()
        return reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The other person of the list who is nearest to this reference, by the profile's own score.

    `reaches_threshold`: a camera may take one for the other. `is_near`: within the threshold and its margin.
    """

    reference_id: ReferenceId
    other: ReferenceId
    score: float
    reaches_threshold: bool
    is_near: bool

    def to_json(self) -> dict[str, object]:
        """Return the comparison as a JSON object."""
        return {
            "is_near": self.is_near,
            "other": self.other,
            "reaches_threshold": self.reaches_threshold,
            "reference_id": self.reference_id,
            "score": self.score,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlikeReport:
    """What the viewer found: one entry for each reference beside which another person stands on the list.

    `listed` names every reference that was compared, with the SHA-256 of its enrolment.
    """

    warrant_id: WarrantId
    profile_sha256: str
    threshold: float
    margin: float
    listed: tuple[tuple[ReferenceId, str], ...]
    nearest: tuple[Nearest, ...]

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the viewer signs."""
        return encode(
            {
                "kind": "insyn/look-alikes/1",
                "listed": [{"enrolment_sha256": sha256, "reference_id": one} for one, sha256 in self.listed],
                "margin": self.margin,
                "nearest": [one.to_json() for one in self.nearest],
                "profile_sha256": self.profile_sha256,
                "threshold": self.threshold,
                "warrant_id": self.warrant_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "LookAlikeReport":
        """Read a report.

        Raises:
            Malformed: it is not one, or compares what it does not list.
        """
        fields = Fields(decode(data), "look-alike report")
        fields.kind("insyn/look-alikes/1")
        report = cls(
            warrant_id=WarrantId(fields.identifier("warrant_id")),
            profile_sha256=fields.sha256("profile_sha256"),
            threshold=fields.number("threshold", minimum=-1, maximum=4),
            margin=fields.number("margin", minimum=0, maximum=2),
            listed=fields.items("listed", _listed),
            nearest=fields.items("nearest", _nearest),
        )
        fields.end()
        known = dict(report.listed)
        if len(known) != len(report.listed) or any(
            {one.reference_id, one.other} - set(known) for one in report.nearest
        ):
            raise Malformed("A look-alike report compares what it does not list, or lists a reference twice.")
        return report


def _listed(value: object) -> tuple[ReferenceId, str]:
    fields = Fields(value, "listed reference")
    pair = ReferenceId(fields.identifier("reference_id")), fields.sha256("enrolment_sha256")
    fields.end()
    return pair


def _nearest(value: object) -> Nearest:
    fields = Fields(value, "nearest person")
    nearest = Nearest(
        reference_id=ReferenceId(fields.identifier("reference_id")),
        other=ReferenceId(fields.identifier("other")),
        score=fields.number("score", minimum=-4, maximum=1e6),
        reaches_threshold=fields.boolean("reaches_threshold"),
        is_near=fields.boolean("is_near"),
    )
    fields.end()
    return nearest
