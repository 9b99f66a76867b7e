"""What an evaluator signs of a report on a model profile: its numbers, every file of its folder, and whose they are.

The signature makes nothing true. It says who answers for the numbers, and that nobody changed them afterwards; what
they admit is judged elsewhere, and from the scores.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import Malformed
from contracts.fields import Fields
from contracts.signature import Purpose, Signed, verified

SIGNATURE_FILE: Final = "signature.json"
"""The signed statement lies under this name beside the files that it names."""
NUMBERS: Final = "evaluation.json"
"""The file that has every number; the others say the same for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationReport:
    """A report: of which profile, measured when, and the SHA-256 of each of its files by name."""

    profile_sha256: str
    measured_on: date
    files: Mapping[str, str]

    @property
    def report_sha256(self) -> str:
        """How other records and the log name the report: the hash of its numbers."""
        return self.files[NUMBERS]

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the evaluator signs."""
        return encode(
            {
                "files": [{"name": name, "sha256": sha256} for name, sha256 in sorted(self.files.items())],
                "kind": Purpose.EVALUATION_REPORT.value,
                "measured_on": self.measured_on.isoformat(),
                "profile_sha256": self.profile_sha256,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "EvaluationReport":
        """Read a report's statement.

        Raises:
            Malformed: it is none, has no numbers, or names its files out of order or twice.
        """
        fields = Fields(decode(data), "evaluation report")
        fields.kind(Purpose.EVALUATION_REPORT.value)
        named = fields.items("files", _named_file)
        read = cls(
            profile_sha256=fields.sha256("profile_sha256"),
            measured_on=_day(fields.text("measured_on")),
            files=MappingProxyType(dict(named)),
        )
        fields.end()
        names = [name for name, _ in named]
        if names != sorted(set(names)):
            raise Malformed("The files of this evaluation report are not in their order, or one is named twice.")
        if NUMBERS not in read.files:
            raise Malformed(f"This evaluation report does not name {NUMBERS}, which has its numbers.")
        return read

    @classmethod
    def of(cls, profile_sha256: str, measured_on: date, files: Mapping[str, bytes]) -> "EvaluationReport":
        """Return the statement on these files.

        Raises:
            Malformed: the numbers are not among them, or a name is no plain name.
        """
        hashes = {name: sha256_hex(content) for name, content in files.items()}
        made = cls(profile_sha256=profile_sha256, measured_on=measured_on, files=MappingProxyType(hashes))
        return cls.from_bytes(made.to_bytes())


def believed_report(signed: Signed, evaluators: Mapping[str, bytes]) -> EvaluationReport:
    """A17, C10: return a report's statement if one of these evaluators signed it.

    Raises:
        Malformed: it is none.
        SignatureRefused: nobody who is pinned as evaluator signed it.
    """
    return EvaluationReport.from_bytes(verified(signed, Purpose.EVALUATION_REPORT, evaluators))


def _named_file(value: object) -> tuple[str, str]:
    fields = Fields(value, "file of an evaluation report")
    named = fields.identifier("name"), fields.sha256("sha256")
    fields.end()
    return named


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Malformed("The field 'measured_on' of this evaluation report is not a day.") from error
    if day.isoformat() != text:
        raise Malformed("The field 'measured_on' of this evaluation report is not a day such as 2026-01-31.")
    return day
