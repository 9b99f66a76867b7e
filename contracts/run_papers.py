"""What the volunteers' trustee hands to governance for one run, as one file: signed records, and who they say they are.

The file itself needs no signature. What volunteers say of themselves (sex, age, skin) is for counting at the centre
alone: no site is told, and nothing is decided by it.
"""

from dataclasses import dataclass

from contracts.canonical import decode, encode
from contracts.fields import Fields
from contracts.signature import Signed, signed_or_none
from contracts.vocabulary import VolunteerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What one volunteer says of themselves, where they do."""

    volunteer_id: VolunteerId
    sex: str | None
    age: str | None
    skin: str | None

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {"age": self.age, "sex": self.sex, "skin": self.skin, "volunteer_id": self.volunteer_id}

    @classmethod
    def from_json(cls, value: object) -> "Declared":
        """Read it.

        Raises:
            Malformed: it is not that.
        """
        fields = Fields(value, "volunteer's own words")
        declared = cls(
            volunteer_id=VolunteerId(fields.identifier("volunteer_id")),
            sex=fields.record("sex", _word_or_none),
            age=fields.record("age", _word_or_none),
            skin=fields.record("skin", _word_or_none),
        )
        fields.end()
        return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPapers:
    """A run with all its consents; `closure` is there on a closed site alone."""

    run: Signed
    consents: tuple[Signed, ...]
    closure: Signed | None
    declared: tuple[Declared, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the file."""
        return encode(
            {
                "closure": None if self.closure is None else self.closure.to_json(),
                "consents": [one.to_json() for one in self.consents],
                "declared": [one.to_json() for one in self.declared],
                "kind": "insyn/volunteer-papers/1",
                "run": self.run.to_json(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "RunPapers":
        """Read the file. Nothing is verified yet.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "file of a volunteers' run")
        fields.kind("insyn/volunteer-papers/1")
        papers = cls(
            run=fields.record("run", Signed.from_json),
            consents=fields.items("consents", Signed.from_json),
            closure=fields.record("closure", signed_or_none),
            declared=fields.items("declared", Declared.from_json),
        )
        fields.end()
        return papers


def _word_or_none(value: object) -> str | None:
    return None if value is None else Fields({"said": value}, "volunteer's own words").text("said")
