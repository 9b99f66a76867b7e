"""What a named lawyer signs before anybody operates for real: this legal profile keeps that enacted text (0.1).

Until there is one, signed under a lawyer's key that is pinned here, a profile is a DRAFT: good for demonstrations and
for trials under DEMO keys, and for nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.canonical import decode, encode
from contracts.fields import Fields, format_instant

FILE_NAME: Final = "legal-attestation.json"
"""The signed attestation lies under this name beside the file of pinned keys."""
PROFILE_FILE_NAME: Final = "legal-profile.json"
"""So does the profile file that two organisations signed, where the built-in profile is narrowed."""
_KIND: Final = "insyn/legal-attestation/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalAttestation:
    """A lawyer's word. `statute` is the enacted text's name, `statute_sha256` the file that the lawyer read it in.

    `controller` is the kind of authority that may operate on it, in the legal profile's own word.
    """

    lawyer: str
    profile_sha256: str
    statute: str
    statute_sha256: str
    controller: str
    attested_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the lawyer signs."""
        return encode(
            {
                "attested_at": format_instant(self.attested_at),
                "controller": self.controller,
                "kind": _KIND,
                "lawyer": self.lawyer,
                "profile_sha256": self.profile_sha256,
                "statute": self.statute,
                "statute_sha256": self.statute_sha256,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "LegalAttestation":
        """Read an attestation.

        Raises:
            Malformed: it is none.
        """
        fields = Fields(decode(data), "legal attestation")
        fields.kind(_KIND)
        read = cls(
            lawyer=fields.text("lawyer"),
            profile_sha256=fields.sha256("profile_sha256"),
            statute=fields.text("statute"),
            statute_sha256=fields.sha256("statute_sha256"),
            controller=fields.identifier("controller"),
            attested_at=fields.instant("attested_at"),
        )
        fields.end()
        return read
