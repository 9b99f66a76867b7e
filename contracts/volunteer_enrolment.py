"""How a volunteer's photograph becomes a template that one site opens, and nobody else (C11, C16).

It is an enrolment of its own kind: signed for its own purpose, sealed in its own context. So no volunteer's template
opens as the reference of a warrant, and no warrant's as a volunteer's. There is no crop, since nobody reviews.
"""

from dataclasses import dataclass

from contracts.canonical import decode, encode
from contracts.fields import Fields
from contracts.vocabulary import ReferenceId, VolunteerId


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerEnrolmentRequest:
    """Which photograph is to become the template of which volunteer. The photograph travels beside this, unopened.

    `recipient` is the X25519 public key, in hexadecimal, of the one site where the run is.
    """

    run_id: str
    volunteer_id: VolunteerId
    reference_id: ReferenceId
    photograph_sha256: str
    profile_sha256: str
    recipient: str

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the request."""
        return encode(
            {
                "kind": "insyn/volunteer-enrolment-request/1",
                "photograph_sha256": self.photograph_sha256,
                "profile_sha256": self.profile_sha256,
                "recipient": self.recipient,
                "reference_id": self.reference_id,
                "run_id": self.run_id,
                "volunteer_id": self.volunteer_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "VolunteerEnrolmentRequest":
        """Read a request.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "volunteer's enrolment request")
        fields.kind("insyn/volunteer-enrolment-request/1")
        request = cls(
            run_id=fields.identifier("run_id"),
            volunteer_id=VolunteerId(fields.identifier("volunteer_id")),
            reference_id=ReferenceId(fields.identifier("reference_id")),
            photograph_sha256=fields.sha256("photograph_sha256"),
            profile_sha256=fields.sha256("profile_sha256"),
            recipient=fields.sha256("recipient"),
        )
        fields.end()
        return request


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerEnrolment:
    """The signed answer: the hash of the sealed template, bound to everything that it depends on.

    `recipient` is the id of the key that it is sealed to.
    """

    run_id: str
    volunteer_id: VolunteerId
    reference_id: ReferenceId
    photograph_sha256: str
    profile_sha256: str
    recipient: str
    template_sha256: str

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the enrolment matcher signs."""
        return encode(
            {
                "kind": "insyn/volunteer-enrolment/1",
                "photograph_sha256": self.photograph_sha256,
                "profile_sha256": self.profile_sha256,
                "recipient": self.recipient,
                "reference_id": self.reference_id,
                "run_id": self.run_id,
                "template_sha256": self.template_sha256,
                "volunteer_id": self.volunteer_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "VolunteerEnrolment":
        """Read an enrolment.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "volunteer's enrolment")
        fields.kind("insyn/volunteer-enrolment/1")
        enrolment = cls(
            run_id=fields.identifier("run_id"),
            volunteer_id=VolunteerId(fields.identifier("volunteer_id")),
            reference_id=ReferenceId(fields.identifier("reference_id")),
            photograph_sha256=fields.sha256("photograph_sha256"),
            profile_sha256=fields.sha256("profile_sha256"),
            recipient=fields.identifier("recipient"),
            template_sha256=fields.sha256("template_sha256"),
        )
        fields.end()
        return enrolment


def volunteer_template_context(enrolled: VolunteerEnrolmentRequest | VolunteerEnrolment) -> dict[str, str]:
    """Return the HPKE context of a volunteer's template: it opens for this run, volunteer, photograph and profile."""
    return {
        "photograph_sha256": enrolled.photograph_sha256,
        "profile_sha256": enrolled.profile_sha256,
        "reference_id": enrolled.reference_id,
        "run_id": enrolled.run_id,
        "volunteer_id": enrolled.volunteer_id,
        "what": "insyn/volunteer-template/1",
    }
