"""One thing that the database refuses by itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Refuse `operation` on `table` where `condition` (over OLD and NEW) holds."""

    name: str
    table: str
    operation: str
    condition: str
    sentence: str
