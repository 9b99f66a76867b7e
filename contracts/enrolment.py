"""What the enrolment matcher answers and signs: one template, bound to slot, photograph and model profile.

Governance posts an unopened photograph and gets back boxes that it cannot open: the template sealed to each site and to
the viewer, and a re-encoded crop sealed to the viewer. The signature binds them together; site and viewer verify it.
"""

from dataclasses import dataclass

from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import Malformed
from contracts.fields import Fields
from contracts.vocabulary import SlotId, WarrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRequest:
    """Which photograph is to become which reference. The photograph itself travels beside this, unopened.

    `recipients` are the X25519 public keys, in hexadecimal, of the sites and of the viewer that may open the template.
    """

    warrant_id: WarrantId
    slot_id: SlotId
    photograph_sha256: str
    profile_sha256: str
    recipients: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the request."""
        return encode(
            {
                "kind": "insyn/enrolment-request/1",
                "photograph_sha256": self.photograph_sha256,
                "profile_sha256": self.profile_sha256,
                "recipients": list(self.recipients),
                "slot_id": self.slot_id,
                "warrant_id": self.warrant_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "EnrolmentRequest":
        """Read a request.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "enrolment request")
        fields.kind("insyn/enrolment-request/1")
        request = cls(
            warrant_id=WarrantId(fields.identifier("warrant_id")),
            slot_id=SlotId(fields.identifier("slot_id")),
            photograph_sha256=fields.sha256("photograph_sha256"),
            profile_sha256=fields.sha256("profile_sha256"),
            recipients=fields.items("recipients", _sha256),
        )
        fields.end()
        return request


def _sha256(value: object) -> str:
    return Fields({"value": value}, "list").sha256("value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """The signed answer: the hashes of the boxes by recipient key id, bound to everything they depend on (A3, A13)."""

    warrant_id: WarrantId
    slot_id: SlotId
    photograph_sha256: str
    profile_sha256: str
    template_sha256: tuple[tuple[str, str], ...]
    crop_sha256: str

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the enrolment matcher signs."""
        return encode(
            {
                "crop_sha256": self.crop_sha256,
                "kind": "insyn/enrolment/1",
                "photograph_sha256": self.photograph_sha256,
                "profile_sha256": self.profile_sha256,
                "slot_id": self.slot_id,
                "template_sha256": [{"recipient": key, "sha256": value} for key, value in self.template_sha256],
                "warrant_id": self.warrant_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Enrolment":
        """Read an enrolment.

        Raises:
            Malformed: it is not one, or names a recipient twice.
        """
        fields = Fields(decode(data), "enrolment")
        fields.kind("insyn/enrolment/1")
        enrolment = cls(
            warrant_id=WarrantId(fields.identifier("warrant_id")),
            slot_id=SlotId(fields.identifier("slot_id")),
            photograph_sha256=fields.sha256("photograph_sha256"),
            profile_sha256=fields.sha256("profile_sha256"),
            template_sha256=fields.items("template_sha256", _template_hash),
            crop_sha256=fields.sha256("crop_sha256"),
        )
        fields.end()
        if len(dict(enrolment.template_sha256)) != len(enrolment.template_sha256):
            raise Malformed("An enrolment names one recipient twice.")
        return enrolment

    def template_hash_for(self, recipient: str) -> str | None:
        """Return the SHA-256 of the box sealed to this recipient's key id, if there is one."""
        return dict(self.template_sha256).get(recipient)


def _template_hash(value: object) -> tuple[str, str]:
    fields = Fields(value, "template hash")
    pair = fields.identifier("recipient"), fields.sha256("sha256")
    fields.end()
    return pair


def template_context(request: EnrolmentRequest) -> dict[str, str]:
    """Return the HPKE context of a sealed template: it opens for this slot, photograph and profile only."""
    return {
        "photograph_sha256": request.photograph_sha256,
        "profile_sha256": request.profile_sha256,
        "slot_id": request.slot_id,
        "warrant_id": request.warrant_id,
        "what": "insyn/template/1",
    }


def crop_context(request: EnrolmentRequest) -> dict[str, str]:
    """Return the HPKE context of the sealed reference crop."""
    return {**template_context(request), "what": "insyn/reference-crop/1"}


def request_of(enrolment: Enrolment) -> EnrolmentRequest:
    """Return what an enrolment answers, without its recipients: enough to rebuild the contexts."""
    return EnrolmentRequest(
        warrant_id=enrolment.warrant_id,
        slot_id=enrolment.slot_id,
        photograph_sha256=enrolment.photograph_sha256,
        profile_sha256=enrolment.profile_sha256,
        recipients=(),
    )


def box_sha256(box: bytes) -> str:
    """Return how an enrolment names a sealed box."""
    return sha256_hex(box)
