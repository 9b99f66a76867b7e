"""What the enrolment matcher found about a photograph, and where it comes from, as they are kept: sealed."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from governance.domain.provenance import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the enrolment matcher found about a photograph's quality; figures in words, and what to do."""

    code: str
    sentence: str
    acceptable: bool
    measured: str = ""
    limit: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPhotograph:
    """What is known of an enrolled photograph: its origin as it was declared, and what was found about it."""

    origin: Origin
    findings: tuple[Finding, ...]

    def to_bytes(self) -> bytes:
        """Return the bytes to be sealed."""
        value = asdict(self)
        for name in ("taken_on", "born_on"):
            day = value["origin"][name]
            value["origin"][name] = None if day is None else day.isoformat()
        return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "KnownPhotograph":
        """Read what `to_bytes` wrote."""
        value: dict[str, Any] = json.loads(data)
        origin = value["origin"]
        days = {name: _day(origin[name]) for name in ("taken_on", "born_on")}
        return cls(
            origin=Origin(**{**origin, **days}), findings=tuple(Finding(**finding) for finding in value["findings"])
        )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
