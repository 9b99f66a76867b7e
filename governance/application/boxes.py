"""What the enrolment matcher answered, as one object at rest: a signature and boxes that nobody here can open."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.canonical import decode, encode
from contracts.fields import Fields, format_bytes
from contracts.signature import Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """The signed enrolment, the template sealed to each recipient (by key id), the crop sealed to the viewer."""

    enrolment: Signed
    sealed_templates: Mapping[str, bytes]
    sealed_crop: bytes

    def to_bytes(self) -> bytes:
        """Return the canonical bytes to be sealed once more."""
        return encode(
            {
                "enrolment": self.enrolment.to_json(),
                "sealed_crop": format_bytes(self.sealed_crop),
                "sealed_templates": [
                    {"box": format_bytes(box), "recipient": recipient}
                    for recipient, box in sorted(self.sealed_templates.items())
                ],
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Boxes":
        """Read what `to_bytes` wrote.

        Raises:
            Malformed: it is something else.
        """
        fields = Fields(decode(data), "enrolled reference")
        boxes = cls(
            enrolment=fields.record("enrolment", Signed.from_json),
            sealed_crop=fields.binary("sealed_crop"),
            sealed_templates=dict(fields.items("sealed_templates", _box)),
        )
        fields.end()
        return boxes


def _box(value: object) -> tuple[str, bytes]:
    fields = Fields(value, "sealed template")
    pair = fields.identifier("recipient"), fields.binary("box")
    fields.end()
    return pair
